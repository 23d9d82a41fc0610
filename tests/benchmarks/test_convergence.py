"""The isosurface converges to the true surface at second order in the spacing."""

from __future__ import annotations

import pytest

from benchmarks.convergence import bodies, errors, order

RESOLUTIONS = (20, 28, 40, 56, 80)


@pytest.mark.parametrize("body", bodies(), ids=lambda body: body.name)
def test_volume_area_and_vertices_converge_at_second_order(body):
    found = [errors(body, voxels) for voxels in RESOLUTIONS]
    for name in ("volume", "area", "vertex"):
        values = [getattr(one, name) for one in found]
        assert 1.85 < order(RESOLUTIONS, values) < 2.15, name
        assert values[-1] < 4e-3
