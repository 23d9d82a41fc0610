"""Pieces found on a device are those of the host, measured and chosen alike."""

from __future__ import annotations

import numpy as np
import pytest

from shared.errors import InvalidValueError
from shared.filters import Connectivity, components, drop_below, fill_holes, keep_largest
from tests.reference.components import components_by_flooding

torch = pytest.importorskip("torch")
random = np.random.default_rng(11)
NOISE = random.random((2, 3, 36)) < 0.25
LABELS = random.integers(-1, 3, (2, 2, 34)).astype(np.int16)


def tensor(device, values):
    return torch.as_tensor(values, device=device)


def equal(found, wanted):
    return np.array_equal(found.cpu().numpy(), wanted)


@pytest.mark.parametrize(
    ("values", "connectivity", "steps"),
    [
        (NOISE, Connectivity.FACE, 1),
        (LABELS, Connectivity.FACE, 1),
        (random.random((2, 2, 35)) < 0.1, Connectivity.EDGE, 2),
        (random.random((2, 2, 35)) < 0.05, Connectivity.FULL, 3),
        (np.ones((1, 1, 33), bool), Connectivity.FACE, 1),
        (np.zeros((2, 1, 3), bool), Connectivity.FACE, 1),
    ],
    ids=["noise", "labels", "edge", "full", "all", "none"],
)
def test_pieces_are_those_of_the_twin_and_the_host(device, values, connectivity, steps):
    found = components(tensor(device, values), connectivity=connectivity)
    assert equal(found.labels, components_by_flooding(values, steps))
    host = components(values, connectivity=connectivity)
    for name in ("sizes", "boxes", "centroids", "values"):
        assert equal(getattr(found, name)[1:], getattr(host, name)[1:]), name
    assert equal(found.sizes[0], host.sizes[0])
    assert found.count == host.count


@pytest.mark.parametrize("values", [NOISE, LABELS], ids=["mask", "labels"])
def test_pieces_are_kept_and_dropped_by_size(device, values):
    there = tensor(device, values)
    assert equal(keep_largest(there, count=3), keep_largest(values, count=3))


def test_the_first_of_the_largest_pieces_is_kept(device):
    mask = np.array([[[1, 0, 1, 1, 0, 1, 1, 0, 1]]], bool)
    assert equal(keep_largest(tensor(device, mask)), keep_largest(mask))


def test_small_pieces_are_dropped(device):
    options = {"voxel_ml": 1e-3}
    found = drop_below(tensor(device, LABELS), 3e-3, **options)
    assert equal(found, drop_below(LABELS, 3e-3, **options))


def test_pieces_are_chosen_by_flags(device):
    mask = NOISE[:1, :2]
    found, host = components(tensor(device, mask)), components(mask)
    assert equal(found.mask_of(found.sizes > 2), host.mask_of(host.sizes > 2))


def test_holes_are_filled(device):
    walls = random.random((3, 3, 12)) < 0.8
    assert equal(fill_holes(tensor(device, walls)), fill_holes(walls))


def test_only_masks_and_labels_have_pieces(device):
    with pytest.raises(InvalidValueError, match="mask is bool"):
        components(torch.zeros((2, 2, 2), device=device))
    with pytest.raises(InvalidValueError, match="mask is bool"):
        fill_holes(torch.zeros((2, 2, 2), dtype=torch.int16, device=device))
