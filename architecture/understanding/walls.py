"""Straight walls: the wall body parted into straight runs with axis and thickness.

Two boundary edges that face each other across the body, with only body between them,
are the faces of a strip. Strips in one line are one run; a run reaches into the
junctions at its ends; where runs cross, the longer and thicker one goes through.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.strtree import STRtree

from architecture.plan import Wall
from architecture.understanding.gaps import Edges, edges_of
from architecture.understanding.material import THICKEST_WALL_M, THINNEST_WALL_M
from architecture.understanding.regions import grown, polygons_of
from shared.solids.planar import union

__all__ = ["Describer", "Run", "part_into_walls", "runs_of", "told_outside"]

PARALLEL_SINE: Final = 0.03
"""Faces of one wall lean less than this (1.7°)."""
SAME_FACE_M: Final = 0.012
"""Faces of one run are offset less than this."""
INSIDE_SHARE: Final = 0.97
"""Share of a strip that must be wall body."""
MISSING_M2: Final = 5e-3
"""What may be missing of a strip however long it is."""
REACH_M: Final = 1.2
"""How far a run is followed into a junction."""
SHORTEST_STRIP_M: Final = 0.05
"""Shorter overlaps of two faces are corners."""
STRIP_MARGIN_M: Final = 2.5e-3
"""Strips are cut this much wider than measured, so that rounding leaves no shavings."""
OUTSIDE_SHARE: Final = 0.3
"""An outer wall has this share of its length along the outer outline."""
CRUMB_M2: Final = 4e-4
"""Left-over pieces smaller than this are rounding."""

Vectors = NDArray[np.float64]
Describer = Callable[[Polygon], tuple[str, str]]
"""Gives layer and evidence of a wall's footprint."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """A straight stretch of wall.

    Parameters
    ----------
    start, end
        Ends of the centre line, metres.
    thickness_m
        Distance of its faces.
    core
        From where to where along it both faces are seen; the rest lies in junctions.
    """

    start: Vectors
    end: Vectors
    thickness_m: float
    core: tuple[float, float] | None = None

    def turned(self) -> Run:
        """Return the run from end to start."""
        return Run(start=self.end, end=self.start, thickness_m=self.thickness_m)

    def in_line_with(self, other: Run) -> bool:
        """Whether another run has the same faces."""
        if abs(other.thickness_m - self.thickness_m) > SAME_FACE_M:
            return False
        ends = np.stack([other.start, other.end]) - self.start
        return bool(np.abs(ends @ self.across).max() <= SAME_FACE_M)

    @property
    def length_m(self) -> float:
        """Length of the centre line."""
        return float(np.hypot(*(self.end - self.start)))

    @property
    def along(self) -> Vectors:
        """Unit vector from start to end."""
        return np.asarray((self.end - self.start) / self.length_m)

    @property
    def across(self) -> Vectors:
        """Unit vector to the left."""
        along = self.along
        return np.array([-along[1], along[0]])

    def strip(self, low_m: float | None = None, high_m: float | None = None) -> Polygon:
        """Return the rectangle of the run from `low_m` to `high_m` along it."""
        low = 0.0 if low_m is None else low_m
        high = self.length_m if high_m is None else high_m
        half = self.across * self.thickness_m / 2
        a, b = self.start + self.along * low, self.start + self.along * high
        return Polygon([a - half, b - half, b + half, a + half])

    def cut(self, low_m: float, high_m: float) -> Run:
        """Return the run between two places along it."""
        along = self.along
        return Run(
            start=self.start + along * low_m,
            end=self.start + along * high_m,
            thickness_m=self.thickness_m,
        )


def runs_of(body: MultiPolygon) -> list[Run]:
    """Return the straight runs of a wall body, the longest first, reaching into junctions."""
    if body.is_empty:
        return []
    roomy = grown(body, 2e-3)
    shapely.prepare(roomy)
    cores = _in_line(_strips(body, roomy), roomy)
    runs = _in_line([_reached(run, roomy) for run in cores], roomy)
    runs = _with_cores(runs, cores)
    return sorted(runs, key=lambda run: -run.length_m * run.thickness_m**0.5)


def _with_cores(runs: list[Run], cores: list[Run]) -> list[Run]:
    """Return the runs, each knowing how much of it has faces on both sides."""
    tree = STRtree([core.strip() for core in cores])
    known = []
    for run in runs:
        places = [0.0, 0.0]
        inside = [
            (core.start - run.start) @ run.along
            for k in tree.query(run.strip(), predicate="intersects").tolist()
            for core in (cores[k], cores[k].turned())
            if run.in_line_with(cores[k])
        ]
        places = [float(min(inside)), float(max(inside))] if inside else [0.0, run.length_m]
        low, high = max(0.0, places[0]), min(run.length_m, places[1])
        known.append(replace(run, core=(low, high) if high > low else (0.0, run.length_m)))
    return known


def _strips(body: MultiPolygon, roomy: MultiPolygon) -> list[Run]:
    """Return the strip between every pair of facing edges."""
    edges = edges_of(body)
    tree = STRtree(edges.lines())
    along, length = edges.along, edges.length
    strips = []
    first, second = tree.query(edges.lines(), predicate="dwithin", distance=THICKEST_WALL_M)
    cosine = (along[first] * along[second]).sum(axis=1)
    facing = (first < second) & (cosine < -np.sqrt(1 - PARALLEL_SINE**2))
    for i, j in zip(first[facing], second[facing], strict=True):
        strip = _strip(edges, int(i), int(j), along, length)
        if strip is not None and _filled(strip.strip(), roomy):
            strips.append(strip)
    return strips


def _strip(edges: Edges, i: int, j: int, along: Vectors, length: Vectors) -> Run | None:
    """Return the strip between two facing edges where they overlap, or None."""
    if length[j] > length[i]:
        i, j = j, i
    u = along[i]
    n = np.array([-u[1], u[0]])
    low, high = 0.0, float(length[i])
    a, b = edges.end[j] - edges.start[i], edges.start[j] - edges.start[i]
    ua, ub = float(a @ u), float(b @ u)
    offset = float((a @ n + b @ n) / 2)
    low, high = max(low, min(ua, ub)), min(high, max(ua, ub))
    if not THINNEST_WALL_M <= offset <= THICKEST_WALL_M or high - low < SHORTEST_STRIP_M:
        return None
    middle = edges.start[i] + n * offset / 2
    return Run(start=middle + u * low, end=middle + u * high, thickness_m=offset)


def _filled(area: Polygon, body: MultiPolygon) -> bool:
    if area.area <= 0:
        return False
    if shapely.contains(body, area):
        return True
    missing = area.area - shapely.intersection(body, area).area
    return bool(missing <= min((1 - INSIDE_SHARE) * area.area, MISSING_M2))


def _in_line(strips: list[Run], roomy: MultiPolygon) -> list[Run]:
    """Return strips on one line with body between them as one run."""
    order = sorted(strips, key=lambda run: -run.length_m)
    used = [False] * len(order)
    tree = STRtree([run.strip() for run in order]) if order else None
    runs = []
    for index, seed in enumerate(order):
        if used[index] or tree is None:
            continue
        used[index] = True
        u = seed.along
        members = [(0.0, seed.length_m)]
        far = Run(start=seed.start - u * 200, end=seed.end + u * 200, thickness_m=0.02).strip()
        for k in tree.query(far, predicate="intersects"):
            other = order[int(k)]
            if used[int(k)] or not seed.in_line_with(other):
                continue
            a, b = other.start - seed.start, other.end - seed.start
            members.append((float(min(a @ u, b @ u)), float(max(a @ u, b @ u))))
            used[int(k)] = True
        members.sort()
        current = members[0]
        for low, high in members[1:]:
            if low <= current[1] + 1e-6 or _filled(seed.strip(current[1], low), roomy):
                current = (current[0], max(current[1], high))
            else:
                runs.append(seed.cut(*current))
                current = (low, high)
        runs.append(seed.cut(*current))
    return [run for run in runs if run.length_m > SHORTEST_STRIP_M]


def _reached(run: Run, roomy: MultiPolygon) -> Run:
    """Return the run made longer at both ends as far as the body reaches."""
    low, high = -REACH_M, run.length_m + REACH_M
    open_parts = polygons_of(shapely.difference(run.strip(low, high), roomy))
    along = run.along
    for part in open_parts:
        t = (np.asarray(part.exterior.coords) - run.start) @ along
        if t.max() <= run.length_m / 2:
            low = max(low, float(t.max()))
        elif t.min() >= run.length_m / 2:
            high = min(high, float(t.min()))
    return run.cut(min(low, 0.0), max(high, run.length_m))


def part_into_walls(body: MultiPolygon, describe: Describer | None = None) -> tuple[Wall, ...]:
    """Return straight walls whose footprints part the body: no overlap, nothing left out.

    Parameters
    ----------
    body
        Wall section with openings filled in.
    describe
        Gives (layer, evidence) for a footprint.
    """
    pieces = _footprints(body)
    walls = []
    for number, (run, footprint) in enumerate(pieces, start=1):
        layer, evidence = describe(footprint) if describe else ("", "")
        t = (np.asarray(footprint.exterior.coords) - run.start) @ run.along
        axis = run.cut(float(t.min()), float(t.max()))
        walls.append(
            Wall(
                id=f"wall_{number}",
                axis=LineString([axis.start, axis.end]),
                thickness_m=run.thickness_m,
                footprint=footprint,
                layer=layer,
                evidence=evidence,
            )
        )
    return tuple(walls)


def told_outside(walls: Sequence[Wall]) -> tuple[Wall, ...]:
    """Return the walls, told which have outdoors on one side."""
    hulls = [Polygon(p.exterior) for p in polygons_of(union([w.footprint for w in walls]))]
    rim = union(hulls).boundary if hulls else LineString()
    told = []
    for wall in walls:
        outside = shapely.intersection(rim, wall.footprint.buffer(2 * STRIP_MARGIN_M)).length
        told.append(replace(wall, external=bool(outside > OUTSIDE_SHARE * wall.axis.length)))
    return tuple(told)


def _footprints(body: MultiPolygon) -> list[tuple[Run, Polygon]]:
    """Return every run with its share of the body."""
    runs = runs_of(body)
    cores = _shares(body, runs, [run.strip(*(run.core or ())) for run in runs], [])
    shares = _shares(body, runs, [run.strip() for run in runs], cores)
    pieces = [(run, part) for run, parts in zip(runs, shares, strict=True) for part in parts]
    covered = union([part for _, part in pieces])
    return _with_rest(pieces, polygons_of(body.difference(covered)))


def _shares(
    body: MultiPolygon, runs: list[Run], strips: list[Polygon], cores: list[list[Polygon]]
) -> list[list[Polygon]]:
    """Return each run's share of the body: what no run before it took.

    With `cores`, each run keeps what it has and takes of the rest what touches it.
    """
    wide = [grown(strip, STRIP_MARGIN_M) for strip in strips]
    tree = STRtree(wide)
    shares: list[list[Polygon]] = []
    for index, (run, strip) in enumerate(zip(runs, wide, strict=True)):
        near = tree.query(strip, predicate="intersects").tolist()
        own = cores[index] if cores else []
        others = [part for i in near if i != index for part in (cores[i] if cores else [])]
        others += [part for i in near if i < index for part in shares[i]]
        free = strip.difference(union(others)) if others else strip
        cut = polygons_of(shapely.intersection(_around(body, strip), free))
        if own:
            merged = polygons_of(grown(union([*own, *cut]), 1e-6))
            kept = union(own)
            cut = [p for p in merged if p.intersects(kept)]
        shares.append([p for p in cut if _worthy(p, run)])
    return shares


def _around(body: MultiPolygon, area: Polygon) -> BaseGeometry:
    """Return the body near an area: overlays with a small part of a large plan are fast."""
    x0, y0, x1, y1 = area.bounds
    return shapely.make_valid(shapely.clip_by_rect(body, x0 - 1, y0 - 1, x1 + 1, y1 + 1))


def _worthy(part: Polygon, run: Run) -> bool:
    """Whether a piece of a run is a wall of its own rather than a shaving off another."""
    t = (np.asarray(part.exterior.coords) - run.start) @ run.along
    return bool(part.area > CRUMB_M2 and part.area > 0.5 * run.thickness_m * (t.max() - t.min()))


def _with_rest(pieces: list[tuple[Run, Polygon]], rest: list[Polygon]) -> list[tuple[Run, Polygon]]:
    """Give what no run covers to the neighbor it shares most border with, or make it a wall."""
    footprints = [footprint for _, footprint in pieces]
    tree = STRtree(footprints)
    joined: dict[int, list[Polygon]] = {}
    own: list[tuple[Run, Polygon]] = []
    for part in sorted(rest, key=lambda p: -p.area):
        if part.area < CRUMB_M2 / 100:
            continue
        touching = tree.query(part, predicate="dwithin", distance=1e-3) if footprints else []
        edge = part.buffer(1e-3)
        shared = [edge.intersection(footprints[int(i)]).area for i in touching]
        small = part.area < CRUMB_M2 or (len(touching) and part.area < 0.25)
        if small and len(touching):
            joined.setdefault(int(touching[int(np.argmax(shared))]), []).append(part)
        elif part.area >= CRUMB_M2:
            own.append((_box_run(part), part))
    out = []
    for index, (run, footprint) in enumerate(pieces):
        if index in joined:
            merged = polygons_of(grown(union([footprint, *joined[index]]), 1e-5))
            out.append((run, max(merged, key=lambda p: p.area)))
            own.extend(
                (_box_run(p), p) for p in merged if p.area > CRUMB_M2 and p is not out[-1][1]
            )
        else:
            out.append((run, footprint))
    return out + own


def _box_run(area: Polygon) -> Run:
    """Return the centre line of the smallest rectangle around an area."""
    corners = np.asarray(area.minimum_rotated_rectangle.exterior.coords)[:4]
    first, second = corners[1] - corners[0], corners[2] - corners[1]
    if np.hypot(*second) > np.hypot(*first):
        corners = np.roll(corners, -1, axis=0)
    start, end = (corners[0] + corners[3]) / 2, (corners[1] + corners[2]) / 2
    return Run(start=start, end=end, thickness_m=float(np.hypot(*(corners[3] - corners[0]))))
