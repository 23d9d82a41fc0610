"""Planes: the grid that the frames of an object imply, and where they fall on another one.

Frames of a segmentation stand where ImagePositionPatient says, in any order, and planes
without anything in them may be left out. The step from plane to plane is therefore not
the smallest gap: SpacingBetweenSlices tells it where the gaps are multiples of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from medical.errors import SliceGeometryError
from shared.affine import Affine

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAME_PLANE_MM: Final = 1e-2
"""Positions nearer than this along the normal are one plane: ten times finer than writers
round."""
PLACE_TOLERANCE_MM: Final = 0.06
PLACE_TOLERANCE: Final = 0.02
"""Farthest a plane may stand from its place on a regular grid, in mm or as a share of the
step: what rounding of positions to 0.1 mm does."""
SIDEWAYS_TOLERANCE_MM: Final = 0.1
"""Farthest a plane may stand beside the line through the others."""
MOST_DIVISIONS: Final = 12
"""Into how many steps the smallest gap is divided at most in search of a regular grid."""
MOST_PLANES: Final = 20_000
"""No scan has more slices; a step that asks for more is wrong."""
PLACEMENT_TOLERANCE: Final = 0.1
"""Farthest a pixel may lie from the voxel it becomes, in voxels; beyond, it is resampled."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlaneStack:
    """Parallel planes of pixels in the world, each once, rising along their normal.

    Parameters
    ----------
    positions_mm
        ``[n 3]`` LPS centre of each plane's first pixel.
    row_step_mm, column_step_mm
        ``[3]`` LPS step of one row down, and of one column across.
    rows, columns
        Matrix of each plane.
    step_mm
        Distance of neighboring planes as the object tells it, or None.
    thickness_mm
        Thickness as the object tells it, or None: the step of a single plane.
    """

    positions_mm: NDArray[np.float64]
    row_step_mm: NDArray[np.float64]
    column_step_mm: NDArray[np.float64]
    rows: int
    columns: int
    step_mm: float | None = None
    thickness_mm: float | None = None

    @property
    def normal(self) -> NDArray[np.float64]:
        """Unit normal ``[3]``: along the row × down the column."""
        normal = np.cross(self.column_step_mm, self.row_step_mm)
        return np.asarray(normal / np.linalg.norm(normal))

    @property
    def along_mm(self) -> NDArray[np.float64]:
        """Position of each plane along the normal ``[n]``."""
        return np.asarray(self.positions_mm @ self.normal)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlaneGrid:
    """A grid, and which of its slices shows each plane.

    Parameters
    ----------
    affine, shape
        The grid ``[slice row column]``.
    slices_of_plane
        For each plane the grid slices that show it: one, unless planes are uneven.
    is_even
        Whether every plane stands on the grid.
    """

    affine: Affine
    shape: tuple[int, int, int]
    slices_of_plane: tuple[tuple[int, ...], ...]
    is_even: bool


