"""A threshold compares numbers as they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.errors import InvalidValueError
from shared.filters import threshold
from tests.reference.threshold import threshold_by_fractions

torch = pytest.importorskip("torch")
bounds = st.one_of(st.sampled_from([-np.inf, np.inf, 0.1, 2.0**31 - 0.5, -1e9]), st.floats(-5, 5))
FIELDS = [
    np.array([-np.inf, -2, 0, 0.1, 1, np.nan, np.inf, 3.5], kind).reshape(2, 2, 2)
    for kind in (np.float16, np.float32, np.float64)
] + [np.array([-5, -1, 0, 1, 2, 3, 4, 5], kind).reshape(2, 2, 2) for kind in (np.int16, np.int32)]


@given(st.sampled_from(FIELDS), bounds, bounds)
@example(np.full((1, 1, 1), 2**31 - 1, np.int32), 2.0**31 - 0.5, np.inf)
@example(np.full((1, 1, 1), 0.1, np.float32), 0.1, 0.1)
def test_a_threshold_is_exact_on_host_and_device(device, values, lowest, highest):
    inside = threshold_by_fractions(values, lowest, highest)
    assert np.array_equal(threshold(values, lowest, highest), inside)
    there = threshold(torch.as_tensor(values, device=device), lowest, highest)
    assert np.array_equal(there.cpu().numpy(), inside)


def test_a_range_needs_bounds():
    with pytest.raises(InvalidValueError):
        threshold(FIELDS[0])
    with pytest.raises(InvalidValueError):
        threshold(FIELDS[0], np.nan)


def test_bools_are_numbers(device):
    mask = np.array([[[False, True]]])
    assert np.array_equal(threshold(mask, 1), mask)
    assert np.array_equal(threshold(torch.as_tensor(mask, device=device), 1).cpu().numpy(), mask)
