from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InputError, UsageError
from toolkit.cli.arguments import parse_faces, require_outputs, require_scan, spread_outputs


def test_several_words_after_one_output_option_are_outputs() -> None:
    words = ["build", "-o", "a.ifc", "b.glb", "c.stl", "plan.dxf", "--unit", "mm"]
    assert spread_outputs(words) == [
        *("build", "-o", "a.ifc", "-o", "b.glb", "-o", "c.stl", "plan.dxf", "--unit", "mm")
    ]


def test_a_model_to_look_at_is_no_output() -> None:
    assert spread_outputs(["view", "a.glb", "--html", "b.html"]) == [
        "view",
        "a.glb",
        "--html",
        "b.html",
    ]


@given(st.lists(st.sampled_from(["-o", "a.stl", "b.glb", "--smooth", "ct", "--output"])))
def test_spreading_twice_is_spreading_once(words: list[str]) -> None:
    once = spread_outputs(words)
    assert spread_outputs(once) == once


@given(st.integers(4, 10**9))
def test_a_number_of_faces_is_a_number(count: int) -> None:
    assert parse_faces(str(count)) == (count, None)


@given(st.integers(1, 100))
def test_a_percentage_is_a_share(percent: int) -> None:
    assert parse_faces(f"{percent}%") == (None, percent / 100)


@pytest.mark.parametrize("text", ["", "many", "0", "-5", "0%", "101%", "%", "3.5", "nan%"])
def test_other_words_are_no_faces(text: str) -> None:
    with pytest.raises(UsageError):
        parse_faces(text)


KNOWN = frozenset({".stl", ".obj"})


def require(outputs: list[Path], report: Path | None = None, inputs: tuple[Path, ...] = ()) -> None:
    require_outputs(outputs, report, KNOWN, inputs=inputs)


def test_two_paths_to_one_file_are_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("link").symlink_to("folder")
    Path("b.stl").symlink_to("a.stl")
    collisions = (
        ["a.stl", "a.stl"],
        ["a.stl", "./a.stl"],
        ["a.stl", str(tmp_path / "a.stl")],
        ["a.stl", "folder/../a.stl"],
        ["folder/a.stl", "link/a.stl"],
        ["a.stl", "b.stl"],
    )
    for first, second in collisions:
        with pytest.raises(UsageError):
            require([Path(first), Path(second)])
        with pytest.raises(UsageError):
            require([Path(first)], Path(second))
    require([Path("a.stl"), Path("folder/a.stl")], Path("a.json"))


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("plan.dxf", b"0\nSECTION\n", "recon architecture build"),
        ("head.glb", b"glTF", "recon check"),
        ("notes.txt", b"words", "a text file"),
    ],
)
def test_what_is_no_scan_is_told_as_what_it_is(
    name: str, content: bytes, told: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=told):
        require_scan(tmp_path / name)


@pytest.mark.parametrize("name", ["IM1", "scan.zip", "scan.nii.gz", "scan.dcm"])
def test_what_may_be_a_scan_passes(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes({"scan.zip": b"PK\x03\x04"}.get(name, bytes(range(256))))
    assert require_scan(tmp_path / name) == tmp_path / name
    assert require_scan(tmp_path) == tmp_path


def test_the_materials_beside_an_obj_are_an_output_too(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        require([tmp_path / "a.obj"], tmp_path / "a.mtl")


def test_an_input_is_never_overwritten(tmp_path: Path) -> None:
    plan, scan = tmp_path / "plan.dxf", tmp_path / "scan"
    plan.write_text("0\nSECTION\n")
    scan.mkdir()
    (scan / "IM1").write_bytes(bytes(128) + b"DICM")
    (scan / "notes.json").write_text("{}")
    (tmp_path / "out.stl").symlink_to(plan)
    for output in (plan, scan / "IM1"):
        with pytest.raises(UsageError):
            require([], output, (plan, scan))
    with pytest.raises(UsageError):
        require([tmp_path / "out.stl"], None, (plan,))
    require([scan / "bone.stl"], scan / "notes.json", (plan, scan))
    assert (tmp_path / "out.stl").readlink() == plan
