"""The sample data say what they are, and a script writes them again byte for byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from scipy import ndimage
from skimage.measure import marching_cubes

from sample_data.make_sample_data import main, write_sample_data

ROOT = Path(__file__).resolve().parents[2] / "sample_data"
DEEP_HU = -1e7
"""Padding so low that a surface ends on the centres of the outermost slices."""

Field = NDArray[np.float64]


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((ROOT / "head_ct.truth.json").read_text("utf-8"))
    return content


@pytest.fixture(scope="module")
def slices() -> list[pydicom.Dataset]:
    """Data sets from head to foot."""
    sets = [pydicom.dcmread(path) for path in (ROOT / "head_ct").iterdir()]
    return sorted(sets, key=lambda s: -s.ImagePositionPatient[2])


@pytest.fixture(scope="module")
def scan(slices: list[pydicom.Dataset]) -> Field:
    stored = np.stack([s.pixel_array for s in slices]).astype(float)
    return stored * float(slices[0].RescaleSlope) + float(slices[0].RescaleIntercept)


def enclosed_ml(field: Field, level: float, truth: dict[str, Any]) -> float:
    padded = np.pad(field, 1, constant_values=DEEP_HU)
    spacing = tuple(truth["series"]["spacing_mm"])
    vertices, faces, _, _ = marching_cubes(padded, level, spacing=spacing)
    a, b, c = (vertices[faces[:, n]].astype(float) for n in range(3))
    return abs(float(np.einsum("ij,ij->", a, np.cross(b, c)))) / 6000.0


def pieces_at(field: Field, level: float) -> list[NDArray[np.bool_]]:
    """Return a mask for each connected piece above `level`, the largest first."""
    labels, count = ndimage.label(field > level)
    order = np.argsort(-np.bincount(labels.ravel())[1:])
    return [labels == piece + 1 for piece in order[:count]]


def surface_of(
    piece: NDArray[np.bool_], field: Field, level: float, truth: dict[str, Any]
) -> float:
    near = ndimage.binary_dilation(piece, iterations=2)
    return enclosed_ml(np.where(near, field, level - 500.0), level, truth)


def world(index: NDArray[Any], truth: dict[str, Any]) -> Field:
    matrix = np.array(truth["series"]["lps_from_index"])
    result: Field = index @ matrix[:3, :3].T + matrix[:3, 3]
    return result


def test_the_script_writes_what_the_manifest_says(tmp_path: Path) -> None:
    written = write_sample_data(tmp_path)
    committed = json.loads((ROOT / "manifest.json").read_text("utf-8"))
    assert json.loads((tmp_path / "manifest.json").read_text("utf-8")) == committed
    names = {path.relative_to(tmp_path).as_posix() for path in written}
    assert names == {*committed["files"], "manifest.json"}
    for name in names:
        assert (tmp_path / name).read_bytes() == (ROOT / name).read_bytes(), name


def test_no_file_of_the_sample_data_is_left_out_of_the_manifest() -> None:
    committed = json.loads((ROOT / "manifest.json").read_text("utf-8"))["files"]
    data = {p for p in ROOT.rglob("*") if p.suffix in {".dcm", ".dxf", ".json"}}
    assert {p.relative_to(ROOT).as_posix() for p in data} == {*committed, "manifest.json"}
    assert sum(file["bytes"] for file in committed.values()) < 5e6


def test_headers_describe_the_grid_of_the_truth(
    slices: list[pydicom.Dataset], truth: dict[str, Any]
) -> None:
    matrix = np.array(truth["series"]["lps_from_index"])
    assert [len(slices), slices[0].Rows, slices[0].Columns] == truth["series"]["shape"]
    for number, header in enumerate(slices):
        np.testing.assert_allclose(
            header.ImagePositionPatient, matrix[:3, 3] + number * matrix[:3, 0]
        )
        np.testing.assert_allclose(header.ImageOrientationPatient[:3], matrix[:3, 2] / 1.75)
        np.testing.assert_allclose(header.ImageOrientationPatient[3:], matrix[:3, 1] / 1.75)
        assert list(header.PixelSpacing) == truth["series"]["spacing_mm"][1:]
        assert header.file_meta.TransferSyntaxUID == pydicom.uid.ExplicitVRLittleEndian
        assert header.PixelRepresentation == 1
        assert header.RescaleIntercept == -1024
    assert len({h.SOPInstanceUID for h in slices}) == len(slices)
    assert len({(h.SeriesInstanceUID, h.FrameOfReferenceUID) for h in slices}) == 1


def test_file_names_do_not_sort_in_slice_order() -> None:
    paths = sorted((ROOT / "head_ct").iterdir())
    heights = [float(pydicom.dcmread(p).ImagePositionPatient[2]) for p in paths]
    assert heights not in (sorted(heights), sorted(heights, reverse=True))


def test_surfaces_enclose_the_true_volumes(scan: Field, truth: dict[str, Any]) -> None:
    parts = {name: part["volume_ml"] for name, part in truth["parts"].items()}
    level = truth["levels_hu"]["bone"]
    skull, spine, marker = pieces_at(scan, level)
    assert surface_of(skull, scan, level, truth) == pytest.approx(
        parts["skull_with_mandible"], rel=0.01
    )
    assert surface_of(spine, scan, level, truth) == pytest.approx(parts["cervical_spine"], rel=0.05)
    both = enclosed_ml(scan, level, truth) - surface_of(marker, scan, level, truth)
    assert both == pytest.approx(parts["bone"], rel=0.01)
    skin = truth["levels_hu"]["skin"]
    assert enclosed_ml(scan, skin, truth) == pytest.approx(parts["tissue"], rel=0.002)
    assert parts["skin_enclosed"] == pytest.approx(parts["tissue"] + parts["airway"], abs=0.1)
    assert parts["bone"] == pytest.approx(
        parts["skull_with_mandible"] + parts["cervical_spine"], abs=0.1
    )


def test_the_marker_is_on_the_left(scan: Field, truth: dict[str, Any]) -> None:
    level = truth["levels_hu"]["marker"]
    (marker,) = pieces_at(scan, level)
    center = world(np.argwhere(marker), truth).mean(axis=0)
    assert center[0] > 40.0
    np.testing.assert_allclose(center, truth["marker"]["center_lps_mm"], atol=0.5)
    volume = surface_of(marker, scan, level, truth)
    assert volume == pytest.approx(truth["marker"]["volume_ml"], rel=0.2)


def test_the_head_is_whole_at_the_crown_and_cut_at_the_neck(
    scan: Field, truth: dict[str, Any]
) -> None:
    skin = truth["levels_hu"]["skin"]
    assert (scan[:3] < skin).all()
    for side in (scan[:, 0], scan[:, -1], scan[:, :, 0], scan[:, :, -1]):
        assert (side < skin).all()
    pixel_cm2 = np.prod(truth["series"]["spacing_mm"][1:]) / 100.0
    cut = truth["cut_at_neck"]
    assert truth["series"]["extent_lps_mm"][0][2] == cut["z_mm"]
    tissue = (scan[-1] > skin).sum() * pixel_cm2
    bone = (scan[-1] > truth["levels_hu"]["bone"]).sum() * pixel_cm2
    assert tissue == pytest.approx(cut["area_cm2"]["tissue"], rel=0.02)
    assert bone == pytest.approx(cut["area_cm2"]["bone"], rel=0.1)


def test_no_flip_leaves_the_head_unchanged(scan: Field) -> None:
    body = scan > -480.0
    for axis in range(3):
        changed = (body != np.flip(body, axis)).sum() / body.sum()
        assert changed > (0.0005 if axis == 2 else 0.02)


def test_materials_and_noise_are_as_stated(scan: Field, truth: dict[str, Any]) -> None:
    air, brain = scan[:3], scan[35:55, 60:75, 58:70]
    assert air.mean() == pytest.approx(truth["materials_hu"]["air"], abs=0.2)
    assert air.std() == pytest.approx(truth["series"]["noise_hu"], rel=0.02)
    assert brain.mean() == pytest.approx(truth["materials_hu"]["white_matter"], abs=1.0)


def test_volumes_of_the_ellipsoids_are_exact(truth: dict[str, Any]) -> None:
    for ellipsoid in truth["ellipsoids"].values():
        exact = 4.0 / 3.0 * np.pi * np.prod(ellipsoid["radii_mm"]) / 1000.0
        assert ellipsoid["volume_ml"] == pytest.approx(exact, abs=1e-3)
        axes = np.array(ellipsoid["axes"])
        np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-11)
    radius = truth["marker"]["radius_mm"]
    assert truth["marker"]["volume_ml"] == pytest.approx(
        4.0 / 3.0 * np.pi * radius**3 / 1000, abs=1e-4
    )


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_help_writes_nothing(
    word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as left:
        main([word])
    assert left.value.code == 0
    assert "usage" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_a_folder_of_other_scans_is_not_emptied(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "head_ct").mkdir()
    (tmp_path / "head_ct" / "real.dcm").write_bytes(b"precious")
    with pytest.raises(SystemExit) as left:
        main([str(tmp_path)])
    assert left.value.code == 3
    assert "real.dcm" in capsys.readouterr().err
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["real.dcm"]


def test_a_file_is_no_folder_to_write_into(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit) as left:
        main([str(tmp_path / "file")])
    assert left.value.code == 2
