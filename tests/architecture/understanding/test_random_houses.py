"""Houses drawn at random, by many habits, are got back as they were meant."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from architecture.plan import OpeningKind, Plan
from architecture.understanding.understand import understand
from shared.solids.planar import union
from tests.fixtures.houses import Habit, Hole, House, draw, placed, random_house

habits = st.builds(
    Habit,
    walls=st.sampled_from(["outline", "pieces", "lines", "open", "layered", "hatch", "solid"]),
    layers=st.sampled_from(["aia", "numbers"]),
    doors=st.sampled_from(["block", "exploded"]),
    panes=st.integers(2, 4),
    miss_m=st.sampled_from([0.0, 0.004]),
    broken=st.booleans(),
    furniture=st.booleans(),
    leaf_deg=st.sampled_from([90.0, 45.0]),
    sheet=st.booleans(),
    tiles=st.booleans(),
    sills=st.booleans(),
    sizes=st.booleans(),
    turned_deg=st.sampled_from([0.0, 3.7, 31.0, 90.0, 200.0]),
    moved_m=st.sampled_from([(0.0, 0.0), (120.0, -35.0)]),
)


def matched(
    found: list[tuple[float, float]], meant: list[Hole], habit: Habit, reach_m: float
) -> int:
    """Return how many of the holes meant have something found at their place."""
    a = np.radians(habit.turned_deg)
    turn = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    places = [turn @ np.array(hole.center) + np.array(habit.moved_m) for hole in meant]
    return sum(any(np.hypot(*(p - f)) < reach_m for f in found) for p in places)


def check(plan: Plan, house: House, habit: Habit) -> None:
    truth = placed(house, habit)
    assert len(plan.rooms) == len(house.rooms)
    for room in plan.rooms:
        shares = [
            room.outline.intersection(r).area / room.outline.union(r).area for r in truth.rooms
        ]
        assert max(shares) > 0.98
        assert room.printed_area_m2 == pytest.approx(room.area_m2, rel=0.02)
        assert room.name
        assert room.number
    for kind in (OpeningKind.DOOR, OpeningKind.WINDOW):
        found = [o.center for o in plan.openings if o.kind is kind]
        meant = house.of(kind.value)
        assert len(found) == len(meant)
        assert matched(found, meant, habit, 0.05) == len(meant)
    body = union(wall.footprint for wall in plan.walls)
    assert body.intersection(truth.gross).area > 0.98 * body.union(truth.gross).area
    total = sum(wall.footprint.area for wall in plan.walls)
    assert total == pytest.approx(body.area, rel=1e-3), "footprints part the body"


@settings(derandomize=True)
@given(seed=st.integers(0, 10_000), habit=habits)
def test_a_drawn_house_is_understood(seed: int, habit: Habit) -> None:
    house = random_house(seed)
    plan = understand(draw(house, habit, seed=seed))
    check(plan, house, habit)
    assert not plan.unresolved


@settings(derandomize=True)
@given(seed=st.integers(0, 10_000), habit=habits)
@example(seed=189, habit=Habit(walls="lines", panes=2, leaf_deg=45.0, sills=True))
@example(seed=189, habit=Habit(walls="lines", panes=2, miss_m=0.004, sheet=True, turned_deg=200.0))
def test_a_drawing_all_on_layer_0_is_understood(seed: int, habit: Habit) -> None:
    from dataclasses import replace

    on_zero = replace(habit, layers="zero")
    house = random_house(seed)
    check(understand(draw(house, on_zero, seed=seed)), house, on_zero)
