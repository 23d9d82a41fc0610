"""Damage a solid, repair it: a solid again, of the same volume, and every change told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import InvalidValueError
from shared.frame import BUILDING_ENU_M
from shared.mesh import Mesh
from shared.meshing import (
    HoleState,
    Mend,
    repair,
    select_faces,
    self_intersections,
    topology,
    volume_ml,
)
from tests.reference.meshing_topology import counts
from tests.shared.meshing.shapes import (
    bumpy_ball,
    cube,
    flipped,
    moved,
    plane,
    soup,
    sphere,
    tetrahedron,
    together,
    torus,
)

SHELL = together(sphere(10.0, 2), flipped(sphere(6.0, 2)))
PHANTOMS = {
    "sphere": sphere(10.0, 2),
    "torus": torus(10.0, 3.0, (24, 12)),
    "shell": SHELL,
    "two": together(sphere(4.0, 2), torus(10.0, 2.0)),
    "wavy": bumpy_ball(size=16),
}
seeds = st.integers(0, 2**32 - 1)


def deleted(mesh, random):
    return select_faces(mesh, random.random(len(mesh.faces)) > 0.02)


def turned(mesh, random):
    some = random.random(len(mesh.faces)) < 0.2
    return replace(mesh, faces=np.where(some[:, None], mesh.faces[:, ::-1], mesh.faces))


def doubled(mesh, random):
    again = mesh.faces[random.random(len(mesh.faces)) < 0.05]
    rolled = np.roll(again, random.integers(3), axis=1)[:, :: random.choice([1, -1])]
    return replace(mesh, faces=random.permutation(np.concatenate([mesh.faces, rolled])))


def cracked(mesh, random):
    """Every face has vertices of its own, a few micrometres off."""
    loose = soup(mesh)
    noise = 0.002 * random.uniform(-1.0, 1.0, loose.vertices.shape)
    return replace(loose, vertices=loose.vertices + noise)


def pointed(mesh, random):
    """A few vertices are doubled in place, and faces without an extent stand between them."""
    chosen = random.choice(len(mesh.faces), 5)
    copies = len(mesh.vertices) + np.arange(5)
    vertices = np.concatenate([mesh.vertices, mesh.vertices[mesh.faces[chosen, 0]]])
    needles = np.stack([mesh.faces[chosen, 0], mesh.faces[chosen, 1], copies], axis=1)
    return Mesh(vertices=vertices, faces=np.concatenate([mesh.faces, needles]))


DAMAGES = (deleted, turned, doubled, cracked, pointed)


@settings(max_examples=40)
@given(
    st.sampled_from(sorted(PHANTOMS)),
    st.lists(st.sampled_from(DAMAGES), max_size=5, unique=True),
    seeds,
)
def test_a_damaged_solid_is_a_solid_again(name, damages, seed):
    mesh = damaged = PHANTOMS[name]
    if name == "wavy":  # it has edges as short as the cracks
        damages = [damage for damage in damages if damage is not cracked]
    random = np.random.default_rng(seed)
    for damage in damages:
        damaged = damage(damaged, random)
    repaired = repair(damaged)
    assert repaired.topology.solid
    assert repaired.topology == topology(repaired)
    assert repaired.topology.genus == topology(mesh).genus
    assert repaired.topology.cavities == topology(mesh).cavities
    assert volume_ml(repaired) == pytest.approx(volume_ml(mesh), rel=0.02)


@pytest.mark.parametrize("name", sorted(PHANTOMS))
def test_a_solid_comes_back_as_it_is(name):
    mesh = PHANTOMS[name]
    repaired = repair(mesh)
    assert np.shares_memory(repaired.vertices, mesh.vertices)
    assert np.shares_memory(repaired.faces, mesh.faces)
    assert (repaired.changes, repaired.holes) == ((), ())


def test_a_solid_with_a_texture_seam_keeps_it():
    mesh = soup(torus())
    seamed = replace(mesh, uv=np.random.default_rng(0).random((len(mesh.vertices), 2)))
    repaired = repair(seamed)
    assert repaired.changes == ()
    assert np.array_equal(repaired.mesh.uv, seamed.uv)


@settings(max_examples=40)
@given(seeds, st.sampled_from([0.0, 0.05]), st.integers(1, 60))
def test_whatever_comes_in_no_edge_or_vertex_is_left_where_sheets_touch(seed, noise, count):
    random = np.random.default_rng(seed)
    points = random.integers(0, 4, (30, 3)) + noise * random.normal(size=(30, 3))
    mesh = Mesh(vertices=points, faces=random.integers(0, 30, (count, 3)))
    found = topology(repair(mesh))
    assert (found.non_manifold_edges, found.non_manifold_vertices) == (0, 0)
    assert (found.inconsistent_edges, found.duplicate_faces) == (0, 0)


@given(seeds)
def test_repairing_twice_changes_nothing_more(seed):
    random = np.random.default_rng(seed)
    once = repair(turned(deleted(cracked(sphere(10.0, 2), random), random), random))
    assert repair(once.mesh).changes == ()


@settings(max_examples=10)
@given(seeds)
def test_the_plain_twin_finds_no_defect_left(seed):
    random = np.random.default_rng(seed)
    repaired = repair(doubled(deleted(sphere(10.0, 1), random), random))
    found = counts(repaired.vertices, repaired.faces)
    keys = ("boundary_edges", "non_manifold_edges", "inconsistent_edges", "duplicate_faces")
    assert [found[key] for key in keys] == [0, 0, 0, 0]


def test_a_missing_face_is_put_back():
    mesh = cube()
    for gone in range(12):
        repaired = repair(select_faces(mesh, np.arange(12) != gone))
        faces = {tuple(sorted(face)) for face in repaired.vertices[repaired.faces].tolist()[-1:][0]}
        assert faces == {tuple(sorted(p)) for p in mesh.vertices[mesh.faces[gone]].tolist()}
        assert volume_ml(repaired) == pytest.approx(1e-3)


def test_holes_are_told_with_size_and_place_and_large_ones_stay():
    mesh = cube(size=10.0)
    open_box = select_faces(mesh, np.arange(12) >= 2)
    kept = repair(open_box, maximum_hole_mm=39.9)
    assert [hole.state for hole in kept.holes] == [HoleState.TOO_LARGE]
    assert kept.topology.boundary_edges == 4
    assert kept.changes == ()
    found = repair(open_box, maximum_hole_mm=40.1)
    (hole,) = found.holes
    assert (hole.state, hole.edges) == (HoleState.FILLED, 4)
    assert (hole.perimeter_mm, hole.area_mm2) == (pytest.approx(40.0), pytest.approx(100.0))
    assert hole.place == pytest.approx((5.0, 5.0, 0.0))
    for limit in ({"maximum_hole_mm2": 99.0}, {"maximum_hole_edges": 3}):
        assert not repair(open_box, maximum_hole_mm=50.0, **limit).topology.closed


def test_sizes_are_in_millimetres_whatever_the_frame():
    box = select_faces(replace(cube(size=0.01), frame=BUILDING_ENU_M), np.arange(12) >= 2)
    assert not repair(box, maximum_hole_mm=39.0).topology.closed
    assert repair(box, maximum_hole_mm=41.0).topology.solid


def test_a_patch_over_a_bent_hole_adds_no_vertex_and_keeps_the_volume():
    ball = sphere(10.0, 3)
    cap = ball.vertices[ball.faces].mean(axis=1) @ np.array([0.6, 0.0, 0.8]) > 9.0
    repaired = repair(select_faces(ball, ~cap), maximum_hole_mm=60.0)
    assert repaired.topology.solid
    assert set(map(tuple, repaired.vertices.tolist())) <= set(map(tuple, ball.vertices.tolist()))
    height = 10.0 - 9.0
    lost = np.pi * height**2 * (30.0 - height) / 3.0 * 1e-3
    assert volume_ml(repaired) == pytest.approx(volume_ml(ball) - lost, rel=0.02)
    assert len(self_intersections(repaired)) == 0


def test_a_long_border_is_cut_in_pieces_and_patched():
    n = 700
    angle = np.linspace(0.0, 2.0 * np.pi, n, endpoint=False)
    rim = np.stack([50 * np.cos(angle), 50 * np.sin(angle), 0.0 * angle], axis=1)
    step = np.arange(n)
    cone = np.stack([step, (step + 1) % n, np.full(n, n)], axis=1)
    mesh = Mesh(vertices=np.vstack([rim, [[0.0, 0.0, 80.0]]]), faces=cone)
    repaired = repair(mesh, maximum_hole_mm=500.0)
    assert repaired.topology.solid
    assert volume_ml(repaired) == pytest.approx(np.pi * 50**2 * 80 / 3e3, rel=1e-4)


def test_two_holes_that_touch_in_a_vertex_are_filled_apart():
    ball = sphere(10.0, 2)
    around = np.flatnonzero((ball.faces == 0).any(axis=1))
    first = ball.faces[around[0]]
    far = [f for f in around if len(set(ball.faces[f]) & set(first)) == 1]
    gone = np.isin(np.arange(len(ball.faces)), [around[0], far[0]])
    repaired = repair(select_faces(ball, ~gone))
    assert [hole.edges for hole in repaired.holes] == [3, 3]
    assert volume_ml(repaired) == pytest.approx(volume_ml(ball), rel=1e-6)


@pytest.mark.parametrize("corner", [(1.0, 1.0, 0.0), (1.0, 1.0, 1.0)], ids=["edge", "corner"])
@pytest.mark.parametrize("turn", [False, True])
def test_solids_that_touch_come_apart_by_a_hair(corner, turn):
    other = cube(corner=corner)
    repaired = repair(together(cube(), flipped(other) if turn else other))
    assert repaired.topology.solid
    assert repaired.topology.components == 2
    assert len(self_intersections(repaired)) == 0
    assert volume_ml(repaired) == pytest.approx(2e-3, rel=1e-3)
    split = next(change for change in repaired.changes if change.mend == Mend.SPLIT_VERTICES)
    assert 0.0 < split.largest_move_mm <= 1.1e-3
    assert repaired.count(Mend.SPLIT_EDGES) == (corner[2] == 0.0)


def test_a_solid_turned_inside_out_is_turned_with_all_that_is_in_it():
    nested = together(SHELL, sphere(3.0, 2))
    repaired = repair(flipped(nested))
    assert repaired.topology.solid
    assert repaired.topology.cavities == 1
    assert volume_ml(repaired) == pytest.approx(volume_ml(nested))
    assert repaired.count(Mend.TURNED_FACES) == len(nested.faces)


def test_an_inverted_piece_beside_others_is_turned_alone():
    ball = sphere(3.0, 2, (40.0, 0.0, 0.0))
    repaired = repair(together(SHELL, flipped(ball)))
    assert repaired.count(Mend.TURNED_FACES) == len(ball.faces)
    assert repaired.topology.solid


def test_a_cavity_of_a_solid_that_stays_open_is_left_alone():
    ball, hole = sphere(10.0, 3), sphere(6.0, 2)
    top = ball.vertices[ball.faces].mean(axis=1)[:, 2] > 7.0
    repaired = repair(together(select_faces(ball, ~top), flipped(hole)), maximum_hole_mm=10.0)
    assert [found.state for found in repaired.holes] == [HoleState.TOO_LARGE]
    assert repaired.changes == ()
    beside = moved(flipped(hole), shift=(40.0, 0.0, 0.0))
    repaired = repair(together(select_faces(ball, ~top), beside), maximum_hole_mm=10.0)
    assert repaired.count(Mend.TURNED_FACES) == len(hole.faces)


def test_an_inner_wall_goes_and_the_outer_shell_stays():
    box = cube(size=4.0)
    wall = [[0, 3, 7], [0, 7, 4]]  # the plane x = y through four corners
    repaired = repair(replace(box, faces=np.concatenate([box.faces, wall])))
    assert repaired.count(Mend.LOOSE_FACES) == 2
    assert repaired.topology.solid
    assert volume_ml(repaired) == pytest.approx(0.064)


def test_a_flat_face_at_a_vertex_in_the_middle_of_an_edge_is_flipped_away():
    box = cube(size=2.0)
    vertices = np.vstack([box.vertices, [[1.0, 0.0, 0.0]]])
    faces = box.faces.tolist()
    at = next(n for n, f in enumerate(faces) if {0, 1} <= set(f))
    first = [8 if v == 1 else v for v in faces[at]]
    second = [8 if v == 0 else v for v in faces[at]]
    split = [*faces[:at], first, second, *faces[at + 1 :]]
    for extra in ([[0, 1, 8]], []):  # with the flat face, and as an open T junction
        repaired = repair(Mesh(vertices=vertices, faces=np.array(split + extra)))
        assert repaired.count(Mend.FLAT_FACES) == 1
        assert repaired.topology.solid
        assert volume_ml(repaired) == pytest.approx(8e-3, rel=1e-12)


def test_an_open_sheet_is_not_closed_on_itself_nor_thrown_away():
    repaired = repair(plane(cells=1, size=1.0))
    assert [hole.state for hole in repaired.holes] == [HoleState.UNSOUND]
    assert repaired.changes == ()


def test_a_tetrahedron_with_two_faces_is_closed():
    repaired = repair(select_faces(tetrahedron(), [0, 1]))
    assert repaired.topology.solid


def test_nothing_stays_nothing():
    nothing = Mesh(vertices=np.zeros((0, 3)), faces=np.zeros((0, 3)))
    assert repair(nothing).is_empty
    point = Mesh(vertices=np.zeros((3, 3)), faces=np.array([[0, 1, 2]]))
    assert repair(point).is_empty


@pytest.mark.parametrize("limit", ["weld_mm", "maximum_hole_mm", "maximum_hole_edges"])
def test_limits_are_not_negative(limit):
    for value in (-1.0, np.nan):
        with pytest.raises(InvalidValueError):
            repair(cube(), **{limit: value})
