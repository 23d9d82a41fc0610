"""Solids of upright prisms: raised, cut and fused exactly, closed and outward.

The plane is divided into cells by the outlines of all prisms; over every cell stand solid
intervals of height. The faces between solid and void are the mesh. All vertices lie over
cell vertices, and neighbors share them, so the mesh is closed by construction: nothing is
intersected in space. Where the solid would touch itself along an edge only, a patch of a
few grid steps joins the two sides, so that it is a manifold too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import shapely
from shapely.geometry import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from shared.errors import InvalidValueError
from shared.frame import BUILDING_ENU_M, Frame
from shared.mesh import Mesh
from shared.solids.snapping import GRID, PINCH_RADIUS, snap
from shared.solids.triangulation import triangulate

Interval = tuple[float, float]
PlanePoint = tuple[float, float]
SpacePoint = tuple[float, float, float]

_PATCH_ROUNDS: Final = 8
"""Patches double every round: two faces in a narrow wedge meet again beside a small one."""


_SNAP_ROUNDS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prism:
    """An upright solid: its outline, its lower and its upper end."""

    outline: Polygon | MultiPolygon
    bottom: float
    top: float

    def __post_init__(self) -> None:
        if not self.bottom < self.top:
            raise InvalidValueError(f"The bottom {self.bottom:g} is not below {self.top:g}.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Cell:
    outline: Polygon
    solid: tuple[Interval, ...]


def extrude(
    region: BaseGeometry,
    bottom: float,
    top: float,
    *,
    cuts: Sequence[Prism] = (),
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
    frame, grid
        As for `fuse`.

    Returns
    -------
    Mesh
        As of `fuse`.

    Raises
    ------
    InvalidValueError
        If bottom is not below top.
    """
    return fuse([Prism(outline=region, bottom=bottom, top=top)], cuts=cuts, frame=frame, grid=grid)


def fuse(
    prisms: Sequence[Prism],
    *,
    cuts: Sequence[Prism] = (),
    frame: Frame = BUILDING_ENU_M,
    grid: float = GRID,
) -> Mesh:
    """Return the one solid that prisms fill together, less the cuts.

    Parameters
    ----------
    prisms
        What to fill. They may touch, overlap and stand on each other.
    cuts
        Prisms to take out of all.
    frame
        World of the mesh.
    grid
        Step of the vertex grid, also of heights (`shared.solids.snap`).

    Returns
    -------
    Mesh
        Closed 2-manifold, also when merged by position; outward, without inner walls.
        Empty if nothing is left.

    Raises
    ------
    InvalidValueError
        If the solid stands too far from the origin for single precision.
    """
    solids, voids = _on_grid(prisms, grid), _on_grid(cuts, grid)
    patches: list[Prism] = []
    for attempt in range(_PATCH_ROUNDS):
        shell = _Shell(_cells(solids, voids, patches, grid))
        contacts = shell.contacts()
        if not contacts:
            return shell.mesh(frame)
        reach = PINCH_RADIUS * grid * 2**attempt
        patches += [_patch(start, end, reach, grid) for start, end in contacts]
    raise InvalidValueError(
        "The solid touches itself along an edge.", remedy="Let its parts overlap or stand apart."
    )


def _on_grid(prisms: Iterable[Prism], grid: float) -> list[Prism]:
    placed = []
    for prism in prisms:
        outline = snap(prism.outline, grid=grid)
        bottom, top = (float(np.round(z / grid)) * grid for z in (prism.bottom, prism.top))
        if bottom < top and not outline.is_empty:
            placed.append(Prism(outline=outline, bottom=bottom, top=top))
    return placed


def _patch(start: SpacePoint, end: SpacePoint, reach: float, grid: float) -> Prism:
    """Return a prism that joins what touches along an upright or level edge."""
    upright = start[:2] == end[:2]
    outline = LineString([start[:2], end[:2]]).buffer(reach, cap_style="square")
    if upright:
        x, y = start[:2]
        outline = shapely.box(x - reach, y - reach, x + reach, y + reach)
    low, high = sorted((start[2], end[2]))
    rise = 0.0 if upright else reach
    placed = _on_grid([Prism(outline=outline, bottom=low - rise, top=high + rise)], grid)
    return placed[0]


