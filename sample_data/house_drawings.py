"""The house as an architect draws it: two DXF plans (R2010, mm) on AIA layers.

Walls are double lines that stop at jambs, doors are blocks (leaf and arc), turned and
mirrored into place, windows are four parallel lines. Around them stands what every
plan carries besides: furniture, fixtures, stairs, dimensions, texts, a north arrow.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Final

import ezdxf
from ezdxf.document import Drawing
from ezdxf.enums import TextEntityAlignment

from sample_data import house_furniture as furniture
from sample_data.house_plan import (
    DOOR_HEIGHT,
    OUTLINE,
    STAIR_OUTLINE,
    STOREYS,
    Corner,
    Door,
    Storey,
    Wall,
    Window,
    printed_area,
)

LAYERS: Final = {
    "A-WALL": (7, 50),
    "A-DOOR": (3, 25),
    "A-GLAZ": (4, 25),
    "A-FLOR-STRS": (6, 18),
    "A-FLOR-OTLN": (8, 18),
    "A-FLOR-PFIX": (5, 18),
    "A-FURN": (8, 13),
    "A-ANNO-TEXT": (7, 18),
    "A-ANNO-DIMS": (1, 13),
    "A-ANNO-SYMB": (7, 18),
}
"""Layers with their color number and line weight in 1/100 mm."""

GLASS_LINES: Final = (0.0, 0.45, 0.55, 1.0)
"""Where the lines of a window stand between the faces of the wall."""
LEAF_MM: Final = 40.0
STEPS_IN_FLIGHT: Final = 8
GOING_MM: Final = 250.0
FLIGHT_MM: Final = 1000.0


def drawing_bytes(storey: Storey) -> bytes:
    """Return the DXF file of one storey."""
    fixed = ezdxf.options.write_fixed_meta_data_for_testing
    ezdxf.options.write_fixed_meta_data_for_testing = True
    try:
        document = make_drawing(storey)
        for kind in sorted(document.entitydb.dxf_types_in_use()):
            document.classes.add_class(kind)  # else in the order of a set, another each run
        stream = io.StringIO(newline="\n")
        document.write(stream)
    finally:
        ezdxf.options.write_fixed_meta_data_for_testing = fixed
    return stream.getvalue().replace("\r\n", "\n").encode(document.output_encoding)


def make_drawing(storey: Storey) -> Drawing:
    """Return the drawing of one storey."""
    document = ezdxf.new("R2010")
    document.header["$INSUNITS"] = 4
    document.header["$MEASUREMENT"] = 1
    document.header["$LUNITS"] = 2
    document.header["$LTSCALE"] = 50.0
    for name, (color, weight) in LAYERS.items():
        document.layers.add(name, color=color, lineweight=weight)
    _add_dimension_style(document)
    _add_door_blocks(document)
    furniture.add_blocks(document)
    space = document.modelspace()
    _draw_walls(space, storey)
    for door in storey.doors:
        _draw_door(space, storey.wall(door.wall), door)
    for window in storey.windows:
        _draw_window(space, storey.wall(window.wall), window)
    _draw_stair(space, upper=storey is not STOREYS[0])
    _draw_texts(space, storey)
    _draw_dimensions(space, storey)
    _draw_north_arrow(space)
    furniture.furnish(space, storey.name)
    space.reset_extents((-2600.0, -3600.0, 0.0), (13800.0, 11500.0, 0.0))
    document.set_modelspace_vport(height=16000, center=(5600, 4000))
    return document


def _add_dimension_style(document: Drawing) -> None:
    style: Any = document.dimstyles.duplicate_entry("Standard", "ARCH-100")
    values = {
        "dimtxt": 180.0,
        "dimtsz": 120.0,
        "dimasz": 120.0,
        "dimexe": 120.0,
        "dimexo": 150.0,
        "dimgap": 60.0,
        "dimtad": 1,
        "dimtih": 0,
        "dimtoh": 0,
        "dimdec": 0,
        "dimzin": 8,
        "dimclrt": 7,
    }
    for name, value in values.items():
        style.dxf.set(name, value)


def _add_door_blocks(document: Drawing) -> None:
    """Add a block for each width: hinge at the origin, opening along x, leaf up y."""
    sizes = {(door.width, door.leaves) for storey in STOREYS for door in storey.doors}
    for width, leaves in sorted(sizes):
        block = document.blocks.new(_block_name(width, leaves))
        leaf = width / leaves
        _add_leaf(block, 0.0, leaf, 1.0)
        if leaves == 2:
            _add_leaf(block, width, leaf, -1.0)
        for tag, value, y in (("WIDTH", width, -250.0), ("HEIGHT", DOOR_HEIGHT, -400.0)):
            attribute = block.add_attdef(tag, (0.0, y), f"{value:.0f}", height=100.0)
            attribute.is_invisible = True


def _add_leaf(block: Any, hinge: float, leaf: float, side: float) -> None:
    corners = [(0.0, 0.0), (LEAF_MM, 0.0), (LEAF_MM, leaf), (0.0, leaf)]
    block.add_lwpolyline([(hinge + side * x, y) for x, y in corners], close=True)
    first, last = (0.0, 90.0) if side > 0 else (90.0, 180.0)
    block.add_arc((hinge, 0.0), leaf, first, last)


def _block_name(width: float, leaves: int) -> str:
    return f"DOOR-{'DOUBLE-' if leaves == 2 else ''}{width:.0f}"


def _draw_walls(space: Any, storey: Storey) -> None:
    """Draw each straight piece of the wall faces, and the jambs, as one line."""
    edges = []
    net = storey.net_walls
    for part in getattr(net, "geoms", [net]):
        for loop in (part.exterior, *part.interiors):
            corners = list(loop.coords)
            edges += [tuple(sorted(pair)) for pair in pairwise(corners)]
    for start, end in sorted(edges):
        space.add_line(start, end, dxfattribs={"layer": "A-WALL"})


def _draw_door(space: Any, wall: Wall, door: Door) -> None:
    """Insert the block with its hinge on the face towards which the leaf opens."""
    low, high = wall.faces
    hinge = door.start if door.hinge_low else door.start + door.width
    place = wall.point(hinge, high if door.opens > 0 else low)
    rotation, mirrored = _turn(wall.along, hinge_low=door.hinge_low, opens=door.opens)
    insert = space.add_blockref(
        _block_name(door.width, door.leaves),
        place,
        dxfattribs={
            "layer": "A-DOOR",
            "rotation": rotation,
            "xscale": -1.0 if mirrored else 1.0,
        },
    )
    insert.add_auto_attribs({"WIDTH": f"{door.width:.0f}", "HEIGHT": f"{DOOR_HEIGHT:.0f}"})
    for attribute in insert.attribs:
        attribute.is_invisible = True


def _turn(along: str, *, hinge_low: bool, opens: int) -> tuple[float, bool]:
    """Return rotation and mirroring that lay the block's y along the swing, its x to the strike."""
    if along == "x":
        rotation = 0.0 if opens > 0 else 180.0
        return rotation, hinge_low != (opens > 0)
    rotation = 270.0 if opens > 0 else 90.0
    return rotation, hinge_low == (opens > 0)


