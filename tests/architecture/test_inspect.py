"""Inspection tells what a drawing holds, as plain values."""

from __future__ import annotations

import json
from pathlib import Path

import ezdxf
import pytest

from architecture.inspect import DrawingSummary, inspect
from architecture.reading.read import read_drawing
from architecture.understanding.layers import Role, parse_override


@pytest.fixture
def summary(tmp_path: Path) -> DrawingSummary:
    document = ezdxf.new()
    space = document.modelspace()
    for x in (0.0, 2.0, 4.0, 6.0, 8.0, 10.0):
        space.add_line((2_000_000 + x, 0), (2_000_000 + x, 4), {"layer": "A-WALL"})
    space.add_text("Kitchen", height=0.2, dxfattribs={"layer": "A-AREA-IDEN"}).set_placement(
        (2_000_001, 1)
    )
    document.blocks.new("CHAIR").add_circle((0, 0), 0.3)
    for place in range(2):
        space.add_blockref("CHAIR", (2_000_000 + place, 1), {"layer": "I-FURN"})
    space.add_aligned_dim(p1=(2_000_000, 0), p2=(2_000_005, 0), distance=1).render()
    document.saveas(tmp_path / "first.dxf")
    return inspect(
        read_drawing(tmp_path / "first.dxf", unit="m"), overrides=(parse_override("I-*=site"),)
    )


def test_layers_come_with_role_reason_and_counts_the_fullest_first(summary: DrawingSummary) -> None:
    first = summary.layers[0]
    assert (first.name, first.role, first.strokes) == ("A-WALL", Role.WALL, 6)
    assert first.reason
    by_name = {layer.name: layer for layer in summary.layers}
    assert by_name["I-FURN"].inserts == 2
    assert by_name["I-FURN"].role is Role.SITE
    assert by_name["A-AREA-IDEN"].texts == 1
    assert by_name["0"].role is Role.OTHER
    assert summary.dimensions == 1


def test_places_are_told_in_the_drawings_own_frame(summary: DrawingSummary) -> None:
    assert summary.bounds_m == pytest.approx((1_999_999.7, 0, 2_000_010, 4))
    assert summary.extent_m == pytest.approx((10.3, 4))
    assert summary.texts[0].content == "Kitchen"
    assert summary.texts[0].position_m[0] == pytest.approx(2_000_001, abs=2)
    assert summary.blocks == {"CHAIR": 2}


def test_the_summary_is_plain_data_without_paths(summary: DrawingSummary, tmp_path: Path) -> None:
    text = json.dumps(summary.as_dict())
    assert str(tmp_path) not in text
    plain = json.loads(text)
    assert plain["name"] == "first"
    assert plain["unit"]["decided"] == "m"
    assert plain["unit"]["evidence"]
    assert plain["entities"]["LINE"] == 6
    assert {finding["code"] for finding in plain["findings"]} >= {"local-origin"}
