from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import FrameMismatchError, InvalidValueError
from shared.frame import BUILDING_ENU_M
from shared.mesh import Mesh
from shared.meshing import compare, hausdorff_bound_mm
from tests.reference.meshing_compare import to_mesh
from tests.shared.meshing.shapes import bumpy_ball, cube, moved, plane, rotation, sphere, together


def dense_points(mesh, parts):
    """Points of every face on a grid of `parts` divisions of its edges."""
    corners = mesh.vertices.astype(float)[mesh.faces]
    grid = [(i, j, parts - i - j) for i in range(parts + 1) for j in range(parts + 1 - i)]
    return np.einsum("nk,fkd->fnd", np.array(grid) / parts, corners).reshape(-1, 3)


@settings(max_examples=4)
@given(st.integers(0, 2**32 - 1))
def test_the_bound_is_above_every_point_and_hardly_more(seed):
    random = np.random.default_rng(seed)
    meshes = [
        Mesh(vertices=random.normal(size=(8, 3)), faces=random.integers(0, 8, size=(4, 3)))
        for _ in range(2)
    ]
    one, other = meshes
    dense = max(
        to_mesh(dense_points(a, 12), b.vertices, b.faces).max()
        for a, b in ((one, other), (other, one))
    )
    bound = hausdorff_bound_mm(one, other, tolerance=0.01)
    assert dense <= bound + 1e-9
    assert bound <= 1.15 * dense + 0.05


def test_the_middle_of_a_face_may_be_the_farthest_point():
    tent = Mesh(
        vertices=[[-6, -6, 0], [6, -6, 0], [0, 6, 0], [0, -2, 5]],
        faces=[[0, 1, 3], [1, 2, 3], [2, 0, 3]],
    )
    floor = Mesh(vertices=tent.vertices[:3], faces=[[0, 1, 2]])
    assert compare(floor, tent, samples=5000).test_to_reference.max_mm > 1.5
    assert hausdorff_bound_mm(tent, floor) == pytest.approx(5.0, rel=0.021)


@pytest.mark.parametrize("tolerance", [0.3, 0.05, 0.001])
def test_spheres_and_planes_have_the_distance_they_have(tolerance):
    assert hausdorff_bound_mm(plane(), plane(height=2.0), tolerance=tolerance) >= 2.0 - 1e-6
    found = hausdorff_bound_mm(plane(), plane(height=2.0), tolerance=tolerance)
    assert found <= 2.0 * (1.0 + tolerance) + 1e-6
    ball = hausdorff_bound_mm(sphere(10.0, 4), sphere(12.0, 4), tolerance=tolerance)
    assert 1.99 < ball < 2.02 * (1.0 + tolerance)


def test_it_agrees_with_what_is_measured_from_below_on_natural_surfaces():
    one, other = bumpy_ball(seed=3), bumpy_ball(seed=4)
    below = compare(one, other, samples=50_000).max_mm
    bound = hausdorff_bound_mm(one, other, tolerance=0.01)
    assert below <= bound <= 1.03 * below


def test_it_is_symmetric_and_moves_with_both():
    one, other = cube(3.0), together(cube(3.0), cube(1.0, (5.0, 0.0, 0.0)))
    found = hausdorff_bound_mm(one, other, tolerance=1e-3)
    assert found == pytest.approx(hausdorff_bound_mm(other, one, tolerance=1e-3), rel=1e-3)
    turn = rotation(7)
    turned = hausdorff_bound_mm(moved(one, turn), moved(other, turn), tolerance=1e-3)
    assert turned == pytest.approx(found, rel=2e-3)
    assert found == pytest.approx(3.0, rel=1e-3)


def test_a_mesh_is_not_away_from_itself():
    assert hausdorff_bound_mm(bumpy_ball(size=16), bumpy_ball(size=16)) < 1e-4


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(FrameMismatchError):
        hausdorff_bound_mm(cube(), replace(cube(), frame=BUILDING_ENU_M))
    with pytest.raises(InvalidValueError):
        hausdorff_bound_mm(cube(), cube(), tolerance=0.0)
    with pytest.raises(InvalidValueError):
        hausdorff_bound_mm(cube(), Mesh(vertices=np.zeros((0, 3)), faces=np.zeros((0, 3))))
