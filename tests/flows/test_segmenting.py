"""Scan → labels → files of other programs → surfaces, as a person runs it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from medical.objects import read_labels
from medical.segmenting import read_scan
from shared.formats import read_scene
from tests.fixtures.phantoms import body_without_symmetry, write_dicom_series
from tests.flows.conftest import Ran

Recon = Callable[..., Ran]


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sagittal series of a body that no flip maps to itself."""
    values, matrix, _ = body_without_symmetry("sagittal")
    folder = tmp_path_factory.mktemp("scan")
    write_dicom_series(folder, values, matrix, patient_name="Doe^Jane", patient_id="ID-7")
    return folder


def test_every_file_of_labels_holds_the_same_bone_in_the_same_place(
    recon: Recon, scan: Path, tmp_path: Path
) -> None:
    names = ("a.seg.nrrd", "b.nii.gz", "c.dcm")
    outputs = [word for name in names for word in ("-o", tmp_path / name)]
    done = recon(
        "medical", "segment", scan, *outputs, "--structure", "bone", "--structure", "skin",
        "--measures", tmp_path / "m.csv", "--report", tmp_path / "r.json",
    )  # fmt: skip
    assert done.status == 0, done.err
    rt = recon("medical", "segment", scan, "-o", tmp_path / "d.dcm", "--dicom", "rtstruct")
    assert rt.status == 0, rt.err
    volume = read_scan(scan).volume
    found = [read_labels(tmp_path / name, source=volume) for name in (*names, "d.dcm")]
    masks = [
        next(
            layer.values == label.value
            for layer in one.layers
            for label in layer.labels
            if label.name == "bone"
        )
        for one in found
    ]
    for mask in masks[1:]:
        np.testing.assert_array_equal(mask, masks[0])
    with (tmp_path / "m.csv").open() as stream:
        rows = {row["name"]: row for row in csv.DictReader(stream)}
    assert float(rows["bone"]["volume_ml"]) == pytest.approx(
        masks[0].sum() * volume.voxel_volume_ml, rel=1e-4
    )
    report = json.loads((tmp_path / "r.json").read_text())
    assert [label["code"] for label in report["labels"]] == ["272673000", "39937001"]
    for file in ("a.seg.nrrd", "b.nii.gz", "m.csv", "r.json"):
        assert b"Doe" not in (tmp_path / file).read_bytes()
    assert "Doe" not in done.out + done.err


def test_labels_become_surfaces_where_the_bone_is(recon: Recon, scan: Path, tmp_path: Path) -> None:
    seg, direct, back = tmp_path / "a.dcm", tmp_path / "direct.glb", tmp_path / "back.glb"
    assert recon("medical", "segment", scan, "-o", seg, "--deidentify").status == 0
    refused = recon("medical", "reconstruct", scan, "--labels", seg, "-o", back)
    assert refused.status == 3
    assert "frame of reference" in refused.err
    assert not back.exists()
    assert recon("medical", "segment", scan, "-o", seg).status == 0
    done = recon("medical", "reconstruct", scan, "--labels", seg, "-o", back)
    assert done.status == 0, done.err
    assert recon("medical", "reconstruct", scan, "-o", direct).status == 0
    one, other = (read_scene(path).parts[0].mesh.vertices for path in (direct, back))
    np.testing.assert_allclose(one.min(axis=0), other.min(axis=0), atol=1.5)
    np.testing.assert_allclose(one.max(axis=0), other.max(axis=0), atol=1.5)
    np.testing.assert_allclose(one.mean(axis=0), other.mean(axis=0), atol=0.5)


def test_seeds_in_ras_find_the_bone_and_echo_the_side(
    recon: Recon, scan: Path, tmp_path: Path
) -> None:
    x, y, z = body_without_symmetry("sagittal").truth["keep"][0]["centroid_lps_mm"]
    done = recon(
        "medical", "segment", scan, "-o", tmp_path / "a.seg.nrrd",
        f"--seed={8.0},{-4.0},{-14.0}=Bone", "--seed-space", "RAS", "--low", "300",
    )  # fmt: skip
    assert done.status == 0, done.err
    assert "R 8.0, P 4.0, I 14.0" in done.out
    found = read_labels(tmp_path / "a.seg.nrrd")
    center = found.affine.apply(np.argwhere(found.layers[0].values)).mean(axis=0)
    np.testing.assert_allclose(center, (x, y, z), atol=1.0)


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["-o", "a.stl"], 2, "no name of a file of labels"),
        (["-o", "a.nrrd", "--seed", "900,0,0"], 2, "outside of the scan"),
        (["-o", "a.nrrd", "--seed", "1,2,3", "--otsu", "2"], 2, "exclude"),
        (["-o", "a.nrrd", "-o", "a.nii.gz"], 2, "a.labels.json"),
        (["-o", "a.nrrd", "--structure", "lungs"], 4, "lung"),
        (["-o", "a.nrrd", "--labels", "none.dcm"], 3, "no file"),
    ],
)
def test_bad_asks_are_told_and_leave_nothing(
    recon: Recon,
    scan: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    status: int,
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    done = recon("medical", "segment", scan, *words)
    assert done.status == status, done.err
    assert told in done.err
    assert not list(tmp_path.iterdir())


def test_a_scan_that_is_no_dicom_gives_no_dicom_object(recon: Recon, tmp_path: Path) -> None:
    (tmp_path / "scan.nii.gz").write_bytes(b"")
    done = recon("medical", "segment", tmp_path / "scan.nii.gz", "-o", tmp_path / "a.dcm")
    assert done.status == 2
    assert "refers to the DICOM series" in done.err
