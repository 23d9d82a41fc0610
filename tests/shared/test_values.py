"""Value types are valid from birth."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from shared.affine import Affine
from shared.concept import Concept, Label, LabelTable
from shared.errors import FrameMismatchError, InvalidValueError
from shared.finding import Finding, Severity, note, warning
from shared.frame import BUILDING_ENU_M, PATIENT_LPS_MM
from shared.mesh import Mesh
from shared.provenance import Provenance, Source, digest_files
from shared.scene import Part, Scene
from shared.segmentation import LabelMap, LevelField, Segmentation
from shared.volume import Quantity, Volume

IDENTITY = Affine.identity()
BONE = Label(value=1, name="bone")
SKIN = Label(value=2, name="skin")
TETRAHEDRON = Mesh(
    vertices=np.eye(4, 3, dtype=np.float32), faces=[[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]]
)


def label_map(values: np.ndarray, *labels: Label) -> LabelMap:
    return LabelMap(values=values, affine=IDENTITY, labels=LabelTable(labels))


def test_values_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        BONE.name = "skull"  # type: ignore[misc]


@pytest.mark.parametrize("shape", [(0, 2, 2), (2, 2), (1, 2, 3, 4)])
def test_a_volume_is_a_non_empty_grid(shape: tuple[int, ...]) -> None:
    with pytest.raises(InvalidValueError):
        Volume(values=np.zeros(shape), affine=IDENTITY)


def test_a_volume_holds_real_numbers() -> None:
    with pytest.raises(InvalidValueError):
        Volume(values=np.zeros((2, 2, 2), complex), affine=IDENTITY)


@given(hnp.arrays(float, 3, elements=st.floats(0.1, 5)))
def test_voxel_volume_is_the_product_of_spacings(spacing: np.ndarray) -> None:
    affine = Affine.from_parts(spacing=spacing, origin=(0, 0, 0), direction=np.eye(3))
    volume = Volume(values=np.zeros((2, 2, 2), np.int16), affine=affine, quantity=Quantity.HU)
    assert volume.voxel_volume_ml == pytest.approx(spacing.prod() / 1000)


@given(
    hnp.arrays(
        st.sampled_from([np.uint8, np.int16, np.int64]), (2, 3, 4), elements=st.integers(0, 3)
    )
)
def test_every_value_of_a_label_map_has_a_label(values: np.ndarray) -> None:
    present = set(np.unique(values).tolist()) - {0}
    labels = [Label(value=value, name=f"label_{value}") for value in sorted(present)]
    assert label_map(values, *labels).labels.values == present
    if labels:
        with pytest.raises(InvalidValueError):
            label_map(values, *labels[1:])


def test_names_and_values_of_a_table_are_unique() -> None:
    with pytest.raises(InvalidValueError):
        LabelTable((BONE, replace(BONE, value=2)))
    with pytest.raises(InvalidValueError):
        LabelTable((BONE, replace(SKIN, value=1)))
    assert LabelTable((BONE, SKIN)).by_name("skin") is SKIN
    assert LabelTable((BONE, SKIN)).by_value(1) is BONE


@pytest.mark.parametrize("name", ["Bone", "left bone", "", "bone__left", "_bone"])
def test_label_names_are_snake_case(name: str) -> None:
    with pytest.raises(InvalidValueError):
        Label(value=1, name=name)


def test_background_has_no_label() -> None:
    with pytest.raises(InvalidValueError):
        Label(value=0, name="background")


def test_a_concept_is_complete() -> None:
    with pytest.raises(InvalidValueError):
        Concept(scheme="SCT", code="", meaning="Bone")


def test_layers_of_a_segmentation_share_their_grid_and_may_overlap() -> None:
    ones = np.ones((2, 2, 2), np.uint8)
    overlapping = Segmentation(layers=(label_map(ones, BONE), label_map(2 * ones, SKIN)))
    assert overlapping.affine.isclose(IDENTITY)
    with pytest.raises(FrameMismatchError):
        Segmentation(layers=(label_map(ones, BONE), label_map(2 * np.ones((3, 2, 2), int), SKIN)))
    with pytest.raises(InvalidValueError):
        Segmentation(layers=(label_map(ones, BONE), label_map(ones, BONE)))


def test_a_field_belongs_to_a_label_and_its_grid() -> None:
    layer = label_map(np.ones((2, 2, 2), np.uint8), BONE)
    field = LevelField(values=np.zeros((2, 2, 2)), level=0.5)
    assert Segmentation(layers=(layer,), fields={"bone": field}).fields["bone"] is field
    with pytest.raises(InvalidValueError):
        Segmentation(layers=(layer,), fields={"skin": field})
    with pytest.raises(InvalidValueError):
        Segmentation(layers=(layer,), fields={"bone": replace(field, values=np.zeros((2, 2, 3)))})


def test_a_mesh_names_only_vertices_it_has() -> None:
    with pytest.raises(InvalidValueError):
        replace(TETRAHEDRON, faces=np.array([[0, 1, 4]]))
    with pytest.raises(InvalidValueError):
        replace(TETRAHEDRON, faces=np.array([[0, 1, -1]]))
    with pytest.raises(InvalidValueError):
        replace(TETRAHEDRON, vertices=np.full((4, 3), np.nan))
    with pytest.raises(InvalidValueError):
        replace(TETRAHEDRON, colors=np.zeros((3, 3), np.uint8))


def test_an_empty_mesh_is_a_mesh_without_bounds() -> None:
    empty = Mesh(vertices=np.zeros((0, 3)), faces=np.zeros((0, 3)))
    assert empty.is_empty
    with pytest.raises(InvalidValueError):
        empty.bounds()


def test_paths_of_a_scene_are_unique_and_in_one_frame() -> None:
    part = Part(path="/bone", mesh=TETRAHEDRON, label=BONE)
    with pytest.raises(InvalidValueError):
        Scene(title="t", frame=PATIENT_LPS_MM, parts=(part, part))
    with pytest.raises(FrameMismatchError):
        Scene(title="t", frame=BUILDING_ENU_M, parts=(part,))


@pytest.mark.parametrize("path", ["bone", "/", "/a//b", "/a/", "", "/ a"])
def test_part_paths_are_absolute_and_whole(path: str) -> None:
    with pytest.raises(InvalidValueError):
        Part(path=path, mesh=TETRAHEDRON, label=BONE)


def test_findings_are_plain_data() -> None:
    found = warning("thick-slices", "Slices are 5 mm apart.", place=(1, 2, 3), details={"mm": 5})
    assert found.severity is Severity.WARNING
    assert found.as_dict()["place"] == [1.0, 2.0, 3.0]
    assert note("a-b", "x").severity is Severity.NOTE
    with pytest.raises(InvalidValueError):
        Finding(code="Not Kebab", message="x")


def test_provenance_only_grows(tmp_path) -> None:
    source = Source(kind="dxf", sha256="0" * 64)
    first = Provenance().with_source(source).with_step("read", tolerance_mm=1.0)
    second = first.with_step("extrude")
    assert [step.name for step in first.steps] == ["read"]
    assert [step.name for step in (first + second).steps] == ["read", "extrude"]
    assert (first + second).sources == (source,)
    a, b = tmp_path / "a", tmp_path / "b"
    a.write_bytes(b"1")
    b.write_bytes(b"2")
    assert digest_files([a, b]) == digest_files([b, a]) != digest_files([a])
