"""From a folder of slices to one volume file that other programs place where we do."""

from __future__ import annotations

import gzip
import json
import runpy
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK

import medical
from medical.images import read_image
from medical.regular import on_regular_grid
from shared.affine import Affine
from shared.meshing import compare
from shared.surfaces import isosurface
from shared.volume import Volume
from tests.fixtures.phantoms import ball, grid_matrix, voxels, write_dicom_series
from tests.flows.conftest import Ran

Recon = Callable[..., Ran]

SHAPE = (10, 24, 28)
SUFFIXES = (".nii", ".nii.gz", ".nrrd", ".mha")


def write_scan(
    folder: Path, *, tilt_deg: float = 0.0, shape: tuple[int, int, int] = SHAPE, **options
) -> tuple[np.ndarray, np.ndarray]:
    """Write a ball as a series; return its values and matrix."""
    matrix = grid_matrix(shape, (2.5, 1.0, 1.0), tilt_deg=tilt_deg, center=(3.0, -40.0, 120.0))
    values = voxels([(ball((5.0, -42.0, 119.0), 8.0), 700)], shape, matrix, noise_hu=5.0)
    write_dicom_series(folder, values, matrix, **options)
    return values, matrix


def corners_lps(image: SimpleITK.Image) -> np.ndarray:
    index = product(*((0, n - 1) for n in image.GetSize()))
    return np.array([image.TransformIndexToPhysicalPoint(corner) for corner in index])


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("tilt_deg", [0.0, 18.5])
def test_simpleitk_finds_every_default_output_where_the_report_says(
    recon: Recon, tmp_path: Path, suffix: str, tilt_deg: float
) -> None:
    values, matrix = write_scan(tmp_path / "scan", tilt_deg=tilt_deg)
    output, report = tmp_path / f"v{suffix}", tmp_path / "v.json"
    ran = recon("medical", "stack", tmp_path / "scan", "-o", output, "--report", report)
    assert ran.status == 0, ran.err
    told = json.loads(report.read_text())
    image = SimpleITK.ReadImage(str(output))
    corners = np.array(told["file_grid"]["corners_lps_mm"])
    off = np.linalg.norm(corners_lps(image)[:, None] - corners[None], axis=2)
    assert off.min(axis=0).max() < 1e-3
    assert off.min(axis=1).max() < 1e-3
    assert list(image.GetSize()) == told["file_grid"]["shape_ijk"]
    codes = {finding["code"] for finding in told["findings"]}
    assert ("resampled" in codes) == (tilt_deg > 0)
    # every voxel of the scan is found again at its own place
    at = Affine(matrix).apply(np.argwhere(np.ones(SHAPE))[::7])
    resampler = np.array([_value_at(image, point) for point in at])
    expected = values.ravel()[::7]
    limit = 1.01 if tilt_deg == 0 else 60.0
    assert np.quantile(np.abs(resampler - expected), 0.9) < limit
    if tilt_deg == 0:
        assert image.GetPixelID() == SimpleITK.sitkInt16
        np.testing.assert_array_equal(resampler, expected)


def _value_at(image: SimpleITK.Image, point: np.ndarray) -> float:
    index = np.array(image.TransformPhysicalPointToContinuousIndex(point.tolist()))
    near = np.clip(index, 0, np.array(image.GetSize()) - 1)
    return float(image.EvaluateAtContinuousIndex(near.tolist()))


def test_shear_is_kept_on_request_and_refused_where_it_has_no_place(
    recon: Recon, tmp_path: Path
) -> None:
    values, matrix = write_scan(tmp_path / "scan", tilt_deg=18.5)
    for suffix in (".nii.gz", ".nrrd"):
        output = tmp_path / f"v{suffix}"
        ran = recon("medical", "stack", tmp_path / "scan", "-o", output, "--keep-shear")
        assert ran.status == 0, ran.err
        back = read_image(output)
        assert not back.affine.is_orthogonal()
        corners = np.array(list(product(*((0, n - 1) for n in SHAPE))))
        ours, theirs = back.affine.apply(corners), Affine(matrix).apply(corners)
        off = np.linalg.norm(ours[:, None] - theirs[None], axis=2)
        assert off.min(axis=0).max() < 1e-3
        assert sorted(back.values.ravel().tolist()) == sorted(values.ravel().tolist())
    header = nibabel.load(tmp_path / "v.nii.gz").header
    assert (header["sform_code"], header["qform_code"]) == (1, 0)
    ran = recon("medical", "stack", tmp_path / "scan", "-o", tmp_path / "v.mha", "--keep-shear")
    assert ran.status == 3
    assert "sheared" in ran.err
    assert not (tmp_path / "v.mha").exists()


