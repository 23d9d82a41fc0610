from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import InvalidValueError
from shared.frame import BUILDING_ENU_M
from shared.mesh import Mesh
from shared.meshing import area_mm2, compare, self_intersections, smooth, topology, volume_ml
from shared.meshing.smooth import GROW, SHRINK
from tests.reference.meshing_smooth import taubin
from tests.shared.meshing.shapes import (
    bumpy_ball,
    flipped,
    isosurface_of,
    plane,
    soup,
    sphere,
    together,
    torus,
)


def rough(mesh, amount_mm, seed=0):
    """The same mesh with noise on its vertices."""
    noise = np.random.default_rng(seed).normal(size=mesh.vertices.shape) * amount_mm
    return replace(mesh, vertices=mesh.vertices + noise)


def stepped_ball(radius=10.0, size=26):
    """The binary mask of a ball, meshed: stairs all over."""
    x, y, z = np.ogrid[:size, :size, :size]
    middle = (size - 1) / 2 + 0.1
    inside = (x - middle) ** 2 + (y - middle) ** 2 + (z - middle) ** 2 < radius**2
    return isosurface_of(inside.astype(np.float32), 0.5)


def shifts(mesh, other):
    return np.linalg.norm(other.vertices - mesh.vertices.astype(float), axis=1)


@pytest.mark.parametrize("iterations", [1, 3, 10])
def test_steps_agree_with_the_plain_twin(iterations):
    mesh = rough(torus(), 0.05)
    expected = taubin(mesh.vertices, mesh.faces, iterations, SHRINK, GROW)
    assert smooth(mesh, iterations=iterations).vertices == pytest.approx(expected, abs=1e-5)


def test_a_sphere_keeps_its_size():
    ball = sphere(10.0, 4)
    assert volume_ml(smooth(ball)) == pytest.approx(volume_ml(ball), rel=5e-3)
    assert volume_ml(smooth(ball, iterations=40)) == pytest.approx(volume_ml(ball), rel=5e-3)


def test_stairs_become_a_ball():
    stairs = stepped_ball()
    smoothed = smooth(stairs, within_mm=0.6)
    radii = [np.linalg.norm(m.vertices - 12.6, axis=1) for m in (stairs, smoothed)]
    assert radii[1].std() < 0.5 * radii[0].std()
    assert volume_ml(smoothed) == pytest.approx(volume_ml(stairs), rel=5e-3)
    assert area_mm2(smoothed) < 0.97 * area_mm2(stairs)


def test_noise_is_taken_off():
    ball = sphere(10.0, 4)
    noisy = rough(ball, 0.1)
    away = [compare(m, ball, samples=5000).rms_mm for m in (noisy, smooth(noisy))]
    assert away[1] < 0.5 * away[0]


@settings(max_examples=8)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.01, 0.1, 0.5]))
def test_no_vertex_goes_farther_than_allowed(seed, within_mm):
    mesh = rough(bumpy_ball(size=20, seed=seed), 0.1, seed)
    smoothed = smooth(mesh, within_mm=within_mm)
    assert shifts(mesh, smoothed).max() <= within_mm
    assert compare(smoothed, mesh, samples=5000).max_mm <= within_mm + 1e-9


@settings(max_examples=6)
@given(st.integers(0, 2**32 - 1))
def test_the_surface_crosses_itself_no_more_than_before_and_is_not_inverted(seed):
    from scipy.ndimage import gaussian_filter

    field = gaussian_filter(np.random.default_rng(seed).normal(size=(16,) * 3), 0.8)
    mesh = isosurface_of(np.pad(field, 1, constant_values=-1.0))
    smoothed = smooth(mesh, iterations=30)
    before, after = topology(mesh), topology(smoothed)
    assert after.solid
    assert (after.genus, after.cavities) == (before.genus, before.cavities)
    assert len(self_intersections(smoothed)) == 0


def test_thin_walls_do_not_pass_through_each_other():
    wall = together(sphere(10.0, 4), flipped(rough(sphere(9.8, 4), 0.03)))
    assert len(self_intersections(wall)) == 0
    smoothed = smooth(wall, iterations=60)
    assert len(self_intersections(smoothed)) == 0
    assert topology(smoothed).cavities == 1


def test_crossings_that_were_there_stay_and_do_not_stop_the_rest():
    crossing = together(sphere(5.0, 3), sphere(5.0, 3, (6.0, 0.1, 0.2)))
    before = len(self_intersections(crossing))
    smoothed = smooth(rough(crossing, 0.001), iterations=2)
    assert 0 < len(self_intersections(smoothed)) < 3 * before
    assert np.median(shifts(crossing, smoothed)) > 0.0


def test_a_border_stays_where_it_is():
    sheet = rough(plane(cells=10, size=10.0), 0.05)
    smoothed = smooth(sheet)
    x, y = plane(cells=10, size=10.0).vertices[:, :2].T
    border = (x == 0) | (x == 10) | (y == 0) | (y == 10)
    assert np.array_equal(smoothed.vertices[border], sheet.vertices[border])
    assert smoothed.vertices[~border, 2].std() < 0.5 * sheet.vertices[~border, 2].std()


def test_faces_and_seams_stay_and_equal_positions_move_together():
    mesh = rough(torus(), 0.05)
    loose = soup(mesh)
    colors = np.zeros((len(loose.vertices), 3), np.uint8)
    smoothed = smooth(replace(loose, colors=colors))
    assert np.array_equal(smoothed.faces, loose.faces)
    assert smoothed.colors is not None
    assert np.array_equal(smoothed.vertices, smooth(mesh).vertices[mesh.faces].reshape(-1, 3))


def test_the_distance_is_in_millimetres_whatever_the_unit():
    mesh = rough(sphere(10.0, 3), 0.2)
    room = replace(mesh, vertices=mesh.vertices / 1000.0, frame=BUILDING_ENU_M)
    assert shifts(room, smooth(room, within_mm=0.05)).max() * 1000.0 <= 0.05
    assert shifts(room, smooth(room, within_mm=0.05)).max() * 1000.0 > 0.04


def test_nothing_to_do_gives_the_mesh_back():
    mesh = sphere()
    empty = Mesh(vertices=np.zeros((0, 3)), faces=np.zeros((0, 3)))
    assert smooth(mesh, iterations=0) is mesh
    assert smooth(empty) is empty
    with pytest.raises(InvalidValueError):
        smooth(mesh, iterations=-1)
    with pytest.raises(InvalidValueError):
        smooth(mesh, within_mm=-0.1)
