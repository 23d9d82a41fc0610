from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import FrameMismatchError, InvalidValueError
from shared.frame import BUILDING_ENU_M
from shared.mesh import Mesh
from shared.meshing import area_mm2, compare
from shared.meshing.compare import distances_to, surface_samples
from shared.meshing.kernels.bounding_tree import bounding_tree
from tests.reference.meshing_compare import to_mesh
from tests.shared.meshing.shapes import bumpy_ball, cube, moved, plane, rotation, sphere, torus

FEW = 2000


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 3, 17, 60]))
def test_distances_agree_with_brute_force(seed, count):
    random = np.random.default_rng(seed)
    vertices = random.normal(size=(count + 2, 3)).astype(np.float32)
    faces = random.integers(0, len(vertices), size=(count, 3)).astype(np.int32)
    points = np.concatenate([random.normal(size=(30, 3)) * 2, vertices[:5].astype(float)])
    found = distances_to(points, bounding_tree(vertices, faces))
    assert found == pytest.approx(to_mesh(points, vertices, faces), abs=1e-9)


def test_a_mesh_is_not_away_from_itself():
    mesh = bumpy_ball()
    found = compare(mesh, mesh, samples=FEW)
    assert found.max_mm == pytest.approx(0.0, abs=1e-12)


def test_concentric_spheres_are_as_far_as_their_radii():
    found = compare(sphere(10.0, 5), sphere(12.0, 5), samples=FEW)
    for value in (found.mean_mm, found.rms_mm, found.p95_mm, found.max_mm):
        assert value == pytest.approx(2.0, rel=5e-3)


def test_shifted_planes_are_as_far_as_the_shift():
    found = compare(plane(), plane(height=0.25), samples=FEW)
    for value in (found.mean_mm, found.rms_mm, found.p95_mm, found.max_mm):
        assert value == pytest.approx(0.25, rel=1e-6)


def test_a_tilted_plane_has_the_mean_and_percentile_of_a_ramp():
    flat = plane(cells=20, size=10.0)
    ramp = replace(flat, vertices=flat.vertices + flat.vertices[:, :1] * [0.0, 0.0, 0.01])
    found = compare(ramp, flat, samples=20_000).test_to_reference
    assert found.mean_mm == pytest.approx(0.05, rel=1e-3)
    assert found.rms_mm == pytest.approx(0.1 / np.sqrt(3.0), rel=1e-3)
    assert found.p95_mm == pytest.approx(0.095, rel=1e-3)
    assert found.max_mm == pytest.approx(0.1, rel=1e-6)


def test_what_one_mesh_lacks_is_found_from_the_other_side():
    ball, cap = sphere(10.0), cube(1.0, (0.0, 0.0, 9.0))
    found = compare(cap, ball, samples=FEW)
    assert found.test_to_reference.max_mm < 1.5
    assert found.reference_to_test.max_mm > 18.0
    assert found.max_mm == found.reference_to_test.max_mm


def test_comparing_is_symmetric():
    one, other = bumpy_ball(seed=1), bumpy_ball(seed=2)
    found, turned = compare(one, other, samples=FEW), compare(other, one, samples=FEW)
    assert found.test_to_reference == turned.reference_to_test
    assert (found.mean_mm, found.max_mm) == pytest.approx((turned.mean_mm, turned.max_mm))


@settings(max_examples=5)
@given(st.integers(0, 2**32 - 1))
def test_distances_do_not_change_when_both_meshes_move_together(seed):
    one, other = torus(), moved(torus(), rotation(1))
    turn = rotation(seed)
    found = compare(moved(one, turn, (5, 6, 7)), moved(other, turn, (5, 6, 7)), samples=FEW)
    expected = compare(one, other, samples=FEW)
    assert (found.mean_mm, found.p95_mm, found.max_mm) == pytest.approx(
        (expected.mean_mm, expected.p95_mm, expected.max_mm), abs=5e-3
    )


def test_distances_are_millimetres_whatever_the_unit():
    one, other = (replace(plane(height=h), frame=BUILDING_ENU_M) for h in (0.0, 0.5))
    assert compare(one, other, samples=FEW).max_mm == pytest.approx(500.0)


def test_samples_are_spread_evenly_over_the_area():
    mesh = torus(sections=(48, 24))
    points = surface_samples(mesh, 8000)
    assert to_mesh(points[::2000], mesh.vertices, mesh.faces).max() < 1e-5
    outer = np.hypot(points[:, 0], points[:, 1]) > 10.0
    share = 0.5 + 3.0 / (np.pi * 10.0)
    assert outer.mean() == pytest.approx(share, abs=0.01)
    assert area_mm2(mesh) == pytest.approx(4 * np.pi**2 * 30, rel=0.02)


def test_what_cannot_be_compared_is_refused():
    empty = Mesh(vertices=np.zeros((0, 3)), faces=np.zeros((0, 3)))
    with pytest.raises(InvalidValueError):
        compare(cube(), empty)
    with pytest.raises(FrameMismatchError):
        compare(cube(), replace(cube(), frame=BUILDING_ENU_M))
    with pytest.raises(InvalidValueError):
        compare(cube(), cube(), samples=0)
