"""From a field to a smooth mesh on a device, beside the host's road."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import gpu_chain
from benchmarks.gpu_chain import chain, grids, gyroid
from shared.meshing import measure, topology
from shared.volume import Volume

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning:triton")
SIZE = 9


def test_the_chain_of_a_device_is_that_of_the_host(device, monkeypatch):
    monkeypatch.setattr(gpu_chain, "SMOOTHING_PAIRS", 2)
    source, grid, small = grids(SIZE)
    field = gyroid(small, torch.empty(0, device=device))
    there = chain(Volume(values=field, affine=source), grid, SIZE)
    host = chain(Volume(values=field.cpu().numpy(), affine=source), grid, SIZE)
    assert np.array_equal(there["fine"].values.cpu().numpy(), host["fine"].values)
    for name in ("mask", "body"):
        assert np.array_equal(there[name].cpu().numpy(), host[name])
    assert np.allclose(there["depth"].cpu().numpy(), host["depth"], rtol=1e-6, atol=0)
    mesh = there["mesh"]
    assert isinstance(mesh.vertices, torch.Tensor)
    assert mesh.vertices.device == field.device
    found, wanted = topology(mesh.on_host()), topology(host["mesh"])
    assert found == wanted
    assert found.solid
    assert measure(mesh).volume_ml == pytest.approx(measure(host["mesh"]).volume_ml, rel=1e-5)
