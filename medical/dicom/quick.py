"""Quick: headers of well-formed files, read without a DICOM library.

Nearly all files keep the rules (PS3.5 7, PS3.10 7): for them, walking from element to
element and keeping the few that are wanted takes a fraction of the time that a library
needs to load. Whatever is not plainly in order is left to `medical.dicom.parsing`, which
asks pydicom: nothing is guessed here.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

PREAMBLE_BYTES: Final = 132
"""128 bytes of anything, then DICM (PS3.10 7.1)."""

TRANSFER_SYNTAX: Final = 0x00020010
CHARACTER_SET: Final = 0x00080005
IMPLICIT_LITTLE: Final = "1.2.840.10008.1.2"
LEFT_TO_OTHERS: Final = frozenset(
    {"", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.1.98"}
)
"""Transfer syntaxes that are not walked here: none told, big endian, deflated, encapsulated
uncompressed."""

FIRST_PIXEL_ELEMENT: Final = 0x7FE00008
UNDEFINED_LENGTH: Final = 0xFFFFFFFF
ITEM: Final = 0xFFFEE000
ITEM_END: Final = 0xFFFEE00D
SEQUENCE_END: Final = 0xFFFEE0DD

SHORT_VRS: Final = frozenset(
    b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split()
)
"""VRs whose length has 16 bits (PS3.5 7.1.2)."""

LONG_VRS: Final = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
"""VRs whose length has 32 bits, after two bytes that are reserved."""

DEEPEST: Final = 8
"""Sequences nested deeper are left to others."""

_EXPLICIT: Final = struct.Struct("<HH2sH")
_IMPLICIT: Final = struct.Struct("<HHI")
_LENGTH: Final = struct.Struct("<I")


class NotPlainError(ValueError):
    """The header is not plainly in order (internal signal)."""


class QuickElement(NamedTuple):
    """A data element as pydicom's raw ones: VR (None where implicit) and bytes."""

    VR: str | None
    value: bytes


class QuickDataSet:
    """The wanted elements of a data set, looked up as in pydicom's data sets."""

    __slots__ = ("_elements", "file_meta", "original_encoding")

    def __init__(self, elements: dict[int, QuickElement], *, is_implicit: bool = False) -> None:
        self._elements = elements
        self.file_meta: QuickDataSet | None = None
        self.original_encoding = (is_implicit, True)

    def __contains__(self, tag: int) -> bool:
        return tag in self._elements

    @property
    def _character_set(self) -> list[str]:
        """The encodings of text, as pydicom's data sets have them (PS3.3 C.12.1.1.2)."""
        from pydicom.charset import convert_encodings

        told = self._elements.get(CHARACTER_SET)
        words = "" if told is None else told.value.decode("ascii", "replace")
        return list(convert_encodings([word.strip(" \0") for word in words.split("\\")]))

    def get_item(self, tag: int) -> QuickElement | None:
        """Return an element, or None where it is absent."""
        return self._elements.get(tag)


class QuickPixels(NamedTuple):
    """Where the pixels stand: tag, declared length, first byte of the value."""

    tag: int
    length: int
    offset: int


def quick_parse(
    data: bytes, wanted: Collection[int]
) -> tuple[QuickDataSet, QuickPixels | None] | None:
    """Return the wanted elements before the pixels, and where these are.

    Parameters
    ----------
    data
        The beginning of a file.
    wanted
        Tags to keep.

    Returns
    -------
    tuple or None
        None if the header does not end within `data`, holds a wanted sequence, or is not
        plainly in order.
    """
    if data[128:PREAMBLE_BYTES] != b"DICM":
        return None
    try:
        meta, at = _meta(data)
        syntax = meta[TRANSFER_SYNTAX].value.rstrip(b" \0").decode("ascii")
        if syntax in LEFT_TO_OTHERS:
            return None
        is_implicit = syntax == IMPLICIT_LITTLE
        elements, pixels = _walk(data, at, wanted, is_implicit=is_implicit)
    except (NotPlainError, struct.error, KeyError, UnicodeDecodeError):
        return None
    found = QuickDataSet(elements, is_implicit=is_implicit)
    found.file_meta = QuickDataSet(meta)
    return found, pixels


