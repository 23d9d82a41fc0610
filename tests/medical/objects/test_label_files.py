"""Label maps and 3D Slicer's segmentations go out and come in, exactly."""

from __future__ import annotations

import json

import numpy as np
import pytest
import SimpleITK
from hypothesis import given, settings

from medical.objects import read_label_table, read_labels, write_labels
from medical.objects.tables import itk_snap_text
from medical.objects.write import flattened
from shared.affine import Affine
from shared.concept import Concept, Label, LabelTable
from shared.errors import (
    DamagedFileError,
    InputNotFoundError,
    NothingToBuildError,
    UnknownFormatError,
    UsageError,
)
from shared.segmentation import LabelMap, Segmentation
from shared.volume import Volume
from tests.fixtures.phantoms import grid_matrix
from tests.fixtures.strategies import rotations

SHAPE = (6, 8, 10)
LUNG = Concept(scheme="SCT", code="39607008", meaning="Lung")
TISSUE = Concept(scheme="SCT", code="85756007", meaning="Tissue")
TABLES = (
    LabelTable(
        (
            Label(value=2, name="lung_left", concept=LUNG, color=(0.25, 0.5, 0.75)),
            Label(value=300, name="vague", concept=TISSUE, color=(0.1, 0.2, 0.3)),
        )
    ),
    LabelTable((Label(value=5, name="nodule", color=(1.0, 0.0, 0.4)),)),
)


def made_on(matrix: np.ndarray) -> Segmentation:
    first, second = np.zeros(SHAPE, np.uint16), np.zeros(SHAPE, np.uint16)
    first[1:4, 2:5, 3:9], first[5, 0, 0] = 2, 300
    second[2:5, 4:7, 1:6] = 5
    layers = [
        LabelMap(values=values, affine=Affine(matrix), labels=table)
        for values, table in zip((first, second), TABLES, strict=True)
    ]
    return Segmentation(layers=tuple(layers))


def labels_in(found: Segmentation) -> dict[str, Label]:
    return {label.name: label for layer in found.layers for label in layer.labels}


def mask_in(found: Segmentation, name: str) -> np.ndarray:
    return next(
        layer.values == label.value
        for layer in found.layers
        for label in layer.labels
        if label.name == name
    )


@settings(max_examples=8)
@given(rotation=rotations())
def test_slicer_segmentations_come_back_exactly(tmp_path_factory, rotation):
    matrix = grid_matrix(SHAPE, (2.5, 0.7, 0.9), center=(5, -6, 7))
    matrix[:3] = rotation @ matrix[:3]
    made = made_on(matrix)
    path = tmp_path_factory.mktemp("seg") / "a.seg.nrrd"
    write_labels(made, path)
    back = read_labels(path)
    assert len(back.layers) == 2
    assert back.affine.isclose(made.affine, tolerance=1e-4)
    for before, after in zip(made.layers, back.layers, strict=True):
        np.testing.assert_array_equal(before.values, after.values)
        assert list(before.labels) == list(after.labels)


def test_another_reader_finds_slicers_fields(tmp_path):
    made = made_on(grid_matrix(SHAPE, (2.5, 0.7, 0.9)))
    write_labels(made, tmp_path / "a.seg.nrrd")
    image = SimpleITK.ReadImage(str(tmp_path / "a.seg.nrrd"))
    assert image.GetNumberOfComponentsPerPixel() == 2
    fields = {key: image.GetMetaData(key) for key in image.GetMetaDataKeys()}
    assert fields["Segment0_Extent"] == "3 8 2 4 1 3"
    assert fields["Segment2_Layer"] == "1"
    assert fields["Segment2_LabelValue"] == "5"
    assert "~SCT^39607008^Lung~SCT^7771000^Left~" in fields["Segment0_Tags"]
    values = SimpleITK.GetArrayFromImage(image)
    np.testing.assert_array_equal(values[..., 1], made.layers[1].values)


