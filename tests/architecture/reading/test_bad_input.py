"""Bad input gives one clear message, or a drawing that says what is missing."""

from __future__ import annotations

import math
import random
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import ezdxf
import pytest

from architecture.drawing import Drawing
from architecture.errors import (
    DamagedDrawingError,
    DwgNotReadError,
    NotADrawingError,
    UnknownUnitError,
)
from architecture.reading.read import read_drawing
from shared.errors import InputNotFoundError, ToolkitError


def codes(drawing: Drawing) -> set[str]:
    return {finding.code for finding in drawing.findings}


def saved(document: Any, folder: Path) -> Path:
    path = folder / "bad.dxf"
    document.saveas(path)
    return path


def house() -> Any:
    document = ezdxf.new()
    for index in range(40):
        document.modelspace().add_line((index, 0), (index, 5))
    return document


def test_a_missing_file_a_folder_and_an_unreadable_one_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InputNotFoundError, match="no file"):
        read_drawing(tmp_path / "none.dxf")
    with pytest.raises(InputNotFoundError, match="folder"):
        read_drawing(tmp_path)


@pytest.mark.parametrize("name", ["plan.docx", "plan", "plan.dxf", "plan.txt"])
def test_a_file_that_is_no_drawing_is_refused_with_what_can_be_read(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.write_text("Dear Sir or Madam,\n")
    with pytest.raises(NotADrawingError) as caught:
        read_drawing(path)
    assert ".dxf" in (caught.value.remedy or "")
    assert caught.value.exit_status == 3, "bad input, not wrong usage"


@pytest.mark.parametrize("name", ["plan.dwg", "plan.dxf"])
def test_a_dwg_file_is_told_by_its_content_and_how_to_convert_it(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"AC1032\x00\x00\x00\x00" + bytes(100))
    with pytest.raises(DwgNotReadError) as caught:
        read_drawing(path)
    assert "dwg2dxf" in (caught.value.remedy or "")


def test_a_dxf_under_another_suffix_is_read_by_its_content(tmp_path: Path) -> None:
    house().saveas(tmp_path / "plan.txt")
    assert len(read_drawing(tmp_path / "plan.txt", unit="m").strokes) == 40


def test_an_unknown_unit_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(UnknownUnitError, match="furlong"):
        read_drawing(tmp_path / "none.dxf", unit="furlong")


def test_an_empty_file_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "empty.dxf").write_bytes(b"")
    with pytest.raises(DamagedDrawingError, match="empty"):
        read_drawing(tmp_path / "empty.dxf")


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_a_file_cut_before_its_entities_end_is_refused(tmp_path: Path, share: float) -> None:
    path = saved(house(), tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(DamagedDrawingError, match="cut"):
        read_drawing(path)


def test_a_file_cut_after_its_entities_is_read_if_asked_with_a_warning(tmp_path: Path) -> None:
    path = saved(house(), tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"OBJECTS") + 400])
    with pytest.raises(DamagedDrawingError, match="cut"):
        read_drawing(path, unit="m")
    drawing = read_drawing(path, unit="m", salvage=True)
    assert len(drawing.strokes) == 40
    assert "file-damaged" in codes(drawing)


def test_coordinates_that_are_no_numbers_are_left_out_and_counted(tmp_path: Path) -> None:
    document = house()
    document.modelspace().add_line((0, math.nan), (1, 1))
    document.modelspace().add_circle((0, 0), math.inf)
    document.modelspace().add_lwpolyline([(0, 0), (math.inf, 1)])
    drawing = read_drawing(saved(document, tmp_path), unit="m")
    assert len(drawing.strokes) == 40
    (finding,) = [f for f in drawing.findings if f.code == "entities-damaged"]
    assert finding.details["names"] == {"LINE": 1, "CIRCLE": 1, "LWPOLYLINE": 1}


def test_a_block_that_holds_itself_is_cut(tmp_path: Path) -> None:
    document = house()
    one, two = document.blocks.new("ONE"), document.blocks.new("TWO")
    one.add_line((0, 0), (1, 0))
    one.add_blockref("TWO", (1, 0))
    two.add_blockref("ONE", (1, 0))
    document.modelspace().add_blockref("ONE", (0, 0))
    drawing = read_drawing(saved(document, tmp_path), unit="m")
    assert len(drawing.strokes) == 41
    assert "blocks-recursive" in codes(drawing)


