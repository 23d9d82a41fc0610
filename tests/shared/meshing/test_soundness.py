from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.mesh import Mesh
from shared.meshing.soundness import soundness
from tests.shared.meshing.shapes import (
    cube,
    flipped,
    moved,
    plane,
    rotation,
    soup,
    sphere,
    tetrahedron,
    together,
    torus,
)

seeds = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize("solid", [cube(), tetrahedron(), torus(), soup(sphere())])
def test_a_solid_prints(solid):
    found = soundness(solid)
    assert found.printable
    assert found.encloses_volume


@given(seeds, st.floats(0.1, 0.9))
def test_a_shell_wound_inwards_inside_another_is_a_cavity_and_prints(seed, share):
    hollow = together(sphere(10.0), flipped(sphere(9.0 * share)))
    found = soundness(moved(hollow, rotation(seed)))
    assert found.printable
    assert (found.nested_shells, found.topology.cavities) == (0, 1)


@given(seeds, st.floats(0.1, 0.9))
def test_a_shell_inside_another_with_the_same_winding_does_not_print(seed, share):
    found = soundness(moved(together(sphere(10.0), sphere(9.0 * share)), rotation(seed)))
    assert found.closed
    assert found.manifold
    assert not found.printable
    assert (found.nested_shells, found.encloses_volume) == (1, False)
    assert found.faults == ("1 shell lies inside another and is wound like it: no cavity",)


def test_an_island_in_a_cavity_prints():
    assert soundness(together(sphere(10.0), flipped(sphere(7.0)), sphere(4.0))).printable


def test_a_cavity_of_a_nested_shell_does_not_make_it_right():
    found = soundness(together(sphere(10.0), sphere(7.0), flipped(sphere(4.0))))
    assert not found.printable
    assert found.nested_shells == 2, "the inner shell and its cavity wind once too often"


@given(st.floats(4.0, 16.0), seeds)
def test_shells_that_go_through_each_other_do_not_print(shift, seed):
    other = sphere(7.0, center=(shift, 0.3, 0.2))
    found = soundness(moved(together(sphere(10.0), other), rotation(seed)))
    assert not found.printable
    assert found.crossing_shells == 2
    assert found.nested_shells == 0, "crossing shells are neither inside nor outside"


def test_shells_side_by_side_print():
    assert soundness(together(sphere(10.0), sphere(5.0, center=(40.0, 0.0, 0.0)))).printable


@pytest.mark.parametrize("solid", [cube(), together(cube(), cube(corner=(5.0, 0.0, 0.0)))])
def test_a_solid_turned_inside_out_does_not_print(solid):
    found = soundness(flipped(solid))
    assert not found.printable
    assert not found.outward
    assert found.inside_out_shells == found.topology.components


def test_a_hollow_ball_turned_inside_out_does_not_print():
    found = soundness(together(flipped(sphere(10.0)), sphere(5.0)))
    assert (found.inside_out_shells, found.printable) == (1, False)


def test_an_open_sheet_is_a_manifold_with_a_border():
    found = soundness(plane(cells=4))
    assert (found.closed, found.manifold, found.printable) == (False, True, False)
    assert (found.topology.boundary_edges, found.topology.non_manifold_edges) == (16, 0)
    assert not found.encloses_volume
    assert found.faults == ("it is open: 16 edges have only one face",)


def test_two_cubes_on_one_edge_are_closed_and_not_manifold():
    found = soundness(together(cube(), cube(corner=(1.0, 1.0, 0.0))))
    assert (found.closed, found.manifold, found.printable) == (True, False, False)


def test_two_cubes_on_one_corner_are_closed_and_not_manifold():
    found = soundness(together(cube(), cube(corner=(1.0, 1.0, 1.0))))
    assert (found.closed, found.manifold, found.printable) == (True, False, False)


def test_a_solid_that_is_there_twice_encloses_nothing_for_sure():
    found = soundness(together(cube(), cube()))
    assert not found.printable
    assert not found.encloses_volume


def test_no_faces_print_nothing():
    assert not soundness(Mesh(vertices=[], faces=[])).printable
