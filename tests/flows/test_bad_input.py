"""Whatever is wrong: one clear message with a remedy, a status, no traceback, no partial file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flows.conftest import Ran

Recon = Callable[..., Ran]


def assert_refused(ran: Ran, *statuses: int) -> None:
    assert ran.status in statuses, ran.err
    assert ran.err.startswith(("Error: ", "Usage: ", "note"))
    assert len(ran.err.strip().splitlines()) >= 2, "a problem and its remedy"
    assert "Traceback" not in ran.err + ran.out
    assert "bug of ours" not in ran.err


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    folder.mkdir()
    for number in range(3):
        (folder / f"note_{number}.txt").write_text("The quick brown fox.\n" * 50)
    return folder


@pytest.mark.parametrize("command", ["inspect", "reconstruct"])
def test_scan_that_is_not_there(command: str, recon: Recon, out: Path, tmp_path: Path) -> None:
    output = ["-o", out / "bone.stl"] if command == "reconstruct" else []
    assert_refused(recon("medical", command, tmp_path / "nowhere", *output), 3)
    assert not list(out.iterdir())


def test_empty_folder(recon: Recon, out: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert_refused(recon("medical", "reconstruct", tmp_path / "empty", "-o", out / "a.stl"), 3, 4)
    assert not list(out.iterdir())


def test_folder_of_texts(recon: Recon, out: Path, texts: Path) -> None:
    assert_refused(recon("medical", "reconstruct", texts, "-o", out / "bone.stl"), 3)
    assert_refused(recon("medical", "inspect", texts), 3)
    assert not list(out.iterdir())


def test_lone_truncated_slice(recon: Recon, out: Path, tmp_path: Path, sample_data: Path) -> None:
    whole = next(path for path in (sample_data / "head_ct").iterdir()).read_bytes()
    (tmp_path / "cut.dcm").write_bytes(whole[: len(whole) // 2])
    assert_refused(recon("medical", "reconstruct", tmp_path / "cut.dcm", "-o", out / "a.stl"), 3, 4)
    assert not list(out.iterdir())


def test_truncated_slice_among_good_ones_is_told_and_bridged(
    recon: Recon, out: Path, tmp_path: Path, sample_data: Path
) -> None:
    scan = tmp_path / "scan"
    shutil.copytree(sample_data / "head_ct", scan)
    victim = sorted(scan.iterdir())[50]
    victim.write_bytes(victim.read_bytes()[:20_000])
    ran = recon("medical", "reconstruct", scan, "-o", out / "bone.stl")
    assert ran.status == 0, ran.err
    assert "warning" in ran.out
    assert (out / "bone.stl").is_file()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 0.9])
def test_drawing_cut_short(
    share: float, recon: Recon, out: Path, tmp_path: Path, sample_data: Path
) -> None:
    whole = (sample_data / "house" / "ground_floor.dxf").read_bytes()
    cut = tmp_path / "cut.dxf"
    cut.write_bytes(whole[: int(share * len(whole))])
    assert_refused(recon("architecture", "build", cut, "-o", out / "house.ifc"), 2, 3)
    assert_refused(recon("architecture", "inspect", cut), 2, 3)
    assert not list(out.iterdir())
    salvaged = recon("architecture", "build", cut, "-o", out / "house.ifc", "--salvage")
    assert salvaged.status == 0 or share < 0.9
    if salvaged.status == 0:
        assert "warning" in salvaged.out, "what was lost is told"
    else:
        assert_refused(salvaged, 2, 3, 4)


def test_drawing_that_is_not_there(recon: Recon, out: Path, tmp_path: Path) -> None:
    assert_refused(recon("architecture", "build", tmp_path / "no.dxf", "-o", out / "a.ifc"), 3)
    assert_refused(recon("architecture", "inspect", tmp_path / "no.dxf"), 3)


@pytest.mark.parametrize(
    "words",
    [
        ("medical", "reconstruct", "{scan}", "-o", "{out}/bone.docx"),
        ("medical", "reconstruct", "{scan}", "-o", "{out}/bone"),
        ("medical", "reconstruct", "{scan}", "-o", "{out}/a.stl", "--structure", "spleen-ish"),
        ("medical", "reconstruct", "{scan}", "-o", "{out}/a.stl", "--keep", "some"),
        ("medical", "reconstruct", "{scan}", "-o", "{out}/a.stl", "--faces", "0%"),
        (
            "medical",
            "reconstruct",
            "{scan}",
            "-o",
            "{out}/a.stl",
            "--faces",
            "9",
            "--deviation",
            "1",
        ),
        ("medical", "reconstruct", "{scan}", "-o", "{out}/a.stl", "--deviation", "-1"),
        ("medical", "reconstruct", "{scan}", "-o", "{out}/a.stl", "--series", "no such series"),
        ("medical", "reconstruct", "{scan}", "-o", "{out}/a.stl", "-o", "{out}/a.stl"),
        ("architecture", "build", "{plan}", "-o", "{out}/house.dwg"),
        ("architecture", "build", "{plan}", "-o", "{out}/a.ifc", "--unit", "furlong"),
        ("architecture", "build", "{plan}", "-o", "{out}/a.ifc", "--layer", "walls"),
        ("architecture", "build", "{plan}", "-o", "{out}/a.ifc", "--layer", "A=nonsense"),
        ("architecture", "build", "{plan}", "-o", "{out}/a.ifc", "--storey-height", "-3"),
        ("architecture", "build", "{plan}", "-o", "{out}/a.ifc", "--storey-height", "0"),
        ("architecture", "build", "{plan}", "-o", "{out}/a.ifc", "--storey-height", "1e6"),
        ("architecture", "build", "{plan}", "-o", "{out}/a.ifc", "--storey-height", "nan"),
        ("view", "{plan}", "--screenshot", "{out}/a.jpg"),
        ("view", "{plan}", "--html", "{out}/a.txt"),
    ],
    ids=lambda words: " ".join(words[3:]),
)
def test_wrong_words(words: tuple[str, ...], recon: Recon, out: Path, sample_data: Path) -> None:
    places = {
        "out": out,
        "scan": sample_data / "head_ct",
        "plan": sample_data / "house" / "ground_floor.dxf",
    }
    assert_refused(recon(*(word.format(**places) for word in words)), 2, 3)
    assert not list(out.iterdir())


def test_a_storey_height_that_none_has_is_told_what_is_allowed(
    recon: Recon, out: Path, sample_data: Path
) -> None:
    plan = sample_data / "house" / "ground_floor.dxf"
    ran = recon("architecture", "build", plan, "-o", out / "a.ifc", "--storey-height", "2700")
    assert_refused(ran, 2)
    assert "1 to 100 m" in ran.err


def test_a_storey_height_that_few_have_is_told(recon: Recon, out: Path, sample_data: Path) -> None:
    plan = sample_data / "house" / "ground_floor.dxf"
    ran = recon("architecture", "build", plan, "-o", out / "a.glb", "--storey-height", "30")
    assert ran.status == 0
    assert "warning" in ran.out
    assert "30 m from floor to floor" in ran.out


def test_a_unit_that_makes_a_town_of_a_house_is_told_with_its_size(
    recon: Recon, out: Path, sample_data: Path
) -> None:
    plan = sample_data / "house" / "ground_floor.dxf"
    ran = recon("architecture", "build", plan, "-o", out / "a.ifc", "--unit", "m")
    assert_refused(ran, 4)
    assert "speaks for mm" in ran.err
    assert "In m its lines span 12," in ran.err
    assert "--unit" in ran.err
    looked = recon("architecture", "inspect", plan, "--unit", "m")
    assert "speaks for mm" in looked.out.replace("\n", " ")


def test_a_word_on_layers_that_meets_none_is_told_with_the_nearest_names(
    recon: Recon, out: Path, sample_data: Path
) -> None:
    plan = sample_data / "house" / "ground_floor.dxf"
    words = ("--layer", "A-WAL=wall", "--layer", "A-DOOR*=door")
    for ran in (
        recon("architecture", "build", plan, "-o", out / "a.glb", *words),
        recon("architecture", "inspect", plan, *words),
    ):
        assert ran.status == 0
        (line,) = [line for line in ran.out.splitlines() if "No layer matches" in line]
        assert "A-WAL=wall" in line
        assert "A-WALL" in line


def test_a_letter_named_dxf_is_bad_input(recon: Recon, out: Path) -> None:
    letter = out / "letter.dxf"
    letter.write_text("Dear Sir or Madam,\n" * 20)
    assert_refused(recon("architecture", "inspect", letter), 3)
    assert_refused(recon("architecture", "build", letter, "-o", out / "a.ifc"), 3)
    assert [path.name for path in out.iterdir()] == ["letter.dxf"]


def test_output_folder_that_is_not_there(recon: Recon, tmp_path: Path, sample_data: Path) -> None:
    target = tmp_path / "not" / "there" / "bone.stl"
    assert_refused(recon("medical", "reconstruct", sample_data / "head_ct", "-o", target), 3)
    assert not (tmp_path / "not").exists()


def test_output_folder_that_cannot_be_written(recon: Recon, out: Path, sample_data: Path) -> None:
    out.chmod(0o555)
    # The superuser may write anywhere but into what the kernel makes up.
    folder = out if os.geteuid() else Path("/proc")
    try:
        target = folder / "bone.stl"
        assert_refused(recon("medical", "reconstruct", sample_data / "head_ct", "-o", target), 3)
    finally:
        out.chmod(0o755)


@pytest.mark.parametrize("suffix", [".stl", ".ply", ".obj", ".glb", ".ifc"])
def test_mesh_file_of_nonsense(suffix: str, recon: Recon, tmp_path: Path) -> None:
    nonsense = tmp_path / f"a{suffix}"
    for content in (b"", b"\x00" * 500, b"solid of nothing\n", bytes(range(256)) * 8):
        nonsense.write_bytes(content)
        assert_refused(recon("check", nonsense), 3, 4)


def test_level_that_nothing_reaches(recon: Recon, out: Path, sample_data: Path) -> None:
    ran = recon(
        "medical", "reconstruct", sample_data / "head_ct", "-o", out / "a.stl", "--level", "30000"
    )
    assert_refused(ran, 4)
    assert not list(out.iterdir())
