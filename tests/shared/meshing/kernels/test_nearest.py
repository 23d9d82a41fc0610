from __future__ import annotations

import numpy as np
import pytest

from shared.meshing.kernels.bounding_tree import curve_order, ordered_faces
from shared.meshing.kernels.nearest import block_tree, nearest_squares
from shared.meshing.kernels.spread import spread_points, walked_vertices
from tests.reference.meshing_compare import to_mesh
from tests.shared.meshing.shapes import bumpy_ball


def test_the_curve_goes_from_each_cell_to_a_neighbor_and_misses_none():
    cells = np.stack(np.meshgrid(*[np.arange(8.0)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    order = curve_order(cells)
    assert np.array_equal(np.sort(order), np.arange(len(cells)))
    assert np.all(np.abs(np.diff(cells[order], axis=0)).sum(axis=1) == 1.0)


def test_a_search_that_may_end_early_is_exact_beyond_and_never_too_small():
    mesh = bumpy_ball()
    _, corners = ordered_faces(mesh.vertices, mesh.faces)
    points = np.random.default_rng(1).normal(size=(200, 3)) * np.ptp(mesh.vertices) / 2
    expected = to_mesh(points, mesh.vertices, mesh.faces) ** 2
    enough = float(np.median(expected))
    found = np.empty(len(points))
    nearest_squares(points, block_tree(corners), enough, found, 0, len(points))
    beyond = expected > enough * (1.0 + 1e-9)
    assert 50 < beyond.sum() < 150
    assert found[beyond] == pytest.approx(expected[beyond], rel=1e-9)
    assert np.all(found[~beyond] <= enough * (1.0 + 1e-9))
    assert np.all(found >= expected * (1.0 - 1e-9))


def test_points_do_not_depend_on_the_order_of_the_walk():
    mesh = bumpy_ball()
    order, _ = ordered_faces(mesh.vertices, mesh.faces)
    given = np.arange(len(mesh.faces), dtype=np.int32)
    for walk in (
        lambda along: spread_points(mesh.vertices, mesh.faces, along, 500)[0],
        lambda along: walked_vertices(mesh.vertices, mesh.faces, along),
    ):
        one, other = walk(given), walk(order)
        assert not np.array_equal(one, other)
        assert np.array_equal(one[np.lexsort(one.T)], other[np.lexsort(other.T)])


def test_vertices_without_faces_are_not_walked():
    vertices = np.array([[9, 9, 9], [0, 0, 0], [1, 0, 0], [0, 1, 0]], dtype=np.float32)
    found = walked_vertices(vertices, np.array([[1, 2, 3]], np.int32), np.zeros(1, np.int32))
    assert np.array_equal(found, vertices[1:])
