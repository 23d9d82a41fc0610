"""Other people's readers find every voxel written where it was, with its value."""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import nibabel
import nrrd
import numpy as np
import pytest
import SimpleITK
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from medical.images import read_image, read_label_map, write_image
from shared.affine import Affine
from shared.concept import Concept, Label, LabelTable
from shared.errors import FrameMismatchError, InvalidValueError, OutputError, UnknownFormatError
from shared.frame import BUILDING_ENU_M, Axes, Frame, Unit
from shared.segmentation import LabelMap
from shared.volume import Volume
from tests.fixtures.strategies import affines, rotations

SUFFIXES = (".nii", ".nii.gz", ".nrrd", ".mha")
RAS_FROM_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
TYPES = ("?", "i1", "u1", "i2", "u2", "i4", "f4", ">i2", ">f4")


@st.composite
def fields(draw: st.DrawFn) -> np.ndarray:
    """Real numbers of any type that images have, of both signs, also not contiguous."""
    kind = np.dtype(draw(st.sampled_from(TYPES)))
    shape = draw(st.tuples(*[st.integers(1, 4)] * 3))
    elements = (
        st.floats(-1e5, 1e5, width=32) if kind.kind == "f" else hnp.from_dtype(kind.newbyteorder())
    )
    values = draw(hnp.arrays(kind.newbyteorder("="), shape, elements=elements)).astype(kind)
    return values.transpose(draw(st.permutations((0, 1, 2))))


@st.composite
def upright(draw: st.DrawFn) -> Affine:
    """Affines at right angles, of either handedness."""
    mirror = np.diag([1.0, 1.0, draw(st.sampled_from([1.0, -1.0]))])
    spacing = draw(hnp.arrays(float, 3, elements=st.floats(0.1, 10)))
    origin = draw(hnp.arrays(float, 3, elements=st.floats(-1e3, 1e3)))
    return Affine.from_parts(spacing=spacing, origin=origin, direction=draw(rotations()) @ mirror)


def lps_from_ijk(affine: Affine) -> np.ndarray:
    return affine.matrix[:, [2, 1, 0, 3]]


def itk_matrix(image: SimpleITK.Image) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    matrix[:3, 3] = image.GetOrigin()
    return matrix


@settings(max_examples=15)
@given(values=fields(), affine=upright())
def test_simpleitk_reads_every_format_at_the_same_place(values, affine):
    with TemporaryDirectory() as folder:
        for suffix in SUFFIXES:
            path = Path(folder) / f"v{suffix}"
            assert write_image(Volume(values=values, affine=affine), path) == (path,)
            image = SimpleITK.ReadImage(str(path))
            np.testing.assert_array_equal(SimpleITK.GetArrayFromImage(image), values)
            np.testing.assert_allclose(itk_matrix(image), lps_from_ijk(affine), atol=2e-4)
            back = read_image(path)
            np.testing.assert_array_equal(back.values, values.astype(back.values.dtype))
            assert back.values.dtype in (np.int16, np.float32)
            assert back.affine.isclose(affine, tolerance=2e-4)


@settings(max_examples=15)
@given(values=fields(), affine=affines())
def test_nibabel_reads_any_grid_sheared_or_not(values, affine):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "v.nii"
        write_image(Volume(values=values, affine=affine), path)
        image = nibabel.load(path)
        ras = RAS_FROM_LPS @ lps_from_ijk(affine)
        np.testing.assert_array_equal(np.asarray(image.dataobj).T, values)
        np.testing.assert_allclose(image.get_sform(), ras, atol=2e-4)
        assert image.header["sform_code"] == 1
        assert image.header.get_xyzt_units() == ("mm", "sec")
        if affine.is_orthogonal():
            np.testing.assert_allclose(image.get_qform(), ras, atol=2e-3)
            assert image.header["qform_code"] == 1
        else:
            assert image.header["qform_code"] == 0
        assert read_image(path).affine.isclose(affine, tolerance=2e-4)


