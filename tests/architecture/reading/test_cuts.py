"""A file that was cut gives what was drawn before the cut, whole, and says how much."""

from __future__ import annotations

from pathlib import Path

import ezdxf
import pytest

from architecture.errors import DamagedDrawingError
from architecture.reading.read import read_drawing


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Thirty lines, then a polyline of vertices, then an insert with an attribute, then a line."""
    document = ezdxf.new("R2000")
    space = document.modelspace()
    for index in range(30):
        space.add_line((index, 0.5), (index, 5.25), {"layer": "WALL"})
    space.add_polyline2d([(0, 0), (1, 0), (1, 1), (0, 1)])
    document.blocks.new("DOOR").add_line((0, 0), (1, 0))
    space.add_blockref("DOOR", (5, 5)).add_attrib("SIZE", "900x2100", (5, 5))
    space.add_line((50, 0), (51, 0))
    path = tmp_path_factory.mktemp("cut") / "sound.dxf"
    document.saveas(path)
    return path.read_bytes()


def cut_at(data: bytes, end: int, folder: Path) -> Path:
    path = folder / "cut.dxf"
    path.write_bytes(data[:end])
    return path


@pytest.mark.parametrize("share", [0.05, 0.31, 0.5, 0.77])
def test_every_whole_entity_before_the_cut_is_read_and_counted(
    data: bytes, share: float, tmp_path: Path
) -> None:
    start, end = data.index(b"ENTITIES"), data.index(b"AcDb2dPolyline")
    place = int(start + share * (end - start))
    path = cut_at(data, place, tmp_path)
    drawing = read_drawing(path, unit="m", salvage=True)
    begun = data[start:place].count(b"AcDbLine")
    assert len(drawing.strokes) in (begun - 1, begun)
    assert all(stroke.points[0, 1] == 0.5 for stroke in drawing.strokes)
    (finding,) = [f for f in drawing.findings if f.code == "file-damaged"]
    assert finding.details["entities"] == len(drawing.strokes)
    assert f"{len(drawing.strokes)} whole entities before the cut" in finding.message


@pytest.mark.parametrize("mark", [b"AcDb2dVertex", b"AcDbAttribute"])
def test_what_the_cut_went_through_is_left_out_whole(
    data: bytes, mark: bytes, tmp_path: Path
) -> None:
    path = cut_at(data, data.rindex(mark), tmp_path)
    drawing = read_drawing(path, unit="m", salvage=True)
    polyline = mark == b"AcDbAttribute"
    assert len(drawing.strokes) == 30 + polyline
    assert not drawing.inserts


def test_a_cut_file_is_refused_unless_asked_with_the_way_out(data: bytes, tmp_path: Path) -> None:
    path = cut_at(data, data.index(b"AcDb2dVertex"), tmp_path)
    with pytest.raises(DamagedDrawingError, match="cut") as caught:
        read_drawing(path)
    assert caught.value.exit_status == 3
    assert "--salvage" in (caught.value.remedy or "")


def test_a_file_cut_before_its_entities_holds_nothing(data: bytes, tmp_path: Path) -> None:
    path = cut_at(data, data.index(b"ENTITIES") - 30, tmp_path)
    with pytest.raises(DamagedDrawingError, match="cut"):
        read_drawing(path, salvage=True)
