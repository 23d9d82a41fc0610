"""Volumes that come in one file: ultrasound in the probe's frame, reconstructed SPECT."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

import medical
from medical.dicom import find_series
from medical.dicom.split import Apart
from medical.errors import NoVolumeFoundError
from tests.fixtures.phantoms import grid_matrix, write_dicom_series

SHAPE = (5, 8, 6)
MATRIX = grid_matrix(SHAPE, (2.5, 1.0, 1.5))


def numbers(count: int = SHAPE[0]) -> np.ndarray:
    return np.random.default_rng(6).integers(0, 2000, (count, *SHAPE[1:])).astype(np.int16)


def one_file(folder: Path, values: np.ndarray, sop_class: str, modality: str) -> Dataset:
    """Write a slice, and return it as the beginning of a file of many frames."""
    folder.mkdir(exist_ok=True)
    path = write_dicom_series(folder, numbers()[:1], MATRIX, modality="MR", intercept=0.0)[0]
    dataset = dcmread(path)
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = sop_class
    dataset.Modality, dataset.NumberOfFrames = modality, len(values)
    dataset.PixelData = values.tobytes()
    del dataset.ImagePositionPatient, dataset.ImageOrientationPatient
    dataset.filename = str(path)
    return dataset


def items(**elements: object) -> Sequence:
    dataset = Dataset()
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return Sequence([dataset])


def cosines() -> list[float]:
    axes = MATRIX[:3, :3] / np.linalg.norm(MATRIX[:3, :3], axis=0)
    return [*axes[:, 2], *axes[:, 1]]


def write_ultrasound(folder: Path) -> None:
    dataset = one_file(folder, numbers(), "1.2.840.10008.5.1.4.1.1.6.2", "US")
    del dataset.PixelSpacing, dataset.FrameOfReferenceUID
    dataset.VolumeFrameOfReferenceUID = "2.25.77"
    shared = Dataset()
    shared.PixelMeasuresSequence = items(PixelSpacing=[1.0, 1.5], SliceThickness=2.5)
    shared.PlaneOrientationVolumeSequence = items(ImageOrientationVolume=cosines())
    dataset.SharedFunctionalGroupsSequence = Sequence([shared])
    frames = []
    for k in range(SHAPE[0]):
        frame = Dataset()
        place = (MATRIX[:3, 3] + k * MATRIX[:3, 0]).tolist()
        frame.PlanePositionVolumeSequence = items(ImagePositionVolume=place)
        frames.append(frame)
    dataset.PerFrameFunctionalGroupsSequence = Sequence(frames)
    dataset.save_as(dataset.filename)


def write_spect(folder: Path, *, slots: int = 1, spacing: float = 2.5) -> np.ndarray:
    values = numbers(SHAPE[0] * slots)
    dataset = one_file(folder, values, "1.2.840.10008.5.1.4.1.1.20", "NM")
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "RECON TOMO", "EMISSION"]
    dataset.SpacingBetweenSlices = spacing
    dataset.SliceVector = list(range(1, SHAPE[0] + 1)) * slots
    if slots > 1:
        dataset.TimeSlotVector = [n + 1 for n in range(slots) for _ in range(SHAPE[0])]
    dataset.DetectorInformationSequence = items(
        ImagePositionPatient=MATRIX[:3, 3].tolist(), ImageOrientationPatient=cosines()
    )
    dataset.save_as(dataset.filename)
    return values


def write_enhanced(folder: Path, order: list[tuple[int, int]], *, modality: str = "CT") -> None:
    """Write frames of (slice, time) in any order, each with a rescale of its own."""
    values = np.stack([numbers()[k] + 100 * time for k, time in order])
    slopes = [1.0 + 0.5 * time for _, time in order]
    dataset = one_file(folder, values, "1.2.840.10008.5.1.4.1.1.2.1", modality)
    del dataset.PixelSpacing, dataset.RescaleSlope, dataset.RescaleIntercept
    shared = Dataset()
    shared.PixelMeasuresSequence = items(PixelSpacing=[1.0, 1.5], SliceThickness=2.5)
    shared.PlaneOrientationSequence = items(ImageOrientationPatient=cosines())
    dataset.SharedFunctionalGroupsSequence = Sequence([shared])
    frames = []
    for (k, time), slope in zip(order, slopes, strict=True):
        frame = Dataset()
        place = (MATRIX[:3, 3] + k * MATRIX[:3, 0]).tolist()
        frame.PlanePositionSequence = items(ImagePositionPatient=place)
        frame.FrameContentSequence = items(TemporalPositionIndex=time + 1)
        frame.PixelValueTransformationSequence = items(RescaleSlope=slope, RescaleIntercept=-50)
        frames.append(frame)
    dataset.PerFrameFunctionalGroupsSequence = Sequence(frames)
    dataset.save_as(dataset.filename)


def test_frames_in_any_order_with_their_own_rescale_become_time_points(tmp_path):
    order = [(k, time) for k in range(SHAPE[0]) for time in range(2)]
    np.random.default_rng(2).shuffle(order)
    write_enhanced(tmp_path, [(int(k), int(t)) for k, t in order])
    (group,) = find_series(tmp_path).groups
    assert len(group.members) == 2
    for time in range(2):
        volume = medical.read_volume(tmp_path, time=time + 1)
        expected = (numbers() + 100 * time) * (1.0 + 0.5 * time) - 50
        np.testing.assert_allclose(volume.values, expected)
        np.testing.assert_allclose(volume.affine.matrix, MATRIX, atol=1e-6)


def test_a_frame_that_is_missing_in_one_file_leaves_a_gap(tmp_path):
    write_enhanced(tmp_path, [(k, 0) for k in (3, 0, 4, 1)])
    volume = medical.read_volume(tmp_path)
    assert volume.shape == SHAPE
    present = [0, 1, 3, 4]
    np.testing.assert_array_equal(volume.values[present], numbers()[present] - 50)
    assert "missing-slices" in {f.code for f in volume.findings}


def test_frames_whose_groups_are_too_few_are_refused(tmp_path):
    write_enhanced(tmp_path, [(k, 0) for k in range(SHAPE[0])])
    path = next(tmp_path.iterdir())
    dataset = dcmread(path)
    del dataset.PerFrameFunctionalGroupsSequence[2]
    dataset.save_as(path)
    with pytest.raises(NoVolumeFoundError, match="several frames"):
        medical.read_volume(tmp_path)


@pytest.mark.real
def test_several_mosaics_are_time_points(real_data, tmp_path):
    source = real_data / "medical" / "enhanced_multiframe" / "siemens_mosaic"
    path = next(p for p in sorted(source.rglob("*")) if p.is_file() and p.suffix != ".json")
    for time in range(4):
        dataset = dcmread(path)
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"2.25.{time + 1}"
        dataset.AcquisitionNumber = dataset.InstanceNumber = time + 1
        pixels = dataset.pixel_array + time
        dataset.PixelData = pixels.astype(np.uint16).tobytes()
        dataset.save_as(tmp_path / f"{time}.dcm")
    (group,) = find_series(tmp_path).groups
    assert len(group.members) == 4
    assert group.is_uniform
    first, last = (medical.read_volume(tmp_path, time=time) for time in (1, 4))
    np.testing.assert_array_equal(last.values, first.values + 3)


def test_an_ultrasound_volume_is_stacked_and_its_sides_are_said_to_be_unknown(tmp_path):
    write_ultrasound(tmp_path)
    volume = medical.read_volume(tmp_path)
    np.testing.assert_array_equal(volume.values, numbers())
    np.testing.assert_allclose(volume.affine.matrix, MATRIX, atol=1e-6)
    (told,) = [f for f in volume.findings if f.code == "sides-unknown"]
    assert told.severity == "warning"


def test_reconstructed_spect_is_placed_by_its_detector(tmp_path):
    values = write_spect(tmp_path)
    volume = medical.read_volume(tmp_path)
    np.testing.assert_array_equal(volume.values, values)
    np.testing.assert_allclose(volume.affine.matrix, MATRIX, atol=1e-4)


def test_spect_whose_slices_run_the_other_way_keeps_its_places(tmp_path):
    values = write_spect(tmp_path, spacing=-2.5)
    volume = medical.read_volume(tmp_path)
    np.testing.assert_array_equal(volume.values, values[::-1])
    first = volume.affine.apply([SHAPE[0] - 1, 0, 0])
    np.testing.assert_allclose(first, MATRIX[:3, 3], atol=1e-4)


def test_gated_spect_is_one_group_of_time_points(tmp_path):
    values = write_spect(tmp_path, slots=3)
    (group,) = find_series(tmp_path).groups
    assert len(group.members) == 3
    for k in range(3):
        volume = medical.read_volume(tmp_path, time=k + 1)
        np.testing.assert_array_equal(volume.values, values[5 * k : 5 * k + 5])


@pytest.mark.parametrize("lost", ["DetectorInformationSequence", "SpacingBetweenSlices"])
def test_spect_that_does_not_tell_its_place_is_refused(tmp_path, lost):
    write_spect(tmp_path)
    path = next(tmp_path.iterdir())
    dataset = dcmread(path)
    delattr(dataset, lost)
    dataset.save_as(path)
    (aside,) = find_series(tmp_path).asides
    assert aside.kind is Apart.MULTI_FRAME
    with pytest.raises(NoVolumeFoundError, match="several frames"):
        medical.read_volume(tmp_path)
