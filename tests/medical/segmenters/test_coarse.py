"""Block means and their way back to voxels."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from medical.segmenters.coarse import coarsen, spread
from shared.affine import Affine
from shared.volume import Volume


@given(st.tuples(*[st.integers(1, 9)] * 3), st.tuples(*[st.sampled_from([0.4, 1.0, 3.0])] * 3))
def test_blocks_hold_the_mean_of_their_voxels(
    shape: tuple[int, int, int], steps: tuple[float, float, float]
) -> None:
    values = np.random.default_rng(1).integers(-1024, 3000, shape).astype(np.int16)
    volume = Volume(values=values, affine=Affine(np.diag([*steps, 1.0])))
    grid = coarsen(volume, step_mm=2.0)
    for index in np.ndindex(grid.values.shape):
        block = tuple(slice(n * f, (n + 1) * f) for n, f in zip(index, grid.factors, strict=True))
        np.testing.assert_allclose(grid.values[index], values[block].mean(), rtol=1e-5, atol=1e-3)
    numbers = np.arange(grid.values.size).reshape(grid.values.shape)
    voxels = spread(numbers, grid.factors, shape)
    assert voxels.shape == shape
    for index in np.ndindex(shape):
        block = tuple(n // f for n, f in zip(index, grid.factors, strict=True))
        assert voxels[index] == numbers[block]


def test_values_that_are_not_finite_count_as_air() -> None:
    values = np.array([[[np.nan, 0.0], [np.inf, 0.0]]], dtype=np.float32)
    volume = Volume(values=values, affine=Affine(np.eye(4)))
    np.testing.assert_allclose(coarsen(volume).values, [[[-500.0]]])
