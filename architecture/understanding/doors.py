"""Door symbols: arcs with their leaf, one or several, exploded or in a block.

An arc's center is the hinge, one end is where the leaf stands open, the other where it
closes against the strike jamb: hinge and strike span the opening.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely.strtree import STRtree

from architecture.drawing import Point, Stroke, StrokeKind
from architecture.plan import Operation
from architecture.understanding.roles import Role
from architecture.understanding.segments import segments_of
from architecture.understanding.sorting import SortedStrokes

__all__ = ["DoorSymbol", "Leaf", "door_leaves", "leaf_strokes", "paired_leaves", "readings"]

NARROWEST_LEAF_M: Final = 0.35
"""Cupboard doors are narrower."""
WIDEST_LEAF_M: Final = 1.6
"""Wider arcs are roads, landings and north arrows."""
LEAST_SWEEP_RAD: Final = float(np.radians(25.0))
LARGEST_SWEEP_RAD: Final = float(np.radians(120.0))
"""Doors are drawn open by 30 to 90 degrees, rarely more."""
LEAF_MISS: Final = 0.12
"""How far a leaf line may end from the arc's end, as a share of the radius."""
LEAF_SHARE: Final = 0.6
"""A leaf line covers at least this share of the radius."""
LONGEST_LEAF: Final = 2.6
"""The outline of a leaf is no longer than so many times its width."""
SAME_PLACE_M: Final = 0.12
"""Two leaves meet if their strikes lie closer than this."""
ALIGNED_COSINE: Final = 0.98
"""Two leaves close on one line if their spans lean less than this (11°)."""

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Leaf:
    """One swinging leaf.

    Parameters
    ----------
    hinge, strike
        The two ends of the closed leaf, metres.
    open_end
        Where the leaf's free end stands as drawn.
    sure
        Whether a leaf line tells which end of the arc is open.
    role
        Role of the stroke it came from.
    group
        Insert it belongs to, or None.
    """

    hinge: Point
    strike: Point
    open_end: Point
    sure: bool
    role: Role
    group: int | None
    stroke: int

    @property
    def width_m(self) -> float:
        """Length of the leaf."""
        return float(np.hypot(self.strike[0] - self.hinge[0], self.strike[1] - self.hinge[1]))

    def flipped(self) -> Leaf:
        """Return the leaf with open and closed end exchanged."""
        return replace(self, strike=self.open_end, open_end=self.strike)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DoorSymbol:
    """One door as drawn: where it closes and how it swings.

    Parameters
    ----------
    start, end
        Ends of the closed door, metres; `start` is at the hinge of a single leaf.
    leaves
        Its leaves.
    score
        How sure it is a door, 0 to 1.
    group
        Insert it came from, or None.
    """

    start: Point
    end: Point
    leaves: tuple[Leaf, ...]
    score: float
    group: int | None
    operation: Operation = Operation.NOTDEFINED

    @property
    def center(self) -> Point:
        """Middle of the closed door."""
        return (self.start[0] + self.end[0]) / 2, (self.start[1] + self.end[1]) / 2

    @property
    def width_m(self) -> float:
        """Distance from end to end."""
        return float(np.hypot(self.end[0] - self.start[0], self.end[1] - self.start[1]))


def _drawn_length(stroke: Stroke) -> float:
    return float(np.hypot(*np.diff(stroke.points, axis=0).T).sum())


def readings(door: DoorSymbol) -> tuple[DoorSymbol, ...]:
    """Return the ways to read a symbol: as drawn and, if its leaf is unsure, the other way."""
    if len(door.leaves) != 1 or door.leaves[0].sure:
        return (door,)
    leaf = door.leaves[0].flipped()
    return door, replace(door, start=leaf.hinge, end=leaf.strike, leaves=(leaf,))


