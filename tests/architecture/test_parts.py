from __future__ import annotations

from collections import Counter

import pytest
import trimesh

from architecture import raise_building, to_scene, to_solid
from architecture.parts import LABELS
from shared.formats import read_scene, write_scene
from shared.frame import BUILDING_ENU_M
from tests.fixtures.plans import RowHouse, messy_plan, row_house
from tests.fixtures.solids import is_closed_manifold, volume_of

HOUSE = raise_building([row_house(RowHouse(column=True)), row_house()], flat_roof=True)
SCENE = to_scene(HOUSE, spaces=True)


def test_every_part_is_a_closed_manifold():
    assert all(is_closed_manifold(part.mesh) for part in SCENE.parts)


def test_parts_are_named_by_storey_and_element():
    paths = {part.path for part in SCENE.parts}
    assert {"/storey_0/wall_3", "/storey_1/door_0", "/storey_0/window_0/pane"} <= paths
    assert SCENE.frame == BUILDING_ENU_M


def test_there_is_one_part_for_each_element():
    counts = Counter(part.label.name for part in SCENE.parts)
    assert counts == {
        "wall": 12, "door": 6, "window": 6, "glass": 6, "slab": 2, "roof": 1, "column": 1,
        "space": 6,
    }  # fmt: skip


def test_rooms_stay_out_unless_asked():
    assert "space" not in {part.label.name for part in to_scene(HOUSE).parts}


def test_volumes_are_those_of_the_elements():
    parts = {part.path: part for part in SCENE.parts}
    for number, storey in enumerate(HOUSE.storeys):
        for wall in storey.walls:
            mesh = parts[f"/storey_{number}/{wall.id}"].mesh
            assert volume_of(mesh) == pytest.approx(wall.net_volume_m3, rel=1e-4)
        for space in storey.spaces:
            mesh = parts[f"/storey_{number}/{space.id}"].mesh
            assert volume_of(mesh) == pytest.approx(space.area_m2 * 2.5, rel=1e-4)


def test_labels_carry_ifc_classes_and_properties_the_facts():
    door = next(part for part in SCENE.parts if part.path == "/storey_0/door_1")
    assert door.label.concept.code == door.properties["class"] == "IfcDoor"
    assert door.properties["width_m"] == 0.9
    assert door.properties["operation"] == "SINGLE_SWING_LEFT"
    assert door.properties["storey"] == "Ground floor"
    assert all(part.label in LABELS.labels for part in SCENE.parts)


def test_glass_is_seen_through_and_walls_are_not():
    opacity = {part.label.name: part.opacity for part in SCENE.parts}
    assert opacity["glass"] < 0.5
    assert opacity["wall"] == 1.0


def test_a_house_for_a_printer_is_one_closed_solid_of_the_volume_of_its_parts(tmp_path):
    scene = to_solid(HOUSE)
    mesh = scene.parts[0].mesh
    assert is_closed_manifold(mesh)
    parts = [p.mesh for p in SCENE.parts if p.label.name != "space"]
    assert volume_of(mesh) == pytest.approx(sum(map(volume_of, parts)), rel=1e-3)
    write_scene(scene, tmp_path / "house.stl")
    printed = trimesh.load(tmp_path / "house.stl")
    assert printed.is_watertight
    assert printed.volume == pytest.approx(1e9 * volume_of(mesh), rel=1e-4)


def test_a_turned_house_of_many_touching_parts_is_one_closed_solid():
    house = RowHouse(turned_deg=31.4, moved_m=(17.3, -4.9), widths_m=(3.0, 4.1, 2.2, 5.0))
    assert is_closed_manifold(to_solid(raise_building([row_house(house)] * 2)).parts[0].mesh)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_a_plan_holds_the_meshes_are_closed(seed):
    building = raise_building([messy_plan(seed), messy_plan(seed + 100)], flat_roof=True)
    for part in (*to_scene(building, spaces=True).parts, *to_solid(building).parts):
        assert is_closed_manifold(part.mesh), part.path


def test_a_building_survives_a_glb_file(tmp_path):
    write_scene(SCENE, tmp_path / "house.glb")
    back = {part.path: part for part in read_scene(tmp_path / "house.glb").parts}
    assert back.keys() == {part.path for part in SCENE.parts}
    assert back["/storey_0/window_0/pane"].label.name == "glass"
    assert back["/storey_0/room_0"].properties["area_m2"] == pytest.approx(20 - 0.09)
