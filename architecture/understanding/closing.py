"""Closing the wall body: openings filled in, glazing joined on, what stands alone parted off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from architecture.drawing import Point
from architecture.plan import OpeningKind
from architecture.understanding.columns import part_columns, part_strays
from architecture.understanding.doors import DoorSymbol
from architecture.understanding.filling import Symbols
from architecture.understanding.gaps import find_gaps
from architecture.understanding.glazing import clear_glazing, glazed_walls
from architecture.understanding.leaks import Bridge, least_bridges
from architecture.understanding.material import TIDY_M
from architecture.understanding.openings import (
    Candidate,
    candidates_in_gaps,
    doors_between_walls,
    passage_in,
)
from architecture.understanding.regions import joined, tidy
from shared.solids.planar import union

__all__ = ["Closing", "close_body"]

WIDEST_BRIDGE_M: Final = 2.5
"""Wider gaps without anything in them are not closed."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Closing:
    """The wall body with its openings filled in, and what was found on the way.

    Parameters
    ----------
    body
        Walls, openings filled in, glazed walls included.
    glazed, glass
        The glazed walls alone, and all lines of glazing as thin areas.
    candidates
        What fills the openings.
    doors
        Indices of the door symbols that were used.
    columns, strays
        Pieces that stand alone, and pieces that stand aside of the plan.
    bridges
        Where rooms had to be closed.
    """

    body: MultiPolygon
    glazed: MultiPolygon
    glass: tuple[BaseGeometry, ...]
    candidates: tuple[Candidate, ...]
    doors: frozenset[int]
    columns: tuple[Polygon, ...]
    strays: tuple[Polygon, ...]
    bridges: tuple[Bridge, ...]


def close_body(
    body: MultiPolygon,
    doors: Sequence[DoorSymbol],
    symbols: Symbols,
    glass: Sequence[BaseGeometry],
    places: Sequence[Point],
    *,
    loose_m: float,
) -> Closing:
    """Return the wall body closed.

    Gaps with something in them come first: once they are filled, the piers between them
    are no wall ends any more, so that no passage is seen across a corridor. Then what
    stands alone is parted off, glazing joined on with the doors in it, plain passages are
    closed, and last the least that is needed to part labelled rooms from outdoors.

    Parameters
    ----------
    body
        Wall section as drawn.
    doors, symbols
        Door symbols, and strokes that may fill openings.
    glass
        Lines of glazing.
    places
        Where rooms are labelled.
    loose_m
        See `columns.part_strays`.
    """
    first, used = candidates_in_gaps(find_gaps(body), doors, symbols)
    sure = [c for c in first if c.kind is not OpeningKind.PASSAGE]
    filled, columns = part_columns(_filled(body, sure))
    filled, strays = part_strays(filled, loose_m=loose_m, openings=[c.quad for c in sure])
    sure = [c for c in sure if filled.intersects(c.quad)]
    glazed = glazed_walls(glass, filled)
    if not glazed.is_empty:
        filled = joined([filled, glazed])
        free = [i for i in range(len(doors)) if i not in used]
        more, taken = candidates_in_gaps(find_gaps(filled), [doors[i] for i in free], symbols)
        sure += [c for c in more if c.kind is OpeningKind.DOOR]
        used |= {free[i] for i in taken}
        filled = _filled(filled, sure)
    free = [i for i in range(len(doors)) if i not in used]
    between, taken = doors_between_walls([doors[i] for i in free], filled)
    sure += between
    used |= {free[i] for i in taken}
    filled = _filled(filled, between)
    gaps = find_gaps(filled, longest_gap_m=WIDEST_BRIDGE_M)
    second, _ = candidates_in_gaps(gaps, (), symbols)
    plain = [c for c in second if c.kind is OpeningKind.PASSAGE]
    closed = _filled(filled, plain)
    left = find_gaps(closed, longest_gap_m=WIDEST_BRIDGE_M)
    bridges = least_bridges(union([closed, *columns, *clear_glazing(glass, closed)]), left, places)
    wide = [passage_in(bridge.gap) for bridge in bridges if bridge.gap is not None]
    return Closing(
        body=_filled(closed, wide),
        glazed=glazed,
        glass=tuple(glass),
        candidates=(*sure, *plain, *wide),
        doors=frozenset(used),
        columns=tuple(columns),
        strays=tuple(strays),
        bridges=tuple(bridges),
    )


def _filled(body: MultiPolygon, candidates: Sequence[Candidate]) -> MultiPolygon:
    """Return the body with openings filled in."""
    return tidy(joined([body, *(c.quad for c in candidates)]), tolerance_m=TIDY_M)