def _cells(
    solids: Sequence[Prism], voids: Sequence[Prism], patches: Sequence[Prism], grid: float
) -> list[_Cell]:
    """Return the cells of the plane that hold something solid, and between which heights."""
    if len(solids) == 1 and not voids and not patches:
        (one,) = solids
        return [_Cell(outline=p, solid=((one.bottom, one.top),)) for p in one.outline.geoms]
    prisms = [*solids, *voids, *patches]
    if not prisms:
        return []
    net = _net_of([prism.outline.boundary for prism in prisms], grid)
    faces = [f for f in shapely.get_parts(shapely.polygonize([net])) if f.area > 0]
    tree = shapely.STRtree([prism.outline for prism in prisms])
    inside = shapely.point_on_surface(faces)
    over: defaultdict[int, list[int]] = defaultdict(list)
    for face, prism in tree.query(inside, predicate="intersects").T.tolist():
        over[face].append(prism)
    first_void, first_patch = len(solids), len(solids) + len(voids)
    cells = []
    for number, face in enumerate(faces):
        spans = {n: (prisms[n].bottom, prisms[n].top) for n in over[number]}
        taken = [span for n, span in spans.items() if first_void <= n < first_patch]
        filled = _merged(span for n, span in spans.items() if n < first_void)
        left = [piece for span in filled for piece in _without(span, taken)]
        solid = _merged([*left, *(span for n, span in spans.items() if n >= first_patch)])
        cells.append(_Cell(outline=shapely.orient_polygons(face), solid=solid))
    return [cell for cell in _without_slivers(cells, grid) if cell.solid]


def _net_of(borders: Sequence[BaseGeometry], grid: float) -> BaseGeometry:
    """Return all lines, split where they meet, with no vertex nearer to a line than half a step.

    Iterated snap rounding (Halperin, Packer 2002): bending a line to a vertex may bring it
    near another one.
    """
    net = shapely.union_all(shapely.set_precision(borders, grid), grid_size=grid)
    for _ in range(_SNAP_ROUNDS):
        again = shapely.union_all([net], grid_size=grid)
        if shapely.get_num_coordinates(again) == shapely.get_num_coordinates(net):
            break
        net = again
    return net


def _without_slivers(cells: Sequence[_Cell], grid: float) -> list[_Cell]:
    """Return the cells, those thinner than the grid filled as the neighbor along most of them.

    Snapping moves lines by up to a grid step, so nothing says whether a place between two
    lines that close is solid; filled at random, it would be a fin or a slit of no width.
    """
    thin = {n for n, c in enumerate(cells) if 2 * c.outline.area < grid * c.outline.length}
    if not thin:
        return list(cells)
    owner = {edge: n for n, cell in enumerate(cells) for edge in _edges_of(cell.outline)}
    settled = list(cells)
    while thin:
        voted = {n: _vote(settled[n], settled, owner, thin) for n in sorted(thin)}
        decided = {n: solid for n, solid in voted.items() if solid is not None}
        if not decided:
            break
        for number, solid in decided.items():
            settled[number] = _Cell(outline=settled[number].outline, solid=solid)
        thin -= decided.keys()
    return settled


def _vote(
    cell: _Cell,
    cells: Sequence[_Cell],
    owner: Mapping[tuple[PlanePoint, PlanePoint], int],
    undecided: set[int],
) -> tuple[Interval, ...] | None:
    """Return what is solid beside most of a cell's border; None if no neighbor knows."""
    shared: defaultdict[tuple[Interval, ...], float] = defaultdict(float)
    for start, end in _edges_of(cell.outline):
        across = owner.get((end, start))
        if across not in undecided:
            length = float(np.hypot(end[0] - start[0], end[1] - start[1]))
            shared[() if across is None else cells[across].solid] += length
    return max(shared, key=lambda option: (shared[option], option)) if shared else None


def _merged(spans: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return the union of intervals, apart from each other and in order."""
    merged: list[Interval] = []
    for low, high in sorted(spans):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return tuple(merged)


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

    def contacts(self) -> list[tuple[SpacePoint, SpacePoint]]:
        """Return the edges along which the solid touches itself: more than two faces meet."""
        faces = np.array(self._faces, np.int64).reshape(-1, 3)
        edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
        found, counts = np.unique(np.sort(edges, axis=1), axis=0, return_counts=True)
        places = list(self._vertices)
        return [(places[a], places[b]) for a, b in found[counts > 2].tolist()]

    def mesh(self, frame: Frame) -> Mesh:
        """Return the faces as a mesh."""
        faces = np.array(self._faces, np.int32).reshape(-1, 3)
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
