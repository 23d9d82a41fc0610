"""What understanding could not resolve, dropped or assumed, as findings with their place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import shapely
from shapely.geometry import Polygon

from architecture.drawing import Point
from architecture.plan import Room
from architecture.understanding.doors import DoorSymbol
from architecture.understanding.labels import RoomLabel
from architecture.understanding.leaks import Bridge
from architecture.understanding.openings import Candidate
from shared.finding import Finding, note, warning

__all__ = [
    "about_bridges",
    "about_divisions",
    "about_labels",
    "about_lost_openings",
    "about_outlines",
    "about_shafts",
    "about_strays",
    "middle_of",
]

LABEL_REACH_M: Final = 2.0
"""Labels this far outside the walls belong to something else."""


def middle_of(area: Polygon) -> Point:
    """Return a point inside an area."""
    point = area.representative_point()
    return float(point.x), float(point.y)


def about_lost_openings(
    lost: Sequence[Candidate], stray: Sequence[DoorSymbol]
) -> tuple[Finding, ...]:
    """Return openings and door symbols that stand in no wall."""
    openings = [
        warning(
            "opening-without-wall",
            f"A {c.kind} of {c.width_m:.2f} m stands in no wall.",
            place=c.center,
        )
        for c in lost
    ]
    symbols = [
        warning(
            "door-without-wall",
            f"A door symbol of {door.width_m:.2f} m stands in no wall.",
            place=door.center,
        )
        for door in stray
    ]
    return (*openings, *symbols)


def about_labels(
    labels: Sequence[RoomLabel], rooms: Sequence[Room], outline: Polygon | None
) -> tuple[Finding, ...]:
    """Return labels of rooms that stand in no room."""
    tree = shapely.STRtree([room.outline for room in rooms])
    near = None if outline is None else outline.buffer(LABEL_REACH_M)
    return tuple(
        warning(
            "label-without-room",
            f"“{label.name or label.number}” stands in no closed room.",
            place=label.position,
        )
        for label in labels
        if label.indoors
        if near is None or near.contains(shapely.Point(label.position))
        if not len(tree.query(shapely.Point(label.position), predicate="intersects"))
    )


def about_bridges(bridges: Sequence[Bridge]) -> tuple[Finding, ...]:
    """Return where rooms had to be closed."""
    return tuple(
        warning(
            "room-not-closed",
            f"A room is open by {bridge.width_m:.2f} m here; it was closed.",
            place=middle_of(bridge.area),
            details={"width_m": round(bridge.width_m, 3)},
        )
        for bridge in bridges
    )


def about_strays(strays: Sequence[Polygon]) -> tuple[Finding, ...]:
    """Return wall-like pieces left out because they stand aside of the plan."""
    message = "A wall-like piece stands aside of the plan."
    return tuple(note("piece-aside", message, place=middle_of(piece)) for piece in strays)


def about_shafts(faces: Sequence[Polygon]) -> tuple[Finding, ...]:
    """Return closed faces that are no rooms."""
    return tuple(
        note(
            "face-without-door",
            f"A closed face of {face.area:.1f} m² has neither a name nor a door: no room.",
            place=middle_of(face),
        )
        for face in faces
    )


def about_outlines(count: int) -> tuple[Finding, ...]:
    """Return that rooms were bounded by drawn outlines."""
    message = f"{count} rooms were bounded by outlines drawn in them, not by walls alone."
    return (note("rooms-parted", message),) if count else ()


def about_divisions(divided: Sequence[tuple[Polygon, int]]) -> tuple[Finding, ...]:
    """Return that open plans were divided: each with the number of its parts."""
    return tuple(
        note(
            "room-divided",
            f"An open plan was divided into {count} rooms by their printed areas.",
            place=middle_of(face),
        )
        for face, count in divided
    )
