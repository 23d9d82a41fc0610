"""Contours become labels exact at voxel centers, with fields that follow them between voxels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.path import Path as Polygon
from pydicom import Dataset, dcmread

from medical.dicom import choose_series, find_series, read_series
from medical.errors import SliceGeometryError
from medical.objects import read_rtstruct, write_rtstruct
from medical.objects.outlines import outlines_of, rings_of, signed_distance
from medical.objects.seg import frame_with_uid
from shared.affine import Affine
from shared.concept import Concept, Label, LabelTable
from shared.errors import DamagedFileError, FrameMismatchError, NothingToBuildError, ToolkitError
from shared.segmentation import LabelMap, LevelField, Segmentation
from shared.volume import Volume
from tests.fixtures.phantoms import grid_matrix, write_dicom_series
from tests.fixtures.seg_objects import item
from tests.fixtures.strategies import rotations

SHAPE = (9, 40, 36)


def circle(center: tuple[float, float], radius: float, count: int = 90) -> np.ndarray:
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.stack([center[0] + radius * np.sin(turn), center[1] + radius * np.cos(turn)], axis=1)


def write_set(
    path: Path, structures: dict[str, list[np.ndarray]], *, kind: str = "CLOSED_PLANAR"
) -> Path:
    """Write structures, each a list of contours ``[n 3]`` in LPS mm."""
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, generate_uid

    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.481.3"
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    ds.StructureSetROISequence, ds.ROIContourSequence = [], []
    for number, (name, contours) in enumerate(structures.items(), start=10):
        ds.StructureSetROISequence.append(
            item(ROINumber=number, ROIName=name, ReferencedFrameOfReferenceUID="1.2.3")
        )
        sequence = [
            item(
                ContourGeometricType=kind,
                NumberOfContourPoints=len(points),
                ContourData=[f"{x:.4f}" for x in points.ravel()],
            )
            for points in contours
        ]
        ds.ROIContourSequence.insert(
            0,
            item(
                ROIDisplayColor=[255, 128, 0], ContourSequence=sequence, ReferencedROINumber=number
            ),
        )
    ds.save_as(path, enforce_file_format=True)
    return path


def in_slice(k: float, outline: np.ndarray, affine: Affine) -> np.ndarray:
    return affine.apply(np.column_stack([np.full(len(outline), k), outline]))


def oblique(rotation: np.ndarray, tilt_deg: float = 0.0) -> Affine:
    matrix = grid_matrix(SHAPE, (3.0, 1.1, 0.9), tilt_deg=tilt_deg)
    matrix[:3] = rotation @ matrix[:3]
    return Affine(matrix)


@settings(max_examples=15)
@given(rotation=rotations(), tilt_deg=st.sampled_from([0.0, 20.0]), seed=st.integers(0, 999))
def test_centers_are_in_an_odd_number_of_contours(tmp_path_factory, rotation, tilt_deg, seed):
    """Against matplotlib's point in polygon, on oblique and tilted slices."""
    chance = np.random.default_rng(seed)
    affine = oblique(rotation, tilt_deg)
    contours, expected = [], np.zeros(SHAPE, bool)
    centers = np.stack(np.meshgrid(np.arange(40), np.arange(36), indexing="ij"), -1).reshape(-1, 2)
    for k in range(2, 7):
        for _ in range(chance.integers(1, 4)):
            size = chance.uniform(3, 9, 25)[:, None]
            turn = np.sort(chance.uniform(0, 2 * np.pi, 25))
            middle = chance.uniform(12, 26, 2)
            outline = middle + size * np.stack([np.sin(turn), np.cos(turn)], axis=1)
            contours.append(in_slice(k, outline, affine))
            back = affine.inverse().apply(np.round(contours[-1], 4))[:, 1:]
            expected[k] ^= Polygon(back).contains_points(centers).reshape(40, 36)
    path = write_set(tmp_path_factory.mktemp("rt") / "set", {"Part": contours})
    source = Volume(values=np.zeros(SHAPE, np.int16), affine=affine, frame=frame_with_uid("1.2.3"))
    found = read_rtstruct(path, source=source)
    assert np.count_nonzero((found.layers[0].values != 0) != expected) <= 1


