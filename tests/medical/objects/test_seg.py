"""Segmentation objects land where their frames say, whatever the order, direction or tilt."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import medical
from medical.dicom import choose_series, find_series, read_series
from medical.errors import SliceGeometryError, UnreadablePixelsError
from medical.objects import read_seg, write_seg
from shared.affine import Affine
from shared.concept import Concept, Label, LabelTable
from shared.errors import (
    DamagedFileError,
    FrameMismatchError,
    NothingToBuildError,
    ToolkitError,
    UsageError,
)
from shared.segmentation import LabelMap, LevelField, Segmentation
from shared.volume import Volume
from tests.fixtures.phantoms import grid_matrix, write_dicom_series
from tests.fixtures.seg_objects import segment_item, write_seg_by_hand
from tests.fixtures.strategies import rotations

SHAPE = (5, 7, 9)
SPACING_MM = (2.5, 0.75, 1.25)
AXIAL = grid_matrix(SHAPE, (2.0, 1.0, 1.0))


def masks_of(seed: int, count: int = 3, shape: tuple[int, int, int] = SHAPE) -> list[np.ndarray]:
    chance = np.random.default_rng(seed)
    masks = [chance.random(shape) < 0.3 for _ in range(count)]
    for mask in masks:
        mask[chance.integers(shape[0])] = False
        mask[0, 1, 2] = mask[-1, 2, 1] = True
    return masks


def mask_of(found: Segmentation, name: str) -> np.ndarray:
    for layer in found.layers:
        for label in layer.labels:
            if label.name == name:
                return layer.values == label.value
    raise AssertionError(name)


def world_points(mask: np.ndarray, affine: Affine) -> np.ndarray:
    points = affine.apply(np.argwhere(mask))
    return points[np.lexsort(np.round(points, 3).T)]


@settings(max_examples=20)
@given(
    rotation=rotations(),
    tilt_deg=st.sampled_from([0.0, 18.0]),
    seed=st.integers(0, 99),
    with_step=st.booleans(),
)
def test_frames_in_any_order_and_direction_stand_where_they_say(
    tmp_path_factory, rotation, tilt_deg, seed, with_step
):
    matrix = grid_matrix(SHAPE, SPACING_MM, center=(30, -40, 50), tilt_deg=tilt_deg)
    matrix[:3] = rotation @ matrix[:3]
    masks = masks_of(seed)
    order = np.random.default_rng(seed).permutation(len(masks) * SHAPE[0])
    path = tmp_path_factory.mktemp("seg") / "object"
    step = abs(np.linalg.det(matrix[:3, :3])) / 0.75 / 1.25 if with_step else None
    write_seg_by_hand(path, masks, matrix, order=order, step_mm=step)
    found = read_seg(path)
    for number, mask in enumerate(masks, start=1):
        own = world_points(mask_of(found, f"part_{number}"), found.affine)
        np.testing.assert_allclose(own, world_points(mask, Affine(matrix)), atol=0.01)


@settings(max_examples=20)
@given(
    axes=st.permutations([0, 1, 2]),
    flips=st.tuples(*[st.sampled_from([1, -1])] * 3),
    tilt_deg=st.sampled_from([0.0, 15.0]),
    seed=st.integers(0, 99),
)
def test_on_the_grid_of_its_source_any_turn_of_the_object_is_exact(
    tmp_path_factory, axes, flips, tilt_deg, seed
):
    """Also where the object is cut along other planes than its source."""
    matrix = grid_matrix(SHAPE, SPACING_MM, center=(3, 4, 5), tilt_deg=tilt_deg)
    if tilt_deg:
        axes = [0, 1, 2]  # a tilted stack has no other planes at right angles
    source = Volume(values=np.zeros(SHAPE, np.int16), affine=Affine(matrix))
    masks = masks_of(seed)
    turned = [np.flip(m.transpose(axes), [a for a in range(3) if flips[a] < 0]) for m in masks]
    step = np.zeros((4, 4))
    step[3, 3] = 1.0
    for to, (axis, sign) in enumerate(zip(axes, flips, strict=True)):
        step[axis, to] = sign
        step[axis, 3] = SHAPE[axis] - 1 if sign < 0 else 0
    path = tmp_path_factory.mktemp("seg") / "object"
    write_seg_by_hand(path, turned, matrix @ step)
    found = read_seg(path, source=source)
    assert found.layers[0].shape == SHAPE
    for number, mask in enumerate(masks, start=1):
        np.testing.assert_array_equal(mask_of(found, f"part_{number}"), mask)


def test_overlapping_segments_need_layers_and_apart_ones_share_one(tmp_path):
    first = np.zeros(SHAPE, bool)
    first[1:4, 1:4, 1:5] = True
    second, third = np.roll(first, 1, axis=2), np.zeros(SHAPE, bool)
    third[:, 6, 8] = True
    path = write_seg_by_hand(tmp_path / "a", [first, second, third], AXIAL)
    found = read_seg(path)
    assert [[label.value for label in layer.labels] for layer in found.layers] == [[1, 3], [2]]


def test_a_plane_left_out_between_two_shown_is_empty(tmp_path):
    mask = np.zeros(SHAPE, bool)
    mask[[0, 4], 2:4, 2:5] = True
    path = write_seg_by_hand(tmp_path / "a", [mask], AXIAL, step_mm=2.0)
    found = read_seg(path)
    assert found.layers[0].shape == SHAPE
    np.testing.assert_array_equal(mask_of(found, "part_1"), mask)


def test_gaps_of_two_and_three_steps_tell_the_step(tmp_path):
    mask = np.zeros((6, 7, 9), bool)
    mask[[0, 2, 5], 2:4, 2:5] = True
    found = read_seg(write_seg_by_hand(tmp_path / "a", [mask], AXIAL))
    np.testing.assert_array_equal(mask_of(found, "part_1"), mask)


def test_a_label_map_knows_its_background_and_its_values(tmp_path):
    values = np.zeros(SHAPE, np.uint8)
    values[1, 1:3], values[2, 4:6], values[:, 0, 0] = 4, 9, 2
    background = segment_item(2, "Background")
    background.SegmentedPropertyTypeCodeSequence[0].CodeValue = "125040"
    background.SegmentedPropertyTypeCodeSequence[0].CodingSchemeDesignator = "DCM"
    segments = [background, segment_item(4, "Left lung"), segment_item(9, "Other")]
    path = write_seg_by_hand(tmp_path / "a", [values], AXIAL, kind="LABELMAP", segments=segments)
    found = read_seg(path)
    np.testing.assert_array_equal(mask_of(found, "lung_left"), values == 4)
    np.testing.assert_array_equal(mask_of(found, "other"), values == 9)


def test_fractions_are_a_field_whose_half_is_the_surface(tmp_path):
    fraction = np.random.default_rng(0).integers(0, 201, SHAPE) / 200
    path = write_seg_by_hand(tmp_path / "a", [fraction], AXIAL, kind="FRACTIONAL", keep_empty=True)
    found = read_seg(path)
    field = found.fields["part_1"]
    np.testing.assert_allclose(field.values, fraction, atol=1e-6)
    np.testing.assert_array_equal(mask_of(found, "part_1"), fraction >= field.level)


def test_sides_told_by_a_modifier_become_part_of_the_name(tmp_path):
    segments = [segment_item(1, "Lung", "Left"), segment_item(2, "Lung", "Right")]
    path = write_seg_by_hand(tmp_path / "a", masks_of(1, 2), np.eye(4), segments=segments)
    names = {label.name for layer in read_seg(path).layers for label in layer.labels}
    assert names == {"lung_left", "lung_right"}


def test_an_object_on_another_grid_is_resampled_and_says_so(tmp_path):
    mask = np.zeros((8, 8, 8), bool)
    mask[2:6, 2:6, 2:6] = True
    path = write_seg_by_hand(tmp_path / "a", [mask], np.diag([2.0, 2, 2, 1]))
    finer = np.diag([1.0, 1, 1, 1])
    finer[:3, 3] = -0.5
    source = Volume(values=np.zeros((16, 16, 16), np.int16), affine=Affine(finer))
    found = read_seg(path, source=source)
    assert "labels-resampled" in {f.code for f in found.findings}
    np.testing.assert_array_equal(
        mask_of(found, "part_1"), mask.repeat(2, 0).repeat(2, 1).repeat(2, 2)
    )


def test_voxels_outside_of_the_source_are_told(tmp_path):
    mask = np.ones(SHAPE, bool)
    path = write_seg_by_hand(tmp_path / "a", [mask], np.eye(4))
    source = Volume(values=np.zeros((5, 7, 4), np.int16), affine=Affine.identity())
    found = read_seg(path, source=source)
    (told,) = [f for f in found.findings if f.code == "labels-outside-volume"]
    assert told.details["voxels"] == 5 * 7 * 5


def test_bad_objects_are_told_in_words(tmp_path):
    from pydicom import dcmread

    path = write_seg_by_hand(tmp_path / "a", masks_of(1), np.eye(4), frame_of_reference="1.2.3")
    dataset = dcmread(path)
    dataset.PixelData = dataset.PixelData[:10]
    dataset.save_as(tmp_path / "cut")
    with pytest.raises(UnreadablePixelsError, match="ends within"):
        read_seg(tmp_path / "cut")
    del dataset.PerFrameFunctionalGroupsSequence[-1]
    dataset.save_as(tmp_path / "less")
    with pytest.raises(DamagedFileError, match="frames"):
        read_seg(tmp_path / "less")
    (tmp_path / "text").write_text("no DICOM")
    with pytest.raises(ToolkitError):
        read_seg(tmp_path / "text")
    from medical.objects.seg import frame_with_uid

    other = Volume(values=np.zeros(SHAPE, np.int16), affine=Affine.identity())
    other = Volume(values=other.values, affine=other.affine, frame=frame_with_uid("9.9"))
    with pytest.raises(FrameMismatchError):
        read_seg(path, source=other)
    mask = np.zeros(SHAPE, bool)
    mask[2, 2, 2] = True
    single = write_seg_by_hand(tmp_path / "one", [mask], np.eye(4))
    one = dcmread(single)
    del one.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].SliceThickness
    one.save_as(single)
    with pytest.raises(SliceGeometryError, match="single plane"):
        read_seg(single)
    far = grid_matrix(SHAPE, (1, 1, 1), center=(1000, 0, 0))
    with pytest.raises(NothingToBuildError):
        read_seg(
            write_seg_by_hand(tmp_path / "far", [mask], far),
            source=Volume(values=np.zeros(SHAPE, np.int16), affine=Affine.identity()),
        )


LABELS = LabelTable(
    (
        Label(
            value=3,
            name="lung_left",
            concept=Concept(scheme="SCT", code="39607008", meaning="Lung"),
            color=(0.7, 0.3, 0.1),
        ),
        Label(value=5, name="nodule", color=(0.1, 0.9, 0.25)),
    )
)


@pytest.fixture(scope="module", params=[0.0, 18.5], ids=["straight", "tilted"])
def scan(request, tmp_path_factory):
    """A series in sagittal planes or with a tilted gantry, its volume, and labels on it."""
    folder = tmp_path_factory.mktemp("scan")
    chance = np.random.default_rng(5)
    values = chance.integers(-1000, 1000, (12, 20, 18)).astype(np.int16)
    kind = "axial" if request.param else "sagittal"
    matrix = grid_matrix(
        values.shape, (2.5, 0.8, 0.9), center=(9, 8, 7), orientation=kind, tilt_deg=request.param
    )
    write_dicom_series(folder, values, matrix, patient_name="Doe^Jane", patient_id="ID-7")
    series = choose_series(find_series(folder)).series
    volume = read_series(series)
    labels = np.zeros(volume.shape, np.uint8)
    labels[3:9, 4:9, 5:15], labels[2, 3:15, 3], labels[10, 12:19, 10:12] = 3, 5, 5
    layer = LabelMap(values=labels, affine=volume.affine, frame=volume.frame, labels=LABELS)
    return series, volume, Segmentation(layers=(layer,))


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
def test_what_is_written_is_read_back_exactly(scan, tmp_path, kind):
    series, volume, made = scan
    write_seg(made, tmp_path / "a.dcm", source=series, kind=kind)
    back = read_seg(tmp_path / "a.dcm", source=volume)
    assert not back.findings
    for label in LABELS:
        np.testing.assert_array_equal(mask_of(back, label.name), mask_of(made, label.name))
    found = {label.name: label for layer in back.layers for label in layer.labels}
    assert found["lung_left"].concept == LABELS.by_name("lung_left").concept
    assert found["lung_left"].color == pytest.approx((0.7, 0.3, 0.1), abs=0.002)
    own = read_seg(tmp_path / "a.dcm")
    for label in LABELS:
        np.testing.assert_allclose(
            world_points(mask_of(own, label.name), own.affine),
            world_points(mask_of(made, label.name), volume.affine),
            atol=0.01,
        )


def test_highdicom_finds_segments_and_sources_in_place(scan, tmp_path):
    from highdicom.seg import segread

    series, _, made = scan
    write_seg(made, tmp_path / "a.dcm", source=series)
    read = segread(tmp_path / "a.dcm")
    assert str(read.PatientName) == "Doe^Jane"
    assert read.StudyInstanceUID == series.study_uid
    sources = {uid for *_, uid in read.get_source_image_uids()}
    assert sources <= {header.sop_instance_uid for header in series.slices}
    seen = 0
    for frame, plane in zip(read.PerFrameFunctionalGroupsSequence, read.pixel_array, strict=True):
        at = frame.PlanePositionSequence[0].ImagePositionPatient
        k = int(np.linalg.norm(series.positions_mm - np.array(at, float), axis=1).argmin())
        number = frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        value = {1: 3, 2: 5}[number]
        np.testing.assert_array_equal(plane != 0, made.layers[0].values[k] == value)
        (image,) = frame.DerivationImageSequence[0].SourceImageSequence
        assert image.ReferencedSOPInstanceUID == series.slices[k].sop_instance_uid
        seen += 1
    assert seen == sum((made.layers[0].values == v).any(axis=(1, 2)).sum() for v in (3, 5))


def test_deidentified_objects_lead_nowhere(scan, tmp_path):
    series, _, made = scan
    write_seg(made, tmp_path / "a.dcm", source=series, deidentify=True)
    data = (tmp_path / "a.dcm").read_bytes()
    traces = ["Doe", "ID-7", series.uid, series.study_uid, series.frame_of_reference_uid]
    traces += [header.sop_instance_uid for header in series.slices]
    assert not [trace for trace in traces if trace and trace.encode() in data]
    assert read_seg(tmp_path / "a.dcm").layers


def test_overlaps_and_probabilities_survive(scan, tmp_path):
    series, volume, made = scan
    first = made.layers[0]
    values = np.roll(first.values, 2, axis=1)
    values[values == 5] = 0
    table = LabelTable((Label(value=3, name="moved"),))
    second = LabelMap(values=values, affine=first.affine, frame=first.frame, labels=table)
    both = Segmentation(layers=(first, second))
    write_seg(both, tmp_path / "a.dcm", source=series)
    back = read_seg(tmp_path / "a.dcm", source=volume)
    for name in ("lung_left", "nodule", "moved"):
        np.testing.assert_array_equal(mask_of(back, name), mask_of(both, name))
    with pytest.raises(UsageError, match="overlap"):
        write_seg(both, tmp_path / "b.dcm", source=series, kind="LABELMAP")
    share = np.where(values == 3, 0.8, 0.0).astype(np.float32)
    field = LevelField(values=share, level=0.5)
    write_seg(
        Segmentation(layers=(second,), fields={"moved": field}),
        tmp_path / "c.dcm",
        source=series,
        kind="FRACTIONAL",
    )
    again = read_seg(tmp_path / "c.dcm", source=volume)
    np.testing.assert_allclose(again.fields["moved"].values, share, atol=0.003)


def test_nothing_and_a_foreign_grid_are_refused_without_a_file(scan, tmp_path):
    series, volume, made = scan
    empty = LabelMap(
        values=np.zeros(volume.shape, np.uint8), affine=volume.affine, frame=volume.frame
    )
    with pytest.raises(NothingToBuildError):
        write_seg(Segmentation(layers=(empty,)), tmp_path / "a.dcm", source=series)
    beside = np.zeros((4, 4))
    beside[:3, 3] = series.orientation[:3]
    other = LabelMap(
        values=made.layers[0].values,
        affine=Affine(volume.affine.matrix + beside),
        labels=LABELS,
    )
    with pytest.raises(FrameMismatchError):
        write_seg(Segmentation(layers=(other,)), tmp_path / "a.dcm", source=series)
    assert not list(tmp_path.iterdir())


@pytest.mark.real
@pytest.mark.parametrize("name", ["liver", "overlapping", "tiny", "tiny_labelmap"])
def test_real_objects_stand_in_place_with_or_without_their_source(real_data, name):
    root = real_data / "medical" / "seg_objects"
    truth = json.loads((root / "truth.json").read_text())["objects"][name]
    source = medical.read_volume(Path(root / truth["source_images"]))
    for volume in (None, source):
        found = read_seg(root / truth["file"], source=volume)
        labels = {label.value: label for layer in found.layers for label in layer.labels}
        for number, wanted in truth["segments"].items():
            if not wanted["voxels"]:
                continue
            label = labels[int(number)]
            mask = mask_of(found, label.name)
            assert label.name == wanted["label"].lower()
            assert label.concept is not None
            assert label.concept.code == wanted["type_code"]
            assert mask.sum() == wanted["voxels"]
            center = found.affine.apply(np.argwhere(mask)).mean(axis=0)
            np.testing.assert_allclose(center, wanted["centroid_LPS_mm"], atol=1e-3)
            ml = mask.sum() * found.affine.voxel_volume / 1000
            assert ml == pytest.approx(wanted["volume_ml"], abs=1e-4)
