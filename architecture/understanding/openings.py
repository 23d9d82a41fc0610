"""Openings: which gap or symbol is a door, a window or a passage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon
from shapely.strtree import STRtree

from architecture.drawing import Point
from architecture.plan import Opening, OpeningKind, Operation, Wall
from architecture.understanding.doors import DoorSymbol, Leaf, readings
from architecture.understanding.filling import Symbols, fillings_of
from architecture.understanding.gaps import Gap

__all__ = [
    "Candidate",
    "candidates_in_gaps",
    "doors_between_walls",
    "doors_in_walls",
    "on_walls",
    "passage_in",
]

PARALLEL_COSINE: Final = 0.97
"""A symbol lies along a wall if it leans less than this (14°)."""
WIDEST_PASSAGE_M: Final = 1.6
"""A wider plain gap does not part two rooms."""
NARROWEST_PASSAGE_M: Final = 0.5
"""A narrower plain gap is no way through."""

ASIDE_M: Final = 0.25
"""A door symbol may stand this far out of the faces of its wall."""
FITTING_SHARE: Final = 0.7
"""Share of a door symbol that must lie in the gap."""
LEAST_QUAD_M2: Final = 1e-3
"""Smaller pieces of wall are no openings."""
SIDELIGHT_M: Final = 0.2
"""Narrower rests beside a door are its frame."""
AT_WALL_M: Final = 0.12
"""Both ends of a door stand this near to walls."""
INTO_WALL_M: Final = 0.08
"""The wall beside a door is measured this far from its end."""
FREE_M: Final = 0.05
"""Nothing of a wall stands this near to the middle of a door between walls."""
JAMBS_M: Final = (0.05, 0.5)
"""Thinnest and thickest wall beside a door."""
WIDEST_FIT: Final = 1.8
"""A door does not fill a gap more than so many times its leaves."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidate:
    """Something that may be an opening, not yet on a wall.

    Parameters
    ----------
    quad
        The piece of wall it takes out.
    """

    kind: OpeningKind
    quad: Polygon
    center: Point
    direction: Point
    width_m: float
    operation: Operation = Operation.NOTDEFINED
    swing_side: int = 0
    score: float = 1.0
    evidence: str = "gap"
    name: str = ""
    sill_m: float | None = None
    head_m: float | None = None


def candidates_in_gaps(
    gaps: Sequence[Gap], doors: Sequence[DoorSymbol], symbols: Symbols
) -> tuple[list[Candidate], set[int]]:
    """Return what fills each gap, and which door symbols were used.

    A door that closes only part of a gap leaves the rest to windows beside it. Gaps that
    hold nothing are given as passages.
    """
    used: set[int] = set()
    found: list[Candidate] = []
    door_tree = STRtree([shapely.Point(d.center).buffer(d.width_m) for d in doors])
    for gap in gaps:
        fitting = []
        for i in door_tree.query(gap.quad, predicate="intersects").tolist():
            spans = [
                (d, span) for d in readings(doors[i]) if (span := _span_in(d, gap)) is not None
            ]
            fitting += spans[:1]
            used.update([i] if spans else [])
        if fitting:
            found.extend(_door_and_sidelights(gap, fitting, symbols))
        else:
            found.extend(_plainly_filled(gap, symbols))
    return [c for c in found if c.quad.area > LEAST_QUAD_M2], used


def _span_in(door: DoorSymbol, gap: Gap) -> tuple[float, float] | None:
    """Return from where to where a door symbol closes a gap, or None if it does not."""
    u = np.array(gap.direction)
    n = np.array([-u[1], u[0]])
    span = np.subtract(door.end, door.start)
    if abs(span @ u) < PARALLEL_COSINE * door.width_m:
        return None
    half = gap.width_m / 2
    t = sorted(float(np.subtract(p, gap.center) @ u) for p in (door.start, door.end))
    low, high = max(t[0], -half), min(t[1], half)
    aside = abs(float(np.subtract(door.center, gap.center) @ n))
    if high - low < FITTING_SHARE * door.width_m or aside > gap.thickness_m / 2 + ASIDE_M:
        return None
    return low, high


def _door_and_sidelights(
    gap: Gap, fitting: Sequence[tuple[DoorSymbol, tuple[float, float]]], symbols: Symbols
) -> list[Candidate]:
    """Return the door that symbols in a gap mean, and what stands beside it."""
    half = gap.width_m / 2
    low = min(span[0] for _, span in fitting)
    high = max(span[1] for _, span in fitting)
    beside: list[Candidate] = []
    if low + half > SIDELIGHT_M:
        beside += [c for c in _plainly_filled(gap.part(-half, low), symbols) if _is_window(c)]
        low = low if beside else -half
    else:
        low = -half
    if half - high > SIDELIGHT_M:
        after = [c for c in _plainly_filled(gap.part(high, half), symbols) if _is_window(c)]
        high = high if after else half
        beside += after
    else:
        high = half
    if high - low > WIDEST_FIT * sum(b - a for _, (a, b) in fitting):
        low = min(span[0] for _, span in fitting)
        high = max(span[1] for _, span in fitting)
    return [_door(gap.part(low, high), [door for door, _ in fitting]), *beside]


