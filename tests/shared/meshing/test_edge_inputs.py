"""What stands at the edge of what a mesh primitive takes: right answers, or a clear error."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from shared.errors import InvalidValueError
from shared.mesh import Mesh
from shared.meshing import (
    compare,
    components,
    measure,
    repair,
    self_intersections,
    simplify,
    smooth,
    split,
    thickness,
    topology,
    weld,
)
from tests.shared.meshing.shapes import (
    bumpy_ball,
    cube,
    flipped,
    moved,
    sphere,
    tetrahedron,
    together,
)

NOTHING = Mesh(vertices=np.zeros((0, 3)), faces=np.zeros((0, 3)))
POINT = Mesh(vertices=np.ones((3, 3)), faces=np.array([[0, 1, 2], [0, 0, 0]]))
LINE = Mesh(vertices=np.array([[0, 0, 0], [1, 1, 1], [3, 3, 3]]), faces=np.array([[0, 1, 2]]))
TRIANGLE = Mesh(vertices=np.eye(3), faces=np.array([[0, 1, 2]]))
STRAY = Mesh(vertices=np.ones((5, 3)), faces=np.zeros((0, 3)))
ODD = {"nothing": NOTHING, "point": POINT, "line": LINE, "triangle": TRIANGLE, "stray": STRAY}
WORK = {
    "components": components,
    "measure": measure,
    "repair": repair,
    "self_intersections": self_intersections,
    "simplify": lambda mesh: simplify(mesh, share=0.5),
    "simplify within": lambda mesh: simplify(mesh, deviation_mm=0.1),
    "smooth": smooth,
    "smooth within": lambda mesh: smooth(mesh, within_mm=0.1),
    "split": split,
    "thickness": lambda mesh: thickness(mesh, samples=10),
    "topology": topology,
    "weld": weld,
}


@pytest.mark.parametrize("work", sorted(WORK))
@pytest.mark.parametrize("name", sorted(ODD))
def test_meshes_that_bound_nothing_break_nothing(name, work):
    WORK[work](ODD[name])
    assert not topology(ODD[name]).solid


@pytest.mark.parametrize("work", sorted(WORK))
def test_the_smallest_solid_is_taken(work):
    found = WORK[work](tetrahedron())
    if isinstance(found, Mesh):
        assert topology(found).solid


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_vertices_that_are_no_numbers_are_refused(bad):
    vertices = cube().vertices.copy()
    vertices[3, 1] = bad
    with pytest.raises(InvalidValueError):
        replace(cube(), vertices=vertices)


@pytest.mark.parametrize("bad", [-1, 8, 2**31 - 1])
def test_faces_that_name_no_vertex_are_refused(bad):
    faces = cube().faces.copy()
    faces[5, 2] = bad
    with pytest.raises(InvalidValueError):
        replace(cube(), faces=faces)


def test_comparing_with_nothing_is_refused():
    for pair in ((NOTHING, cube()), (cube(), NOTHING)):
        with pytest.raises(InvalidValueError):
            compare(*pair)


@pytest.mark.parametrize("work", sorted(WORK))
def test_read_only_and_strided_arrays_are_taken_and_left_alone(work):
    mesh = bumpy_ball(size=14)
    wide = np.zeros((2 * len(mesh.vertices), 4), dtype=np.float32)
    wide[::2, :3] = mesh.vertices
    strided = Mesh(vertices=wide[::2, :3], faces=np.asfortranarray(mesh.faces))
    for array in (strided.vertices, strided.faces):
        array.setflags(write=False)
    expected, found = WORK[work](mesh), WORK[work](strided)
    if isinstance(expected, Mesh):
        assert np.array_equal(found.vertices, expected.vertices)
        assert np.array_equal(found.faces, expected.faces)
    assert np.array_equal(strided.vertices, mesh.vertices)
    assert np.array_equal(strided.faces, mesh.faces)


@pytest.mark.parametrize("size", [1e-6, 1e6])
def test_solids_of_any_size_stay_solids(size):
    ball = moved(sphere(1.0, 3), np.eye(3) * size)
    assert simplify(ball, share=0.25).self_intersections == 0
    assert topology(simplify(ball, share=0.25)).solid
    assert measure(ball).volume_ml == pytest.approx(4.0 / 3.0 * np.pi * size**3 / 1e3, rel=0.02)
    found = thickness(ball, by="ray", samples=100)
    assert found.mean_mm == pytest.approx(2.0 * size, rel=0.02)


def test_thousands_of_pieces_are_counted_and_nested():
    ticks = np.arange(16) * 3.0
    corners = np.stack(np.meshgrid(ticks, ticks, ticks), axis=-1).reshape(-1, 3)
    pairs = [m for at in corners[:1500] for m in (cube(2.0, at), flipped(cube(1.0, at + 0.5)))]
    found = topology(together(*pairs))
    assert (found.components, found.cavities, found.inverted_components) == (3000, 1500, 0)
