"""Walls: straight runs that part the body, clean at their joins."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.affinity import rotate
from shapely.geometry import MultiPolygon, Polygon, box

from architecture.plan import Wall
from architecture.understanding.walls import part_into_walls, runs_of


def walls_of(*parts: Polygon, degrees: float = 0.0) -> tuple[tuple[Wall, ...], Polygon]:
    whole = rotate(shapely.union_all(parts), degrees, origin=(0, 0))
    return part_into_walls(MultiPolygon([whole])), whole


def check_parts(walls: tuple[Wall, ...], whole: Polygon) -> None:
    union = shapely.union_all([wall.footprint for wall in walls], grid_size=1e-7)
    assert union.symmetric_difference(whole).area < 1e-3 * whole.area
    assert sum(w.footprint.area for w in walls) == pytest.approx(whole.area, rel=1e-3)


@given(degrees=st.floats(0, 360))
def test_a_corner_is_two_walls(degrees: float) -> None:
    walls, whole = walls_of(box(0, 0, 5, 0.3), box(0, 0, 0.3, 4), degrees=degrees)
    assert len(walls) == 2
    check_parts(walls, whole)


@given(degrees=st.floats(0, 360))
def test_a_branch_ends_at_the_wall_it_meets(degrees: float) -> None:
    walls, whole = walls_of(box(0, 0, 6, 0.3), box(2, 0, 2.1, 4), degrees=degrees)
    assert sorted(round(w.axis.length, 2) for w in walls) == [3.7, 6.0]
    assert sorted(round(w.thickness_m, 3) for w in walls) == [0.1, 0.3]
    check_parts(walls, whole)


def test_at_a_crossing_one_wall_goes_through() -> None:
    walls, whole = walls_of(box(0, 0, 6, 0.3), box(2, -3, 2.2, 4))
    assert len(walls) == 3
    assert max(w.axis.length for w in walls) in (pytest.approx(6.0), pytest.approx(7.0))
    check_parts(walls, whole)


def test_an_oblique_join_leaves_nothing_out() -> None:
    slanted = Polygon([(4, 0), (6, 3), (6.25, 2.83), (4.36, 0)])
    walls, whole = walls_of(box(0, 0, 8, 0.3), slanted)
    assert len(walls) == 2
    check_parts(walls, whole)


def test_walls_of_different_thickness_in_line_are_two() -> None:
    walls, whole = walls_of(box(0, 0, 4, 0.3), box(4, 0, 9, 0.15))
    assert sorted(round(w.thickness_m, 2) for w in walls) == [0.15, 0.3]
    check_parts(walls, whole)


def test_a_room_is_four_walls_as_thick_as_their_faces_are_apart() -> None:
    ring = box(0, 0, 6, 5).difference(box(0.24, 0.24, 5.76, 4.76))
    walls, whole = walls_of(ring)
    assert len(walls) == 4
    check_parts(walls, whole)
    assert np.allclose([run.thickness_m for run in runs_of(MultiPolygon([ring]))], 0.24)
