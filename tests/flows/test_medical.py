"""From a folder of slices to files, as a person does it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
import trimesh

from tests.fixtures import phantoms
from tests.flows.conftest import Ran

Recon = Callable[..., Ran]


def test_inspect_tells_series_and_geometry_but_no_identity(recon: Recon, sample_data: Path) -> None:
    ran = recon("medical", "inspect", sample_data / "head_ct", "--json")
    assert ran.status == 0, ran.err
    (series,) = json.loads(ran.out)["series"]
    truth = json.loads((sample_data / "head_ct.truth.json").read_text())["series"]
    assert [series["slices"], series["rows"], series["columns"]] == truth["shape"]
    np.testing.assert_allclose(series["spacing_mm"], truth["spacing_mm"], atol=1e-4)
    for secret in _secrets(sample_data / "head_ct"):
        assert secret not in ran.out + ran.err
    shown = recon("medical", "inspect", sample_data / "head_ct", "--identity")
    assert "Phantom" in shown.out


def _secrets(folder: Path) -> list[str]:
    header = pydicom.dcmread(next(folder.iterdir()), stop_before_pixels=True)
    keywords = ("PatientName", "PatientID", "PatientBirthDate", "AccessionNumber")
    uids = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID")
    return [str(header.get(key)) for key in (*keywords, *uids) if header.get(key)]


def test_an_image_file_is_inspected_too(recon: Recon, tmp_path: Path) -> None:
    import SimpleITK

    image = SimpleITK.GetImageFromArray(np.zeros((4, 5, 6), np.int16))
    image.SetSpacing((0.5, 0.75, 2.0))
    SimpleITK.WriteImage(image, tmp_path / "scan.nrrd")
    ran = recon("medical", "inspect", tmp_path / "scan.nrrd", "--json")
    assert ran.status == 0, ran.err
    grid = json.loads(ran.out)["image"]
    assert grid["shape"] == [4, 5, 6]
    assert grid["spacing_mm"] == [2.0, 0.75, 0.5]
    assert "2, 0.75, 0.5" in recon("medical", "inspect", tmp_path / "scan.nrrd").out


def test_every_output_of_a_run_holds_the_same_skull(
    recon: Recon, sample_data: Path, tmp_path: Path
) -> None:
    outputs = [tmp_path / f"skull{suffix}" for suffix in (".stl", ".ply", ".obj", ".glb")]
    words = [word for output in outputs for word in ("-o", output)]
    report = tmp_path / "skull.json"
    ran = recon("medical", "reconstruct", sample_data / "head_ct", *words, "--report", report)
    assert ran.status == 0, ran.err
    made = json.loads(report.read_text())
    (part,), times = made["parts"], made["times_s"]
    assert times["read"] > 0
    assert times["write"] > 0
    assert times["total"] == pytest.approx(sum(times.values()) - times["total"], abs=1e-2)
    assert part["closed"]
    assert part["manifold"]
    assert part["outward"]
    for output in outputs:
        solid = trimesh.load_mesh(output)
        to_ml = 1e6 if output.suffix == ".glb" else 1e-3
        assert solid.is_watertight
        assert solid.volume * to_ml == pytest.approx(part["volume_ml"], rel=1e-4)
    everything = ran.out + ran.err + report.read_text(errors="replace")
    for output in outputs:
        everything += output.read_bytes().decode("latin-1")
    for secret in _secrets(sample_data / "head_ct"):
        assert secret not in everything
    assert str(sample_data) not in report.read_text()


PLANTED = {
    "PatientName": "Planted^Name",
    "PatientID": "PLANTED-ID-7",
    "PatientBirthDate": "19531017",
    "AccessionNumber": "PLANTED-ACC",
    "ReferringPhysicianName": "Planted^Doctor",
    "PatientComments": "planted comment",
    "StudyDescription": "planted study",
}


def _planted_scan(folder: Path) -> Path:
    """A head with what identifies a patient in every place, a private tag too; one file cut."""

    def plant(dataset: pydicom.Dataset, number: int) -> None:
        for keyword, value in PLANTED.items():
            setattr(dataset, keyword, value)
        block = dataset.private_block(0x0029, "PLANTED BLOCK", create=True)
        block.add_new(0x01, "LO", "planted private")

    values, matrix, _ = phantoms.plain_head()
    paths = phantoms.write_dicom_series(folder, values, matrix, change=plant)
    paths[20].write_bytes(paths[20].read_bytes()[:3000])
    return folder


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_nothing_that_identifies_a_patient_leaves_unasked(
    recon: Recon, tmp_path: Path, packed: bool
) -> None:
    scan = _planted_scan(tmp_path / "planted_folder")
    if packed:
        import shutil

        scan = Path(shutil.make_archive(str(tmp_path / "planted_archive"), "zip", scan))
    out = tmp_path / "out"
    out.mkdir()
    ran = [
        recon("medical", "inspect", scan),
        recon("medical", "inspect", scan, "--json"),
        recon(
            *("medical", "reconstruct", scan, "-o", out / "a.glb", "-o", out / "a.stl"),
            *("-o", out / "a.ply", "-o", out / "a.obj", "--report", out / "a.json"),
        ),
    ]
    assert [r.status for r in ran] == [0, 0, 0], ran[-1].err
    told = "".join(r.out + r.err for r in ran)
    files = b"".join(path.read_bytes() for path in out.iterdir()).decode("latin-1")
    dataset = pydicom.dcmread(sorted((tmp_path / "planted_folder").iterdir())[0])
    uids = (dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.SOPInstanceUID)
    for secret in (*PLANTED.values(), "planted private", *uids):
        assert secret not in told + files
    assert "planted_" not in (out / "a.json").read_text()
    assert "missing-slices" in (out / "a.json").read_text()


def test_a_time_series_is_one_row_and_its_points_are_asked_for_by_number(
    recon: Recon, tmp_path: Path
) -> None:
    matrix = phantoms.grid_matrix((4, 8, 8), (2.0, 1.0, 1.0))
    for time in (1, 2, 3):

        def change(dataset: pydicom.Dataset, number: int, time: int = time) -> None:
            dataset.TemporalPositionIdentifier = time
            dataset.SOPInstanceUID = f"{dataset.SOPInstanceUID}.{time}"

        values = np.full((4, 8, 8), 100 * time, np.int16)
        phantoms.write_dicom_series(tmp_path / f"scan/{time}", values, matrix, change=change)
    scan = tmp_path / "scan"
    (series,) = json.loads(recon("medical", "inspect", scan, "--json").out)["series"]
    assert (series["slices"], series["points"], series["axis"]) == (4, 3, "time")
    assert "4 × 3" in recon("medical", "inspect", scan).out
    ran = recon("medical", "reconstruct", scan, "-o", tmp_path / "a.stl", "--time", "4")
    assert ran.status == 2
    assert "There is no time point 4: the series has 3." in ran.err
    ran = recon("medical", "reconstruct", scan, "-o", tmp_path / "a.stl", "--time", "2")
    assert ran.status == 4
    assert "200" in ran.err  # the only value that there is in the second point


def test_simplified_outputs_keep_what_they_promise(
    recon: Recon, sample_data: Path, tmp_path: Path
) -> None:
    whole, quarter, near = (tmp_path / f"{name}.json" for name in ("whole", "quarter", "near"))
    scan = sample_data / "head_ct"
    ran = recon("medical", "reconstruct", scan, "-o", tmp_path / "a.stl", "--report", whole)
    assert ran.status == 0, ran.err
    ran = recon(
        *("medical", "reconstruct", scan, "-o", tmp_path / "b.stl"),
        *("--faces", "25%", "--report", quarter),
    )
    assert ran.status == 0, ran.err
    ran = recon(
        *("medical", "reconstruct", scan, "-o", tmp_path / "c.stl"),
        *("--deviation", "0.3", "--report", near),
    )
    assert ran.status == 0, ran.err
    first, second, third = (json.loads(p.read_text())["parts"][0] for p in (whole, quarter, near))
    assert second["faces"] == pytest.approx(first["faces"] / 4, rel=0.02)
    assert third["deviation_from_isosurface"]["max_mm"] <= 0.3
    assert third["faces"] < 0.7 * first["faces"]
    for part in (second, third):
        assert part["closed"]
        assert part["manifold"]
        assert part["volume_ml"] == pytest.approx(first["volume_ml"], rel=0.01)
    assert trimesh.load_mesh(tmp_path / "b.stl").is_watertight
    assert trimesh.load_mesh(tmp_path / "c.stl").is_watertight


def test_couch_is_dropped_told_and_kept_on_request(recon: Recon, tmp_path: Path) -> None:
    values, matrix, truth = phantoms.head_on_couch()
    phantoms.write_dicom_series(tmp_path / "scan", values, matrix)
    report = tmp_path / "report.json"
    scan = ("medical", "reconstruct", tmp_path / "scan")
    assert recon(*scan, "-o", tmp_path / "bone.stl", "--report", report).status == 0
    cleaned = json.loads(report.read_text())
    assert any("removed" in finding["message"] for finding in cleaned["findings"])
    assert (
        recon(*scan, "-o", tmp_path / "bone.stl", "--keep", "all", "--report", report).status == 0
    )
    everything = json.loads(report.read_text())
    lost = sum(thing["volume_ml"] for thing in truth["drop"])
    gained = everything["parts"][0]["volume_ml"] - cleaned["parts"][0]["volume_ml"]
    assert gained == pytest.approx(lost, rel=0.25)


def test_a_scan_can_be_looked_at(recon: Recon, sample_data: Path, tmp_path: Path) -> None:
    picture, page = tmp_path / "head.png", tmp_path / "head.html"
    ran = recon("view", sample_data / "head_ct", "--screenshot", picture, "--html", page)
    assert ran.status == 0, ran.err
    assert picture.read_bytes().startswith(b"\x89PNG")
    text = page.read_text()
    assert "http://" not in text
    assert "https://" not in text


@pytest.mark.real
def test_real_head_at_300_hu_is_one_skull_without_its_holder(
    recon: Recon, real_data: Path, tmp_path: Path
) -> None:
    report = tmp_path / "head.json"
    ran = recon(
        *("medical", "reconstruct", real_data / "medical" / "head_ct", "-o", tmp_path / "head.glb"),
        *("--structure", "bone", "--structure", "skin", "--report", report),
    )
    assert ran.status == 0, ran.err
    made = json.loads(report.read_text())
    bone, skin = made["parts"]
    assert bone["voxel_volume_ml"] == pytest.approx(554, rel=0.005)
    assert bone["pieces"] == skin["pieces"] == 1
    holder = [f for f in made["findings"] if "25." in f["message"] and "removed" in f["message"]]
    assert len(holder) == 2
    table = made["removals"]
    rows = [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]
    of_bone = [row for row in rows if row["label"] == "bone"]
    assert [row["reason"] for row in of_bone[:2]] == ["apparatus"] * 2
    assert [row["volume_ml"] for row in of_bone[:2]] == pytest.approx([25.69, 25.41], abs=0.01)
    assert len(of_bone) > 100
    assert all(row["place"] and len(row["lps_mm"]) == 3 for row in rows)