def test_what_slicer_writes_is_understood(tmp_path):
    """A header as 3D Slicer makes them: tissue by region, generated names, a gap in numbers."""
    values = np.zeros((3, 4, 5), np.uint8)
    values[1, 1], values[2, 2], values[0, 0, 0] = 1, 7, 9
    image = SimpleITK.GetImageFromArray(values)
    tissue = "SCT^85756007^Tissue"
    entry = f"list~{tissue}~{tissue}~^^~Anatomic codes~SCT^64033007^Kidney~SCT^24028007^Right"
    fields = {
        "Segment0_Name": "Kidney",
        "Segment0_LabelValue": "7",
        "Segment0_Color": "0.5 0.25 1.2",
        "Segment0_Tags": f"Segmentation.Status:completed|TerminologyEntry:{entry}|",
        "Segment4_Name": "My segment #1",
        "Segment4_LabelValue": "1",
        "Segment5_LabelValue": "2",
        "Segment5_Name": "Empty",
    }
    for key, text in fields.items():
        image.SetMetaData(key, text)
    SimpleITK.WriteImage(image, str(tmp_path / "a.seg.nrrd"))
    found = read_labels(tmp_path / "a.seg.nrrd")
    labels = labels_in(found)
    kidney = labels["kidney_right"]
    assert kidney.concept == Concept(scheme="SCT", code="64033007", meaning="Kidney")
    assert kidney.color == (0.5, 0.25, 1.0)
    assert labels["my_segment_1"].value == 1
    assert labels["layer_0_value_9"].value == 9
    assert {f.code for f in found.findings} == {"empty-label", "unnamed-labels"}


@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd", ".mha"])
def test_label_maps_come_back_with_their_names_and_codes(tmp_path, suffix):
    made = made_on(grid_matrix(SHAPE, (2.5, 0.7, 0.9)))
    (told,) = write_labels(made, tmp_path / f"a{suffix}")
    assert told.code == "labels-overlap"
    assert told.details["voxels"] == 2 * 1 * 3
    back = read_labels(tmp_path / f"a{suffix}")
    np.testing.assert_array_equal(back.layers[0].values, flattened(made).label_map.values)
    assert labels_in(back) == labels_in(made)
    assert {p.name for p in tmp_path.iterdir()} == {
        f"a{suffix}",
        "a.labels.json",
        "a.label.txt",
    }


def test_an_itk_snap_description_alone_gives_the_names(tmp_path):
    made = made_on(grid_matrix(SHAPE, (2.5, 0.7, 0.9)))
    write_labels(made, tmp_path / "a.nii.gz")
    (tmp_path / "a.labels.json").unlink()
    found = labels_in(read_labels(tmp_path / "a.nii.gz"))
    assert found["lung_left"].value == 2
    assert found["lung_left"].color == pytest.approx((0.25, 0.5, 0.75), abs=0.003)


def test_tables_of_other_programs_are_read(tmp_path):
    (tmp_path / "a.csv").write_text("group,original_idx,structure,id\norgans,1,Left kidney,3\n")
    (tmp_path / "a.ctbl").write_text("# Color table\n0 Background 0 0 0 0\n3 Liver 221 130 101 255")
    (tmp_path / "b.label").write_text(itk_snap_text(TABLES[0]))
    assert [(x.value, x.name) for x in read_label_table(tmp_path / "a.csv")] == [(3, "kidney_left")]
    (liver,) = read_label_table(tmp_path / "a.ctbl")
    assert (liver.name, liver.color) == ("liver", (221 / 255, 130 / 255, 101 / 255))
    assert [x.name for x in read_label_table(tmp_path / "b.label")] == ["lung_left", "vague"]
    (tmp_path / "c.txt").write_text("nothing of the kind")
    with pytest.raises(DamagedFileError):
        read_label_table(tmp_path / "c.txt")
    with pytest.raises(InputNotFoundError):
        read_label_table(tmp_path / "d.txt")


def test_a_table_can_be_named(tmp_path):
    made = made_on(grid_matrix(SHAPE, (2.5, 0.7, 0.9)))
    write_labels(made, tmp_path / "a.nii.gz")
    (tmp_path / "b.csv").write_text("value;name\n2;First\n5;Second\n")
    found = labels_in(read_labels(tmp_path / "a.nii.gz", table=tmp_path / "b.csv"))
    assert set(found) == {"first", "second", "vague"}


