"""Drawing → Plan: strokes, candidates with scores, one consistent plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import shapely
from shapely.geometry import MultiPolygon, Polygon

from architecture.drawing import Drawing
from architecture.plan import OpeningKind, Plan
from architecture.understanding.doors import DoorSymbol, door_symbols
from architecture.understanding.filling import Symbols, symbols_beside_walls
from architecture.understanding.gaps import find_gaps
from architecture.understanding.material import body_of, layer_at
from architecture.understanding.openings import (
    Candidate,
    candidates_in_gaps,
    doors_in_walls,
    on_walls,
)
from architecture.understanding.pens import wall_pens
from architecture.understanding.regions import joined, polygons_of, tidy
from architecture.understanding.roles import Role
from architecture.understanding.sorting import overrides_from, sort_strokes
from architecture.understanding.spaces import enclosed_faces, named_rooms
from architecture.understanding.texts import room_labels
from architecture.understanding.walls import part_into_walls
from architecture.understanding.windows import windows_in_walls
from shared.errors import NothingToBuildError
from shared.finding import Finding, warning

__all__ = ["understand"]


def understand(drawing: Drawing, *, roles: Mapping[str, str] | None = None) -> Plan:
    """Return the plan that a drawing means.

    Parameters
    ----------
    drawing
        What was drawn, in metres.
    roles
        A person's word on layers: pattern (``*`` and ``?``) → role, such as
        ``{"M_*": "wall"}``.

    Raises
    ------
    NothingToBuildError
        If no wall is found.
    UsageError
        If a role is unknown.
    """
    strokes = sort_strokes(drawing, overrides=overrides_from(roles))
    pens = wall_pens(strokes)
    pieces = pens.pieces
    body = body_of(pieces)
    tree = shapely.STRtree([piece.area for piece in pieces])
    if body.is_empty:
        raise NothingToBuildError("The drawing shows no walls.")
    doors = door_symbols(drawing, strokes)
    symbols = symbols_beside_walls(strokes, pens.strokes)
    candidates, gross, used = _closed(body, doors, symbols)
    walls = part_into_walls(gross, lambda area: layer_at(pieces, area, tree))
    free = [door for i, door in enumerate(doors) if i not in used]
    over, taken = doors_in_walls(free, walls)
    candidates += over
    stray = [door for i, door in enumerate(free) if i not in taken]
    candidates += windows_in_walls(walls, symbols, [c.quad for c in candidates])
    openings, lost = on_walls(candidates, walls)
    glass = [
        Polygon(strokes.strokes[i].points).buffer(0.01)
        if strokes.strokes[i].closed
        else shapely.LineString(strokes.strokes[i].points).buffer(0.01)
        for i in strokes.of(Role.WINDOW)
    ]
    rooms = named_rooms(enclosed_faces(gross, glass), room_labels(drawing))
    outline = max(polygons_of(gross.buffer(0.01)), key=lambda p: p.area)
    unresolved: list[Finding] = [
        warning("opening-without-wall", "An opening stands in no wall.", place=c.center)
        for c in lost
    ]
    unresolved += [
        warning("door-without-wall", "A door symbol stands in no wall.", place=door.center)
        for door in stray
    ]
    return Plan(
        name=drawing.name,
        walls=walls,
        openings=openings,
        rooms=rooms,
        unit=drawing.unit,
        outline=Polygon(outline.exterior),
        unresolved=tuple(unresolved),
        offset_m=drawing.offset_m,
        provenance=drawing.provenance,
        findings=drawing.findings,
    )


def _closed(
    body: MultiPolygon, doors: Sequence[DoorSymbol], symbols: Symbols
) -> tuple[list[Candidate], MultiPolygon, set[int]]:
    """Return the openings in gaps, the body with them filled in, and the door symbols used.

    Gaps with something in them come first: once they are filled, the piers between them
    are no wall ends any more, so that no passage is seen across a corridor.
    """
    first, used = candidates_in_gaps(find_gaps(body), doors, symbols)
    sure = [c for c in first if c.kind is not OpeningKind.PASSAGE]
    filled = _with_quads(body, sure)
    second, _ = candidates_in_gaps(find_gaps(filled), (), symbols)
    plain = [c for c in second if c.kind is OpeningKind.PASSAGE]
    return [*sure, *plain], _with_quads(filled, plain), used


def _with_quads(body: MultiPolygon, candidates: Sequence[Candidate]) -> MultiPolygon:
    return tidy(joined([body, *(c.quad.buffer(2e-3) for c in candidates)]), tolerance_m=0.004)