def _is_window(candidate: Candidate) -> bool:
    return candidate.kind is OpeningKind.WINDOW


def _door(gap: Gap, doors: Sequence[DoorSymbol]) -> Candidate:
    best = max(doors, key=lambda door: door.score)
    leaves = tuple(leaf for door in doors for leaf in door.leaves)
    operation, side = swing(leaves, gap)
    return Candidate(
        kind=OpeningKind.DOOR,
        quad=gap.quad,
        center=gap.center,
        direction=gap.direction,
        width_m=gap.width_m,
        operation=operation,
        swing_side=side,
        score=best.score,
        evidence="block" if best.group is not None else "arc",
    )


def _plainly_filled(gap: Gap, symbols: Symbols) -> list[Candidate]:
    """Return the openings in a gap without a door arc."""
    found = []
    for filling in fillings_of(gap, symbols):
        part = gap.part(filling.low_m, filling.high_m)
        walkable = NARROWEST_PASSAGE_M <= part.width_m <= WIDEST_PASSAGE_M
        if filling.kind is OpeningKind.PASSAGE and not walkable:
            continue
        found.append(
            Candidate(
                kind=filling.kind,
                quad=part.quad,
                center=part.center,
                direction=part.direction,
                width_m=part.width_m,
                operation=filling.operation,
                score=filling.score * (1.0 if gap.ends == 2 else 0.9),
                evidence=filling.evidence,
            )
        )
    return found


def passage_in(gap: Gap) -> Candidate:
    """Return a gap that holds nothing as a passage."""
    return Candidate(
        kind=OpeningKind.PASSAGE,
        quad=gap.quad,
        center=gap.center,
        direction=gap.direction,
        width_m=gap.width_m,
        score=0.4,
        evidence="gap",
    )


def doors_in_walls(
    doors: Sequence[DoorSymbol], walls: Sequence[Wall]
) -> tuple[list[Candidate], set[int]]:
    """Return doors drawn over a wall that runs on, and which symbols were used."""
    found, used = [], set()
    tree = STRtree([wall.footprint for wall in walls])
    for i, door in enumerate(doors):
        fits = [
            (abs(aside), gap, reading)
            for reading in readings(door)
            for k in tree.query(shapely.Point(door.center).buffer(door.width_m)).tolist()
            if (slot := _slot_in(walls[k], reading)) is not None
            for aside, gap in [slot]
        ]
        if fits:
            _, gap, reading = min(fits, key=lambda fit: fit[0])
            found.append(_door(gap, [reading]))
            used.add(i)
    return found, used


def doors_between_walls(
    doors: Sequence[DoorSymbol], body: MultiPolygon
) -> tuple[list[Candidate], set[int]]:
    """Return doors whose ends stand at walls with nothing between, and which were used.

    Where walls end slanted or in a point, no gap is seen between them; the door itself
    says where it closes. A door that may close on a wall that runs on is left to
    `doors_in_walls`.
    """
    found, used = [], set()
    shapely.prepare(body)
    for i, door in enumerate(doors):
        ways = readings(door)
        gaps = [(gap, way) for way in ways if (gap := _gap_closed_by(way, body))]
        if gaps and all(_is_free(way, body) for way in ways):
            gap, reading = gaps[0]
            found.append(_door(gap, [reading]))
            used.add(i)
    return found, used


def _is_free(door: DoorSymbol, body: MultiPolygon) -> bool:
    """Whether a door closes where no wall stands."""
    a, b = np.array(door.start), np.array(door.end)
    middle = shapely.LineString([a + 0.2 * (b - a), b - 0.2 * (b - a)])
    return bool(body.distance(middle) >= FREE_M)


def _gap_closed_by(door: DoorSymbol, body: MultiPolygon) -> Gap | None:
    """Return the gap from one end of a door to the other, or None if walls do not end there."""
    a, b = np.array(door.start), np.array(door.end)
    u = (b - a) / door.width_m
    n = np.array([-u[1], u[0]])
    if any(body.distance(shapely.Point(end)) > AT_WALL_M for end in (a, b)):
        return None
    jambs = [_across(body, end, n) for end in (a - u * INTO_WALL_M, b + u * INTO_WALL_M)]
    sides = [jamb for jamb in jambs if jamb is not None]
    if not sides:
        return None
    low, high = min(sides, key=lambda jamb: jamb[1] - jamb[0])
    reach = u * (high - low) / 2
    strip = Polygon([a - reach + n * low, b + reach + n * low, b + reach + n * high,
                     a - reach + n * high])  # fmt: skip
    parts = [part for part in shapely.get_parts(strip.difference(body)) if part.area > 0]
    if not parts:
        return None
    center = (a + b) / 2 + n * (low + high) / 2
    return Gap(
        quad=max(parts, key=lambda part: float(part.area)),
        center=(float(center[0]), float(center[1])),
        direction=(float(u[0]), float(u[1])),
        width_m=door.width_m,
        thickness_m=high - low,
        ends=2,
    )


