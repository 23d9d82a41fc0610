"""What stands at the edge of what a filter takes: right answers, or a clear error."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.affine import Affine
from shared.bits import VOXELS_PER_WORD
from shared.errors import InvalidValueError
from shared.filters import (
    Connectivity,
    Interpolation,
    closing,
    components,
    dilate,
    distance,
    drop_below,
    erode,
    fill_holes,
    gaussian,
    keep_largest,
    opening,
    resample,
)
from shared.filters.pieces import pieces_of
from shared.volume import Volume
from tests.reference.distance import distance_by_pairs
from tests.reference.gaussian import gaussian_by_sums
from tests.reference.morphology import dilate_by_pairs

SPACING = (1.5, 0.7, 1.1)
RADIUS = 1.6
THIN = sorted(product((1, 2, 3), (1, 2), (1, 2, 65)))
"""Grids with axes of length 1 and 2, and rows of just over a word."""
OF_MASKS = {
    "dilate": lambda mask: dilate(mask, RADIUS, spacing_mm=SPACING),
    "erode": lambda mask: erode(mask, RADIUS, spacing_mm=SPACING),
    "opening": lambda mask: opening(mask, RADIUS, spacing_mm=SPACING),
    "closing": lambda mask: closing(mask, RADIUS, spacing_mm=SPACING),
    "distance": lambda mask: distance(mask, spacing_mm=SPACING),
    "components": lambda mask: components(mask).labels,
    "fill_holes": fill_holes,
    "keep_largest": keep_largest,
    "drop_below": lambda mask: drop_below(mask, 0.002, voxel_ml=0.001),
    "gaussian": lambda mask: gaussian(mask, 1.0, spacing_mm=SPACING),
}
seeds = st.integers(0, 2**32 - 1)


def scipy_labels(mask, connectivity):
    from scipy import ndimage

    steps = {Connectivity.FACE: 1, Connectivity.EDGE: 2, Connectivity.FULL: 3}[connectivity]
    return ndimage.label(mask, ndimage.generate_binary_structure(3, steps))[0]


@settings(max_examples=60)
@given(st.sampled_from(THIN), seeds, st.sampled_from([0.2, 0.5, 0.9]))
def test_thin_grids_agree_with_the_plain_twins(shape, seed, share):
    from scipy import ndimage

    mask = np.random.default_rng(seed).random(shape) < share
    for connectivity in Connectivity:
        found = components(mask, connectivity=connectivity).labels
        assert np.array_equal(found, scipy_labels(mask, connectivity))
    assert np.array_equal(OF_MASKS["dilate"](mask), dilate_by_pairs(mask, RADIUS, SPACING))
    assert np.array_equal(OF_MASKS["erode"](mask), ~dilate_by_pairs(~mask, RADIUS, SPACING))
    assert np.array_equal(fill_holes(mask), ndimage.binary_fill_holes(mask))
    if not mask.all():
        exact = distance_by_pairs(mask, SPACING)
        assert OF_MASKS["distance"](mask) == pytest.approx(exact, rel=1e-6)
    smooth = gaussian_by_sums(mask, [1.0 / step for step in SPACING])
    assert OF_MASKS["gaussian"](mask) == pytest.approx(smooth, abs=1e-6)


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 1, 3), (3, 4, 70)])
def test_nothing_inside_stays_nothing(shape):
    nothing = np.zeros(shape, dtype=bool)
    for name, work in OF_MASKS.items():
        assert not work(nothing).any(), name
    assert components(nothing).count == 0


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 1, 3), (3, 4, 70)])
def test_all_inside_stays_all(shape):
    every = np.ones(shape, dtype=bool)
    for name in ("dilate", "erode", "opening", "fill_holes", "keep_largest"):
        assert OF_MASKS[name](every).all(), name
    assert np.isinf(OF_MASKS["distance"](every)).all()
    assert components(every).sizes.tolist() == [0, every.size]
    assert OF_MASKS["gaussian"](every) == pytest.approx(1.0)


@pytest.mark.parametrize("name", sorted(OF_MASKS))
@pytest.mark.parametrize("shape", [(0, 3, 3), (3, 3), (2, 2, 2, 2)])
def test_an_array_without_voxels_or_three_axes_is_refused(name, shape):
    with pytest.raises(InvalidValueError):
        OF_MASKS[name](np.zeros(shape, dtype=bool))


@pytest.mark.parametrize("name", sorted(OF_MASKS))
@given(seeds)
@settings(max_examples=4)
def test_memory_layout_does_not_matter(name, seed):
    whole = np.random.default_rng(seed).random((8, 70, 9)) < 0.5
    views = (
        whole[::-1, ::2],
        whole.transpose(2, 0, 1),
        whole[1:, 3:, 1:8],
        np.asfortranarray(whole),
    )
    for view in views:
        view = view[:]
        view.setflags(write=False)
        before = view.copy()
        assert np.array_equal(OF_MASKS[name](view), OF_MASKS[name](before))
        assert np.array_equal(view, before)


def test_labels_of_the_other_byte_order_and_read_only_are_read():
    labels = np.random.default_rng(0).integers(0, 3, (5, 6, 7)).astype(">i2")
    labels.setflags(write=False)
    native = labels.astype(np.int16)
    assert np.array_equal(components(labels).labels, components(native).labels)
    assert np.array_equal(keep_largest(labels), keep_largest(native))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers_stay_near_their_place(bad):
    values = np.zeros((9, 9, 9), dtype=np.float32)
    values[4, 4, 4] = bad
    smooth = gaussian(values, 0.5, spacing_mm=(1.0, 1.0, 1.0))
    assert not np.isfinite(smooth[4, 4, 4])
    assert np.isfinite(smooth[0]).all()
    volume = Volume(values=values, affine=Affine.identity())
    for kind in Interpolation:
        same = resample(volume, volume.affine, values.shape, outside=0.0, interpolation=kind)
        assert np.array_equal(same.values, values, equal_nan=True), kind


@pytest.mark.parametrize("name", ["components", "keep_largest"])
def test_fractions_are_no_labels(name):
    with pytest.raises(InvalidValueError):
        OF_MASKS[name](np.zeros((2, 2, 2)))


def test_places_beyond_two_to_the_31_voxels_are_read():
    row = np.arange(1100, dtype=np.int16)
    values = np.broadcast_to(row, (2000, 1024, 1100))
    assert values.size > 2**31
    volume = Volume(values=values, affine=Affine.identity())
    for kind in Interpolation:
        corner = np.eye(4)
        corner[:3, 3] = (1998.0, 1022.0, 1090.0)
        found = resample(volume, Affine(corner), (2, 2, 10), outside=-1.0, interpolation=kind)
        assert np.array_equal(found.values, np.broadcast_to(row[1090:], (2, 2, 10))), kind


def test_strides_beyond_two_to_the_31_bytes_are_followed():
    memory = np.memmap  # a file with a hole takes no room
    import tempfile

    with tempfile.TemporaryFile() as file:
        file.truncate(2**33)
        values = memory(file, dtype=np.uint8, mode="r+", shape=(2, 2**16, 2**16))
        values[1, -1, -1] = 7
        far = values[:, :: 2**16 - 1, :: 2**16 - 1]
        assert gaussian(far, 0.0, spacing_mm=SPACING)[1, 1, 1] == 7.0
        assert components(far.astype(bool)).boxes[1].tolist() == [[1, 2], [1, 2], [1, 2]]


def test_pieces_of_more_than_two_to_the_31_voxels_are_measured():
    slices, rows, length = 1024, 1025, 2112
    voxels = slices * rows * length
    assert voxels > 2**31
    bits = np.zeros((slices, rows, length // VOXELS_PER_WORD), dtype=np.uint64)
    bits[-1, -1, -1] = np.uint64(1) << np.uint64(63)
    bits[0, 0, 0] = 3
    bits[500:502] = ~np.uint64(0)
    found = pieces_of(bits, length, int(Connectivity.FACE))
    slab = 2 * rows * length
    assert found.sizes.tolist() == [voxels - slab - 3, 2, slab, 1]
    assert found.boxes[3].tolist() == [[1023, 1024], [1024, 1025], [2111, 2112]]
    assert found.centroids[2] == pytest.approx([500.5, 512.0, 1055.5], rel=1e-12)
    whole = np.array([slices - 1, rows - 1, length - 1]) / 2.0
    inside = (found.centroids[1:] * found.sizes[1:, None]).sum(axis=0)
    rest = (whole * voxels - inside) / found.sizes[0]
    assert found.centroids[0] == pytest.approx(rest, rel=1e-12)


def test_rows_too_long_for_their_numbers_are_refused():
    with pytest.raises(InvalidValueError):
        pieces_of(np.zeros((1, 1, 1), dtype=np.uint64), 2**31, int(Connectivity.FACE))
