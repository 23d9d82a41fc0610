"""A regular grid holds at every place in the patient what the scan held there."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from medical.regular import AIR_HU, UPRIGHT_DRIFT_MM, on_regular_grid
from shared.affine import Affine
from shared.errors import UsageError
from shared.finding import note
from shared.meshing import compare
from shared.surfaces import isosurface
from shared.volume import Quantity, Volume
from tests.fixtures.phantoms import ball, grid_matrix, voxels
from tests.fixtures.strategies import rotations

SHAPE = (6, 7, 8)


@st.composite
def leaning(draw: st.DrawFn) -> Affine:
    """Grids of slices that are upright pictures, leaning to any side."""
    spacing = draw(hnp.arrays(float, 3, elements=st.floats(0.4, 4)))
    matrix = np.eye(4)
    matrix[:3, :3] = np.diag(spacing)
    matrix[1:3, 0] = draw(hnp.arrays(float, 2, elements=st.floats(-1.5, 1.5)))
    matrix[:3, :3] = draw(rotations()) @ matrix[:3, :3]
    matrix[:3, 3] = draw(hnp.arrays(float, 3, elements=st.floats(-100, 100)))
    return Affine(matrix)


def places(affine: Affine, shape: tuple[int, int, int]) -> np.ndarray:
    """World position of every voxel centre ``[i j k 3]``."""
    index = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    return affine.apply(index)


@settings(max_examples=10)
@given(affine=leaning(), slope=hnp.arrays(float, 3, elements=st.floats(-3, 3)))
def test_a_field_linear_in_the_world_stays_what_it_is(affine, slope):
    center = places(affine, SHAPE).mean(axis=(0, 1, 2))

    def field(at: np.ndarray) -> np.ndarray:
        return (at - center) @ slope

    volume = Volume(values=field(places(affine, SHAPE)).astype(np.float32), affine=affine)
    made = on_regular_grid(volume)
    assert made.affine.is_orthogonal()
    at = places(made.affine, made.shape)
    index = affine.inverse().apply(at)
    inside = ((index >= 0) & (index <= np.array(SHAPE) - 1)).all(axis=-1)
    is_neglected = any(f.code == "lean-neglected" for f in made.findings)
    off_mm = UPRIGHT_DRIFT_MM / 2 if is_neglected else 0.0
    tolerance = 1e-3 + 1.01 * off_mm * np.linalg.norm(slope)
    np.testing.assert_allclose(made.values[inside], field(at)[inside], atol=tolerance)
    corners = np.array(list(product(*((0, n - 1) for n in SHAPE))))
    reached = made.affine.inverse().apply(affine.apply(corners))
    slack = 1e-5 + off_mm / min(made.affine.spacing)
    assert (reached > -slack).all()
    assert (reached < np.array(made.shape) - 1 + slack).all()


def tilted_ball(tilt_deg: float, quantity: Quantity = Quantity.HU) -> Volume:
    shape = (30, 60, 60)
    matrix = grid_matrix(shape, (1.5, 0.8, 0.8), tilt_deg=tilt_deg)
    values = voxels([(ball((1.0, -2.0, 0.5), 14.0), 1000)], shape, matrix)
    return Volume(values=values, affine=Affine(matrix), quantity=quantity)


def test_surfaces_of_the_sheared_and_the_regular_volume_are_one():
    sheared = tilted_ball(18.5)
    regular = on_regular_grid(sheared)
    assert not sheared.affine.is_orthogonal()
    assert regular.affine.is_orthogonal()
    meshes = [isosurface(v, 0.0) for v in (sheared, regular)]
    assert compare(*meshes).p95_mm < 0.1 * min(sheared.spacing_mm)


def test_no_slice_is_interpolated_away_and_nothing_is_cut_off():
    sheared = tilted_ball(18.5)
    regular = on_regular_grid(sheared)
    assert regular.shape[0] == sheared.shape[0]
    assert regular.shape[1] > sheared.shape[1]
    assert regular.spacing_mm[1:] == pytest.approx(sheared.spacing_mm[1:])
    assert regular.spacing_mm[0] == pytest.approx(1.5 * np.cos(np.radians(18.5)))


def test_outside_the_scan_is_air_or_the_lowest_value():
    assert on_regular_grid(tilted_ball(20.0)).values.min() == AIR_HU
    lowest = on_regular_grid(tilted_ball(20.0, Quantity.NONE)).values.min()
    assert lowest == tilted_ball(20.0).values.min()


def test_a_regular_volume_is_given_back_untouched():
    upright = tilted_ball(0.0)
    assert on_regular_grid(upright) is upright


def test_shear_is_kept_when_asked():
    sheared = tilted_ball(18.5)
    assert on_regular_grid(sheared, keep_shear=True) is sheared
    finer = on_regular_grid(sheared, keep_shear=True, spacing_mm=0.8)
    np.testing.assert_allclose(finer.affine.direction, sheared.affine.direction, atol=1e-9)


def test_a_lean_below_what_positions_tell_is_no_reason_to_resample():
    upright = tilted_ball(0.0)
    matrix = upright.affine.matrix.copy()
    matrix[1, 0] += 0.05 / (upright.shape[0] - 1)
    leaning = Volume(values=upright.values, affine=Affine(matrix), quantity=Quantity.HU)
    made = on_regular_grid(leaning)
    assert made.values is upright.values
    assert made.affine.is_orthogonal(tolerance=1e-9)
    off = places(made.affine, made.shape) - places(leaning.affine, made.shape)
    assert np.linalg.norm(off, axis=-1).max() <= 0.0251
    assert [f.code for f in made.findings] == ["lean-neglected"]


@pytest.mark.parametrize("spacing_mm", [0.5, 1.0, 2.0])
def test_another_spacing_keeps_the_size_and_the_place_of_things(spacing_mm):
    volume = tilted_ball(18.5)
    made = on_regular_grid(volume, spacing_mm=spacing_mm)
    assert made.spacing_mm == pytest.approx((spacing_mm,) * 3)
    weights = made.values.astype(float) + 1000.0
    weights[weights < 20] = 0.0
    center = (weights[..., None] * places(made.affine, made.shape)).sum((0, 1, 2)) / weights.sum()
    np.testing.assert_allclose(center, (1.0, -2.0, 0.5), atol=0.1)
    ball_mm3 = weights.sum() / 2000.0 * spacing_mm**3
    assert ball_mm3 == pytest.approx(4 / 3 * np.pi * 14.0**3, rel=0.02)
    is_smoothed = "smoothed" in made.findings[-1].message
    assert is_smoothed == (spacing_mm > 0.8)


def test_coarse_grids_average_instead_of_picking():
    rng = np.random.default_rng(0)
    values = rng.normal(0.0, 100.0, (24, 24, 24)).astype(np.float32)
    made = on_regular_grid(Volume(values=values, affine=Affine.identity()), spacing_mm=3.0)
    assert made.shape == (8, 8, 8)
    assert made.values.std() < 40.0


@pytest.mark.parametrize("spacing_mm", [0.0, -1.0, float("nan"), float("inf"), 1e-4])
def test_a_spacing_that_cannot_be_is_refused(spacing_mm):
    with pytest.raises(UsageError):
        on_regular_grid(tilted_ball(0.0), spacing_mm=spacing_mm)


def test_the_tilt_is_told_as_corrected():
    tilted = tilted_ball(18.5)
    told = note("gantry-tilt", "kept as shear", details={"tilt_deg": 18.5, "drift_mm": 14.6})
    tilted = Volume(values=tilted.values, affine=tilted.affine, findings=(told,))
    made = on_regular_grid(tilted)
    assert [f.code for f in made.findings] == ["gantry-tilt", "resampled"]
    assert "corrected by resampling" in made.findings[0].message
    assert made.provenance.steps[-1].name == "resample"
