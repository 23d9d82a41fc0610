"""Rooms that do not close: where the floor runs out of the building, and the least bridge.

Faces of the plan, with every narrow place bridged, are the nodes of a graph; every
bridge is an edge as strong as it is wide. What must be bridged so that labelled rooms
are parted from outdoors is the minimum cut of that graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from shapely.geometry import Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.strtree import STRtree

from architecture.understanding.gaps import Gap
from architecture.understanding.regions import grown, polygons_of
from shared.solids.planar import union

__all__ = ["Bridge", "least_bridges"]

NARROW_M: Final = (0.05, 0.12, 0.25)
"""Half widths of the narrow places that are looked for between any two things drawn."""
LEAST_BRIDGE_M2: Final = 1e-4
"""Smaller places are rounding."""
CAPACITY_PER_M: Final = 1000
"""Edges are as strong as bridges are wide, in millimetres."""
TOUCHING_M: Final = 2e-3
"""Neighbors touch within this."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bridge:
    """A place where a room had to be closed.

    Parameters
    ----------
    area
        What was filled in.
    width_m
        How wide the opening was.
    gap
        The gap in a wall it fills, or None where two things drawn just miss each other.
    """

    area: Polygon
    width_m: float
    gap: Gap | None = None


def least_bridges(
    barrier: BaseGeometry, gaps: Sequence[Gap], places: Sequence[tuple[float, float]]
) -> list[Bridge]:
    """Return the narrowest bridges that part the places from outdoors.

    Parameters
    ----------
    barrier
        Walls and all else that closes rooms.
    gaps
        Gaps in walls that may be bridged.
    places
        Where rooms are known to be, such as their labels.
    """
    bridges = [Bridge(area=gap.quad, width_m=gap.width_m, gap=gap) for gap in gaps]
    bridges += _narrow_places(barrier)
    if not bridges or not places:
        return []
    return _cut(barrier, bridges, places)


def _narrow_places(barrier: BaseGeometry) -> list[Bridge]:
    """Return what fills the barrier's narrow places, the narrowest first."""
    found: list[Bridge] = []
    seen = barrier
    for half in NARROW_M:
        closed = grown(grown(barrier, half), -half)
        found += [
            Bridge(area=part, width_m=min(2 * half, _width(part)))
            for part in polygons_of(closed.difference(grown(seen, 1e-4)))
            if part.area > LEAST_BRIDGE_M2
        ]
        seen = shapely.union(seen, closed)
    return found


def _width(area: Polygon) -> float:
    """Return the diameter of the largest circle in an area."""
    return float(2.0 * shapely.maximum_inscribed_circle(area, tolerance=1e-3).length)


def _cut(
    barrier: BaseGeometry, bridges: Sequence[Bridge], places: Sequence[tuple[float, float]]
) -> list[Bridge]:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    plugs = [bridge.area.buffer(TOUCHING_M) for bridge in bridges]
    closed = union([barrier, *plugs])
    outline = union([Polygon(p.exterior) for p in polygons_of(closed)])
    faces = polygons_of(outline.difference(closed))
    inner = STRtree(faces)
    homes = {int(i) for place in places for i in inner.query(Point(place), predicate="within")}
    if not homes:
        return []
    source, sink = len(faces), len(faces) + 1
    edges: dict[tuple[int, int], int] = {}
    sides: list[tuple[int, ...]] = []
    rim = outline.boundary
    for plug, bridge in zip(plugs, bridges, strict=True):
        touched = inner.query(plug, predicate="dwithin", distance=TOUCHING_M).tolist()
        nodes = sorted({*touched, *([sink] if rim.dwithin(plug, TOUCHING_M) else [])})
        sides.append(tuple(nodes))
        strength = max(1, round(bridge.width_m * CAPACITY_PER_M))
        for i, a in enumerate(nodes):
            for b in nodes[i + 1 :]:
                for pair in ((a, b), (b, a)):
                    edges[pair] = edges.get(pair, 0) + strength
    endless = 1 + sum(edges.values())
    edges |= {(source, home): endless for home in homes}
    if endless >= np.iinfo(np.int32).max:
        return []
    rows, columns = np.array(list(edges), dtype=np.int32).T
    strengths = np.array(list(edges.values()), dtype=np.int32)
    graph = csr_array((strengths, (rows, columns)), shape=(sink + 1, sink + 1))
    flow = maximum_flow(graph, source, sink).flow
    residual = csr_array(graph - flow)
    residual.eliminate_zeros()
    indoors = set(breadth_first_order(residual, source, return_predecessors=False).tolist())
    return [
        bridge
        for bridge, nodes in zip(bridges, sides, strict=True)
        if any(n in indoors for n in nodes) and any(n not in indoors for n in nodes)
    ]