def _meta(data: bytes) -> tuple[dict[int, QuickElement], int]:
    """Return the file meta information and where it ends (PS3.10 7.1)."""
    group, element, vr, length = _EXPLICIT.unpack_from(data, PREAMBLE_BYTES)
    if (group, element, vr, length) != (2, 0, b"UL", 4):
        raise NotPlainError
    start = PREAMBLE_BYTES + _EXPLICIT.size + 4
    end = start + _LENGTH.unpack_from(data, start - 4)[0]
    if end > len(data):
        raise NotPlainError
    found: dict[int, QuickElement] = {}
    at = start
    while at < end:
        tag, name, length, at = _explicit_head(data, at)
        if tag >> 16 != 2 or at + length > end:
            raise NotPlainError
        found[tag] = QuickElement(name.decode(), data[at : at + length])
        at += length
    return found, at


def _walk(
    data: bytes, at: int, wanted: Collection[int], *, is_implicit: bool
) -> tuple[dict[int, QuickElement], QuickPixels | None]:
    """Return the wanted elements up to the pixels."""
    head = _implicit_head if is_implicit else _explicit_head
    found: dict[int, QuickElement] = {}
    size, last = len(data), 0x00030000
    while True:
        if is_implicit and last == 0x00030000 and data[at + 4 : at + 6].isupper():
            raise NotPlainError  # the first element has a VR after all
        tag, vr, length, at = head(data, at)
        if tag <= last:
            raise NotPlainError
        last = tag
        if tag >= FIRST_PIXEL_ELEMENT:
            is_known = tag in (0x7FE00008, 0x7FE00009, 0x7FE00010)
            return found, QuickPixels(tag, length, at) if is_known else None
        if length == UNDEFINED_LENGTH or vr == b"SQ":
            if tag in wanted:
                raise NotPlainError
            at = _after_sequence(data, at, length, is_implicit=is_implicit, depth=0)
            continue
        if at + length > size:
            raise NotPlainError
        if tag in wanted:
            name = None if is_implicit else vr.decode()
            found[tag] = QuickElement(name, data[at : at + length])
        at += length


def _explicit_head(data: bytes, at: int) -> tuple[int, bytes, int, int]:
    """Return tag, VR, length and where the value starts."""
    group, element, vr, length = _EXPLICIT.unpack_from(data, at)
    if vr in SHORT_VRS:
        return group << 16 | element, vr, length, at + 8
    if vr not in LONG_VRS or length:
        raise NotPlainError
    return group << 16 | element, vr, _LENGTH.unpack_from(data, at + 8)[0], at + 12


def _implicit_head(data: bytes, at: int) -> tuple[int, bytes, int, int]:
    group, element, length = _IMPLICIT.unpack_from(data, at)
    return group << 16 | element, b"", length, at + 8


def _after_sequence(data: bytes, at: int, length: int, *, is_implicit: bool, depth: int) -> int:
    """Return where a sequence ends whose first item starts at `at` (PS3.5 7.5)."""
    if length != UNDEFINED_LENGTH:
        if at + length > len(data):
            raise NotPlainError
        return at + length
    if depth > DEEPEST:
        raise NotPlainError
    while True:
        tag, _, size, at = _implicit_head(data, at)
        if tag == SEQUENCE_END:
            return at
        if tag != ITEM:
            raise NotPlainError
        if size != UNDEFINED_LENGTH:
            at += size
            if at > len(data):
                raise NotPlainError
            continue
        at = _after_item(data, at, is_implicit=is_implicit, depth=depth)


def _after_item(data: bytes, at: int, *, is_implicit: bool, depth: int) -> int:
    """Return where an item of undefined length ends."""
    head: Any = _implicit_head if is_implicit else _explicit_head
    while True:
        group, element, _ = _IMPLICIT.unpack_from(data, at)
        if group << 16 | element == ITEM_END:
            return at + 8
        _, vr, length, at = head(data, at)
        if length == UNDEFINED_LENGTH or vr == b"SQ":
            at = _after_sequence(data, at, length, is_implicit=is_implicit, depth=depth + 1)
        else:
            at += length
            if at > len(data):
                raise NotPlainError
