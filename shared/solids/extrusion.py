"""Raise a region to a solid, with pieces cut out: exact, closed, outward.

The plane is divided into cells by the outlines of the region and of the cuts; over
every cell stand solid intervals of height. The faces between solid and void are the
mesh. All vertices lie over cell vertices, and neighbors share them, so the mesh is
closed by construction: nothing is intersected in space, nothing needs a tolerance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from shared.errors import InvalidValueError
from shared.frame import BUILDING_ENU_M, Frame
from shared.mesh import Mesh
from shared.solids.snapping import GRID, pinch_points, snap, squares_around
from shared.solids.triangulation import triangulate

if TYPE_CHECKING:
    from numpy.typing import NDArray

Interval = tuple[float, float]
PlanePoint = tuple[float, float]

_PINCH_ROUNDS = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cut:
    """A vertical prism taken out of a solid: its outline and its lower and upper end."""

    outline: Polygon
    bottom: float
    top: float

    def __post_init__(self) -> None:
        if not self.bottom < self.top:
            raise InvalidValueError("A cut has its bottom below its top.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Cell:
    outline: Polygon
    solid: tuple[Interval, ...]


def extrude(
    region: BaseGeometry,
    bottom: float,
    top: float,
    *,
    cuts: Sequence[Cut] = (),
    frame: Frame = BUILDING_ENU_M,
    grid: float = GRID,
) -> Mesh:
    """Return the solid over a region between two heights, less the cuts.

    Parameters
    ----------
    region
        Polygon or MultiPolygon; it is brought to the grid first.
    bottom, top
        Heights of the two ends, in the frame's unit.
    cuts
        Prisms to take out. They may overlap, and reach beyond the solid.
    frame
        World of the mesh.
    grid
        Step of the vertex grid (`shared.solids.snap`).

    Returns
    -------
    Mesh
        Closed 2-manifold, also when merged by position; outward. Empty if the cuts
        take everything.

    Raises
    ------
    InvalidValueError
        If bottom is not below top, or two cuts meet in a level edge so that the solid
        would touch itself there.
    """
    if not bottom < top:
        raise InvalidValueError(f"The bottom {bottom:g} is not below the top {top:g}.")
    body = snap(region, grid=grid)
    cells = _cells(body, bottom, top, cuts, grid)
    for _ in range(_PINCH_ROUNDS):
        pinches = _pinches_of(cells)
        if not pinches:
            break
        squares = [squares_around(point, grid) for point in pinches]
        cuts = (*cuts, *(Cut(outline=s, bottom=bottom, top=top) for s in squares))
        cells = _cells(body, bottom, top, cuts, grid)
    return _Shell(cells).mesh(frame)


def _cells(
    body: MultiPolygon, bottom: float, top: float, cuts: Sequence[Cut], grid: float
) -> list[_Cell]:
    """Return the cells of the plane that hold something solid, and between which heights."""
    if not cuts:
        return [_Cell(outline=part, solid=((bottom, top),)) for part in body.geoms]
    outlines = [snap(cut.outline, grid=grid) for cut in cuts]
    borders = [body.boundary, *(outline.boundary for outline in outlines)]
    net = shapely.union_all(shapely.set_precision(borders, grid), grid_size=grid)
    faces = [f for f in shapely.get_parts(shapely.polygonize([net])) if f.area > 0]
    cells = []
    for face in faces:
        inside = face.representative_point()
        if not body.covers(inside):
            continue
        taken = [
            (cut.bottom, cut.top)
            for cut, outline in zip(cuts, outlines, strict=True)
            if outline.covers(inside)
        ]
        solid = _without((bottom, top), taken)
        if solid:
            cells.append(_Cell(outline=shapely.orient_polygons(face), solid=solid))
    return cells


def _without(whole: Interval, taken: Sequence[Interval]) -> tuple[Interval, ...]:
    """Return what is left of an interval."""
    left = [whole]
    for low, high in taken:
        left = [
            piece
            for start, end in left
            for piece in ((start, min(end, low)), (max(start, high), end))
            if piece[0] < piece[1]
        ]
    return tuple(sorted(set(left)))


def _pinches_of(cells: Sequence[_Cell]) -> set[PlanePoint]:
    """Return the points where the solid touches itself along an upright edge."""
    if len(cells) < 2:
        return set()
    levels = sorted({z for cell in cells for interval in cell.solid for z in interval})
    sections = {
        tuple(
            n
            for n, cell in enumerate(cells)
            if any(low <= start and end <= high for low, high in cell.solid)
        )
        for start, end in pairwise(levels)
    }
    found: set[PlanePoint] = set()
    for section in sections:
        merged = shapely.union_all([cells[n].outline for n in section])
        parts = [p for p in shapely.get_parts(merged) if p.geom_type == "Polygon"]
        found.update(pinch_points(MultiPolygon(parts)))
    return found


class _Shell:
    """The faces between solid and void of a set of cells."""

    def __init__(self, cells: Sequence[_Cell]) -> None:
        self._vertices: dict[tuple[float, float, float], int] = {}
        self._faces: list[tuple[int, int, int]] = []
        self._levels: defaultdict[PlanePoint, set[float]] = defaultdict(set)
        self._sides: list[tuple[PlanePoint, PlanePoint, Interval]] = []
        edges = {edge: cell for cell in cells for edge in _edges_of(cell.outline)}
        for cell in cells:
            self._add_lids(cell)
        for (start, end), cell in edges.items():
            across = edges.get((end, start))
            for low, high in cell.solid:
                for free in _without((low, high), across.solid if across else ()):
                    self._sides.append((start, end, free))
                    self._levels[start].update(free)
                    self._levels[end].update(free)
        for side in self._sides:
            self._add_side(*side)

    def mesh(self, frame: Frame) -> Mesh:
        faces = np.array(self._faces, np.int32).reshape(-1, 3)
        _require_closed(faces)
        vertices = np.array(list(self._vertices), np.float32).reshape(-1, 3)
        if len(np.unique(vertices, axis=0)) != len(vertices):
            raise InvalidValueError(
                "The solid stands too far from the origin for single precision.",
                remedy="Bring it to a local origin.",
            )
        return Mesh(vertices=vertices, faces=faces, frame=frame)

    def _vertex(self, point: PlanePoint, level: float) -> int:
        return self._vertices.setdefault((*point, level), len(self._vertices))

    def _add_lids(self, cell: _Cell) -> None:
        points, triangles = triangulate(cell.outline)
        ring = [(x, y) for x, y in points.tolist()]
        for low, high in cell.solid:
            for point in ring:
                self._levels[point].update((low, high))
            upper = [self._vertex(point, high) for point in ring]
            lower = [self._vertex(point, low) for point in ring]
            for a, b, c in triangles.tolist():
                self._faces += [(upper[a], upper[b], upper[c]), (lower[a], lower[c], lower[b])]

    def _add_side(self, start: PlanePoint, end: PlanePoint, free: Interval) -> None:
        """Fill an upright strip, using every vertex that stands on its two edges."""
        low, high = free
        left, right = (
            [z for z in sorted(self._levels[point]) if low <= z <= high] for point in (start, end)
        )
        i = j = 0
        while i + 1 < len(left) or j + 1 < len(right):
            here, there = self._vertex(start, left[i]), self._vertex(end, right[j])
            climb_right = i + 1 == len(left) or (j + 1 < len(right) and right[j + 1] <= left[i + 1])
            if climb_right:
                j += 1
                self._faces.append((here, there, self._vertex(end, right[j])))
            else:
                i += 1
                self._faces.append((here, there, self._vertex(start, left[i])))


def _edges_of(outline: Polygon) -> list[tuple[PlanePoint, PlanePoint]]:
    return [
        (start, end)
        for ring in (outline.exterior, *outline.interiors)
        for start, end in pairwise([(x, y) for x, y in shapely.get_coordinates(ring).tolist()])
    ]


def _require_closed(faces: NDArray[np.int32]) -> None:
    if len(faces) == 0:
        return
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]).astype(np.int64)
    count = int(faces.max()) + 1
    there = edges[:, 0] * count + edges[:, 1]
    back = edges[:, 1] * count + edges[:, 0]
    if len(np.unique(there)) != len(there) or not np.array_equal(np.sort(there), np.sort(back)):
        raise InvalidValueError(
            "The solid touches itself along an edge.",
            remedy="Let its cuts overlap or stand apart.",
        )
