from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from shapely.geometry import MultiPolygon, Polygon, box

from shared.errors import InvalidValueError
from shared.solids import snap, triangulate
from tests.shared.solids.test_snapping import regions


def areas_of(points, triangles):
    a, b, c = (points[triangles[:, n]] for n in range(3))
    return 0.5 * ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])


@given(regions())
def test_triangles_fill_a_region_counter_clockwise(region):
    region = snap(region)
    points, triangles = triangulate(region)
    areas = areas_of(points, triangles)
    assert (areas > 0).all()
    assert areas.sum() == pytest.approx(region.area, abs=1e-9)


@given(regions())
def test_every_border_edge_is_the_edge_of_exactly_one_triangle(region):
    region = snap(region)
    _, triangles = triangulate(region)
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    directed = set(map(tuple, edges.tolist()))
    assert len(directed) == len(edges)
    free = {edge for edge in directed if edge[::-1] not in directed}
    start, border = 0, set()
    for polygon in region.geoms:
        for ring in (polygon.exterior, *polygon.interiors):
            count = len(ring.coords) - 1
            border |= {(start + n, start + (n + 1) % count) for n in range(count)}
            start += count
    assert free == border


def test_corners_within_a_straight_side_are_kept_without_flat_triangles():
    points, triangles = triangulate(Polygon([(0, 0), (1, 0), (2, 0), (3, 0), (3, 1), (0, 1)]))
    assert len(points) == 6
    assert (areas_of(points, triangles) > 0.1).all()


def test_nothing_has_no_triangles():
    points, triangles = triangulate(MultiPolygon())
    assert points.shape == (0, 2)
    assert triangles.shape == (0, 3)


def test_an_outline_that_crosses_itself_is_refused():
    with pytest.raises(InvalidValueError, match="not valid"):
        triangulate(Polygon([(0, 0), (2, 2), (2, 0), (0, 2)]))


def test_a_hole_stays_open():
    points, triangles = triangulate(box(0, 0, 4, 4).difference(box(1, 1, 2, 2)))
    assert areas_of(points, triangles).sum() == pytest.approx(15.0)
