"""Gaps in walls: a wall that ends, and what it ends towards.

A jamb is a short edge of the wall section with a convex corner at both ends. Looking out
of it along the wall, the first thing met is another jamb or the side of a wall across:
between them lies a gap, whatever the drafter put into it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.polygon import orient
from shapely.strtree import STRtree

from shared.solids.planar import UNION_GRID

__all__ = ["Edges", "Gap", "edges_of", "find_gaps"]

SHORTEST_JAMB_M: Final = 0.035
"""Thinnest wall end."""
LONGEST_JAMB_M: Final = 0.75
"""Thickest wall end."""
LONGEST_GAP_M: Final = 8.0
"""Widest glazed opening looked for."""
SHORTEST_GAP_M: Final = 0.25
"""Narrower gaps are joints and shafts."""
CONVEX_SINE: Final = 0.6
"""Least sine of the turn at both ends of a jamb (37°)."""
STRAIGHT_SINE: Final = 1e-3
"""A point where a ring turns less than this is no corner."""
FACING_COSINE: Final = 0.8
"""A wall across faces the jamb if it leans less than this (37°)."""
COVERED_SHARE: Final = 0.5
"""Share of the jamb that the wall across must cover."""

Vectors = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Edges:
    """Edges of areas, with the area on their left.

    Parameters
    ----------
    start, end
        float64 ``[n 2]`` metres.
    turn_start, turn_end
        Sine of the left turn at the start and at the end, ``[n]``; negative is a
        concave corner. A corner that turns back counts as ±1.
    length
        Lengths ``[n]``, metres.
    along, outward
        Unit vectors ``[n 2]`` along the edge and out of the area.
    """

    start: Vectors
    end: Vectors
    turn_start: Vectors
    turn_end: Vectors
    length: Vectors
    along: Vectors
    outward: Vectors

    def lines(self) -> NDArray[np.object_]:
        """Return shapely lines ``[n]``."""
        return np.asarray(shapely.linestrings(np.stack([self.start, self.end], axis=1)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gap:
    """A break in a wall.

    Parameters
    ----------
    quad
        The missing piece of wall.
    center
        Its middle.
    direction
        Unit vector along the wall.
    width_m
        Clear width along the wall.
    thickness_m
        Thickness of the wall end.
    ends
        Number of wall ends: 2 where two jambs face each other, 1 where a jamb faces a
        wall's side.
    """

    quad: Polygon
    center: tuple[float, float]
    direction: tuple[float, float]
    width_m: float
    thickness_m: float
    ends: int

    def part(self, low_m: float, high_m: float) -> Gap:
        """Return the part of the gap between two places along it, measured from its middle."""
        if low_m <= -self.width_m / 2 and high_m >= self.width_m / 2:
            return self
        u = np.array(self.direction)
        n = np.array([-u[1], u[0]])
        middle = np.array(self.center) + u * (low_m + high_m) / 2
        along, aside = u * (high_m - low_m) / 2, n * 2.0 * self.thickness_m
        back, front = middle - along, middle + along
        back, front = middle - along, middle + along
        window = Polygon([back - aside, front - aside, front + aside, back + aside])
        return replace(
            self,
            quad=shapely.intersection(self.quad, window, grid_size=UNION_GRID),
            center=(float(middle[0]), float(middle[1])),
            width_m=high_m - low_m,
        )


def edges_of(area: MultiPolygon) -> Edges:
    """Return every edge of an area, counter-clockwise around it."""
    rings = [
        _corners(np.asarray(ring.coords)[:-1])
        for polygon in area.geoms
        for ring in (lambda p: (p.exterior, *p.interiors))(orient(polygon))
    ]
    nothing = np.empty((0, 2))
    starts, units, turns_in, turns_out, lengths = [nothing], [nothing], [], [], []
    for ring in rings:
        step = np.roll(ring, -1, axis=0) - ring
        length = np.maximum(np.hypot(*step.T), 1e-12)
        unit = step / length[:, None]
        before = np.roll(unit, 1, axis=0)
        turn = before[:, 0] * unit[:, 1] - before[:, 1] * unit[:, 0]
        reversal = (before * unit).sum(axis=1) < 0
        turn = np.where(reversal, np.where(turn >= 0, 1.0, -1.0), turn)
        starts.append(ring)
        units.append(unit)
        turns_in.append(turn)
        turns_out.append(np.roll(turn, -1))
        lengths.append(length)
    start, along = np.concatenate(starts), np.concatenate(units)
    length = np.concatenate([np.empty(0), *lengths])
    return Edges(
        start=start,
        end=start + along * length[:, None],
        turn_start=np.concatenate([np.empty(0), *turns_in]),
        turn_end=np.concatenate([np.empty(0), *turns_out]),
        length=length,
        along=along,
        outward=np.stack([along[:, 1], -along[:, 0]], axis=1),
    )


def _corners(ring: Vectors) -> Vectors:
    """Return a ring without the points that lie on a straight edge."""
    before, after = ring - np.roll(ring, 1, axis=0), np.roll(ring, -1, axis=0) - ring
    area = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    product = np.hypot(*before.T) * np.hypot(*after.T)
    corner = (np.abs(area) > STRAIGHT_SINE * product) | ((before * after).sum(axis=1) < 0)
    return ring[corner] if corner.sum() > 2 else ring


def find_gaps(body: MultiPolygon, *, longest_gap_m: float = LONGEST_GAP_M) -> list[Gap]:
    """Return every gap between a jamb and the wall it looks at."""
    edges = edges_of(body)
    if not len(edges.start):
        return []
    length = edges.length
    jamb = (
        (length >= SHORTEST_JAMB_M)
        & (length <= LONGEST_JAMB_M)
        & (edges.turn_start > CONVEX_SINE)
        & (edges.turn_end > CONVEX_SINE)
    )
    tree = STRtree(edges.lines())
    gaps: dict[tuple[int, int], Gap] = {}
    for index in np.flatnonzero(jamb).tolist():
        met = _look_out(edges, tree, index, longest_gap_m)
        if met is None:
            continue
        other, distance = met
        if distance < SHORTEST_GAP_M:
            continue
        key = (min(index, other), max(index, other))
        if key not in gaps:
            gaps[key] = _gap(edges, index, other, distance, both=bool(jamb[other]))
    return list(gaps.values())


def _look_out(
    edges: Edges, tree: STRtree, index: int, longest_gap_m: float
) -> tuple[int, float] | None:
    """Return the edge that a jamb looks at and its distance, or None."""
    start, end = edges.start[index], edges.end[index]
    out, along = edges.outward[index], edges.along[index]
    length = float(np.hypot(*(end - start)))
    inset = 0.08 * length
    a, b = start + along * inset, end - along * inset
    near = out * 1e-3
    view = shapely.polygons([a + near, b + near, b + out * longest_gap_m, a + out * longest_gap_m])
    others = tree.query(view, predicate="intersects")
    others = others[others != index]
    if not len(others):
        return None
    distances, covers = _seen(edges, others, a, along, out, length - 2 * inset)
    nearest = int(np.argmin(distances))
    other, covered = int(others[nearest]), float(covers[nearest])
    if not np.isfinite(distances[nearest]):
        return None
    facing = -float(edges.outward[other] @ out)
    if facing < FACING_COSINE or covered < COVERED_SHARE * length:
        return None
    middle = (start + end) / 2
    return other, _distance_to_line(middle, out, edges, other)


def _seen(
    edges: Edges, others: NDArray[np.int64], a: Vectors, along: Vectors, out: Vectors, width: float
) -> tuple[Vectors, Vectors]:
    """Return nearest distance and width covered of edges seen from a jamb, ``[n]`` each.

    Edges that are not seen are infinitely far.
    """
    ends = np.stack([edges.start[others], edges.end[others]], axis=1) - a
    u, v = ends @ along, ends @ out
    order = np.argsort(u, axis=1)
    u, v = np.take_along_axis(u, order, axis=1), np.take_along_axis(v, order, axis=1)
    low, high = np.maximum(u[:, 0], 0.0), np.minimum(u[:, 1], width)
    run = u[:, 1] - u[:, 0]
    upright = run < 1e-9
    slope = np.divide(v[:, 1] - v[:, 0], run, out=np.zeros_like(run), where=~upright)
    at_low = v[:, 0] + slope * (low - u[:, 0])
    at_high = v[:, 0] + slope * (high - u[:, 0])
    distance = np.where(upright, v.min(axis=1), np.minimum(at_low, at_high))
    behind = ~upright & (np.maximum(at_low, at_high) < 1e-3)
    outside = (high < low) | (~upright & (high - low < 1e-9))
    distance = np.where(outside | behind, np.inf, distance)
    return distance, np.where(upright, 0.0, high - low)


def _distance_to_line(point: Vectors, out: Vectors, edges: Edges, other: int) -> float:
    """Return how far along `out` the line of an edge lies from a point."""
    normal = edges.outward[other]
    return float(((edges.start[other] - point) @ normal) / (out @ normal))


def _gap(edges: Edges, index: int, other: int, distance: float, *, both: bool) -> Gap:
    """Return the gap from a jamb to what it looks at."""
    start, end, out = edges.start[index], edges.end[index], edges.outward[index]
    far = [corner + out * _distance_to_line(corner, out, edges, other) for corner in (end, start)]
    middle = (start + end) / 2 + out * distance / 2
    return Gap(
        quad=Polygon([start, end, *far]).buffer(0),
        center=(float(middle[0]), float(middle[1])),
        direction=(float(out[0]), float(out[1])),
        width_m=distance,
        thickness_m=float(np.hypot(*(end - start))),
        ends=2 if both else 1,
    )
