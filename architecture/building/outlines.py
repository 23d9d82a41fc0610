"""Outline of a storey: what its floor lies under, also where its walls leave a mouth open.

Walls rarely enclose all of a floor: a garage door, a glazed front or a gap nobody could
resolve leaves a mouth. The free plane around the walls is triangulated; whatever cannot
be reached from outside across an edge longer than a mouth lies within, if walls surround
most of it (as alpha shapes do: Edelsbrunner, Kirkpatrick, Seidel 1983).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import shapely
from shapely.geometry import MultiPolygon, Polygon

from architecture.plan import Plan
from shared.finding import Finding, note
from shared.solids import snap
from shared.solids.planar import union

JOINT_M: Final = 0.05
"""Half the width of gaps between walls that count as none."""

WIDEST_MOUTH_M: Final = 5.5
"""Widest opening of the walls that a floor runs through: a double garage door."""

LARGEST_MOUTH_SHARE: Final = 0.35
"""Largest share of a bay's border that may be open. A corner between two wings of a house
has at least 0.41, the diagonal of a square."""

LEAST_BAY_M2: Final = 1.0
"""Smaller bays are niches outdoors as often as floors."""

LEAST_FLOOR_M2: Final = 1.0
"""Smaller floors of their own are feet of free-standing piers."""

_BORDER_TOLERANCE_M: Final = 1e-3

PlanePoint = tuple[float, float]
Edge = tuple[PlanePoint, PlanePoint]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ground:
    """The outline of a storey, and what was added to it."""

    outline: MultiPolygon
    findings: tuple[Finding, ...] = ()


def outline_of(plan: Plan) -> Ground:
    """Return the outer outline of a storey: walls, rooms and bays between them.

    Holes are rooms that could not be resolved more often than courtyards, so they are
    filled, unless the plan gives an outline with holes.
    """
    regions = [
        *(wall.footprint for wall in plan.walls),
        *(room.outline for room in plan.rooms),
    ]
    closed = union(regions).buffer(JOINT_M, join_style="mitre")
    closed = closed.buffer(-JOINT_M, join_style="mitre")
    whole = union([_filled(closed), *([plan.outline] if plan.outline else [])])
    bays = _bays(_filled(whole))
    courtyards = [Polygon(ring) for ring in plan.outline.interiors] if plan.outline else []
    outline = union([whole, *bays]).difference(union(courtyards))
    findings = tuple(
        note(
            "floor-through-mouth",
            f"{plan.name}: the walls around {bay.area:.1f} m² leave a mouth open; "
            "the floor runs through.",
            place=tuple(bay.representative_point().coords[0]),
            details={"area_m2": round(float(bay.area), 3)},
        )
        for bay in bays
    )
    floors = snap(outline)
    large = [part for part in floors.geoms if part.area >= LEAST_FLOOR_M2]
    return Ground(outline=MultiPolygon(large) if large else floors, findings=findings)


def _filled(region: MultiPolygon | Polygon) -> MultiPolygon:
    parts = [part for part in shapely.get_parts(region) if part.geom_type == "Polygon"]
    filled = union([Polygon(part.exterior) for part in parts])
    return MultiPolygon([p for p in shapely.get_parts(filled) if p.geom_type == "Polygon"])


def _bays(body: MultiPolygon) -> list[Polygon]:
    """Return the regions outside of `body` that it all but surrounds."""
    hull = body.convex_hull
    free = [
        part
        for part in shapely.get_parts(hull.difference(body))
        if part.geom_type == "Polygon" and part.area > _BORDER_TOLERANCE_M**2
    ]
    triangles = [
        triangle
        for part in free
        for triangle in shapely.get_parts(shapely.constrained_delaunay_triangles(part))
    ]
    within = _unreached(triangles, body)
    walls = body.boundary.buffer(_BORDER_TOLERANCE_M)
    bays = []
    for bay in shapely.get_parts(union(within)):
        if bay.geom_type != "Polygon" or bay.area < LEAST_BAY_M2:
            continue
        mouth_m = float(bay.boundary.difference(walls).length)
        if mouth_m <= LARGEST_MOUTH_SHARE * bay.length:
            bays.append(bay)
    return bays


def _unreached(triangles: list[Polygon], body: MultiPolygon) -> list[Polygon]:
    """Return the triangles that no way from outside leads to, but through a mouth."""
    if not triangles:
        return []
    owners: defaultdict[Edge, list[int]] = defaultdict(list)
    for number, triangle in enumerate(triangles):
        for edge in _edges_of(triangle):
            owners[edge].append(number)
    wide = {edge for edge in owners if _length(edge) > WIDEST_MOUTH_M}
    border = body.boundary
    pending = [
        owners[edge][0] for edge in wide if len(owners[edge]) == 1 and _lies_free(edge, border)
    ]
    reached = set(pending)
    while pending:
        for edge in _edges_of(triangles[pending.pop()]):
            if edge in wide:
                fresh = [n for n in owners[edge] if n not in reached]
                reached.update(fresh)
                pending += fresh
    return [triangle for number, triangle in enumerate(triangles) if number not in reached]


def _edges_of(triangle: Polygon) -> list[Edge]:
    a, b, c = [(float(x), float(y)) for x, y in triangle.exterior.coords[:3]]
    return [(min(p, q), max(p, q)) for p, q in ((a, b), (b, c), (c, a))]


def _length(edge: Edge) -> float:
    (x, y), (u, v) = edge
    return float(((u - x) ** 2 + (v - y) ** 2) ** 0.5)


def _lies_free(edge: Edge, border: shapely.Geometry) -> bool:
    """Return whether an edge is no part of a wall's border."""
    (x, y), (u, v) = edge
    middle = shapely.Point((x + u) / 2, (y + v) / 2)
    return bool(border.distance(middle) > _BORDER_TOLERANCE_M)
