"""Drawing → Plan: strokes, candidates with scores, one consistent plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from architecture.drawing import Drawing, Stroke
from architecture.plan import OpeningKind, Plan, Room
from architecture.understanding.columns import columns_of, part_columns, part_strays
from architecture.understanding.divisions import divided, floor_lines
from architecture.understanding.doors import DoorSymbol, door_leaves, leaf_strokes, paired_leaves
from architecture.understanding.filling import Symbols, symbols_beside_walls
from architecture.understanding.gaps import find_gaps
from architecture.understanding.labels import RoomLabel, room_labels
from architecture.understanding.leaks import TOUCHING_M, Bridge, least_bridges
from architecture.understanding.marks import marked, marks_beside
from architecture.understanding.material import layer_at
from architecture.understanding.openings import (
    Candidate,
    candidates_in_gaps,
    doors_in_walls,
    on_walls,
    passage_in,
)
from architecture.understanding.outlines import RoomOutline, part_by_outlines, room_outlines
from architecture.understanding.pens import wall_pens
from architecture.understanding.regions import joined, polygons_of, tidy, union
from architecture.understanding.roles import Role
from architecture.understanding.sorting import SortedStrokes, overrides_from, sort_strokes
from architecture.understanding.spaces import enclosed_faces, named_rooms
from architecture.understanding.titles import storey_title
from architecture.understanding.walls import part_into_walls
from architecture.understanding.windows import windows_in_walls
from shared.errors import NothingToBuildError
from shared.finding import Finding, note, warning

__all__ = ["understand"]

WIDEST_BRIDGE_M: Final = 2.5
"""Wider gaps without anything in them are not closed."""
SURE_LABEL: Final = 0.5
"""Labels at least this sure are believed to stand in a room."""
LABEL_REACH_M: Final = 2.0
"""Labels this far outside the walls belong to something else."""
LOOSE_WALL_M: Final = 2.0
"""Where no layer says what is a wall, shorter pieces that touch no wall are furniture."""
ROLES_TOLD: Final = 5
"""So many roles of layers are named where no wall is found."""
FLOOR_ROLES: Final = (Role.FLOOR, Role.HATCH, Role.OVERHEAD, Role.OTHER, Role.ROOM_AREA)
"""Roles of lines that may show where one room ends and the next begins."""
GLASS_M: Final = 0.01
"""Half the thickness given to glazing lines."""


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

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import ezdxf
    >>> from architecture import read_drawing
    >>> document = ezdxf.new(units=ezdxf.units.M)
    >>> for low, high in ((0.0, 5.0), (0.3, 4.7)):
    ...     corners = [(low, low), (high, low), (high, high), (low, high)]
    ...     layer = {"layer": "A-WALL"}
    ...     _ = document.modelspace().add_lwpolyline(corners, close=True, dxfattribs=layer)
    >>> path = Path(tempfile.mkdtemp()) / "plan.dxf"
    >>> document.saveas(path)
    >>> plan = understand(read_drawing(path, unit="m"))
    >>> len(plan.walls), round(plan.rooms[0].area_m2, 2)
    (4, 19.36)
    """
    strokes = sort_strokes(drawing, overrides=overrides_from(roles))
    leaves = door_leaves(strokes)
    labels = room_labels(drawing)
    places = [label.position for label in labels if _is_indoors(label)]
    pens = wall_pens(strokes, leaf_strokes(strokes, leaves), places)
    pieces = pens.pieces
    body = pens.body
    tree = shapely.STRtree([piece.area for piece in pieces])
    if body.is_empty:
        raise NothingToBuildError(
            f"The drawing shows no walls: {_contents(strokes)}.",
            remedy="If a layer holds walls, say so with PATTERN=wall; else use a floor plan.",
        )
    doors = paired_leaves(leaves)
    symbols = symbols_beside_walls(strokes, pens.strokes)
    glass = _glass(strokes)
    loose = LOOSE_WALL_M if pens.told_by == "geometry" else 0.0
    closing = _closed(body, doors, symbols, glass, labels, loose_m=loose)
    walls = part_into_walls(closing.body, lambda area: layer_at(pieces, area, tree))
    free = [door for i, door in enumerate(doors) if i not in closing.doors]
    over, taken = doors_in_walls(free, walls)
    candidates = [*closing.candidates, *over]
    if pens.told_by == "geometry" and not any(c.kind is OpeningKind.WINDOW for c in candidates):
        symbols = symbols_beside_walls(strokes, frozenset())
    candidates += windows_in_walls(walls, symbols, [c.quad for c in candidates])
    marks, used_texts = marks_beside(drawing, candidates)
    candidates = [marked(c, mark) for c, mark in zip(candidates, marks, strict=True)]
    openings, lost = on_walls(candidates, walls)
    labels = room_labels(drawing, taken=used_texts)
    plugs = [bridge.area.buffer(TOUCHING_M) for bridge in closing.bridges]
    faces = enclosed_faces(closing.body, [*_beyond(glass, closing.body), *closing.columns, *plugs])
    faces, outlined, parted = part_by_outlines(
        faces, room_outlines(strokes, pens.strokes), closing.body
    )
    labels = [*labels, *_layer_labels(outlined, labels)]
    faces, divisions = _divided(faces, labels, strokes)
    rooms, shafts = named_rooms(faces, labels, _ways_in(candidates))
    stray = [door for i, door in enumerate(free) if i not in taken]
    title = storey_title(drawing)
    outline = _outline(closing.body)
    return Plan(
        name=title.name or drawing.name,
        walls=walls,
        openings=openings,
        rooms=rooms,
        columns=columns_of(closing.columns),
        unit=drawing.unit,
        outline=outline,
        unresolved=(
            *_lost(lost, stray),
            *_nameless(labels, rooms, outline),
            *_bridged(closing.bridges),
        ),
        level_m=title.level_m,
        height_m=title.height_m,
        offset_m=drawing.offset_m,
        provenance=drawing.provenance,
        findings=(
            *drawing.findings,
            *_strays(closing.strays),
            *_shafts(shafts),
            *_parted(parted),
            *divisions,
        ),
    )


