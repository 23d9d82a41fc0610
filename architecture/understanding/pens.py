"""Which pen draws walls: strokes in classes of one layer, color, linetype and kind.

A drafter draws all walls alike. Where layer names say nothing, each class is tried as
the walls of the plan: the class whose strokes enclose rooms is the one, whatever it is
called; further classes join it if they make more rooms.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from shapely.geometry import LineString, MultiPolygon, Polygon

from architecture.drawing import Stroke, StrokeKind
from architecture.understanding.gaps import find_gaps
from architecture.understanding.material import (
    MaterialPiece,
    body_of,
    filled_pieces,
    outlined_pieces,
)
from architecture.understanding.regions import joined, thin_shares
from architecture.understanding.roles import Role
from architecture.understanding.sorting import SortedStrokes

__all__ = ["WallPens", "enclosed_area_m2", "wall_pens"]

NEVER_WALLS: Final = frozenset(
    {
        Role.DIMENSION,
        Role.TEXT,
        Role.TITLE,
        Role.FURNITURE,
        Role.FIXTURE,
        Role.DOOR,
        Role.WINDOW,
        Role.GRID,
        Role.SYMBOL,
        Role.STAIR,
        Role.RAILING,
        Role.ROOM_AREA,
        Role.SERVICES,
        Role.OVERHEAD,
        Role.SITE,
    }
)
"""Roles that are believed when they say that something is no wall."""
LEAST_LENGTH_M: Final = 6.0
"""A class with less line than this draws no house."""
LEAST_ENCLOSED_M2: Final = 6.0
"""Walls enclose at least this much floor."""
WIDEST_BRIDGED_M: Final = 6.0
"""Gaps up to this are bridged when classes are tried."""
ROOM_M2: Final = (1.5, 1500.0)
"""Smallest and largest face that counts as a room when classes are tried."""
ROOM_CLEARANCE_M: Final = 0.9
"""A room is wider than this."""
COAT_M: Final = 0.06
"""Layers of a wall are drawn this close to its body."""
COAT_SHARE: Final = 0.95
"""A class draws layers of walls if this share of it lies on them."""
WORTH_ADDING: Final = 1.01
"""A class joins the walls if it makes the enclosed floor grow by this factor."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WallPens:
    """The strokes that draw walls.

    Parameters
    ----------
    pieces
        Wall section drawn by them.
    strokes
        Their indices.
    told_by
        ``layers`` or ``geometry``.
    enclosed_m2
        Floor they enclose.
    """

    pieces: tuple[MaterialPiece, ...]
    strokes: frozenset[int]
    told_by: str
    enclosed_m2: float


def wall_pens(sorted_strokes: SortedStrokes) -> WallPens:
    """Return the strokes that draw walls, by layer names if those enclose rooms, else by trial."""
    named = [
        i
        for i in sorted_strokes.of(Role.WALL, Role.FINISH, Role.HATCH, Role.COLUMN)
        if sorted_strokes.roles[i] is not Role.HATCH or sorted_strokes.strokes[i].fill
    ]
    said = _pens(sorted_strokes.strokes, named, "layers")
    if said.enclosed_m2 >= LEAST_ENCLOSED_M2:
        return said
    tried = _coated(_tried(sorted_strokes), sorted_strokes)
    return tried if tried.enclosed_m2 > said.enclosed_m2 else said


def _pens(strokes: Sequence[Stroke], indices: list[int], told_by: str) -> WallPens:
    pieces = [
        *filled_pieces(strokes[i] for i in indices),
        *outlined_pieces([(i, strokes[i]) for i in indices]),
    ]
    return WallPens(
        pieces=tuple(pieces),
        strokes=frozenset(indices),
        told_by=told_by,
        enclosed_m2=enclosed_area_m2(body_of(pieces)),
    )


