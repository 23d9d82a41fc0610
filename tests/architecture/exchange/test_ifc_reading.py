from __future__ import annotations

import ifcopenshell
import ifcopenshell.api.aggregate
import ifcopenshell.api.context
import ifcopenshell.api.geometry
import ifcopenshell.api.project
import ifcopenshell.api.root
import ifcopenshell.api.spatial
import ifcopenshell.api.unit
import ifcopenshell.util.element
import numpy as np
import pytest

from architecture import raise_building, read_ifc, to_scene, write_ifc
from shared.errors import DamagedFileError, InputNotFoundError, NothingToBuildError
from tests.fixtures.plans import RowHouse, row_house
from tests.fixtures.solids import is_closed_manifold, volume_of

HOUSE = raise_building([row_house(RowHouse(column=True)), row_house(name="Upper floor")])


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("ifc") / "house.ifc"
    write_ifc(HOUSE, path)
    return path


def test_our_own_file_comes_back_as_the_scene_it_was_written_from(path):
    wrote, read = to_scene(HOUSE, spaces=True), read_ifc(path, spaces=True)
    assert len(read.parts) == len(wrote.parts)
    assert read.findings == ()
    volumes = sorted(volume_of(part.mesh) for part in wrote.parts)
    assert sorted(volume_of(part.mesh) for part in read.parts) == pytest.approx(volumes, rel=1e-3)
    assert all(is_closed_manifold(part.mesh) for part in read.parts)


def test_parts_know_class_storey_name_and_property_sets(path):
    parts = {part.path: part for part in read_ifc(path, spaces=True).parts}
    wall = parts["/Upper floor/wall_0"]
    assert wall.label.concept.code == wall.properties["class"] == "IfcWall"
    assert wall.properties["Pset_WallCommon"] == {"IsExternal": True}
    space = next(p for p in parts.values() if p.properties.get("long_name") == "Living room")
    assert space.label.name == "space"


def test_colors_and_glass_come_back(path):
    wrote, read = to_scene(HOUSE), read_ifc(path)
    looks = [
        {(p.label.name, p.label.value, p.label.color, p.opacity) for p in scene.parts}
        for scene in (wrote, read)
    ]
    assert looks[0] == looks[1]


def test_every_part_is_named_as_it_was_written(path):
    def names(scene):
        facts = [(part.properties, part.label.name) for part in scene.parts]
        return sorted((fact["class"], label, fact["name"]) for fact, label in facts)

    read = read_ifc(path)
    assert names(read) == names(to_scene(HOUSE))
    assert all(part.properties["name"] in part.path.split("/")[2] for part in read.parts)
    panes = [part for part in read.parts if part.label.name == "glass"]
    assert panes
    assert all(part.path.endswith("/glass") for part in panes)


def test_rooms_and_voids_stay_out_unless_asked(path):
    assert {p.label.name for p in read_ifc(path).parts} == {
        "wall", "door", "window", "glass", "slab", "column",
    }  # fmt: skip


def other_peoples_file(path, schema="IFC4X3", place_mm=(0.0, 0.0, 0.0)):
    """A wall of 4 × 0.2 × 3 m as others write it: millimetres, another schema, no color."""
    model = ifcopenshell.api.project.create_file(version=schema)
    project = ifcopenshell.api.root.create_entity(model, ifc_class="IfcProject", name="P")
    ifcopenshell.api.unit.assign_unit(model)
    context = ifcopenshell.api.context.add_context(model, context_type="Model")
    body = ifcopenshell.api.context.add_context(
        model, context_type="Model", context_identifier="Body", target_view="MODEL_VIEW",
        parent=context,
    )  # fmt: skip
    storey = ifcopenshell.api.root.create_entity(model, ifc_class="IfcBuildingStorey", name="EG/1")
    ifcopenshell.api.aggregate.assign_object(model, relating_object=project, products=[storey])
    for _ in range(2):
        wall = ifcopenshell.api.root.create_entity(model, ifc_class="IfcWall", name="Wand")
        shape = ifcopenshell.api.geometry.add_wall_representation(
            model, context=body, length=4.0, height=3.0, thickness=0.2
        )
        ifcopenshell.api.geometry.assign_representation(model, product=wall, representation=shape)
        matrix = np.eye(4)
        matrix[:3, 3] = place_mm
        ifcopenshell.api.geometry.edit_object_placement(
            model, product=wall, matrix=matrix, is_si=False
        )
        ifcopenshell.api.spatial.assign_container(model, relating_structure=storey, products=[wall])
    model.write(str(path))


