"""Outputs reach their places whole, links are followed, and what stands in the way is told."""

from __future__ import annotations

import os
import shlex
import stat
from pathlib import Path

import pytest

from shared.errors import OutputError
from shared.formats.outputs import require_writable, staged_outputs


def write(path: Path, text: str = "new") -> None:
    with staged_outputs() as staging:
        staging.path_for(path).write_text(text)


def test_an_output_that_is_a_link_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    target = tmp_path / "store" / "model.stl"
    for content in (None, "old"):  # a link to nothing yet, and to a file
        if content is not None:
            target.write_text(content)
        link = tmp_path / f"link_{content}.stl"
        link.symlink_to(target)
        write(link)
        assert link.is_symlink()
        assert target.read_text() == "new"
    assert [path.name for path in (tmp_path / "store").iterdir()] == ["model.stl"]


def test_one_place_by_two_paths_is_two_outputs_of_one_name(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(OutputError), staged_outputs() as staging:
        staging.path_for(tmp_path / "a.stl")
        staging.path_for(tmp_path / "link" / "." / "a.stl")
    assert [path.name for path in tmp_path.iterdir()] == ["link"]


def test_a_link_to_itself_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.stl").symlink_to(tmp_path / "a.stl")
    with pytest.raises(OutputError, match="symbolic links"):
        require_writable(tmp_path / "a.stl")


@pytest.mark.parametrize("below", ["x.ifc", "deep/er/x.ifc"])
def test_a_file_that_stands_in_the_way_is_named(below: str, tmp_path: Path) -> None:
    (tmp_path / "file.stl").write_text("")
    with pytest.raises(OutputError) as refused:
        require_writable(tmp_path / "file.stl" / below)
    assert "file.stl is a file" in refused.value.problem
    assert "mkdir" not in (refused.value.remedy or "")


@pytest.mark.parametrize("name", ["my scans", "it's", "Schädel", "a;rm b", "-p"])
def test_the_advised_command_makes_the_folder(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name / "below"
    with pytest.raises(OutputError) as refused:
        require_writable(folder / "a.stl")
    words = shlex.split((refused.value.remedy or "").partition(": ")[2])
    assert words == ["mkdir", "-p", str(folder)]


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    for path in (tmp_path, Path(os.devnull)):
        with pytest.raises(OutputError):
            require_writable(path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OutputError, match="no regular file"):
        require_writable(tmp_path / "pipe")


def test_a_name_too_long_is_told_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="too long"):
        require_writable(tmp_path / f"{'a' * 300}.stl")
    write(tmp_path / f"{'𝒜' * 60}.stl")


def test_a_file_keeps_its_permissions_when_it_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "private.stl"
    path.write_text("old")
    path.chmod(0o600)
    write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
