"""Laws of the solids that the phantoms are made of."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sample_data.implicit_solids import (
    Blend,
    Box,
    Capsule,
    Cylinder,
    Ellipsoid,
    Floats,
    Grown,
    Solid,
    ball,
    rotation_about,
    turned,
)
from sample_data.rasterize import blur, gaussian_noise, rasterize, volume_mm3
from tests.fixtures.phantoms import grid_matrix, make_head

HEAD = make_head(jaw_opening_deg=9.0)
SOLIDS = {
    "bone": HEAD.bone,
    "tissue": HEAD.tissue,
    "blend": Blend((ball((0, 0, -40), 30), Box((20, 0, -50), (20, 10, 30), rounding=4)), 9.0),
}
EXACT = {
    "ellipsoid": (
        Ellipsoid((1.0, -2.0, 3.0), (20.0, 14.0, 9.0), rotation_about("z", 31.0)),
        4.0 / 3.0 * math.pi * 20.0 * 14.0 * 9.0,
    ),
    "capsule": (
        Capsule((-9.0, 4.0, -12.0), (8.0, 9.0, 11.0), 6.0),
        math.pi * 36.0 * math.dist((-9, 4, -12), (8, 9, 11)) + 288.0 * math.pi,
    ),
    "cylinder": (Cylinder((0.0, 0.0, -13.3), (0.0, 0.0, 8.1), 7.7), math.pi * 7.7**2 * 21.4),
    "turned box": (
        turned(Box((3.0, 0.0, 0.0), (11.0, 7.0, 5.0)), (1, 2, 3), rotation_about("x", 20.0)),
        8.0 * 11.0 * 7.0 * 5.0,
    ),
    "hollow ball": (
        ball((0.0, 0.0, 0.0), 18.0) - ball((2.0, 1.0, 0.0), 11.0),
        4.0 / 3.0 * math.pi * (18.0**3 - 11.0**3),
    ),
}
SEEDS = st.integers(0, 2**32 - 1)


def columns(points: NDArray[np.float64]) -> tuple[Floats, Floats, Floats]:
    x, y, z = points.T.copy()
    return x, y, z


@given(seed=SEEDS)
@settings(max_examples=10, deadline=None)
@pytest.mark.parametrize("name", SOLIDS)
def test_a_bound_changes_no_faster_than_the_distance_walked(name: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    here = random.uniform(-120.0, 110.0, (500, 3))
    there = here + random.normal(0.0, random.uniform(0.1, 20.0), (500, 3))
    difference = SOLIDS[name].bound(*columns(here)) - SOLIDS[name].bound(*columns(there))
    assert (np.abs(difference) <= np.linalg.norm(here - there, axis=1) + 1e-9).all()


@given(seed=SEEDS)
@settings(max_examples=10, deadline=None)
@pytest.mark.parametrize("name", SOLIDS)
def test_a_solid_seen_from_near_by_is_the_same_solid_there(name: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    places, radius = random.uniform(-110.0, 90.0, (6, 3)), float(random.uniform(1.0, 25.0))
    _, nearby = SOLIDS[name].near(*columns(places), radius)
    for place, solid in zip(places, nearby, strict=True):
        way = random.normal(size=(200, 3))
        way *= (random.uniform(0.0, radius, 200) / np.linalg.norm(way, axis=1))[:, None]
        points = columns(place + way)
        np.testing.assert_array_equal(solid.bound(*points), SOLIDS[name].bound(*points))


@pytest.mark.parametrize("name", EXACT)
def test_integrated_volumes_agree_with_formulas(name: str) -> None:
    solid, exact = EXACT[name]
    box = (-41.3, -37.7, -35.1), (39.9, 38.2, 36.6)
    volume, _ = volume_mm3(solid, *box, finest_mm=0.5)
    assert volume == pytest.approx(exact, rel=1e-3)


def test_the_centroid_of_an_ellipsoid_is_its_centre() -> None:
    _, centroid = volume_mm3(EXACT["ellipsoid"][0], (-30, -30, -30), (33, 31, 32), finest_mm=1.0)
    np.testing.assert_allclose(centroid, (1.0, -2.0, 3.0), atol=1e-2)


@pytest.mark.parametrize("tilt_deg", [0.0, 17.0])
def test_rasterizing_is_brute_force_sampling(tilt_deg: float) -> None:
    shape, samples = (13, 18, 20), 4
    matrix = grid_matrix(
        shape, (3.1, 2.3, 1.9), rotation=rotation_about("y", 13.0), tilt_deg=tilt_deg
    )
    materials: list[tuple[Solid, int]] = [
        (EXACT["ellipsoid"][0], 40),
        (Grown(EXACT["capsule"][0], -1.5), 560),
        (ball((4.0, 0.0, 2.0), 5.0), -1000),
    ]
    steps = (np.arange(samples) + 0.5) / samples - 0.5
    index = np.stack(np.meshgrid(*(np.add.outer(np.arange(n), steps).ravel() for n in shape),
                                 indexing="ij"), axis=-1)  # fmt: skip
    points = index.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]
    painted = np.full(len(points), -1000.0)
    for solid, value in materials:
        painted[solid.bound(*columns(points)) < 0] = value
    expected = painted.reshape(13, samples, 18, samples, 20, samples).mean(axis=(1, 3, 5))
    np.testing.assert_allclose(rasterize(materials, shape, matrix), expected, atol=1e-9)


def test_blurring_keeps_the_sum_and_the_constant() -> None:
    field = np.zeros((9, 9, 9))
    field[4, 4, 4] = 4096.0
    blurred = blur(field)
    assert blurred.sum() == 4096.0
    assert blurred.max() == blurred[4, 4, 4] == 4096.0 * (14 / 16) ** 3
    np.testing.assert_array_equal(blur(np.full((3, 4, 5), 7.0)), 7.0)


def test_noise_is_normal_and_repeatable() -> None:
    noise = gaussian_noise((40, 50, 60), 10.0, seed=3)
    np.testing.assert_array_equal(noise, gaussian_noise((40, 50, 60), 10.0, seed=3))
    assert noise.mean() == pytest.approx(0.0, abs=0.1)
    assert noise.std() == pytest.approx(10.0, rel=0.01)
    assert (np.abs(noise) > 20.0).mean() == pytest.approx(0.0455, abs=0.003)
    flat = noise.ravel()
    assert abs(np.corrcoef(flat[:-1], flat[1:])[0, 1]) < 0.01