def test_labels_of_another_grid_are_brought_over_and_say_so(tmp_path):
    made = made_on(grid_matrix(SHAPE, (2.0, 2.0, 2.0)))
    write_labels(made, tmp_path / "a.seg.nrrd")
    shape = tuple(2 * n for n in SHAPE)
    source = Volume(values=np.zeros(shape, np.int16), affine=Affine(grid_matrix(shape, (1, 1, 1))))
    found = read_labels(tmp_path / "a.seg.nrrd", source=source)
    assert found.layers[0].shape == shape
    assert "labels-resampled" in {f.code for f in found.findings}
    assert mask_in(found, "nodule").sum() == 8 * mask_in(made, "nodule").sum()
    far = Volume(
        values=source.values, affine=Affine(grid_matrix(shape, (1, 1, 1), center=(99, 0, 0)))
    )
    with pytest.raises(NothingToBuildError):
        read_labels(tmp_path / "a.seg.nrrd", source=far)


def test_a_grid_that_only_runs_the_other_way_is_met_voxel_by_voxel(tmp_path):
    matrix = grid_matrix(SHAPE, (2.0, 1.5, 1.0), tilt_deg=12.0)
    made = made_on(matrix)
    write_labels(made, tmp_path / "a.seg.nrrd")
    turn = np.array([[1.0, 0, 0, 0], [0, 0, -1, SHAPE[1] - 1], [0, 1, 0, 0], [0, 0, 0, 1]])
    shape = (SHAPE[0], SHAPE[2], SHAPE[1])
    source = Volume(values=np.zeros(shape, np.int16), affine=Affine(matrix @ turn))
    found = read_labels(tmp_path / "a.seg.nrrd", source=source)
    assert not found.findings
    turned = made.layers[0].values[:, ::-1].transpose(0, 2, 1)
    np.testing.assert_array_equal(found.layers[0].values, turned)
    half = Volume(values=np.zeros((3, *SHAPE[1:]), np.int16), affine=Affine(matrix))
    (told,) = read_labels(tmp_path / "a.seg.nrrd", source=half).findings
    assert told.code == "labels-outside-volume"


def test_bad_files_are_told_in_words_and_none_is_left(tmp_path):
    made = made_on(np.eye(4))
    with pytest.raises(UsageError, match="DICOM"):
        write_labels(made, tmp_path / "a.dcm")
    with pytest.raises(UnknownFormatError):
        write_labels(made, tmp_path / "a.stl")
    empty = LabelMap(values=np.zeros(SHAPE, np.uint8), affine=Affine(np.eye(4)))
    with pytest.raises(NothingToBuildError):
        write_labels(Segmentation(layers=(empty,)), tmp_path / "a.nii.gz")
    assert not list(tmp_path.iterdir())
    with pytest.raises(InputNotFoundError):
        read_labels(tmp_path / "none.nii.gz")
    (tmp_path / "x.dcm").write_bytes(b"some bytes that are nothing")
    with pytest.raises(UnknownFormatError):
        read_labels(tmp_path / "x.dcm")
    (tmp_path / "x.seg.nrrd").write_bytes(b"NRRD0004\n")
    with pytest.raises(DamagedFileError):
        read_labels(tmp_path / "x.seg.nrrd")


def test_flattening_keeps_the_first_named_and_renumbers_only_what_clashes():
    made = made_on(np.eye(4))
    flat = flattened(made).label_map
    assert (flat.values == 2).sum() == (made.layers[0].values == 2).sum()
    clash = LabelTable((Label(value=2, name="nodule"),))
    second = LabelMap(
        values=(made.layers[1].values > 0).astype(np.uint8) * 2,
        affine=made.affine,
        labels=clash,
    )
    again = flattened(Segmentation(layers=(made.layers[0], second))).label_map
    assert [(x.value, x.name) for x in again.labels] == [
        (1, "lung_left"),
        (2, "vague"),
        (3, "nodule"),
    ]


@pytest.mark.real
def test_the_reference_label_map_is_the_object(real_data):
    folder = real_data / "medical" / "seg_objects" / "ct_3slice"
    truth = json.loads((folder.parent / "truth.json").read_text())["objects"]["liver"]
    by_map, by_seg = read_labels(folder / "liver_seg.nrrd"), read_labels(folder / "liver_seg.dcm")
    np.testing.assert_array_equal(by_map.layers[0].values != 0, by_seg.layers[0].values != 0)
    assert by_map.affine.isclose(by_seg.affine, tolerance=1e-3)
    counts = (by_map.layers[0].values != 0).sum(axis=(1, 2)).tolist()
    assert counts == truth["reference_label_map"]["voxels_per_slice_ascending_z"]
