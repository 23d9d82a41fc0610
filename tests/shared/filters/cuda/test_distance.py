"""Distances and morphology by a ball on a device."""

from __future__ import annotations

import numpy as np
import pytest

from shared.errors import InvalidValueError
from shared.filters import closing, dilate, distance, erode
from tests.reference.distance import distance_by_pairs
from tests.reference.morphology import dilate_by_pairs

torch = pytest.importorskip("torch")
random = np.random.default_rng(13)


def tensor(device, values):
    return torch.as_tensor(values, device=device)


@pytest.mark.parametrize(
    ("shape", "share", "spacing_mm"),
    [
        ((4, 5, 40), 0.98, (1.1, 0.6, 0.3)),
        ((5, 3, 70), 0.995, (0.5, 0.5, 1.0)),
        ((1, 1, 5), 0.5, (1, 1, 1)),
        ((3, 2, 4), 1.1, (1, 2, 3)),
    ],
)
def test_distances_are_exact(device, shape, share, spacing_mm):
    mask = random.random(shape) < share
    found = distance(tensor(device, mask), spacing_mm=spacing_mm)
    assert found.dtype == torch.float32
    twin = distance_by_pairs(mask, spacing_mm)
    assert np.allclose(found.cpu().numpy(), twin, rtol=1e-6, atol=0)


@pytest.mark.parametrize(
    ("spacing_mm", "radius_mm"),
    [((1, 1, 1), 2.0), ((0.3, 0.3, 0.1), 0.9), ((1, 1, 1), 0.0)],
)
def test_a_ball_is_exactly_the_twins_even_where_voxels_lie_on_it(device, spacing_mm, radius_mm):
    mask = random.random((4, 5, 34)) < 0.02
    found = dilate(tensor(device, mask), radius_mm, spacing_mm=spacing_mm).cpu().numpy()
    assert np.array_equal(found, dilate_by_pairs(mask, radius_mm, spacing_mm))


def test_erosion_and_closing_are_those_of_the_host(device):
    mask = random.random((3, 4, 33)) < 0.9
    for step, radius_mm in ((erode, 0.9), (closing, 0.25)):
        found = step(tensor(device, mask), radius_mm, spacing_mm=(0.6, 0.3, 0.3))
        assert np.array_equal(
            found.cpu().numpy(), step(mask, radius_mm, spacing_mm=(0.6, 0.3, 0.3))
        )


def test_only_masks_have_a_distance(device):
    with pytest.raises(InvalidValueError, match="mask is bool"):
        distance(torch.zeros((2, 2, 2), device=device), spacing_mm=(1, 1, 1))
