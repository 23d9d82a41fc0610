"""Slabs, shells, rods and rings are as thick as their formula says, by ray and by ball."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import InvalidValueError
from shared.frame import BUILDING_ENU_M
from shared.mesh import Mesh
from shared.meshing import measure, select_faces, thickness
from shared.meshing.compare import distances_to, samples_and_normals
from shared.meshing.kernels.bounding_tree import bounding_tree
from shared.meshing.thickness import TOUCHING_GAP
from tests.reference import meshing_thickness as twin
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

FEW = 1000
METHODS = ["ray", "sphere"]


def made(solid):
    return Mesh(vertices=solid.vertices, faces=solid.faces)


def slab(size, height):
    import trimesh

    return made(trimesh.creation.box((size, size, height)))


def within(found, middle):
    """The values of samples whose place is near enough to the middle."""
    return found.values_mm[np.abs(found.places[:, :2]).max(axis=1) < middle]


@pytest.mark.parametrize("by", METHODS)
@given(st.floats(0.1, 5.0), st.integers(0, 2**32 - 1))
@settings(max_examples=6)
def test_a_slab_is_as_thick_as_it_is_high_whichever_way_it_lies(by, height, seed):
    flat = slab(60.0, height)
    inner = within(thickness(flat, by=by, samples=FEW), 25.0)
    assert inner == pytest.approx(np.full(len(inner), float(np.float32(height))), rel=1e-5)
    turned = thickness(moved(flat, rotation(seed)), by=by, samples=FEW)
    assert turned.percentile_mm(50) == pytest.approx(height, rel=1e-4)


@pytest.mark.parametrize("by", METHODS)
@pytest.mark.parametrize("subdivisions", [3, 4])
def test_a_shell_converges_to_the_difference_of_its_radii_at_second_order(by, subdivisions):
    shell = together(sphere(10.0, subdivisions), flipped(sphere(8.0, subdivisions)))
    found = thickness(shell, by=by, samples=FEW)
    assert np.abs(found.values_mm - 2.0).max() < 2.0 * 4.0**-subdivisions
    assert found.unmeasured == 0


def test_a_ball_is_as_thick_as_its_diameter():
    ball = sphere(10.0, 4)
    assert thickness(ball, by="ray", samples=FEW).values_mm == pytest.approx(20.0, rel=2e-3)
    inscribed = thickness(ball, by="sphere", samples=FEW).values_mm
    assert inscribed.max() <= 20.0
    assert inscribed.min() >= 20.0 * (1.0 - TOUCHING_GAP)


@pytest.mark.parametrize("by", METHODS)
def test_a_ring_is_as_thick_as_its_tube(by):
    found = thickness(torus(10.0, 3.0, (200, 100)), by=by, samples=FEW)
    assert found.values_mm.max() <= 6.0
    assert found.minimum_mm >= 6.0 * (1.0 - (TOUCHING_GAP if by == "sphere" else 2e-3))


@pytest.mark.parametrize("by", METHODS)
def test_a_tube_is_as_thick_as_its_wall(by):
    import trimesh

    tube = made(trimesh.creation.annulus(8.0, 10.0, 80.0, sections=128))
    found = thickness(tube, by=by, samples=FEW)
    inner = found.values_mm[np.abs(found.places[:, 2]) < 35.0]
    assert inner == pytest.approx(np.full(len(inner), 2.0), rel=2e-3)


def test_a_rod_is_as_thick_as_its_diameter_and_long_seen_from_its_ends():
    import trimesh

    rod = made(trimesh.creation.cylinder(3.0, 40.0, sections=128))
    found = thickness(rod, by="ray", samples=FEW)
    ends = np.abs(found.places[:, 2]) > 19.999
    assert found.values_mm[ends] == pytest.approx(np.full(ends.sum(), 40.0), rel=1e-6)
    assert found.values_mm[~ends] == pytest.approx(np.full((~ends).sum(), 6.0), rel=2e-3)


def test_near_an_edge_a_ball_is_twice_as_thick_as_the_edge_is_far():
    found = thickness(cube(10.0), by="sphere", samples=FEW)
    from_walls = np.sort(np.minimum(found.places, 10.0 - found.places), axis=1)
    assert found.values_mm == pytest.approx(2.0 * from_walls[:, 1], rel=0.01)


def test_the_thinnest_place_is_where_the_wall_is_thin():
    dent = together(slab(40.0, 10.0), flipped(sphere(4.0, 3, (5.0, -7.0, 0.7))))
    found = thickness(dent, by="ray")
    assert found.minimum_mm == pytest.approx(0.3, abs=0.02)
    assert found.thinnest_place[:2] == pytest.approx((5.0, -7.0), abs=0.6)
    assert found.percentile_mm(0) == found.minimum_mm < found.percentile_mm(5)


@settings(max_examples=3)
@given(st.integers(0, 2**32 - 1))
def test_chords_and_balls_agree_with_the_plain_twins(seed):
    mesh = moved(bumpy_ball(size=14, seed=seed), rotation(seed))
    points, normals = samples_and_normals(mesh, 60)
    order = np.lexsort(points.T)
    found = thickness(mesh, by="ray", samples=60)
    back = np.lexsort(found.places.T)
    lengths = twin.chords(mesh.vertices, mesh.faces, points[order], -normals[order])
    assert found.values_mm[back] == pytest.approx(lengths, rel=1e-9)
    tree = bounding_tree(mesh.vertices, mesh.faces)
    expected = twin.balls(
        lambda p: distances_to(p, tree), points[order], -normals[order], lengths, TOUCHING_GAP
    )
    balls = thickness(mesh, by="sphere", samples=60).values_mm[back]
    assert np.median(np.abs(balls - expected) / lengths) < 0.01
    assert (balls <= lengths * (1.0 + 1e-9)).all()


def test_behind_an_open_surface_nothing_is_measured():
    found = thickness(plane(), by="ray", samples=100)
    assert (found.unmeasured, found.minimum_mm, found.thinnest_place) == (100, np.inf, None)
    half = thickness(select_faces(cube(10.0), np.arange(2, 12)), by="ray", samples=600)
    assert half.unmeasured == pytest.approx(120, abs=5)
    assert half.mean_mm == pytest.approx(10.0)


def test_millimetres_are_told_whatever_the_frame():
    room = replace(cube(2.0), frame=BUILDING_ENU_M)
    assert thickness(room, by="ray", samples=50).minimum_mm == pytest.approx(2000.0)


def test_nothing_has_no_thickness_and_samples_are_asked_for():
    nothing = Mesh(vertices=np.zeros((0, 3)), faces=np.zeros((0, 3)))
    assert len(thickness(nothing).values_mm) == 0
    with pytest.raises(InvalidValueError):
        thickness(cube(), samples=0)


def test_measure_tells_genus_and_thickness_if_asked():
    found = measure(torus(10.0, 3.0, (64, 32)), genus=True, thickness_samples=500)
    assert found.genus == 1
    assert found.ray_thickness.mean_mm == pytest.approx(6.0, rel=0.01)
    assert found.sphere_thickness.mean_mm == pytest.approx(6.0, rel=0.08)
    assert measure(torus()).genus is None
