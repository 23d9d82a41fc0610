"""The unit is found from the drawing itself, whatever its header says."""

from __future__ import annotations

import json
import math
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import ezdxf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from architecture.drawing import Drawing
from architecture.reading import sizes
from architecture.reading.printed import is_imperial, parse_areas, parse_length
from architecture.reading.read import read_drawing
from architecture.reading.sizes import METERS_PER_UNIT, PRIOR, Scene
from architecture.reading.units import RESOLVED, combine, require_unit

INSUNITS = {None: 0, "in": 1, "ft": 2, "mm": 4, "cm": 5, "m": 6}
DRAWN_IN = ("mm", "cm", "m", "in", "ft")


class House:
    """Four rooms with walls of two lines, doors, and what the caller asks for."""

    def __init__(self, unit: str, *, angle: float = 0.0, origin: tuple[float, float] = (0.0, 0.0)):
        self.document = ezdxf.new()
        self.space = self.document.modelspace()
        self.meters = METERS_PER_UNIT[unit]
        self.angle, self.origin = angle, origin

    def at(self, x: float, y: float) -> tuple[float, float]:
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        return (
            (self.origin[0] + x * cos - y * sin) / self.meters,
            (self.origin[1] + x * sin + y * cos) / self.meters,
        )

    def line(self, *ends: tuple[float, float]) -> None:
        for start, end in pairwise(ends):
            self.space.add_line(self.at(*start), self.at(*end))

    def rectangle(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self.line((x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0))

    def walls(self) -> None:
        self.rectangle(0, 0, 10.6, 8.4)
        self.rectangle(0.3, 0.3, 10.3, 8.1)
        for x in (5.2, 5.32):
            for low, high in ((0.3, 1.2), (2.05, 6.0), (6.85, 8.1)):
                self.line((x, low), (x, high))
        for y in (4.1, 4.22):
            for low, high in ((0.3, 1.0), (1.85, 5.2), (5.32, 8.0), (8.9, 10.3)):
                self.line((low, y), (high, y))

    def door(self, x: float, y: float, width: float) -> None:
        turn = math.degrees(self.angle)
        self.line((x, y), (x, y + width))
        self.space.add_arc(self.at(x, y), width / self.meters, turn, turn + 90)

    def doors(self) -> None:
        for x, y in ((5.32, 1.2), (5.32, 6.0), (1.0, 4.22)):
            self.door(x, y, 0.85)

    def rooms(self) -> None:
        for (x, y), area in product(((2.7, 2.2), (7.8, 2.2)), (18.6,)):
            content = f"Room {area:.2f} m²"
            self.space.add_text(content, height=0.15 / self.meters).set_placement(self.at(x, y))

    def dimensions(self, text: str) -> None:
        for start, end in (((0, 0), (10.6, 0)), ((0, 0), (0, 8.4)), ((0.3, 0.3), (5.2, 0.3))):
            length = math.dist(start, end)
            factor = {"mm": 1000.0, "cm": 100.0, "m": 1.0}.get(text)
            written = ""
            if text == "ft-in":
                feet, inches = divmod(length / 0.0254, 12)
                written = f"{int(feet)}'-{inches:.1f}\""
            elif factor is not None:
                written = f"{length * factor:.2f}" if text == "m" else f"{length * factor:.0f}"
            self.space.add_aligned_dim(
                p1=self.at(*start), p2=self.at(*end), distance=0.5 / self.meters, text=written
            )

    def read(self, folder: Path, declared: str | None) -> Drawing:
        self.document.header["$INSUNITS"] = INSUNITS[declared]
        path = folder / "house.dxf"
        self.document.saveas(path)
        return read_drawing(path)


def standard_house(unit: str, **placed: Any) -> House:
    house = House(unit, **placed)
    house.walls()
    house.doors()
    house.rooms()
    return house


@pytest.mark.parametrize("unit", DRAWN_IN)
@pytest.mark.parametrize("declared", [None, "mm", "m", "in"])
def test_a_house_is_read_in_its_own_unit_whatever_the_header_says(
    tmp_path: Path, unit: str, declared: str | None
) -> None:
    drawing = standard_house(unit).read(tmp_path, declared)
    assert drawing.unit.unit == unit
    assert drawing.unit.declared == declared
    assert drawing.unit.confidence >= RESOLVED
    bounds = drawing.bounds()
    assert bounds is not None
    assert bounds[2] - bounds[0] == pytest.approx(10.6, abs=1e-6)
    wrong = declared is not None and declared != unit
    assert ("declared-unit-wrong" in {f.code for f in drawing.findings}) == wrong


@settings(max_examples=15)
@given(
    unit=st.sampled_from(DRAWN_IN),
    declared=st.sampled_from(list(INSUNITS)),
    angle=st.floats(0, math.pi),
    origin=st.sampled_from([(0.0, 0.0), (350.0, -120.0), (1e6, 5e6)]),
)
def test_turning_and_moving_a_house_leaves_its_unit(
    tmp_path_factory: pytest.TempPathFactory,
    unit: str,
    declared: str | None,
    angle: float,
    origin: tuple[float, float],
) -> None:
    house = standard_house(unit, angle=angle, origin=origin)
    assert house.read(tmp_path_factory.mktemp("house"), declared).unit.unit == unit


@pytest.mark.parametrize(
    ("unit", "printed"),
    [
        ("mm", "mm"),
        ("mm", "m"),
        ("cm", "cm"),
        ("cm", "m"),
        ("m", "m"),
        ("m", "cm"),
        ("in", "ft-in"),
    ],
)
@pytest.mark.parametrize("declared", ["mm", "in", "m"])
def test_typed_dimensions_decide_where_there_are_no_doors(
    tmp_path: Path, unit: str, printed: str, declared: str
) -> None:
    house = House(unit)
    house.rectangle(0, 0, 10.6, 8.4)
    house.line((5.2, 0), (5.2, 8.4))
    house.dimensions(printed)
    assert house.read(tmp_path, declared).unit.unit == unit


def test_printed_areas_alone_tell_inches_from_centimeters(tmp_path: Path) -> None:
    for unit in ("cm", "in"):
        house = House(unit)
        house.rectangle(0, 0, 5, 4)
        house.rectangle(5, 0, 10, 4)
        for x in (2.0, 7.0):
            text = house.space.add_text("20.0 m²", height=0.15 / house.meters)
            text.set_placement(house.at(x, 2))
        assert house.read(tmp_path, None).unit.unit == unit


def test_a_shape_of_no_building_leaves_the_scale_unresolved(tmp_path: Path) -> None:
    document = ezdxf.new()
    for tooth in range(24):
        turn = tooth * math.pi / 12
        document.modelspace().add_circle((40 * math.cos(turn), 40 * math.sin(turn)), 3)
    document.modelspace().add_circle((0, 0), 30)
    document.saveas(tmp_path / "gear.dxf")
    drawing = read_drawing(tmp_path / "gear.dxf")
    assert drawing.unit.confidence < RESOLVED
    (finding,) = [f for f in drawing.findings if f.code == "scale-unresolved"]
    assert "--unit" in finding.message


def test_a_person_has_the_last_word_and_is_told_when_the_drawing_disagrees(tmp_path: Path) -> None:
    house = standard_house("cm")
    house.read(tmp_path, "cm")
    drawing = read_drawing(tmp_path / "house.dxf", unit="Inches")
    assert (drawing.unit.unit, drawing.unit.confidence) == ("in", 1.0)
    assert drawing.unit.evidence[0].source == "user"
    assert "unit-contradicted" in {f.code for f in drawing.findings}
    agreed = read_drawing(tmp_path / "house.dxf", unit="cm")
    assert "unit-contradicted" not in {f.code for f in agreed.findings}


def test_every_voice_reports_weights_up_to_one(tmp_path: Path) -> None:
    house = standard_house("mm")
    house.dimensions("mm")
    evidence = house.read(tmp_path, "mm").unit.evidence
    assert {"header", "door-arcs", "wall-thickness", "dimensions", "areas", "extent"} <= {
        e.source for e in evidence
    }
    for voice in evidence:
        assert max(voice.weight_by_unit.values()) == 1.0
        assert min(voice.weight_by_unit.values()) >= 0.0
        assert voice.message


# ---------------------------------------------------------------- the vote itself


def test_without_voices_the_prior_stands() -> None:
    assert combine([]) == pytest.approx(dict(PRIOR), rel=1e-6)


@given(st.lists(st.floats(-5, 5), min_size=6, max_size=6), st.floats(-3, 3))
def test_a_voice_that_favors_nothing_changes_nothing(weights: list[float], same: float) -> None:
    said = sizes.Testimony("one", dict(zip(METERS_PER_UNIT, weights, strict=True)), "said")
    silent = sizes.Testimony("two", dict.fromkeys(METERS_PER_UNIT, same), "silent")
    assert combine([said, silent]) == pytest.approx(combine([said]))


def test_a_map_may_mean_another_unit_than_a_plan() -> None:
    weights = dict.fromkeys(METERS_PER_UNIT, 0.0)
    plan, site = dict(weights, mm=2.0), dict(weights, m=9.0)
    voice = sizes.Testimony("faces", plan, "…", site)
    assert max(combine([voice]), key=combine([voice]).__getitem__) == "m"
    assert voice.evidence(Scene.PLAN).weight_by_unit["mm"] == 1.0


def test_words_for_units_are_understood() -> None:
    assert [require_unit(word) for word in ("MM", " inches", '"', "feet", "metre")] == [
        "mm",
        "in",
        "in",
        "ft",
        "m",
    ]


# ---------------------------------------------------------------- printed lengths and areas


@pytest.mark.parametrize(
    ("text", "meters"),
    [
        ("3'-1\"", 0.9398),
        ("3'-1 1/2\"", 0.9525),
        ("16'-0\"", 4.8768),
        ("0' - 7\"", 0.1778),
        ("8' - 6\"", 2.5908),
        ("12'", 3.6576),
        ('30"', 0.762),
        ('4 1/2"', 0.1143),
        ('3/4"', 0.01905),
        ("2.5 m", 2.5),
        ("885mm", 0.885),
        ("120 cm", 1.2),
    ],
)
def test_lengths_with_a_unit_are_read_in_metres(text: str, meters: float) -> None:
    length = parse_length(text)
    assert length is not None
    assert length.meters == pytest.approx(meters)


@pytest.mark.parametrize(
    ("text", "value", "decimals"), [("2,31", 2.31, 2), ("0.40", 0.4, 2), ("2315", 2315, 0)]
)
def test_bare_numbers_have_no_unit(text: str, value: float, decimals: int) -> None:
    length = parse_length(text)
    assert length is not None
    assert (length.value, length.decimals, length.meters) == (value, decimals, None)


@pytest.mark.parametrize("text", ["", "R 30", "EQ", "<>", "A-A", "ca. 3", "1:100", "30°"])
def test_what_is_no_length_is_none(text: str) -> None:
    assert parse_length(text) is None


@pytest.mark.parametrize(
    ("text", "areas"),
    [
        ("Wohnen\n22,07 m²", (22.07,)),
        ("A: 12.5 m2", (12.5,)),
        ("1,250 SF", (116.1288,)),
        ("135 sq. ft.", (12.5419,)),
        ("客厅 18.5㎡", (18.5,)),
        ("1 234,5 m²", (1234.5,)),
        ("Kök 14.2 kvm", (14.2,)),
        ("885x2010", ()),
        ("Room 12.5", ()),
    ],
)
def test_areas_are_read_with_their_unit_only(text: str, areas: tuple[float, ...]) -> None:
    assert parse_areas(text) == pytest.approx(areas, rel=1e-4)


def test_feet_and_inches_are_told_from_other_quotes() -> None:
    assert is_imperial("12'-6\"")
    assert is_imperial('30"')
    assert is_imperial("120 SF")
    assert not is_imperial("Don't")
    assert not is_imperial("L'escalier 2")


# ---------------------------------------------------------------- real drawings


@pytest.mark.real
def test_every_real_drawing_is_read_in_its_true_unit(real_data: Path) -> None:
    folder = real_data / "architecture"
    files = [
        *sorted((folder / "dxf").rglob("*.dxf")),
        *sorted((folder / "ifc_sections").glob("*.dxf")),
    ]
    assert len(files) >= 20
    wrong = {}
    for path in files:
        truth = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        vote = read_drawing(path).unit
        if not math.isclose(vote.meters_per_unit, truth["metres_per_unit"], rel_tol=1e-6):
            wrong[path.stem] = (vote.unit, truth["metres_per_unit"])
    assert wrong == {}
