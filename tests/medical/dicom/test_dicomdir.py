"""A disc's table of contents tells what is lost; the files themselves are what is read."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from pydicom.fileset import FileSet

import medical
from medical.dicom import find_series
from tests.fixtures.phantoms import grid_matrix, write_dicom_series

SHAPE = (5, 8, 6)


@pytest.fixture
def disc(tmp_path: Path) -> Path:
    values = np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE)
    files = FileSet()
    for path in write_dicom_series(tmp_path / "scan", values, grid_matrix(SHAPE, (2.0, 1.0, 1.0))):
        files.add(path)
    files.write(tmp_path / "disc")
    shutil.rmtree(tmp_path / "scan")
    return tmp_path / "disc"


def codes(study) -> dict[str, object]:
    return {finding.code: finding for finding in study.findings}


def test_naming_the_dicomdir_reads_its_disc(disc):
    whole, named = medical.read_volume(disc), medical.read_volume(disc / "DICOMDIR")
    np.testing.assert_array_equal(named.values, whole.values)
    assert "dicomdir-complete" in codes(find_series(disc))


def test_files_that_are_listed_but_lost_are_told(disc):
    lost = sorted(p for p in disc.rglob("*") if p.is_file() and p.name != "DICOMDIR")[2]
    lost.unlink()
    finding = codes(find_series(disc))["dicomdir-files-lost"]
    assert finding.details == {"listed": 5, "lost": 1}
    assert finding.severity == "warning"


def test_suffixes_and_small_letters_do_not_make_files_lost(disc):
    for path in [p for p in disc.rglob("*") if p.is_file() and p.name != "DICOMDIR"]:
        path.rename(path.with_name(path.name.lower() + ".dcm"))
    assert "dicomdir-complete" in codes(find_series(disc))


def test_the_table_in_an_archive_is_used_alike(disc, tmp_path):
    with zipfile.ZipFile(tmp_path / "disc.zip", "w") as archive:
        for path in [p for p in disc.rglob("*") if p.is_file()]:
            archive.write(path, f"top/{path.relative_to(disc)}")
    assert "dicomdir-complete" in codes(find_series(tmp_path / "disc.zip"))


def test_a_damaged_table_costs_nothing(disc):
    table = disc / "DICOMDIR"
    table.write_bytes(table.read_bytes()[:400])
    study = find_series(disc)
    assert len(study.series[0].slices) == 5
