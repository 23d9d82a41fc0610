"""Storeys on one sheet are parted, put in order and understood as if each were alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from architecture.build import plans_of
from architecture.drawing import Drawing
from architecture.reading.read import read_drawing
from architecture.understanding.parting import part_by_region
from architecture.understanding.storeys import storeys_in
from architecture.understanding.titles import storey_title
from architecture.understanding.understand import understand
from shared.errors import NothingToBuildError, UsageError
from tests.fixtures.houses import Habit, House, draw, random_house
from tests.fixtures.sheets import sheet

TITLES = ("BASEMENT PLAN", "GROUND FLOOR PLAN", "FIRST FLOOR PLAN", "ATTIC PLAN")


def areas(house: House) -> list[float]:
    return sorted(room.area for room in house.rooms)


def found_areas(drawing: Drawing) -> list[float]:
    return sorted(room.area_m2 for room in understand(drawing).rooms)


def codes(drawing: Drawing) -> list[str]:
    return [finding.code for finding in drawing.findings]


@settings(derandomize=True, max_examples=6)
@given(
    seed=st.integers(0, 10_000),
    order=st.permutations(range(3)),
    layers=st.sampled_from(["aia", "zero", "numbers"]),
    walls=st.sampled_from(["outline", "lines", "hatch"]),
)
def test_titles_put_storeys_in_order_and_each_is_understood_as_if_alone(
    seed: int, order: list[int], layers: str, walls: str
) -> None:
    houses = [random_house(seed + number) for number in order]
    habit = Habit(layers=layers, walls=walls, furniture=False)
    storeys = storeys_in(sheet(houses, [TITLES[i] for i in order], habit=habit))
    plans = [plan for storey in storeys for plan in plans_of(storey, roles=None)]
    assert [plan.name for plan in plans] == ["BASEMENT", "GROUND FLOOR", "FIRST FLOOR"]
    for number, plan in enumerate(plans):
        house = random_house(seed + number)
        assert sorted(room.area_m2 for room in plan.rooms) == pytest.approx(areas(house), abs=0.02)
        assert len(plan.openings) == len(house.holes)
        assert not plan.unresolved
    assert "storeys-parted" in codes(storeys[0].drawing)


def test_without_titles_the_order_is_a_guess_and_said_to_be_one() -> None:
    house = random_house(5)
    storeys = storeys_in(sheet([house, house], ("", "")))
    assert len(storeys) == 2
    assert "storey-order-guessed" in codes(storeys[0].drawing)
    low, high = (storey.drawing.bounds() for storey in storeys)
    assert low is not None
    assert high is not None
    assert low[3] < high[1]


def test_titles_from_the_top_down_turn_a_guess_around() -> None:
    houses = [random_house(5)] * 3
    storeys = storeys_in(sheet(houses, ("SECOND FLOOR PLAN", "FLOOR PLAN", "GROUND FLOOR PLAN")))
    names = [understand(storey.drawing).name for storey in storeys]
    assert names == ["GROUND FLOOR", "FLOOR PLAN", "SECOND FLOOR"]


def test_a_typical_plan_stands_for_several_storeys() -> None:
    house = random_house(7)
    storeys = storeys_in(sheet([house, house], ("GROUND FLOOR", "TYPICAL FLOOR PLAN 1-3")))
    names = [plan.name for storey in storeys for plan in plans_of(storey, roles=None)]
    assert len(names) == 4
    assert names[1:] == [f"TYPICAL FLOOR PLAN 1-3 ({n})" for n in (1, 2, 3)]


def test_a_person_chooses_plans_and_their_order() -> None:
    houses = [random_house(seed) for seed in (11, 12, 13)]
    drawing = sheet(houses, TITLES[:3])
    chosen = storeys_in(drawing, chosen="3,1,1")
    expected = [areas(houses[i]) for i in (2, 0, 0)]
    for storey, truth in zip(chosen, expected, strict=True):
        assert found_areas(storey.drawing) == pytest.approx(truth, abs=0.02)
    assert len(storeys_in(drawing, chosen="one")) == 1
    for word in ("4", "0", "1,,2", "first"):
        with pytest.raises(UsageError, match="not among the plans"):
            storeys_in(drawing, chosen=word)


def test_a_region_holds_what_stands_in_it() -> None:
    houses = [random_house(seed) for seed in (11, 12)]
    drawing = sheet(houses, ("", ""))
    bounds = drawing.bounds()
    assert bounds is not None
    split = houses[0].gross.bounds[3] - houses[0].gross.bounds[1] + 1.0
    below = (bounds[0] - 1, bounds[1] - 1, bounds[2] + 1, split)
    above = (bounds[0] - 1, split, bounds[2] + 1, bounds[3] + 1)
    for region, house in zip((below, above), houses, strict=True):
        assert found_areas(part_by_region(drawing, region)) == pytest.approx(areas(house), abs=0.02)
    assert len(storeys_in(drawing, regions=(above, below))) == 2
    with pytest.raises(NothingToBuildError, match="Nothing is drawn"):
        storeys_in(drawing, regions=((900.0, 900.0, 910.0, 910.0),))


def test_a_roof_and_a_section_beside_a_plan_are_left_out() -> None:
    houses = [random_house(21), random_house(22), random_house(23)]
    drawing = sheet(houses, ("ROOF PLAN", "FLOOR PLAN", "SECTION A-A"))
    (storey,) = storeys_in(drawing)
    assert found_areas(storey.drawing) == pytest.approx(areas(houses[1]), abs=0.02)
    assert codes(storey.drawing).count("view-left-out") == 2


def test_a_sheet_without_a_floor_plan_says_what_it_shows() -> None:
    drawing = sheet([random_house(21), random_house(22)], ("SECTION A-A", "NORTH ELEVATION"))
    with pytest.raises(NothingToBuildError, match="no floor plan") as caught:
        storeys_in(drawing)
    assert "section" in caught.value.problem
    assert "elevation" in caught.value.problem
    assert caught.value.exit_status == 4


def test_one_plan_is_left_as_it_is() -> None:
    drawing = draw(random_house(2), Habit(sheet=True))
    (storey,) = storeys_in(drawing)
    assert storey.drawing is drawing


@pytest.mark.real
def test_four_untitled_plans_beside_sections_take_their_names_and_heights(real_data: Path) -> None:
    path = real_data / "architecture" / "dxf" / "constructiq_building.dxf"
    storeys = storeys_in(read_drawing(path))
    names = [name or storey_title(s.drawing).name for s in storeys for name in s.names]
    assert names == ["GROUND FLOOR", "MEZZANINE LEVEL", "FIRST FLOOR", "SECOND FLOOR"]
    assert [storey.height_m for storey in storeys] == pytest.approx([2.6] * 4, abs=0.01)
