"""Where SimpleITK's series reader is right, it agrees with ours."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import SimpleITK

import medical
from shared.volume import Volume
from tests.fixtures.phantoms import ORIENTATIONS, body_without_symmetry, write_dicom_series


def read_with_simpleitk(folder: Path) -> SimpleITK.Image:
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    return reader.Execute()


def assert_same(volume: Volume, image: SimpleITK.Image) -> None:
    assert volume.shape == image.GetSize()[::-1]
    np.testing.assert_array_equal(volume.values, SimpleITK.GetArrayViewFromImage(image))
    ends = [(0, n - 1) for n in volume.shape]
    for slice_, row, column in itertools.product(*ends):
        theirs = image.TransformIndexToPhysicalPoint((column, row, slice_))
        np.testing.assert_allclose(volume.affine.apply([slice_, row, column]), theirs, atol=1e-3)


@pytest.mark.parametrize("orientation", sorted(ORIENTATIONS))
def test_regular_series_stand_alike(tmp_path, orientation):
    values, matrix, _ = body_without_symmetry(orientation)
    write_dicom_series(tmp_path, values, matrix)
    assert_same(medical.read_volume(tmp_path), read_with_simpleitk(tmp_path))


@pytest.mark.real
def test_the_real_head_stands_alike(real_data):
    folder = real_data / "medical" / "head_ct" / "dicom"
    assert_same(medical.read_volume(folder), read_with_simpleitk(folder))