def _across(
    body: MultiPolygon, place: NDArray[np.float64], across: NDArray[np.float64]
) -> tuple[float, float] | None:
    """Return from where to where a wall reaches across a line through a place, or None."""
    reach = across * JAMBS_M[1]
    cut = body.intersection(shapely.LineString([place - reach, place + reach]))
    for part in shapely.get_parts(cut):
        if part.distance(shapely.Point(place)) > AT_WALL_M or part.length < JAMBS_M[0]:
            continue
        t = np.sort((shapely.get_coordinates(part) - place) @ across)
        if t[-1] - t[0] <= JAMBS_M[1]:
            return float(t[0]), float(t[-1])
    return None


def _slot_in(wall: Wall, door: DoorSymbol) -> tuple[float, Gap] | None:
    """Return how far aside of a wall's axis a door closes, and the piece it takes out."""
    a, b = np.asarray(wall.axis.coords)[[0, -1]]
    length = float(np.hypot(*(b - a)))
    u = (b - a) / length
    n = np.array([-u[1], u[0]])
    span = np.subtract(door.end, door.start)
    if abs(span @ u) < PARALLEL_COSINE * door.width_m:
        return None
    aside = float((np.array(door.center) - a) @ n)
    t = sorted(float((np.array(p) - a) @ u) for p in (door.start, door.end))
    if abs(aside) > wall.thickness_m / 2 + ASIDE_M or t[0] < -0.05 or t[1] > length + 0.05:
        return None
    middle = a + u * (t[0] + t[1]) / 2
    along, half = u * (t[1] - t[0]) / 2, n * wall.thickness_m / 2
    back, front = middle - along, middle + along
    gap = Gap(
        quad=Polygon([back - half, front - half, front + half, back + half]),
        center=(float(middle[0]), float(middle[1])),
        direction=(float(u[0]), float(u[1])),
        width_m=t[1] - t[0],
        thickness_m=wall.thickness_m,
        ends=0,
    )
    return aside, gap


def swing(leaves: Sequence[Leaf], gap: Gap) -> tuple[Operation, int]:
    """Return the IFC4 operation of a door and the side of the gap's direction it swings to.

    IFC4 looks along the way the leaf swings: a hinge on the left is a left door.
    """
    u = np.array(gap.direction)
    n = np.array([-u[1], u[0]])
    sides = [1 if np.subtract(leaf.open_end, leaf.hinge) @ n > 0 else -1 for leaf in leaves]
    both = len(set(sides)) == 2
    hinges = {1 if np.subtract(leaf.hinge, leaf.strike) @ u > 0 else -1 for leaf in leaves}
    if len(hinges) == 2:
        if both:
            return Operation.DOUBLE_DOOR_DOUBLE_SWING, 0
        return Operation.DOUBLE_DOOR_SINGLE_SWING, sides[0]
    # looking along side·n, the left hand points to -side·u
    left = next(iter(hinges)) == -sides[0]
    if both:
        return (Operation.DOUBLE_SWING_LEFT if left else Operation.DOUBLE_SWING_RIGHT), 0
    return (Operation.SINGLE_SWING_LEFT if left else Operation.SINGLE_SWING_RIGHT), sides[0]


def on_walls(
    candidates: Sequence[Candidate], walls: Sequence[Wall]
) -> tuple[tuple[Opening, ...], list[Candidate]]:
    """Return each candidate on the one wall it stands in, and those that stand in none."""
    tree = STRtree([wall.footprint for wall in walls])
    counts: dict[OpeningKind, int] = {}
    openings, lost = [], []
    for candidate in candidates:
        u = np.array(candidate.direction)
        best, share = None, 0.0
        for i in tree.query(candidate.quad, predicate="intersects"):
            wall = walls[int(i)]
            a, b = np.asarray(wall.axis.coords)
            along = (b - a) / np.hypot(*(b - a))
            common = wall.footprint.intersection(candidate.quad).area / candidate.quad.area
            if abs(along @ u) > PARALLEL_COSINE and common > share:
                best, share = wall, common
        if best is None or share < 0.3:
            lost.append(candidate)
            continue
        counts[candidate.kind] = counts.get(candidate.kind, 0) + 1
        openings.append(_opening(candidate, best, counts[candidate.kind]))
    return tuple(openings), lost


def _opening(candidate: Candidate, wall: Wall, number: int) -> Opening:
    """Return the opening with its centre on the axis and its direction along it."""
    a, b = np.asarray(wall.axis.coords)
    along = (b - a) / np.hypot(*(b - a))
    center = a + along * float((np.array(candidate.center) - a) @ along)
    side = (
        candidate.swing_side if along @ np.array(candidate.direction) > 0 else -candidate.swing_side
    )
    return Opening(
        id=f"{candidate.kind}_{number}",
        kind=candidate.kind,
        wall=wall.id,
        center=(float(center[0]), float(center[1])),
        direction=(float(along[0]), float(along[1])),
        width_m=candidate.width_m,
        operation=candidate.operation,
        swing_side=side,
        name=candidate.name,
        sill_m=candidate.sill_m,
        head_m=candidate.head_m,
        confidence=candidate.score,
        evidence=candidate.evidence,
    )
