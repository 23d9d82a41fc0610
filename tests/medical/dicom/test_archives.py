"""Archives are read where they stand: nothing is unpacked, nothing escapes, no bomb goes off."""

from __future__ import annotations

import io
import tarfile
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import JPEGLSLossless

import medical
from medical.dicom import archives, find_series
from medical.errors import NoDicomFoundError, UnsafeArchiveError
from shared.errors import DamagedFileError
from tests.fixtures.phantoms import grid_matrix, write_dicom_series

SHAPE = (6, 20, 16)
MATRIX = grid_matrix(SHAPE, (2.0, 1.0, 1.0))


def numbers() -> np.ndarray:
    return np.random.default_rng(3).integers(-1000, 1500, SHAPE).astype(np.int16)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    return write_dicom_series(tmp_path / "scan", numbers(), MATRIX)


def zipped(target: Path, files: list[Path], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(target, "w", method) as archive:
        archive.mkdir("study")
        for file in files:
            archive.write(file, f"study/series/{file.name}")
        archive.writestr("study/readme.txt", "not an image")
    return target


def tarred(target: Path, files: list[Path], mode: str) -> Path:
    with tarfile.open(target, mode) as archive:  # type: ignore[call-overload]
        for file in files:
            archive.add(file, f"./study/{file.name}")
        link = tarfile.TarInfo("study/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return target


def left_behind() -> set[str]:
    return {p.name for p in Path(tempfile.gettempdir()).iterdir()}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
def test_a_zip_gives_the_volume_of_its_files(tmp_path, files, method):
    archive = zipped(tmp_path / "any name", files, method)
    np.testing.assert_array_equal(medical.read_volume(archive).values, numbers())
    study = find_series(archive)
    assert study.files == 7
    assert study.skipped == {"not DICOM": 1}


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_gives_the_volume_of_its_files_and_leaves_nothing(tmp_path, files, mode):
    archive = tarred(tmp_path / "scan.archive", files, mode)
    before = left_behind()
    volume = medical.read_volume(archive)
    np.testing.assert_array_equal(volume.values, numbers())
    assert find_series(archive).files == 6
    assert left_behind() <= before
    folder = medical.read_volume(tmp_path / "scan")
    assert volume.provenance.sources == folder.provenance.sources


def test_coded_files_in_a_zip_are_decoded(tmp_path):
    files = write_dicom_series(
        tmp_path / "scan",
        numbers(),
        MATRIX,
        change=lambda d, _: d.compress(JPEGLSLossless, generate_instance_uid=False),
    )
    archive = zipped(tmp_path / "scan.zip", files)
    np.testing.assert_array_equal(medical.read_volume(archive).values, numbers())


@pytest.mark.parametrize("name", ["../../outside.dcm", "/absolute.dcm", "C:\\windows.dcm", "a\0b"])
def test_names_that_lead_outside_lead_nowhere(tmp_path, files, name):
    archive = tmp_path / "deep" / "er" / "scan.zip"
    archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(archive, "w") as writing:
        for k, file in enumerate(files):
            writing.writestr(f"{k}/{name}", file.read_bytes())
    before = sorted(tmp_path.rglob("*"))
    np.testing.assert_array_equal(medical.read_volume(archive).values, numbers())
    assert sorted(tmp_path.rglob("*")) == before


def test_a_member_that_is_damaged_is_counted_with_the_reason(tmp_path, files):
    archive = zipped(tmp_path / "scan.zip", files, zipfile.ZIP_STORED)
    data = bytearray(archive.read_bytes())
    with zipfile.ZipFile(archive) as listing:
        info = listing.infolist()[4]
    for at in range(info.header_offset, info.header_offset + 8):
        data[at] ^= 0xFF
    archive.write_bytes(bytes(data))
    study = find_series(archive)
    assert study.skipped["cannot be opened (damaged or encrypted in its archive)"] == 1
    assert len(study.series[0].slices) == 5


def test_a_bomb_is_refused(tmp_path, files, monkeypatch):
    monkeypatch.setattr(archives, "LARGE_BYTES", 1 << 20)
    zeros = bytes(8 << 20)
    packed = tmp_path / "bomb.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as writing:
        writing.writestr("zeros", zeros)
    with pytest.raises(UnsafeArchiveError, match="200 times") as raised:
        find_series(packed)
    assert raised.value.exit_status == 3
    assert raised.value.remedy
    tarball = tmp_path / "bomb.tar.gz"
    with tarfile.open(tarball, "w:gz") as writing_tar:
        info = tarfile.TarInfo("zeros")
        info.size = len(zeros)
        writing_tar.addfile(info, io.BytesIO(zeros))
    with pytest.raises(UnsafeArchiveError, match="200 times"):
        find_series(tarball)


def test_more_files_than_any_study_has_are_refused(tmp_path, files, monkeypatch):
    monkeypatch.setattr(archives, "MOST_MEMBERS", 5)
    for archive in (zipped(tmp_path / "a.zip", files), tarred(tmp_path / "a.tar", files, "w")):
        with pytest.raises(UnsafeArchiveError, match="more than 5 files"):
            find_series(archive)


@pytest.mark.parametrize("share", [0.1, 0.6, 0.98])
@pytest.mark.parametrize("kind", ["zip", "gz", "xz"])
def test_a_cut_archive_is_said_to_be(tmp_path, files, share, kind):
    archive = tmp_path / f"scan.{kind}"
    if kind == "zip":
        zipped(archive, files)
    else:
        tarred(archive, files, f"w:{kind}")
    archive.write_bytes(archive.read_bytes()[: int(share * archive.stat().st_size)])
    with pytest.raises(DamagedFileError, match="damaged archive"):
        find_series(archive)


def test_what_is_no_archive_of_files_is_said(tmp_path):
    import gzip

    single = tmp_path / "one.gz"
    single.write_bytes(gzip.compress(b"text " * 400))
    with pytest.raises(DamagedFileError, match="no archive of files"):
        find_series(single)
    foreign = tmp_path / "scan.7z"
    foreign.write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(600))
    with pytest.raises(DamagedFileError, match="kind that is not read"):
        find_series(foreign)
    empty = tmp_path / "empty.zip"
    zipfile.ZipFile(empty, "w").close()
    with pytest.raises(NoDicomFoundError, match="empty"):
        find_series(empty)


def test_an_archive_in_a_folder_is_counted_not_opened(tmp_path, files):
    zipped(tmp_path / "scan" / "copy.zip", files)
    study = find_series(tmp_path)
    assert study.skipped == {"an archive, not opened; name it itself": 1}
    assert len(study.series) == 1
