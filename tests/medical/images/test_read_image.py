"""NIfTI, NRRD and MetaImage files keep the place of every voxel in the world."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import SimpleITK

import medical
from shared.errors import DamagedFileError, InputNotFoundError

SHAPE = (4, 5, 6)


def image() -> tuple[SimpleITK.Image, np.ndarray]:
    values = np.random.default_rng(0).integers(-1000, 2000, SHAPE).astype(np.int16)
    made = SimpleITK.GetImageFromArray(values)
    made.SetSpacing((0.5, 0.7, 2.0))
    made.SetOrigin((-10.0, 20.0, 30.0))
    angle = 0.4
    c, s = np.cos(angle), np.sin(angle)
    made.SetDirection((c, -s, 0.0, s, c, 0.0, 0.0, 0.0, 1.0))
    return made, values


def write_nifti(path: Path, values: np.ndarray, ras_from_index: np.ndarray) -> None:
    """Write ``[i j k]`` int16 with an sform alone, by the letter of the NIfTI-1 header."""
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, *values.shape, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, 4, 16)
    struct.pack_into(
        "<8f", header, 76, 1, *np.linalg.norm(ras_from_index[:3, :3], axis=0), *[0] * 4
    )
    struct.pack_into("<3f", header, 108, 352.0, 1.0, 0.0)
    struct.pack_into("<2h", header, 252, 0, 1)
    struct.pack_into("<12f", header, 280, *ras_from_index[:3].ravel())
    header[344:348] = b"n+1\0"
    path.write_bytes(bytes(header) + values.astype("<i2").tobytes(order="F"))


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nrrd", ".mha"])
def test_every_format_stands_at_the_same_place(tmp_path, suffix):
    made, values = image()
    path = tmp_path / f"volume{suffix}"
    SimpleITK.WriteImage(made, str(path))
    volume = medical.read_volume(path)
    np.testing.assert_array_equal(volume.values, values)
    for index in ((0, 0, 0), (3, 4, 5), (1, 2, 3)):
        theirs = made.TransformIndexToPhysicalPoint(tuple(reversed(index)))
        np.testing.assert_allclose(volume.affine.apply(index), theirs, atol=1e-4)


def test_nifti_is_turned_from_ras_to_lps(tmp_path):
    ras = np.array([[2.0, 0, 0, 10], [0, 3.0, 0, 20], [0, 0, 4.0, 30], [0, 0, 0, 1]])
    values = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    path = tmp_path / "v.nii"
    write_nifti(path, values, ras)
    volume = medical.read_volume(path)
    np.testing.assert_allclose(volume.affine.apply([0, 0, 0]), [-10, -20, 30], atol=1e-5)
    np.testing.assert_allclose(volume.affine.apply([3, 2, 1]), [-12, -26, 42], atol=1e-5)
    np.testing.assert_array_equal(volume.values, values.T)


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(InputNotFoundError):
        medical.read_volume(tmp_path / "none.nii.gz")


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nrrd", ".mha"])
def test_a_damaged_file_is_said_quietly(tmp_path, suffix, capfd):
    path = tmp_path / f"bad{suffix}"
    path.write_bytes(b"nothing of the kind" * 40)
    with pytest.raises(DamagedFileError) as raised:
        medical.read_volume(path)
    assert raised.value.remedy
    assert capfd.readouterr() == ("", "")


def test_a_sheared_nifti_keeps_its_shear(tmp_path):
    sheared = np.array([[1.0, 0, 0, 5], [0, 1.0, 0.6, 6], [0, 0, 2.0, 7], [0, 0, 0, 1]])
    values = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    path = tmp_path / "sheared.nii"
    write_nifti(path, values, sheared)
    volume = medical.read_volume(path)
    assert not volume.affine.is_orthogonal()
    np.testing.assert_allclose(volume.affine.apply([0, 0, 0]), [-5, -6, 7], atol=1e-5)
    np.testing.assert_allclose(volume.affine.apply([3, 2, 1]), [-6, -9.8, 13], atol=1e-5)
    np.testing.assert_array_equal(volume.values, values.T)
