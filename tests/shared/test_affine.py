from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from shared.affine import Affine
from shared.errors import InvalidValueError
from tests.fixtures.strategies import affines, points


@given(affines(), points())
def test_inverse_undoes_affine(world_from_index: Affine, index: np.ndarray) -> None:
    there_and_back = world_from_index.inverse().apply(world_from_index.apply(index))
    np.testing.assert_allclose(there_and_back, index, atol=1e-6)


@given(affines(), affines(), points())
def test_composition_applies_the_right_one_first(a: Affine, b: Affine, index: np.ndarray) -> None:
    np.testing.assert_allclose((a @ b).apply(index), a.apply(b.apply(index)), rtol=1e-9, atol=1e-6)


@given(affines(), affines(), affines())
def test_composition_is_associative(a: Affine, b: Affine, c: Affine) -> None:
    left, right = (a @ b) @ c, a @ (b @ c)
    np.testing.assert_allclose(left.matrix, right.matrix, rtol=1e-9, atol=1e-6)


@given(affines())
def test_identity_changes_nothing(a: Affine) -> None:
    assert (a @ Affine.identity()).isclose(a)
    assert (Affine.identity() @ a).isclose(a)


@given(affines())
def test_parts_make_the_affine_again(a: Affine) -> None:
    again = Affine.from_parts(spacing=a.spacing, origin=a.origin, direction=a.direction)
    assert again.isclose(a, tolerance=1e-9)


def test_a_spacing_alone_makes_an_upright_grid_at_the_origin() -> None:
    upright = Affine.from_spacing((1.5, 0.5, 0.25))
    assert upright.spacing == (1.5, 0.5, 0.25)
    assert not upright.is_mirrored
    np.testing.assert_array_equal(upright.apply((2, 2, 4)), (3.0, 1.0, 1.0))


@given(affines(), affines())
def test_handedness_multiplies(a: Affine, b: Affine) -> None:
    assert (a @ b).is_mirrored == (a.is_mirrored != b.is_mirrored)


@given(affines())
def test_origin_is_the_centre_of_the_first_voxel(a: Affine) -> None:
    np.testing.assert_allclose(a.apply([0, 0, 0]), a.origin)
    step = a.apply([1, 0, 0]) - a.origin
    assert np.linalg.norm(step) == pytest.approx(a.spacing[0], rel=1e-9)


def test_matrix_is_a_read_only_copy() -> None:
    matrix = np.eye(4)
    affine = Affine(matrix)
    matrix[0, 0] = 7.0
    assert affine.matrix[0, 0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        affine.matrix[0, 0] = 2.0


@pytest.mark.parametrize(
    "matrix",
    [
        np.eye(3),
        np.diag([1.0, 1.0, 0.0, 1.0]),
        np.diag([1.0, np.nan, 1.0, 1.0]),
        np.array([[1.0, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]),
        np.diag([1.0, 1.0, 1.0, 2.0]),
    ],
)
def test_what_is_no_affine_is_refused(matrix: np.ndarray) -> None:
    with pytest.raises(InvalidValueError):
        Affine(matrix)
