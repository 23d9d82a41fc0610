"""Caps are stated where the scan ends, with the area of the closed surface."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from shared.affine import Affine
from shared.frame import BUILDING_ENU_M
from shared.surfaces import border_caps, isosurface
from shared.volume import Volume
from tests.fixtures.strategies import affines


def test_a_cylinder_is_capped_at_both_ends():
    _, y, x = np.indices((5, 64, 64))
    field = 20.0 - np.hypot(y - 31.5, x - 30.5)
    affine = Affine.from_parts(spacing=(2, 0.5, 0.5), origin=(10, 20, 30), direction=np.eye(3))
    low, high = border_caps(
        Volume(values=np.broadcast_to(field[:1], (5, 64, 64)), affine=affine), 0.0
    )
    assert (low.axis, low.at_end, high.axis, high.at_end) == (0, False, 0, True)
    assert low.area_mm2 == pytest.approx(np.pi * 10**2, rel=2e-3)
    np.testing.assert_allclose(low.centroid, (10, 20 + 31.5 / 2, 30 + 30.5 / 2), atol=5e-3)
    np.testing.assert_allclose(high.centroid, (18, 20 + 31.5 / 2, 30 + 30.5 / 2), atol=5e-3)
    assert low.outward == (-1, 0, 0)
    assert high.outward == (1, 0, 0)


def test_a_body_inside_the_grid_has_no_caps():
    values = np.zeros((4, 4, 4), np.int16)
    values[1:3, 1:3, 1:3] = 9
    assert border_caps(Volume(values=values, affine=Affine.identity()), 5) == ()


def test_a_mask_takes_its_caps_away():
    values = np.full((4, 4, 4), 9, np.int16)
    mask = np.zeros((4, 4, 4), bool)
    mask[0, 1:3, 1:3] = True
    (cap,) = border_caps(Volume(values=values, affine=Affine.identity()), 5, mask=mask)
    assert (cap.axis, cap.at_end) == (0, False)
    assert cap.area_mm2 == pytest.approx(1 + 4 * 0.5 + 4 * 0.125)


def test_areas_are_in_square_millimeters_in_every_frame():
    values = np.pad(np.full((1, 3, 3), 9, np.int16), ((1, 0), (1, 1), (1, 1)))
    metric = Affine.from_parts(spacing=(1, 1, 1), origin=(0, 0, 0), direction=np.eye(3))
    caps = border_caps(Volume(values=values, affine=metric, frame=BUILDING_ENU_M), 4.5)
    assert caps[0].area_mm2 == pytest.approx((4 + 4 * 2 * 0.5 + 4 * 0.125) * 1e6)


@given(
    hnp.arrays(np.int16, hnp.array_shapes(min_dims=3, max_dims=3, min_side=2, max_side=5),
               elements=st.integers(0, 3)),
    affines(),
)  # fmt: skip
def test_caps_are_the_faces_that_close_the_open_surface(values, affine):
    """Vector area: that of a closed surface is 0, so the caps make up for what is open."""
    volume = Volume(values=values, affine=affine)
    caps = border_caps(volume, 2)
    open_area = vector_area(isosurface(volume, 2, close_border=False))
    capped = sum((cap.area_mm2 * np.array(cap.outward) for cap in caps), np.zeros(3))
    scale = max(affine.spacing) ** 2 * values.size
    np.testing.assert_allclose(open_area + capped, 0, atol=5e-3 * scale)


def vector_area(mesh):
    corners = mesh.vertices.astype(float)[mesh.faces]
    corners -= corners.mean(axis=(0, 1)) if len(corners) else 0
    return 0.5 * np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]).sum(axis=0)