def _contents(strokes: SortedStrokes) -> str:
    """Return what a drawing holds, by the roles of its layers."""
    counts = Counter(str(role) for role in strokes.roles)
    told = ", ".join(f"{count} {role}" for role, count in counts.most_common(ROLES_TOLD))
    return f"{len(strokes.strokes)} strokes" + (f" ({told})" if told else "")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Closing:
    """The wall body with its openings filled in, and what was found on the way."""

    body: MultiPolygon
    candidates: list[Candidate]
    doors: set[int]
    columns: list[Polygon]
    strays: list[Polygon]
    bridges: list[Bridge]


def _closed(
    body: MultiPolygon,
    doors: Sequence[DoorSymbol],
    symbols: Symbols,
    glass: Sequence[BaseGeometry],
    labels: Sequence[RoomLabel],
    *,
    loose_m: float,
) -> _Closing:
    """Return the wall body closed.

    Gaps with something in them come first: once they are filled, the piers between them
    are no wall ends any more, so that no passage is seen across a corridor. Then what
    stands alone is parted off, plain passages are closed, and last the least that is
    needed to part labelled rooms from outdoors.
    """
    first, used = candidates_in_gaps(find_gaps(body), doors, symbols)
    sure = [c for c in first if c.kind is not OpeningKind.PASSAGE]
    filled, columns = part_columns(_with_quads(body, sure))
    filled, strays = part_strays(filled, loose_m=loose_m, openings=[c.quad for c in sure])
    sure = [c for c in sure if filled.intersects(c.quad)]
    gaps = find_gaps(filled, longest_gap_m=WIDEST_BRIDGE_M)
    second, _ = candidates_in_gaps(gaps, (), symbols)
    plain = [c for c in second if c.kind is OpeningKind.PASSAGE]
    closed = _with_quads(filled, plain)
    barrier = union([closed, *glass, *columns])
    places = [label.position for label in labels if _is_indoors(label)]
    bridges = least_bridges(barrier, find_gaps(closed, longest_gap_m=WIDEST_BRIDGE_M), places)
    wide = [passage_in(bridge.gap) for bridge in bridges if bridge.gap is not None]
    return _Closing(
        body=_with_quads(closed, wide),
        candidates=[*sure, *plain, *wide],
        doors=used,
        columns=columns,
        strays=strays,
        bridges=bridges,
    )


def _is_indoors(label: RoomLabel) -> bool:
    return label.score >= SURE_LABEL and not label.outdoors


def _glass(strokes: SortedStrokes) -> list[BaseGeometry]:
    """Return glazing lines as thin areas: they close rooms where no wall stands."""
    drawn = (strokes.strokes[i] for i in strokes.of(Role.WINDOW))
    return [_as_line(stroke).buffer(GLASS_M) for stroke in drawn if stroke.fill is None]


def _beyond(glass: Sequence[BaseGeometry], body: MultiPolygon) -> list[BaseGeometry]:
    """Return the glazing that stands clear of the walls, up to where it meets them."""
    if not glass:
        return []
    near = body.buffer(2 * GLASS_M)
    shapely.prepare(near)
    clear = [part for part in glass if not near.contains(part)]
    rests = [(part, shapely.difference(part, near)) for part in clear]
    return [
        part.intersection(rest.buffer(4 * GLASS_M)) for part, rest in rests if not rest.is_empty
    ]


