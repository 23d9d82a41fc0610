"""The union of planar regions."""

import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely.affinity import rotate
from shapely.geometry import LineString, Polygon, box

from shared.solids.planar import union

LENGTH_M = st.floats(2.2, 8.0).map(lambda value: round(value, 3))


def strip(start: tuple[float, float], end: tuple[float, float], width: float) -> Polygon:
    return LineString([start, end]).buffer(width / 2, cap_style="flat")


@settings(max_examples=30)
@given(LENGTH_M, LENGTH_M, LENGTH_M, st.floats(-180.0, 180.0))
@example(3.0, 2.25, 3.875, -3.7)  # a union in floating point loses a wall here
def test_walls_that_touch_keep_all_their_area_when_turned(first, second, depth, turned_deg):
    length = first + 0.12 + second
    walls = [
        strip((-0.3, -0.15), (length + 0.3, -0.15), 0.3),
        strip((-0.3, depth + 0.15), (length + 0.3, depth + 0.15), 0.3),
        strip((-0.15, 0.0), (-0.15, depth), 0.3),
        strip((length + 0.15, 0.0), (length + 0.15, depth), 0.3),
        strip((first + 0.06, 0.0), (first + 0.06, depth), 0.12),
    ]
    whole = union(rotate(wall, turned_deg, origin=(0, 0)) for wall in walls)
    assert whole.area == pytest.approx(sum(wall.area for wall in walls), rel=1e-6)


@given(st.lists(st.tuples(*[st.integers(0, 6)] * 4), max_size=6))
def test_overlaps_count_once(corners):
    regions = [box(x, y, x + w, y + h) for x, y, w, h in corners if w and h]
    cells = {(i, j) for x, y, w, h in corners for i in range(x, x + w) for j in range(y, y + h)}
    assert union(regions).area == pytest.approx(len(cells))


def test_nothing_unites_to_nothing():
    assert union([]).is_empty
    assert union([Polygon(), shapely.Point(0, 0).buffer(0)]).is_empty
