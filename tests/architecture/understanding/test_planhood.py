"""A drawing that is no floor plan gives no building, and says what it is instead."""

from __future__ import annotations

from dataclasses import replace

import pytest

from architecture.drawing import Drawing, Text
from architecture.understanding.storeys import storeys_in
from architecture.understanding.understand import understand
from shared.errors import NothingToBuildError
from tests.architecture.understanding.test_levels import NAMED
from tests.fixtures.houses import Habit, draw, random_house

PLAIN = Habit(layers="zero", furniture=False)


def without_texts(*texts: Text, doors: bool = True) -> Drawing:
    house = random_house(4)
    holes = tuple(hole for hole in house.holes if doors or hole.kind != "door")
    return replace(draw(replace(house, holes=holes), PLAIN), texts=texts)


def title(content: str) -> Text:
    return Text(content=content, position=(5.0, -3.0), height_m=0.4, layer="0")


def test_rooms_with_doors_are_a_plan_even_without_any_text() -> None:
    assert understand(without_texts()).rooms


@pytest.mark.parametrize(
    ("content", "kind"), [("SECTION A-A", "section"), ("Ansicht Nord", "elevation")]
)
def test_what_its_title_calls_something_else_is_no_plan(content: str, kind: str) -> None:
    drawing = without_texts(title(content))
    for refused in (lambda: understand(drawing), lambda: storeys_in(drawing)):
        with pytest.raises(NothingToBuildError, match="no floor plan") as caught:
            refused()
        assert kind in caught.value.problem
        assert caught.value.exit_status == 4
    assert understand(drawing, is_plan=True).rooms, "a person's word counts more"


def test_levels_beside_rooms_without_doors_and_names_are_a_section() -> None:
    with pytest.raises(NothingToBuildError, match="section or an elevation"):
        understand(without_texts(*NAMED, doors=False))
    assert understand(without_texts(*NAMED)).rooms, "doors are those of a plan"


def test_named_rooms_are_a_plan_whatever_stands_beside_them() -> None:
    drawing = draw(random_house(4), PLAIN)
    assert understand(replace(drawing, texts=(*drawing.texts, *NAMED, title("ROOF PLAN")))).rooms
