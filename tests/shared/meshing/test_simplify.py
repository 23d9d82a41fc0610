from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import InvalidValueError, UsageError
from shared.frame import BUILDING_ENU_M
from shared.mesh import Mesh
from shared.meshing import (
    compare,
    components,
    measure,
    self_intersections,
    simplify,
    topology,
    volume_ml,
)
from tests.shared.meshing.shapes import (
    bumpy_ball,
    cube,
    flipped,
    isosurface_of,
    plane,
    soup,
    sphere,
    tetrahedron,
    together,
    torus,
)


def noise_surface(seed, size=18):
    """The surface of smoothed noise: handles, cavities, thin walls, everything."""
    from scipy.ndimage import gaussian_filter

    field = gaussian_filter(np.random.default_rng(seed).normal(size=(size,) * 3), 1.0)
    return isosurface_of(np.pad(field, 1, constant_values=-1.0))


def same_kind(mesh, other):
    first, second = topology(mesh), topology(other)
    kept = (first.genus, first.components, first.cavities)
    return second.solid and kept == (second.genus, second.components, second.cavities)


@settings(max_examples=8)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.5, 0.25, 0.1]))
def test_a_solid_stays_a_solid_with_its_pieces_handles_and_cavities(seed, share):
    mesh = noise_surface(seed)
    simpler = simplify(mesh, share=share)
    assert same_kind(mesh, simpler)
    assert len(simpler.faces) < len(mesh.faces)
    assert simpler.self_intersections == len(self_intersections(simpler)) == 0


@settings(max_examples=6)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.02, 0.1, 0.4]))
def test_the_proven_deviation_holds_the_wish_and_everything_measured(seed, deviation_mm):
    mesh = bumpy_ball(size=20, seed=seed)
    simpler = simplify(mesh, deviation_mm=deviation_mm)
    measured = compare(simpler, mesh, samples=20_000)
    assert measured.max_mm <= simpler.deviation_bound_mm + 1e-9
    assert simpler.deviation_bound_mm <= deviation_mm
    assert same_kind(mesh, simpler)


def test_a_larger_deviation_needs_fewer_faces():
    mesh = bumpy_ball()
    faces = [len(simplify(mesh, deviation_mm=d).faces) for d in (0.01, 0.05, 0.2, 0.8)]
    assert faces == sorted(faces, reverse=True)
    assert len(set(faces)) == 4


def test_the_bound_holds_when_faces_are_wished_for():
    mesh = torus(sections=(96, 48))
    for share in (0.5, 0.1, 0.02):
        simpler = simplify(mesh, share=share)
        assert compare(simpler, mesh, samples=20_000).max_mm <= simpler.deviation_bound_mm


@pytest.mark.parametrize("faces", [4000, 1500, 300])
def test_the_wished_number_of_faces_is_met(faces):
    simpler = simplify(sphere(10.0, 5), faces=faces)
    assert faces - 8 <= len(simpler.faces) <= faces


def test_a_sphere_loses_little_when_it_loses_nine_tenths_of_its_faces():
    ball = sphere(10.0, 5)
    simpler = simplify(ball, share=0.1)
    found = compare(simpler, ball, samples=20_000)
    assert found.mean_mm < 0.012
    assert found.max_mm < 0.06
    assert volume_ml(simpler) == pytest.approx(volume_ml(ball), rel=3e-3)


def test_flat_faces_go_first_and_edges_stay_sharp():
    from skimage.measure import marching_cubes

    block = np.zeros((14, 14, 14), np.float32)
    block[2:12, 2:12, 2:12] = 1.0
    vertices, faces, _, _ = marching_cubes(block, 0.5, gradient_direction="ascent")
    mesh = Mesh(vertices=vertices, faces=faces)
    simpler = simplify(mesh, faces=100)
    assert compare(simpler, mesh, samples=20_000).max_mm < 1e-3
    assert volume_ml(simpler) == pytest.approx(volume_ml(mesh), rel=1e-4)


def test_a_needle_is_not_cut_off():
    base = sphere(10.0, 4)
    vertices = base.vertices.copy()
    tip = int(np.argmax(vertices[:, 2]))
    vertices[tip, 2] += 6.0
    mesh = replace(base, vertices=vertices)
    simpler = simplify(mesh, share=0.25)
    assert compare(simpler, mesh, samples=20_000).max_mm < 0.5


