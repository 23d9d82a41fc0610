"""Trachea: the windpipe as seeds, found by its round, empty course down the neck and chest.

In slices across the body it is a spot of air of the size of a finger, nearly round, near
the middle, whose neighbors above and below overlap it over centimetres. Lungs are larger
and less empty; gas in the bowel is shorter or bent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from medical.segmenters.body import Body
    from shared.shapes import MaskArray
    from shared.volume import Volume

AIR_HU: Final = -900.0
"""What is emptier than this is air, also where voxels of 2 mm blur it."""
LUMEN_HU: Final = -925.0
"""Mean of a spot of trachea: pure air stands at −1000, lung at −700 to −900."""
AREA_MM2: Final = (25.0, 700.0)
"""Cross section of a windpipe: from an infant's of 6 mm across to an adult's of 27 mm with its
oblique cut (Breatnach et al.: Dimensions of the normal human trachea, AJR 142, 1984:
13 to 27 mm across in adults)."""
FILLING: Final = 0.55
"""Smallest share of its box that a spot fills: a disc fills 0.79, a D of the trachea's back 0.7."""
LONGEST_RATIO: Final = 2.5
"""Largest ratio of the sides of its box."""
MIDDLE_MM: Final = 60.0
"""Farthest a windpipe runs from the middle of the body: pushed aside, it is still nearer."""
SHORTEST_MM: Final = 20.0
"""Shortest course that is called a trachea."""
MOST_COURSES: Final = 4
"""Candidates looked at: gas in stomach and bowel may be larger than the windpipe."""
TISSUE_HU: Final = -600.0
"""Blocks of about 2 mm beside a wall of 1 to 2 mm that hold some of it reach this."""
SMOOTHING_MM: Final = 1.2
"""Standard deviation of the Gaussian before air is looked for: noise of scans of low dose goes,
and the lumen of an infant's windpipe stays."""
RING_MM: Final = 5.0
"""Width of what is looked at around a spot."""
PURE_HU: Final = -940
"""Voxels of the course that are emptier than this are seeds."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trachea:
    """The course of a windpipe.

    Parameters
    ----------
    seeds
        bool ``[i j k]``: empty voxels in its lumen.
    axis
        Array axis across which it was found.
    top
        Index on that axis of its upper end.
    rises
        Whether the index grows towards the head.
    length_mm
        Along the axis.
    lumen_hu
        Upper quartile of the values in its lumen.
    enclosed_share
        Which share of what lies around it is tissue.
    """

    seeds: MaskArray
    axis: int
    top: int
    rises: bool
    length_mm: float
    lumen_hu: float
    enclosed_share: float


@dataclass(frozen=True, slots=True)
class _Spot:
    slice: int
    label: int
    mask: MaskArray
    corner: tuple[int, int]


def possible_tracheas(volume: Volume, body: Body) -> Iterator[Trachea]:
    """Yield what may be the windpipe in a CT scan in Hounsfield units, the likeliest first."""
    from medical.segmenters.body import CAVITY, TISSUE
    from medical.segmenters.coarse import coarsen
    from shared.filters import gaussian

    grid = coarsen(volume)
    upward = np.asarray(volume.affine.matrix[2, :3]) / np.asarray(volume.affine.spacing)
    axis = int(np.abs(upward).argmax())
    zones = np.moveaxis(body.zones, axis, 0)
    smooth = gaussian(grid.values, SMOOTHING_MM, spacing_mm=grid.spacing_mm)
    values = np.moveaxis(np.asarray(smooth, dtype=np.float32), axis, 0)
    steps = [step for n, step in enumerate(grid.spacing_mm) if n != axis]
    inside = (zones == TISSUE) | (zones == CAVITY)
    middle = _middles_mm(volume, inside, grid.factors, axis)
    plain, step = np.moveaxis(grid.values, axis, 0), grid.spacing_mm[axis]
    courses = [
        (_size(course) * share, share, course)
        for course in _courses(values, inside, middle, (steps[0], steps[1]))
        if len(course) * step >= SHORTEST_MM
        for share in (_enclosed_share(course, plain, steps),)
    ]
    courses.sort(key=lambda found: -found[0])
    for _, share, course in courses[:MOST_COURSES]:
        marked = _marked(course, values.shape, axis, grid.factors, volume.shape)
        rises = bool(upward[axis] > 0.0)
        ends = [spot.slice for spot in course]
        last = max(ends) if rises else min(ends)
        factor = grid.factors[axis]
        yield Trachea(
            seeds=np.asarray(marked & (volume.values < PURE_HU)),
            lumen_hu=float(np.percentile(volume.values[marked], 75.0)),
            axis=axis,
            top=min((last + 1) * factor, volume.shape[axis]) - 1 if rises else last * factor,
            rises=rises,
            length_mm=len(course) * step,
            enclosed_share=share,
        )


def _marked(
    course: list[_Spot],
    shape: tuple[int, ...],
    axis: int,
    factors: tuple[int, int, int],
    full: tuple[int, int, int],
) -> MaskArray:
    """Return the voxels of a course, bool ``[i j k]``."""
    from medical.segmenters.coarse import spread

    lumen = np.zeros(shape, dtype=np.uint8)
    for spot in course:
        rows, columns = spot.mask.shape
        box = lumen[spot.slice, spot.corner[0] :, spot.corner[1] :][:rows, :columns]
        box[spot.mask] = 1
    return np.asarray(spread(np.moveaxis(lumen, 0, axis), factors, full) > 0)


def _middles_mm(
    volume: Volume, inside: MaskArray, factors: tuple[int, int, int], axis: int
) -> NDArray[np.float64]:
    """Return, for blocks ``[I J K]`` with `axis` first, how far right or left of the middle.

    The middle of a slice is half-way between the body's ends from side to side.
    """
    shape = [inside.shape[0], inside.shape[1], inside.shape[2]]
    blocks = np.moveaxis(np.indices(shape, dtype=np.float32), 0, -1)
    order = [axis, *[n for n in range(3) if n != axis]]
    index = np.empty_like(blocks)
    for place, n in enumerate(order):
        index[..., n] = (blocks[..., place] + 0.5) * factors[n] - 0.5
    x = index @ volume.affine.matrix[0, :3].astype(np.float32) + np.float32(
        volume.affine.matrix[0, 3]
    )
    is_shown = inside.any(axis=(1, 2))
    low = np.where(is_shown, np.where(inside, x, np.inf).min(axis=(1, 2)), 0.0)
    high = np.where(is_shown, np.where(inside, x, -np.inf).max(axis=(1, 2)), 0.0)
    middle = 0.5 * (low + high)
    return np.asarray(np.abs(x - middle[:, None, None]))


def _enclosed_share(
    course: list[_Spot], values: NDArray[np.float32], steps: Sequence[float]
) -> float:
    """Return which share of the blocks around a course's spots holds tissue."""
    from scipy import ndimage

    shares = []
    room = int(RING_MM / min(steps)) + 1
    for spot in course:
        mask = np.pad(spot.mask, room)
        far = ndimage.distance_transform_edt(~mask, sampling=steps)
        rows, columns = np.nonzero((far > 0.0) & (far <= RING_MM))
        rows = np.clip(rows + spot.corner[0] - room, 0, values.shape[1] - 1)
        columns = np.clip(columns + spot.corner[1] - room, 0, values.shape[2] - 1)
        shares.append(float((values[spot.slice, rows, columns] > TISSUE_HU).mean()))
    return float(np.mean(shares))


