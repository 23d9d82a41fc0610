"""Blocks stand where their inserts put them, however they are nested."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import ezdxf
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from architecture.drawing import Drawing, StrokeKind
from architecture.reading.read import read_drawing

ANGLES = st.floats(0, 360, allow_nan=False)
SHIFTS = st.tuples(st.floats(-50, 50), st.floats(-50, 50))
SIZES = st.floats(0.2, 4.0)
SIGNS = st.sampled_from([(1, 1), (-1, 1), (1, -1), (-1, -1)])
PLACES = st.tuples(SHIFTS, ANGLES, SIZES, SIGNS, st.booleans())

Place = tuple[tuple[float, float], float, float, tuple[int, int], bool]


def plane_matrix(place: Place, stretch: float) -> NDArray[np.float64]:
    """Return the 3 × 3 plan map of an insert, written down from the DXF reference."""
    (x, y), angle, size, (sx, sy), from_below = place
    turn = math.radians(angle)
    cos, sin = math.cos(turn), math.sin(turn)
    matrix = (
        np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])
        @ np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
        @ np.diag([sx * size, sy * size * stretch, 1.0])
    )
    return np.diag([-1.0, 1.0, 1.0]) @ matrix if from_below else matrix


def place_block(layout: Any, name: str, place: Place, stretch: float) -> Any:
    (x, y), angle, size, (sx, sy), from_below = place
    attributes = {
        "xscale": sx * size,
        "yscale": sy * size * stretch,
        "rotation": angle,
        "extrusion": (0, 0, -1) if from_below else (0, 0, 1),
    }
    return layout.add_blockref(name, (x, y), attributes)


def read_document(document: Any, folder: Path) -> Drawing:
    path = folder / "blocks.dxf"
    document.saveas(path)
    return read_drawing(path, unit="m")


@settings(max_examples=20)
@given(outer=PLACES, inner=PLACES, stretch=st.sampled_from([1.0, 1.0, 2.5]))
def test_nested_inserts_transform_points_as_their_matrices_multiply(
    tmp_path_factory: pytest.TempPathFactory, outer: Place, inner: Place, stretch: float
) -> None:
    document = ezdxf.new()
    leaf = document.blocks.new("LEAF")
    leaf.add_line((0, 0), (3, 1))
    leaf.add_arc((1, 2), 0.9, 20, 110)
    leaf.add_text("X", height=0.5).set_placement((2, 2))
    place_block(document.blocks.new("ROOM"), "LEAF", inner, 1.0)
    place_block(document.modelspace(), "ROOM", outer, stretch)
    drawing = read_document(document, tmp_path_factory.mktemp("nested"))
    matrix = plane_matrix(outer, stretch) @ plane_matrix(inner, 1.0)
    origin = np.array(drawing.offset_m)

    def moved(x: float, y: float) -> NDArray[np.float64]:
        return (matrix @ [x, y, 1.0])[:2] - origin

    line, curve = drawing.strokes
    np.testing.assert_allclose(line.points, [moved(0, 0), moved(3, 1)], atol=1e-9)
    degrees = np.linspace(20, 110, 200)
    true = np.array(
        [moved(1 + 0.9 * math.cos(a), 2 + 0.9 * math.sin(a)) for a in np.radians(degrees)]
    )
    worst = max(float(np.hypot(*(true - point).T).min()) for point in curve.points)
    assert worst < 0.02 * matrix_scale(matrix)
    for end in (true[0], true[-1]):
        assert np.hypot(*(curve.points[[0, -1]] - end).T).min() < 1e-6
    if stretch == 1.0:
        assert curve.kind is StrokeKind.ARC
        assert curve.arc is not None
        cx, cy, radius, start, stop = curve.arc
        np.testing.assert_allclose((cx, cy), moved(1, 2), atol=1e-6)
        assert radius == pytest.approx(0.9 * matrix_scale(matrix))
        assert stop - start == pytest.approx(math.pi / 2)
        middle = moved(1 + 0.9 * math.cos(math.radians(65)), 2 + 0.9 * math.sin(math.radians(65)))
        half = (start + stop) / 2
        np.testing.assert_allclose(
            (cx + radius * math.cos(half), cy + radius * math.sin(half)), middle, atol=1e-6
        )
    assert [i.name for i in drawing.inserts] == ["ROOM", "LEAF"]
    assert [i.parent for i in drawing.inserts] == [None, 0]
    assert {s.group for s in drawing.strokes} == {0}
    assert {s.block for s in drawing.strokes} == {1}
    np.testing.assert_allclose(drawing.inserts[1].position, moved(0, 0), atol=1e-9)
    mirrored = np.linalg.det(matrix[:2, :2]) < 0
    assert (drawing.inserts[1].scale[0] * drawing.inserts[1].scale[1] < 0) == mirrored


def matrix_scale(matrix: NDArray[np.float64]) -> float:
    return float(np.hypot(matrix[0, 0], matrix[1, 0]))


def test_the_base_point_of_a_block_is_respected(tmp_path: Path) -> None:
    document = ezdxf.new()
    block = document.blocks.new("B", base_point=(10, 20))
    block.add_line((10, 20), (11, 20))
    document.modelspace().add_blockref("B", (5, 5), {"rotation": 90})
    drawing = read_document(document, tmp_path)
    np.testing.assert_allclose(drawing.strokes[0].points, [[5, 5], [5, 6]], atol=1e-12)


def test_an_array_is_as_many_blocks(tmp_path: Path) -> None:
    document = ezdxf.new()
    document.blocks.new("CHAIR").add_line((0, 0), (0.5, 0))
    document.modelspace().add_blockref(
        "CHAIR",
        (1, 1),
        {
            "row_count": 2,
            "column_count": 3,
            "row_spacing": 2.0,
            "column_spacing": 1.0,
            "rotation": 90,
        },
    )
    drawing = read_document(document, tmp_path)
    assert len(drawing.inserts) == 6
    places = {tuple(np.round(i.position, 9)) for i in drawing.inserts}
    assert places == {(1.0 - 2 * row, 1.0 + column) for row in range(2) for column in range(3)}


def test_attributes_are_texts_and_belong_to_their_insert(tmp_path: Path) -> None:
    document = ezdxf.new()
    block = document.blocks.new("DOOR")
    block.add_line((0, 0), (0.9, 0))
    block.add_attdef("SIZE", (0, 1), height=0.2)
    insert = document.modelspace().add_blockref("DOOR", (3, 4), {"rotation": 90})
    insert.add_auto_attribs({"SIZE": "885x2010"})
    hidden = document.modelspace().add_blockref("DOOR", (9, 9))
    hidden.add_auto_attribs({"SIZE": "secret"})
    hidden.attribs[0].is_invisible = True
    drawing = read_document(document, tmp_path)
    assert [dict(i.attributes) for i in drawing.inserts] == [
        {"SIZE": "885x2010"},
        {"SIZE": "secret"},
    ]
    assert [(t.content, t.tag, t.group) for t in drawing.texts] == [("885x2010", "SIZE", 0)]
    np.testing.assert_allclose(drawing.texts[0].position, (1.9, 4), atol=1.0)


def test_a_dynamic_block_has_its_true_name(tmp_path: Path) -> None:
    document = ezdxf.new()
    true = document.blocks.new("Single Door 900")
    for name in ("*U7", "*U8"):
        document.blocks.new(name).add_line((0, 0), (1, 0))
        document.modelspace().add_blockref(name, (0, 0))
    document.appids.add("AcDbBlockRepBTag")
    document.appids.add("AcDbDynamicBlockTrueName")
    handle = true.block_record.dxf.handle
    document.blocks.get("*U7").block_record.set_xdata(
        "AcDbBlockRepBTag", [(1070, 1), (1005, handle)]
    )
    document.blocks.get("*U8").block_record.set_xdata(
        "AcDbDynamicBlockTrueName", [(1000, "Window")]
    )
    drawing = read_document(document, tmp_path)
    assert [i.name for i in drawing.inserts] == ["Single Door 900", "Window"]


def test_bounds_hold_everything_a_block_holds(tmp_path: Path) -> None:
    document = ezdxf.new()
    document.blocks.new("IN").add_line((0, 0), (1, 2))
    document.blocks.new("OUT").add_blockref("IN", (10, 0))
    document.blocks.get("OUT").add_line((0, 0), (0, 1))
    document.modelspace().add_blockref("OUT", (100, 0))
    outer, inner = read_document(document, tmp_path).inserts
    assert inner.bounds == pytest.approx((110, 0, 111, 2))
    assert outer.bounds == pytest.approx((100, 0, 111, 2))


def test_a_bound_reference_keeps_its_layer_names(tmp_path: Path) -> None:
    document = ezdxf.new()
    document.modelspace().add_line((0, 0), (1, 0), {"layer": "house$0$A-WALL"})
    assert read_document(document, tmp_path).strokes[0].layer == "house$0$A-WALL"


def test_an_attached_reference_that_is_not_there_is_named(tmp_path: Path) -> None:
    document = ezdxf.new()
    document.add_xref_def("C:/secret/walls.dwg", "walls")
    document.modelspace().add_blockref("walls", (0, 0))
    drawing = read_document(document, tmp_path)
    (finding,) = [f for f in drawing.findings if f.code == "references-missing"]
    assert "walls" in finding.message
    assert "secret" not in finding.message


def test_a_clipped_block_is_read_whole_and_said(tmp_path: Path) -> None:
    from ezdxf.xclip import XClip

    document = ezdxf.new()
    document.blocks.new("B").add_line((0, 0), (10, 0))
    clip = XClip(document.modelspace().add_blockref("B", (0, 0)))
    clip.set_block_clipping_path([(0, -1), (5, -1), (5, 1), (0, 1)])
    drawing = read_document(document, tmp_path)
    assert "blocks-clipped" in {f.code for f in drawing.findings}