def test_uneven_and_missing_slices_end_on_a_regular_grid(recon: Recon, tmp_path: Path) -> None:
    write_scan(tmp_path / "scan", leave_out=[4])
    report = tmp_path / "v.json"
    ran = recon("medical", "stack", tmp_path / "scan", "-o", tmp_path / "v.nii", "--report", report)
    assert ran.status == 0, ran.err
    assert "missing" in ran.out
    assert nibabel.load(tmp_path / "v.nii").shape == SHAPE[::-1]


def test_another_spacing_is_made(recon: Recon, tmp_path: Path) -> None:
    write_scan(tmp_path / "scan", tilt_deg=10.0)
    output = tmp_path / "v.nii"
    ran = recon("medical", "stack", tmp_path / "scan", "-o", output, "--spacing", "2")
    assert ran.status == 0, ran.err
    assert nibabel.load(output).header.get_zooms() == pytest.approx((2.0, 2.0, 2.0))
    ran = recon("medical", "stack", tmp_path / "scan", "-o", output, "--spacing", "-1")
    assert ran.status == 2


def write_times(folder: Path, count: int) -> list[np.ndarray]:
    """Write time points 1.5 s apart as one series."""
    written = []
    for k in range(count):

        def change(dataset, number, k=k):
            dataset.AcquisitionTime = f"1200{1.5 * k:05.2f}"
            dataset.TemporalPositionIdentifier = k + 1
            dataset.SOPInstanceUID = f"{dataset.SOPInstanceUID}.{k}"

        matrix = grid_matrix((3, 4, 5), (3.0, 1.0, 1.0))
        written.append(np.full((3, 4, 5), 100 * k, np.int16))
        write_dicom_series(folder / str(k), written[-1], matrix, modality="MR", change=change)
    return written


def test_time_points_are_chosen_or_written_as_the_fourth_axis(recon: Recon, tmp_path: Path) -> None:
    written = write_times(tmp_path / "scan", 4)
    output = tmp_path / "v.nii"
    ran = recon("medical", "stack", tmp_path / "scan", "-o", output, "--time", "all")
    assert ran.status == 0, ran.err
    found = np.asarray(nibabel.load(output).dataobj)
    assert found.shape == (5, 4, 3, 4)
    np.testing.assert_array_equal(found.T, np.stack(written))
    ran = recon("medical", "stack", tmp_path / "scan", "-o", output, "--time", "3")
    assert ran.status == 0, ran.err
    np.testing.assert_array_equal(np.asarray(nibabel.load(output).dataobj).T, written[2])
    for wrong in ("5", "0", "last"):
        ran = recon("medical", "stack", tmp_path / "scan", "-o", output, "--time", wrong)
        assert ran.status == 2, wrong
    ran = recon("medical", "stack", tmp_path / "scan", "-o", tmp_path / "v.mha", "--time", "all")
    assert ran.status == 3
    assert not (tmp_path / "v.mha").exists()


def test_an_image_file_is_stacked_anew(recon: Recon, tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(-1000, 2000, (4, 5, 6)).astype(np.int16)
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(values), str(tmp_path / "a.mha"))
    ran = recon("medical", "stack", tmp_path / "a.mha", "-o", tmp_path / "b.nii.gz")
    assert ran.status == 0, ran.err
    np.testing.assert_array_equal(read_image(tmp_path / "b.nii.gz").values, values)
    ran = recon("medical", "stack", tmp_path / "a.mha", "-o", tmp_path / "a.mha")
    assert ran.status == 2


def test_wrong_names_and_places_are_refused_before_any_work(recon: Recon, tmp_path: Path) -> None:
    write_scan(tmp_path / "scan")
    for name in ("v.stl", "v", "v.gz", "none/v.nii"):
        ran = recon("medical", "stack", tmp_path / "scan", "-o", tmp_path / name)
        assert ran.status in (2, 3), name
        assert "Error" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["scan"]


SECRETS = ("Okonkwo^Adaeze", "MRN-4711-77", "19340517", "private words of the ward", "ACC-90210")


def test_no_output_names_the_patient(recon: Recon, tmp_path: Path) -> None:
    def plant(dataset, number):
        dataset.PatientName, dataset.PatientID, dataset.PatientBirthDate = SECRETS[:3]
        dataset.AccessionNumber = SECRETS[4]
        dataset.SeriesDescription = f"knee of {SECRETS[0]}"
        block = dataset.private_block(0x0011, "WARD", create=True)
        block.add_new(0x01, "LO", SECRETS[3])

    write_scan(tmp_path / "scan", tilt_deg=9.0, change=plant, shape=(4, 6, 7))
    uid = "2.25."  # every identifier that is written starts so
    said = ""
    for suffix in SUFFIXES:
        for more in ((), ("--keep-shear",)):
            output, report = tmp_path / f"v{suffix}", tmp_path / "v.json"
            words = ("-o", output, "--report", report, *more)
            ran = recon("medical", "stack", tmp_path / "scan", *words)
            said += ran.out + ran.err.replace(str(tmp_path), "")
            if ran.status:
                continue
            data = output.read_bytes()
            data = gzip.decompress(data) if suffix.endswith(".gz") else data
            said += data.decode("latin-1") + report.read_text()
    for secret in (*SECRETS, *SECRETS[0].split("^"), "knee of", uid, str(tmp_path)):
        assert secret not in said


