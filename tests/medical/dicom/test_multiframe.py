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
