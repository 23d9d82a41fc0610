"""The drawings of the sample house and their truth agree, and are sound by themselves."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import ezdxf
import pytest
from shapely import LineString, MultiPolygon, Point, Polygon, box, unary_union

ROOT = Path(__file__).resolve().parents[2] / "sample_data"
TRUTH: dict[str, Any] = json.loads((ROOT / "house.truth.json").read_text("utf-8"))
PLANS = pytest.mark.parametrize("plan", TRUTH["plans"], ids=lambda plan: str(plan["name"]))


def drawing(plan: dict[str, Any]) -> Any:
    return ezdxf.readfile(ROOT / plan["file"])


def walls(plan: dict[str, Any], key: str = "wall_polygons") -> Any:
    return MultiPolygon([Polygon(rings[0], rings[1:]) for rings in plan[key]])


def lines(document: Any, layer: str) -> list[LineString]:
    found = document.modelspace().query(f'LINE[layer=="{layer}"]')
    return [LineString([line.dxf.start.vec2 * 0.001, line.dxf.end.vec2 * 0.001]) for line in found]


def openings(plan: dict[str, Any]) -> list[Any]:
    """Return the pieces that the openings take out of the walls, one a door or window."""
    gaps = walls(plan, "wall_polygons_gross").difference(walls(plan))
    return list(gaps.geoms)


@PLANS
def test_the_drawing_has_no_errors(plan: dict[str, Any]) -> None:
    document = drawing(plan)
    auditor = document.audit()
    assert not auditor.errors
    assert not auditor.fixes
    assert document.dxfversion == "AC1024"
    assert document.header["$INSUNITS"] == TRUTH["declared_insunits"] == 4


@PLANS
def test_rooms_are_valid_disjoint_and_fill_the_house_between_the_walls(
    plan: dict[str, Any],
) -> None:
    gross = walls(plan, "wall_polygons_gross")
    outlines = [Polygon(room["polygon"], room["holes"]) for room in plan["rooms"]]
    assert len(outlines) >= 5
    assert len({room["name"] for room in plan["rooms"]}) == len(outlines)
    for room, outline in zip(plan["rooms"], outlines, strict=True):
        assert outline.is_valid
        assert outline.contains(Point(room["label_xy"]))
        assert outline.area == pytest.approx(room["area_m2"], abs=1e-3)
        assert outline.intersection(gross).area == pytest.approx(0.0, abs=1e-9)
    assert sum(o.area for o in outlines) == pytest.approx(unary_union(outlines).area, abs=1e-6)
    inside = unary_union([Polygon(rings[0]) for rings in plan["wall_polygons_gross"]])
    assert inside.area == pytest.approx(gross.area + sum(o.area for o in outlines), abs=1e-6)


@PLANS
def test_every_opening_is_one_gap_in_one_wall(plan: dict[str, Any]) -> None:
    gaps = openings(plan)
    items = [*plan["doors"], *plan["windows"]]
    assert len(gaps) == len(items)
    for item in items:
        (gap,) = (gap for gap in gaps if gap.contains(Point(item["x"], item["y"])))
        west, south, east, north = gap.bounds
        assert gap.equals(box(west, south, east, north))
        assert (item["x"], item["y"]) == pytest.approx(gap.centroid.coords[0], abs=1e-4)
        sides = sorted((east - west, north - south))
        assert sides[1] == pytest.approx(item["width_m"], abs=1e-6)
        assert any(sides[0] == pytest.approx(t, abs=1e-6) for t in plan["wall_thicknesses_m"])
        rooms = [Polygon(room["polygon"]) for room in plan["rooms"]]
        touching = sum(room.distance(gap) < 1e-6 for room in rooms)
        assert touching == (1 if item["external"] else 2)


@PLANS
def test_wall_lines_are_the_outlines_of_the_walls(plan: dict[str, Any]) -> None:
    drawn = unary_union(lines(drawing(plan), "A-WALL"))
    outline = walls(plan).boundary
    assert drawn.length == pytest.approx(outline.length, abs=1e-6)
    assert drawn.hausdorff_distance(outline) < 1e-6
    assert walls(plan).area == pytest.approx(plan["wall_area_m2"], abs=1e-3)
    west, south, east, north = walls(plan).bounds
    assert [east - west, north - south] == pytest.approx(TRUTH["extent_m"])


@PLANS
def test_each_window_is_four_lines_from_jamb_to_jamb(plan: dict[str, Any]) -> None:
    panes = lines(drawing(plan), "A-GLAZ")
    assert len(panes) == 4 * len(plan["windows"])
    for window in plan["windows"]:
        gap = next(g for g in openings(plan) if g.contains(Point(window["x"], window["y"])))
        own = [pane for pane in panes if gap.buffer(1e-6).contains(pane)]
        assert len(own) == 4
        assert all(pane.length == pytest.approx(window["width_m"], abs=1e-6) for pane in own)


@PLANS
def test_doors_hang_in_their_gaps_and_swing_to_the_stated_hand(plan: dict[str, Any]) -> None:
    inserts = list(drawing(plan).modelspace().query('INSERT[layer=="A-DOOR"]'))
    assert len(inserts) == len(plan["doors"])
    for door in plan["doors"]:
        (insert,) = (
            one
            for one in inserts
            if math.dist(one.dxf.insert.vec2 * 0.001, (door["x"], door["y"]))
            < door["width_m"] / 2 + 0.16
        )
        arcs = [entity for entity in insert.virtual_entities() if entity.dxftype() == "ARC"]
        leaves = 2 if door["operation"].startswith("DOUBLE") else 1
        assert len(arcs) == leaves
        for arc in arcs:
            assert arc.dxf.radius * 0.001 * leaves == pytest.approx(door["width_m"])
        if leaves == 1:
            assert door["operation"] == f"SINGLE_SWING_{hand(insert, door)}"


def hand(insert: Any, door: dict[str, Any]) -> str:
    """Return the side of the hinge for one who pushes the door open."""
    matrix = insert.matrix44()
    hinge = matrix.transform((0.0, 0.0, 0.0)) * 0.001
    swing = matrix.transform_direction((0.0, 1.0, 0.0))
    x, y = hinge.x - door["x"], hinge.y - door["y"]
    return "LEFT" if swing.x * y - swing.y * x > 0 else "RIGHT"


def test_doors_are_turned_to_all_sides_and_mirrored() -> None:
    inserts = [
        insert
        for plan in TRUTH["plans"]
        for insert in drawing(plan).modelspace().query('INSERT[layer=="A-DOOR"]')
    ]
    assert {round(i.dxf.rotation) % 360 for i in inserts} == {0, 90, 270}
    assert {i.dxf.xscale for i in inserts} == {1.0, -1.0}
    assert all(i.get_attrib_text("WIDTH") in i.dxf.name for i in inserts)


@PLANS
def test_names_and_areas_are_written_in_their_rooms(plan: dict[str, Any]) -> None:
    texts = [
        (text.dxf.text, Point(text.dxf.align_point.vec2 * 0.001))
        for text in drawing(plan).modelspace().query("TEXT")
    ]
    for room in plan["rooms"]:
        outline = Polygon(room["polygon"])
        inside = [text for text, place in texts if outline.contains(place)]
        assert room["name"] in inside
        assert f"{room['area_m2']:.1f} m²" in inside
    assert any(text.endswith("FLOOR 1:100") for text, _ in texts)


@PLANS
def test_dimensions_measure_what_they_span(plan: dict[str, Any]) -> None:
    found = drawing(plan).modelspace().query("DIMENSION")
    measured = sorted(round(float(d.get_measurement())) for d in found)
    assert {12600, 9900, 3885, 4650} <= set(measured)
    assert all(dimension.dxf.layer == "A-ANNO-DIMS" for dimension in found)
    assert all(dimension.get_geometry_block() is not None for dimension in found)


def test_storeys_stand_on_each_other() -> None:
    ground, upper = TRUTH["storeys"]
    assert upper["elevation_m"] == pytest.approx(ground["elevation_m"] + ground["height_m"])
    outer = [unary_union([Polygon(r[0]) for r in p["wall_polygons_gross"]]) for p in TRUTH["plans"]]
    assert outer[0].equals(outer[1])
    assert outer[0].area < outer[0].envelope.area * 0.9
