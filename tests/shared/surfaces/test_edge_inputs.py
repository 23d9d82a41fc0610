"""Inputs at the edge of what there is: surfaces are right, or the error is clear."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided

from shared.affine import Affine
from shared.concept import Label, LabelTable
from shared.errors import InvalidValueError
from shared.meshing import topology
from shared.segmentation import LabelMap
from shared.surfaces import isosurface, label_surfaces, probability_surfaces
from shared.volume import Volume

UPRIGHT = Affine.from_spacing((1.0, 1.0, 1.0))


def of_field(values):
    """The isosurface of numbers at 0.5."""
    return isosurface(Volume(values=values, affine=UPRIGHT), 0.5)


def of_label(values):
    """The surface of label 1 of integers, or None."""
    table = LabelTable((Label(value=1, name="one"),))
    return label_surfaces(LabelMap(values=values, affine=UPRIGHT, labels=table)).get(1)


def of_probability(values):
    """The surface of one field that exceeds 0.5, or None."""
    return probability_surfaces([values], [1], UPRIGHT, background=0.5).get(1)


SURFACES = [of_field, of_label, of_probability]
every_surface = pytest.mark.parametrize("surface", SURFACES, ids=lambda one: one.__name__)
SHORT = [shape for shape in product((1, 2, 65), repeat=3) if min(shape) < 3]


def enclosed(mesh):
    corners = mesh.vertices.astype(float)[mesh.faces]
    return np.einsum("fc,fc->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6


@every_surface
@pytest.mark.parametrize("shape", [(0, 3, 3), (3, 0, 3), (3, 3, 0), (0, 0, 0)])
def test_an_empty_array_is_refused(surface, shape):
    with pytest.raises(InvalidValueError, match="non-empty"):
        surface(np.zeros(shape, np.uint8))


@every_surface
@pytest.mark.parametrize("shape", [(3,), (3, 3), (3, 3, 3, 3)])
def test_what_is_no_grid_of_three_axes_is_refused(surface, shape):
    with pytest.raises(InvalidValueError, match=r"\[i j k\]"):
        surface(np.ones(shape, np.uint8))


@every_surface
def test_one_voxel_is_a_solid_around_its_center(surface):
    mesh = surface(np.ones((1, 1, 1), np.uint8))
    assert topology(mesh).solid
    np.testing.assert_allclose(mesh.vertices.mean(axis=0), 0.0, atol=1e-6)
    assert 0.0 < enclosed(mesh) <= 1.0


@every_surface
def test_nothing_inside_has_no_surface(surface):
    mesh = surface(np.zeros((3, 4, 5), np.uint8))
    assert mesh is None or mesh.is_empty


@every_surface
def test_all_inside_is_a_box_as_large_as_the_grid(surface):
    mesh = surface(np.ones((4, 5, 70), np.uint8))
    assert topology(mesh).solid
    half = 0.5 if surface is not of_field else 1e-3
    np.testing.assert_allclose(mesh.vertices.min(axis=0), -half, atol=1e-6)
    np.testing.assert_allclose(mesh.vertices.max(axis=0), np.array([3, 4, 69]) + half, rtol=1e-6)


@every_surface
@pytest.mark.parametrize("shape", SHORT, ids=str)
def test_axes_of_one_or_two_voxels_are_closed(surface, shape):
    values = np.random.default_rng(5).integers(0, 2, shape).astype(np.uint8)
    values[0, 0, 0] = 1
    assert topology(surface(values)).solid


@pytest.mark.parametrize("surface", [of_field, of_probability], ids=lambda one: one.__name__)
@pytest.mark.parametrize("strange", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_finite_numbers_leave_a_solid_with_finite_vertices(surface, strange):
    values = np.random.default_rng(6).random((5, 6, 70)).astype(np.float32)
    values[np.random.default_rng(7).random(values.shape) < 0.2] = strange
    mesh = surface(values)
    assert topology(mesh).solid
    assert np.isfinite(mesh.vertices).all()
    inside = np.nan_to_num(values, nan=0.0, posinf=1.0, neginf=0.0) > 0.5
    expected = surface(inside.astype(np.float32))
    assert topology(mesh).euler == topology(expected).euler
    assert len(mesh.faces) == len(expected.faces)


@pytest.mark.parametrize("surface", [of_field, of_probability], ids=lambda one: one.__name__)
@pytest.mark.parametrize("strange", [np.nan, -np.inf])
def test_a_field_without_any_number_inside_has_no_surface(surface, strange):
    mesh = surface(np.full((3, 4, 5), strange))
    assert mesh is None or mesh.is_empty


@every_surface
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_voxels_farther_apart_than_int32_can_count_are_read_where_they_lie(surface, axis):
    values = np.random.default_rng(8).integers(0, 2, (2, 3, 70)).astype(np.uint8)
    values = np.moveaxis(values, 0, axis)
    room = np.zeros(2**31 + 2**20, np.uint8)  # pages that are never written take no memory
    steps = [0, 0, 0]
    steps[axis] = 2**31 + 5
    others = [n for n in range(3) if n != axis]
    steps[others[1]], steps[others[0]] = 1, values.shape[others[1]] + 3
    far = as_strided(room, values.shape, steps)
    far[...] = values
    far.setflags(write=False)
    expected, found = surface(values), surface(far)
    np.testing.assert_array_equal(found.vertices, expected.vertices)
    np.testing.assert_array_equal(found.faces, expected.faces)


@every_surface
@pytest.mark.parametrize(
    "laid_out",
    [
        np.asfortranarray,
        lambda a: a[::-1, ::-1, ::-1].copy()[::-1, ::-1, ::-1],
        lambda a: np.repeat(a, 2, axis=2)[:, :, ::2],
        lambda a: np.repeat(a, 3, axis=0)[::3],
    ],
    ids=["fortran", "reversed", "strided", "slices apart"],
)
def test_memory_layout_and_writability_do_not_matter(surface, laid_out):
    values = np.random.default_rng(9).integers(0, 2, (4, 5, 70)).astype(np.uint8)
    other = laid_out(values)
    other.setflags(write=False)
    before = other.copy()
    expected, found = surface(values), surface(other)
    np.testing.assert_array_equal(found.vertices, expected.vertices)
    np.testing.assert_array_equal(found.faces, expected.faces)
    np.testing.assert_array_equal(other, before)