def test_thin_walls_do_not_pass_through_each_other():
    shell = together(sphere(10.0, 4), flipped(sphere(9.9, 4)))
    simpler = simplify(shell, share=0.1)
    assert same_kind(shell, simpler)
    assert len(self_intersections(simpler)) == 0
    assert min(abs(components(simpler).volumes_ml)) > 3.8


def test_pieces_are_never_lost():
    mesh = together(sphere(10.0, 4), *[sphere(0.3, 1, (12.0 + n, 0.0, 0.0)) for n in range(5)])
    simpler = simplify(mesh, share=0.03)
    assert topology(simpler).components == 6


def test_a_soup_is_simplified_like_the_mesh_it_is():
    one, other = simplify(soup(torus()), share=0.3), simplify(torus(), share=0.3)
    assert len(one.faces) == len(other.faces)
    assert topology(one).solid


def test_a_border_stays_where_it_is():
    sheet = plane(cells=20, size=10.0)
    simpler = simplify(sheet, share=0.3)
    assert topology(simpler).boundary_edges == topology(sheet).boundary_edges == 80
    assert measure(simpler).area_mm2 == pytest.approx(100.0)
    assert len(simpler.faces) < 0.35 * len(sheet.faces)


def test_places_that_are_not_manifold_are_left_alone():
    touching = together(sphere(5.0, 3), sphere(5.0, 3, (10.0, 0.0, 0.0)))
    vertices = touching.vertices.copy()
    right = int(np.argmax(vertices[:642, 0]))
    left = 642 + int(np.argmin(vertices[642:, 0]))
    vertices[left] = vertices[right]
    simpler = simplify(replace(touching, vertices=vertices), share=0.3)
    found = topology(simpler)
    assert found.closed
    assert (found.non_manifold_edges, found.non_manifold_vertices) == (0, 1)


@pytest.mark.parametrize("mesh", [tetrahedron(), cube()], ids=["tetrahedron", "cube"])
def test_the_smallest_solids_survive_any_wish(mesh):
    assert topology(simplify(mesh, faces=1)).solid
    assert topology(simplify(mesh, deviation_mm=100.0)).solid


def test_a_wish_for_more_faces_than_there_are_changes_nothing():
    mesh = torus()
    simpler = simplify(mesh, faces=10**9)
    assert np.array_equal(simpler.vertices[simpler.faces], mesh.vertices[mesh.faces])
    assert simpler.deviation_bound_mm == 0.0


def test_the_result_is_the_same_every_time():
    mesh = bumpy_ball(size=48)
    first, second = simplify(mesh, share=0.2), simplify(mesh, share=0.2)
    assert np.array_equal(first.vertices, second.vertices)
    assert np.array_equal(first.faces, second.faces)


def test_deviation_is_in_millimetres_whatever_the_unit():
    ball = sphere(10.0, 4)
    room = replace(ball, vertices=ball.vertices / 1000.0, frame=BUILDING_ENU_M)
    first, second = simplify(ball, deviation_mm=0.2), simplify(room, deviation_mm=0.2)
    assert len(first.faces) == pytest.approx(len(second.faces), rel=0.05)
    assert second.deviation_bound_mm <= 0.2


def test_the_input_is_not_written_to():
    mesh = bumpy_ball(size=20)
    vertices, faces = mesh.vertices.copy(), mesh.faces.copy()
    mesh.vertices.setflags(write=False)
    mesh.faces.setflags(write=False)
    simplify(mesh, share=0.3)
    assert np.array_equal(vertices, mesh.vertices)
    assert np.array_equal(faces, mesh.faces)


def test_an_empty_mesh_stays_empty():
    empty = Mesh(vertices=np.zeros((0, 3)), faces=np.zeros((0, 3)))
    assert simplify(empty, share=0.5).is_empty


def test_wishes_that_make_no_sense_are_refused():
    with pytest.raises(UsageError):
        simplify(cube())
    with pytest.raises(UsageError):
        simplify(cube(), faces=4, share=0.5)
    for wish in ({"faces": 0}, {"share": 1.5}, {"share": -0.1}, {"deviation_mm": 0.0}):
        with pytest.raises(InvalidValueError):
            simplify(cube(), **wish)
