from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.frame import BUILDING_ENU_M
from shared.mesh import Mesh
from shared.meshing import area_mm2, measure, volume_ml
from tests.shared.meshing.shapes import (
    bumpy_ball,
    cube,
    flipped,
    moved,
    plane,
    rotation,
    sphere,
    together,
    torus,
)

seeds = st.integers(0, 2**32 - 1)


def test_a_cube_has_the_measures_of_a_cube():
    found = measure(cube(size=10.0, corner=(1.0, 2.0, 3.0)))
    assert found.volume_ml == pytest.approx(1.0, rel=1e-12)
    assert found.area_mm2 == pytest.approx(600.0, rel=1e-12)
    assert found.centroid_mm == pytest.approx((6.0, 7.0, 8.0), rel=1e-12)
    assert found.bounds_mm == ((1.0, 2.0, 3.0), (11.0, 12.0, 13.0))
    assert found.extent_mm == (10.0, 10.0, 10.0)


def test_a_room_is_measured_in_the_unit_of_its_frame():
    found = measure(replace(cube(size=2.0), frame=BUILDING_ENU_M))
    assert found.volume_m3 == pytest.approx(8.0)
    assert found.area_m2 == pytest.approx(24.0)
    assert found.extent_mm == pytest.approx((2000.0, 2000.0, 2000.0))


@pytest.mark.parametrize("subdivisions", [3, 4, 5])
def test_a_sphere_converges_to_its_formula_at_second_order(subdivisions):
    found = measure(sphere(radius=10.0, subdivisions=subdivisions))
    allowed = 0.9 * 4.0**-subdivisions
    assert 1.0 - allowed < found.volume_ml / (4e3 * np.pi / 3 / 1e3) < 1.0
    assert 1.0 - allowed < found.area_mm2 / (400 * np.pi) < 1.0


def test_a_torus_converges_to_its_formula():
    found = measure(torus(10.0, 3.0, (200, 100)))
    assert found.volume_ml == pytest.approx(2 * np.pi**2 * 10 * 9 / 1e3, rel=2e-3)
    assert found.area_mm2 == pytest.approx(4 * np.pi**2 * 30, rel=2e-3)


@given(seeds)
def test_volume_and_area_do_not_change_under_rotation(seed):
    mesh = bumpy_ball(size=16)
    turned = moved(mesh, rotation(seed))
    assert volume_ml(turned) == pytest.approx(volume_ml(mesh), rel=1e-6)
    assert area_mm2(turned) == pytest.approx(area_mm2(mesh), rel=1e-6)


def test_volume_changes_sign_with_the_winding_and_area_does_not():
    mesh = bumpy_ball(size=16)
    assert volume_ml(flipped(mesh)) == pytest.approx(-volume_ml(mesh), rel=1e-12)
    assert area_mm2(flipped(mesh)) == pytest.approx(area_mm2(mesh), rel=1e-12)


def test_measures_add_up():
    first, second = sphere(3.0), cube(4.0, corner=(50.0, 0.0, 0.0))
    both = measure(together(first, second))
    assert both.volume_ml == pytest.approx(volume_ml(first) + volume_ml(second), rel=1e-12)
    assert both.area_mm2 == pytest.approx(area_mm2(first) + area_mm2(second), rel=1e-12)


def test_a_small_part_far_from_the_origin_keeps_its_digits():
    near = cube(size=0.5)
    far = moved(near, shift=(4194304.0, -2097152.0, 1048576.0))
    assert measure(far).volume_ml == pytest.approx(measure(near).volume_ml, rel=1e-12)
    assert measure(far).centroid_mm == pytest.approx((4194304.25, -2097151.75, 1048576.25))


def test_a_sheet_has_an_area_and_a_middle_but_no_volume():
    found = measure(plane(cells=3, size=6.0, height=2.0))
    assert found.volume_ml == pytest.approx(0.0, abs=1e-12)
    assert found.area_mm2 == pytest.approx(36.0)
    assert found.centroid_mm == pytest.approx((3.0, 3.0, 2.0))


def test_vertices_that_no_face_uses_do_not_stretch_the_bounds():
    mesh = cube()
    more = replace(mesh, vertices=np.vstack([mesh.vertices, [[99.0, 99.0, 99.0]]]))
    assert measure(more) == measure(mesh)


def test_an_empty_mesh_measures_nothing():
    found = measure(Mesh(vertices=np.zeros((0, 3)), faces=np.zeros((0, 3))))
    assert (found.volume_ml, found.area_mm2, found.bounds_mm) == (0.0, 0.0, None)


def test_trimesh_agrees_on_a_natural_surface():
    import trimesh

    mesh = bumpy_ball()
    other = trimesh.Trimesh(mesh.vertices.astype(float), mesh.faces)
    found = measure(mesh)
    assert found.volume_ml * 1e3 == pytest.approx(other.volume, rel=1e-9)
    assert found.area_mm2 == pytest.approx(other.area, rel=1e-9)
    assert found.centroid_mm == pytest.approx(other.center_mass, rel=1e-6)