def test_holes_and_branches_and_keyholes(tmp_path):
    affine = oblique(np.eye(3))
    outer, hole, branch = circle((18, 18), 12), circle((17, 19), 5), circle((34, 8), 3)
    keyed = np.concatenate([outer[:41], np.roll(hole, -40, 0), hole[40:41], outer[40:]])
    ring = [in_slice(k, c, affine) for k in range(2, 7) for c in (outer, hole, branch)]
    key = [in_slice(k, c, affine) for k in range(2, 7) for c in (keyed, branch)]
    twice = ring + ring
    path = write_set(tmp_path / "set", {"Ring": ring, "Key": key, "Twice": twice})
    source = Volume(values=np.zeros(SHAPE, np.int16), affine=affine)
    found = read_rtstruct(path, source=source)
    masks = {
        label.name: layer.values == label.value for layer in found.layers for label in layer.labels
    }
    assert len(found.layers) == 3
    np.testing.assert_array_equal(masks["ring"], masks["key"])
    np.testing.assert_array_equal(masks["ring"], masks["twice"])
    np.testing.assert_allclose(found.fields["ring"].values, found.fields["key"].values, atol=2)
    assert not masks["ring"][4, 17, 19]
    assert masks["ring"][4, 34, 8]
    area = np.pi * (12**2 - 5**2 + 3**2)
    assert masks["ring"][4].sum() == pytest.approx(area, rel=0.03)


def test_the_surface_follows_the_contour_between_voxels(tmp_path):
    """A cylinder of radius 9.3 mm, drawn on slices 3 mm apart: volume and radius of its mesh."""
    from medical.parts import to_parts

    matrix = grid_matrix(SHAPE, (3.0, 1.0, 1.0), center=(5, 6, 7))
    affine = Affine(matrix)
    drawn = [in_slice(k, circle((19.3, 17.7), 9.3, 400), affine) for k in range(2, 7)]
    path = write_set(tmp_path / "set", {"Rod": drawn})
    source = Volume(values=np.zeros(SHAPE, np.int16), affine=affine)
    (part,) = to_parts(read_rtstruct(path, source=source))
    axis = affine.apply((0, 19.3, 17.7))
    far = np.linalg.norm(part.mesh.vertices[:, :2] - axis[:2], axis=1)
    z = part.mesh.vertices[:, 2]
    middle = np.abs(z - affine.apply((4, 0, 0))[2]) < 5.0
    assert far[middle] == pytest.approx(9.3, abs=0.03)
    assert z.max() - z.min() == pytest.approx(5 * 3.0, abs=0.02)


def test_without_a_scan_structures_stand_in_the_same_place(tmp_path):
    rotation = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]], float)
    affine = oblique(rotation)
    drawn = [in_slice(k, circle((20, 18), 10.0), affine) for k in range(2, 7)]
    found = read_rtstruct(write_set(tmp_path / "set", {"Ball": drawn}))
    layer = found.layers[0]
    center = layer.affine.apply(np.argwhere(layer.values)).mean(axis=0)
    np.testing.assert_allclose(center, affine.apply((4, 20, 18)), atol=0.1)
    volume = layer.values.sum() * layer.affine.voxel_volume
    assert volume == pytest.approx(np.pi * 100 * 1.1 * 0.9 * 15.0, rel=0.02)


def test_a_scan_in_other_planes_gets_interpolated_labels(tmp_path):
    affine = oblique(np.eye(3))
    drawn = [in_slice(k, circle((20, 18), 10.0), affine) for k in range(2, 7)]
    path = write_set(tmp_path / "set", {"Rod": drawn})
    center = affine.apply((4, 20, 18))
    sagittal = grid_matrix((30, 30, 30), (1, 1, 1), center=tuple(center), orientation="sagittal")
    source = Volume(values=np.zeros((30, 30, 30), np.int16), affine=Affine(sagittal))
    found = read_rtstruct(path, source=source)
    assert "labels-resampled" in {f.code for f in found.findings}
    volume = np.count_nonzero(found.layers[0].values)
    assert volume == pytest.approx(np.pi * 99 * 15.0, rel=0.03)


def test_slices_left_out_regularly_are_interpolated_and_other_gaps_stay(tmp_path):
    affine = oblique(np.eye(3))
    source = Volume(values=np.zeros(SHAPE, np.int16), affine=affine)
    every_second = [in_slice(k, circle((20.3, 17.6), 4.0 + k), affine) for k in (0, 2, 4, 6)]
    found = read_rtstruct(write_set(tmp_path / "a", {"Cone": every_second}), source=source)
    assert "slices-interpolated" in {f.code for f in found.findings}
    areas = (found.layers[0].values != 0).sum(axis=(1, 2))
    assert areas[1] == pytest.approx(np.pi * 25, rel=0.08)
    apart = [in_slice(k, circle((20, 18), 8.0), affine) for k in (0, 1, 2, 6, 7, 8)]
    found = read_rtstruct(write_set(tmp_path / "b", {"Two": apart}), source=source)
    assert not found.layers[0].values[3:6].any()


