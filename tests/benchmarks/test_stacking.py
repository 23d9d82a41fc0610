"""The stacking benchmark's own rules: every entrant reads the folder and writes the volume."""

from __future__ import annotations

import subprocess
from pathlib import Path

import nibabel
import numpy as np
import pytest

from benchmarks import fields, stacking, stacking_peers
from sample_data.dicom_series import write_dicom_series


@pytest.fixture
def series(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> stacking.Folder:
    monkeypatch.setenv(fields.FOLDER, str(tmp_path))
    fields.folder.cache_clear()
    values = np.random.default_rng(0).integers(-1000, 1000, (4, 6, 8)).astype(np.int16)
    matrix = np.array([[0, 0, 1.0, 0], [0, 1.0, 0, 0], [2.0, 0, 0, 0], [0, 0, 0, 1.0]])
    write_dicom_series(tmp_path / "scan", values, matrix)
    yield stacking.Folder(tmp_path / "scan")
    fields.folder.cache_clear()


def test_ours_and_a_peer_write_the_same_volume(series: stacking.Folder, tmp_path: Path) -> None:
    contest = stacking.contest("Stacking", lambda: series)
    entrant = contest.entrants[0]
    command = entrant.prepare(series)
    subprocess.run(command, check=True, capture_output=True)
    assert entrant.size(command) == "8×6×4 int16"
    assert contest.output_bytes(command) == Path(command[-1]).stat().st_size
    stacking_peers.simpleitk(str(series.path), str(tmp_path / "peer.nii"))
    ours, theirs = (nibabel.load(path) for path in (command[-1], tmp_path / "peer.nii"))
    np.testing.assert_array_equal(np.asarray(ours.dataobj), np.asarray(theirs.dataobj))
    np.testing.assert_allclose(ours.affine, theirs.affine, atol=1e-4)


def test_slices_coded_without_loss_keep_their_values(
    series: stacking.Folder, tmp_path: Path
) -> None:
    import medical

    (tmp_path / "coded").mkdir()
    for file in series.path.iterdir():
        stacking.code(file, tmp_path / "coded" / file.name)
    plain, coded = (medical.read_volume(tmp_path / name) for name in ("scan", "coded"))
    np.testing.assert_array_equal(coded.values, plain.values)