def _tried(sorted_strokes: SortedStrokes) -> WallPens:
    """Return the best union of classes."""
    strokes = sorted_strokes.strokes
    trials = [_pens(strokes, indices, "geometry") for indices in _classes(sorted_strokes)]
    trials = sorted((t for t in trials if t.pieces), key=lambda t: -t.enclosed_m2)
    if not trials:
        return _pens(strokes, [], "geometry")
    best = trials[0]
    for trial in trials[1:]:
        both = (*best.pieces, *trial.pieces)
        area = enclosed_area_m2(body_of(both))
        if area > WORTH_ADDING * best.enclosed_m2:
            best = WallPens(
                pieces=both,
                strokes=best.strokes | trial.strokes,
                told_by="geometry",
                enclosed_m2=area,
            )
    return best


def _coated(pens: WallPens, sorted_strokes: SortedStrokes) -> WallPens:
    """Return the pens with those that draw layers on and in the walls: plaster, insulation."""
    near = shapely.union_all([piece.area for piece in pens.pieces]).buffer(COAT_M)
    shapely.prepare(near)
    coats: set[int] = set()
    for group in _classes(sorted_strokes):
        if pens.strokes.issuperset(group):
            continue
        lines = [_line(sorted_strokes.strokes[i]) for i in group]
        total = sum(line.length for line in lines)
        if sum(shapely.length(shapely.intersection(near, lines))) >= COAT_SHARE * total:
            coats.update(group)
    if not coats:
        return pens
    return _pens(sorted_strokes.strokes, sorted(pens.strokes | coats), pens.told_by)


def _line(stroke: Stroke) -> LineString:
    points = np.vstack([stroke.points, stroke.points[:1]]) if stroke.closed else stroke.points
    return LineString(points)


def _classes(sorted_strokes: SortedStrokes) -> list[list[int]]:
    """Return indices of strokes drawn alike: layer, color, linetype, kind, in a block or not."""
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for i, stroke in enumerate(sorted_strokes.strokes):
        if sorted_strokes.roles[i] in NEVER_WALLS or not _continuous(stroke):
            continue
        if stroke.kind in (StrokeKind.CIRCLE, StrokeKind.CURVE, StrokeKind.ARC):
            continue
        kind = stroke.fill or ("closed" if stroke.closed else "open")
        groups[stroke.layer, stroke.color, kind, stroke.group is not None].append(i)
    return [
        group
        for group in groups.values()
        if sum(_length(sorted_strokes.strokes[i]) for i in group) >= LEAST_LENGTH_M
    ]


def _continuous(stroke: Stroke) -> bool:
    return stroke.linetype.upper() in ("CONTINUOUS", "BYLAYER", "BYBLOCK", "")


def _length(stroke: Stroke) -> float:
    return float(np.hypot(*np.diff(stroke.points, axis=0).T).sum())


def enclosed_area_m2(body: MultiPolygon) -> float:
    """Return how much floor a wall body encloses, its gaps bridged.

    A ring around other rooms, such as the frame of a sheet, encloses none.
    """
    if body.is_empty:
        return 0.0
    gaps = find_gaps(body, longest_gap_m=WIDEST_BRIDGED_M)
    closed = joined([body, *(gap.quad.buffer(2e-3) for gap in gaps)])
    rooms = _rooms_in(closed)
    return float(sum(room.area for room in rooms))


def _rooms_in(closed: MultiPolygon) -> list[Polygon]:
    faces = [Polygon(ring) for part in closed.geoms for ring in part.interiors]
    faces = [f for f in faces if ROOM_M2[0] <= f.area <= ROOM_M2[1]]
    shares = thin_shares(faces, ROOM_CLEARANCE_M)
    rooms = [face for face, share in zip(faces, shares, strict=True) if share < 0.5]
    tree = shapely.STRtree(rooms)
    inner = set()
    for index, room in enumerate(rooms):
        if len(tree.query(room, predicate="contains_properly")):
            inner.add(index)
    return [room for index, room in enumerate(rooms) if index not in inner]