def test_blocks_nested_into_millions_are_left_out_in_no_time(tmp_path: Path) -> None:
    document = house()
    document.blocks.new("L0").add_line((0, 0), (1, 0))
    for level in range(1, 12):
        block = document.blocks.new(f"L{level}")
        for copy in range(10):
            block.add_blockref(f"L{level - 1}", (copy, 0))
    document.modelspace().add_blockref("L11", (0, 0))
    document.modelspace().add_blockref(
        "L0",
        (0, 0),
        {"row_count": 30000, "column_count": 30000, "row_spacing": 1, "column_spacing": 1},
    )
    path = saved(document, tmp_path)
    began = time.perf_counter()
    drawing = read_drawing(path, unit="m")
    assert time.perf_counter() - began < 5
    assert len(drawing.strokes) == 40
    (finding,) = [f for f in drawing.findings if f.code == "blocks-too-large"]
    assert set(finding.details["names"]) == {"L11", "L0"}


def test_a_chain_of_a_thousand_blocks_is_cut_at_its_stated_depth(tmp_path: Path) -> None:
    document = house()
    document.blocks.new("L0").add_line((0, 0), (1, 0))
    for level in range(1, 1000):
        block = document.blocks.new(f"L{level}")
        block.add_line((0, 0), (1, 0))
        block.add_blockref(f"L{level - 1}", (1, 0))
    document.modelspace().add_blockref("L999", (0, 0))
    drawing = read_drawing(saved(document, tmp_path), unit="m")
    assert len(drawing.strokes) == 40 + 64
    assert "blocks-too-deep" in codes(drawing)


def test_empty_blocks_nested_into_millions_are_nothing(tmp_path: Path) -> None:
    document = house()
    document.blocks.new("L0")
    for level in range(1, 12):
        block = document.blocks.new(f"L{level}")
        for copy in range(10):
            block.add_blockref(f"L{level - 1}", (copy, 0))
    document.modelspace().add_blockref("L11", (0, 0))
    assert len(read_drawing(saved(document, tmp_path), unit="m").inserts) == 1


def test_an_insert_without_size_is_left_out(tmp_path: Path) -> None:
    document = house()
    document.blocks.new("B").add_line((0, 0), (1, 0))
    document.modelspace().add_blockref("B", (0, 0), {"xscale": 1e-11, "yscale": 1e-11})
    drawing = read_drawing(saved(document, tmp_path), unit="m")
    assert len(drawing.strokes) == 40


def test_an_insert_of_no_block_is_named(tmp_path: Path) -> None:
    document = house()
    document.modelspace().add_blockref("GHOST", (0, 0))
    assert "blocks-missing" in codes(read_drawing(saved(document, tmp_path), unit="m"))


def test_damaged_files_give_a_drawing_or_one_clear_error(tmp_path: Path) -> None:
    document = house()
    document.blocks.new("B").add_arc((0, 0), 1, 0, 90)
    document.modelspace().add_blockref("B", (0, 0))
    hatch = document.modelspace().add_hatch()
    hatch.paths.add_polyline_path([(0, 0), (1, 0), (1, 1)], is_closed=True)
    document.modelspace().add_linear_dim(base=(0, 2), p1=(0, 0), p2=(3, 0)).render()
    lines = saved(document, tmp_path).read_bytes().splitlines(keepends=True)
    chance = random.Random(7)
    path = tmp_path / "fuzz.dxf"
    for _ in range(25):
        damaged = list(lines)
        for _ in range(chance.randint(1, 12)):
            place = chance.randrange(2, len(damaged))
            damaged[place] = chance.choice(
                [b"", b"-1\n", b"1e400\n", b"nan\n", b"\xff\xfe\n", b"99999999\n", b"ENDSEC\n"]
            )
        path.write_bytes(b"".join(damaged))
        with suppress(ToolkitError):
            assert read_drawing(path).unit.meters_per_unit > 0


def test_reading_says_nothing_on_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    document = house()
    data = saved(document, tmp_path).read_bytes()
    path = tmp_path / "bad.dxf"
    path.write_bytes(data.replace(b"AcDbLine", b"AcDbLin?", 3))
    read_drawing(path, unit="m")
    assert capfd.readouterr() == ("", "")


def test_a_large_file_is_loaded_without_its_points(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from architecture.reading import dxf, trimming

    document = house()
    document.modelspace().add_lwpolyline([(0, 0), (1, 0), (1, 1)])
    for index in range(100):
        document.modelspace().add_point((index, index))
    path = saved(document, tmp_path)
    monkeypatch.setattr(dxf, "LARGE_BYTES", 1000)
    drawing = read_drawing(path, unit="m")
    assert len(drawing.strokes) == 41
    (finding,) = [f for f in drawing.findings if f.code == "entities-trimmed"]
    assert finding.details["names"] == {"POINT": 100}
    monkeypatch.setattr(trimming, "MAX_ENTITIES", 20)
    with pytest.raises(DamagedDrawingError, match="more than"):
        read_drawing(path, unit="m")