@settings(max_examples=15)
@given(values=fields(), affine=affines())
def test_nrrd_holds_any_grid_to_the_last_digit(values, affine):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "v.nrrd"
        write_image(Volume(values=values, affine=affine), path)
        found, header = nrrd.read(str(path), index_order="C")
        np.testing.assert_array_equal(found, values)
        assert header["space"] == "left-posterior-superior"
        matrix = lps_from_ijk(affine)
        np.testing.assert_array_equal(header["space directions"], matrix[:3, :3].T)
        np.testing.assert_array_equal(header["space origin"], matrix[:3, 3])
        assert read_image(path).affine.isclose(affine)


def test_metaimage_refuses_a_sheared_grid(tmp_path):
    matrix = np.eye(4)
    matrix[0, 1] = 0.3
    volume = Volume(values=np.zeros((2, 2, 2), np.int16), affine=Affine(matrix))
    with pytest.raises(OutputError, match="sheared"):
        write_image(volume, tmp_path / "v.mha")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (np.array([-1024.0, 3071.0], np.float32), np.int16),
        (np.array([0.5, 3071.0], np.float32), np.float32),
        (np.array([np.nan, 1.0], np.float32), np.float32),
        (np.array([0, 65535], np.uint16), np.float32),
        (np.array([0, 300], np.uint16), np.int16),
        (np.array([0, 255], np.uint8), np.uint8),
        (np.array([False, True]), np.uint8),
        (np.array([0, 1 << 24 | 1], np.int64), np.int32),
        (np.array([0, 1 << 40], np.int64), np.float64),
        (np.array([0.1, 1e300]), np.float64),
        (np.array([0.1, 1.0]), np.float32),
    ],
)
def test_numbers_are_stored_small_and_exact(tmp_path, values, kind):
    volume = Volume(values=values.reshape(2, 1, 1), affine=Affine.identity())
    write_image(volume, tmp_path / "v.nii")
    image = nibabel.load(tmp_path / "v.nii")
    assert image.get_data_dtype() == kind
    expected = values.astype(kind).reshape(1, 1, 2)
    np.testing.assert_array_equal(np.asarray(image.dataobj), expected)


def test_time_points_become_the_fourth_axis_of_nifti_alone(tmp_path):
    points = [
        Volume(values=np.full((2, 3, 4), n, np.int16), affine=Affine.identity()) for n in range(3)
    ]
    write_image(points, tmp_path / "v.nii.gz", step_s=1.5)
    image = nibabel.load(tmp_path / "v.nii.gz")
    assert image.shape == (4, 3, 2, 3)
    assert image.header.get_zooms()[3] == pytest.approx(1.5)
    np.testing.assert_array_equal(np.asarray(image.dataobj)[0, 0, 0], [0, 1, 2])
    with pytest.raises(OutputError, match="one time point"):
        write_image(points, tmp_path / "v.nrrd")
    moved = replace(points[1], affine=Affine(np.diag([2.0, 1.0, 1.0, 1.0])))
    with pytest.raises(InvalidValueError):
        write_image([points[0], moved], tmp_path / "v.nii")
    assert [path.name for path in tmp_path.iterdir()] == ["v.nii.gz"]


def test_a_patient_in_ras_metres_stands_where_it_did(tmp_path):
    frame = Frame(axes=Axes.RAS, unit=Unit.M)
    volume = Volume(
        values=np.zeros((2, 2, 2), np.int16),
        affine=Affine.from_parts(
            spacing=(0.002, 0.001, 0.001), origin=(0.01, 0.02, 0.03), direction=np.eye(3)
        ),
        frame=frame,
    )
    write_image(volume, tmp_path / "v.nii")
    back = read_image(tmp_path / "v.nii").affine
    np.testing.assert_allclose(back.apply([1, 0, 0]), [-12, -20, 30], atol=1e-4)


