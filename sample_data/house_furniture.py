"""What stands in the rooms and on the plot of the drawings: lines that are no walls."""

from __future__ import annotations

from typing import Any, Final

from ezdxf.document import Drawing

Piece = tuple[str, tuple[float, float], float]
"""Block, place of its middle, rotation in degrees."""

FURNITURE: Final[dict[str, list[Piece]]] = {
    "Ground Floor": [
        ("SOFA", (9900.0, 4850.0), 180.0),
        ("SOFA", (8250.0, 3300.0), 270.0),
        ("COFFEE-TABLE", (9900.0, 3800.0), 0.0),
        ("DINING-TABLE", (2240.0, 2000.0), 0.0),
        *[("CHAIR", (x, 2650.0), 0.0) for x in (1640.0, 2240.0, 2840.0)],
        *[("CHAIR", (x, 1350.0), 180.0) for x in (1640.0, 2240.0, 2840.0)],
    ],
    "Upper Floor": [
        ("BED-DOUBLE", (11250.0, 2300.0), 270.0),
        ("BED-DOUBLE", (1360.0, 2500.0), 90.0),
        ("BED-SINGLE", (1350.0, 9050.0), 90.0),
        ("WARDROBE", (3480.0, 9290.0), 0.0),
        ("WARDROBE", (2240.0, 5090.0), 0.0),
        ("WARDROBE", (11100.0, 5090.0), 0.0),
    ],
}

FIXTURES: Final[dict[str, list[Piece]]] = {
    "Ground Floor": [
        ("TOILET", (800.0, 9230.0), 0.0),
        ("BASIN", (2850.0, 9000.0), 270.0),
        ("SINK", (5100.0, 9300.0), 0.0),
    ],
    "Upper Floor": [
        ("TOILET", (4880.0, 7500.0), 90.0),
        ("BASIN", (7230.0, 8500.0), 270.0),
        ("BATHTUB", (5400.0, 9250.0), 0.0),
        ("TOILET", (8020.0, 4500.0), 90.0),
        ("CORNER-SHOWER", (9900.0, 5400.0), 180.0),
    ],
}

KITCHEN_COUNTER: Final = (
    (3300.0, 9000.0), (6900.0, 9000.0), (6900.0, 7000.0), (7500.0, 7000.0),
)  # fmt: skip
"""Front edge of the worktop; it runs parallel to two walls, as inner faces do."""
TERRACE: Final = ((7800.0, 8600.0), (12600.0, 8600.0), (12600.0, 5700.0))
PORCH: Final = ((4700.0, 0.0), (4700.0, -700.0), (6300.0, -700.0), (6300.0, 0.0))


def add_blocks(document: Drawing) -> None:
    """Add a block for each piece, its middle at the origin."""
    for name, (width, depth) in {"COFFEE-TABLE": (1200, 600), "DINING-TABLE": (2000, 900)}.items():
        _rectangle(document.blocks.new(name), 0, 0, width, depth)
    sofa = document.blocks.new("SOFA")
    _rectangle(sofa, 0, 0, 2000, 900)
    _rectangle(sofa, 0, -350, 2000, 200)
    chair = document.blocks.new("CHAIR")
    _rectangle(chair, 0, 0, 420, 420)
    chair.add_arc((0, 0), 240, 30, 150)
    for name, width in (("BED-DOUBLE", 1600), ("BED-SINGLE", 1000)):
        bed = document.blocks.new(name)
        _rectangle(bed, 0, 0, width, 2000)
        for x in (-width / 4, width / 4) if width > 1000 else (0,):
            _rectangle(bed, x, 750, 600, 350)
    wardrobe = document.blocks.new("WARDROBE")
    _rectangle(wardrobe, 0, 0, 1800, 600)
    wardrobe.add_line((-850, 0), (850, 0))
    _add_fixture_blocks(document)


def _add_fixture_blocks(document: Drawing) -> None:
    toilet = document.blocks.new("TOILET")
    _rectangle(toilet, 0, 230, 400, 180)
    toilet.add_ellipse((0, -80), major_axis=(0, 240), ratio=0.75)
    basin = document.blocks.new("BASIN")
    _rectangle(basin, 0, 0, 600, 480)
    basin.add_circle((0, -20), 180)
    sink = document.blocks.new("SINK")
    _rectangle(sink, 0, 0, 1000, 500)
    _rectangle(sink, -230, 0, 420, 400)
    bathtub = document.blocks.new("BATHTUB")
    _rectangle(bathtub, 0, 0, 1700, 700)
    _rectangle(bathtub, 0, 0, 1560, 560)
    shower = document.blocks.new("CORNER-SHOWER")
    shower.add_line((0, 0), (900, 0))
    shower.add_line((0, 0), (0, 900))
    shower.add_arc((0, 0), 900, 0, 90)


def furnish(space: Any, storey: str) -> None:
    """Draw the furniture, fixtures and ground around the house of the storey called `storey`."""
    for layer, pieces in (("A-FURN", FURNITURE[storey]), ("A-FLOR-PFIX", FIXTURES[storey])):
        for block, place, rotation in pieces:
            look = {"layer": layer, "rotation": rotation}
            space.add_blockref(block, place, dxfattribs=look)
    if storey == "Ground Floor":
        space.add_lwpolyline(KITCHEN_COUNTER, dxfattribs={"layer": "A-FURN"})
        for outline in (TERRACE, PORCH):
            space.add_lwpolyline(outline, dxfattribs={"layer": "A-FLOR-OTLN"})


def _rectangle(block: Any, x: float, y: float, width: float, depth: float) -> None:
    """Add a rectangle around the middle (`x`, `y`)."""
    a, b = width / 2, depth / 2
    block.add_lwpolyline(
        [(x - a, y - b), (x + a, y - b), (x + a, y + b), (x - a, y + b)], close=True
    )
