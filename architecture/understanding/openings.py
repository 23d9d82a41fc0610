"""Openings: which gap or symbol is a door, a window or a passage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.strtree import STRtree

from architecture.drawing import Point
from architecture.plan import Opening, OpeningKind, Operation, Wall
from architecture.understanding.doors import DoorSymbol
from architecture.understanding.filling import Filling, Slot, Symbols, filling_of
from architecture.understanding.gaps import Gap

__all__ = ["Candidate", "candidates_in_gaps", "on_walls"]

PARALLEL_COSINE: Final = 0.97
"""A symbol lies along a wall if it leans less than this (14°)."""
WIDEST_PASSAGE_M: Final = 1.6
"""A wider plain gap does not part two rooms."""
NARROWEST_PASSAGE_M: Final = 0.5
"""A narrower plain gap is no way through."""

Vector = NDArray[np.float64]


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


def candidates_in_gaps(
    gaps: Sequence[Gap], doors: Sequence[DoorSymbol], symbols: Symbols
) -> tuple[list[Candidate], set[int]]:
    """Return what fills each gap, and which door symbols were used."""
    used: set[int] = set()
    found = []
    door_tree = STRtree([shapely.linestrings([d.start, d.end]) for d in doors])
    for gap in gaps:
        near = door_tree.query(gap.quad.buffer(0.35), predicate="intersects")
        fitting = [i for i in near.tolist() if _closes(doors[i], gap)]
        if fitting:
            best = max(fitting, key=lambda i: doors[i].score)
            used.update(fitting)
            found.append(_door(gap, doors[best]))
            continue
        filling = filling_of(_slot(gap), symbols)
        if filling.kind is OpeningKind.PASSAGE:
            if not NARROWEST_PASSAGE_M <= gap.width_m <= WIDEST_PASSAGE_M:
                continue
        found.append(_filled(gap, filling))
    return found, used


def _slot(gap: Gap) -> Slot:
    return Slot(
        quad=gap.quad,
        center=gap.center,
        direction=gap.direction,
        width_m=gap.width_m,
        thickness_m=gap.thickness_m,
    )


def _closes(door: DoorSymbol, gap: Gap) -> bool:
    """Whether a door symbol fills a gap."""
    u = np.array(gap.direction)
    n = np.array([-u[1], u[0]])
    span = np.subtract(door.end, door.start)
    if abs(span @ u) < PARALLEL_COSINE * door.width_m:
        return False
    t = sorted(float(np.subtract(p, gap.center) @ u) for p in (door.start, door.end))
    overlap = min(t[1], gap.width_m / 2) - max(t[0], -gap.width_m / 2)
    aside = abs(float(np.subtract(door.center, gap.center) @ n))
    return bool(
        overlap > 0.7 * min(door.width_m, gap.width_m)
        and gap.width_m < 1.7 * door.width_m
        and door.width_m < 1.5 * gap.width_m
        and aside < gap.thickness_m / 2 + 0.25
    )


def _door(gap: Gap, door: DoorSymbol) -> Candidate:
    operation, side = swing(door, gap.direction)
    return Candidate(
        kind=OpeningKind.DOOR,
        quad=gap.quad,
        center=gap.center,
        direction=gap.direction,
        width_m=gap.width_m,
        operation=operation,
        swing_side=side,
        score=door.score,
        evidence="block" if door.group is not None else "arc",
    )


def swing(door: DoorSymbol, direction: Point) -> tuple[Operation, int]:
    """Return the IFC4 operation of a door and the side of `direction` it swings to.

    IFC4 looks along the way the leaf swings: a hinge on the left is a left door.
    """
    u = np.array(direction)
    n = np.array([-u[1], u[0]])
    sides = []
    for leaf in door.leaves:
        off = float(np.subtract(leaf.open_end, leaf.hinge) @ n)
        sides.append(1 if off > 0 else -1)
    both = len(set(sides)) == 2
    middle = np.array(door.center)
    hinges = {1 if np.subtract(leaf.hinge, middle) @ u > 0 else -1 for leaf in door.leaves}
    if len(hinges) == 2:
        if both:
            return Operation.DOUBLE_DOOR_DOUBLE_SWING, 0
        return Operation.DOUBLE_DOOR_SINGLE_SWING, sides[0]
    # looking along side·n, the left hand points to -side·u
    left = next(iter(hinges)) == -sides[0]
    if both:
        return (Operation.DOUBLE_SWING_LEFT if left else Operation.DOUBLE_SWING_RIGHT), 0
    single = Operation.SINGLE_SWING_LEFT if left else Operation.SINGLE_SWING_RIGHT
    return single, sides[0]


def _filled(gap: Gap, filling: Filling) -> Candidate:
    return Candidate(
        kind=filling.kind,
        quad=gap.quad,
        center=gap.center,
        direction=gap.direction,
        width_m=gap.width_m,
        operation=filling.operation,
        score=filling.score * (1.0 if gap.ends == 2 else 0.9),
        evidence=filling.evidence,
    )


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
        confidence=candidate.score,
        evidence=candidate.evidence,
    )
