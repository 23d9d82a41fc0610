from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.mesh import Mesh
from shared.meshing import topology
from tests.reference.meshing_topology import counts
from tests.shared.meshing.shapes import (
    bumpy_ball,
    cube,
    flipped,
    plane,
    soup,
    sphere,
    tetrahedron,
    together,
    torus,
)


@st.composite
def crumbs(draw):
    """Random triangles between few points of a small lattice: everything goes wrong in them."""
    points = draw(
        st.lists(st.tuples(*[st.integers(0, 2)] * 3), min_size=3, max_size=9, unique=False)
    )
    indices = st.integers(0, len(points) - 1)
    faces = draw(st.lists(st.tuples(indices, indices, indices), max_size=14))
    return Mesh(vertices=np.array(points, float), faces=np.array(faces, int).reshape(-1, 3))


@given(crumbs())
def test_counts_agree_with_the_plain_twin_on_any_triangles(mesh):
    found = asdict(topology(mesh))
    expected = counts(mesh.vertices, mesh.faces)
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("mesh", "genus", "components"),
    [(cube(), 0, 1), (sphere(), 0, 1), (torus(), 1, 1), (together(cube(), torus()), 1, 2)],
    ids=["cube", "sphere", "torus", "overlapping cube and torus"],
)
def test_solids_are_solid_and_have_their_genus(mesh, genus, components):
    found = topology(mesh)
    assert found.solid
    assert (found.genus, found.components) == (genus, components)
    assert found.euler == 2 * components - 2 * genus


def test_a_soup_of_triangles_is_merged_by_position():
    assert topology(soup(torus())) == topology(torus())
    unmerged = topology(soup(cube()), merge=False)
    assert unmerged.components == unmerged.faces == 12
    assert unmerged.boundary_edges == 36


def test_negative_zero_is_zero():
    mesh = soup(cube())
    negative = np.where(mesh.vertices == 0.0, np.float32(-0.0), mesh.vertices)
    half = np.where(np.arange(len(negative))[:, None] % 2 == 0, negative, mesh.vertices)
    assert topology(replace(mesh, vertices=half)).solid


def test_one_unit_in_the_last_place_opens_the_surface():
    mesh = soup(cube())
    vertices = mesh.vertices.copy()
    vertices[0] = np.nextafter(vertices[0], np.float32(9.0))
    assert not topology(replace(mesh, vertices=vertices)).closed


def test_a_surface_with_a_border_is_open_and_has_no_outside():
    found = topology(plane(cells=3))
    assert found.boundary_edges == 12
    assert (found.closed, found.manifold, found.outward) == (False, False, False)
    assert found.genus is None


def test_two_cubes_that_share_an_edge_are_closed_but_not_manifold():
    found = topology(together(cube(), cube(corner=(1.0, 1.0, 0.0))))
    assert found.closed
    assert found.oriented
    assert (found.non_manifold_edges, found.manifold) == (1, False)


def test_two_cubes_that_share_a_corner_are_not_manifold_in_that_vertex():
    found = topology(together(cube(), cube(corner=(1.0, 1.0, 1.0))))
    assert (found.non_manifold_edges, found.non_manifold_vertices) == (0, 1)
    assert not found.manifold


def test_one_turned_face_is_found_by_its_three_edges():
    mesh = cube()
    faces = mesh.faces.copy()
    faces[5] = faces[5, ::-1]
    found = topology(replace(mesh, faces=faces))
    assert (found.inconsistent_edges, found.oriented, found.outward) == (3, False, False)


def test_a_solid_turned_inside_out_is_not_outward():
    found = topology(flipped(torus()))
    assert (found.inverted_components, found.outward, found.solid) == (1, False, False)


def test_a_cavity_looks_inwards_and_is_outward_all_the_same():
    shell = together(sphere(10.0), flipped(sphere(6.0)))
    found = topology(shell)
    assert (found.cavities, found.inverted_components, found.solid) == (1, 0, True)
    stone = topology(together(shell, sphere(3.0)))
    assert (stone.cavities, stone.solid) == (1, True)


def test_an_inverted_piece_beside_a_solid_is_no_cavity():
    found = topology(together(sphere(10.0), flipped(sphere(6.0, center=(30.0, 0.0, 0.0)))))
    assert (found.cavities, found.inverted_components) == (0, 1)
    above = topology(together(sphere(10.0), flipped(sphere(6.0, center=(0.0, 0.0, -30.0)))))
    assert (above.cavities, above.inverted_components) == (0, 1)


def test_the_inside_test_survives_rays_through_vertices_and_edges():
    hidden = [flipped(cube(0.25, (x, y, 0.25))) for x in (0.25, 0.5) for y in (0.25, 0.5)]
    for piece in hidden:
        assert topology(together(cube(), piece)).cavities == 1
    lattice = replace(flipped(cube(0.5, (0.25, 0.25, 0.25))))
    assert topology(together(cube(), lattice)).solid


def test_faces_without_area_and_double_faces_are_counted():
    mesh = tetrahedron()
    vertices = np.concatenate([mesh.vertices, [[0.5, 0.0, 0.0]]])
    faces = np.concatenate([mesh.faces, [[0, 1, 4], [0, 0, 1], mesh.faces[1][[1, 0, 2]]]])
    found = topology(Mesh(vertices=vertices, faces=faces))
    assert (found.degenerate_faces, found.duplicate_faces) == (2, 1)


def test_a_needle_thinner_than_rounding_is_not_taken_for_a_line():
    far = np.array([[1000.0, 1000.0, 1000.0], [1001.0, 1001.0, 1001.0]], np.float32)
    nearly = np.nextafter(far[1] + 1, np.float32(0.0)) * [1, 1, 1]
    nearly[0] = 1002.0
    mesh = Mesh(vertices=np.vstack([far, nearly]), faces=np.array([[0, 1, 2]]))
    assert topology(mesh).degenerate_faces == 0
    line = Mesh(vertices=np.vstack([far, far[1] + 1]), faces=np.array([[0, 1, 2]]))
    assert topology(line).degenerate_faces == 1


def test_an_empty_mesh_is_no_solid():
    found = topology(Mesh(vertices=np.zeros((0, 3)), faces=np.zeros((0, 3))))
    assert (found.faces, found.closed, found.solid) == (0, False, False)


def test_trimesh_agrees_on_a_natural_surface():
    import trimesh

    mesh = bumpy_ball()
    other = trimesh.Trimesh(mesh.vertices, mesh.faces)
    found = topology(mesh)
    assert found.closed == other.is_watertight
    assert found.oriented == other.is_winding_consistent
    assert found.euler == other.euler_number
    assert (found.vertices, found.edges) == (len(other.vertices), len(other.edges_unique))
