"""Storeys drawn apart are brought over each other exactly, wall on wall."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity

from architecture import raise_building
from architecture.building.alignment import align_walls
from tests.fixtures.houses import random_house
from tests.fixtures.plans import RowHouse, row_house, turned


@settings(max_examples=15)
@given(
    seed=st.integers(0, 10_000),
    shift=st.tuples(st.floats(-60, 60), st.floats(-60, 60)),
    angle=st.sampled_from([0.0, 31.0, 90.0]),
)
def test_a_storey_with_other_inner_walls_is_brought_back_by_its_outer_ones(
    seed: int, shift: tuple[float, float], angle: float
) -> None:
    below = random_house(seed).gross
    hull = shapely.Polygon(below.exterior)
    ring = hull.difference(hull.buffer(-0.24, join_style="mitre"))
    above = ring.union(shapely.box(*hull.buffer(-2.0).bounds).boundary.buffer(0.06))
    turn = {"angle": angle, "origin": (0, 0)}
    moved = affinity.translate(affinity.rotate(above, **turn), *shift)
    found = align_walls(moved, affinity.rotate(below, **turn))
    assert found is not None
    assert found.shift_m == pytest.approx((-shift[0], -shift[1]), abs=0.002)
    assert found.share > 0.5


def test_nothing_comes_over_nothing() -> None:
    assert align_walls(shapely.Polygon(), shapely.box(0, 0, 1, 1)) is None


def test_storeys_drawn_beside_each_other_stand_over_each_other() -> None:
    lower = row_house(RowHouse(widths_m=(4.0, 3.0, 2.5)))
    upper = turned(row_house(RowHouse(widths_m=(4.0, 3.0))), 0.0, (40.0, -7.5))
    building = raise_building([lower, upper])
    (finding,) = [f for f in building.findings if f.code == "storey-aligned"]
    assert finding.details["shift_m"] == pytest.approx([-40.0, 7.5])
    boxes = [shapely.union_all([w.footprint for w in s.walls]).bounds for s in building.storeys]
    assert boxes[1][:2] == pytest.approx(boxes[0][:2], abs=1e-3)
