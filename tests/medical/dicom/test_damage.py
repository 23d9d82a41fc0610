"""Damaged and foreign files cost as little as they can, and the reason is told."""

from __future__ import annotations

import contextlib
import os
import warnings
from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

import medical
from medical.dicom import find_series
from medical.dicom.headers import PACKED
from medical.errors import NoDicomFoundError, NoVolumeFoundError, UnreadablePixelsError
from shared.errors import InputNotFoundError, ToolkitError
from tests.fixtures.phantoms import grid_matrix, write_dicom_series

SHAPE = (8, 40, 36)
MATRIX = grid_matrix(SHAPE, (2.0, 1.0, 1.0))
SECRETS = ("Hidden^Name", "HIDDEN-ID", "19700101", "PHANTOM-ACC-1")


def numbers() -> np.ndarray:
    return np.random.default_rng(5).integers(-1000, 1500, SHAPE).astype(np.int16)


def write(folder: Path, **options) -> list[Path]:
    return write_dicom_series(
        folder, numbers(), MATRIX, patient_name=SECRETS[0], patient_id=SECRETS[1], **options
    )


def cut(path: Path, share: float) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])


def test_no_such_path_is_said():
    with pytest.raises(InputNotFoundError) as raised:
        medical.read_volume("nowhere/at all")
    assert raised.value.remedy
    assert raised.value.exit_status == 3


def test_an_empty_folder_is_said(tmp_path):
    with pytest.raises(NoDicomFoundError, match=f"{tmp_path} is empty") as raised:
        medical.read_volume(tmp_path)
    assert raised.value.exit_status == 3


def test_a_folder_of_other_images_says_to_name_one(tmp_path):
    (tmp_path / "scan.nii.gz").write_bytes(b"no matter")
    with pytest.raises(NoDicomFoundError, match=r"1 image files itself, such as scan\.nii\.gz"):
        medical.read_volume(tmp_path)


def test_a_folder_of_text_files_is_said(tmp_path):
    for k in range(3):
        (tmp_path / f"note{k}.txt").write_text("The quick brown fox jumps over the lazy dog. " * 9)
    (tmp_path / "nothing").touch()
    with pytest.raises(NoDicomFoundError, match=f"4 files in {tmp_path}: 3 not DICOM, 1 empty"):
        medical.read_volume(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_said(tmp_path):
    (tmp_path / "locked").mkdir(mode=0o000)
    with pytest.raises(InputNotFoundError, match="permission"):
        medical.read_volume(tmp_path / "locked")


@pytest.mark.parametrize("share", [0.3, 0.6, 0.99])
def test_a_file_cut_among_good_ones_is_named_kept_out_and_leaves_a_gap(tmp_path, share):
    paths = write(tmp_path)
    cut(paths[3], share)
    volume = medical.read_volume(tmp_path)
    present = [0, 1, 2, 4, 5, 6, 7]
    np.testing.assert_array_equal(volume.values[present], numbers()[present])
    np.testing.assert_allclose(volume.affine.matrix, MATRIX, atol=1e-6)
    by_code = {f.code: f for f in volume.findings}
    assert by_code["slices-lost"].details["instances"] == [4]
    gap = by_code["missing-slices"]
    assert gap.details["missing"] == [4]
    assert gap.place == pytest.approx(volume.affine.apply([3, 19.5, 17.5]))
    assert by_code["slices-lost"].place == pytest.approx(gap.place)
    low, high = (volume.affine.apply([k, 19.5, 17.5]) for k in (2, 4))
    (only,) = gap.details["gaps"]
    np.testing.assert_allclose(only["from_mm"], low, atol=1e-3)
    np.testing.assert_allclose(only["to_mm"], high, atol=1e-3)
    assert f"1 between {word(low)} and {word(high)} mm" in gap.message
    assert "interpolated" in gap.message
    assert_no_secrets(volume)


def word(place_mm: np.ndarray) -> str:
    return f"{'IS'[int(place_mm[2] >= 0)]} {abs(place_mm[2]):.1f}"


def test_a_cut_last_slice_shortens_the_stack_which_is_said_with_its_place(tmp_path):
    paths = write(tmp_path)
    cut(paths[-1], 0.5)
    volume = medical.read_volume(tmp_path)
    np.testing.assert_array_equal(volume.values, numbers()[:-1])
    (lost,) = [f for f in volume.findings if f.code == "slices-lost"]
    end = volume.affine.apply([7, 19.5, 17.5])
    assert lost.place == pytest.approx(end)
    assert word(end) in lost.message
    assert "ends short of the scan" in lost.message


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless, JPEG2000Lossless])
@pytest.mark.parametrize("share", [0.55, 0.9])
def test_a_cut_coded_file_is_kept_out_too(tmp_path, capfd, syntax, share):
    paths = write(
        tmp_path, change=lambda dataset, _: dataset.compress(syntax, generate_instance_uid=False)
    )
    cut(paths[3], share)
    volume = medical.read_volume(tmp_path)
    present = [0, 1, 2, 4, 5, 6, 7]
    np.testing.assert_array_equal(volume.values[present], numbers()[present])
    by_code = {f.code: f for f in volume.findings}
    assert by_code["slices-lost"].details["instances"] == [4]
    assert by_code["missing-slices"].details["missing"] == [4]
    assert capfd.readouterr() == ("", "")