def _outline(body: MultiPolygon) -> Polygon | None:
    parts = polygons_of(body)
    return Polygon(max(parts, key=lambda p: Polygon(p.exterior).area).exterior) if parts else None


def _lost(lost: Sequence[Candidate], stray: Sequence[DoorSymbol]) -> list[Finding]:
    """Return openings and door symbols that stand in no wall."""
    found = [
        warning(
            "opening-without-wall",
            f"A {c.kind} of {c.width_m:.2f} m stands in no wall.",
            place=c.center,
        )
        for c in lost
    ]
    return found + [
        warning(
            "door-without-wall",
            f"A door symbol of {door.width_m:.2f} m stands in no wall.",
            place=door.center,
        )
        for door in stray
    ]


def _nameless(
    labels: Sequence[RoomLabel], rooms: Sequence[Room], outline: Polygon | None
) -> list[Finding]:
    """Return labels of rooms that stand in no room."""
    tree = shapely.STRtree([room.outline for room in rooms])
    near = None if outline is None else outline.buffer(LABEL_REACH_M)
    return [
        warning(
            "label-without-room",
            f"“{label.name or label.number}” stands in no closed room.",
            place=label.position,
        )
        for label in labels
        if _is_indoors(label)
        if near is None or near.contains(shapely.Point(label.position))
        if not len(tree.query(shapely.Point(label.position), predicate="intersects"))
    ]


def _bridged(bridges: Sequence[Bridge]) -> list[Finding]:
    """Return where rooms had to be closed."""
    return [
        warning(
            "room-not-closed",
            f"A room is open by {bridge.width_m:.2f} m here; it was closed.",
            place=_middle(bridge.area),
            details={"width_m": round(bridge.width_m, 3)},
        )
        for bridge in bridges
    ]


def _strays(strays: Sequence[Polygon]) -> list[Finding]:
    """Return wall-like pieces left out because they stand aside of the plan."""
    return [
        note("piece-aside", "A wall-like piece stands aside of the plan.", place=_middle(piece))
        for piece in strays
    ]


def _shafts(faces: Sequence[Polygon]) -> list[Finding]:
    """Return closed faces that are no rooms."""
    return [
        note(
            "face-without-door",
            f"A closed face of {face.area:.1f} m² has neither a name nor a door: no room.",
            place=_middle(face),
        )
        for face in faces
    ]


def _parted(count: int) -> list[Finding]:
    """Return that rooms were bounded by drawn outlines."""
    message = f"{count} rooms were bounded by outlines drawn in them, not by walls alone."
    return [note("rooms-parted", message)] if count else []


def _layer_labels(outlines: Sequence[RoomOutline], labels: Sequence[RoomLabel]) -> list[RoomLabel]:
    """Return the numbers that layers give to outlines without a label inside."""
    tree = shapely.STRtree([shapely.Point(label.position) for label in labels])
    return [
        RoomLabel(position=_middle(outline.area), number=outline.number, score=SURE_LABEL)
        for outline in outlines
        if outline.number and not len(tree.query(outline.area, predicate="contains"))
    ]


def _divided(
    faces: Sequence[Polygon], labels: Sequence[RoomLabel], strokes: SortedStrokes
) -> tuple[list[Polygon], list[Finding]]:
    """Return the faces with open plans divided where printed areas prove it."""
    tree = shapely.STRtree([shapely.Point(label.position) for label in labels])
    lines: list[shapely.LineString] | None = None
    parts: list[Polygon] = []
    found = []
    for face in faces:
        inside = [labels[i] for i in tree.query(face, predicate="contains").tolist()]
        if len(inside) > 1 and lines is None:
            lines = floor_lines([_as_line(strokes.strokes[i]) for i in strokes.of(*FLOOR_ROLES)])
        pieces = divided(face, inside, lines or ())
        parts.extend(pieces)
        if len(pieces) > 1:
            message = f"An open plan was divided into {len(pieces)} rooms by their printed areas."
            found.append(note("room-divided", message, place=_middle(face)))
    return parts, found


def _as_line(stroke: Stroke) -> shapely.LineString:
    points = np.vstack([stroke.points, stroke.points[:1]]) if stroke.closed else stroke.points
    return shapely.LineString(points)


def _ways_in(candidates: Sequence[Candidate]) -> list[Polygon]:
    """Return where people pass through walls."""
    return [c.quad for c in candidates if c.kind is not OpeningKind.WINDOW]


def _middle(area: Polygon) -> tuple[float, float]:
    point = area.representative_point()
    return float(point.x), float(point.y)


def _with_quads(body: MultiPolygon, candidates: Sequence[Candidate]) -> MultiPolygon:
    return tidy(joined([body, *(c.quad for c in candidates)]), tolerance_m=0.004)
