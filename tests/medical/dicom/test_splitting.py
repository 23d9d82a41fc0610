"""What belongs together is stacked, what does not stands apart with its reason."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import SecondaryCaptureImageStorage

import medical
from medical.dicom import find_series, read_series
from medical.dicom.split import Apart
from medical.errors import NoVolumeFoundError
from shared.volume import Quantity
from tests.fixtures.phantoms import grid_matrix, write_dicom_series

SHAPE = (5, 4, 6)
MATRIX = grid_matrix(SHAPE, (2.0, 1.0, 1.0))


def numbers(seed: int = 0, shape: tuple[int, int, int] = SHAPE) -> np.ndarray:
    return np.random.default_rng(seed).integers(-1000, 2000, shape).astype(np.int16)


def same_series(dataset, number):
    """Called by writers of a second batch: other instances, the same series."""
    dataset.SOPInstanceUID = f"{dataset.SOPInstanceUID}.9"
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID


def write_two(
    folder: Path, tag: str, values: tuple[object, object], matrix=MATRIX
) -> tuple[np.ndarray, np.ndarray]:
    """Write two stacks of one series that differ in one tag; return their voxels."""
    stacks = numbers(1), numbers(2)
    for k, (stack, value) in enumerate(zip(stacks, values, strict=True)):

        def change(dataset, number, k=k, value=value):
            setattr(dataset, tag, value)
            dataset.InstanceNumber = 2 * number + k + 1
            if k:
                same_series(dataset, number)

        write_dicom_series(folder / str(k), stack, matrix, modality="MR", change=change)
    return stacks


@pytest.mark.parametrize(
    ("tag", "values"),
    [
        ("EchoNumbers", (1, 2)),
        ("EchoTime", ("4.6", "9.2")),
        ("TemporalPositionIdentifier", (1, 2)),
        ("DiffusionBValue", (0.0, 1000.0)),
        ("AcquisitionNumber", (3, 4)),
        ("TriggerTime", ("0", "40.5")),
        ("ImageType", (["ORIGINAL", "PRIMARY", "M"], ["ORIGINAL", "PRIMARY", "P"])),
        ("ComplexImageComponent", ("MAGNITUDE", "PHASE")),
    ],
)
def test_repeated_positions_are_told_apart(tmp_path, tag, values):
    stacks = write_two(tmp_path, tag, values)
    study = find_series(tmp_path)
    assert len(study.series) == 2
    for series, stack in zip(study.series, stacks, strict=True):
        np.testing.assert_array_equal(read_series(series).values, stack)


def test_repeated_positions_without_a_tag_are_separated_by_number_and_said(tmp_path):
    stacks = write_two(tmp_path, "PatientComments", ("x", "x"))
    study = find_series(tmp_path)
    assert len(study.series) == 2
    for series, stack in zip(study.series, stacks, strict=True):
        volume = read_series(series)
        np.testing.assert_array_equal(volume.values, stack)
        assert "phases-by-order" in {f.code for f in volume.findings}


def test_many_time_points_make_as_many_stacks(tmp_path):
    shape, times = (3, 4, 4), 12
    matrix = grid_matrix(shape, (3.0, 1.0, 1.0))
    for k in range(times):

        def change(dataset, number, k=k):
            dataset.TemporalPositionIdentifier = k + 1
            dataset.SOPInstanceUID = f"{dataset.SOPInstanceUID}.{k}"

        write_dicom_series(
            tmp_path / str(k), numbers(k, shape), matrix, modality="MR", change=change
        )
    study = find_series(tmp_path)
    assert [s.facts["stack"] for s in study.series] == list(range(1, times + 1))
    for k, series in enumerate(study.series):
        np.testing.assert_array_equal(read_series(series).values, numbers(k, shape))


@pytest.mark.parametrize("keyword", ["FrameOfReferenceUID", "StudyInstanceUID", "Modality"])
@pytest.mark.parametrize("blank", [0, 2, 4])
def test_what_one_image_leaves_blank_is_taken_from_the_others(tmp_path, keyword, blank):
    def change(dataset, number):
        if number == blank:
            setattr(dataset, keyword, "")

    write_dicom_series(tmp_path, numbers(), MATRIX, change=change)
    volume = medical.read_volume(tmp_path)
    np.testing.assert_array_equal(volume.values, numbers())
    assert volume.quantity is Quantity.HU
    assert volume.frame.uid


def test_an_acquisition_number_for_each_slice_does_not_split(tmp_path):
    def change(dataset, number):
        dataset.AcquisitionNumber = number + 1

    write_dicom_series(tmp_path, numbers(), MATRIX, change=change)
    assert medical.read_volume(tmp_path).shape == SHAPE


def test_two_phases_whose_slices_lie_between_each_others_are_two_stacks(tmp_path):
    for k, shift in enumerate((0.0, 0.7)):
        matrix = MATRIX.copy()
        matrix[2, 3] += shift
        write_dicom_series(
            tmp_path / str(k), numbers(k), matrix, acquisition_number=k + 1, change=same_series
        )
    study = find_series(tmp_path)
    assert len(study.series) == 2
    for k, series in enumerate(study.series):
        np.testing.assert_array_equal(read_series(series).values, numbers(k))


def test_two_blocks_of_different_spacing_are_one_uneven_stack(tmp_path):
    fine, coarse = grid_matrix((6, 4, 4), (2.0, 1.0, 1.0)), grid_matrix((6, 4, 4), (5.0, 1.0, 1.0))
    coarse[2, 3] = fine[2, 3] + 15.0
    for k, matrix in enumerate((fine, coarse)):
        write_dicom_series(
            tmp_path / str(k),
            numbers(k, (6, 4, 4)),
            matrix,
            acquisition_number=k + 1,
            change=lambda d, n, k=k: d.__setattr__("SOPInstanceUID", f"{d.SOPInstanceUID}.{k}"),
        )
    volume = medical.read_volume(tmp_path)
    assert "uneven-slices" in {f.code for f in volume.findings}
    top = volume.affine.apply([volume.shape[0] - 1, 0, 0])[2]
    assert top == pytest.approx(coarse[2, 3] + 25.0)


def test_copies_of_images_are_dropped_and_said(tmp_path):
    paths = write_dicom_series(tmp_path / "a", numbers(), MATRIX)
    (tmp_path / "b").mkdir()
    for path in paths[1:4]:
        shutil.copy(path, tmp_path / "b" / f"copy of {path.name}")
    volume = medical.read_volume(tmp_path)
    np.testing.assert_array_equal(volume.values, numbers())
    (finding,) = [f for f in volume.findings if f.code == "copies-dropped"]
    assert "3 images" in finding.message


def test_copies_under_new_uids_are_dropped(tmp_path):
    write_dicom_series(tmp_path / "a", numbers(), MATRIX)
    write_dicom_series(tmp_path / "b", numbers(), MATRIX, change=same_series)
    volume = medical.read_volume(tmp_path)
    np.testing.assert_array_equal(volume.values, numbers())
    assert "copies-dropped" in {f.code for f in volume.findings}


def test_one_repeated_slice_does_not_cost_the_scan(tmp_path):
    shape = (12, 4, 4)
    matrix = grid_matrix(shape, (2.0, 1.0, 1.0))
    write_dicom_series(tmp_path / "a", numbers(0, shape), matrix)

    def change(dataset, number):
        same_series(dataset, number)
        dataset.InstanceNumber = 100

    write_dicom_series(
        tmp_path / "b", numbers(7, shape), matrix, leave_out=set(range(12)) - {4}, change=change
    )
    volume = medical.read_volume(tmp_path)
    np.testing.assert_array_equal(volume.values, numbers(0, shape))
    assert "phases-by-order" in {f.code for f in volume.findings}


def test_conflicting_images_that_nothing_tells_apart_are_not_stacked(tmp_path):
    write_dicom_series(tmp_path / "a", numbers(), MATRIX)
    write_dicom_series(tmp_path / "b", numbers(7), MATRIX, leave_out={0, 1}, change=same_series)
    study = find_series(tmp_path)
    assert not study.series
    assert {a.kind for a in study.asides} == {Apart.AMBIGUOUS}
    with pytest.raises(NoVolumeFoundError, match="different images"):
        medical.read_volume(tmp_path)


def test_images_that_all_claim_one_position_are_not_stacked(tmp_path):
    def change(dataset, number):
        dataset.ImagePositionPatient = ["0", "0", "0"]
        dataset.AcquisitionNumber = number

    write_dicom_series(tmp_path, numbers(), MATRIX, change=change)
    with pytest.raises(NoVolumeFoundError, match="one position"):
        medical.read_volume(tmp_path)


def test_two_blocks_far_apart_are_two_stacks(tmp_path):
    shape = (24, 4, 4)
    write_dicom_series(
        tmp_path, numbers(0, shape), grid_matrix(shape, (5.0, 1.0, 1.0)), leave_out=range(8, 14)
    )
    study = find_series(tmp_path)
    assert [len(s.slices) for s in study.series] == [8, 10]
    volume = medical.read_volume(tmp_path)
    np.testing.assert_array_equal(volume.values, numbers(0, shape)[14:])
    assert "split-at-gap" in {f.code for f in volume.findings}


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (Apart.LOCALIZER, {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}),
        (Apart.SECONDARY_CAPTURE, {"SOPClassUID": SecondaryCaptureImageStorage}),
        (Apart.NO_GEOMETRY, {"ImagePositionPatient": None}),
        (Apart.NO_GEOMETRY, {"ImageOrientationPatient": None}),
        (Apart.NO_GEOMETRY, {"PixelSpacing": None}),
        (Apart.PROJECTION, {"PixelSpacing": None, "ImagerPixelSpacing": ["0.2", "0.2"]}),
        (Apart.BAD_GEOMETRY, {"PixelSpacing": ["0", "0"]}),
        (Apart.BAD_GEOMETRY, {"ImageOrientationPatient": ["1", "0", "0", "1", "0", "0"]}),
        (Apart.COLOR, {"PhotometricInterpretation": "PALETTE COLOR"}),
    ],
)
def test_what_is_no_slice_stands_apart(tmp_path, kind, change):
    def apply(dataset, number):
        for name, value in change.items():
            setattr(dataset, name, value)

    write_dicom_series(tmp_path / "other", numbers(1), MATRIX, series="other", change=apply)
    write_dicom_series(tmp_path / "scan", numbers(), MATRIX)
    study = find_series(tmp_path)
    assert len(study.series) == 1
    (aside,) = study.asides
    assert (aside.kind, aside.images) == (kind, SHAPE[0])
    assert aside.reason
    np.testing.assert_array_equal(medical.read_volume(tmp_path).values, numbers())


def test_a_localizer_within_the_series_is_left_out(tmp_path):
    def change(dataset, number):
        if number == 0:
            dataset.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
            dataset.ImageOrientationPatient = ["0", "1", "0", "0", "0", "-1"]

    write_dicom_series(tmp_path, numbers(), MATRIX, change=change)
    volume = medical.read_volume(tmp_path)
    np.testing.assert_array_equal(volume.values, numbers()[1:])


def test_orientations_matrices_and_spacings_make_stacks_of_their_own(tmp_path):
    grids = {
        "axial": (SHAPE, grid_matrix(SHAPE, (2.0, 1.0, 1.0))),
        "sagittal": (SHAPE, grid_matrix(SHAPE, (2.0, 1.0, 1.0), orientation="sagittal")),
        "fine": (SHAPE, grid_matrix(SHAPE, (2.0, 0.5, 0.5), center=(0.0, 0.0, 1.0))),
        "large": ((5, 8, 8), grid_matrix((5, 8, 8), (2.0, 1.0, 1.0), center=(0.0, 0.0, 0.5))),
    }
    for k, (name, (shape, matrix)) in enumerate(grids.items()):

        def change(dataset, number, k=k):
            dataset.SOPInstanceUID = f"{dataset.SOPInstanceUID}.{k}"

        write_dicom_series(tmp_path / name, numbers(k, shape), matrix, change=change)
    study = find_series(tmp_path)
    assert len(study.series) == 4
    assert len({s.uid for s in study.series}) == 1
    found = [read_series(s).values for s in study.series]
    for k, (shape, matrix) in enumerate(grids.values()):
        rises = matrix[:3, 0] @ np.cross(matrix[:3, 2], matrix[:3, 1]) > 0
        expected = numbers(k, shape) if rises else numbers(k, shape)[::-1]
        assert any(np.array_equal(values, expected) for values in found)


def test_patients_that_share_a_folder_are_noticed_without_their_names(tmp_path):
    for k in range(2):
        write_dicom_series(
            tmp_path / str(k), numbers(k), MATRIX, study=f"s{k}", patient_id=f"SECRET{k}"
        )
    volume = medical.read_volume(tmp_path)
    (finding,) = [f for f in volume.findings if f.code == "several-patients"]
    assert "2 different patients" in finding.message
    assert "SECRET" not in str([f.as_dict() for f in volume.findings])
