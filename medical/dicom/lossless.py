"""Lossless: JPEG lossless slices, the common coding of CT archives, decoded directly.

A file with one frame needs no data set: its fragments follow each other (PS3.5 A.4), and
libjpeg-turbo decodes them. Whatever is not plainly in order is left to the general road.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medical.dicom.codestream import declared_matrix
from medical.dicom.series import PixelLayout, SliceHeader

LOSSLESS_JPEG: Final = frozenset({"1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70"})
"""JPEG lossless, process 14, with any predictor and with the first one."""

ITEM: Final = b"\xfe\xff\x00\xe0"
DELIMITER: Final = b"\xfe\xff\xdd\xe0"
"""Before each fragment, and after the last (PS3.5 table A.4-1)."""

END_OF_IMAGE: Final = b"\xff\xd9"


def is_lossless_jpeg(layout: PixelLayout) -> bool:
    """Return whether a file's only frame is JPEG lossless of whole, plain samples."""
    return (
        layout.transfer_syntax in LOSSLESS_JPEG
        and layout.is_encapsulated
        and layout.offset is not None
        and layout.frames == 1
        and layout.samples == 1
        and layout.bits_allocated in (8, 16)
        and (not layout.is_signed or layout.bits_stored == layout.bits_allocated)
    )


def decode_lossless(header: SliceHeader, layout: PixelLayout) -> NDArray[Any] | None:
    """Return the stored values ``[row column]``, or None where it takes the general road.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    if not is_lossless_jpeg(layout):
        return None
    coded = _coded(header, layout)
    if coded is None or declared_matrix(coded) != (layout.rows, layout.columns):
        return None
    from imagecodecs import jpeg8_decode

    try:
        values = np.asarray(jpeg8_decode(coded))
    except Exception:  # its own kinds of errors: another decoder may know better
        return None
    if values.dtype != np.dtype(f"u{layout.bits_allocated // 8}"):
        return None
    return values.view(f"i{values.dtype.itemsize}") if layout.is_signed else values


def _coded(header: SliceHeader, layout: PixelLayout) -> bytes | None:
    """Return the frame's fragments joined, or None if they are not whole and in order."""
    with header.file.open("rb") as stream:
        stream.seek(layout.offset or 0)
        data = stream.read()
    parts: list[bytes] = []
    at = 0
    while data[at : at + 4] == ITEM:
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        parts.append(data[at + 8 : at + 8 + size])
        at += 8 + size
    if data[at : at + 4] != DELIMITER or len(parts) < 2:
        return None
    coded = b"".join(parts[1:])  # the first item is the table of offsets
    return coded if coded.rstrip(b"\0").endswith(END_OF_IMAGE) else None
