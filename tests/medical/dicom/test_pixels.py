"""Stored bits become physical values, whatever the coding."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

import medical
from medical.dicom import read_series
from medical.dicom.codestream import declared_matrix
from medical.dicom.headers import read_headers
from medical.dicom.pixels import read_stored, without_unused_bits
from medical.dicom.quiet import quiet_readers
from medical.dicom.series import PixelLayout, Series, SliceHeader
from medical.errors import UnreadablePixelsError
from shared.volume import Quantity
from tests.fixtures.phantoms import grid_matrix, write_dicom_series

SHAPE = (4, 40, 36)
MATRIX = grid_matrix(SHAPE, (2.0, 1.0, 1.0))

HTJ2K, JPEG_XL = "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.110"


def numbers() -> np.ndarray:
    return np.random.default_rng(3).integers(-1024, 3071, SHAPE).astype(np.int16)


@pytest.mark.parametrize(
    "syntax",
    [
        ImplicitVRLittleEndian,
        ExplicitVRBigEndian,
        DeflatedExplicitVRLittleEndian,
        RLELossless,
        JPEGLSLossless,
        JPEG2000Lossless,
    ],
    ids=lambda syntax: syntax.name,
)
def test_every_coding_gives_the_same_values_and_digest(tmp_path, syntax):
    def change(dataset, number):
        if syntax.is_compressed and not syntax.is_deflated:
            dataset.compress(syntax, generate_instance_uid=False)
            return
        if syntax == ExplicitVRBigEndian:
            dataset.PixelData = np.frombuffer(dataset.PixelData, "<i2").astype(">i2").tobytes()
        dataset.file_meta.TransferSyntaxUID = syntax

    write_dicom_series(tmp_path / "plain", numbers(), MATRIX)
    write_dicom_series(tmp_path / "coded", numbers(), MATRIX, change=change)
    plain, coded = (medical.read_volume(tmp_path / name) for name in ("plain", "coded"))
    np.testing.assert_array_equal(coded.values, numbers())
    if syntax != ExplicitVRBigEndian:
        assert plain.provenance.sources == coded.provenance.sources


@pytest.mark.parametrize(
    ("uid", "encode"),
    [
        ("1.2.840.10008.1.2.4.57", imagecodecs.ljpeg_encode),
        ("1.2.840.10008.1.2.4.70", imagecodecs.ljpeg_encode),
        (HTJ2K, imagecodecs.htj2k_encode),
        (JPEG_XL, lambda a: imagecodecs.jpegxl_encode(a, lossless=True)),
    ],
    ids=["JPEG lossless", "JPEG lossless SV1", "HTJ2K", "JPEG XL"],
)
def test_codings_that_other_encoders_wrote(tmp_path, uid, encode):
    def change(dataset, number):
        stored = dataset.pixel_array.astype(np.uint16)
        dataset.PixelData = encapsulate([bytes(encode(stored))])
        dataset["PixelData"].VR = "OB"
        dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 15, 0
        dataset.file_meta.TransferSyntaxUID = HTJ2K if uid == JPEG_XL else uid

    for path in write_dicom_series(tmp_path, numbers(), MATRIX, change=change):
        if uid == JPEG_XL:  # pydicom writes no syntax that it does not know
            path.write_bytes(path.read_bytes().replace(HTJ2K.encode(), JPEG_XL.encode()))
    np.testing.assert_array_equal(medical.read_volume(tmp_path).values, numbers())


@pytest.mark.parametrize(
    ("uid", "encode"),
    [
        (JPEG2000Lossless, imagecodecs.jpeg2k_encode),
        (JPEGLSLossless, imagecodecs.jpegls_encode),
        ("1.2.840.10008.1.2.4.70", imagecodecs.ljpeg_encode),
    ],
    ids=["JPEG 2000", "JPEG-LS", "JPEG lossless"],
)
def test_a_codestream_of_another_size_than_the_header_is_never_decoded(tmp_path, uid, encode):
    def change(dataset, number):
        stored = dataset.pixel_array.astype(np.uint16)
        assert declared_matrix(bytes(encode(stored))) == SHAPE[1:]
        dataset.PixelData = encapsulate([bytes(encode(stored[:-1]))])
        dataset["PixelData"].VR = "OB"
        dataset.PixelRepresentation = 0
        dataset.file_meta.TransferSyntaxUID = uid

    write_dicom_series(tmp_path, numbers(), MATRIX, change=change)
    with pytest.raises(UnreadablePixelsError):
        medical.read_volume(tmp_path)


def test_a_matrix_that_no_memory_holds_is_refused():
    slices = tuple(
        SliceHeader(
            file=Path("none"),
            position_mm=(0.0, 0.0, float(k)),
            layout=PixelLayout(transfer_syntax=RLELossless, rows=65535, columns=65535),
        )
        for k in range(40000)
    )
    series = Series(
        slices=slices,
        rows=65535,
        columns=65535,
        orientation=(1, 0, 0, 0, 1, 0),
        pixel_spacing_mm=(1.0, 1.0),
        uid="1",
        modality="MR",
    )
    with pytest.raises(UnreadablePixelsError, match="more than there is memory for"):
        read_series(series)


@pytest.mark.parametrize("bits", [10, 12, 16])
@pytest.mark.parametrize("is_signed", [True, False])
def test_bits_that_are_not_the_pixels_are_ignored(tmp_path, bits, is_signed):
    low = -(1 << bits - 1) if is_signed else 0
    stored = np.random.default_rng(bits).integers(low, low + (1 << bits), SHAPE)
    if not is_signed:
        stored[stored > 32000] = 0
    overlay = 0xFFFF << bits & 0xFFFF if bits < 16 else 0

    def change(dataset, number):
        words = stored[number].astype(np.int64) & ((1 << bits) - 1)
        words[::2] |= overlay
        dataset.PixelData = words.astype("<u2").tobytes()
        dataset.BitsStored, dataset.HighBit = bits, bits - 1
        dataset.PixelRepresentation = int(is_signed)
        dataset.RescaleIntercept = "0"

    write_dicom_series(tmp_path, np.zeros(SHAPE), MATRIX, modality="MR", change=change)
    np.testing.assert_array_equal(medical.read_volume(tmp_path).values, stored)


def test_bits_may_stand_higher_than_usual():
    layout = PixelLayout(
        transfer_syntax="", rows=1, columns=2, bits_stored=12, high_bit=15, is_signed=False
    )
    words = np.array([[0x123F, 0xFFF0]], np.uint16)
    assert without_unused_bits(words, layout).tolist() == [[0x123, 0xFFF]]


def test_values_beyond_int16_become_float32(tmp_path):
    def change(dataset, number):
        dataset.PixelData = (numbers()[number].astype(np.int64) + 40000).astype("<u2").tobytes()
        dataset.PixelRepresentation = 0
        dataset.RescaleIntercept = "0"

    write_dicom_series(tmp_path, np.zeros(SHAPE), MATRIX, modality="MR", change=change)
    volume = medical.read_volume(tmp_path)
    assert volume.values.dtype == np.float32
    np.testing.assert_array_equal(volume.values, numbers().astype(np.float32) + 40000)


@pytest.mark.parametrize(
    ("element", "kind"), [("FloatPixelData", "<f4"), ("DoubleFloatPixelData", "<f8")]
)
def test_float_pixels(tmp_path, element, kind):
    values = (numbers() / 7.0).astype(kind)

    def change(dataset, number):
        del dataset.PixelData
        dataset.BitsAllocated = values.dtype.itemsize * 8
        setattr(dataset, element, values[number].tobytes())
        dataset.RescaleIntercept = "0"

    write_dicom_series(tmp_path, np.zeros(SHAPE), MATRIX, modality="MR", change=change)
    np.testing.assert_array_equal(medical.read_volume(tmp_path).values, values.astype(np.float32))


@pytest.mark.parametrize("padding", [-2000, 3071, 30000])
def test_padding_around_the_field_becomes_air_not_bone(tmp_path, padding):
    field = np.clip(numbers(), -1000, 2500)
    outside = np.ones(SHAPE, bool)
    outside[:, 2:-2, 2:-2] = False

    def change(dataset, number):
        stored = np.where(outside[number], padding, field[number])
        dataset.PixelData = stored.astype("<i2").tobytes()
        dataset.RescaleIntercept = "0"
        dataset.add_new(0x00280120, "SS", padding)

    write_dicom_series(tmp_path, np.zeros(SHAPE), MATRIX, change=change)
    volume = medical.read_volume(tmp_path)
    assert (volume.values[outside] == -1024).all()
    np.testing.assert_array_equal(volume.values[~outside], field[~outside])
    assert "padding-filled" in {f.code for f in volume.findings}


def test_a_padding_value_that_tissue_has_too_spares_the_tissue(tmp_path):
    """Some writers name 0 as padding of Hounsfield values: water must not become air."""
    field = np.full(SHAPE, 50)
    field[:, 5:7, 4:6] = 0
    field[:, 0, :] = 0

    def change(dataset, number):
        dataset.PixelData = field[number].astype("<i2").tobytes()
        dataset.RescaleIntercept = "0"
        dataset.add_new(0x00280120, "SS", 0)

    write_dicom_series(tmp_path, np.zeros(SHAPE), MATRIX, change=change)
    values = medical.read_volume(tmp_path).values
    assert (values[:, 5:7, 4:6] == 0).all()
    assert (values[:, 0, :] == -1024).all()


def test_monochrome1_is_turned_so_that_high_is_bright(tmp_path):
    stored = np.random.default_rng(0).integers(0, 4096, SHAPE)

    def change(dataset, number):
        dataset.PhotometricInterpretation = "MONOCHROME1"
        dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 12, 11, 0
        dataset.PixelData = stored[number].astype("<u2").tobytes()
        dataset.RescaleIntercept = "0"

    write_dicom_series(tmp_path, np.zeros(SHAPE), MATRIX, modality="MR", change=change)
    volume = medical.read_volume(tmp_path)
    np.testing.assert_array_equal(volume.values, 4095 - stored)
    assert "monochrome1-turned" in {f.code for f in volume.findings}


@pytest.mark.parametrize("numbers_are_turned", [False, True])
def test_monochrome1_ct_keeps_air_dark_either_way(tmp_path, numbers_are_turned):
    body = np.full(SHAPE, -1000)
    body[:, 3:9, 3:7] = 60

    def change(dataset, number):
        stored = body[number] + 1024
        dataset.PhotometricInterpretation = "MONOCHROME1"
        dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 12, 11, 0
        stored = 4095 - stored if numbers_are_turned else stored
        dataset.PixelData = stored.astype("<u2").tobytes()
        dataset.RescaleIntercept = "-1024"

    write_dicom_series(tmp_path, np.zeros(SHAPE), MATRIX, change=change)
    volume = medical.read_volume(tmp_path)
    np.testing.assert_array_equal(volume.values, body)


def test_a_modality_table_takes_the_place_of_the_rescale(tmp_path):
    stored = np.random.default_rng(0).integers(0, 8, SHAPE)
    entries = [0, 10, 40, 90, 160, 250]

    def change(dataset, number):
        del dataset.RescaleSlope, dataset.RescaleIntercept
        table = Dataset()
        table.LUTDescriptor, table.ModalityLUTType, table.LUTData = [6, 1, 16], "US", entries
        table["LUTDescriptor"].VR = table["LUTData"].VR = "US"
        dataset.ModalityLUTSequence = Sequence([table])
        dataset.PixelData = stored[number].astype("<i2").tobytes()

    write_dicom_series(tmp_path, np.zeros(SHAPE), MATRIX, modality="MR", change=change)
    expected = np.array(entries)[np.clip(stored - 1, 0, 5)]
    np.testing.assert_array_equal(medical.read_volume(tmp_path).values, expected)


def test_ct_without_a_rescale_is_not_called_hounsfield(tmp_path):
    def change(dataset, number):
        del dataset.RescaleSlope, dataset.RescaleIntercept, dataset.RescaleType
        dataset.PixelRepresentation = 0

    write_dicom_series(tmp_path, np.abs(numbers()), MATRIX, intercept=0.0, change=change)
    volume = medical.read_volume(tmp_path)
    assert volume.quantity is Quantity.NONE
    assert "uncalibrated-hu" in {f.code for f in volume.findings}


def test_cone_beam_ct_is_told_to_be_uncalibrated(tmp_path):
    def change(dataset, number):
        dataset.Manufacturer = "Planmeca"

    write_dicom_series(tmp_path, numbers(), MATRIX, change=change)
    assert "uncalibrated-hu" in {f.code for f in medical.read_volume(tmp_path).findings}


@pytest.mark.real
def test_real_files_of_every_coding_decode_to_their_digest(real_data: Path):
    folder = real_data / "medical" / "compressed"
    truth = json.loads((folder / "truth.json").read_text())
    checked = 0
    for case in truth["files"]:
        if case["samples"] != 1:
            continue
        stored = stored_frames(folder / case["file"]).reshape(case["shape"])
        data = stored.astype(np.dtype(case["dtype"]).newbyteorder("<")).tobytes()
        assert hashlib.sha256(data).hexdigest() == case["stored"]["sha256"], case["file"]
        checked += 1
    assert checked > 20


@pytest.mark.real
def test_real_lossy_files_decode_within_one_level(real_data: Path):
    folder = real_data / "medical" / "compressed"
    truth = json.loads((folder / "truth.json").read_text())
    for case in truth["lossy_dct"]:
        expected = next(iter(np.load(folder / case["expected_array"]).values()))
        stored = stored_frames(folder / case["file"])[0]
        worst = np.abs(stored.astype(int) - expected.astype(int)).max()
        assert worst <= case["max_abs_diff"], case["file"]


def stored_frames(file: Path) -> np.ndarray:
    with quiet_readers():
        headers = read_headers(file)
        assert isinstance(headers, tuple)
        layout = headers[0].layout
        frames = [
            SliceHeader(file=file, position_mm=(0.0, 0.0, 0.0), frame=k, layout=layout)
            for k in range(layout.frames)
        ]
        return np.stack([read_stored(frame).values for frame in frames])
