"""Room outlines drawn as closed polylines: they part what no wall parts.

Many drawings carry the outline of each room on a layer of areas, or on a layer of its
own. They are believed once enough of them coincide with faces between walls.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry
from shapely.strtree import STRtree

from architecture.drawing import StrokeKind
from architecture.understanding.layers import local_name
from architecture.understanding.regions import polygons_of
from architecture.understanding.roles import Role
from architecture.understanding.sorting import SortedStrokes
from architecture.understanding.texts import LineKind, kind_of_line
from shared.solids.planar import union

__all__ = ["RoomOutline", "part_by_outlines", "room_outlines"]

OUTLINE_M2: Final = (1.0, 3000.0)
"""Smallest and largest outline of a room."""
SAME_FACE: Final = 0.8
"""Intersection over union from which an outline and a face are the same room."""
LEAST_PROOFS: Final = 3
"""So many outlines must coincide with faces before the others are believed."""
PROVEN_SHARE: Final = 0.35
"""At least this share of all outlines must coincide with faces."""
INSIDE_SHARE: Final = 0.7
"""An outline parts a face if this share of it lies inside."""
LONE_SHARE: Final = 0.2
"""A numbered outline that faces cover by less is a room that its walls do not close."""
LEAST_PART_M2: Final = 1.0
"""Smaller rests of a parted face belong to no room."""
NARROWEST_PART_M: Final = 0.5
"""Narrower rests of a parted face belong to no room."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RoomOutline:
    """A closed polyline that may bound a room, and the number its layer gives it."""

    area: Polygon
    number: str = ""


def room_outlines(sorted_strokes: SortedStrokes, walls: frozenset[int]) -> list[RoomOutline]:
    """Return the closed polylines that may be outlines of rooms."""
    found = []
    layers = []
    for i, stroke in enumerate(sorted_strokes.strokes):
        if i in walls or not stroke.closed or stroke.kind is not StrokeKind.POLYLINE:
            continue
        if sorted_strokes.roles[i] not in (Role.ROOM_AREA, Role.OTHER) or len(stroke.points) < 4:
            continue
        area = Polygon(stroke.points)
        if area.is_valid and OUTLINE_M2[0] <= area.area <= OUTLINE_M2[1]:
            found.append(area)
            layers.append(local_name(stroke.layer))
    uses = Counter(layers)
    return [
        RoomOutline(area=area, number=layer if uses[layer] == 1 and _numbers(layer) else "")
        for area, layer in zip(found, layers, strict=True)
    ]


def _numbers(layer: str) -> bool:
    return kind_of_line(layer) is LineKind.NUMBER and any(c.isalpha() for c in layer)


def part_by_outlines(
    faces: Sequence[Polygon], outlines: Sequence[RoomOutline], body: BaseGeometry
) -> tuple[list[Polygon], list[RoomOutline], int]:
    """Return the faces, parted where believed outlines part them, and rooms without a face.

    Parameters
    ----------
    faces
        Faces between walls.
    outlines
        Outlines drawn.
    body
        The wall body, which is no floor.

    Returns
    -------
    faces, believed, parted
        The faces; the outlines that are believed; how many faces were parted.
    """
    if not outlines or not faces:
        return list(faces), [], 0
    tree = STRtree(faces)
    proofs = sum(_coincides(outline.area, faces, tree) for outline in outlines)
    if proofs < LEAST_PROOFS or proofs < PROVEN_SHARE * len(outlines):
        return list(faces), [], 0
    index = STRtree([outline.area for outline in outlines])
    parts: list[Polygon] = []
    parted = 0
    for face in faces:
        inside = [
            outlines[i].area
            for i in index.query(face, predicate="intersects").tolist()
            if face.intersection(outlines[i].area).area > INSIDE_SHARE * outlines[i].area.area
        ]
        pieces = _parted(face, inside)
        parted += len(pieces) > 1
        parts.extend(pieces)
    taken = union([body, *faces])
    lone = [
        max(rest, key=lambda part: part.area)
        for outline in outlines
        if outline.number and _covered(outline.area, faces, tree) < LONE_SHARE * outline.area.area
        if (rest := [p for p in polygons_of(outline.area.difference(taken)) if _roomy(p)])
    ]
    return [*parts, *lone], list(outlines), parted + len(lone)


def _covered(area: Polygon, faces: Sequence[Polygon], tree: STRtree) -> float:
    near = tree.query(area, predicate="intersects").tolist()
    return float(sum(area.intersection(faces[i]).area for i in near))


def _coincides(area: Polygon, faces: Sequence[Polygon], tree: STRtree) -> bool:
    for i in tree.query(area, predicate="intersects").tolist():
        common = area.intersection(faces[i]).area
        if common > SAME_FACE * (area.area + faces[i].area - common):
            return True
    return False


def _parted(face: Polygon, inside: Sequence[Polygon]) -> list[Polygon]:
    """Return a face cut along outlines, the smallest first; the face itself if none parts it."""
    pieces: list[Polygon] = []
    left: list[Polygon] = [face]
    for outline in sorted(inside, key=lambda area: area.area):
        rest = union(left)
        cut = polygons_of(rest.intersection(outline))
        if not cut:
            continue
        room = max(cut, key=lambda part: part.area)
        if room.area < LEAST_PART_M2:
            continue
        pieces.append(room)
        left = polygons_of(rest.difference(room))
    left = [part for part in left if _roomy(part)]
    whole = len(pieces) == 1 and not left
    return [face] if whole or not pieces else [*pieces, *left]


def _roomy(part: Polygon) -> bool:
    return bool(part.area >= LEAST_PART_M2 and not part.buffer(-NARROWEST_PART_M / 2).is_empty)
