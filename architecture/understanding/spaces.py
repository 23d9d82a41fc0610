"""Rooms: the closed faces between walls, named by the texts inside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import shapely
from shapely.geometry import MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from architecture.plan import Room
from architecture.understanding.regions import polygons_of
from architecture.understanding.texts import RoomLabel

__all__ = ["enclosed_faces", "named_rooms", "outline_of"]

SMALLEST_ROOM_M2: Final = 0.45
"""Smaller faces are shafts and slivers."""
NARROWEST_ROOM_M: Final = 0.5
"""Narrower faces are ducts, cavities and joints."""


def outline_of(body: MultiPolygon, separators: Iterable[BaseGeometry] = ()) -> BaseGeometry:
    """Return everything inside the outer outline of walls and separators."""
    barrier = shapely.union_all([body, *separators])
    return shapely.union_all([Polygon(p.exterior) for p in polygons_of(barrier)])


def enclosed_faces(body: MultiPolygon, separators: Sequence[BaseGeometry] = ()) -> list[Polygon]:
    """Return the faces enclosed by the wall body and separators, slivers left out."""
    barrier = shapely.union_all([body, *separators])
    inside = outline_of(body, separators)
    faces = [
        face.simplify(1e-4)
        for face in polygons_of(inside.difference(barrier))
        if face.area >= SMALLEST_ROOM_M2 and not face.buffer(-NARROWEST_ROOM_M / 2).is_empty
    ]
    return sorted(faces, key=lambda face: (-round(face.bounds[3], 3), round(face.bounds[0], 3)))


def named_rooms(faces: Sequence[Polygon], labels: Sequence[RoomLabel]) -> tuple[Room, ...]:
    """Return a room for each face, with what the labels inside say."""
    rooms = []
    for number, face in enumerate(faces, start=1):
        shapely.prepare(face)
        inside = [label for label in labels if face.contains(Point(label.position))]
        inside.sort(key=lambda label: -label.height_m)
        names = tuple(dict.fromkeys(name for label in inside for name in label.names))
        numbers = [label.number for label in inside if label.number]
        areas = [label.area_m2 for label in inside if label.area_m2 is not None]
        printed = areas[0] if len(areas) == 1 else None
        rooms.append(
            Room(
                id=f"room_{number}",
                outline=face,
                names=names,
                number=numbers[0] if numbers else "",
                printed_area_m2=printed,
            )
        )
    return tuple(rooms)
