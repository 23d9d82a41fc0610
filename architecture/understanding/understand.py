"""Drawing → Plan: strokes, candidates with scores, one consistent plan."""

from __future__ import annotations

from collections.abc import Mapping

import shapely
from shapely.geometry import Polygon

from architecture.drawing import Drawing
from architecture.plan import Plan
from architecture.understanding.doors import door_symbols
from architecture.understanding.filling import symbols_beside_walls
from architecture.understanding.gaps import find_gaps
from architecture.understanding.material import body_of, layer_at
from architecture.understanding.openings import candidates_in_gaps, on_walls
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
    candidates, used = candidates_in_gaps(find_gaps(body), doors, symbols)
    gross = tidy(joined([body, *(c.quad.buffer(2e-3) for c in candidates)]), tolerance_m=0.004)
    walls = part_into_walls(gross, lambda area: layer_at(pieces, area, tree))
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
        warning("door-without-gap", "A door symbol stands in no wall.", place=d.center)
        for i, d in enumerate(doors)
        if i not in used
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
