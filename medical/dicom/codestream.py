"""Codestream: the matrix that a coded frame itself declares, before it is decoded.

A decoder takes the size from the codestream, not from the DICOM header, and fetches memory
for it. One damaged byte can make that gigabytes, so both must agree before it is let loose.
"""

from __future__ import annotations

from typing import Final

JPEG_START: Final = b"\xff\xd8"
JPEG_2000_START: Final = b"\xff\x4f\xff\x51"
"""Start of codestream and of its SIZ segment (ISO/IEC 15444-1 A.5.1)."""
JP2_START: Final = b"\x00\x00\x00\x0cjP  "
"""A JP2 file around the codestream, which DICOM forbids and some writers write."""
FRAME_MARKERS: Final = frozenset({*range(0xC0, 0xD0), 0xF7}) - {0xC4, 0xC8, 0xCC}
"""Start of frame in JPEG (ISO/IEC 10918-1 B.1.1.3) and JPEG-LS (14495-1 C.1.1)."""
BARE_MARKERS: Final = frozenset({0x01, *range(0xD0, 0xDA)})
"""Markers without a segment."""


def declared_matrix(frame: bytes) -> tuple[int, int] | None:
    """Return (rows, columns) of a JPEG, JPEG-LS or JPEG 2000 frame; None where unknown."""
    if frame.startswith(JP2_START):
        at = frame.find(JPEG_2000_START)
        return _of_jpeg_2000(frame[at:]) if at >= 0 else None
    if frame.startswith(JPEG_2000_START):
        return _of_jpeg_2000(frame)
    return _of_jpeg(frame) if frame.startswith(JPEG_START) else None


def _of_jpeg_2000(frame: bytes) -> tuple[int, int] | None:
    if len(frame) < 24:
        return None
    right, bottom, left, top = (int.from_bytes(frame[at : at + 4]) for at in (8, 12, 16, 20))
    return bottom - top, right - left


def _of_jpeg(frame: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(frame):
        if frame[at] != 0xFF:
            return None
        marker = frame[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
        elif marker in BARE_MARKERS:
            at += 2
        elif marker in FRAME_MARKERS:
            return int.from_bytes(frame[at + 5 : at + 7]), int.from_bytes(frame[at + 7 : at + 9])
        else:
            at += 2 + int.from_bytes(frame[at + 2 : at + 4])
    return None
