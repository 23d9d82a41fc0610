"""Damaged files are put in step again, and nothing sound is lost."""

from __future__ import annotations

import random
from io import BytesIO
from pathlib import Path

import ezdxf
import pytest

from architecture.reading.mending import mend_tags, salvage_tags
from architecture.reading.read import read_drawing


@pytest.fixture
def data(tmp_path: Path) -> bytes:
    document = ezdxf.new()
    for index in range(30):
        document.modelspace().add_line((index, 0.5), (index, 5.25), {"layer": "WALL"})
    document.modelspace().add_lwpolyline([(0, 0), (1, 0), (1, 1)], close=True)
    document.saveas(tmp_path / "sound.dxf")
    return (tmp_path / "sound.dxf").read_bytes()


def entities(data: bytes) -> int:
    from ezdxf import recover

    document, _ = recover.read(BytesIO(data))
    return len(document.modelspace())


def test_a_sound_file_is_not_touched(data: bytes) -> None:
    mended, flaws = mend_tags(data)
    assert flaws == 0
    assert mended.split() == data.split()


def test_salvaging_a_sound_file_keeps_every_entity(data: bytes) -> None:
    assert entities(salvage_tags(mend_tags(data)[0])) == 31


@pytest.mark.parametrize("seed", range(6))
def test_a_lost_line_costs_an_entity_or_two(data: bytes, seed: int, tmp_path: Path) -> None:
    lines = data.split(b"\n")
    start = lines.index(b"ENTITIES") + 20
    del lines[random.Random(seed).randrange(start, start + 400)]
    path = tmp_path / "lost.dxf"
    path.write_bytes(b"\n".join(lines))
    drawing = read_drawing(path, unit="m")
    assert len(drawing.strokes) >= 28


def test_a_number_that_is_none_costs_its_entity_alone(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "number.dxf"
    path.write_bytes(data.replace(b"5.25", b"5.2#5", 2))
    drawing = read_drawing(path, unit="m")
    assert len(drawing.strokes) == 29
    codes = {finding.code for finding in drawing.findings}
    assert {"file-damaged", "entities-damaged"} <= codes


def test_damage_in_extended_data_and_objects_costs_nothing(data: bytes, tmp_path: Path) -> None:
    broken = data.replace(b"{ACAD_REACTORS", b"{ACAD_REACT}")
    broken = broken.replace(b"ACAD_REACTORS", b"}").replace(b"AcDbDictionary", b"\xff")
    path = tmp_path / "extended.dxf"
    path.write_bytes(broken)
    assert len(read_drawing(path, unit="m").strokes) == 31