def test_another_schema_and_unit_is_read_in_metres(tmp_path):
    other_peoples_file(tmp_path / "other.ifc")
    scene = read_ifc(tmp_path / "other.ifc")
    assert [part.path for part in scene.parts] == ["/EG_1/Wand", "/EG_1/Wand (2)"]
    assert [volume_of(part.mesh) for part in scene.parts] == pytest.approx([2.4, 2.4])
    assert scene.parts[0].label.name == "wall"
    assert scene.parts[0].label.concept.scheme == "IFC4X3"


def test_unnamed_products_storeys_of_one_name_and_unnamed_styles_have_readable_paths(tmp_path):
    path = tmp_path / "bare.ifc"
    other_peoples_file(path)
    model = ifcopenshell.open(str(path))
    upper = ifcopenshell.api.root.create_entity(model, ifc_class="IfcBuildingStorey", name="EG/1")
    project = model.by_type("IfcProject")[0]
    ifcopenshell.api.aggregate.assign_object(model, relating_object=project, products=[upper])
    first, second = model.by_type("IfcWall")
    first.Name = second.Name = None
    ifcopenshell.api.spatial.assign_container(model, relating_structure=upper, products=[second])
    extra = ifcopenshell.util.element.copy_deep(model, first.Representation.Representations[0])
    body = first.Representation.Representations[0]
    body.Items = [*body.Items, *extra.Items]
    for item, transparency in zip(body.Items, (0.5, 0.0), strict=True):
        rendering = model.create_entity(
            "IfcSurfaceStyleRendering",
            SurfaceColour=model.create_entity("IfcColourRgb", Red=0.2, Green=0.4, Blue=0.6),
            Transparency=transparency,
            ReflectanceMethod="NOTDEFINED",
        )
        style = model.create_entity("IfcSurfaceStyle", Side="BOTH", Styles=[rendering])
        model.create_entity("IfcStyledItem", Item=item, Styles=[style])
    model.write(str(path))
    parts = read_ifc(path).parts
    assert [(part.path, part.label.name, part.opacity) for part in parts] == [
        ("/EG_1/wall", "wall", 1.0),
        ("/EG_1/wall/surface", "wall", 0.5),
        ("/EG_1 (2)/wall", "wall", 1.0),
    ]
    assert parts[0].properties["global_id"] == first.GlobalId
    assert "name" not in parts[0].properties


def test_a_file_in_national_coordinates_is_brought_near(tmp_path):
    other_peoples_file(tmp_path / "far.ifc", place_mm=(4.5e9, 5.7e9, 0.0))
    scene = read_ifc(tmp_path / "far.ifc")
    assert np.abs(scene.parts[0].mesh.vertices).max() < 10
    assert scene.properties["offset_m"][0] == pytest.approx(4.5e6, abs=10)
    assert volume_of(scene.parts[0].mesh) == pytest.approx(2.4, rel=1e-4)


def test_what_is_no_ifc_file_is_refused(tmp_path, path):
    with pytest.raises(InputNotFoundError):
        read_ifc(tmp_path / "none.ifc")
    for content in (b"", b"not a model at all", path.read_bytes()[:300]):
        (tmp_path / "bad.ifc").write_bytes(content)
        with pytest.raises(DamagedFileError):
            read_ifc(tmp_path / "bad.ifc")


def test_a_file_cut_in_half_gives_an_error_or_what_is_left(tmp_path, path):
    content = path.read_bytes()
    (tmp_path / "half.ifc").write_bytes(content[: len(content) // 2])
    try:
        scene = read_ifc(tmp_path / "half.ifc")
    except (DamagedFileError, NothingToBuildError):
        return
    assert 0 < len(scene.parts) < 40


def test_a_file_without_bodies_is_nothing_to_look_at(tmp_path):
    model = ifcopenshell.api.project.create_file()
    ifcopenshell.api.root.create_entity(model, ifc_class="IfcProject", name="P")
    model.write(str(tmp_path / "empty.ifc"))
    with pytest.raises(NothingToBuildError):
        read_ifc(tmp_path / "empty.ifc")