CASES = (
    ("head_ct", "dicom", None, ()),
    ("tilted_head_ct", "dicom", None, ()),
    ("tilted_head_ct", "dicom", None, ("--keep-shear",)),
    ("mixed_folder", "folder", "t1_post_oblique", ("--series", "T1post")),
    ("mixed_folder", "folder", "t2_oblique", ("--series", "T2_reg")),
    ("mixed_folder", "folder", "mosaic_map", ("--series", "relCBF")),
    ("enhanced_multiframe", "enhanced_mr", "enhanced_mr", ()),
    ("enhanced_multiframe", "siemens_mosaic", "siemens_mosaic", ()),
    ("enhanced_multiframe", "legacy_enhanced_ct/multiframe", "legacy_enhanced_ct", ()),
    ("enhanced_multiframe", "legacy_enhanced_ct/single_frames", "legacy_enhanced_ct", ()),
)


@pytest.mark.real
@pytest.mark.parametrize(("case", "folder", "series", "more"), CASES)
def test_every_real_case_stands_where_it_was_scanned(
    recon: Recon,
    real_data: Path,
    scorers: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    case: str,
    folder: str,
    series: str | None,
    more: tuple[str, ...],
) -> None:
    scan, output = real_data / "medical" / case / folder, tmp_path / "v.nii"
    ran = recon("medical", "stack", scan, "-o", output, *more)
    assert ran.status == 0, ran.err
    check = runpy.run_path(str(scorers / "check_volume.py"))["main"]
    named = () if series is None else ("--series", series)
    status = check([str(output), str(real_data / "medical" / case), *named])
    assert status == 0, capsys.readouterr().out


@pytest.mark.real
def test_the_real_tilted_head_agrees_with_the_reference_correction(real_data: Path) -> None:
    case = real_data / "medical" / "tilted_head_ct"
    ours = on_regular_grid(medical.read_volume(case / "dicom"))
    theirs = SimpleITK.ReadImage(str(case / "dcm2niix_tilt_corrected.nii.gz"))
    rng = np.random.default_rng(0)
    index = rng.uniform(0.15, 0.85, (1500, 3)) * (np.array(ours.shape) - 1)
    index[:, 0] = np.rint(index[:, 0])
    image = SimpleITK.GetImageFromArray(ours.values)
    found = np.array([image.EvaluateAtContinuousIndex(i[::-1].tolist()) for i in index])
    at = ours.affine.apply(index)
    size = np.array(theirs.GetSize()) - 1
    where = [np.array(theirs.TransformPhysicalPointToContinuousIndex(p.tolist())) for p in at]
    inside = np.array([bool(((w >= 0) & (w <= size)).all()) for w in where])
    assert inside.mean() > 0.9
    reference = np.array(
        [theirs.EvaluateAtContinuousIndex(np.clip(w, 0, size).tolist()) for w in where]
    )
    off = np.abs(found - reference)[inside]
    assert np.median(off) < 3.0
    assert np.quantile(off, 0.9) < 30.0


@pytest.mark.real
def test_real_surfaces_of_the_sheared_and_the_regular_volume_are_one(real_data: Path) -> None:
    whole = medical.read_volume(real_data / "medical" / "tilted_head_ct" / "dicom")
    first = (20, 130, 130)
    corner = Affine.from_parts(spacing=(1, 1, 1), origin=first, direction=np.eye(3))
    part = replace(
        whole, values=whole.values[20:36, 130:390, 130:390], affine=whole.affine @ corner
    )
    inside = replace(part, values=_walled(part))
    regular = on_regular_grid(inside)
    found = compare(isosurface(regular, 300.0), isosurface(inside, 300.0))
    assert found.p95_mm < 0.1 * whole.spacing_mm[0]
    assert found.mean_mm < 0.1 * whole.spacing_mm[0] / 4


def _walled(volume: Volume) -> np.ndarray:
    """Return values with air around them, so that the border makes no caps."""
    values = np.full(volume.shape, -1024, np.int16)
    values[2:-2, 2:-2, 2:-2] = np.asarray(volume.values)[2:-2, 2:-2, 2:-2]
    return values