def distinct_planes(
    positions_mm: NDArray[np.float64], normal: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return one member of each plane, rising along `normal`, and the plane of each position.

    Parameters
    ----------
    positions_mm
        ``[f 3]``, one for each frame, in any order.
    """
    along = positions_mm @ normal
    order = np.argsort(along, kind="stable")
    starts = np.concatenate([[True], np.diff(along[order]) > SAME_PLANE_MM])
    plane_of = np.empty(len(along), dtype=np.int64)
    plane_of[order] = np.cumsum(starts) - 1
    return order[starts], plane_of


def grid_of(stack: PlaneStack) -> PlaneGrid:
    """Return the regular grid that the planes stand on, or nearly so where they are uneven.

    Raises
    ------
    SliceGeometryError
        If there is a single plane and nothing tells its depth, or planes leave a line.
    """
    along = stack.along_mm
    direction = _direction(stack)
    step, is_even = _step(stack)
    places = (along - along[0]) / step
    count = round(float(places[-1])) + 1
    if count > MOST_PLANES:
        raise SliceGeometryError(
            f"The planes span {along[-1] - along[0]:.0f} mm in steps of {step:g} mm.",
            remedy="Check how the object was exported.",
        )
    matrix = np.eye(4)
    matrix[:3, 0] = direction * step
    matrix[:3, 1], matrix[:3, 2] = stack.row_step_mm, stack.column_step_mm
    nearest = np.rint(places) * step if is_even else along - along[0]
    matrix[:3, 3] = (stack.positions_mm - nearest[:, None] * direction).mean(axis=0)
    on_grid = tuple((int(k),) for k in np.rint(places))
    return PlaneGrid(
        affine=Affine(matrix),
        shape=(count, stack.rows, stack.columns),
        slices_of_plane=on_grid if is_even else _owned(places, count),
        is_even=is_even,
    )


def _direction(stack: PlaneStack) -> NDArray[np.float64]:
    """Return the step of the position ``[3]`` for one mm along the normal: shear stays."""
    positions, along, normal = stack.positions_mm, stack.along_mm, stack.normal
    if len(along) == 1:
        return normal
    centered = along - along.mean()
    direction = centered @ (positions - positions.mean(axis=0)) / (centered @ centered)
    off = positions - positions.mean(axis=0) - centered[:, None] * direction
    farthest = float(np.linalg.norm(off, axis=1).max())
    if farthest > SIDEWAYS_TOLERANCE_MM:
        raise SliceGeometryError(
            f"The planes of the object do not stand in one line: one is {farthest:.1f} mm beside.",
            remedy="Export it again from parallel slices of one series.",
        )
    drift = float(np.linalg.norm(direction - normal)) * float(along[-1] - along[0])
    return normal if drift < PLACE_TOLERANCE_MM else np.asarray(direction)


def _step(stack: PlaneStack) -> tuple[float, bool]:
    """Return the step between grid slices, and whether all planes stand on that grid."""
    along = stack.along_mm
    if len(along) == 1:
        depth = stack.step_mm or stack.thickness_mm
        if depth is None or depth <= 0.0:
            raise SliceGeometryError(
                "The object has a single plane and does not say how thick it is.",
                remedy="Give the series it was made from.",
            )
        return depth, True
    smallest = float(np.diff(along).min())
    told = [stack.step_mm] if stack.step_mm and stack.step_mm > 0.0 else []
    for step in (*told, *(smallest / n for n in range(1, MOST_DIVISIONS + 1))):
        places = (along - along[0]) / step
        total = round(float(places[-1]))
        if not 1 <= total <= MOST_PLANES:
            continue
        fitted = float(along[-1] - along[0]) / total
        off = np.abs((along - along[0]) / fitted - np.rint(places)) * fitted
        if off.max() <= max(PLACE_TOLERANCE_MM, PLACE_TOLERANCE * fitted) < 0.25 * fitted:
            return fitted, True
    extent = float(along[-1] - along[0])
    return extent / max(1, round(extent / smallest)), False


def _owned(places: NDArray[np.float64], count: int) -> tuple[tuple[int, ...], ...]:
    """Return the grid slices nearest to each plane, none farther from it than half a gap.

    Each plane shows at least the slice it is nearest to.
    """
    distance = np.abs(np.arange(count)[:, None] - places)
    owner = distance.argmin(axis=1)
    slices: list[set[int]] = [{round(float(place))} for place in places]
    for k, plane in enumerate(owner.tolist()):
        slices[plane].add(k)
    return tuple(tuple(sorted(own)) for own in slices)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placement:
    """Where the pixels of each plane fall, voxel by voxel, on a given grid.

    Parameters
    ----------
    axes
        Grid axis along the planes' normal, down their rows' index, across their columns'.
    signs
        Direction (1 or −1) of rows and columns on their grid axes.
    starts
        ``[n 3]`` grid index of each plane's first pixel, in grid order.
    shape
        Of the grid.
    """

    axes: tuple[int, int, int]
    signs: tuple[int, int]
    starts: NDArray[np.int64]
    shape: tuple[int, int, int]

    def put(
        self, plane: int, pixels: NDArray[Any]
    ) -> tuple[int, tuple[slice, slice], NDArray[Any], int]:
        """Return where a plane's pixels go: grid slice, box in it, pixels turned, and losses.

        The slice lies on axis ``axes[0]``; the box spans the other two grid axes in their
        order. What falls outside of the grid is cut; the last number is how many nonzero
        pixels that cost. A plane outside of the grid has an empty box.
        """
        normal, down, across = self.axes
        turned = pixels[:: self.signs[0], :: self.signs[1]]
        low = []
        for sign, axis, size in zip(self.signs, (down, across), pixels.shape, strict=True):
            start = int(self.starts[plane, axis])
            low.append(start if sign > 0 else start - size + 1)
        lengths = (self.shape[down], self.shape[across])
        if down > across:
            turned, low, lengths = turned.T, low[::-1], lengths[::-1]
        cuts, box = [], []
        for start, size, length in zip(low, turned.shape, lengths, strict=True):
            first, end = max(0, start), min(length, start + size)
            end = max(first, end)
            box.append(slice(first, end))
            cuts.append(slice(first - start, end - start))
        k = int(self.starts[plane, normal])
        kept = turned[cuts[0], cuts[1]]
        if not 0 <= k < self.shape[normal]:
            box, kept, k = [slice(0, 0), slice(0, 0)], turned[:0, :0], 0
        lost = int(np.count_nonzero(turned)) - int(np.count_nonzero(kept))
        return k, (box[0], box[1]), kept, lost


def placement_on(
    stack: PlaneStack, affine: Affine, shape: tuple[int, int, int]
) -> Placement | None:
    """Return where planes fall on a grid, or None if their pixels are not its voxels.

    Any order, direction and exchange of axes is a placement; another spacing, an angle or
    an offset within a voxel is none.
    """
    inverse = affine.inverse()
    linear = inverse.matrix[:3, :3]
    steps = np.column_stack([linear @ stack.row_step_mm, linear @ stack.column_step_mm])
    whole = np.rint(steps)
    counts = np.array([stack.rows, stack.columns])
    is_whole = np.abs((steps - whole) * (counts - 1)).max() <= PLACEMENT_TOLERANCE
    if not is_whole or not np.array_equal(np.abs(whole).sum(axis=0), [1.0, 1.0]):
        return None
    down, across = (int(axis) for axis in np.abs(whole).argmax(axis=0))
    if down == across:
        return None
    starts = inverse.apply(stack.positions_mm)
    near = np.rint(starts)
    if np.abs(starts - near).max() > PLACEMENT_TOLERANCE:
        return None
    normal = 3 - down - across
    if len(np.unique(near[:, normal])) < len(near):
        return None
    return Placement(
        axes=(normal, down, across),
        signs=(int(whole[down, 0]), int(whole[across, 1])),
        starts=near.astype(np.int64),
        shape=shape,
    )
