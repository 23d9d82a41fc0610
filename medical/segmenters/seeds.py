"""Seeds: what grows from points that a person sets, by likeness or by watershed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from medical.objects.names import label_name, spread_color
from medical.segmenters.ranges import range_field, segmentation_of_masks
from medical.sides import place_words
from shared.concept import Label
from shared.errors import NothingToBuildError, UsageError
from shared.finding import Finding, note

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from medical.segmenters import Segmenter
    from shared.segmentation import Segmentation
    from shared.shapes import MaskArray
    from shared.volume import Volume

Space = Literal["LPS", "RAS"]
SEED_WORDS: Final = re.compile(r"\s*([^,=]+),([^,=]+),([^,=]+)(?:=\s*(\S.*?))?\s*")
"""How a seed is written: ``x,y,z=name``."""

NEIGHBORHOOD_MM: Final = 3.0
"""Radius around a seed whose values say what is alike."""
LIKENESS: Final = 2.5
"""Standard deviations from the mean that are alike: as ITK's confidence connected filter."""
ROUNDS: Final = 3
"""How often mean and deviation are taken anew from what has grown."""
BACKGROUND: Final = "background"
"""Name of seeds that keep others out of their region and are not labelled."""
_NOWHERE: Final = (np.nan, np.nan, np.nan)
EDGE_MM: Final = 1.0
"""Standard deviation of the Gaussian under which edges are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """A point in what is looked for.

    Parameters
    ----------
    place_mm
        LPS.
    name
        Of the label; several seeds may share one.
    """

    place_mm: tuple[float, float, float]
    name: str = "region"


def parse_seed(words: str, *, space: Space = "LPS") -> Seed:
    """Return the seed written as ``x,y,z=name`` in mm, in LPS or RAS (as 3D Slicer shows).

    >>> parse_seed("10,-20,30=Left Kidney", space="RAS")
    Seed(place_mm=(-10.0, 20.0, 30.0), name='kidney_left')

    Raises
    ------
    UsageError
        If it is not written so.
    """
    match = SEED_WORDS.fullmatch(words)
    try:
        x, y, z = (float(word) for word in (match[1], match[2], match[3])) if match else _NOWHERE
    except ValueError:
        x, y, z = _NOWHERE
    if not np.isfinite((x, y, z)).all():
        raise UsageError(
            f"{words!r} is no seed.",
            remedy="Write x,y,z=name with millimetres, as 10,-20,30=liver.",
        )
    if space == "RAS":
        x, y = 0.0 - x, 0.0 - y
    name = label_name((match[4] if match else None) or "region", number=1)
    return Seed(place_mm=(x, y, z), name=name)


def growing_segmenter(
    seeds: Sequence[Seed],
    *,
    low: float | None = None,
    high: float | None = None,
    first_value: int = 1,
) -> Segmenter:
    """Return a segmenter that grows each name's region from its seeds through alike values.

    Parameters
    ----------
    seeds
        Where to start.
    low, high
        What counts as alike; where one is None, from mean and deviation around the seed,
        taken anew as the region grows.
    first_value
        Value of the first label; further names count on.

    Raises
    ------
    UsageError
        When called, if a seed lies outside of the volume or of the range.
    """

    def segment(volume: Volume) -> Segmentation:
        places = indices_of(volume, seeds)
        found, findings = [], [_side_note(seeds)]
        for label, own in _labels(seeds, places, first_value):
            ends = (low, high)
            mask, bounds = _grown(volume, own, ends)
            found.append((label, mask, range_field(volume.values, *bounds)))
            findings.append(_range_note(label, bounds))
        layers = [
            segmentation_of_masks(volume, [one], "grow", findings=tuple(findings)) for one in found
        ]
        from medical.segmenters.by_structure import together

        return together(layers)

    return segment


def watershed_segmenter(seeds: Sequence[Seed], *, first_value: int = 1) -> Segmenter:
    """Return a segmenter that shares out the scan to its seeds, parted along its edges.

    Every voxel goes to the name whose seeds reach it over the lowest edge; set seeds called
    ``background`` around what is wanted. Works on any modality.

    Raises
    ------
    UsageError
        When called, if there are fewer than two names, or a seed lies outside.
    """

    def segment(volume: Volume) -> Segmentation:
        from skimage.segmentation import watershed

        if len({seed.name for seed in seeds}) < 2:
            raise UsageError(
                "A watershed parts at least two names.",
                remedy=f"Add seeds called {BACKGROUND} around what you want.",
            )
        places = indices_of(volume, seeds)
        markers = np.zeros(volume.shape, dtype=np.int32)
        labelled = list(_labels(seeds, places, first_value))
        for number, (_, own) in enumerate(labelled, start=1):
            markers[tuple(np.transpose(own))] = number
        basins = watershed(_edges(volume), markers)
        found = [
            (label, np.asarray(basins == number), None)
            for number, (label, _) in enumerate(labelled, start=1)
            if label.name != BACKGROUND
        ]
        return segmentation_of_masks(volume, found, "watershed", findings=(_side_note(seeds),))

    return segment


def indices_of(volume: Volume, seeds: Sequence[Seed]) -> list[tuple[int, int, int]]:
    """Return the voxel of each seed.

    Raises
    ------
    UsageError
        If there are no seeds, or one lies outside of the volume.
    """
    if not seeds:
        raise UsageError("There is no seed.", remedy="Give at least one, as x,y,z=name.")
    index = volume.affine.inverse().apply([seed.place_mm for seed in seeds])
    whole = np.rint(index).astype(int)
    outside = ((whole < 0) | (whole >= volume.shape)).any(axis=1)
    if outside.any():
        seed = seeds[int(outside.argmax())]
        corners = volume.affine.apply(
            np.stack(np.unravel_index(np.arange(8), (2, 2, 2)), axis=1)
            * (np.array(volume.shape) - 1)
        )
        low, high = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
        raise UsageError(
            f"The seed of {seed.name} at {place_words(seed.place_mm)} lies outside of the scan, "
            f"which goes from {place_words(low)} to {place_words(high)}.",
            remedy="Check the point, and whether it is LPS or RAS (--seed-space).",
        )
    return [(i, j, k) for i, j, k in whole.tolist()]


def _labels(
    seeds: Sequence[Seed], places: list[tuple[int, int, int]], first_value: int
) -> list[tuple[Label, list[tuple[int, int, int]]]]:
    """Return one label a name, in order, with the voxels of its seeds."""
    own: dict[str, list[tuple[int, int, int]]] = {}
    for seed, place in zip(seeds, places, strict=True):
        own.setdefault(seed.name, []).append(place)
    return [
        (Label(value=first_value + n, name=name, color=spread_color(first_value + n)), voxels)
        for n, (name, voxels) in enumerate(own.items())
    ]


def _grown(
    volume: Volume,
    places: list[tuple[int, int, int]],
    ends: tuple[float | None, float | None],
) -> tuple[MaskArray, tuple[float, float]]:
    """Return the region of alike values around seeds, and the range that is alike."""
    markers = np.zeros(volume.shape, dtype=np.bool_)
    markers[tuple(np.transpose(places))] = True
    sample: NDArray[Any] = np.concatenate(
        [volume.values[_ball(volume, place, NEIGHBORHOOD_MM)].reshape(-1) for place in places]
    )
    is_told = None not in ends
    bounds = _bounds(sample, ends, volume.values[markers])
    region = _region(volume, markers, bounds)
    for _ in range(0 if is_told else ROUNDS):
        bounds = _bounds(volume.values[region], ends, volume.values[markers])
        region = _region(volume, markers, bounds)
    return region, bounds


def _bounds(
    sample: NDArray[Any], ends: tuple[float | None, float | None], seeded: NDArray[Any]
) -> tuple[float, float]:
    """Return the range of alike values; what no end is told for, around the sample's mean."""
    finite = sample[np.isfinite(sample)].astype(np.float64)
    if not finite.size:
        raise NothingToBuildError("There is no value at the seeds.")
    mean, deviation = float(finite.mean()), float(finite.std())
    low = mean - LIKENESS * deviation if ends[0] is None else ends[0]
    high = mean + LIKENESS * deviation if ends[1] is None else ends[1]
    own_low, own_high = float(seeded.min()), float(seeded.max())
    if (ends[0] is not None and own_low < low) or (ends[1] is not None and own_high > high):
        raise UsageError(
            f"The values at the seeds, {own_low:g} to {own_high:g}, lie outside of the range from "
            f"{low:g} to {high:g}.",
            remedy="Set the seeds within what is looked for, or widen the range.",
        )
    return min(low, own_low), max(high, own_high)


