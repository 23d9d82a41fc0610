"""What a layer or an element of a drawing may stand for."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Role of a layer in a building drawing."""

    WALL = "wall"
    FINISH = "finish"
    """Layers inside or on a wall: plaster, lining, insulation, cavity."""
    DOOR = "door"
    WINDOW = "window"
    """Windows, glazing, curtain walls."""
    OPENING = "opening"
    """Openings of which the name does not say what fills them."""
    COLUMN = "column"
    STAIR = "stair"
    """Stairs, ramps, lifts."""
    RAILING = "railing"
    FURNITURE = "furniture"
    """Loose and fitted furniture, casework, equipment."""
    FIXTURE = "fixture"
    """Sanitary fixtures."""
    SERVICES = "services"
    """Electrical, heating, ventilation, plumbing runs."""
    FLOOR = "floor"
    """Slab outlines, floor edges, floor levels."""
    ROOF = "roof"
    FOUNDATION = "foundation"
    OVERHEAD = "overhead"
    """Beams, lintels and whatever lies above the cut."""
    HATCH = "hatch"
    """Patterns and fills, floor tiles."""
    DIMENSION = "dimension"
    TEXT = "text"
    """Notes, tags, leaders, schedules."""
    ROOM_AREA = "room-area"
    """Room names, numbers, areas and area outlines."""
    GRID = "grid"
    """Structural axes and their bubbles."""
    SYMBOL = "symbol"
    """North arrow, section marks, level marks."""
    SECTION = "section"
    """Sections, elevations, details: not a plan."""
    TITLE = "title"
    """Title block, border, legend, viewports, non-plotting helper lines."""
    SITE = "site"
    """Plot, neighbors, roads, plants, vehicles."""
    OTHER = "other"


ROLE_SYNONYMS = {
    "glazing": Role.WINDOW,
    "glass": Role.WINDOW,
    "beam": Role.OVERHEAD,
    "room": Role.ROOM_AREA,
    "area": Role.ROOM_AREA,
    "space": Role.ROOM_AREA,
    "stairs": Role.STAIR,
    "lift": Role.STAIR,
    "axis": Role.GRID,
    "dim": Role.DIMENSION,
    "slab": Role.FLOOR,
    "ignore": Role.OTHER,
    "none": Role.OTHER,
}
"""Words a person may use for a role beside the role's own."""
