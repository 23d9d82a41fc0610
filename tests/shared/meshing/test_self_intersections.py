from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.mesh import Mesh
from shared.meshing import self_intersections
from tests.reference.meshing_self_intersections import self_intersections as twin
from tests.shared.meshing.shapes import bumpy_ball, cube, soup, sphere, together, torus


def pairs_of(mesh):
    return list(map(tuple, self_intersections(mesh).tolist()))


def triangles(*points):
    """Faces of three points each, one after the other."""
    vertices = np.array(points, np.float32)
    return Mesh(vertices=vertices, faces=np.arange(len(points)).reshape(-1, 3))


@st.composite
def contacts(draw):
    """Triangles on few lattice points, where nearly everything touches, lines up or folds."""
    size = draw(st.integers(1, 3))
    points = draw(st.lists(st.tuples(*[st.integers(0, size)] * 3), min_size=4, max_size=9))
    index = st.integers(0, len(points) - 1)
    faces = draw(st.lists(st.tuples(index, index, index), min_size=2, max_size=8))
    step = draw(st.sampled_from([1.0, 0.1, 1 / 3, 1e-20, 1e10]))
    shift = draw(st.sampled_from([0.0, 0.7, 100.1]))
    return Mesh(vertices=np.array(points) * step + shift, faces=np.array(faces))


@settings(max_examples=150)
@given(contacts())
def test_pairs_agree_with_the_plain_twin_where_everything_touches(mesh):
    assert pairs_of(mesh) == twin(mesh.vertices, mesh.faces)


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_pairs_agree_with_the_plain_twin_in_a_heap_of_triangles(seed):
    random = np.random.default_rng(seed)
    vertices = random.normal(size=(16, 3)) * [1.0, 1.0, 0.2]
    mesh = Mesh(vertices=vertices, faces=random.integers(0, 16, size=(24, 3)))
    assert pairs_of(mesh) == twin(mesh.vertices, mesh.faces)


SOLIDS = ["cube", "sphere", "torus", "bumpy ball"]


@pytest.mark.parametrize("mesh", [cube(), sphere(), torus(), bumpy_ball()], ids=SOLIDS)
def test_sound_solids_do_not_intersect_themselves(mesh):
    assert pairs_of(mesh) == []
    assert pairs_of(soup(mesh)) == []


BASE = ((0, 0, 0), (4, 0, 0), (0, 4, 0))


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (((1, 1, -1), (1, 1, 1), (2, 2, 1)), 1),  # pierces
        (((1, 1, 0), (1, 1, 1), (2, 2, 1)), 1),  # stands with one corner inside
        (((1, 0, 0), (1, -1, 1), (2, -1, 1)), 1),  # touches an edge with a corner
        (((1, 0, -1), (1, 0, 1), (1, -5, 0)), 1),  # touches an edge with an edge
        (((1, 1, 0), (2, 1, 0), (1, 2, 0)), 1),  # lies in it
        (((-9, -9, 0), (30, -9, 0), (-9, 30, 0)), 1),  # it lies in the other
        (((2, 2, 0), (5, 2, 0), (2, 5, 0)), 1),  # lies on its edge, in the plane
        (((1, 1, 1e-30), (1, 1, 1), (2, 2, 1)), 0),  # stands just above
        (((5, 0, 0), (9, 0, 0), (5, 4, 0)), 0),  # beside it in the plane
        (((0, 0, 0), (-4, 0, 0), (0, -4, 0)), 0),  # shares a corner, in the plane
        (((0, 0, 0), (4, 1, 0), (4, -1, 0)), 1),  # shares a corner and overlaps, in the plane
        (((0, 0, 0), (1, 1, 0), (0, 0, 5)), 1),  # shares a corner, stands on it along a line
        (((0, 0, 0), (0, 0, 5), (0, 1, 5)), 0),  # shares a corner alone
        (((0, 0, 0), (3, 3, 1), (3, 3, -1)), 1),  # shares a corner and cuts through
        (((4, 0, 0), (0, 0, 0), (0, -4, 0)), 0),  # shares an edge and lies flat beyond it
        (((4, 0, 0), (0, 0, 0), (1, 1, 0)), 1),  # shares an edge and is folded back flat
        (((4, 0, 0), (0, 0, 0), (1, 1, 1e-30)), 0),  # folded back, but for a hair
        (((4, 0, 0), (0, 0, 0), (0, 4, 0)), 1),  # the same face turned
    ],
)
def test_touching_counts_and_sharing_does_not(other, expected):
    mesh = triangles(*BASE, *other)
    assert len(self_intersections(mesh)) == expected
    assert len(twin(mesh.vertices, mesh.faces)) == expected


@settings(max_examples=30)
@given(st.permutations(range(6)), st.sampled_from([0.3, 0.5, 0.7]))
def test_the_answer_does_not_depend_on_the_order_of_corners(order, height):
    lower, upper = ((0, 0, 0), (3, 0, 0), (0, 3, 0)), ((1, 1, 0), (1, 1, height), (2, 2, 1))
    turned = [*(lower[n % 3] for n in order[:3]), *(upper[n % 3] for n in order[3:])]
    mesh = triangles(*turned)
    assert pairs_of(mesh) == twin(mesh.vertices, mesh.faces)


def test_two_solids_in_each_other_cross_in_a_ring():
    mesh = together(sphere(5.0, 2), sphere(5.0, 2, (6.0, 0.1, 0.2)))
    first, second = self_intersections(mesh).T
    assert len(first) > 20
    assert (first < 320).all()
    assert (second >= 320).all()


def test_a_solid_in_a_cavity_does_not_cross_it():
    assert pairs_of(together(sphere(5.0), sphere(4.0))) == []


def test_faces_without_area_are_passed_over():
    assert (
        pairs_of(triangles((0, 0, 0), (4, 0, 0), (0, 4, 0), (1, 1, -1), (1, 1, 0), (1, 1, 1))) == []
    )


def test_many_faces_through_one_place_are_all_found():
    angles = np.linspace(0.0, np.pi, 41)[:-1]
    blades = [
        ((np.cos(a), np.sin(a), -1), (np.cos(a), np.sin(a), 1), (-np.cos(a), -np.sin(a), 0.1 * a))
        for a in angles
    ]
    assert len(pairs_of(triangles(*[p for blade in blades for p in blade]))) == 40 * 39 // 2


def test_nothing_intersects_in_an_empty_mesh():
    assert self_intersections(Mesh(vertices=np.zeros((0, 3)), faces=np.zeros((0, 3)))).shape == (
        0,
        2,
    )
