"""JPEG lossless is decoded directly where it is in order, and to the very values."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from imagecodecs import jpeg8_encode
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGLosslessSV1

import medical
from medical.dicom.lossless import decode_lossless
from medical.dicom.study import find_series
from medical.errors import UnreadablePixelsError
from tests.fixtures.phantoms import grid_matrix, write_dicom_series

SHAPE = (3, 16, 20)


def write_coded(folder: Path, values: np.ndarray, **options) -> list[Path]:
    """Write a series whose pixels are coded with JPEG lossless."""

    def change(dataset, number):
        stored = np.frombuffer(dataset.PixelData, np.int16).reshape(SHAPE[1:])
        coded = jpeg8_encode(stored.view(np.uint16), lossless=True, bitspersample=16)
        dataset.PixelData = encapsulate([coded], fragments_per_frame=options.get("fragments", 1))
        dataset["PixelData"].is_undefined_length = True
        dataset.file_meta.TransferSyntaxUID = JPEGLosslessSV1

    return write_dicom_series(folder, values, grid_matrix(SHAPE, (2.0, 1.0, 1.0)), change=change)


def numbers() -> np.ndarray:
    return np.random.default_rng(2).integers(-1024, 3071, SHAPE).astype(np.int16)


@pytest.mark.parametrize("fragments", [1, 3])
def test_values_come_back_without_a_dicom_library(tmp_path, fragments):
    paths = write_coded(tmp_path / "coded", numbers(), fragments=fragments)
    np.testing.assert_array_equal(medical.read_volume(tmp_path / "coded").values, numbers())
    theirs = dcmread(paths[0]).pixel_array.astype(int) - 1024
    np.testing.assert_array_equal(theirs, numbers()[0])
    script = (
        f"import sys, medical\nmedical.read_volume({str(tmp_path / 'coded')!r})\n"
        "assert not {'pydicom', 'gdcm'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_is_not_in_order_takes_the_general_road(tmp_path):
    paths = write_coded(tmp_path / "coded", numbers())
    (series,) = find_series(tmp_path / "coded").series
    header = next(s for s in series.slices if s.file == paths[0])
    assert decode_lossless(header, header.layout) is not None
    whole = paths[0].read_bytes()
    start = whole.index(b"\xff\xd8\xff")
    for damaged in (
        whole[: whole.rindex(b"\xfe\xff\xdd\xe0")],
        whole.replace(b"\xff\xd9", b"\x00\x00"),
        whole[:start] + b"\x00\x00" + whole[start + 2 :],
    ):
        paths[0].write_bytes(damaged)
        assert decode_lossless(header, header.layout) is None


def test_damaged_codestreams_end_in_values_or_a_clear_error(tmp_path):
    paths = write_coded(tmp_path / "coded", numbers())
    whole = paths[1].read_bytes()
    start, end = whole.index(b"\xff\xd8\xff"), whole.rindex(b"\xff\xd9")
    rng = np.random.default_rng(0)
    for _ in range(25):
        data = bytearray(whole)
        for at in rng.integers(start, end, 3):
            data[at] = rng.integers(256)
        paths[1].write_bytes(data)
        try:
            volume = medical.read_volume(tmp_path / "coded")
        except UnreadablePixelsError:
            continue
        assert volume.shape[1:] == SHAPE[1:]
