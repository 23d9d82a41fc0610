from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import ifcopenshell
import ifcopenshell.geom
import ifcopenshell.util.element as elements
import ifcopenshell.util.unit as units
import ifcopenshell.validate
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from architecture import raise_building, write_ifc
from architecture.exchange.ifc import ifc_model
from architecture.plan import OpeningKind
from shared.errors import OutputError, UsageError
from tests.architecture.building.test_raise_building import houses
from tests.fixtures.plans import RowHouse, messy_plan, row_house

GROUND = row_house(RowHouse(turned_deg=20.0, moved_m=(3.0, 7.0), column=True))
HOUSE = raise_building(
    [GROUND, row_house(RowHouse(turned_deg=20.0, moved_m=(3.0, 7.0)), name="Upper floor")],
    flat_roof=True,
)


@pytest.fixture(scope="module")
def model():
    return ifc_model(HOUSE)


def errors_of(model, *, express_rules=False):
    logger = ifcopenshell.validate.json_logger()
    ifcopenshell.validate.validate(model, logger, express_rules=express_rules)
    return logger.statements


def volumes_of(model):
    """Volume of every product by the geometry kernel: GlobalId → m³."""
    settings = ifcopenshell.geom.settings()
    settings.set("use-world-coords", True)
    volumes = {}
    for product in model.by_type("IfcProduct"):
        if product.Representation is None:
            continue
        shape = ifcopenshell.geom.create_shape(settings, product).geometry
        corners = np.array(shape.verts).reshape(-1, 3)[np.array(shape.faces, int).reshape(-1, 3)]
        cross = np.cross(corners[:, 1], corners[:, 2])
        volumes[product.GlobalId] = float(np.einsum("ij,ij->", corners[:, 0], cross) / 6)
    return volumes


def by_name(model, kind):
    return {(elements.get_container(e) or e).Name + "/" + e.Name: e for e in model.by_type(kind)}


def test_the_file_is_valid_by_schema_and_express_rules(model):
    assert errors_of(model, express_rules=True) == []


def test_every_product_with_a_representation_has_a_body_of_its_volume(model):
    volumes = volumes_of(model)
    assert len(volumes) == sum(p.Representation is not None for p in model.by_type("IfcProduct"))
    assert min(volumes.values()) > 0
    walls = by_name(model, "IfcWall")
    for storey in HOUSE.storeys:
        for wall in storey.walls:
            found = volumes[walls[f"{storey.name}/{wall.id}"].GlobalId]
            assert found == pytest.approx(wall.net_volume_m3, rel=1e-4)


@settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow])
@given(houses())
def test_any_row_house_becomes_a_valid_file_with_bodies(house):
    building = raise_building(row_house(house))
    model = ifc_model(building)
    assert errors_of(model) == []
    volumes = volumes_of(model)
    walls = {wall.Name: volumes[wall.GlobalId] for wall in model.by_type("IfcWall")}
    for wall in building.storeys[0].walls:
        assert walls[wall.id] == pytest.approx(wall.net_volume_m3, rel=1e-4)


@pytest.mark.parametrize("seed", range(6))
def test_walls_of_a_messy_plan_have_their_volume_in_the_geometry_kernel(seed):
    building = raise_building(messy_plan(seed))
    model = ifc_model(building)
    volumes = volumes_of(model)
    walls = {wall.Name: volumes[wall.GlobalId] for wall in model.by_type("IfcWall")}
    for wall in building.storeys[0].walls:
        assert walls[wall.id] == pytest.approx(wall.net_volume_m3, rel=2e-3, abs=1e-4)


def test_counts_are_those_of_the_building(model):
    kinds = Counter(o.kind for s in HOUSE.storeys for o in s.openings)
    counts = {
        "IfcWall": 12,
        "IfcDoor": kinds[OpeningKind.DOOR],
        "IfcWindow": kinds[OpeningKind.WINDOW],
        "IfcSpace": 6,
        "IfcSlab": 3,
        "IfcColumn": 1,
        "IfcOpeningElement": sum(kinds.values()),
        "IfcBuildingStorey": 2,
    }
    assert {name: len(model.by_type(name)) for name in counts} == counts


def test_spaces_tell_name_number_and_net_floor_area(model):
    lower = [s for s in model.by_type("IfcSpace") if elements.get_aggregate(s).Elevation == 0.0]
    for space, entity in zip(HOUSE.storeys[0].spaces, lower, strict=True):
        assert (entity.LongName, entity.Name) == (space.name, space.number)
        quantities = elements.get_psets(entity, qtos_only=True)["Qto_SpaceBaseQuantities"]
        assert quantities["NetFloorArea"] == pytest.approx(space.area_m2, abs=1e-4)
    with_column = elements.get_psets(lower[0])["Qto_SpaceBaseQuantities"]
    assert with_column["GrossFloorArea"] - with_column["NetFloorArea"] == (
        pytest.approx(0.09, abs=1e-3)
    )


def test_doors_and_windows_fill_openings_of_their_walls(model):
    for entity in (*model.by_type("IfcDoor"), *model.by_type("IfcWindow")):
        opening = entity.FillsVoids[0].RelatingOpeningElement
        wall = opening.VoidsElements[0].RelatingBuildingElement
        assert wall.is_a("IfcWall")
        assert elements.get_container(entity) == elements.get_container(wall)
    door = next(d for d in model.by_type("IfcDoor") if d.Name == "door_1")
    assert (door.OverallWidth, door.OverallHeight) == pytest.approx((0.9, 2.1))
    assert (door.OperationType, door.PredefinedType) == ("SINGLE_SWING_LEFT", "DOOR")
    facade = next(w for w in model.by_type("IfcWindow"))
    assert elements.get_psets(facade)["Pset_WindowCommon"]["IsExternal"] is True


