"""Surfaces from the fields of labels stand where the fields are equal, and are solids."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.spatial import cKDTree

from shared.affine import Affine
from shared.errors import InvalidValueError
from shared.meshing import topology
from shared.surfaces import label_surfaces, probability_surfaces
from shared.surfaces.sheets import CELL_MARGIN
from tests.reference.label_surfaces import crossing_offsets, label_surfaces_by_rule
from tests.shared.surfaces.test_label_surfaces import (
    SCAN,
    enclosed,
    label_map,
    quads_of,
    triangles_at,
    turned,
)

shapes = hnp.array_shapes(min_dims=4, max_dims=4, min_side=1, max_side=4)
steps = hnp.arrays(np.int16, shapes, elements=st.integers(0, 3))
"""Small integers: ties and saddles everywhere."""
numbers = hnp.arrays(
    np.float32,
    shapes,
    elements=st.one_of(
        st.sampled_from([0.0, 1.0, np.nan, np.inf, -np.inf]), st.floats(-3, 3, width=32)
    ),
)
reals = hnp.arrays(np.float32, shapes, elements=st.floats(-3, 3, width=32))


def in_unit_cube(size):
    """Voxel centers of a grid from −1 to 1, and its affine."""
    grid = (np.indices((size,) * 3) + 0.5) / size * 2 - 1
    matrix = np.diag([2 / size] * 3 + [1.0])
    matrix[:3, 3] = 1 / size - 1
    return grid, Affine(matrix)


@given(st.one_of(steps, numbers), st.booleans())
def test_every_label_of_any_fields_is_a_solid(fields, with_field_of_background):
    first = 0 if with_field_of_background else 1
    values = range(first, first + len(fields))
    background = None if with_field_of_background else 0.5
    surfaces = probability_surfaces(fields, values, SCAN, background=background)
    for mesh in surfaces.values():
        assert topology(mesh).solid
        assert enclosed(mesh) > 0


@settings(max_examples=15)
@given(st.one_of(steps, reals), st.sampled_from([SCAN, Affine.identity()]))
@example(np.tile(np.arange(5, dtype=np.int16) % 3, (2, 2, 2, 15)) * [[[[1]]], [[[-1]]]], SCAN)
def test_the_surfaces_are_those_that_the_rule_draws(fields, affine):
    labels = fields.argmax(axis=0)
    found = probability_surfaces(fields, range(len(fields)), affine)
    offsets = crossing_offsets(fields, labels)
    expected = label_surfaces_by_rule(labels, affine.matrix, 0, 0.5, False, offsets)
    assert set(found) == set(expected)
    for value, (vertices, quads) in expected.items():
        mesh = found[value]
        assert len(mesh.vertices) == len(vertices)
        distance, twin_of = cKDTree(vertices).query(mesh.vertices)
        assert distance.max() < 5e-5
        rows = np.array([(a, b, c, a, c, d) for a, b, c, d in quads])
        assert quads_of(twin_of[mesh.faces]) == quads_of(rows)


def test_a_plane_border_comes_out_plane_for_both_labels():
    grid, affine = in_unit_cube(12)
    height = np.tensordot([0.3, -0.5, 0.81], grid, axes=1) - 0.07
    fields = np.stack([np.full_like(height, -9.0), 0.2 + height, 0.2 - height])
    surfaces = probability_surfaces(fields, [0, 1, 2], affine)
    border = {turned(t[::-1]) for t in triangles_at(surfaces[1])} & set(triangles_at(surfaces[2]))
    at = np.array(list(border)).reshape(-1, 3)
    inner = np.abs(at).max(axis=1) < 0.9
    assert inner.sum() > 300
    miss = np.abs(at[inner] @ [0.3, -0.5, 0.81] - 0.07)
    assert np.quantile(miss, 0.9) < 1e-6
    assert miss.max() < 2 * CELL_MARGIN / 6  # a step is 1/6; few vertices are kept from a wall
    whole = sum(enclosed(mesh) for mesh in surfaces.values())
    assert whole == pytest.approx(8.0, rel=1e-5)


def test_a_ball_converges_at_second_order():
    errors, farthest = [], []
    for size in (16, 32, 64):
        grid, affine = in_unit_cube(size)
        distance = np.linalg.norm(grid, axis=0)
        mesh = probability_surfaces([0.7 - distance], [3], affine, background=0.0)[3]
        errors.append(abs(enclosed(mesh) / (4 / 3 * np.pi * 0.7**3) - 1))
        farthest.append(np.abs(np.linalg.norm(mesh.vertices, axis=1) - 0.7).max())
    for one in (errors, farthest):
        assert one[0] > 3.5 * one[1] > 3.5**2 * one[2]
    assert errors[2] < 3e-3


def test_the_boundary_is_nearer_than_that_of_the_label_map():
    grid, affine = in_unit_cube(24)
    field = 0.7 - np.linalg.norm(grid, axis=0)
    soft = probability_surfaces([1 / (1 + np.exp(-9 * field))], [1], affine, background=0.5)[1]
    hard = label_surfaces(label_map((field > 0).astype(np.uint8), affine))[1]
    miss = [np.abs(np.linalg.norm(mesh.vertices, axis=1) - 0.7).max() for mesh in (soft, hard)]
    assert 4 * miss[0] < miss[1]


def test_a_level_of_background_is_a_constant_field():
    fields = np.random.default_rng(1).random((3, 5, 6, 7))
    one = probability_surfaces(fields, [4, 2, 9], SCAN, background=0.5)
    constant = np.concatenate([np.full((1, 5, 6, 7), 0.5), fields])
    other = probability_surfaces(constant, [0, 4, 2, 9], SCAN)
    assert list(one) == list(other) == [2, 4, 9]
    for value, mesh in one.items():
        np.testing.assert_array_equal(mesh.vertices, other[value].vertices)
        np.testing.assert_array_equal(mesh.faces, other[value].faces)


def test_fields_may_be_made_when_they_are_asked_for():
    fields = np.random.default_rng(2).random((4, 5, 6, 7)).astype(np.float32)
    asked = []

    class Lazy:
        def __len__(self):
            return 4

        def __getitem__(self, number):
            asked.append(number)
            return np.asfortranarray(fields[number])

    found = probability_surfaces(Lazy(), range(4), SCAN)
    expected = probability_surfaces(fields, range(4), SCAN)
    assert sorted(asked[-8:]) == [0, 0, 1, 1, 2, 2, 3, 3]
    for value, mesh in expected.items():
        np.testing.assert_array_equal(mesh.vertices, found[value].vertices)


def test_the_first_of_equal_fields_wins():
    fields = np.zeros((3, 2, 2, 2))
    assert list(probability_surfaces(fields, [5, 3, 4], SCAN)) == [5]
    assert not probability_surfaces(fields, [5, 3, 4], SCAN, background=0.0)


GRID = np.zeros((2, 3, 3, 3))


@pytest.mark.parametrize(
    ("fields", "values", "background", "message"),
    [
        (GRID, [1], None, "cannot have"),
        (GRID[:0], [], None, "cannot have"),
        (GRID, [1, 1], None, "different"),
        (GRID, [1, -1], None, "not negative"),
        (GRID, [0, 1], 0.5, "in place of"),
        (GRID, [1, 2], np.nan, "finite"),
        ([GRID[0], GRID[1, 1:]], [0, 1], None, "one shape"),
        (GRID[:, 0], [0, 1], None, "array"),
    ],
)
def test_what_does_not_fit_is_refused(fields, values, background, message):
    with pytest.raises(InvalidValueError, match=message):
        probability_surfaces(fields, values, SCAN, background=background)
