"""Distances are exact to 1e-6 on every grid."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.ndimage
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from shared.errors import InvalidValueError
from shared.filters import distance
from tests.reference.distance import distance_by_pairs

masks = hnp.arrays(bool, hnp.array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=7))
spacings = st.tuples(*[st.floats(0.1, 5.0)] * 3)


@given(masks, spacings)
def test_distances_are_the_smallest_of_all_pairs(mask, spacing):
    found = distance(mask, spacing_mm=spacing)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, distance_by_pairs(mask, spacing), rtol=1e-6)


@given(st.floats(0.5, 0.999), spacings, st.integers(0, 2**31))
def test_distances_agree_with_scipy_on_larger_masks(share, spacing, seed):
    mask = np.random.default_rng(seed).random((21, 18, 70)) < share
    assume(not mask.all())
    expected = scipy.ndimage.distance_transform_edt(mask, sampling=spacing)
    np.testing.assert_allclose(distance(mask, spacing_mm=spacing), expected, rtol=1e-6)


def test_nothing_outside_is_infinitely_far():
    assert np.isinf(distance(np.ones((2, 3, 4), bool), spacing_mm=(1, 1, 1))).all()


def test_read_only_and_strided_masks_are_read():
    mask = np.random.default_rng(0).random((6, 7, 16)) < 0.8
    expected = distance(mask[:, ::-1, ::2].copy(), spacing_mm=(1, 2, 3))
    mask.setflags(write=False)
    np.testing.assert_array_equal(distance(mask[:, ::-1, ::2], spacing_mm=(1, 2, 3)), expected)


@pytest.mark.parametrize("spacing", [(1, 1), (1, 0, 1), (1, -1, 1), (1, np.nan, 1)])
def test_spacings_that_are_no_lengths_are_refused(spacing):
    with pytest.raises(InvalidValueError, match="spacing"):
        distance(np.ones((2, 2, 2), bool), spacing_mm=spacing)


def test_numbers_are_no_mask():
    with pytest.raises(InvalidValueError, match="bool"):
        distance(np.ones((2, 2, 2)), spacing_mm=(1, 1, 1))
