"""A field stays where it is in the world, whatever grid it is put on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.affine import Affine
from shared.concept import Concept, Label, LabelTable
from shared.errors import InvalidValueError
from shared.filters import Interpolation, resample, respaced_grid, straight_grid
from shared.segmentation import LabelMap
from shared.volume import Quantity, Volume
from tests.fixtures.strategies import affines
from tests.reference.resample import resample_by_points

FIELD = np.random.default_rng(0).normal(0, 100, (5, 6, 7))
OUTSIDE = -999.0


def turned(angle, shift=(0.3, -0.2, 0.4), shear=0.2):
    c, s = np.cos(angle), np.sin(angle)
    matrix = np.eye(4)
    matrix[:3, :3] = np.array([[c, -s, 0], [s, c, 0], [0, shear, 1]]) * 0.9
    matrix[:3, 3] = shift
    return Affine(matrix)


@pytest.mark.parametrize("interpolation", list(Interpolation))
@pytest.mark.parametrize("angle", [0.0, 0.4, -1.3])
def test_values_are_those_of_the_definition(interpolation, angle):
    volume = Volume(values=FIELD, affine=turned(-0.7, (1, 2, 3)))
    grid = turned(angle)
    found = resample(volume, grid, (4, 6, 5), outside=OUTSIDE, interpolation=interpolation)
    matrix = np.linalg.inv(volume.affine.matrix) @ grid.matrix
    expected = resample_by_points(FIELD, matrix, (4, 6, 5), OUTSIDE, interpolation.value)
    assert (expected != OUTSIDE).any()
    np.testing.assert_allclose(found.values, expected, atol=1e-9)
    assert found.affine is grid


@pytest.mark.parametrize("interpolation", ["nearest", "linear"])
def test_values_are_those_of_simpleitk(interpolation):
    import SimpleITK as sitk  # noqa: N813

    image = sitk.GetImageFromArray(FIELD)
    grid = sitk.Image(9, 8, 7, sitk.sitkFloat64)
    c, s = np.cos(0.3), np.sin(0.3)
    grid.SetDirection((c, -s, 0, s, c, 0, 0, 0, 1))
    grid.SetSpacing((0.71, 0.83, 0.67))
    grid.SetOrigin((0.21, -0.37, 0.13))
    method = sitk.sitkLinear if interpolation == "linear" else sitk.sitkNearestNeighbor
    expected = sitk.GetArrayFromImage(sitk.Resample(image, grid, sitk.Transform(), method, OUTSIDE))
    columns = np.array(grid.GetDirection()).reshape(3, 3) * grid.GetSpacing()
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = columns[::-1, ::-1], grid.GetOrigin()[::-1]
    volume = Volume(values=FIELD, affine=Affine.identity())
    found = resample(
        volume, Affine(matrix), (7, 8, 9), outside=OUTSIDE, interpolation=interpolation
    )
    np.testing.assert_allclose(found.values, expected, atol=1e-6)


@given(affines())
@example(Affine(np.diag([0.1, 0.7, 1.3, 1.0])))
def test_a_fields_own_grid_gives_it_back(affine):
    for interpolation in Interpolation:
        volume = Volume(values=FIELD.astype(np.float32), affine=affine)
        same = resample(volume, affine, FIELD.shape, outside=0, interpolation=interpolation)
        np.testing.assert_array_equal(same.values, volume.values)


@given(affines(), affines())
def test_a_linear_field_is_read_exactly_in_world(field_affine, grid_affine):
    slope = np.array([3.0, -2.0, 0.5])
    index = np.indices((5, 6, 7)).reshape(3, -1).T
    values = (field_affine.apply(index) @ slope).reshape(5, 6, 7)
    volume = Volume(values=values, affine=field_affine)
    matrix = np.eye(4)
    matrix[:3, :3] = grid_affine.matrix[:3, :3] * 0.1
    matrix[:3, 3] = field_affine.apply((2, 2.5, 3))
    grid = Affine(matrix)
    found = resample(volume, grid, (3, 3, 3), outside=np.nan)
    points = grid.apply(np.indices((3, 3, 3)).reshape(3, -1).T)
    at = field_affine.inverse().apply(points)
    inside = ((at >= 0) & (at <= np.array([4, 5, 6]))).all(axis=1)
    scale = np.abs(values).max() + 1
    np.testing.assert_allclose(
        found.values.ravel()[inside], (points @ slope)[inside], atol=1e-9 * scale
    )
    assert np.isnan(
        found.values.ravel()[((at < -0.51) | (at > [4.51, 5.51, 6.51])).any(axis=1)]
    ).all()


@pytest.mark.parametrize("dtype", [np.int16, np.uint8, np.float32, ">i2", bool])
def test_nearest_keeps_the_type_and_linear_does_not_round(dtype):
    values = (np.round(np.abs(FIELD)) % 5 // 2).astype(dtype)
    volume = Volume(values=values, affine=Affine.identity(), quantity=Quantity.HU)
    grid, shape = respaced_grid(volume.affine, volume.shape, 0.5)
    near = resample(volume, grid, shape, outside=0, interpolation="nearest")
    assert near.values.dtype == np.dtype(dtype).newbyteorder("=")
    assert near.quantity is Quantity.HU
    linear = resample(volume, grid, shape, outside=0)
    assert linear.values.dtype == np.float32
    assert (linear.values % 1 != 0).any()


def test_label_maps_are_resampled_by_nearest_only():
    label = Label(value=3, name="bone", concept=Concept(scheme="SCT", code="1", meaning="Bone"))
    labels = LabelTable((label,))
    values = (FIELD > 0).astype(np.uint8) * 3
    label_map = LabelMap(values=values, affine=Affine.identity(), labels=labels)
    grid, shape = respaced_grid(label_map.affine, label_map.shape, (0.4, 0.6, 0.8))
    fine = resample(label_map, grid, shape, outside=0)
    assert fine.labels == labels
    assert set(np.unique(fine.values)) == {0, 3}
    with pytest.raises(InvalidValueError, match="nearest"):
        resample(label_map, grid, shape, outside=0, interpolation="linear")


def test_a_missing_neighbor_does_not_spoil_a_voxel_that_is_hit():
    values = FIELD.copy()
    values[2, 3, 4] = np.nan
    volume = Volume(values=values, affine=Affine.identity())
    for interpolation in Interpolation:
        found = resample(
            volume, Affine.identity(), FIELD.shape, outside=0, interpolation=interpolation
        )
        np.testing.assert_array_equal(found.values, values)


@given(st.floats(0.2, 3.0), affines())
def test_another_spacing_keeps_the_middle_and_the_box(spacing, affine):
    grid, shape = respaced_grid(affine, (5, 6, 7), spacing)
    np.testing.assert_allclose(grid.spacing, spacing)
    np.testing.assert_allclose(
        grid.apply((np.array(shape) - 1) / 2), affine.apply((2, 2.5, 3)), atol=1e-9 * 1e4
    )
    extent = np.array(shape) * spacing
    assert (np.abs(extent - np.array([5, 6, 7]) * affine.spacing) <= spacing).all()


@given(affines())
def test_a_straight_grid_stands_at_right_angles_and_covers_the_sheared_one(affine):
    grid, shape = straight_grid(affine, (5, 6, 7))
    assert grid.is_orthogonal()
    assert grid.is_mirrored == affine.is_mirrored
    np.testing.assert_allclose(grid.matrix[:3, 2], affine.matrix[:3, 2])
    corners = np.array([(i, j, k) for i in (0, 4) for j in (0, 5) for k in (0, 6)])
    at = grid.inverse().apply(affine.apply(corners))
    assert (at > -1e-3).all()
    assert (at < np.array(shape) - 1 + 1e-3).all()


def test_a_grid_at_right_angles_stays():
    affine = Affine(np.diag([1.5, 0.5, 0.5, 1.0]))
    grid, shape = straight_grid(affine, (5, 6, 7))
    assert shape == (5, 6, 7)
    assert grid.isclose(affine)


def test_impossible_grids_and_values_are_refused():
    volume = Volume(values=FIELD.astype(np.int16), affine=Affine.identity())
    with pytest.raises(InvalidValueError, match="three positive"):
        resample(volume, volume.affine, (3, 0, 3), outside=0)
    with pytest.raises(InvalidValueError, match="outside"):
        resample(volume, volume.affine, (3, 3, 3), outside=np.nan, interpolation="nearest")
    with pytest.raises(InvalidValueError, match="positive length"):
        respaced_grid(volume.affine, volume.shape, 0.0)
