"""The phantoms of the tests show what their truth says, and their series read back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
import SimpleITK
from numpy.typing import NDArray
from scipy import ndimage

from tests.fixtures import phantoms
from tests.fixtures.phantoms import ORIENTATIONS, Phantom, grid_matrix, write_dicom_series

SCANS: list[Callable[[], Phantom]] = [
    phantoms.plain_head,
    phantoms.head_with_open_jaw,
    phantoms.head_with_fragment,
    phantoms.head_on_couch,
    phantoms.head_in_holder,
    phantoms.thighs_and_arms,
    phantoms.body_without_symmetry,
]


def bodies(values: NDArray[Any], matrix: NDArray[Any], level: float) -> list[tuple[float, Any]]:
    """Return volume (ml) and centroid of each connected body above `level`."""
    labels, count = ndimage.label(values > level)
    voxel_ml = abs(np.linalg.det(matrix[:3, :3])) / 1000.0
    numbers = range(1, count + 1)
    volumes = np.bincount(labels.ravel(), minlength=count + 1)[1:] * voxel_ml
    centers = np.array(ndimage.center_of_mass(labels > 0, labels, numbers)).reshape(-1, 3)
    return list(zip(volumes, centers @ matrix[:3, :3].T + matrix[:3, 3], strict=True))


@pytest.mark.parametrize("make", SCANS, ids=lambda make: str(make.__name__))
def test_each_body_of_the_truth_stands_apart_in_the_scan(make: Callable[[], Phantom]) -> None:
    values, matrix, truth = make()
    found = bodies(values, matrix, truth["bone_level_hu"])
    wanted = [*truth["keep"], *truth.get("drop", [])]
    for body in wanted:
        near = [
            volume
            for volume, center in found
            if np.linalg.norm(center - body["centroid_lps_mm"]) < 2.5
        ]
        assert len(near) == 1, body["name"]
        assert near[0] == pytest.approx(body["volume_ml"], rel=0.15)
    marker = "marker_volume_ml" in truth
    assert len(found) == len(wanted) + marker


def test_limbs_do_not_touch_and_a_couch_does() -> None:
    for make, apart in ((phantoms.thighs_and_arms, 4), (phantoms.head_in_holder, 3)):
        values, matrix, truth = make()
        assert len(bodies(values, matrix, truth["skin_level_hu"])) == apart
        assert len(truth["skin_keep"]) + len(truth["skin_drop"]) == apart
    values, matrix, truth = phantoms.head_on_couch()
    ((volume, _),) = bodies(values, matrix, -200.0)
    (head,), (couch,) = truth["skin_keep"], truth["skin_drop"]
    assert volume == pytest.approx(head["volume_ml"] + couch["volume_ml"], rel=0.03)


def test_the_open_jaw_is_a_piece_of_its_own_and_the_fragment_is_half_a_millilitre() -> None:
    jaw = {b["name"]: b["volume_ml"] for b in phantoms.head_with_open_jaw().truth["keep"]}
    assert jaw["mandible"] > 30.0
    fragment = {b["name"]: b["volume_ml"] for b in phantoms.head_with_fragment().truth["keep"]}
    assert fragment["fragment"] == pytest.approx(0.5, rel=0.02)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_series_of_any_orientation_read_back_in_place(tmp_path: Path, orientation: str) -> None:
    values, matrix, truth = phantoms.body_without_symmetry(orientation)
    paths = write_dicom_series(tmp_path, values, matrix)
    assert [p.name for p in paths] != sorted(p.name for p in paths)
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(tmp_path)))
    image = reader.Execute()
    read = SimpleITK.GetArrayFromImage(image)
    steps = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    lps_from_read = np.eye(4)
    lps_from_read[:3, :3], lps_from_read[:3, 3] = steps[:, ::-1], image.GetOrigin()
    (here,), (there,) = bodies(values, matrix, 300), bodies(read, lps_from_read, 300)
    assert here[0] == pytest.approx(there[0])
    np.testing.assert_allclose(here[1], there[1], atol=1e-6)
    np.testing.assert_allclose(here[1], truth["keep"][0]["centroid_lps_mm"], atol=0.4)


def test_a_series_with_gaps_tilt_and_its_own_words(tmp_path: Path) -> None:
    shape = (6, 5, 4)
    matrix = grid_matrix(shape, (3.0, 1.0, 2.0), center=(5.0, 6.0, 7.0), tilt_deg=20.0)
    values = np.arange(120, dtype=np.int16).reshape(shape) - 1000
    write_dicom_series(
        tmp_path,
        values,
        matrix,
        leave_out={2, 3},
        names=[f"f{n}" for n in range(6)],
        series_description="Bone",
        kernel="H60s",
        slice_thickness_mm=1.5,
        gantry_tilt_deg=20.0,
        slope=0.5,
        change=lambda dataset, number: setattr(dataset, "StationName", f"S{number}"),
    )
    assert sorted(p.name for p in tmp_path.iterdir()) == ["f0", "f1", "f4", "f5"]
    for number in (0, 1, 4, 5):
        header = pydicom.dcmread(tmp_path / f"f{number}")
        np.testing.assert_allclose(
            header.ImagePositionPatient, (matrix @ (number, 0, 0, 1))[:3], atol=1e-9
        )
        np.testing.assert_allclose(header.PixelSpacing, (1.0, 2.0))
        np.testing.assert_allclose(
            header.pixel_array * header.RescaleSlope + header.RescaleIntercept, values[number]
        )
        said = (header.SeriesDescription, header.ConvolutionKernel, header.StationName)
        assert said == ("Bone", "H60s", f"S{number}")
        assert (header.SliceThickness, header.GantryDetectorTilt) == (1.5, 20.0)


def test_words_make_uids() -> None:
    assert phantoms.make_uid("a", 1) == phantoms.make_uid("a", 1) != phantoms.make_uid("a", 2)
    assert phantoms.make_uid("a").is_valid
