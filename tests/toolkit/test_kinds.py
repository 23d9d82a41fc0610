from __future__ import annotations

import shlex
import zipfile
from pathlib import Path

import pytest

from shared.errors import InputError
from shared.progress import ignore_progress
from toolkit.kinds import kind_of, not_for
from toolkit.opening import open_model, open_viewable

CONTENTS = {
    "plan.dxf": (b"  0\nSECTION\n  2\nHEADER\n", "a DXF drawing", "recon architecture build"),
    "plan.txt": (b"0\r\nSECTION\r\n", "a DXF drawing", "recon architecture build"),
    "plan.dwg": (b"AC1032" + bytes(100), "a DWG drawing", "Save it as DXF"),
    "plan.pdf": (b"%PDF-1.7\n", "a PDF document", "DXF"),
    "scan.png": (b"\x89PNG\r\n\x1a\n", "a picture", "DICOM"),
    "run.sh": (b"#!/bin/sh\necho\n", "a script", "Name a model"),
    "run": (b"#!/usr/bin/env python\n", "a script", "Name a model"),
    "notes.txt": ("Größe: 3 m\n".encode(), "a text file", "Name a model"),
    "report.json": (b"{}", "a text file", "Name a model"),
    "model.3mf": (b"PK\x03\x04" + bytes(50), "a model in a format", "Export it as GLB"),
    "model.bin": (b"glTF\x02\x00\x00\x00", "a binary glTF model", ".glb"),
    "nothing": (b"", "an empty file", "again"),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_a_file_of_another_kind_is_named_with_what_reads_it(name: str, tmp_path: Path) -> None:
    content, called, remedy = CONTENTS[name]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as refused:
        open_viewable(path, progress=ignore_progress)
    assert called in refused.value.problem
    assert remedy in (refused.value.remedy or "")
    assert refused.value.exit_status == 3


def test_an_archive_is_no_model_but_may_be_a_scan(tmp_path: Path, sample_data: Path) -> None:
    scan = tmp_path / "scan.zip"
    with zipfile.ZipFile(scan, "w") as archive:
        for path in sorted((sample_data / "head_ct").iterdir())[::4]:
            archive.write(path, path.name)
    with pytest.raises(InputError, match="an archive"):
        open_model(scan, progress=ignore_progress)
    assert open_viewable(scan, progress=ignore_progress).volume is not None


def test_a_model_under_a_wrong_name_is_told_its_right_one(tmp_path: Path) -> None:
    (tmp_path / "model.stl").write_bytes(b"glTF" + bytes(200))
    with pytest.raises(InputError) as refused:
        open_model(tmp_path / "model.stl", progress=ignore_progress)
    assert "model.stl is a binary glTF model, not a .stl file." in refused.value.problem
    assert ".glb" in (refused.value.remedy or "")


def test_a_dicom_file_is_known_by_its_mark_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "IM.txt"
    path.write_bytes(bytes(128) + b"DICM" + bytes(10))
    kind = kind_of(path)
    assert kind is not None
    assert kind.name == "a DICOM file"


def test_bytes_of_no_known_kind_have_none(tmp_path: Path) -> None:
    path = tmp_path / "noise"
    path.write_bytes(bytes(range(256)))
    assert kind_of(path) is None


def test_a_remedy_can_be_pasted_into_a_shell(tmp_path: Path) -> None:
    path = tmp_path / "my plan's copy.dxf"
    path.write_bytes(b"0\nSECTION\n")
    remedy = not_for(path, "a model", kind_of(path)).remedy or ""
    assert str(path) in shlex.split(remedy.partition(": ")[2])
