"""Several plans in one model space are told apart, with their titles; one plan stays one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from architecture.inspect import inspect
from architecture.reading.read import read_drawing
from architecture.understanding.sheets import find_plans, several_storeys
from architecture.understanding.understand import understand
from tests.architecture.understanding.test_random_houses import habits
from tests.fixtures.houses import Habit, draw, random_house
from tests.fixtures.sheets import sheet

TITLES = ("GROUND FLOOR PLAN", "FIRST FLOOR PLAN", "SECOND FLOOR PLAN", "ATTIC PLAN")


@settings(derandomize=True, max_examples=6)
@given(
    seed=st.integers(0, 10_000),
    count=st.integers(2, 4),
    layers=st.sampled_from(["aia", "zero", "numbers"]),
    column=st.booleans(),
    below_m=st.sampled_from([1.5, 3.0, 4.5]),
)
def test_plans_drawn_apart_are_found_each_with_its_title(
    seed: int, count: int, layers: str, column: bool, below_m: float
) -> None:
    houses = [random_house(seed + number) for number in range(count)]
    habit = Habit(layers=layers, furniture=False)
    drawing = sheet(houses, TITLES[:count], habit=habit, column=column, below_m=below_m)
    groups = find_plans(drawing)
    assert several_storeys(groups)
    found = {group.title.content if group.title else "": group for group in groups}
    assert set(found) == set(TITLES[:count])
    for title, house in zip(TITLES, houses, strict=False):
        low_x, low_y, high_x, high_y = house.gross.bounds
        assert found[title].size_m == pytest.approx((high_x - low_x, high_y - low_y), abs=0.01)


@settings(derandomize=True, max_examples=6)
@given(seed=st.integers(0, 10_000), habit=habits)
def test_one_plan_is_one_plan(seed: int, habit: Habit) -> None:
    assert len(find_plans(draw(random_house(seed), habit, seed=seed))) == 1


def test_a_sheet_read_as_one_storey_is_told_with_places_sizes_and_titles() -> None:
    house = random_house(3)
    drawing = sheet([house, house], ("ERDGESCHOSS", "1. OBERGESCHOSS"))
    (finding,) = [f for f in understand(drawing).findings if f.code == "several-plans"]
    assert finding.severity == "warning"
    titles = [plan["title"] for plan in finding.details["plans"]]
    assert titles == ["ERDGESCHOSS", "1. OBERGESCHOSS"]
    assert "2 plans" in finding.message
    assert "ERDGESCHOSS" in finding.message


def test_inspect_lists_plans_by_number_and_says_their_order() -> None:
    houses = [random_house(3), random_house(4), random_house(5)]
    summary = inspect(sheet(houses, ("1. OBERGESCHOSS", "ERDGESCHOSS", "SCHNITT A-A")))
    found = [(view.number, view.kind.value, view.title) for view in summary.views]
    assert found == [
        (1, "floor plan", "1. OBERGESCHOSS"),
        (2, "floor plan", "ERDGESCHOSS"),
        (None, "section", "SCHNITT A-A"),
    ]
    (finding,) = [f for f in summary.findings if f.code == "storeys-parted"]
    assert finding.details["order"] == [2, 1]
    assert "view-left-out" in {f.code for f in summary.findings}


def test_like_outlines_without_titles_are_storeys_and_unlike_ones_are_buildings() -> None:
    houses = sorted(map(random_house, range(40)), key=lambda house: house.gross.envelope.area)
    assert several_storeys(find_plans(sheet(houses[20:22], ("", ""))))
    drawing = sheet([houses[0], houses[-1]], ("", ""))
    assert len(find_plans(drawing)) == 2
    assert not several_storeys(find_plans(drawing))
    (finding,) = [f for f in understand(drawing).findings if f.code == "walls-apart"]
    assert finding.severity == "note"


SHEETS = {
    "ifc_sections/duplex_sheet_both_levels": 2,
    "ifc_sections/duplex_L1": 1,
    "ifc_sections/fzk_EG_pl": 1,
    "dxf/bishop_floorplan": 1,
}


@pytest.mark.real
@pytest.mark.parametrize("name", list(SHEETS))
def test_real_sheets_hold_as_many_plans_as_they_show(name: str, real_data: Path) -> None:
    groups = find_plans(read_drawing(real_data / "architecture" / f"{name}.dxf"))
    assert len(groups) == SHEETS[name]
    assert several_storeys(groups) is (len(groups) > 1)