def _draw_window(space: Any, wall: Wall, window: Window) -> None:
    low, high = wall.faces
    for share in GLASS_LINES:
        across = low + share * (high - low)
        start, end = (wall.point(window.start + s, across) for s in (0.0, window.width))
        space.add_line(start, end, dxfattribs={"layer": "A-GLAZ"})


def _draw_stair(space: Any, *, upper: bool) -> None:
    """Draw two flights, the half landing between them and the line of travel."""
    (x0, y0), (x1, y1) = STAIR_OUTLINE[0], STAIR_OUTLINE[2]
    look = {"layer": "A-FLOR-STRS"}
    top = y0 + STEPS_IN_FLIGHT * GOING_MM
    for left, right in ((x0, x0 + FLIGHT_MM), (x1 - FLIGHT_MM, x1)):
        for step in range(STEPS_IN_FLIGHT + 1):
            y = y0 + step * GOING_MM
            space.add_line((left, y), (right, y), dxfattribs=look)
    for x in (x0 + FLIGHT_MM, x1 - FLIGHT_MM, x1):
        space.add_line((x, y0), (x, top if x < x1 else y1), dxfattribs=look)
    first, second = x0 + FLIGHT_MM / 2, x1 - FLIGHT_MM / 2
    turn = (top + y1) / 2
    path = [(first, y0 - 150.0), (first, turn), (second, turn), (second, y0 + 150.0)]
    if upper:
        path.reverse()
        path[0], path[-1] = (second, y0 - 150.0), (first, y0 + 150.0)
    space.add_lwpolyline(path, dxfattribs=look)
    x, y = path[-1]
    space.add_solid([(x - 70, y + 160), (x + 70, y + 160), (x, y)], dxfattribs=look)
    _write(space, "DN" if upper else "UP", (path[0][0] + 260.0, path[0][1] - 60.0), 150.0)


