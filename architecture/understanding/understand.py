"""Drawing → Plan: strokes, candidates with scores, one consistent plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import shapely
from shapely.geometry import MultiPolygon, Polygon

from architecture.drawing import Drawing
from architecture.plan import Opening, OpeningKind, Plan, Wall
from architecture.understanding.closing import Closing, close_body
from architecture.understanding.columns import columns_of
from architecture.understanding.divisions import divide_faces
from architecture.understanding.doors import DoorSymbol, door_leaves, leaf_strokes, paired_leaves
from architecture.understanding.doubts import (
    about_bridges,
    about_divisions,
    about_labels,
    about_lost_openings,
    about_outlines,
    about_plans,
    about_shafts,
    about_strays,
    middle_of,
)
from architecture.understanding.filling import symbols_beside_walls
from architecture.understanding.glazing import clear_glazing, glazing_lines
from architecture.understanding.labels import SURE_LABEL, RoomLabel, room_labels
from architecture.understanding.layers import RoleOverride
from architecture.understanding.leaks import TOUCHING_M
from architecture.understanding.marks import marked, marks_beside
from architecture.understanding.material import layer_at
from architecture.understanding.openings import Candidate, doors_in_walls, on_walls
from architecture.understanding.outlines import RoomOutline, part_by_outlines, room_outlines
from architecture.understanding.overrides import about_patterns
from architecture.understanding.pens import WallPens, pens_of, wall_pens
from architecture.understanding.planhood import other_than_plan
from architecture.understanding.regions import polygons_of
from architecture.understanding.roles import Role
from architecture.understanding.segments import line_of
from architecture.understanding.sheets import plan_groups
from architecture.understanding.sorting import SortedStrokes, overrides_from, sort_strokes
from architecture.understanding.spaces import enclosed_faces, named_rooms
from architecture.understanding.titles import storey_title
from architecture.understanding.walls import Describer, part_into_walls, told_outside
from architecture.understanding.windows import windows_in_walls
from shared.errors import NothingToBuildError

__all__ = ["understand"]

LOOSE_WALL_M: Final = 2.0
"""Where no layer says what is a wall, shorter pieces that touch no wall are furniture."""
UNIT_DOUBTS: Final = frozenset({"unit-contradicted", "scale-unresolved"})
"""Findings of the reader after which a plan without walls may be one in a wrong unit."""
ROLES_TOLD: Final = 5
"""So many roles of layers are named where no wall is found."""
FLOOR_ROLES: Final = (Role.FLOOR, Role.HATCH, Role.OVERHEAD, Role.OTHER, Role.ROOM_AREA)
"""Roles of lines that may show where one room ends and the next begins."""


def understand(
    drawing: Drawing,
    *,
    roles: Mapping[str, str] | None = None,
    walls: frozenset[int] | None = None,
    told_by: str = "layers",
    is_plan: bool = False,
) -> Plan:
    """Return the plan that a drawing means.

    Parameters
    ----------
    drawing
        What was drawn, in metres.
    roles
        A person's word on layers: pattern (``*`` and ``?``) → role, such as
        ``{"M_*": "wall"}``.
    walls, told_by
        Indices of the strokes that draw walls and what told that (``layers`` or
        ``geometry``), where they are known from the sheet that the drawing is a part of.
    is_plan
        A person's word that this is a floor plan, whatever it looks like.

    Raises
    ------
    NothingToBuildError
        If no wall is found, or the drawing shows something else than a floor plan.
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
    overrides = overrides_from(roles)
    strokes = sort_strokes(drawing, overrides=overrides)
    leaves = door_leaves(strokes)
    indoors = [label for label in room_labels(drawing) if label.indoors]
    places = [label.position for label in indoors]
    if walls is None:
        pens = wall_pens(strokes, leaf_strokes(strokes, leaves), places)
    else:
        pens = pens_of(strokes.strokes, sorted(walls), told_by)
    if pens.body.is_empty:
        raise _no_walls(drawing, strokes, overrides)
    doors = paired_leaves(leaves)
    groups = plan_groups(pens, doors, indoors, drawing.texts)
    symbols = symbols_beside_walls(strokes, pens.strokes)
    glass = glazing_lines([line_of(strokes.strokes[i]) for i in _glazing(strokes)])
    loose = 0.0 if pens.told_by == "layers" else LOOSE_WALL_M
    closing = close_body(pens.body, doors, symbols, glass, places, loose_m=loose)
    parted = told_outside(part_into_walls(closing.body, _describer(pens, closing.glazed)))
    found = _openings(drawing, strokes, pens, closing, parted, doors)
    faces = _faces(drawing, strokes, pens, closing, found.texts)
    rooms, shafts = named_rooms(faces.areas, faces.labels, found.ways_in)
    shown = other_than_plan(drawing, strokes, rooms, found.openings, told_by=pens.told_by)
    if shown is not None and not is_plan:
        raise NothingToBuildError(
            f"The drawing shows no floor plan. It shows: {shown}.",
            remedy="Give a floor plan; if this is one, say --storeys one.",
        )
    title = storey_title(drawing)
    outline = _outline(closing.body)
    return Plan(
        name=title.name or drawing.name,
        walls=parted,
        openings=found.openings,
        rooms=rooms,
        columns=columns_of(closing.columns),
        unit=drawing.unit,
        outline=outline,
        unresolved=(
            *about_lost_openings(found.lost, found.stray),
            *about_labels(faces.labels, rooms, outline),
            *about_bridges(closing.bridges),
        ),
        level_m=title.level_m,
        height_m=title.height_m,
        offset_m=drawing.offset_m,
        provenance=drawing.provenance,
        findings=(
            *drawing.findings,
            *about_patterns(overrides, drawing),
            *about_plans(groups, drawing.offset_m),
            *about_strays(closing.strays),
            *about_shafts(shafts),
            *about_outlines(faces.outlined),
            *about_divisions(faces.divided),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Found:
    """Openings on walls, what was lost, and the texts that spoke of them."""

    openings: tuple[Opening, ...]
    lost: list[Candidate]
    stray: list[DoorSymbol]
    ways_in: list[Polygon]
    texts: frozenset[int]


def _openings(
    drawing: Drawing,
    strokes: SortedStrokes,
    pens: WallPens,
    closing: Closing,
    walls: Sequence[Wall],
    doors: Sequence[DoorSymbol],
) -> _Found:
    """Return every opening on its wall: those in gaps, then those drawn over walls."""
    free = [door for i, door in enumerate(doors) if i not in closing.doors]
    over, taken = doors_in_walls(free, walls)
    candidates = [*closing.candidates, *over]
    mixed = pens.told_by == "geometry" and not any(c.kind is OpeningKind.WINDOW for c in candidates)
    symbols = symbols_beside_walls(strokes, frozenset() if mixed else pens.strokes)
    candidates += windows_in_walls(walls, symbols, [c.quad for c in candidates])
    marks, texts = marks_beside(drawing, candidates)
    candidates = [marked(c, mark) for c, mark in zip(candidates, marks, strict=True)]
    openings, lost = on_walls(candidates, walls)
    return _Found(
        openings=openings,
        lost=lost,
        stray=[door for i, door in enumerate(free) if i not in taken],
        ways_in=[c.quad for c in candidates if c.kind is not OpeningKind.WINDOW],
        texts=texts,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Faces:
    """Floors between walls, the labels on them, and how they were parted."""

    areas: list[Polygon]
    labels: list[RoomLabel]
    outlined: int
    divided: list[tuple[Polygon, int]]


def _faces(
    drawing: Drawing,
    strokes: SortedStrokes,
    pens: WallPens,
    closing: Closing,
    texts: frozenset[int],
) -> _Faces:
    """Return the floors: faces between walls, parted by drawn outlines and printed areas."""
    plugs = [bridge.area.buffer(TOUCHING_M) for bridge in closing.bridges]
    clear = clear_glazing(closing.glass, closing.body)
    faces = enclosed_faces(closing.body, [*clear, *closing.columns, *plugs])
    drawn = room_outlines(strokes, pens.strokes)
    faces, outlines, parted = part_by_outlines(faces, drawn, closing.body)
    labels = room_labels(drawing, taken=texts)
    labels += _layer_labels(outlines, labels)
    lines = [line_of(strokes.strokes[i]) for i in strokes.of(*FLOOR_ROLES)]
    areas, divided = divide_faces(faces, labels, lines)
    return _Faces(areas=areas, labels=labels, outlined=parted, divided=divided)


def _layer_labels(outlines: Sequence[RoomOutline], labels: Sequence[RoomLabel]) -> list[RoomLabel]:
    """Return the numbers that layers give to outlines without a label inside."""
    tree = shapely.STRtree([shapely.Point(label.position) for label in labels])
    return [
        RoomLabel(position=middle_of(outline.area), number=outline.number, score=SURE_LABEL)
        for outline in outlines
        if outline.number and not len(tree.query(outline.area, predicate="contains"))
    ]


def _glazing(strokes: SortedStrokes) -> list[int]:
    """Return the strokes that draw glazing."""
    return [i for i in strokes.of(Role.WINDOW) if strokes.strokes[i].fill is None]


def _describer(pens: WallPens, glazed: MultiPolygon) -> Describer:
    """Return a function that gives (layer, evidence) of a wall."""
    tree = shapely.STRtree([piece.area for piece in pens.pieces])

    def describe(area: Polygon) -> tuple[str, str]:
        if not glazed.is_empty and glazed.intersection(area).area > 0.5 * area.area:
            return "", "glazing"
        return layer_at(pens.pieces, area, tree)

    return describe


def _outline(body: MultiPolygon) -> Polygon | None:
    """Return the outer outline of the largest part of the body."""
    hulls = [Polygon(part.exterior) for part in polygons_of(body)]
    return max(hulls, key=lambda hull: hull.area) if hulls else None


def _no_walls(
    drawing: Drawing, strokes: SortedStrokes, overrides: Sequence[RoleOverride]
) -> NothingToBuildError:
    """Return the error for a drawing without walls, and what may be the reason."""
    problem = f"The drawing shows no walls: {_contents(strokes)}."
    patterns = [finding.message for finding in about_patterns(overrides, drawing)]
    doubts = [finding.message for finding in drawing.findings if finding.code in UNIT_DOUBTS]
    remedy = "If a layer holds walls, say so with PATTERN=wall; else use a floor plan."
    if doubts:
        remedy = "Give the unit that the drawing is in with --unit, or leave it to the vote."
    return NothingToBuildError(" ".join([problem, *patterns, *doubts]), remedy=remedy)


def _contents(strokes: SortedStrokes) -> str:
    """Return what a drawing holds, by the roles of its layers."""
    counts = Counter(str(role) for role in strokes.roles)
    told = ", ".join(f"{count} {role}" for role, count in counts.most_common(ROLES_TOLD))
    return f"{len(strokes.strokes)} strokes" + (f" ({told})" if told else "")
