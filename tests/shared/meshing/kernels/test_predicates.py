from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.kernels import kernel
from shared.meshing.kernels.predicates import orient_2d, orient_3d


@kernel
def plane_sign(points):
    a, b, c = points[0], points[1], points[2]
    return orient_2d(a[0], a[1], b[0], b[1], c[0], c[1])


@kernel
def space_sign(points):
    a, b, c, d = points[0], points[1], points[2], points[3]
    return orient_3d(a[0], a[1], a[2], b[0], b[1], b[2], c[0], c[1], c[2], d[0], d[1], d[2])


def exact_sign(points):
    """Sign of the determinant of the differences to the last point, in fractions."""
    rows = [[Fraction(float(x)) for x in p] for p in points]
    m = [[x - y for x, y in zip(row, rows[-1], strict=True)] for row in rows[:-1]]
    if len(m) == 2:
        value = m[0][0] * m[1][1] - m[0][1] * m[1][0]
    else:
        value = sum(
            m[0][i]
            * (m[1][(i + 1) % 3] * m[2][(i + 2) % 3] - m[1][(i + 2) % 3] * m[2][(i + 1) % 3])
            for i in range(3)
        )
    return (value > 0) - (value < 0)


@st.composite
def nearly_degenerate(draw, dimensions):
    """Points on a line or plane, each coordinate a few units in the last place off."""
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    basis = random.normal(size=(dimensions - 1, dimensions))
    weights = random.normal(size=(dimensions + 1, dimensions - 1))
    points = weights @ basis + random.normal(size=dimensions) * draw(st.sampled_from([0, 1, 1e4]))
    points = (points * draw(st.sampled_from([1.0, 1e-6, 1e6]))).astype(np.float32)
    off = draw(st.lists(st.integers(-2, 2), min_size=points.size, max_size=points.size))
    shifted = points + np.spacing(points) * np.reshape(off, points.shape)
    return shifted.astype(np.float32).astype(np.float64)


@settings(max_examples=200)
@given(nearly_degenerate(2))
def test_signs_in_the_plane_are_exact(points):
    assert plane_sign(points) == exact_sign(points)


@settings(max_examples=200)
@given(nearly_degenerate(3))
def test_signs_in_space_are_exact(points):
    assert space_sign(points) == exact_sign(points)


lattice = st.integers(-3, 3)


@settings(max_examples=200)
@given(st.lists(st.tuples(lattice, lattice, lattice), min_size=4, max_size=4))
def test_signs_on_a_lattice_of_float32_tenths_are_exact(points):
    tenths = (np.array(points) * np.float32(0.1) + np.float32(100.0)).astype(np.float32)
    assert space_sign(tenths.astype(float)) == exact_sign(tenths)
    assert plane_sign(tenths[:3, :2].astype(float)) == exact_sign(tenths[:3, :2])


@given(nearly_degenerate(3), st.permutations(range(4)))
def test_signs_change_with_every_exchange(points, order):
    inversions = sum(order[i] > order[j] for i in range(4) for j in range(i + 1, 4))
    assert space_sign(points[list(order)]) == (-1) ** inversions * space_sign(points)


def test_the_side_that_the_normal_points_to_is_negative():
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0.2, 0.2, 1e-30]])
    assert space_sign(points) == -1
    assert plane_sign(points[:3, :2]) == 1


@pytest.mark.parametrize("scale", [1e-37, 1e-20, 1e20, 1e37])
def test_very_small_and_very_large_coordinates_neither_vanish_nor_overflow(scale):
    points = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.3, 0.3, 0.5]]) * scale
    points = points.astype(np.float32).astype(np.float64)
    assert space_sign(points) == exact_sign(points)
