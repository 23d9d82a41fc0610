"""What writers get wrong is read all the same, and what was assumed is told."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

import medical
from shared.finding import Finding
from tests.fixtures.phantoms import grid_matrix, write_dicom_series

SHAPE = (5, 8, 6)
MATRIX = grid_matrix(SHAPE, (2.0, 1.0, 1.0))


def numbers() -> np.ndarray:
    return np.random.default_rng(4).integers(0, 2000, SHAPE).astype(np.int16)


def write(folder: Path, change: Callable[[Dataset, int], None], **options) -> list[Path]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return write_dicom_series(folder, numbers(), MATRIX, change=change, **options)


def assumed(findings: tuple[Finding, ...]) -> dict[str, int]:
    return {f.details["quirk"]: f.details["images"] for f in findings if f.code == "assumed"}


def comma(dataset: Dataset, number: int) -> None:
    dataset.add_new(0x00280030, "LO", "1,0\\1,0")


def no_class(dataset: Dataset, number: int) -> None:
    dataset.SOPClassUID = ""
    dataset.file_meta.MediaStorageSOPClassUID = ""


def no_rescale(dataset: Dataset, number: int) -> None:
    del dataset.RescaleSlope, dataset.RescaleIntercept


def same_uid(dataset: Dataset, number: int) -> None:
    dataset.SOPInstanceUID = "2.25.1"


def skewed(dataset: Dataset, number: int) -> None:
    dataset.ImageOrientationPatient = [1, 0, 0, 0.0005, 1, 0]


@pytest.mark.parametrize(
    ("change", "quirk"),
    [
        (comma, "decimal-comma"),
        (same_uid, "repeated-uid"),
        (skewed, "skewed-axes"),
        (no_rescale, "no-rescale"),
    ],
)
def test_what_was_assumed_is_told_and_the_values_are_read(tmp_path, change, quirk):
    write(tmp_path, change, intercept=0.0)
    volume = medical.read_volume(tmp_path)
    np.testing.assert_array_equal(volume.values, numbers())
    assert assumed(volume.findings) == {quirk: SHAPE[0]}


def test_blank_classes_are_told(tmp_path):
    for path in write(tmp_path, lambda d, _: d.__setattr__("SOPClassUID", "")):
        data = path.read_bytes()
        uid = dcmread(path).file_meta.MediaStorageSOPClassUID.encode()
        path.write_bytes(data.replace(uid, b" " * len(uid)))
    volume = medical.read_volume(tmp_path)
    np.testing.assert_array_equal(volume.values, numbers())
    assert assumed(volume.findings) == {"no-sop-class": SHAPE[0]}


def test_files_without_meta_headers_are_told(tmp_path):
    for path in write(tmp_path, lambda d, _: None)[:2]:
        dataset = dcmread(path)
        del dataset.file_meta
        dataset.save_as(path, implicit_vr=True, little_endian=True)
    volume = medical.read_volume(tmp_path)
    np.testing.assert_array_equal(volume.values, numbers())
    assert assumed(volume.findings) == {"no-meta-header": 2}
    assert "2 of 5 images have no meta header" in str([f.message for f in volume.findings])


def test_values_of_odd_length_do_no_harm(tmp_path):
    for path in write(tmp_path, lambda d, _: None, kernel="B30s"):
        data, kernel = path.read_bytes(), b"\x18\x00\x10\x12SH\x04\x00B30s"
        assert data.count(kernel) == 1
        path.write_bytes(data.replace(kernel, b"\x18\x00\x10\x12SH\x03\x00B30"))
    np.testing.assert_array_equal(medical.read_volume(tmp_path).values, numbers())


def test_nothing_is_assumed_of_a_sound_series(tmp_path):
    write(tmp_path, lambda d, _: None)
    assert not assumed(medical.read_volume(tmp_path).findings)
