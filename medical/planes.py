"""Planes: the middle slices of a volume, turned as a radiologist looks at them.

Axial pictures are seen from the feet, coronal ones from the front, sagittal ones from the
left: the patient's right is on the left, front is up or on the left, the head is up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from medical.regular import on_regular_grid
from medical.sides import direction_word
from shared.volume import Quantity, Volume

if TYPE_CHECKING:
    from medical.dicom.groups import SeriesGroup
    from shared.progress import Progress

SOFT_TISSUE_HU: Final = (-160.0, 240.0)
"""The usual window for soft tissue: level 40, width 400."""

SHARE_SHOWN: Final = (0.5, 99.5)
"""Percentiles of the values that become black and white where there is no unit."""

MODALITIES_WITH_TEXT: Final = frozenset({"US", "IVUS", "ES", "XC", "OT", "SC", "DOC"})
"""Ultrasound and pictures of cameras and screens: names stand in them as a rule."""

MOST_SAMPLED: Final = 1 << 18
"""Values looked at for the percentiles."""


class View(NamedTuple):
    """How a plane is looked at."""

    name: str
    right: tuple[float, float, float]
    down: tuple[float, float, float]


VIEWS: Final = (
    View("sagittal", (0.0, 1.0, 0.0), (0.0, 0.0, -1.0)),
    View("coronal", (1.0, 0.0, 0.0), (0.0, 0.0, -1.0)),
    View("axial", (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
)
"""View along x, y and z of LPS; where right and down of the picture point."""

ORDER: Final = ("axial", "coronal", "sagittal")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plane:
    """One slice as a picture.

    Parameters
    ----------
    name
        ``axial``, ``coronal`` or ``sagittal``: the nearest to it.
    shades
        Grays uint8 ``[row column]``, row 0 on top.
    pixel_mm
        Height and width of a pixel.
    sides
        Letters of the patient's side at the left, right, top and bottom of the picture.
    """

    name: str
    shades: NDArray[np.uint8]
    pixel_mm: tuple[float, float]
    sides: tuple[str, str, str, str]

    @property
    def size_mm(self) -> tuple[float, float]:
        """Height and width of the picture."""
        rows, columns = self.shades.shape
        return rows * self.pixel_mm[0], columns * self.pixel_mm[1]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stills:
    """The middle slices of one stack, with the facts that name nobody.

    Parameters
    ----------
    row
        Its row in the table of stacks, from 1.
    number, modality
        As in the headers.
    shape, spacing_mm
        Voxels and spacing along slices, rows and columns, as scanned.
    points
        Stacks of the same slices (time points, …), of which this is the first.
    planes
        Axial, coronal and sagittal; empty if the stack cannot be shown.
    obstacle
        Why not.
    """

    row: int
    number: int | None
    modality: str
    shape: tuple[int, int, int]
    spacing_mm: tuple[float, float, float] | None = None
    points: int = 1
    planes: tuple[Plane, ...] = ()
    obstacle: str = ""


def stills_of(groups: Iterable[SeriesGroup], *, progress: Progress) -> tuple[Stills, ...]:
    """Return the middle slices of every stack, less those with burned-in annotation.

    Parameters
    ----------
    groups
        The stacks of a study. Secondary captures are not among them: they stand apart.
    progress
        Told how far the decoding is.
    """
    shown = ((row, group) for row, group in enumerate(groups, start=1) if not has_text(group))
    return tuple(_stills(row, group, progress) for row, group in shown)


def has_text(group: SeriesGroup) -> bool:
    """Return whether text is, or as a rule may be, burned into any picture of a stack."""
    return any(
        series.facts.get("burned_in") or series.modality in MODALITIES_WITH_TEXT
        for series in group.members
    )


def _stills(row: int, group: SeriesGroup, progress: Progress) -> Stills:
    from medical.dicom.stack import read_series
    from shared.errors import ToolkitError

    first = group.members[0]
    facts: dict[str, Any] = {
        "row": row,
        "number": first.number,
        "modality": first.modality,
        "shape": first.shape,
        "points": len(group.members),
    }
    try:
        volume = read_series(first, progress=progress)
        planes = middle_planes(volume)
    except ToolkitError as error:
        return Stills(**facts, obstacle=error.problem)
    return Stills(**facts, spacing_mm=volume.spacing_mm, planes=planes)


def middle_planes(volume: Volume) -> tuple[Plane, ...]:
    """Return the middle slice along each axis of a volume: axial, coronal, sagittal.

    A sheared volume is made regular first. Oblique slices are shown as they are, under
    the name of the nearest plane; their sides are the nearest ones.
    """
    regular = on_regular_grid(volume)
    direction = regular.affine.direction
    window = _window(regular)
    body_axes = max(
        permutations(range(3)),
        key=lambda axes: sum(abs(direction[axis, n]) for n, axis in enumerate(axes)),
    )
    planes = [_plane(regular, n, VIEWS[axis], window) for n, axis in enumerate(body_axes)]
    return tuple(sorted(planes, key=lambda plane: ORDER.index(plane.name)))


def _plane(volume: Volume, axis: int, view: View, window: tuple[float, float]) -> Plane:
    """Return the middle slice across array axis `axis`, turned for a view."""
    picture = np.take(np.asarray(volume.values), volume.shape[axis] // 2, axis=axis)
    vertical, horizontal = (n for n in range(3) if n != axis)
    direction = volume.affine.direction
    along = np.abs(direction.T @ np.column_stack([view.down, view.right]))
    if along[vertical, 0] + along[horizontal, 1] < along[horizontal, 0] + along[vertical, 1]:
        picture, vertical, horizontal = picture.T, horizontal, vertical
    down, right = direction[:, vertical], direction[:, horizontal]
    if down @ view.down < 0.0:
        picture, down = picture[::-1], -down
    if right @ view.right < 0.0:
        picture, right = picture[:, ::-1], -right
    spacing = volume.spacing_mm
    ends = (-right, right, -down, down)
    left, to_right, top, bottom = (direction_word(end.tolist()) for end in ends)
    return Plane(
        name=view.name,
        shades=_shades(picture, window),
        pixel_mm=(spacing[vertical], spacing[horizontal]),
        sides=(left, to_right, top, bottom),
    )


def _window(volume: Volume) -> tuple[float, float]:
    """Return the values that become black and white."""
    if volume.quantity is Quantity.HU:
        return SOFT_TISSUE_HU
    values = np.asarray(volume.values).ravel()
    values = values[:: max(1, values.size // MOST_SAMPLED)].astype(np.float64)
    values = values[np.isfinite(values)]
    if not values.size:
        return 0.0, 1.0
    low, high = (float(x) for x in np.percentile(values, SHARE_SHOWN))
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _shades(picture: NDArray[Any], window: tuple[float, float]) -> NDArray[np.uint8]:
    low, high = window
    share = (np.nan_to_num(picture.astype(np.float64), nan=low) - low) / (high - low)
    return np.asarray(np.rint(np.clip(share, 0.0, 1.0) * 255.0), dtype=np.uint8)