def test_bad_sets_are_told_in_words(tmp_path):
    affine = oblique(np.eye(3))
    source = Volume(values=np.zeros(SHAPE, np.int16), affine=affine, frame=frame_with_uid("7"))
    drawn = [in_slice(k, circle((20, 18), 8.0), affine) for k in (1, 2)]
    path = write_set(tmp_path / "a", {"A": drawn})
    with pytest.raises(FrameMismatchError):
        read_rtstruct(path, source=source)
    with pytest.raises(NothingToBuildError, match="closed contour"):
        read_rtstruct(write_set(tmp_path / "b", {"Point": drawn}, kind="POINT"))
    with pytest.raises(SliceGeometryError, match="no depth"):
        read_rtstruct(write_set(tmp_path / "c", {"A": drawn[:1]}))
    crossing = [drawn[0], drawn[1] @ np.array([[1, 0, 0], [0, 0, 1], [0, 1, 0]], float)]
    with pytest.raises(SliceGeometryError, match="parallel"):
        read_rtstruct(write_set(tmp_path / "d", {"A": crossing}))
    dataset = dcmread(path)
    dataset.ROIContourSequence[0].ContourSequence[0].ContourData = [1, 2, 3, 4]
    dataset.save_as(tmp_path / "e")
    with pytest.raises(DamagedFileError, match="no points"):
        read_rtstruct(tmp_path / "e")
    (tmp_path / "f").write_text("words")
    with pytest.raises(ToolkitError):
        read_rtstruct(tmp_path / "f")


@settings(max_examples=20)
@given(seed=st.integers(0, 9999))
def test_outlines_of_any_mask_give_it_back(seed):
    """Islands in lakes on islands, and what touches the border."""
    from skimage.filters import gaussian

    noise = gaussian(np.random.default_rng(seed).standard_normal((24, 30)), 1.2)
    mask = noise > np.quantile(noise, 0.4)
    outlines = outlines_of(mask.astype(float), 0.5)
    back = signed_distance(rings_of(outlines), mask.shape, (1.0, 1.0), 2.0) >= 0.0
    np.testing.assert_array_equal(back, mask)


@pytest.fixture(scope="module", params=["coronal", "tilted"])
def scan(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scan")
    shape = (10, 40, 36)
    turned = {"tilt_deg": 17.0} if request.param == "tilted" else {"orientation": request.param}
    matrix = grid_matrix(shape, (2.5, 0.8, 0.9), center=(9, 8, 7), **turned)
    values = np.random.default_rng(2).integers(-1000, 1000, shape).astype(np.int16)
    write_dicom_series(folder, values, matrix, patient_name="Doe^Jane", patient_id="ID-7")
    series = choose_series(find_series(folder)).series
    volume = read_series(series)
    index = np.indices(shape)
    far = np.sqrt(
        ((index[0] - 4.4) * 2.5) ** 2
        + ((index[1] - 18.2) * 0.8) ** 2
        + ((index[2] - 17.7) * 0.9) ** 2
    )
    shell = (np.abs(far - 8.0) <= 3.0).astype(np.uint8) * 4
    concept = Concept(scheme="SCT", code="39607008", meaning="Lung")
    table = LabelTable((Label(value=4, name="shell_left", concept=concept, color=(0.2, 0.4, 0.6)),))
    layer = LabelMap(values=shell, affine=volume.affine, frame=volume.frame, labels=table)
    field = LevelField(values=(3.0 - np.abs(far - 8.0)).astype(np.float32), level=0.0)
    return series, volume, layer, field


@pytest.mark.parametrize("with_field", [True, False])
def test_what_is_written_is_read_back_exactly(scan, tmp_path, with_field):
    series, volume, layer, field = scan
    fields = {"shell_left": field} if with_field else {}
    made = Segmentation(layers=(layer,), fields=fields)
    write_rtstruct(made, tmp_path / "rt.dcm", source=series)
    back = read_rtstruct(tmp_path / "rt.dcm", source=volume)
    np.testing.assert_array_equal(back.layers[0].values != 0, layer.values != 0)
    (label,) = back.layers[0].labels
    assert (label.name, label.color) == ("shell_left", (0.2, 0.4, 0.6))
    assert label.concept is not None
    assert label.concept.code == "39607008"
    if with_field:  # the contour runs where the field did: near it, both tell the distance
        near = np.abs(field.values) < 0.4
        near[0], near[-1] = False, False
        assert (
            np.abs(back.fields["shell_left"].values / 1000 - field.values)[4][near[4]].mean() < 0.12
        )
    dataset = dcmread(tmp_path / "rt.dcm")
    named = {
        contour.ContourImageSequence[0].ReferencedSOPInstanceUID
        for contour in dataset.ROIContourSequence[0].ContourSequence
    }
    assert named <= {header.sop_instance_uid for header in series.slices}
    assert str(dataset.PatientName) == "Doe^Jane"


def test_deidentified_sets_lead_nowhere(scan, tmp_path):
    series, _, layer, _ = scan
    write_rtstruct(Segmentation(layers=(layer,)), tmp_path / "a", source=series, deidentify=True)
    data = (tmp_path / "a").read_bytes()
    traces = ["Doe", "ID-7", series.uid, series.study_uid, series.frame_of_reference_uid]
    traces += [header.sop_instance_uid for header in series.slices]
    assert not [trace for trace in traces if trace and trace.encode() in data]
