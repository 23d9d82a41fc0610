"""Plain slices read straight into the stack are what the general road makes of them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medical.dicom.direct import is_plain, read_plain
from medical.dicom.pixels import NotExactError, read_stored, write_physical
from medical.dicom.series import PixelLayout, SliceHeader
from medical.errors import UnreadablePixelsError

ROWS, COLUMNS = 3, 5


def plain_slice(file: Path, **changes) -> SliceHeader:
    layout = {
        "transfer_syntax": "1.2.840.10008.1.2.1",
        "rows": ROWS,
        "columns": COLUMNS,
        "offset": 7,
    }
    layout |= {key: changes.pop(key) for key in list(changes) if key in PixelLayout.__slots__}
    return SliceHeader(
        file=file, position_mm=(0.0, 0.0, 0.0), layout=PixelLayout(**layout), **changes
    )


@given(
    data=st.binary(min_size=7 + 2 * 2 * ROWS * COLUMNS, max_size=7 + 2 * 2 * ROWS * COLUMNS),
    high_bit=st.integers(9, 15),
    shifted=st.integers(0, 2),
    is_signed=st.booleans(),
    intercept=st.integers(-40000, 40000),
    frame=st.integers(0, 1),
)
def test_values_and_digest_are_those_of_the_general_road(
    tmp_path_factory, data, high_bit, shifted, is_signed, intercept, frame
):
    file = tmp_path_factory.getbasetemp() / "slice"
    file.write_bytes(data)
    header = plain_slice(
        file,
        high_bit=high_bit,
        bits_stored=high_bit + 1 - shifted,
        is_signed=is_signed,
        frame=frame,
        intercept=float(intercept),
    )
    assert is_plain(header) == (abs(intercept + 0.5) <= 32768)
    if not is_plain(header):
        return
    found = np.empty((ROWS, COLUMNS), np.int16)
    expected = np.empty_like(found)
    stored = read_stored(header)
    try:
        write_physical(expected, stored, header, is_turned=False)
    except NotExactError:
        with pytest.raises(NotExactError):
            read_plain(found, header, with_digest=True)
        return
    digest = read_plain(found, header, with_digest=True)
    np.testing.assert_array_equal(found, expected)
    assert digest == hashlib.sha256(stored.data).digest()
    assert read_plain(found, header, with_digest=False) == b""


def test_what_needs_more_than_an_intercept_is_not_plain():
    plain = plain_slice(Path("nowhere"))
    assert is_plain(plain)
    for change in (
        {"slope": 2.0},
        {"intercept": 0.5},
        {"padding": (0.0, 0.0)},
        {"table": (0, 1, 2)},
        {"tile": (0, 0)},
        {"layout": None},
    ):
        assert not is_plain(replace(plain, **change))
    for layout in (
        {"is_big_endian": True},
        {"is_encapsulated": True},
        {"bits_allocated": 8, "bits_stored": 8, "high_bit": 7},
        {"element": "float"},
        {"offset": None},
        {"bits_stored": 16, "high_bit": 11},
    ):
        assert not is_plain(plain_slice(Path("nowhere"), **layout))


def test_a_file_that_ends_within_its_pixels_or_is_gone_is_said(tmp_path):
    out = np.empty((ROWS, COLUMNS), np.int16)
    (tmp_path / "cut").write_bytes(bytes(7 + 2 * ROWS * COLUMNS - 1))
    for name in ("cut", "gone"):
        with pytest.raises(UnreadablePixelsError):
            read_plain(out, plain_slice(tmp_path / name), with_digest=False)
