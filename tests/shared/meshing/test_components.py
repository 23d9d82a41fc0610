from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.mesh import Mesh
from shared.meshing import components, select_faces, split, volume_ml
from tests.shared.meshing.shapes import cube, flipped, soup, sphere, together


@given(st.permutations([0, 1, 2]), st.integers(0, 2**32 - 1))
def test_pieces_are_found_whatever_the_order_of_their_faces(order, seed):
    pieces = [cube(2.0), sphere(3.0, 2, (20.0, 0.0, 0.0)), sphere(1.0, 1, (0.0, 20.0, 0.0))]
    mesh = together(*[pieces[n] for n in order])
    shuffled = np.random.default_rng(seed).permutation(len(mesh.faces))
    found = components(Mesh(vertices=mesh.vertices, faces=mesh.faces[shuffled]))
    assert found.faces.tolist() == [320, 80, 12]
    expected = [volume_ml(pieces[1]), volume_ml(pieces[2]), volume_ml(pieces[0])]
    assert found.volumes_ml == pytest.approx(expected, rel=1e-6)
    assert np.array_equal(np.bincount(found.of_face), found.faces)


def test_split_gives_each_piece_and_loses_no_face():
    mesh = soup(together(cube(2.0), sphere(3.0, 2, (20.0, 0.0, 0.0))))
    ball, box = split(mesh)
    assert (len(ball.faces), len(box.faces)) == (320, 12)
    assert volume_ml(ball) + volume_ml(box) == pytest.approx(volume_ml(mesh))
    assert len(box.vertices) == 36


def test_pieces_of_equal_size_keep_the_order_of_their_first_face():
    mesh = together(cube(1.0), cube(2.0, (9.0, 0.0, 0.0)), cube(3.0, (0.0, 9.0, 0.0)))
    assert components(mesh).volumes_ml == pytest.approx([1e-3, 8e-3, 27e-3])


def test_touching_in_one_vertex_is_being_connected():
    assert len(components(together(cube(), cube(corner=(1.0, 1.0, 1.0))))) == 1


def test_a_cavity_is_a_piece_of_negative_volume():
    found = components(together(sphere(10.0), flipped(sphere(5.0, 2))))
    assert found.volumes_ml[0] > 0.0 > found.volumes_ml[1]


def test_selecting_faces_keeps_only_their_vertices():
    mesh = cube()
    top = select_faces(mesh, np.array([2, 3]))
    assert np.array_equal(top.vertices[top.faces], mesh.vertices[mesh.faces[[2, 3]]])
    assert len(top.vertices) == 4
    none = select_faces(mesh, np.zeros(len(mesh.faces), bool))
    assert none.is_empty
    assert split(none) == ()
