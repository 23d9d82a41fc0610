"""Real scans keep the values and places that their truth files list."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

import medical
from medical.dicom import find_series, read_series
from medical.dicom.split import Apart
from shared.volume import Volume

pytestmark = pytest.mark.real


def truth_of(case: Path, series: str | None = None) -> dict[str, Any]:
    truth = json.loads((case / "truth.json").read_text())
    return truth if series is None else truth["series"][series]


def assert_true(volume: Volume, case: Path, truth: dict[str, Any]) -> None:
    """Corners and the values at all listed world points are right, whatever the axis order."""
    ends = np.array(volume.shape) - 1
    index = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)]) * ends
    corners = np.array(truth["geometry"]["corners_LPS_mm"])
    apart = np.linalg.norm(volume.affine.apply(index)[:, None] - corners[None], axis=2)
    assert max(apart.min(axis=0).max(), apart.min(axis=1).max()) < 1e-3
    with (case / truth["check"]["points"]).open() as stream:
        rows = list(csv.reader(stream))[1:]
    points = np.array([[float(x) for x in row[:4]] for row in rows if row[5] == "v"])
    at = volume.affine.inverse().apply(points[:, :3])
    at = np.where(np.abs(at - np.rint(at)) < 0.02, np.rint(at), at)
    values = map_coordinates(volume.values.astype(np.float32), at.T, order=1)
    assert np.abs(values - points[:, 3]).max() < 1.0


@pytest.mark.parametrize(
    ("case", "folder"), [("head_ct", "head_ct/dicom"), ("tilted_head_ct", "tilted_head_ct/dicom")]
)
def test_single_scans(real_data, case, folder):
    case = real_data / "medical" / case
    volume = medical.read_volume(real_data / "medical" / folder)
    assert_true(volume, case, truth_of(case))


def test_the_tilted_head_keeps_its_shear(real_data):
    volume = medical.read_volume(real_data / "medical" / "tilted_head_ct" / "dicom")
    (finding,) = [f for f in volume.findings if f.code == "gantry-tilt"]
    assert finding.details["tilt_deg"] == pytest.approx(18.5, abs=1e-3)
    assert finding.details["drift_mm"] == pytest.approx(42.04, abs=0.01)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("t1_post_oblique", "T1post"), ("t2_oblique", "37870"), ("mosaic_map", "relcbf")],
)
def test_series_of_the_mixed_folder(real_data, name, wanted):
    case = real_data / "medical" / "mixed_folder"
    volume = medical.read_volume(case / "folder", series=wanted)
    assert_true(volume, case, truth_of(case, name))


def test_the_mixed_folder_falls_apart_into_what_its_truth_names(real_data):
    case = real_data / "medical" / "mixed_folder"
    truth = truth_of(case)
    study = find_series(case / "folder")
    stacks = {frozenset(s.file.name for s in series.slices) for series in study.series}
    assert stacks == {frozenset(truth["series"][v]["files"]) for v in truth["expected_volumes"]}
    apart = {a.files[0].name: a.kind for a in study.asides}
    assert apart == {
        truth["series"]["ct_scout"]["files"][0]: Apart.LOCALIZER,
        truth["series"]["capture_grey_with_position"]["files"][0]: Apart.SECONDARY_CAPTURE,
        truth["series"]["capture_rgb_dose"]["files"][0]: Apart.COLOR,
    }
    assert sum(study.skipped.values()) == len(truth["not_dicom"]) + 1


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("enhanced_mr", "enhanced_mr"),
        ("siemens_mosaic", "siemens_mosaic"),
        ("legacy_enhanced_ct/multiframe", "legacy_enhanced_ct"),
        ("legacy_enhanced_ct/single_frames", "legacy_enhanced_ct"),
    ],
)
def test_multi_frame_files(real_data, folder, name):
    case = real_data / "medical" / "enhanced_multiframe"
    (series,) = find_series(case / folder).series
    assert_true(read_series(series), case, truth_of(case, name))
