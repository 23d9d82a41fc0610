"""The whole road from a drawing to a plan: errors, layers, sample and real drawings."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from shapely.affinity import translate
from shapely.geometry import Polygon

from architecture import read_drawing, understand
from architecture.drawing import Drawing, Stroke, StrokeKind, UnitVote
from architecture.plan import OpeningKind, Plan
from shared.errors import NothingToBuildError, UsageError
from tests.fixtures.houses import Habit, draw, random_house

METRES = UnitVote(unit="m", meters_per_unit=1.0, confidence=1.0, declared="m")


def gear() -> Drawing:
    angles = np.linspace(0, 2 * np.pi, 160, endpoint=False)
    radius = 0.5 + 0.04 * (np.arange(160) // 4 % 2)
    points = np.stack([radius * np.cos(angles), radius * np.sin(angles)], axis=1)
    wheel = Stroke(kind=StrokeKind.POLYLINE, points=points, layer="PART", closed=True)
    return Drawing(strokes=(wheel,), texts=(), inserts=(), unit=METRES)


EMPTY = Drawing(strokes=(), texts=(), inserts=(), unit=METRES)


@pytest.mark.parametrize("drawing", [EMPTY, gear()])
def test_a_drawing_without_walls_builds_nothing_and_says_what_it_holds(drawing: Drawing) -> None:
    with pytest.raises(NothingToBuildError) as caught:
        understand(drawing)
    assert str(len(drawing.strokes)) in caught.value.problem
    assert caught.value.remedy


def test_a_person_may_say_what_layers_hold() -> None:
    house = random_house(3)
    drawn = draw(house, Habit(layers="numbers"))
    said = {"12": "wall", "20": "door", "31": "window", "57": "furniture"}
    assert len(understand(drawn, roles=said).rooms) == len(house.rooms)
    with pytest.raises(UsageError):
        understand(drawn, roles={"12": "wal"})


def test_understanding_is_the_same_every_time() -> None:
    drawn = draw(random_house(5), Habit(layers="zero", walls="lines"))
    first, second = understand(drawn), understand(drawn)
    assert [wall.footprint.wkt for wall in first.walls] == [w.footprint.wkt for w in second.walls]
    assert [o.center for o in first.openings] == [o.center for o in second.openings]


@pytest.mark.parametrize("storey", [0, 1])
def test_the_sample_house_is_understood(sample_data: Path, storey: int) -> None:
    truth = json.loads((sample_data / "house.truth.json").read_text())["plans"][storey]
    plan = understand(read_drawing(sample_data / truth["file"]))
    assert not plan.unresolved
    assert {room.name for room in plan.rooms} == {room["name"] for room in truth["rooms"]}
    for kind, key in ((OpeningKind.DOOR, "doors"), (OpeningKind.WINDOW, "windows")):
        assert sum(o.kind is kind for o in plan.openings) == len(truth[key])


@pytest.fixture(scope="module")
def score(scorers: Path) -> Callable[[dict[str, Any], Plan], dict[str, Any]]:
    """A function that holds a plan against a truth, by the scorer of buildings."""
    sys.path.insert(0, str(scorers))
    import score_plan

    def scored(truth: dict[str, Any], plan: Plan) -> dict[str, Any]:
        storey = as_storey(score_plan, plan)
        reading = score_plan.read_ifc
        score_plan.read_ifc = lambda *_: ([storey], 1)
        try:
            return dict(score_plan.score(truth, ""))
        finally:
            score_plan.read_ifc = reading

    return scored


def as_storey(scorer: Any, plan: Plan) -> Any:
    """Return a plan as the scorer sees a storey of a building."""
    storey = scorer.Storey()
    walls = {wall.id: wall for wall in plan.walls}
    gross = shapely.union_all([wall.footprint for wall in plan.walls], grid_size=1e-7)
    holes = []
    for opening in plan.openings:
        wall = walls[opening.wall]
        u = np.array(opening.direction)
        n = np.array([-u[1], u[0]]) * (wall.thickness_m / 2 + 0.05)
        half, center = u * opening.width_m / 2, np.array(opening.center)
        corners = [center + half + n, center + half - n, center - half - n, center - half + n]
        holes.append(Polygon(corners).intersection(wall.footprint.buffer(1e-3)))
        place = tuple(center + np.array(plan.offset_m))
        if opening.kind is OpeningKind.DOOR:
            storey.doors.append((*place, opening.width_m, str(opening.operation)))
        elif opening.kind is OpeningKind.WINDOW:
            storey.wins.append((*place, opening.width_m, None))
    cut = shapely.union_all(holes, grid_size=1e-7)
    storey.gross = translate(gross, *plan.offset_m)
    storey.net = translate(gross.difference(cut), *plan.offset_m)
    storey.rooms = [
        {
            "name": " ".join([*room.names, room.number]),
            "poly": translate(room.outline, *plan.offset_m),
            "area": room.area_m2,
        }
        for room in plan.rooms
    ]
    return storey


REAL = {
    "ifc_sections/duplex_L1": (0.95, 0.95, 0.95, 0.95),
    "ifc_sections/duplex_L2": (0.95, 0.95, 0.95, 0.95),
    "ifc_sections/samplehouse_GF": (0.95, 0.95, 0.95, 0.95),
    "ifc_sections/fzk_EG_es": (0.95, 0.95, 0.95, 0.95),
    "ifc_sections/fzk_EG_pl": (0.95, 0.95, 0.95, 0.95),
    "ifc_sections/institute_1OG_pt": (0.95, 0.95, 0.95, 0.95),
    "ifc_sections/institute_2OG_en": (0.95, 0.95, 0.95, 0.95),
    "ifc_sections/institute_EG_sv": (0.95, 0.95, 0.95, 0.95),
    "ifc_sections/smiley_EG_nl": (0.95, 0.95, 0.95, 0.9),
    "ifc_sections/smiley_KG_uk": (0.95, 0.95, 0.95, 0.9),
    "dxf/benhudson_apartment": (0.9, None, None, 0.95),
    "dxf/bishop_floorplan": (0.9, 0.9, 0.9, 0.95),
    "dxf/kegonsa_A-101": (0.8, 0.9, 0.9, None),
}
"""Least F1 of rooms, doors and windows, and least IoU of the walls."""


@pytest.mark.real
@pytest.mark.parametrize("name", REAL)
def test_real_plans_are_understood(
    name: str, real_data: Path, score: Callable[[dict[str, Any], Plan], dict[str, Any]]
) -> None:
    file = real_data / "architecture" / f"{name}.dxf"
    truth = json.loads(file.with_suffix(".json").read_text())
    found = score(truth, understand(read_drawing(file)))
    for key, least in zip(("room_F1", "door_F1", "win_F1", "wall_iou"), REAL[name], strict=True):
        if least is not None:
            assert found[key] >= least, (key, found)
