from __future__ import annotations

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.affinity import rotate
from shapely.geometry import MultiPolygon, Point, Polygon, box

from shared.errors import InvalidValueError
from shared.solids import snap
from shared.solids.snapping import GRID, pinch_points


@st.composite
def regions(draw):
    """Unions of boxes on a coarse lattice, so that they touch in points and along edges."""
    whole = Polygon()
    for _ in range(draw(st.integers(1, 8))):
        x, y = draw(st.integers(0, 9)), draw(st.integers(0, 9))
        width, height = draw(st.integers(1, 5)), draw(st.integers(1, 5))
        piece = box(x, y, x + width, y + height)
        whole = whole.difference(piece) if draw(st.booleans()) else whole.union(piece)
    return rotate(whole, draw(st.sampled_from([0.0, 0.0, 17.3])), origin=(0, 0))


@given(regions())
def test_snapped_regions_are_valid_on_the_grid_and_touch_nowhere(region):
    snapped = snap(region)
    assert snapped.is_valid
    assert pinch_points(snapped) == []
    steps = shapely.get_coordinates(snapped) / GRID
    assert abs(steps - steps.round()).max(initial=0.0) < 1e-4
    assert snapped.area == pytest.approx(region.area, abs=1e-3 * region.length + 1e-5)


@given(regions())
def test_snapping_twice_changes_nothing(region):
    once = snap(region)
    assert snap(once).equals(once)


def test_two_squares_that_touch_in_a_corner_are_parted():
    snapped = snap(MultiPolygon([box(0, 0, 1, 1), box(1, 1, 2, 2)]))
    assert len(snapped.geoms) == 2
    assert snapped.geoms[0].distance(snapped.geoms[1]) > GRID
    assert snapped.area == pytest.approx(2.0, abs=1e-5)


def test_a_bow_tie_becomes_valid():
    assert snap(Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])).area == pytest.approx(2.0, abs=1e-5)


def test_lines_points_and_slivers_vanish():
    assert snap(Point(0, 0)).is_empty
    assert snap(box(0, 0, 1, GRID / 10)).is_empty


def test_a_coordinate_that_is_no_number_is_refused():
    with pytest.raises(InvalidValueError, match="finite"):
        snap(Polygon([(0, 0), (1, 0), (float("inf"), 1)]))
