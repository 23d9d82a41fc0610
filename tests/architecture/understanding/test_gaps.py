"""Gaps: between wall ends, and between a wall end and a wall across."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.affinity import rotate, translate
from shapely.geometry import MultiPolygon, Polygon, box

from architecture.understanding.gaps import edges_of, find_gaps


def body(*parts: Polygon) -> MultiPolygon:
    return MultiPolygon(parts)


@given(
    width=st.floats(0.4, 6.0),
    thickness=st.floats(0.06, 0.6),
    degrees=st.floats(0, 360),
    moved=st.tuples(*[st.floats(-200, 200)] * 2),
)
def test_two_wall_ends_make_one_gap(
    width: float, thickness: float, degrees: float, moved: tuple[float, float]
) -> None:
    walls = body(box(-3, 0, 0, thickness), box(width, 0, width + 3, thickness))
    (gap,) = find_gaps(translate(rotate(walls, degrees, origin=(0, 0)), *moved))
    assert gap.ends == 2
    assert gap.width_m == pytest.approx(width, abs=1e-6)
    assert gap.thickness_m == pytest.approx(thickness, abs=1e-6)
    assert gap.quad.area == pytest.approx(width * thickness, rel=1e-6)


def test_a_wall_end_looks_at_the_side_of_a_wall() -> None:
    (gap,) = find_gaps(body(box(0, 0, 0.1, 2), box(-3, 2.9, 3, 3.2)))
    assert gap.ends == 1
    assert gap.width_m == pytest.approx(0.9)


def test_what_stands_between_is_met_first() -> None:
    walls = body(box(-3, 0, 0, 0.2), box(1, 0.05, 1.1, 0.15), box(3, 0, 6, 0.2))
    widths = {round(gap.width_m, 6) for gap in find_gaps(walls)}
    assert widths == {1.0, 1.9}


def test_a_wall_end_with_nothing_before_it_makes_no_gap() -> None:
    assert find_gaps(body(box(0, 0, 4, 0.2))) == []


def test_a_part_of_a_gap_is_a_gap() -> None:
    (gap,) = find_gaps(body(box(-3, 0, 0, 0.2), box(4, 0, 7, 0.2)))
    part = gap.part(-2.0, 0.5)
    assert part.width_m == pytest.approx(2.5)
    assert part.quad.area == pytest.approx(0.5, rel=1e-6)


def test_points_on_straight_edges_are_no_corners() -> None:
    square = Polygon([(0, 0), (1, 0), (2, 0), (2, 2), (1.3, 2), (0, 2)])
    edges = edges_of(body(square))
    assert len(edges.length) == 4
    assert np.allclose(edges.turn_start, 1.0)
