"""Data elements read leniently: numbers with commas, wrong VRs and blanks do no harm.

Values are taken from the raw bytes of each element, so that one malformed tag never
costs the file, and thousands of headers are read quickly.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

_BINARY: Final = {
    "US": "H",
    "SS": "h",
    "UL": "I",
    "SL": "i",
    "FL": "f",
    "FD": "d",
    "UV": "Q",
    "SV": "q",
}
"""struct codes of the VRs that hold binary numbers (PS3.5 6.2)."""

_EXPECTED: Final = {
    0x00280002: "US",
    0x00280006: "US",
    0x00280010: "US",
    0x00280011: "US",
    0x00280100: "US",
    0x00280101: "US",
    0x00280102: "US",
    0x00280103: "US",
    0x00280120: "US",
    0x00280121: "US",
    0x00189082: "FD",
    0x00189087: "FD",
    0x00189089: "FD",
    0x00209056: "SH",
    0x00209057: "UL",
    0x00209128: "UL",
    0x00209156: "US",
    0x00209157: "UL",
    0x0019100A: "US",
    0x00540070: "US",
    0x00540080: "US",
    0x00209301: "FD",
    0x00209302: "FD",
    0x0019100E: "FD",
    0x20011003: "FL",
    0x00283002: "US",
    0x00283006: "US",
}
"""VRs of the tags read here where the file is implicit or says UN (PS3.6)."""


MOST_KEPT: Final = 1024
MOST_KEPT_BYTES: Final = 64
"""Slices of a series say mostly the same: this many short values are parsed once."""


@dataclass(frozen=True, slots=True)
class Elements:
    """Lenient view of a pydicom data set (of a file, or of a sequence item)."""

    dataset: Any

    def __contains__(self, tag: int) -> bool:
        return tag in self.dataset

    def raw(self, tag: int) -> bytes:
        """Return the bytes of an element, empty where it is absent."""
        value = self._value(tag)
        return bytes(value) if isinstance(value, bytes | bytearray) else b""

    def text(self, tag: int) -> str:
        """Return an element as text with backslashes, empty where it is absent."""
        value = self._value(tag)
        if value is None:
            return ""
        if isinstance(value, bytes | bytearray):
            return _decoded(bytes(value), self.dataset)
        if isinstance(value, str):
            return value.strip()
        try:
            return "\\".join(str(x) for x in value)
        except TypeError:
            return str(value)

    def words(self, tag: int) -> tuple[str, ...]:
        """Return the values of a text element, without the blanks around them."""
        text = self.text(tag)
        return tuple(word.strip() for word in text.split("\\")) if text else ()

    def numbers(self, tag: int) -> tuple[float, ...]:
        """Return finite numbers, or nothing if any value is malformed."""
        try:
            item = self.dataset.get_item(tag)
            if item is None or item.value is None:
                return ()
            return _numbers(item, tag)
        except (ValueError, TypeError, struct.error, KeyError, AttributeError):
            return ()

    def number(self, tag: int) -> float | None:
        """Return the first number of an element, or None."""
        values = self.numbers(tag)
        return values[0] if values else None

    def integer(self, tag: int) -> int | None:
        """Return the first number of an element as an integer, or None."""
        value = self.number(tag)
        return None if value is None else round(value)

    def items(self, tag: int) -> tuple[Elements, ...]:
        """Return the items of a sequence, none where it is absent or damaged."""
        return tuple(self._items(tag))

    def first(self, tag: int) -> Elements | None:
        """Return the first item of a sequence, or None."""
        return next(iter(self._items(tag)), None)

    def _items(self, tag: int) -> Iterator[Elements]:
        try:
            if tag not in self.dataset:
                return
            for item in self.dataset[tag].value or ():
                if hasattr(item, "get_item"):
                    yield Elements(item)
        except Exception:  # a damaged sequence: what pydicom raises here is anybody's guess
            return

    def _value(self, tag: int) -> Any:
        try:
            item = self.dataset.get_item(tag)
        except Exception:
            return None
        return None if item is None else item.value


def _numbers(item: Any, tag: int) -> tuple[float, ...]:
    value = item.value
    if not isinstance(value, bytes | bytearray):
        many = [value] if isinstance(value, str | int | float) else list(value)
        return _finite(float(x) for x in many)
    vr = item.VR if item.VR in _BINARY else None
    if vr is None and item.VR in (None, "UN", "OB", "OW"):
        vr = _EXPECTED.get(tag)
        vr = vr if vr in _BINARY else None
    is_little = getattr(item, "is_little_endian", True)
    if len(value) <= MOST_KEPT_BYTES:
        return _known_numbers(bytes(value), vr, is_little)
    return _numbers_in(bytes(value), vr, is_little)


def _numbers_in(value: bytes, vr: str | None, is_little: bool) -> tuple[float, ...]:
    """Return the numbers that bytes stand for: binary ones of a VR, or decimal strings."""
    if vr is not None:
        code = _BINARY[vr]
        order = "<" if is_little else ">"
        size = struct.calcsize(code)
        count = len(value) // size
        if count == 0:
            return ()
        found = struct.unpack(f"{order}{count}{code}", value[: count * size])
        return _finite(float(x) for x in found)
    text = value.decode("ascii", "replace").strip(" \0")
    if not text:
        return ()
    return _finite(_decimal(part) for part in text.split("\\"))


def _finite(numbers: Iterable[float]) -> tuple[float, ...]:
    """Return numbers, or none if any is not finite."""
    found = tuple(numbers)
    return found if all(map(math.isfinite, found)) else ()


_known_numbers = lru_cache(MOST_KEPT)(_numbers_in)


def _decimal(text: str) -> float:
    """Return a decimal string's number; a comma as decimal mark is understood."""
    return float(text.strip(" \0").replace(",", "."))


def _decoded(value: bytes, dataset: Any) -> str:
    value = value.rstrip(b" \0")
    if value.isascii():
        return value.decode("ascii").strip()
    try:
        from pydicom.charset import convert_encodings, decode_bytes

        encodings = getattr(dataset, "_character_set", None) or ["latin-1"]
        if isinstance(encodings, str):
            encodings = convert_encodings(encodings)
        return str(decode_bytes(value, encodings, {"\\"})).strip()
    except Exception:
        return value.decode("latin-1").strip()