def _region(volume: Volume, markers: MaskArray, bounds: tuple[float, float]) -> MaskArray:
    from medical.segmenters.surroundings import joined_to

    low, high = bounds
    return joined_to(np.asarray((volume.values >= low) & (volume.values <= high)), markers)


def _ball(
    volume: Volume, place: tuple[int, int, int], radius_mm: float
) -> tuple[NDArray[np.int64], ...]:
    """Return the indices of the voxels within a radius of one, inside of the volume."""
    reach = [int(radius_mm / step) for step in volume.spacing_mm]
    low = [max(0, p - r) for p, r in zip(place, reach, strict=True)]
    high = [min(n, p + r + 1) for p, r, n in zip(place, reach, volume.shape, strict=True)]
    index = np.indices([b - a for a, b in zip(low, high, strict=True)])
    index += np.array(low)[:, None, None, None]
    off = (index - np.array(place)[:, None, None, None]) * np.array(volume.spacing_mm)[
        :, None, None, None
    ]
    near = (off**2).sum(axis=0) <= radius_mm**2
    return tuple(axis[near] for axis in index)


def _edges(volume: Volume) -> NDArray[np.float32]:
    """Return how steeply the smoothed values rise, in any direction, a mm."""
    from shared.filters import gaussian

    smooth = gaussian(volume.values, EDGE_MM, spacing_mm=volume.spacing_mm)
    slopes = np.gradient(smooth, *volume.spacing_mm)
    return np.asarray(np.sqrt(sum(slope**2 for slope in slopes)), dtype=np.float32)


def _side_note(seeds: Sequence[Seed]) -> Finding:
    words = "; ".join(f"{seed.name} at {place_words(seed.place_mm)}" for seed in seeds)
    return note("seeds-placed", f"Seeds: {words}.")


def _range_note(label: Label, bounds: tuple[float, float]) -> Finding:
    return note(
        "region-grown",
        f"{label.name} was grown through values from {bounds[0]:g} to {bounds[1]:g}.",
        details={"low": bounds[0], "high": bounds[1]},
    )