def leaf_strokes(sorted_strokes: SortedStrokes, leaves: Sequence[Leaf]) -> frozenset[int]:
    """Return the strokes that draw door leaves and their arcs: they are no walls."""
    drawn = [
        (i, stroke)
        for i, stroke in enumerate(sorted_strokes.strokes)
        if stroke.kind in (StrokeKind.LINE, StrokeKind.POLYLINE)
    ]
    segments = segments_of(drawn)
    tree = STRtree(segments.lines())
    found = {leaf.stroke for leaf in leaves}
    ways = [*leaves, *(leaf.flipped() for leaf in leaves if not leaf.sure)]
    for leaf in ways:
        hinge = np.array(leaf.hinge)
        end = np.array(leaf.open_end)
        ray = (end - hinge) / leaf.width_m
        across = np.array([-ray[1], ray[0]])
        miss = LEAF_MISS * leaf.width_m
        near = tree.query(shapely.linestrings([hinge, end]), predicate="dwithin", distance=miss)
        for i in near.tolist():
            ends = np.stack([segments.start[i], segments.end[i]]) - hinge
            u, v = ends @ ray, ends @ across
            inside = u.min() > -miss and u.max() < leaf.width_m + miss and np.abs(v).max() < miss
            source = int(segments.source[i])
            drawn_m = _drawn_length(sorted_strokes.strokes[source])
            whole = abs(u[1] - u[0]) > LEAF_SHARE * leaf.width_m
            if inside and whole and drawn_m < LONGEST_LEAF * leaf.width_m:
                found.add(source)
    return frozenset(found)


def leaves_of(sorted_strokes: SortedStrokes, *, roles: frozenset[Role]) -> list[Leaf]:
    """Return a leaf for every arc of a door's size on strokes of the roles."""
    arcs = [
        (i, stroke)
        for i, stroke in enumerate(sorted_strokes.strokes)
        if stroke.kind is StrokeKind.ARC
        and stroke.arc is not None
        and _door_arc(stroke)
        and sorted_strokes.roles[i] in roles
    ]
    if not arcs:
        return []
    straight = [
        (i, stroke)
        for i, stroke in enumerate(sorted_strokes.strokes)
        if stroke.kind in (StrokeKind.LINE, StrokeKind.POLYLINE)
        and sorted_strokes.roles[i] in roles
    ]
    segments = segments_of(straight)
    tree = STRtree(segments.lines())
    leaves = []
    for index, stroke in arcs:
        x, y, radius, first, last = stroke.arc or (0.0, 0.0, 0.0, 0.0, 0.0)
        hinge = np.array([x, y])
        ends = [hinge + radius * np.array([np.cos(a), np.sin(a)]) for a in (first, last)]
        lines = [
            _has_leaf_line(hinge, end, radius, tree, segments.start, segments.end) for end in ends
        ]
        opened = 0 if lines[0] >= lines[1] else 1
        sure = abs(lines[0] - lines[1]) > 0.3
        leaves.append(
            Leaf(
                hinge=(x, y),
                strike=_point(ends[1 - opened]),
                open_end=_point(ends[opened]),
                sure=sure,
                role=sorted_strokes.roles[index],
                group=stroke.group,
                stroke=index,
            )
        )
    return leaves


def _point(vector: Vector) -> Point:
    return float(vector[0]), float(vector[1])


def _door_arc(stroke: Stroke) -> bool:
    if stroke.arc is None:
        return False
    _, _, radius, first, last = stroke.arc
    sweep = float(np.mod(last - first, 2 * np.pi))
    return (
        NARROWEST_LEAF_M <= radius <= WIDEST_LEAF_M
        and LEAST_SWEEP_RAD <= sweep <= LARGEST_SWEEP_RAD
    )


def _has_leaf_line(
    hinge: Vector, end: Vector, radius: float, tree: STRtree, start: Vector, stop: Vector
) -> float:
    """Return the share of the way from hinge to arc end that a straight line is drawn along."""
    miss = LEAF_MISS * radius
    ray = (end - hinge) / radius
    across = np.array([-ray[1], ray[0]])
    near = tree.query(shapely.linestrings([hinge, end]), predicate="dwithin", distance=miss)
    best = 0.0
    for i in near:
        u = np.array([(start[i] - hinge) @ ray, (stop[i] - hinge) @ ray])
        v = np.array([(start[i] - hinge) @ across, (stop[i] - hinge) @ across])
        if np.abs(v).max() > miss or abs(u[1] - u[0]) < 1e-6:
            continue
        if abs(v[1] - v[0]) > 0.1 * abs(u[1] - u[0]) or u.max() > radius + miss:
            continue
        best = max(best, (min(u.max(), radius) - max(u.min(), 0.0)) / radius)
    return best


