from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shared.mesh import Mesh
from shared.meshing import weld
from tests.shared.meshing.shapes import soup, torus


@st.composite
def lattice_triangles(draw):
    points = draw(st.lists(st.tuples(*[st.integers(0, 2)] * 3), min_size=1, max_size=30))
    faces = draw(st.lists(st.tuples(*[st.integers(0, len(points) - 1)] * 3), max_size=20))
    return Mesh(vertices=np.array(points, float), faces=np.array(faces, int).reshape(-1, 3))


@given(lattice_triangles())
def test_welding_keeps_every_corner_where_it_was_and_leaves_no_position_twice(mesh):
    welded = weld(mesh)
    assert np.array_equal(welded.vertices[welded.faces], mesh.vertices[mesh.faces])
    assert len(np.unique(welded.vertices, axis=0)) == len(welded.vertices)


@given(lattice_triangles())
def test_welding_twice_is_welding_once(mesh):
    once = weld(mesh)
    assert weld(once) is once


@given(lattice_triangles())
def test_the_first_of_equal_vertices_stays_in_the_old_order(mesh):
    expected = list(dict.fromkeys(map(tuple, mesh.vertices.tolist())))
    assert list(map(tuple, weld(mesh).vertices.tolist())) == expected


def test_a_texture_seam_stays_a_seam():
    mesh = soup(torus())
    uv = np.zeros((len(mesh.vertices), 2), np.float32)
    assert len(weld(replace(mesh, uv=uv)).vertices) == len(torus().vertices)
    uv[:3] = 0.5
    seamed = weld(replace(mesh, uv=uv))
    assert len(seamed.vertices) == len(torus().vertices) + 3
    assert len(seamed.uv) == len(seamed.vertices)
    colors = np.zeros((len(mesh.vertices), 3), np.uint8)
    colors[7] = 255
    assert len(weld(replace(mesh, colors=colors)).vertices) == len(torus().vertices) + 1