def test_files_that_are_all_cut_are_said_to_be(tmp_path):
    for path in write(tmp_path):
        cut(path, 0.5)
    with pytest.raises(UnreadablePixelsError, match="8 cut off") as raised:
        medical.read_volume(tmp_path)
    assert raised.value.exit_status == 3
    assert raised.value.remedy


def test_coded_files_that_are_all_cut_are_said_to_be(tmp_path):
    def change(dataset, number):
        dataset.compress(JPEG2000Lossless, generate_instance_uid=False)

    for path in write(tmp_path, change=change):
        cut(path, 0.7)
    with pytest.raises(UnreadablePixelsError):
        medical.read_volume(tmp_path)


def test_other_files_in_nested_folders_are_counted_with_the_reason(tmp_path):
    write(tmp_path / "a" / "b")
    (tmp_path / "a" / "readme").write_text("not an image")
    (tmp_path / "zip.zip").write_bytes(b"PK\x03\x04" + bytes(500))
    (tmp_path / "empty").touch()
    study = find_series(tmp_path)
    assert study.files == 11
    assert study.skipped == {"not DICOM": 1, PACKED: 1, "empty file": 1}
    np.testing.assert_array_equal(medical.read_volume(tmp_path).values, numbers())


def test_only_localizers_exit_as_nothing_to_build(tmp_path):
    write(tmp_path, image_type=("ORIGINAL", "PRIMARY", "LOCALIZER"))
    with pytest.raises(NoVolumeFoundError, match="localizer") as raised:
        medical.read_volume(tmp_path)
    assert raised.value.exit_status == 4


@pytest.mark.parametrize(
    "quirk",
    [
        lambda d: d.__setattr__("SOPClassUID", ""),
        lambda d: d.__setattr__("PixelSpacing", None) or d.add_new(0x00280030, "LO", "1,0\\1,0"),
        lambda d: d.add_new(0x00280010, "SS", 40),
        lambda d: d.add_new(0x00280010, "UL", 40),
        lambda d: d.add_new(0x00200013, "LO", "four"),
        lambda d: d.__setattr__("SliceThickness", None),
        lambda d: d.add_new(0x00080070, "UI", "no uid at all"),
    ],
    ids=["blank class", "comma", "rows SS", "rows UL", "number", "thickness", "uid"],
)
def test_what_writers_get_wrong_outside_the_geometry_does_no_harm(tmp_path, quirk):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        write(tmp_path, change=lambda dataset, _: quirk(dataset) and None)
    np.testing.assert_array_equal(medical.read_volume(tmp_path).values, numbers())


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (b"\x18\x00\x10\x12SH\x04\x00B30s", b"\x18\x00\x10\x12DS\x04\x00B30s"),
        (b"\x18\x00\x50\x00DS\x04\x002.0 ", b"\x18\x00\x50\x00DS\x04\x00a*,,"),
        (b"\x28\x00\x00\x01US", b"\x28\x00\x00\x01XY"),
    ],
    ids=["text as DS", "no number", "unknown VR"],
)
def test_wrong_bytes_outside_the_geometry_do_no_harm(tmp_path, capfd, right, wrong):
    for path in write(tmp_path, kernel="B30s"):
        data = path.read_bytes()
        assert data.count(right) == 1
        path.write_bytes(data.replace(right, wrong))
    np.testing.assert_array_equal(medical.read_volume(tmp_path).values, numbers())
    assert capfd.readouterr() == ("", "")


def test_a_file_without_preamble_and_meta_header_is_read(tmp_path):
    for path in write(tmp_path):
        from pydicom import dcmread

        dataset = dcmread(path)
        del dataset.file_meta
        dataset.save_as(path, implicit_vr=True, little_endian=True)
    np.testing.assert_array_equal(medical.read_volume(tmp_path).values, numbers())


def test_flipped_bytes_end_in_a_volume_or_a_clear_error(tmp_path, capfd):
    paths = write(tmp_path)
    whole = [path.read_bytes() for path in paths]
    random = np.random.default_rng(11)
    volumes = 0
    for _ in range(60):
        victim = int(random.integers(len(paths)))
        data = bytearray(whole[victim])
        for at in random.integers(0, 1400, 8):
            data[at] = int(random.integers(256))
        paths[victim].write_bytes(bytes(data))
        with contextlib.suppress(ToolkitError):
            volume = medical.read_volume(tmp_path)
            volumes += 1
            assert_no_secrets(volume)
        paths[victim].write_bytes(whole[victim])
    assert volumes > 50
    assert capfd.readouterr() == ("", "")


def assert_no_secrets(volume) -> None:
    told = str([f.as_dict() for f in volume.findings]) + str(volume.provenance.as_dict())
    assert not [secret for secret in (*SECRETS, "/tmp", "2.25.") if secret in told]
