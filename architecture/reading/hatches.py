"""Boundaries of hatches: loops of every edge kind, sorted into outlines and holes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from shapely import STRtree
from shapely.geometry import Polygon

from architecture.reading.primitives import RELATIVE_TOLERANCE, FloatArray, Loop, flatten, in_range

TEXT_BOX: Final = 8
"""Flag of a boundary path that only keeps text free."""
IGNORE_ISLANDS: Final = 2
"""Hatch style that fills every loop."""
OUTER_ONLY: Final = 1
"""Hatch style that fills the outermost rings only."""
MAX_NESTED_LOOPS: Final = 5_000
"""More loops than this are all taken as outlines."""

Region = tuple[Loop, tuple[Loop, ...]]


def hatch_regions(hatch: Any) -> list[Region]:
    """Return the filled regions of a HATCH as (outline, holes), in object coordinates."""
    elevation = float(hatch.dxf.elevation.z) if hatch.dxf.hasattr("elevation") else 0.0
    loops = [
        loop
        for path in hatch.paths
        if not path.path_type_flags & TEXT_BOX
        for loop in _path_loops(path, elevation)
    ]
    loops = [loop for loop in loops if len(loop.points) >= 2]
    if not all(in_range(loop.points) for loop in loops):
        raise ValueError("a coordinate is not a number, or out of range")
    if not loops:
        raise ValueError("a hatch has no boundary")
    style = int(hatch.dxf.get("hatch_style", 0))
    if style == IGNORE_ISLANDS or not 1 < len(loops) <= MAX_NESTED_LOOPS:
        return [(loop, ()) for loop in loops]
    return _nested(loops, outer_only=style == OUTER_ONLY)


def _path_loops(path: Any, elevation: float) -> list[Loop]:
    if hasattr(path, "vertices"):
        rows = np.array([tuple(v)[:3] for v in path.vertices], dtype=np.float64).reshape(-1, 3)
        return [_without_closing_point(_raised(rows[:, :2], elevation), rows[:, 2])]
    return _edge_loops(path, elevation)


def _raised(flat: FloatArray, elevation: float) -> FloatArray:
    return np.column_stack([flat, np.full(len(flat), elevation)])


def _without_closing_point(points: FloatArray, bulges: FloatArray | None) -> Loop:
    """Return the loop without a last point that repeats the first."""
    if len(points) > 2:
        size = float(np.ptp(points[:, :2], axis=0).max())
        if float(np.hypot(*(points[0, :2] - points[-1, :2]))) <= 1e-9 * size:
            return Loop(points[:-1], None if bulges is None else bulges[:-1])
    return Loop(points, bulges)


def _edge_loops(path: Any, elevation: float) -> list[Loop]:
    """Return the loops that lines, arcs, ellipses and splines form, flattened."""
    from ezdxf.path import from_hatch_edge_path

    whole = from_hatch_edge_path(path)
    parts = whole.sub_paths() if whole.has_sub_paths else [whole]
    loops: list[Loop] = []
    for part in parts:
        control = np.array([tuple(v)[:2] for v in part.control_vertices()], dtype=np.float64)
        if len(control) < 2 or not in_range(control):
            continue
        size = float(np.ptp(control, axis=0).max())
        if not size > 0.0:
            continue
        flat = np.array(
            [(v.x, v.y) for v in part.flattening(size * RELATIVE_TOLERANCE, segments=4)]
        )
        loops.append(_without_closing_point(_raised(flat, elevation), None))
    return loops


def _nested(loops: Sequence[Loop], *, outer_only: bool) -> list[Region]:
    """Return loops as rings: every second level of nesting is a hole."""
    polygons = [_polygon(loop) for loop in loops]
    parents, depths = _nesting(polygons)
    children: dict[int, list[Loop]] = {}
    for index, parent in enumerate(parents):
        if parent is not None and depths[index] == depths[parent] + 1:
            children.setdefault(parent, []).append(loops[index])
    return [
        (loop, tuple(children.get(index, ())))
        for index, loop in enumerate(loops)
        if depths[index] == 0 or (depths[index] % 2 == 0 and not outer_only)
    ]


def _polygon(loop: Loop) -> Polygon:
    size = float(np.ptp(loop.points[:, :2], axis=0).max())
    flat = flatten(loop, closed=True, tolerance=max(size * RELATIVE_TOLERANCE, 1e-12))
    if len(flat) < 3:
        return Polygon()
    polygon = Polygon(flat)
    return polygon if polygon.is_valid else polygon.buffer(0)


def _nesting(polygons: Sequence[Polygon]) -> tuple[list[int | None], list[int]]:
    """Return each polygon's smallest container and how many contain it."""
    tree = STRtree(polygons)
    parents: list[int | None] = []
    depths: list[int] = []
    for index, polygon in enumerate(polygons):
        if polygon.is_empty:
            parents.append(None)
            depths.append(0)
            continue
        inside = polygon.representative_point()
        around = [
            int(other)
            for other in tree.query(inside, predicate="intersects")
            if other != index and _holds(polygons[int(other)], int(other), polygon, index)
        ]
        parents.append(min(around, key=lambda o: polygons[o].area) if around else None)
        depths.append(len(around))
    return parents, depths


def _holds(outer: Polygon, outer_index: int, inner: Polygon, inner_index: int) -> bool:
    """Whether the larger of two loops is the outer one; of equals the earlier."""
    if outer.area == inner.area:
        return outer_index < inner_index
    return bool(outer.area > inner.area)
