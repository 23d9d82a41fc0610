"""What the drawings of the house show, in metres: rooms, doors, windows, walls, storeys."""

from __future__ import annotations

from typing import Any

from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from sample_data.house_plan import (
    DOOR_HEIGHT,
    MM,
    OUTLINE,
    STAIR_OUTLINE,
    STOREYS,
    Corner,
    Door,
    Storey,
    Window,
    operation,
    printed_area,
)


def truth() -> dict[str, Any]:
    """Return what the two drawings show, in metres, ready for JSON."""
    return {
        "schema": "plan-truth/1",
        "file": "house",
        "unit": "mm",
        "metres_per_unit": MM,
        "declared_insunits": 4,
        "declared_unit_correct": True,
        "frame": "Drawing coordinates times metres_per_unit: metres, x east, y north. "
        "One drawing a storey; both share their origin.",
        "layers": "AIA",
        "wall_style": "double lines with jambs at the openings",
        "confidence": "exact",
        "notes": "Made by a script, so nothing is read by eye. Rooms are bounded by wall faces. "
        "Doors and windows stand at the middle of their opening, on the axis of the wall.",
        "extent_m": _extent(),
        "rotation_deg": 0.0,
        "storeys": [_storey_level(storey) for storey in STOREYS],
        "plans": [_plan(number, storey) for number, storey in enumerate(STOREYS)],
    }


def _storey_level(storey: Storey) -> dict[str, Any]:
    return {
        "name": storey.name,
        "elevation_m": _metres(storey.elevation),
        "height_m": _metres(storey.height),
    }


def _plan(number: int, storey: Storey) -> dict[str, Any]:
    gross, net = storey.gross_walls, storey.net_walls
    return {
        "name": storey.name,
        "file": storey.file,
        "storey": number,
        "offset_m": [0.0, 0.0],
        "extent_m": _extent(),
        "rotation_deg": 0.0,
        "rooms": [_room(*room, storey) for room in storey.room_outlines()],
        "room_groups": [],
        "doors": [_door(storey, door) for door in storey.doors],
        "windows": [_window(storey, window) for window in storey.windows],
        "stairs": [{"polygon": [[_metres(v) for v in corner] for corner in STAIR_OUTLINE]}],
        "wall_thicknesses_m": sorted({_metres(w.faces[1] - w.faces[0]) for w in storey.walls}),
        "wall_area_m2": round(net.area * MM * MM, 4),
        "wall_area_gross_m2": round(gross.area * MM * MM, 4),
        "wall_polygons": multipolygon(net),
        "wall_polygons_gross": multipolygon(gross),
    }


def _extent() -> list[float]:
    xs, ys = zip(*OUTLINE, strict=True)
    return [_metres(max(xs) - min(xs)), _metres(max(ys) - min(ys))]


def _room(name: str, place: Corner, outline: Polygon, storey: Storey) -> dict[str, Any]:
    return {
        "name": name,
        "number": None,
        "area_m2": round(outline.area * MM * MM, 4),
        "polygon": ring(outline.exterior.coords)[:-1],
        "holes": [ring(hole.coords)[:-1] for hole in outline.interiors],
        "label_xy": [_metres(v) for v in place],
        "printed": f"{name} {printed_area(outline)}",
        "printed_area_m2": round(outline.area * MM * MM, 1),
        "height_m": _metres(storey.height),
    }


def _door(storey: Storey, door: Door) -> dict[str, Any]:
    return {
        **_opening(storey, door),
        "height_m": _metres(DOOR_HEIGHT),
        "operation": operation(storey, door),
        "external": storey.wall(door.wall).outer,
    }


def _window(storey: Storey, window: Window) -> dict[str, Any]:
    return {
        **_opening(storey, window),
        "height_m": _metres(window.height),
        "sill_m": _metres(window.sill),
        "external": storey.wall(window.wall).outer,
    }


def _opening(storey: Storey, item: Door | Window) -> dict[str, float]:
    wall = storey.wall(item.wall)
    x, y = wall.point(item.start + item.width / 2.0, wall.middle)
    return {"x": _metres(x), "y": _metres(y), "width_m": _metres(item.width)}


def multipolygon(shape: BaseGeometry) -> list[list[list[list[float]]]]:
    """Return GeoJSON MultiPolygon coordinates in metres, in an order that never changes."""
    return sorted(
        [ring(part.exterior.coords), *sorted(ring(hole.coords) for hole in part.interiors)]
        for part in getattr(shape, "geoms", [shape])
    )


def ring(coordinates: Any) -> list[list[float]]:
    """Return a closed ring in metres, counter-clockwise, from its lowest corner."""
    corners = [[_metres(x), _metres(y)] for x, y in list(coordinates)[:-1]]
    if not Polygon(corners).exterior.is_ccw:
        corners.reverse()
    start = corners.index(min(corners))
    corners = corners[start:] + corners[:start]
    return [*corners, corners[0]]


def _metres(value: float) -> float:
    return round(value * MM, 4)