def test_a_building_is_no_image(tmp_path):
    volume = Volume(
        values=np.zeros((2, 2, 2), np.int16), affine=Affine.identity(), frame=BUILDING_ENU_M
    )
    with pytest.raises(FrameMismatchError):
        write_image(volume, tmp_path / "v.nii")


def test_names_that_tell_no_format_are_refused(tmp_path):
    volume = Volume(values=np.zeros((2, 2, 2), np.int16), affine=Affine.identity())
    with pytest.raises(UnknownFormatError, match="nii"):
        write_image(volume, tmp_path / "v.tif")


def test_too_many_voxels_for_nifti_are_refused(tmp_path):
    volume = Volume(values=np.zeros((1, 1, 40000), np.int16), affine=Affine.identity())
    with pytest.raises(OutputError, match="32767"):
        write_image(volume, tmp_path / "v.nii")
    write_image(volume, tmp_path / "v.nrrd")
    assert read_image(tmp_path / "v.nrrd").shape == (1, 1, 40000)


def test_a_gzipped_file_of_many_blocks_is_one_plain_member(tmp_path):
    values = np.random.default_rng(0).integers(-1000, 1000, (24, 320, 320)).astype(np.int16)
    volume = Volume(values=values, affine=Affine.identity())
    for name in ("a.nii.gz", "b.nii.gz", "c.nii"):
        write_image(volume, tmp_path / name)
    packed = (tmp_path / "a.nii.gz").read_bytes()
    assert gzip.decompress(packed) == (tmp_path / "c.nii").read_bytes()
    assert packed == (tmp_path / "b.nii.gz").read_bytes()
    decoder = zlib.decompressobj(zlib.MAX_WBITS | 16)
    assert len(decoder.decompress(packed)) == values.nbytes + 352
    assert decoder.eof
    assert not decoder.unused_data


@settings(max_examples=10)
@given(affine=upright(), kind=st.sampled_from(["u1", "i2", "i4", "i8"]))
def test_label_maps_keep_their_table(affine, kind):
    values = np.zeros((3, 4, 5), kind)
    values[1:, 1:, 1:] = 1
    values[2, 2, 2] = 7
    bone = Concept(scheme="SCT", code="272673000", meaning="Bone structure")
    table = LabelTable(
        (
            Label(value=1, name="bone", concept=bone, color=(1.0, 0.5, 0.25)),
            Label(value=7, name="kidney_left"),
        )
    )
    label_map = LabelMap(values=values, affine=affine, labels=table)
    with TemporaryDirectory() as folder:
        for suffix in SUFFIXES:
            path = Path(folder) / f"labels{suffix}"
            beside = Path(folder) / "labels.labels.json"
            assert write_image(label_map, path) == (path, beside)
            back = read_label_map(path)
            np.testing.assert_array_equal(back.values, values)
            assert back.labels == table
            assert back.affine.isclose(affine, tolerance=2e-4)
        assert json.loads(beside.read_text())["labels"][0]["concept"]["code"] == "272673000"


def test_segments_of_a_seg_nrrd_name_the_labels(tmp_path):
    values = np.array([0, 1, 7, 9], np.uint8).reshape(1, 2, 2)
    table = LabelTable(
        (Label(value=1, name="bone", color=(1.0, 0.5, 0.0)), Label(value=7, name="x"))
    )
    full = LabelTable((*table, Label(value=9, name="label_9")))
    label_map = LabelMap(values=values, affine=Affine.identity(), labels=full)
    path = tmp_path / "v.seg.nrrd"
    write_image(label_map, path)
    header = nrrd.read_header(str(path))
    assert header["Segment0_Name"] == "bone"
    assert header["Segment1_LabelValue"] == "7"
    (tmp_path / "v.seg.labels.json").unlink()
    back = read_label_map(path)
    assert [label.name for label in back.labels] == ["bone", "x", "label_9"]
    assert back.labels.by_name("bone").color == (1.0, 0.5, 0.0)
