"""Any series comes back as it was written: values, and where in the world they are."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEGLSLossless,
    RLELossless,
)

import medical
from medical.dicom import find_series, read_series
from medical.dicom.geometry import measure
from medical.errors import SliceGeometryError
from shared.volume import Quantity
from tests.fixtures.phantoms import (
    ORIENTATIONS,
    body_without_symmetry,
    grid_matrix,
    write_dicom_series,
)
from tests.fixtures.strategies import rotations

SHAPE = (7, 6, 5)


def numbers(shape: tuple[int, int, int] = SHAPE, seed: int = 0) -> np.ndarray:
    """Values that are all different, so that no mix-up stays unseen."""
    count = int(np.prod(shape))
    order = np.random.default_rng(seed).permutation(count)
    return (order.reshape(shape) - count // 2).astype(np.int16)


def sorted_along_normal(values: np.ndarray, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same grid with slices counted along row × column."""
    normal = np.cross(matrix[:3, 2], matrix[:3, 1])
    if matrix[:3, 0] @ normal > 0:
        return values, matrix
    turned = matrix.copy()
    turned[:3, 0] *= -1
    turned[:3, 3] += matrix[:3, 0] * (len(values) - 1)
    return values[::-1], turned


@st.composite
def written_grids(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    spacing = draw(st.tuples(*[st.floats(0.3, 6.0)] * 3))
    matrix = grid_matrix(
        SHAPE,
        spacing,
        center=draw(st.tuples(*[st.floats(-300, 300)] * 3)),
        orientation=draw(st.sampled_from(sorted(ORIENTATIONS))),
        rotation=draw(st.none() | rotations().map(lambda r: tuple(map(tuple, r)))),
        tilt_deg=draw(st.sampled_from([0.0, 0.0, 18.5, -25.0])),
    )
    return numbers(seed=draw(st.integers(0, 99))), matrix


@settings(max_examples=40)
@given(grid=written_grids(), order=st.permutations(range(SHAPE[0])), step=st.sampled_from([1, -3]))
def test_a_series_comes_back_with_its_values_and_its_place(grid, order, step):
    values, matrix = grid
    with tempfile.TemporaryDirectory() as folder:
        names = [f"IM{n:03d}" for n in order]
        write_dicom_series(
            Path(folder), values, matrix, names=names, number_from=50, number_step=step
        )
        volume = medical.read_volume(folder)
    values, matrix = sorted_along_normal(values, matrix)
    np.testing.assert_array_equal(volume.values, values)
    np.testing.assert_allclose(volume.affine.matrix, matrix, atol=1e-6)
    assert volume.values.dtype == np.int16
    assert volume.quantity is Quantity.HU


SYNTAXES = (
    None,
    ImplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
    RLELossless,
    JPEGLSLossless,
)


def recode(dataset: Dataset, syntax: UID | None, *, is_signed: bool) -> None:
    """Store a slice unsigned or in another transfer syntax."""
    if not is_signed:
        stored = dataset.pixel_array.astype(np.int32)
        dataset.PixelData = (stored + 30000).astype("<u2").tobytes()
        dataset.PixelRepresentation = 0
        dataset.RescaleIntercept = str(float(dataset.RescaleIntercept) - 30000)
    if syntax in (RLELossless, JPEGLSLossless):
        dataset.compress(syntax, generate_instance_uid=False)
    elif syntax is not None:
        if syntax == ExplicitVRBigEndian:
            words = np.frombuffer(dataset.PixelData, "<u2")
            dataset.PixelData = words.astype(">u2").tobytes()
        dataset.file_meta.TransferSyntaxUID = syntax


@settings(max_examples=30)
@given(
    grid=written_grids(),
    order=st.permutations(range(SHAPE[0])),
    missing=st.sets(st.integers(1, SHAPE[0] - 2), max_size=2),
    syntax=st.sampled_from(SYNTAXES),
    is_signed=st.booleans(),
    intercepts=st.lists(st.integers(-1200, 0), min_size=SHAPE[0], max_size=SHAPE[0]),
)
def test_every_way_of_writing_a_series_comes_back(
    grid, order, missing, syntax, is_signed, intercepts
):
    values, matrix = grid

    def change(dataset, number):
        own = float(intercepts[number])  # each slice with a rescale of its own
        stored = dataset.pixel_array.astype(np.int32) + int(float(dataset.RescaleIntercept) - own)
        dataset.PixelData = stored.astype("<i2").tobytes()
        dataset.RescaleIntercept = str(own)
        recode(dataset, syntax, is_signed=is_signed)

    with tempfile.TemporaryDirectory() as folder:
        names = [f"IM{n:03d}" for n in order]
        write_dicom_series(
            Path(folder), values, matrix, names=names, leave_out=missing, change=change
        )
        volume = medical.read_volume(folder)
    present = [k for k in range(SHAPE[0]) if k not in missing]
    places = volume.affine.inverse().apply(
        matrix[:3, 3] + np.array(present)[:, None] * matrix[:3, 0]
    )
    np.testing.assert_allclose(places, np.rint(places), atol=1e-4)
    for k, (at, row, column) in zip(present, np.rint(places).astype(int), strict=True):
        assert (row, column) == (0, 0)
        np.testing.assert_array_equal(volume.values[at], values[k])
    corner = volume.affine.apply([0, SHAPE[1] - 1, SHAPE[2] - 1]) - volume.affine.apply([0, 0, 0])
    expected = matrix[:3, 1] * (SHAPE[1] - 1) + matrix[:3, 2] * (SHAPE[2] - 1)
    np.testing.assert_allclose(corner, expected, atol=1e-5)


@settings(max_examples=15)
@given(data=st.data())
def test_each_slice_is_rescaled_by_its_own_numbers(data):
    slopes = data.draw(st.lists(st.sampled_from([1.0, 0.5, 2.25, 3.0]), min_size=4, max_size=4))
    intercepts = data.draw(st.lists(st.integers(-2000, 2000), min_size=4, max_size=4))
    stored = numbers((4, 3, 5))

    def change(dataset, number):
        dataset.PixelData = stored[number].astype("<i2").tobytes()
        dataset.RescaleSlope, dataset.RescaleIntercept = str(slopes[number]), intercepts[number]

    with tempfile.TemporaryDirectory() as folder:
        write_dicom_series(
            Path(folder), stored, grid_matrix((4, 3, 5), (2.0, 1.0, 1.0)), change=change
        )
        volume = medical.read_volume(folder)
    expected = stored * np.reshape(slopes, (4, 1, 1)) + np.reshape(intercepts, (4, 1, 1))
    np.testing.assert_array_equal(volume.values, expected)
    whole = all(s.is_integer() for s in slopes)
    assert volume.values.dtype == (np.int16 if whole else np.float32)


@pytest.mark.parametrize("orientation", ["axial", "axial_from_top", "sagittal", "coronal"])
def test_left_back_and_top_stay_where_they_are(tmp_path, orientation):
    values, matrix, truth = body_without_symmetry(orientation)
    write_dicom_series(tmp_path, values, matrix)
    volume = medical.read_volume(tmp_path)
    where = volume.affine.apply(np.argwhere(volume.values > truth["bone_level_hu"]))
    np.testing.assert_allclose(where.mean(axis=0), truth["keep"][0]["centroid_lps_mm"], atol=0.2)
    skin = volume.affine.apply(np.argwhere(volume.values > truth["skin_level_hu"]))
    assert skin[:, 0].max() == pytest.approx(35.0, abs=2.2)  # the marker, at the patient's left
    assert skin[:, 0].min() == pytest.approx(-26.0, abs=2.2)
    assert skin[skin[:, 2].argmax(), 1] < -15.0  # the horn, at the front of the top


def test_only_positions_give_the_step_from_slice_to_slice(tmp_path):
    """Rows stand apart by the first PixelSpacing, columns by the second; other tags lie."""
    values, matrix = numbers(), grid_matrix(SHAPE, (2.5, 0.7, 0.4), tilt_deg=12.0)

    def mislead(dataset, number):
        dataset.SpacingBetweenSlices = "9.9"
        dataset.SliceThickness = "7"
        dataset.GantryDetectorTilt = "-33"
        dataset.SliceLocation = str(1000 - 3 * number)

    write_dicom_series(tmp_path, values, matrix, change=mislead)
    volume = medical.read_volume(tmp_path)
    np.testing.assert_allclose(volume.affine.matrix, matrix, atol=1e-6)
    assert volume.spacing_mm == pytest.approx((2.5, 0.7, 0.4))


@pytest.mark.parametrize("orientation", sorted(ORIENTATIONS))
def test_array_order_is_left_handed_for_every_scan(tmp_path, orientation):
    write_dicom_series(
        tmp_path, numbers(), grid_matrix(SHAPE, (2.0, 1.0, 1.0), orientation=orientation)
    )
    assert medical.read_volume(tmp_path).affine.is_mirrored


def test_gantry_tilt_is_measured_and_stays_as_shear(tmp_path):
    matrix = grid_matrix(SHAPE, (2.5, 0.5, 0.5), tilt_deg=18.5)
    write_dicom_series(tmp_path, numbers(), matrix, gantry_tilt_deg=-18.5)
    series = find_series(tmp_path).series[0]
    geometry = measure(series)
    assert geometry.tilt_deg == pytest.approx(18.5, abs=1e-6)
    assert geometry.spacing_mm == pytest.approx(2.5 * np.cos(np.radians(18.5)))
    volume = read_series(series)
    assert not volume.affine.is_orthogonal()
    assert "gantry-tilt" in {f.code for f in volume.findings}


@settings(max_examples=15)
@given(missing=st.sets(st.integers(1, 8), min_size=1, max_size=4), tilt=st.sampled_from([0, 15]))
def test_missing_slices_are_named_and_the_rest_stays_exact(missing, tilt):
    shape = (10, 4, 5)
    matrix = grid_matrix(shape, (1.5, 1.0, 1.0), tilt_deg=tilt)
    values = numbers(shape)
    with tempfile.TemporaryDirectory() as folder:
        write_dicom_series(Path(folder), values, matrix, leave_out=missing)
        volume = medical.read_volume(folder)
    present = sorted(set(range(10)) - missing)
    np.testing.assert_allclose(volume.affine.matrix, matrix, atol=1e-6)
    np.testing.assert_array_equal(volume.values[present], values[present])
    (finding,) = [f for f in volume.findings if f.code == "missing-slices"]
    assert finding.details["missing"] == [k + 1 for k in sorted(missing)]
    for k in missing:
        below, above = max(p for p in present if p < k), min(p for p in present if p > k)
        weight = (k - below) / (above - below)
        between = values[below] * (1 - weight) + values[above] * weight
        np.testing.assert_allclose(volume.values[k], between, atol=0.5)


@settings(max_examples=20)
@given(
    gaps=st.lists(st.floats(1.0, 4.0), min_size=4, max_size=9),
    tilt=st.sampled_from([0.0, 0.0, 20.0]),
)
def test_an_uneven_series_keeps_every_value_at_its_place(gaps, tilt):
    """A field that is linear in space survives linear resampling exactly."""
    along = np.concatenate([[0.0], np.cumsum(gaps)])
    shape = (len(along), 6, 5)
    matrix = grid_matrix(shape, (1.0, 0.8, 0.9), tilt_deg=tilt)
    gradient = np.array([7.0, -11.0, 13.0])

    def place(dataset, number):
        at = matrix[:3, 3] + along[number] * matrix[:3, 0]
        dataset.ImagePositionPatient = [f"{x:.10g}"[:16] for x in at]
        rows, columns = np.mgrid[0:6, 0:5]
        world = at + rows[..., None] * matrix[:3, 1] + columns[..., None] * matrix[:3, 2]
        dataset.FloatPixelData = (world @ gradient).astype("<f4").tobytes()
        del dataset.PixelData, dataset.RescaleIntercept, dataset.RescaleSlope
        dataset.BitsAllocated = 32

    with tempfile.TemporaryDirectory() as folder:
        write_dicom_series(Path(folder), np.zeros(shape), matrix, change=place)
        volume = medical.read_volume(folder)
    index = np.stack(np.meshgrid(*map(np.arange, volume.shape), indexing="ij"), axis=-1)
    expected = volume.affine.apply(index) @ gradient
    slack = 0.06 * np.linalg.norm(gradient)  # positions within tolerance of a grid are not moved
    np.testing.assert_allclose(volume.values, expected, atol=slack)
    if any(f.code == "uneven-slices" for f in volume.findings):
        np.testing.assert_allclose(volume.values, expected, atol=1e-2)
    last = volume.affine.apply([volume.shape[0] - 1, 0, 0])
    np.testing.assert_allclose(last, matrix[:3, 3] + along[-1] * matrix[:3, 0], atol=0.13)


def test_positions_rounded_by_the_writer_still_make_a_regular_grid(tmp_path):
    shape = (40, 4, 4)
    matrix = grid_matrix(shape, (0.625, 0.5, 0.5), center=(0.0, 0.0, 100.03))

    def round_position(dataset, number):
        dataset.ImagePositionPatient = [round(float(x), 1) for x in dataset.ImagePositionPatient]

    write_dicom_series(tmp_path, numbers(shape), matrix, change=round_position)
    volume = medical.read_volume(tmp_path)
    assert volume.shape == shape
    assert volume.spacing_mm[0] == pytest.approx(0.625, abs=2e-3)
    ends = volume.affine.apply([[0, 0, 0], [39, 0, 0]])
    np.testing.assert_allclose(ends[:, 2], matrix[2, 3] + np.array([0, 39]) * 0.625, atol=0.06)


def test_slices_that_leave_their_line_are_refused(tmp_path):
    def push_aside(dataset, number):
        if number == 3:
            dataset.ImagePositionPatient[0] += 4.0

    write_dicom_series(tmp_path, numbers(), grid_matrix(SHAPE, (2.0, 1.0, 1.0)), change=push_aside)
    with pytest.raises(SliceGeometryError, match="beside") as raised:
        medical.read_volume(tmp_path)
    assert raised.value.remedy


def test_a_single_slice_is_refused(tmp_path):
    write_dicom_series(tmp_path, numbers((1, 4, 4)), grid_matrix((1, 4, 4), (2.0, 1.0, 1.0)))
    with pytest.raises(SliceGeometryError, match="no depth"):
        medical.read_volume(tmp_path)


def test_the_frame_tells_its_origin_without_telling_the_uid(tmp_path):
    matrix = grid_matrix(SHAPE, (2.0, 1.0, 1.0))
    for name, frame in (("a", "one"), ("b", "one"), ("c", "two")):
        write_dicom_series(
            tmp_path / name, numbers(), matrix, series=name, frame_of_reference=frame
        )
    first, second, third = (medical.read_volume(tmp_path / name) for name in "abc")
    assert first.frame.is_compatible(second.frame)
    assert not first.frame.is_compatible(third.frame)
    assert "2.25" not in str(first.frame.uid)
