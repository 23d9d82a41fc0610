"""A Gaussian in mm is SciPy's with the same sigma in voxels; its laws hold."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InvalidValueError
from shared.filters import gaussian
from tests.reference.gaussian import gaussian_by_sums

spacings = st.tuples(*[st.floats(0.4, 3.0)] * 3)
deviations = st.one_of(st.just(0.0), st.floats(0.1, 3.0))


def field(seed=0, shape=(9, 13, 40)):
    return np.random.default_rng(seed).normal(0, 100, shape)


@given(deviations, spacings, st.integers(0, 2**31))
def test_smoothing_agrees_with_scipy(sd, spacing, seed):
    values = field(seed)
    expected = scipy.ndimage.gaussian_filter(
        values, [sd / step for step in spacing], mode="nearest", truncate=4.0
    )
    found = gaussian(values, sd, spacing_mm=spacing)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_smoothing_is_the_weighted_sum_of_its_definition():
    values = field(shape=(5, 6, 7))
    found = gaussian(values, (1.0, 0.5, 0.7), spacing_mm=(1.0, 0.8, 0.5))
    np.testing.assert_allclose(found, gaussian_by_sums(values, (1.0, 0.625, 1.4)), atol=1e-9)


@pytest.mark.parametrize("dtype", [np.int16, np.float32, bool, np.float16, ">i2"])
def test_short_types_are_smoothed_in_single_precision(dtype):
    values = np.round(field()).astype(dtype)
    found = gaussian(values, 1.5, spacing_mm=(1, 1, 1))
    assert found.dtype == np.float32
    expected = gaussian(values.astype(float), 1.5, spacing_mm=(1, 1, 1))
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_a_constant_stays_a_constant():
    found = gaussian(np.full((3, 4, 5), 7.0), 2.0, spacing_mm=(1, 2, 3))
    np.testing.assert_allclose(found, 7.0)


def test_no_deviation_leaves_the_field():
    np.testing.assert_array_equal(gaussian(field(), 0.0, spacing_mm=(1, 1, 1)), field())


def test_memory_layout_does_not_matter():
    values = field()
    expected = gaussian(values, 1.0, spacing_mm=(1, 1, 1))
    reversed_ = values[::-1, ::-1, ::-1].copy()[::-1, ::-1, ::-1]
    np.testing.assert_array_equal(gaussian(reversed_, 1.0, spacing_mm=(1, 1, 1)), expected)
    np.testing.assert_array_equal(
        gaussian(np.asfortranarray(values), 1.0, spacing_mm=(1, 1, 1)), expected
    )


@pytest.mark.parametrize("sd", [-1.0, np.nan, (1.0, np.inf, 1.0)])
def test_deviations_that_are_no_lengths_are_refused(sd):
    with pytest.raises(InvalidValueError, match="standard deviation"):
        gaussian(field(), sd, spacing_mm=(1, 1, 1))
