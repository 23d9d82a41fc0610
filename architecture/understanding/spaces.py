"""Rooms: the closed faces between walls, named by the texts inside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from shapely.geometry import MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.strtree import STRtree

from architecture.plan import Room
from architecture.understanding.labels import RoomLabel, without_notes
from architecture.understanding.regions import polygons_of
from shared.solids.planar import union

__all__ = ["enclosed_faces", "named_rooms", "outline_of"]

SMALLEST_ROOM_M2: Final = 0.45
"""Smaller faces are shafts and slivers."""
NAMED_SHARE: Final = 0.5
"""A drawing names its rooms if this share of its faces holds a label."""
DOOR_REACH_M: Final = 0.02
"""A door opens into a face it comes this close to."""
NARROWEST_ROOM_M: Final = 0.5
"""Narrower faces are ducts, cavities and joints."""


def outline_of(body: MultiPolygon, separators: Iterable[BaseGeometry] = ()) -> BaseGeometry:
    """Return everything inside the outer outline of walls and separators."""
    barrier = union([body, *separators])
    return union([Polygon(p.exterior) for p in polygons_of(barrier)])


def enclosed_faces(body: MultiPolygon, separators: Sequence[BaseGeometry] = ()) -> list[Polygon]:
    """Return the faces enclosed by the wall body and separators, slivers left out."""
    barrier = union([body, *separators])
    inside = outline_of(body, separators)
    faces = [
        face.simplify(1e-4)
        for face in polygons_of(inside.difference(barrier))
        if face.area >= SMALLEST_ROOM_M2 and not face.buffer(-NARROWEST_ROOM_M / 2).is_empty
    ]
    return sorted(faces, key=lambda face: (-round(face.bounds[3], 3), round(face.bounds[0], 3)))


def named_rooms(
    faces: Sequence[Polygon], labels: Sequence[RoomLabel], ways_in: Sequence[Polygon]
) -> tuple[tuple[Room, ...], list[Polygon]]:
    """Return a room for each face, with what the labels inside say, and faces that are none.

    In a drawing that names its rooms, a face with neither a label nor a way in is a shaft
    or a void.
    """
    label_tree = STRtree([Point(label.position) for label in labels])
    door_tree = STRtree(list(ways_in))
    said = [[labels[i] for i in label_tree.query(f, predicate="contains").tolist()] for f in faces]
    named = sum(1 for inside in said if inside) >= NAMED_SHARE * len(faces)
    rooms: list[Room] = []
    shafts = []
    for face, inside in zip(faces, said, strict=True):
        open_to = len(door_tree.query(face, predicate="dwithin", distance=DOOR_REACH_M))
        if named and not inside and not open_to:
            shafts.append(face)
        else:
            rooms.append(_room(face, inside, len(rooms) + 1))
    return tuple(rooms), shafts


def _room(face: Polygon, inside: Sequence[RoomLabel], number: int) -> Room:
    """Return a room with what the labels inside say, the surest first."""
    labels = without_notes(inside)
    return Room(
        id=f"room_{number}",
        outline=face,
        names=tuple(dict.fromkeys(label.name for label in labels if label.name)),
        numbers=tuple(dict.fromkeys(label.number for label in labels if label.number)),
        printed_area_m2=_printed_area_m2(labels),
    )


def _printed_area_m2(labels: Sequence[RoomLabel]) -> float | None:
    """Return the one area that labels print, their sum where each prints one, or None."""
    areas = [label.area_m2 for label in labels if label.area_m2 is not None]
    whole = len(areas) == 1 or len(areas) == len(labels)
    return round(sum(areas), 6) if areas and whole else None
