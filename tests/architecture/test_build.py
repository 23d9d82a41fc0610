"""From drawings to buildings: the whole road, on samples and on real drawings."""

from __future__ import annotations

import json

import ifcopenshell
import ifcopenshell.geom
import ifcopenshell.validate
import numpy as np
import pytest

from architecture import write_ifc
from architecture.build import build
from shared.errors import InputNotFoundError, ToolkitError
from tests.fixtures.solids import is_closed_manifold


@pytest.fixture(scope="module")
def house(sample_data):
    drawings = [sample_data / "house" / f"{name}_floor.dxf" for name in ("ground", "upper")]
    return build(drawings, storey_height_m=2.8, names=["Ground", "Upper"], spaces=True)


@pytest.fixture(scope="module")
def truth(sample_data):
    return json.loads((sample_data / "house.truth.json").read_text())


def test_the_sample_house_is_built_as_it_was_drawn(house, truth):
    for storey, plan in zip(house.building.storeys, truth["plans"], strict=True):
        kinds = [opening.kind.value for opening in storey.openings]
        assert kinds.count("door") == len(plan["doors"])
        assert kinds.count("window") == len(plan["windows"])
        assert sorted(space.area_m2 for space in storey.spaces) == pytest.approx(
            sorted(room["area_m2"] for room in plan["rooms"]), rel=0.01
        )
        assert {space.name.lower() for space in storey.spaces} == {
            room["name"].lower() for room in plan["rooms"]
        }


def test_storeys_stand_where_the_truth_says(house, truth):
    elevations = [storey.elevation_m for storey in house.building.storeys]
    assert elevations == pytest.approx([s["elevation_m"] for s in truth["storeys"]])


def test_the_scene_is_closed_and_the_report_complete(house):
    assert all(is_closed_manifold(part.mesh) for part in house.scene.parts)
    assert set(house.report.seconds) == {"read", "part", "understand", "raise", "mesh"}
    assert [storey.name for storey in house.report.storeys] == ["Ground", "Upper"]


def test_the_report_tells_no_path(house, sample_data):
    assert str(sample_data) not in json.dumps(house.report.as_dict())


def test_a_drawing_given_twice_becomes_two_storeys_with_a_warning(house, sample_data, tmp_path):
    assert not any(finding.code == "drawing-repeated" for finding in house.building.findings)
    ground = sample_data / "house" / "ground_floor.dxf"
    copy = tmp_path / "typical.dxf"
    copy.write_bytes(ground.read_bytes())
    built = build([ground, copy])
    assert len(built.building.storeys) == 2
    told = [f for f in built.building.findings if f.code == "drawing-repeated"]
    assert [(f.severity.value, f.details["drawings"]) for f in told] == [("warning", [1, 2])]
    assert "2 storeys" in told[0].message
    assert "drawing-repeated" in json.dumps(built.report.as_dict())


def test_progress_runs_from_nothing_to_all(sample_data):
    told = []
    build(
        sample_data / "house" / "ground_floor.dxf",
        progress=lambda step, share: told.append((step, share)),
    )
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert [step for step, _ in told][::2] == ["read", "part", "understand", "raise", "mesh"]


def test_a_drawing_that_is_not_there_is_an_input_error(tmp_path):
    with pytest.raises(InputNotFoundError):
        build(tmp_path / "none.dxf")


def test_several_drawings_without_walls_say_so(tmp_path):
    import ezdxf

    document = ezdxf.new()
    document.modelspace().add_circle((0, 0), 10)
    document.saveas(tmp_path / "gear.dxf")
    with pytest.raises(ToolkitError) as caught:
        build([tmp_path / "gear.dxf", tmp_path / "gear.dxf"])
    assert caught.value.exit_status in (3, 4)


REAL = (
    "ifc_sections/duplex_L1",
    "ifc_sections/duplex_L2",
    "ifc_sections/samplehouse_GF",
    "ifc_sections/institute_1OG_pt",
    "dxf/benhudson_apartment",
    "dxf/bishop_floorplan",
)


@pytest.mark.real
@pytest.mark.parametrize("name", REAL)
def test_a_real_drawing_becomes_a_sound_model(name, real_data, tmp_path):
    built = build(real_data / "architecture" / f"{name}.dxf", spaces=True)
    assert all(is_closed_manifold(part.mesh) for part in built.scene.parts)
    write_ifc(built.building, tmp_path / "model.ifc")
    model = ifcopenshell.open(str(tmp_path / "model.ifc"))
    logger = ifcopenshell.validate.json_logger()
    ifcopenshell.validate.validate(model, logger)
    assert logger.statements == []
    expected = {wall.id: wall.net_volume_m3 for wall in built.building.storeys[0].walls}
    settings = ifcopenshell.geom.settings()
    for product in model.by_type("IfcProduct"):
        if product.Representation is None:
            continue
        shape = ifcopenshell.geom.create_shape(settings, product).geometry
        assert len(shape.faces) > 0, product
        if product.is_a("IfcWall"):
            corners = np.array(shape.verts).reshape(-1, 3)[np.reshape(shape.faces, (-1, 3))]
            cross = np.cross(corners[:, 1], corners[:, 2])
            volume = float(np.einsum("ij,ij->", corners[:, 0], cross) / 6)
            assert volume == pytest.approx(expected[product.Name], rel=1e-3, abs=1e-4)


SHEETS = {
    "ifc_sections/duplex_sheet_both_levels": [(0.0, 3.1), (3.1, 2.9)],
    "ifc_sections/smiley_sheet_it": [(0.18, 2.78), (2.96, 2.7), (5.66, 2.7)],
}


@pytest.mark.real
@pytest.mark.parametrize("name", list(SHEETS))
def test_a_real_sheet_of_storeys_becomes_storeys_over_each_other(name, real_data):
    path = real_data / "architecture" / f"{name}.dxf"
    truth = json.loads(path.with_suffix(".json").read_text())["plans"]
    built = build(path)
    storeys = built.building.storeys
    for storey, levels in zip(storeys, SHEETS[name], strict=True):
        assert (storey.elevation_m, storey.height_m) == pytest.approx(levels)
    moves = [f.details["shift_m"] for f in built.report.findings if f.code == "storey-aligned"]
    for move, plan in zip(moves, truth[1:], strict=True):
        assert move == pytest.approx([-c for c in plan["offset_m"]], abs=0.012)
