"""Texts: areas, sizes, sills, levels, names, titles."""

from __future__ import annotations

import pytest

from architecture.drawing import Drawing, Text, UnitVote
from architecture.understanding.labels import room_labels
from architecture.understanding.room_words import is_outdoors, is_room_word, is_storey_word
from architecture.understanding.texts import (
    LineKind,
    kind_of_line,
    parse_area_m2,
    parse_level_m,
    parse_sill,
    parse_size,
)
from architecture.understanding.titles import storey_title

METRES = UnitVote(unit="m", meters_per_unit=1.0, confidence=1.0, declared="m")


@pytest.mark.parametrize(
    ("content", "area"),
    [
        ("12.3 m²", 12.3),
        ("A=11,44m²", 11.44),
        ("mq 36,62", 36.62),
        ("30.4 sq.m", 30.4),
        ("265 SF", 24.62),
        ("1,234 SF", 114.64),
        ("BEDROOM 2", None),
        ("885x2010", None),
    ],
)
def test_printed_areas_are_read(content: str, area: float | None) -> None:
    assert parse_area_m2(content) == (None if area is None else pytest.approx(area, rel=1e-3))


@pytest.mark.parametrize(
    ("content", "width", "height"),
    [
        ("885x2010", 0.885, 2.01),
        ("200/120", 2.0, 1.2),
        ("3'-3\"x6'-11\"", 0.9906, 2.1082),
        ("2668", 0.762, 2.032),
        ("16070 O.H. DOOR", 4.8768, 2.1336),
        ("6068 S.G.D.", 1.8288, 2.032),
    ],
)
def test_printed_sizes_are_read(content: str, width: float, height: float) -> None:
    readings = [(size.width_m, size.height_m) for size in parse_size(content)]
    assert any((w, h) == (pytest.approx(width), pytest.approx(height)) for w, h in readings), (
        readings
    )


@pytest.mark.parametrize(
    ("content", "sill"),
    [
        ("parapet 80", 0.8),
        ("b.h. 1.62", 1.62),
        ("cill 1.78", 1.78),
        ("BRH 900", 0.9),
        ("H1窗台：940", 0.94),
        ("Kitchen", None),
    ],
)
def test_printed_sills_are_read(content: str, sill: float | None) -> None:
    assert parse_sill(content) == (None if sill is None else pytest.approx(sill))


def test_levels_are_read() -> None:
    assert parse_level_m("FFL +3.100   STOREY HEIGHT 2.900") == 3.1
    assert parse_level_m("quota +0,18") == 0.18
    assert parse_level_m("BEDROOM 2") is None


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("Sypialnia", LineKind.NAME),
        ("W.I.C.", LineKind.NAME),
        ("客厅", LineKind.NAME),
        ("0.12", LineKind.NUMBER),
        ("A102", LineKind.NUMBER),
        ("200/120", LineKind.SIZE),
        ("UP", LineKind.NOTE),
        ("H=2280", LineKind.NOTE),
        ("INTERIOR WALL STUDS AT 16 INCHES, NON BEARING HEADERS DOUBLED", LineKind.NOTE),
    ],
)
def test_lines_are_told_apart(content: str, kind: LineKind) -> None:
    assert kind_of_line(content) is kind


def text(content: str, x: float, y: float, *, height: float = 0.2) -> Text:
    return Text(content=content, position=(x, y), height_m=height, layer="0")


def sheet(*texts: Text) -> Drawing:
    return Drawing(strokes=(), texts=texts, inserts=(), unit=METRES)


def test_lines_under_each_other_are_one_label() -> None:
    drawn = sheet(text("MASTER", 0, 0.35), text("BEDROOM", 0, 0), text("22.07 m²", 0, -0.35))
    (label,) = room_labels(drawn)
    assert label.name == "MASTER BEDROOM"
    assert label.area_m2 == 22.07


def test_labels_of_two_rooms_stay_two() -> None:
    drawn = sheet(text("Bath\n3.1 m²", 0, 0), text("Store\n2.0 m²", 0, -0.9))
    assert {label.name for label in room_labels(drawn)} == {"Bath", "Store"}


def test_words_of_many_languages_are_known() -> None:
    for name in ("Kuchnia", "Wohnzimmer", "CUISINE", "Salón", "卧室", "Soggiorno", "Woonkamer"):
        assert is_room_word(name), name
    for name in ("COVERED PORCH", "Balkon", "Terrasse", "阳台"):
        assert is_outdoors(name), name
    for name in ("GROUND FLOOR", "1.OG", "RDC", "一层平面图", "PIANO TERRA", "begane grond"):
        assert is_storey_word(name), name


def test_the_title_in_the_largest_print_names_the_storey() -> None:
    rooms = [text(f"Office\n{i}", i, 0, height=0.18) for i in range(6)]
    title = text("LEVEL 2 FLOOR PLAN  1:100", 3, -4, height=0.35)
    level = text("FFL +3.100   STOREY HEIGHT 2.900", 3, -4.6, height=0.18)
    found = storey_title(sheet(*rooms, title, level))
    assert (found.name, found.level_m, found.height_m) == ("LEVEL 2", 3.1, 2.9)


def test_a_sheet_without_a_title_names_no_storey() -> None:
    drawn = sheet(text("Office", 0, 0), text("Hall", 4, 0), text("Bath", 8, 0))
    assert storey_title(drawn).name == ""
