from __future__ import annotations

import json
from dataclasses import replace

import pytest

from architecture import raise_building
from architecture.drawing import Evidence, UnitVote
from architecture.report import report_on
from shared.finding import warning
from shared.provenance import Provenance, Source
from tests.fixtures.plans import RowHouse, row_house

VOTE = UnitVote(
    unit="mm", meters_per_unit=0.001, confidence=0.97, declared="in",
    evidence=(Evidence(source="door-arcs", weight_by_unit={"mm": 1.0}, message="Six leaves."),),
)  # fmt: skip
LOST = warning("room-open", "A room does not close.", place=(1.0, 2.0))
GROUND = replace(
    row_house(RowHouse(column=True)),
    unit=VOTE,
    unresolved=(LOST,),
    provenance=Provenance().with_source(Source(kind="dxf", sha256="ab" * 32)),
)
PLANS = [GROUND, row_house(name="Upper floor")]
REPORT = report_on(raise_building(PLANS), PLANS, seconds={"read": 1.23456})


def test_a_storey_is_told_with_counts_areas_and_levels():
    ground = REPORT.as_dict()["storeys"][0]
    assert ground["name"] == "Ground floor"
    assert (ground["elevation_m"], ground["height_m"]) == (0.0, 2.7)
    assert (ground["doors"], ground["windows"], ground["passages"], ground["columns"]) == (
        3, 3, 0, 1,
    )  # fmt: skip
    assert ground["walls"]["count"] == 6
    assert ground["walls"]["length_m"] == pytest.approx(2 * 10.34 + 4 * 5, abs=1e-3)
    assert ground["slabs"][0]["kind"] == "BASESLAB"


def test_rooms_are_compared_with_what_is_printed():
    rooms = REPORT.as_dict()["storeys"][0]["rooms"]
    assert rooms[1]["name"] == "Küche"
    assert rooms[0]["printed_area_m2"] == 20.0
    assert rooms[0]["difference_percent"] == pytest.approx(-0.45, abs=0.01)
    assert sum(r["area_m2"] for r in rooms) == REPORT.as_dict()["storeys"][0]["room_area_m2"]


def test_a_room_without_printed_area_has_no_difference():
    plain = replace(GROUND, rooms=tuple(replace(r, printed_area_m2=None) for r in GROUND.rooms))
    report = report_on(raise_building(plain), [plain])
    assert "difference_percent" not in report.as_dict()["storeys"][0]["rooms"][0]


def test_the_unit_is_told_with_its_reasons_and_confidence():
    unit = REPORT.as_dict()["storeys"][0]["unit"]
    assert (unit["decided"], unit["declared"], unit["confidence"]) == ("mm", "in", 0.97)
    assert unit["evidence"][0]["message"] == "Six leaves."


def test_what_is_unresolved_and_assumed_is_listed_with_its_place():
    plain = REPORT.as_dict()
    assert plain["storeys"][0]["unresolved"][0]["place"] == [1.0, 2.0]
    assert plain["totals"]["unresolved"] == 1
    codes = [finding["code"] for finding in plain["assumptions"]]
    assert "storey-height-assumed" in codes
    assert not set(codes) & {finding["code"] for finding in plain["findings"]}


def test_the_report_is_plain_data_with_versions_times_and_units_of_files():
    plain = json.loads(json.dumps(REPORT.as_dict()))
    assert plain["seconds"] == {"read": 1.235}
    assert {"python", "recon-toolkit", "ifcopenshell"} <= set(plain["versions"])
    assert plain["file_units"][".stl"].startswith("millimetres")
    assert plain["provenance"]["sources"] == [{"kind": "dxf", "sha256": "ab" * 32, "files": 1}]


def test_totals_are_sums_over_storeys():
    totals = REPORT.as_dict()["totals"]
    assert (totals["walls"], totals["doors"], totals["rooms"]) == (12, 6, 6)
