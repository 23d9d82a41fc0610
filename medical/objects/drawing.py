"""Drawing: closed contours in parallel planes become labels with fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from medical.errors import SliceGeometryError
from medical.objects.layers import LayerStack
from medical.objects.outlines import rings_of, signed_distance
from medical.objects.planes import PlaneStack, distinct_planes, grid_of
from medical.objects.seg import empty_finding
from shared.affine import Affine
from shared.concept import Label
from shared.errors import NothingToBuildError
from shared.finding import Finding, note, warning
from shared.segmentation import LevelField, Segmentation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.frame import Frame

OWN_PIXEL_MM: Final = 1.0
"""Pixel of the grid on which contours are drawn where no scan gives one."""
OWN_MARGIN: Final = 2
"""Pixels left around the contours on that grid."""
MICRONS_PER_MM: Final = 1000.0
"""Fields hold whole micrometres: half the memory, and finer than any contour is drawn."""
MOST_REACH_MM: Final = 32.0
"""Where distances are cut at the latest: what 16 bits hold."""
MOST_FIELD_BYTES: Final = 4 << 30
"""Memory that the fields of all structures may take together."""
FLAT_MM: Final = 0.5
"""Farthest a point of a contour may stand beside the plane of the others."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Structure:
    """A structure of a set: its label, and its closed contours ``[n 3]`` in LPS mm."""

    label: Label
    contours: tuple[NDArray[np.float64], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """A grid to draw on: its slices are the planes of the contours."""

    affine: Affine
    shape: tuple[int, int, int]


def own_grid(structures: Sequence[Structure]) -> Grid:
    """Return a grid in the planes of the contours, of pixels of `OWN_PIXEL_MM`."""
    contours = [contour for s in structures for contour in s.contours]
    normal = _normal(contours)
    along = [contour @ normal for contour in contours]
    if max(float(np.ptp(a)) for a in along) > 2.0 * FLAT_MM:
        raise SliceGeometryError(
            "The contours do not lie in parallel planes.",
            remedy="Give the series that was contoured, or export it again.",
        )
    across, down = _axes(normal)
    frame = np.column_stack([down, across])
    flat = np.concatenate(contours) @ frame
    low = np.floor(flat.min(axis=0) / OWN_PIXEL_MM) - OWN_MARGIN
    high = np.ceil(flat.max(axis=0) / OWN_PIXEL_MM) + OWN_MARGIN
    corner = frame @ (low * OWN_PIXEL_MM)
    positions = np.array([corner + a.mean() * normal for a in along])
    members, _ = distinct_planes(positions, normal)
    rows, columns = (int(n) + 1 for n in high - low)
    stack = PlaneStack(
        positions_mm=positions[members],
        row_step_mm=down * OWN_PIXEL_MM,
        column_step_mm=across * OWN_PIXEL_MM,
        rows=rows,
        columns=columns,
    )
    if len(members) == 1:
        raise SliceGeometryError(
            "All contours lie in one plane, which has no depth.",
            remedy="Give the series that was contoured.",
        )
    grid = grid_of(stack)
    count = grid.shape[0] + 2  # an empty plane at each end: the structures end there
    matrix = np.array(grid.affine.matrix)
    matrix[:3, 3] -= matrix[:3, 0]
    return Grid(affine=Affine(matrix), shape=(count, rows, columns))


def _normal(contours: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the unit normal ``[3]`` of the largest contour, towards +z, else +y, else +x."""
    largest = max(contours, key=lambda c: float(np.linalg.norm(_area_vector(c))))
    area = _area_vector(largest)
    if not area.any():
        raise NothingToBuildError("The contours enclose no area.")
    normal = area / np.linalg.norm(area)
    normal[np.abs(normal) < 1e-6] = 0.0
    normal /= np.linalg.norm(normal)
    main = int(np.abs(normal).argmax())
    return np.asarray(normal * np.sign(normal[main]))


def _area_vector(contour: NDArray[np.float64]) -> NDArray[np.float64]:
    around = contour - contour.mean(axis=0)
    return np.asarray(0.5 * np.cross(around, np.roll(around, -1, axis=0)).sum(axis=0))


def _axes(normal: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return in-plane unit axes (across, down) with across × down = `normal`."""
    least = int(np.abs(normal).argmin())
    across = np.eye(3)[least] - normal[least] * normal
    across /= np.linalg.norm(across)
    return across, np.asarray(np.cross(normal, across))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Drawn:
    """A structure drawn on a box of the grid.

    Parameters
    ----------
    box
        Index box ``(slices, rows, columns)``.
    field
        int16 in the box: distance to the contour in `MICRONS_PER_MM`.
    reach
        Where it is cut.
    cut
        Contours off the grid.
    filled
        Slices interpolated between contours.
    """

    box: tuple[slice, slice, slice]
    field: NDArray[np.int16]
    reach: int
    cut: int
    filled: int


def drawn_on(structures: Sequence[Structure], grid: Grid, frame: Frame) -> Segmentation:
    """Return the structures drawn on a grid whose slices are their planes."""
    layers = LayerStack(shape=grid.shape, largest_value=max(s.label.value for s in structures))
    fields: dict[str, LevelField] = {}
    findings: list[Finding] = []
    bytes_each = int(np.prod(grid.shape)) * np.dtype(np.int16).itemsize
    keeps_fields = len(structures) * bytes_each <= MOST_FIELD_BYTES
    if not keeps_fields:
        findings.append(_no_fields())
    is_empty = True
    for structure in structures:
        drawn = _draw(structure, grid)
        if drawn.cut:
            findings.append(_outside(structure.label, drawn.cut))
        mask = drawn.field >= 0
        if not mask.any():
            findings.append(empty_finding(structure.label))
            continue
        is_empty = False
        if drawn.filled:
            findings.append(_filled_finding(structure.label, drawn.filled))
        layers.add(structure.label, [(drawn.box, mask)])
        if keeps_fields:
            values = np.full(grid.shape, -drawn.reach, dtype=np.int16)
            values[drawn.box] = drawn.field
            values.setflags(write=False)
            fields[structure.label.name] = LevelField(values=values, level=0.0)
    if is_empty:
        raise NothingToBuildError(
            "No voxel of the scan has its centre within a contour.",
            remedy="Check that structure set and scan belong together.",
        )
    maps = layers.label_maps(grid.affine, frame)
    return Segmentation(layers=maps, fields=fields, findings=tuple(findings))


def _no_fields() -> Finding:
    return note(
        "fields-left-out",
        "There are too many structures to keep where each contour runs between voxels: their "
        "surfaces follow the voxels.",
    )


def _draw(structure: Structure, grid: Grid) -> _Drawn:
    """Return a structure on the box of the grid that its contours reach."""
    slices, rows, columns = grid.shape
    step, down, across = grid.affine.spacing
    index_from_world = grid.affine.inverse()
    outlines: dict[int, list[NDArray[np.float64]]] = {}
    cut = 0
    for contour in structure.contours:
        index = index_from_world.apply(contour)
        k = round(float(index[:, 0].mean()))
        if 0 <= k < slices:
            outlines.setdefault(k, []).append(index[:, 1:])
        else:
            cut += 1
    drawn = sorted(outlines)
    gap = _usual_gap(drawn)
    reach = min(max(step, down, across) * gap, MOST_REACH_MM)
    box = _box(outlines, (rows, columns), (reach / down, reach / across))
    size = (box[1].stop - box[1].start, box[2].stop - box[2].start)
    field = np.full((box[0].stop - box[0].start, *size), -reach, dtype=np.float32)
    for k, own in outlines.items():
        moved = [outline - (box[1].start, box[2].start) for outline in own]
        field[k - box[0].start] = signed_distance(rings_of(moved), size, (down, across), reach)
    filled = _fill_between(field, [k - box[0].start for k in drawn], gap)
    microns = field * np.float32(MICRONS_PER_MM)
    whole = np.where(field >= 0, np.floor(microns), np.minimum(np.rint(microns), -1))
    return _Drawn(
        box=box,
        field=whole.astype(np.int16),
        reach=round(reach * MICRONS_PER_MM),
        cut=cut,
        filled=filled,
    )


def _box(
    outlines: dict[int, list[NDArray[np.float64]]],
    shape: tuple[int, int],
    reach: tuple[float, float],
) -> tuple[slice, slice, slice]:
    """Return the index box that outlines and what lies within `reach` (pixels) of them fill."""
    if not outlines:
        return slice(0, 1), slice(0, 1), slice(0, 1)
    corners = np.concatenate([outline for own in outlines.values() for outline in own])
    low = np.floor(corners.min(axis=0) - reach).astype(int)
    high = np.ceil(corners.max(axis=0) + reach).astype(int) + 1
    first, last = np.clip(low, 0, np.array(shape) - 1), np.clip(high, 1, shape)
    last = np.maximum(last, first + 1)
    return (
        slice(min(outlines), max(outlines) + 1),
        slice(int(first[0]), int(last[0])),
        slice(int(first[1]), int(last[1])),
    )


def _usual_gap(drawn: list[int]) -> int:
    """Return from how many slices one was contoured: the most frequent step."""
    if len(drawn) < 2:
        return 1
    counts = np.bincount(np.diff(drawn))
    return int(counts.argmax())


def _fill_between(field: NDArray[np.float32], drawn: list[int], gap: int) -> int:
    """Interpolate the slices between contours drawn on every `gap`-th slice; return how many.

    The mean of two distances is the outline half-way (Raya and Udupa: Shape-based
    interpolation of multidimensional objects, IEEE TMI 9, 1990, doi:10.1109/42.52980).
    """
    filled = 0
    for low, high in pairwise(drawn):
        if not 1 < high - low <= gap:
            continue
        for k in range(low + 1, high):
            share = np.float32((k - low) / (high - low))
            field[k] = field[low] * (1 - share) + field[high] * share
            filled += 1
    return filled


def _filled_finding(label: Label, count: int) -> Finding:
    return note(
        "slices-interpolated",
        f"{label.name} was contoured on some slices only; {count} between them were interpolated.",
        details={"slices": count},
    )


def _outside(label: Label, count: int) -> Finding:
    return warning(
        "labels-outside-volume",
        f"{count} contours of {label.name} lie beyond the ends of the volume and were left out.",
        details={"contours": count},
    )
