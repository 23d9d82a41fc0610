"""Resampled and smoothed on a device as on the host."""

from __future__ import annotations

import numpy as np
import pytest

from shared.affine import Affine
from shared.errors import InvalidValueError
from shared.filters import gaussian, resample
from shared.volume import Volume
from tests.reference.gaussian import gaussian_by_sums
from tests.reference.resample import resample_by_points

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning:triton")
random = np.random.default_rng(7)

SHEARED = np.eye(4)
SHEARED[:3] = [[0.7, 0.2, 0.1, 0.3], [-0.3, 0.8, 0.05, 0.7], [0.1, -0.2, 0.9, -1.2]]


@pytest.mark.parametrize(
    ("interpolation", "kind"),
    [
        ("nearest", np.float32),
        ("nearest", np.int16),
        ("linear", np.float32),
        ("linear", np.int16),
        ("cubic", np.int16),
    ],
)
def test_a_tensor_is_resampled_as_the_host_does(device, interpolation, kind):
    values = (random.standard_normal((4, 5, 6)) * 10).astype(kind)
    if kind is np.float32:
        values[2, 3, 3], values[1, 1, 1] = np.nan, np.inf
    field = Volume(values=values.transpose(1, 2, 0), affine=Affine.identity())
    tensor = torch.as_tensor(values, device=device).permute(1, 2, 0)
    there = Volume(values=tensor, affine=Affine.identity())
    for matrix in (SHEARED,) if interpolation == "cubic" else (SHEARED, np.eye(4)):
        options = {"outside": -9.0, "interpolation": interpolation}
        host = resample(field, Affine(matrix), (5, 4, 7), **options).values
        found = resample(there, Affine(matrix), (5, 4, 7), **options).values
        assert found.device == tensor.device
        assert found.cpu().numpy().dtype == host.dtype
        assert np.array_equal(found.cpu().numpy(), host, equal_nan=True)


def test_a_tensor_is_resampled_as_the_twin_does(device):
    values = random.standard_normal((3, 1, 4))
    field = Volume(values=torch.as_tensor(values, device=device), affine=Affine.identity())
    found = resample(field, Affine(SHEARED), (3, 2, 4), outside=0.5, interpolation="cubic").values
    twin = resample_by_points(values, SHEARED, (3, 2, 4), 0.5, "cubic")
    assert np.allclose(found.cpu().numpy(), twin, rtol=0, atol=1e-12)


def test_outside_must_be_a_number_of_the_field(device):
    field = Volume(
        values=torch.zeros((2, 2, 2), dtype=torch.int16, device=device), affine=Affine.identity()
    )
    with pytest.raises(InvalidValueError):
        resample(field, Affine(SHEARED), (2, 2, 2), outside=np.nan, interpolation="nearest")


@pytest.mark.parametrize("kind", [np.float64, np.int16, np.bool_])
def test_a_tensor_is_smoothed_as_the_twin_does(device, kind):
    values = (random.standard_normal((5, 6, 7)) * 3).astype(kind)
    found = gaussian(
        torch.as_tensor(values, device=device), (1.0, 0.0, 1.5), spacing_mm=(1.0, 0.7, 1.2)
    )
    twin = gaussian_by_sums(values, (1.0, 1e-9, 1.25))
    assert found.dtype == (torch.float64 if kind is np.float64 else torch.float32)
    assert np.allclose(found.cpu().numpy(), twin, atol=1e-12 if kind is np.float64 else 4e-6)


def test_a_kernel_wider_than_the_field_keeps_a_constant(device):
    values = torch.full((1, 2, 3), 7.0, device=device)
    smooth = gaussian(values, 2.0, spacing_mm=(1, 1, 1))
    assert torch.allclose(smooth, values, rtol=1e-6)
    assert gaussian(values, 0.0, spacing_mm=(1, 1, 1)).data_ptr() != values.data_ptr()