def paired_leaves(leaves: list[Leaf]) -> list[DoorSymbol]:
    """Return doors: leaves that share hinge and strike, or meet at their strikes, are one.

    Two leaves on one hinge swing both ways; two leaves whose strikes meet are a double
    door; four are a double door that swings both ways. Leaves of which the drawing does
    not show which end is open are read so that they meet, if they can.
    """
    leaves = _turned_to_meet(leaves)
    symbols: list[DoorSymbol] = []
    near = _neighbors([leaf.strike for leaf in leaves])
    used: set[int] = set()
    for index, seed in enumerate(leaves):
        if index in used:
            continue
        used.add(index)
        free = [i for i in near[index] if i not in used]
        same = [i for i in free if _one_hinge(seed, leaves[i])]
        used.update(same)
        mine = [seed, *(leaves[i] for i in same)]
        facing = [i for i in free if i not in used and _meet(seed, leaves[i])]
        if not facing:
            symbols.append(_single(mine))
            continue
        partner = leaves[facing[0]]
        theirs = [i for i in facing if i == facing[0] or _one_hinge(partner, leaves[i])]
        used.update(theirs)
        symbols.append(_double(mine, [leaves[i] for i in theirs]))
    return symbols


def _turned_to_meet(leaves: Sequence[Leaf]) -> list[Leaf]:
    """Return the leaves, unsure ones flipped where they then meet another at their strikes."""
    found = list(leaves)
    settled: set[int] = set()
    ends = [point for leaf in leaves for point in (leaf.strike, leaf.open_end)]
    near = _neighbors(ends)
    for i, leaf in enumerate(leaves):
        if leaf.sure or i in settled:
            continue
        others = {k // 2 for end in (2 * i, 2 * i + 1) for k in near[end]} - {i} - settled
        pairs = [
            (mine, theirs, j)
            for j in sorted(others)
            for mine in (leaf, leaf.flipped())
            for theirs in ([found[j]] if found[j].sure else [found[j], found[j].flipped()])
            if _meet(mine, theirs)
        ]
        if pairs:
            mine, theirs, j = pairs[0]
            found[i], found[j] = mine, theirs
            settled |= {i, j}
    return found


def _neighbors(points: Sequence[Point]) -> list[list[int]]:
    """Return for each point the others at the same place, in order."""
    if not points:
        return []
    tree = cKDTree(points)
    return [sorted(found) for found in tree.query_ball_point(points, SAME_PLACE_M)]


def _one_hinge(a: Leaf, b: Leaf) -> bool:
    return (
        _distance(a.hinge, b.hinge) < SAME_PLACE_M and _distance(a.strike, b.strike) < SAME_PLACE_M
    )


def _meet(a: Leaf, b: Leaf) -> bool:
    """Whether two leaves are the two halves of one door."""
    span_a = np.subtract(a.strike, a.hinge)
    span_b = np.subtract(b.strike, b.hinge)
    cosine = float(span_a @ span_b) / max(a.width_m * b.width_m, 1e-9)
    return _distance(a.strike, b.strike) < SAME_PLACE_M and cosine < -ALIGNED_COSINE


def _distance(a: Point, b: Point) -> float:
    return float(np.hypot(a[0] - b[0], a[1] - b[1]))


def _single(same: list[Leaf]) -> DoorSymbol:
    seed = same[0]
    return DoorSymbol(
        start=seed.hinge,
        end=seed.strike,
        leaves=tuple(same),
        score=_score(same),
        group=seed.group,
    )


def _double(same: list[Leaf], partners: list[Leaf]) -> DoorSymbol:
    return DoorSymbol(
        start=same[0].hinge,
        end=partners[0].hinge,
        leaves=(*same, *partners),
        score=_score([*same, *partners]),
        group=same[0].group,
    )


def _score(leaves: list[Leaf]) -> float:
    said = any(leaf.role in (Role.DOOR, Role.OPENING) for leaf in leaves)
    return 0.95 if said else 0.8 if all(leaf.sure for leaf in leaves) else 0.5


def door_leaves(sorted_strokes: SortedStrokes) -> list[Leaf]:
    """Return every door leaf drawn with an arc."""
    roles = frozenset({Role.DOOR, Role.OPENING, Role.OTHER, Role.WALL, Role.WINDOW, Role.SECTION})
    return leaves_of(sorted_strokes, roles=roles)
