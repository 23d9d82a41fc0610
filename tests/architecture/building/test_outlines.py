from __future__ import annotations

from dataclasses import replace

import pytest
from shapely.affinity import rotate
from shapely.geometry import LineString, box

from architecture.building.outlines import outline_of
from architecture.plan import Plan, Wall
from tests.fixtures.plans import METRES, row_house


def plan_of(*lines, turned_deg=0.0):
    walls = []
    for number, line in enumerate(lines):
        axis = rotate(LineString(line), turned_deg, origin=(0, 0))
        walls.append(
            Wall(id=f"wall_{number}", axis=axis, thickness_m=0.2,
                 footprint=axis.buffer(0.1, cap_style="square"))
        )  # fmt: skip
    return Plan(name="G", walls=tuple(walls), openings=(), rooms=(), unit=METRES)


GARAGE = ([(2, 0), (0, 0), (0, 6), (6, 6), (6, 0), (5, 0)],)


@pytest.mark.parametrize("turned_deg", [0.0, 27.0])
def test_the_floor_of_a_garage_runs_through_its_door(turned_deg):
    ground = outline_of(plan_of(*GARAGE, turned_deg=turned_deg))
    assert ground.outline.area == pytest.approx(6.2 * 6.2, rel=1e-3)
    assert [f.code for f in ground.findings] == ["floor-through-mouth"]


def test_the_corner_between_two_wings_stays_outdoors():
    ring = [(0, 0), (8, 0), (8, 4), (4, 4), (4, 8), (0, 8), (0, 0)]
    ground = outline_of(plan_of(ring))
    inner = 8 * 8 - 4 * 4
    assert ground.outline.area == pytest.approx(inner + 0.1 * 32 + 4 * 0.01, rel=5e-3)
    assert ground.findings == ()


def test_two_walls_apart_enclose_nothing():
    ground = outline_of(plan_of([(0, 0), (9, 0)], [(0, 8), (9, 8)]))
    assert ground.outline.area == pytest.approx(2 * 9.2 * 0.2, rel=1e-3)


def test_a_courtyard_of_the_plan_stays_open():
    plan = row_house()
    yard = box(1, 1, 2, 2)
    open_plan = replace(plan, outline=plan.outline.difference(yard), rooms=())
    assert outline_of(open_plan).outline.area == pytest.approx(plan.outline.area - 1.0)


def test_feet_of_free_standing_piers_are_no_floor():
    pier = [(20, 20), (20.1, 20)]
    ground = outline_of(plan_of(*GARAGE, pier))
    assert len(ground.outline.geoms) == 1
