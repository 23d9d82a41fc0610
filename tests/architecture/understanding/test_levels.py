"""Levels written beside a section give storeys their names and heights."""

from __future__ import annotations

from dataclasses import replace

import pytest

from architecture.build import plans_of
from architecture.drawing import Text
from architecture.understanding.levels import level_stacks
from architecture.understanding.storeys import storeys_in
from tests.fixtures.houses import random_house
from tests.fixtures.sheets import sheet


def column(lines: list[tuple[str, float]], x: float = 60.0) -> list[Text]:
    return [Text(content=c, position=(x, y), height_m=0.2, layer="T") for c, y in lines]


NAMED = column(
    [
        ("GROUND LEVEL", 29.4),
        ("GROUND FLOOR LEVEL.", 30.0),
        ("FIRST FLOOR LEVEL.", 33.1),
        ("SECOND FLOOR LEVEL.", 35.9),
        ("ROOF LEVEL.", 38.6),
    ]
)


def test_named_levels_in_order_are_storeys_with_heights() -> None:
    (stack,) = level_stacks(NAMED)
    assert [level.name for level in stack.storeys] == [
        "GROUND FLOOR",
        "FIRST FLOOR",
        "SECOND FLOOR",
    ]
    assert [stack.height_of(i) for i in range(3)] == pytest.approx([3.1, 2.8, 2.7])


def test_figures_are_levels_where_they_are_drawn_to_scale() -> None:
    drawn = column([("±0.00", 5.0), ("+2.90", 7.9), ("+5.80", 10.8)])
    (stack,) = level_stacks(drawn)
    assert stack.height_of(0) == pytest.approx(2.9)
    assert not level_stacks(column([("±0.00", 5.0), ("+2.90", 6.0), ("+5.80", 7.0)]))


def test_names_in_disorder_or_far_apart_are_no_levels() -> None:
    assert not level_stacks(column([(t.content, -t.position[1]) for t in NAMED]))
    assert not level_stacks([*NAMED[:2], replace(NAMED[2], position=(90.0, 33.1))])


@pytest.mark.parametrize("titles", [("", "", ""), ("GROUND FLOOR", "FIRST FLOOR", "SECOND FLOOR")])
def test_plans_take_names_and_heights_from_the_section_beside_them(titles: tuple[str, ...]) -> None:
    drawing = sheet([random_house(5)] * 3, titles)
    storeys = storeys_in(replace(drawing, texts=(*drawing.texts, *NAMED)))
    plans = [plan for storey in storeys for plan in plans_of(storey, roles=None)]
    assert [plan.name for plan in plans] == ["GROUND FLOOR", "FIRST FLOOR", "SECOND FLOOR"]
    assert [plan.height_m for plan in plans] == pytest.approx([3.1, 2.8, 2.7])
    assert "storey-heights-measured" in {f.code for f in storeys[0].drawing.findings}