def _draw_texts(space: Any, storey: Storey) -> None:
    for name, (x, y), outline in storey.room_outlines():
        _write(space, name, (x, y), 220.0)
        _write(space, printed_area(outline), (x, y - 320.0), 160.0)
    _write(space, storey.title, (6300.0, -3200.0), 400.0)
    _write(space, f"FFL +{storey.elevation / 1000.0:.2f}", (11600.0, -3200.0), 200.0)


def _write(space: Any, text: str, place: Corner, height: float) -> None:
    entity = space.add_text(text, height=height, dxfattribs={"layer": "A-ANNO-TEXT"})
    entity.set_placement(place, align=TextEntityAlignment.MIDDLE_CENTER)


def _draw_dimensions(space: Any, storey: Storey) -> None:
    xs, ys = zip(*OUTLINE, strict=True)
    _chain(space, [0.0, *_jambs(storey, "south"), max(xs)], base=-1200.0, along="x")
    _chain(space, [0.0, max(xs)], base=-2000.0, along="x")
    _chain(space, [0.0, *_jambs(storey, "west"), max(ys)], base=-1200.0, along="y")
    _chain(space, [0.0, max(ys)], base=-2000.0, along="y")
    _chain(space, [300.0, 4185.0], base=4450.0, along="x", at=4450.0)
    _chain(space, [7650.0, 12300.0], base=700.0, along="x", at=700.0)


def _jambs(storey: Storey, wall: str) -> list[float]:
    openings = [item for item in storey.openings if item.wall == wall]
    return sorted(end for item in openings for end in (item.start, item.start + item.width))


def _chain(space: Any, stops: Iterable[float], *, base: float, along: str, at: float = 0.0) -> None:
    """Draw a row of dimensions between neighboring `stops`, measured from position `at`."""
    places = list(stops)
    for start, end in pairwise(places):
        ends = [(start, at), (end, at)] if along == "x" else [(at, start), (at, end)]
        space.add_linear_dim(
            base=(0.0, base) if along == "x" else (base, 0.0),
            p1=ends[0],
            p2=ends[1],
            angle=0.0 if along == "x" else 90.0,
            dimstyle="ARCH-100",
            dxfattribs={"layer": "A-ANNO-DIMS"},
        ).render()


def _draw_north_arrow(space: Any) -> None:
    look = {"layer": "A-ANNO-SYMB"}
    space.add_circle((11000.0, 9000.0), 600.0, dxfattribs=look)
    space.add_line((11000.0, 8400.0), (11000.0, 9600.0), dxfattribs=look)
    space.add_solid([(10850.0, 9200.0), (11150.0, 9200.0), (11000.0, 9600.0)], dxfattribs=look)
    _write(space, "N", (11000.0, 9850.0), 250.0)
