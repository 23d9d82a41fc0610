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
from architecture.understanding.sheets import PlanGroup, several_storeys
from architecture.understanding.titles import clean_title
from shared.finding import Finding, note, warning

__all__ = [
    "about_bridges",
    "about_divisions",
    "about_labels",
    "about_lost_openings",
    "about_outlines",
    "about_plans",
    "about_shafts",
    "about_strays",
    "middle_of",
]

LABEL_REACH_M: Final = 2.0
"""Labels this far outside the walls belong to something else."""


def about_plans(groups: Sequence[PlanGroup], offset_m: Point) -> tuple[Finding, ...]:
    """Return that a drawing shows several plans: how many, where, how large, their titles.

    Places in the message are those of the drawing, `offset_m` away from local ones.
    """
    if len(groups) < 2:
        return ()
    places = [(g.center[0] + offset_m[0], g.center[1] + offset_m[1]) for g in groups]
    told = [
        f"{_title_of(group)}{group.size_m[0]:.1f} × {group.size_m[1]:.1f} m around "
        f"({x:.1f}, {y:.1f})"
        for group, (x, y) in zip(groups, places, strict=True)
    ]
    details = {
        "plans": [
            {
                "title": _title_of(group).removesuffix(", "),
                "center_m": [round(c, 3) for c in place],
                "size_m": [round(c, 3) for c in group.size_m],
                "rooms": group.rooms,
                "doors": group.doors,
                "labels": group.labels,
            }
            for group, place in zip(groups, places, strict=True)
        ]
    }
    listed = "; ".join(told)
    if several_storeys(groups):
        message = (
            f"The drawing shows {len(groups)} plans apart from each other: {listed}. They are "
            "taken as ONE storey, side by side. To raise them as storeys, part them first: build "
            "does so without --storeys one; from Python, storeys_in."
        )
        return (warning("several-plans", message, place=groups[0].center, details=details),)
    message = (
        f"{len(groups)} groups of walls stand apart and are taken as buildings of one storey: "
        f"{listed}."
    )
    return (note("walls-apart", message, place=groups[0].center, details=details),)


def _title_of(group: PlanGroup) -> str:
    return "" if group.title is None else f"{clean_title(group.title.content)}, "


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
