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
from shapely.geometry import MultiPolygon, Polygon

from architecture.drawing import Stroke, StrokeKind
from architecture.understanding.bundles import no_wall_faces
from architecture.understanding.gaps import find_gaps
from architecture.understanding.material import (
    MaterialPiece,
    body_of,
    filled_pieces,
    outlined_pieces,
)
from architecture.understanding.regions import joined, thin_shares
from architecture.understanding.roles import Role
from architecture.understanding.segments import line_of, segments_of
from architecture.understanding.sorting import SortedStrokes
from shared.solids.planar import union

__all__ = ["WallPens", "enclosed_rooms", "pens_of", "wall_pens"]

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
WORTH_ADDING: Final = 0.01
"""A class joins the walls if it adds rooms of this share of the floor."""
BUNDLED_SHARE: Final = 0.7
"""Walls without bundled lines enclose at least this share of what all lines enclose."""
ATTACHED_M: Final = 0.03
"""Walls of two classes touch within this."""
ATTACHED_SHARE: Final = 0.7
"""A class joins the walls if this share of what it draws touches them."""
KEPT_SHARE: Final = 0.9
"""A class that parts rooms keeps at least this share of the floor."""


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
    body
        Union of the pieces.
    rooms
        Floor they enclose, their gaps bridged.
    """

    pieces: tuple[MaterialPiece, ...]
    strokes: frozenset[int]
    told_by: str
    body: MultiPolygon
    rooms: tuple[Polygon, ...]

    @property
    def enclosed_m2(self) -> float:
        """Area of the floor they enclose."""
        return float(sum(room.area for room in self.rooms))

    def worth(self, places: Sequence[tuple[float, float]]) -> tuple[int, float]:
        """Return how many labelled rooms they enclose, and how much floor."""
        tree = shapely.STRtree(list(self.rooms))
        inside = tree.query(shapely.points(np.reshape(places, (-1, 2))), predicate="within")
        return len(set(inside[1].tolist())), self.enclosed_m2

    def gains_by(self, other: WallPens) -> bool:
        """Whether `other` encloses more: rooms where none were, or rooms parted in two."""
        before = union(self.rooms)
        fresh = [r for r in other.rooms if r.intersection(before).area < 0.5 * r.area]
        if sum(room.area for room in fresh) > WORTH_ADDING * self.enclosed_m2:
            return True
        parted = len(other.rooms) - len(fresh) > len(self.rooms)
        return parted and other.enclosed_m2 > KEPT_SHARE * self.enclosed_m2


def wall_pens(
    sorted_strokes: SortedStrokes,
    doors: frozenset[int] = frozenset(),
    places: Sequence[tuple[float, float]] = (),
) -> WallPens:
    """Return the strokes that draw walls, by layer names if those enclose rooms, else by trial.

    Parameters
    ----------
    sorted_strokes
        Every stroke with its role.
    doors
        Strokes that draw door leaves and arcs: they are left out of trials.
    places
        Where room labels stand: walls enclose rooms that are labelled, if any are.
    """
    named = [
        i
        for i in sorted_strokes.of(Role.WALL, Role.FINISH, Role.HATCH, Role.COLUMN)
        if sorted_strokes.roles[i] is not Role.HATCH or sorted_strokes.strokes[i].fill
    ]
    said = pens_of(sorted_strokes.strokes, named, "layers")
    if said.enclosed_m2 >= LEAST_ENCLOSED_M2 and any(
        sorted_strokes.roles[i] is Role.WALL for i in named
    ):
        return said
    tried = _coated(_tried(sorted_strokes, doors, places), sorted_strokes, doors)
    return max((tried, said), key=lambda pens: pens.worth(places))


def pens_of(strokes: Sequence[Stroke], indices: Sequence[int], told_by: str) -> WallPens:
    """Return the wall section that these strokes draw, taken as walls."""
    pieces = [
        *filled_pieces(strokes[i] for i in indices),
        *outlined_pieces([(i, strokes[i]) for i in indices]),
    ]
    body = body_of(piece.area for piece in pieces)
    return WallPens(
        pieces=tuple(pieces),
        strokes=frozenset(indices),
        told_by=told_by,
        body=body,
        rooms=enclosed_rooms(body),
    )


def _tried(
    sorted_strokes: SortedStrokes,
    doors: frozenset[int],
    places: Sequence[tuple[float, float]],
) -> WallPens:
    """Return the best union of classes."""
    strokes = sorted_strokes.strokes
    classes = _classes(sorted_strokes, doors)
    trials = [_trial(strokes, indices) for indices in classes]
    trials = sorted((t for t in trials if t.pieces), key=lambda t: t.worth(places), reverse=True)
    if not trials:
        return pens_of(strokes, [], "geometry")
    best = trials[0]
    for trial in trials[1:]:
        if not _attached(trial.body, best.body):
            continue
        body = body_of((best.body, trial.body))
        joint = WallPens(
            pieces=(*best.pieces, *trial.pieces),
            strokes=best.strokes | trial.strokes,
            told_by="geometry",
            body=body,
            rooms=enclosed_rooms(body),
        )
        if best.gains_by(joint):
            best = joint
    return best


def _trial(strokes: Sequence[Stroke], indices: list[int]) -> WallPens:
    """Return one class as walls: without bundles of lines, unless walls are drawn as such."""
    faces = _faces_only(strokes, indices)
    trial = pens_of(strokes, faces, "geometry")
    if len(faces) == len(indices):
        return trial
    layered = pens_of(strokes, indices, "geometry")
    return trial if trial.enclosed_m2 >= BUNDLED_SHARE * layered.enclosed_m2 else layered


def _attached(body: MultiPolygon, walls: MultiPolygon) -> bool:
    """Whether what a class draws is fixed to the walls rather than standing in the rooms."""
    if body.is_empty:
        return False
    shapely.prepare(walls)
    fixed = shapely.dwithin(walls, list(body.geoms), ATTACHED_M)
    areas = shapely.area(list(body.geoms))
    return bool(areas[fixed].sum() > ATTACHED_SHARE * areas.sum())


def _faces_only(strokes: Sequence[Stroke], indices: list[int]) -> list[int]:
    """Return the strokes without loose lines of windows and stairs."""
    loose = [i for i in indices if len(strokes[i].points) == 2 and not strokes[i].closed]
    segments = segments_of([(i, strokes[i]) for i in loose])
    bundled = set(segments.source[no_wall_faces(segments)].tolist())
    return [i for i in indices if i not in bundled]


def _coated(pens: WallPens, sorted_strokes: SortedStrokes, doors: frozenset[int]) -> WallPens:
    """Return the pens with those that draw layers on and in the walls: plaster, insulation."""
    near = pens.body.buffer(COAT_M)
    shapely.prepare(near)
    coats: set[int] = set()
    for group in _classes(sorted_strokes, doors):
        rest = [i for i in group if i not in pens.strokes]
        lines = [line_of(sorted_strokes.strokes[i]) for i in rest]
        total = sum(line.length for line in lines)
        if rest and sum(shapely.length(shapely.intersection(near, lines))) >= COAT_SHARE * total:
            coats.update(rest)
    if not coats:
        return pens
    return pens_of(sorted_strokes.strokes, sorted(pens.strokes | coats), pens.told_by)


def _classes(sorted_strokes: SortedStrokes, doors: frozenset[int]) -> list[list[int]]:
    """Return indices of strokes drawn alike: layer, color, linetype, kind, in a block or not."""
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for i, stroke in enumerate(sorted_strokes.strokes):
        if i in doors or sorted_strokes.roles[i] in NEVER_WALLS or not _continuous(stroke):
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


def enclosed_rooms(body: MultiPolygon) -> tuple[Polygon, ...]:
    """Return the floor a wall body encloses, its gaps bridged.

    A ring around other rooms, such as the frame of a sheet, encloses none.
    """
    if body.is_empty:
        return ()
    gaps = find_gaps(body, longest_gap_m=WIDEST_BRIDGED_M)
    closed = joined([body, *(gap.quad.buffer(2e-3) for gap in gaps)])
    return tuple(_rooms_in(closed))


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
