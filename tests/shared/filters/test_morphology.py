"""A ball in mm is a ball in mm on every grid, exactly; and the laws of morphology hold."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from shared.errors import InvalidValueError
from shared.filters import closing, dilate, erode, opening
from tests.reference.morphology import dilate_by_pairs

masks = hnp.arrays(bool, hnp.array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=6))
spacings = st.tuples(*[st.floats(0.3, 3.0)] * 3)
radii = st.floats(0.0, 6.0)


def random_mask(seed, shape=(14, 17, 150), share=0.03):
    return np.random.default_rng(seed).random(shape) < share


def ball(radius, spacing):
    half = [int(np.ceil(radius / step)) for step in spacing]
    grid = np.meshgrid(
        *(np.arange(-n, n + 1) * step for n, step in zip(half, spacing, strict=True)), indexing="ij"
    )
    return np.sqrt(sum(x * x for x in grid)) <= radius


@given(masks, radii, spacings)
def test_dilation_reaches_the_voxels_within_the_radius(mask, radius, spacing):
    expected = dilate_by_pairs(mask, radius, spacing)
    np.testing.assert_array_equal(dilate(mask, radius, spacing_mm=spacing), expected)


@given(st.integers(0, 2**31), radii, spacings)
def test_dilation_and_erosion_agree_with_scipy(seed, radius, spacing):
    mask = random_mask(seed)
    structure = ball(radius, spacing)
    np.testing.assert_array_equal(
        dilate(mask, radius, spacing_mm=spacing), scipy.ndimage.binary_dilation(mask, structure)
    )
    np.testing.assert_array_equal(
        erode(~mask, radius, spacing_mm=spacing),
        scipy.ndimage.binary_erosion(~mask, structure, border_value=1),
    )


@given(st.integers(0, 2**31), st.floats(0.0, 3.0), spacings)
def test_closing_agrees_with_scipy_in_a_wide_grid(seed, radius, spacing):
    mask = random_mask(seed, (6, 8, 70), 0.1)
    wide = np.pad(mask, 12)
    expected = scipy.ndimage.binary_closing(wide, ball(radius, spacing))[12:-12, 12:-12, 12:-12]
    np.testing.assert_array_equal(closing(mask, radius, spacing_mm=spacing), expected)


@given(masks, radii, spacings)
def test_erosion_is_dilation_of_the_complement(mask, radius, spacing):
    np.testing.assert_array_equal(
        erode(mask, radius, spacing_mm=spacing), ~dilate(~mask, radius, spacing_mm=spacing)
    )


@given(masks, radii, spacings)
def test_opening_takes_away_closing_adds_and_twice_is_once(mask, radius, spacing):
    opened = opening(mask, radius, spacing_mm=spacing)
    closed = closing(mask, radius, spacing_mm=spacing)
    assert not (opened & ~mask).any()
    assert not (mask & ~closed).any()
    np.testing.assert_array_equal(opening(opened, radius, spacing_mm=spacing), opened)
    np.testing.assert_array_equal(closing(closed, radius, spacing_mm=spacing), closed)


def test_closing_leaves_the_gap_to_the_border_open():
    mask = np.zeros((9, 9, 9), bool)
    mask[2:7, 2:7, 2:7] = True
    assert not closing(mask, 4.0, spacing_mm=(1, 1, 1))[0].any()


def test_a_voxel_at_just_the_radius_belongs_to_the_ball():
    mask = np.zeros((1, 1, 9), bool)
    mask[0, 0, 4] = True
    assert dilate(mask, 1.5, spacing_mm=(0.5, 0.5, 0.5)).sum() == 7
    assert dilate(mask, np.nextafter(1.5, 0.0), spacing_mm=(0.5, 0.5, 0.5)).sum() == 5


def test_inputs_of_any_layout_are_read_and_left_alone():
    mask = random_mask(3, (5, 6, 140), 0.2)
    expected = dilate(mask[::-1, :, ::2].copy(), 2.0, spacing_mm=(1, 1, 1))
    before = mask.copy()
    mask.setflags(write=False)
    found = dilate(mask[::-1, :, ::2], 2.0, spacing_mm=(1, 1, 1))
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(mask, before)


@pytest.mark.parametrize("radius", [-1.0, np.nan, np.inf])
@pytest.mark.parametrize("function", [dilate, erode, opening, closing])
def test_radii_that_are_no_lengths_are_refused(function, radius):
    with pytest.raises(InvalidValueError, match="radius"):
        function(np.ones((2, 2, 2), bool), radius, spacing_mm=(1, 1, 1))


def test_a_radius_beyond_the_grid_fills_it():
    mask = np.zeros((3, 4, 70), bool)
    mask[0, 0, 0] = True
    assert dilate(mask, 1e9, spacing_mm=(1, 1, 1)).all()