def test_a_passage_is_an_opening_without_filling():
    plan = row_house()
    passages = tuple(
        replace(o, kind=OpeningKind.PASSAGE) if o.id == "door_2" else o for o in plan.openings
    )
    model = ifc_model(raise_building(replace(plan, openings=passages)))
    opening = next(o for o in model.by_type("IfcOpeningElement") if o.Name == "door_2")
    assert not opening.HasFillings
    assert opening.VoidsElements[0].RelatingBuildingElement.Name == "wall_5"
    assert "door_2" not in [door.Name for door in model.by_type("IfcDoor")]


def test_units_are_declared_metres_and_storeys_tell_their_elevation(model):
    assert units.calculate_unit_scale(model) == 1.0
    assert [s.Elevation for s in model.by_type("IfcBuildingStorey")] == [0.0, 2.7]
    assert [s.Name for s in model.by_type("IfcBuildingStorey")] == ["Ground floor", "Upper floor"]


def test_walls_tell_thickness_axis_and_side(model):
    walls = by_name(model, "IfcWall")
    outer = walls["Ground floor/wall_0"]
    usage = elements.get_material(outer)
    assert usage.ForLayerSet.MaterialLayers[0].LayerThickness == pytest.approx(0.3)
    assert elements.get_psets(outer)["Pset_WallCommon"]["IsExternal"] is True
    inner = elements.get_psets(walls["Ground floor/wall_4"])
    assert inner["Pset_WallCommon"]["IsExternal"] is False
    kinds = {r.RepresentationIdentifier for r in outer.Representation.Representations}
    assert kinds == {"Axis", "Body"}


def test_the_offset_becomes_a_map_conversion():
    far = raise_building(row_house(RowHouse(moved_m=(4_500_000.0, 5_700_000.0))))
    model = ifc_model(far)
    conversion = model.by_type("IfcMapConversion")[0]
    assert (conversion.Eastings, conversion.Northings) == far.offset_m
    assert errors_of(model) == []
    assert not ifc_model(HOUSE).by_type("IfcMapConversion")


def test_the_same_building_gives_the_same_bytes(tmp_path):
    when = datetime(2024, 2, 29, 12, 30, tzinfo=UTC)
    write_ifc(HOUSE, tmp_path / "one.ifc", timestamp=when)
    write_ifc(HOUSE, tmp_path / "another name.ifc", timestamp=when)
    one, other = ((tmp_path / n).read_bytes() for n in ("one.ifc", "another name.ifc"))
    assert one == other
    assert str(tmp_path).encode() not in one


def test_the_timestamp_is_the_one_given(tmp_path):
    when = datetime(2024, 2, 29, 12, 30, tzinfo=UTC)
    write_ifc(HOUSE, tmp_path / "house.ifc", timestamp=when)
    model = ifcopenshell.open(str(tmp_path / "house.ifc"))  # must outlive its header
    assert model.header.file_name.time_stamp == "2024-02-29T12:30:00+00:00"
    assert model.header.file_name.author == ("",)


def test_without_a_timestamp_the_header_tells_when_it_was_written(tmp_path, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    before = datetime.now(UTC).replace(microsecond=0)
    write_ifc(HOUSE, tmp_path / "house.ifc")
    model = ifcopenshell.open(str(tmp_path / "house.ifc"))
    written = datetime.fromisoformat(model.header.file_name.time_stamp)
    assert before <= written <= datetime.now(UTC)


def test_a_reproducible_build_gets_the_time_and_the_bytes_it_demands(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    write_ifc(HOUSE, tmp_path / "house.ifc")
    model = ifcopenshell.open(str(tmp_path / "house.ifc"))
    assert model.header.file_name.time_stamp == "2023-11-14T22:13:20+00:00"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(UsageError, match="yesterday"):
        write_ifc(HOUSE, tmp_path / "other.ifc")
    assert not (tmp_path / "other.ifc").exists()


def test_identifiers_are_unique_and_survive_another_storey_height(model):
    identifiers = [root.GlobalId for root in model.by_type("IfcRoot")]
    assert len(set(identifiers)) == len(identifiers)
    low = ifc_model(raise_building(GROUND, storey_heights_m=2.7))
    high = ifc_model(raise_building(GROUND, storey_heights_m=3.3))
    for kind in ("IfcWall", "IfcDoor", "IfcSpace"):
        assert [e.GlobalId for e in low.by_type(kind)] == [e.GlobalId for e in high.by_type(kind)]
    other = ifc_model(raise_building(row_house(RowHouse(depth_m=5.5))))
    assert not {w.GlobalId for w in other.by_type("IfcWall")} & set(identifiers)


def test_a_folder_that_is_not_there_is_an_output_error(tmp_path):
    with pytest.raises(OutputError):
        write_ifc(HOUSE, tmp_path / "missing" / "house.ifc")


def test_web_ifc_finds_the_same_elements_and_volumes(tmp_path, run_validator, model):
    write_ifc(HOUSE, tmp_path / "house.ifc")
    seen = run_validator("web_ifc.mjs", tmp_path / "house.ifc")
    volumes = volumes_of(model)
    for kind, report in seen.items():
        entities = model.by_type(kind)
        assert report["found"] == report["meshed"] == len(entities), kind
        expected = sum(volumes[entity.GlobalId] for entity in entities)
        assert report["volume"] == pytest.approx(expected, rel=1e-3), kind