def _courses(
    values: NDArray[np.float32],
    inside: MaskArray,
    aside_mm: NDArray[np.float64],
    steps: tuple[float, float],
) -> list[list[_Spot]]:
    """Return every chain of spots that overlap from slice to slice, the largest first."""
    ended: list[list[_Spot]] = []
    chains: list[list[_Spot]] = []
    for k in range(len(values)):
        longer: list[list[_Spot]] = []
        followed: set[int] = set()
        for spot in _spots(k, values[k], inside[k], aside_mm[k], steps):
            before = [n for n, chain in enumerate(chains) if _overlap(chain[-1], spot)]
            followed |= set(before)
            largest = max((chains[n] for n in before), key=_size, default=[])
            longer.append([*largest, spot])
        ended += [chain for n, chain in enumerate(chains) if n not in followed]
        chains = longer
    return sorted([*ended, *chains], key=_size, reverse=True)


def _size(chain: list[_Spot]) -> int:
    return sum(int(np.count_nonzero(spot.mask)) for spot in chain)


def _spots(
    k: int,
    values: NDArray[np.float32],
    inside: MaskArray,
    aside_mm: NDArray[np.float64],
    steps: tuple[float, float],
) -> list[_Spot]:
    """Return the spots of a slice that may be windpipe."""
    from scipy import ndimage

    labels, _ = ndimage.label((values < AIR_HU) & inside)
    found = []
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        mask = labels[box] == number
        count = int(np.count_nonzero(mask))
        area = count * steps[0] * steps[1]
        sides = sorted(n * step for n, step in zip(mask.shape, steps, strict=True))
        if not AREA_MM2[0] <= area <= AREA_MM2[1] or sides[1] > LONGEST_RATIO * sides[0]:
            continue
        is_round = count >= FILLING * mask.size
        if not is_round or float(aside_mm[box][mask].mean()) > MIDDLE_MM:
            continue
        if float(values[box][mask].mean()) < LUMEN_HU:
            corner = (box[0].start, box[1].start)
            found.append(_Spot(k, number, mask, corner))
    return found


def _overlap(one: _Spot, other: _Spot) -> bool:
    """Return whether two spots of neighboring slices share a place."""
    if other.slice - one.slice != 1:
        return False
    shift = [other.corner[n] - one.corner[n] for n in range(2)]
    low = [max(0, shift[n]) for n in range(2)]
    high = [min(one.mask.shape[n], other.mask.shape[n] + shift[n]) for n in range(2)]
    if low[0] >= high[0] or low[1] >= high[1]:
        return False
    mine = one.mask[low[0] : high[0], low[1] : high[1]]
    its = other.mask[low[0] - shift[0] : high[0] - shift[0], low[1] - shift[1] : high[1] - shift[1]]
    return bool((mine & its).any())
