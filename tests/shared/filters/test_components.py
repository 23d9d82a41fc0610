"""Components agree with a plain flood and with SciPy; pieces go by size, never silently."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from shared.errors import InvalidValueError
from shared.filters import Connectivity, components, drop_below, fill_holes, keep_largest
from tests.reference.components import components_by_flooding

STEPS = {Connectivity.FACE: 1, Connectivity.EDGE: 2, Connectivity.FULL: 3}
connectivities = st.sampled_from(list(Connectivity))
shapes = hnp.array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=7)
masks = hnp.arrays(bool, shapes)
labels = hnp.arrays(np.uint8, shapes, elements=st.integers(0, 3))


def structure(connectivity):
    return scipy.ndimage.generate_binary_structure(3, STEPS[connectivity])


@given(st.one_of(masks, labels), connectivities)
def test_components_are_those_of_a_plain_flood(values, connectivity):
    found = components(values, connectivity=connectivity)
    expected = components_by_flooding(values, STEPS[connectivity])
    np.testing.assert_array_equal(found.labels, expected)
    np.testing.assert_array_equal(found.sizes, np.bincount(expected.ravel(), minlength=1))
    assert found.count == expected.max()


@pytest.mark.parametrize("connectivity", list(Connectivity))
@pytest.mark.parametrize("share", [0.1, 0.3, 0.6])
def test_components_agree_with_scipy_on_larger_masks(connectivity, share):
    mask = np.random.default_rng(5).random((20, 31, 140)) < share
    found = components(mask, connectivity=connectivity)
    expected, _ = scipy.ndimage.label(mask, structure(connectivity))
    np.testing.assert_array_equal(found.labels, expected)


@given(st.one_of(masks, labels), connectivities)
def test_boxes_centroids_and_values_belong_to_their_piece(values, connectivity):
    found = components(values, connectivity=connectivity)
    for piece in range(1, found.count + 1):
        where = np.argwhere(found.labels == piece)
        np.testing.assert_array_equal(found.boxes[piece, :, 0], where.min(axis=0))
        np.testing.assert_array_equal(found.boxes[piece, :, 1], where.max(axis=0) + 1)
        np.testing.assert_allclose(found.centroids[piece], where.mean(axis=0))
        assert values[tuple(where[0])] == found.values[piece]


@given(labels, connectivities, st.integers(1, 3))
def test_of_each_label_the_largest_pieces_stay(values, connectivity, count):
    kept = keep_largest(values, connectivity=connectivity, count=count)
    assert kept.dtype == values.dtype
    for value in (1, 2, 3):
        pieces, number = scipy.ndimage.label(values == value, structure(connectivity))
        sizes = np.bincount(pieces.ravel(), minlength=1)[1:]
        expected = np.argsort(-sizes, kind="stable")[:count] + 1
        np.testing.assert_array_equal(kept == value, np.isin(pieces, expected))
        assert number >= len(expected)


@given(masks, connectivities, st.integers(0, 9))
def test_pieces_below_a_volume_go_and_all_others_stay(mask, connectivity, voxels):
    kept = drop_below(mask, voxels * 0.25, voxel_ml=0.25, connectivity=connectivity)
    pieces, _ = scipy.ndimage.label(mask, structure(connectivity))
    sizes = np.bincount(pieces.ravel(), minlength=1)
    np.testing.assert_array_equal(kept, mask & (sizes[pieces] >= voxels))


@given(masks)
def test_holes_are_filled_as_scipy_fills_them(mask):
    np.testing.assert_array_equal(fill_holes(mask), scipy.ndimage.binary_fill_holes(mask))


@given(masks)
def test_holes_that_open_through_a_corner_stay_if_corners_count(mask):
    full = structure(Connectivity.FULL)
    expected = scipy.ndimage.binary_fill_holes(mask, full)
    np.testing.assert_array_equal(fill_holes(mask, connectivity=Connectivity.FULL), expected)


def test_inputs_are_left_as_they_were():
    mask = np.random.default_rng(0).random((9, 9, 9)) < 0.3
    mask.setflags(write=False)
    before = mask.copy()
    for function in (components, keep_largest, fill_holes):
        function(mask)
    drop_below(mask, 1, voxel_ml=1)
    np.testing.assert_array_equal(mask, before)


def test_an_empty_mask_has_no_pieces():
    nothing = np.zeros((3, 4, 5), bool)
    assert components(nothing).count == 0
    assert not keep_largest(nothing).any()
    assert not fill_holes(nothing).any()


def test_fields_of_numbers_are_refused():
    with pytest.raises(InvalidValueError, match="float"):
        components(np.zeros((2, 2, 2)))
    with pytest.raises(InvalidValueError, match="bool"):
        fill_holes(np.zeros((2, 2, 2), np.uint8))
    with pytest.raises(InvalidValueError, match="At least one"):
        keep_largest(np.zeros((2, 2, 2), bool), count=0)
    with pytest.raises(InvalidValueError, match="positive volume"):
        drop_below(np.zeros((2, 2, 2), bool), 1.0, voxel_ml=0.0)
