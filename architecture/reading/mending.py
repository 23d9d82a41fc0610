"""Damaged text DXF files put in step again, so that a reader can take them.

A DXF file is a row of pairs: a group code on one line, its value on the next. One lost
or doubled line puts all that follows out of step; one garbled number stops a strict
reader. Pairs that cannot be are dropped, numbers that are none become NaN, so that the
entity they belong to is left out and counted.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final

FLOAT_CODES: Final = (
    range(10, 60),
    range(110, 150),
    range(210, 240),
    range(460, 470),
    range(1010, 1060),
)
"""Group codes of numbers with a fraction (DXF reference, group code value types)."""
INTEGER_CODES: Final = (
    range(60, 80),
    range(90, 100),
    range(170, 180),
    range(270, 290),
    range(370, 390),
    range(400, 410),
    range(420, 430),
    range(440, 460),
    range(1060, 1072),
)
"""Group codes of whole numbers."""
HIGHEST_CODE: Final = 1071
KEPT_SECTIONS: Final = (b"HEADER", b"TABLES", b"BLOCKS", b"ENTITIES")
KEPT_VARIABLES: Final = (
    b"$ACADVER",
    b"$DWGCODEPAGE",
    b"$INSUNITS",
    b"$MEASUREMENT",
    b"$LUNITS",
)
NAMED_RECORDS: Final = frozenset(
    (b"LAYER", b"STYLE", b"LTYPE", b"APPID", b"BLOCK_RECORD", b"BLOCK", b"UCS", b"VIEW", b"INSERT")
)
"""Records that are nothing without a name (group code 2)."""
REQUIRED_MARKERS: Final = MappingProxyType(
    {
        b"LWPOLYLINE": b"AcDbPolyline",
        b"MTEXT": b"AcDbMText",
        b"HATCH": b"AcDbHatch",
        b"SPLINE": b"AcDbSpline",
        b"DIMENSION": b"AcDbDimension",
    }
)
"""Entities that are not read without their subclass marker (group code 100)."""
FIRST_EXTENDED_CODE: Final = 1000
CONTROL_CODE: Final = 102
Pair = tuple[bytes, bytes]
"""Group code and value."""
_NAME: Final = re.compile(rb"^[A-Z0-9_]*[A-Z][A-Z0-9_]+$")
_FLOAT: Final = re.compile(rb"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$")
_INTEGER: Final = re.compile(rb"^[+-]?\d+$")


def mend_tags(data: bytes) -> tuple[bytes, int]:
    """Return the file with its pairs in step, and how many lines were mended."""
    lines = [line.strip(b"\r") for line in data.split(b"\n")]
    mended: list[bytes] = []
    flaws = 0
    at = 0
    while at + 1 < len(lines):
        code = _code(lines[at])
        value = lines[at + 1]
        if code is None or (code == 0 and not _NAME.match(value.strip())):
            flaws += 1
            at += 1
            continue
        if _within(code, INTEGER_CODES) and not _INTEGER.match(value.strip()):
            flaws += 1
            at += 2 if at + 2 < len(lines) and _code(lines[at + 2]) is not None else 1
            continue
        if _within(code, FLOAT_CODES) and not _FLOAT.match(value.strip()):
            flaws += 1
            if at + 2 < len(lines) and _code(lines[at + 2]) is None:
                at += 1
                continue
            value = b"nan"
        mended += (lines[at], value)
        at += 2
    return b"\n".join(mended) + b"\n", flaws


def _code(line: bytes) -> int | None:
    text = line.strip()
    if len(text) > 4 or not text.isdigit():
        return None
    code = int(text)
    return code if code <= HIGHEST_CODE else None


def _within(code: int, ranges: tuple[range, ...]) -> bool:
    return any(code in codes for codes in ranges)


def pairs_of(data: bytes) -> list[Pair]:
    """Return the pairs of (group code, value) of a file that is in step."""
    lines = data.split(b"\n")
    return list(zip(lines[0::2], lines[1::2], strict=False))


def written(pairs: list[Pair]) -> bytes:
    """Return pairs as the bytes of a file."""
    return b"\n".join(line for pair in pairs for line in pair) + b"\n"


def salvage_tags(data: bytes) -> bytes:
    """Return the drawn part of a file whose pairs are in step, and nothing else.

    Sections without drawn entities, header variables that do not matter, extended data
    and application data go: what is damaged there does not matter either.
    """
    pairs = pairs_of(data)
    kept: list[Pair] = []
    at = 0
    while at < len(pairs):
        if is_pair(pairs[at], 0, b"SECTION") and at + 1 < len(pairs):
            end = _section_end(pairs, at)
            kept += _kept_section(pairs[at : end + 1], closed=is_pair(pairs[end], 0, b"ENDSEC"))
            at = end + 1
        else:
            at += 1
    kept.append((b"0", b"EOF"))
    return written(kept)


def is_pair(pair: Pair, code: int, value: bytes) -> bool:
    """Whether a pair has this group code and value."""
    return _code(pair[0]) == code and pair[1].strip() == value


def _section_end(pairs: list[Pair], start: int) -> int:
    """Return the index of the section's ENDSEC, or of its last pair."""
    for index in range(start + 1, len(pairs)):
        if is_pair(pairs[index], 0, b"ENDSEC"):
            return index
        if is_pair(pairs[index], 0, b"SECTION") or is_pair(pairs[index], 0, b"EOF"):
            return index - 1
    return len(pairs) - 1


def _kept_section(section: list[Pair], *, closed: bool) -> list[Pair]:
    name = section[1][1].strip()
    if name not in KEPT_SECTIONS or not closed:
        return []
    if name == b"HEADER":
        return [*section[:2], *_kept_variables(section), section[-1]]
    return [
        pair
        for record in _records(_without_application_data(section))
        if _is_complete(record)
        for pair in record
    ]


def _records(section: list[Pair]) -> list[list[Pair]]:
    """Return a section as its records: each starts with a pair of code 0."""
    records: list[list[Pair]] = []
    for pair in section:
        if not records or _code(pair[0]) == 0:
            records.append([])
        records[-1].append(pair)
    return records


def _is_complete(record: list[Pair]) -> bool:
    """Whether a record has what a reader cannot do without."""
    kind = record[0][1].strip()
    if kind in NAMED_RECORDS:
        return any(_code(code) == 2 and value.strip() for code, value in record)
    marker = REQUIRED_MARKERS.get(kind)
    return marker is None or any(is_pair(pair, 100, marker) for pair in record)


def _kept_variables(section: list[Pair]) -> list[Pair]:
    return [
        pair
        for index in range(len(section) - 1)
        if _code(section[index][0]) == 9 and section[index][1].strip() in KEPT_VARIABLES
        for pair in section[index : index + 2]
    ]


def _without_application_data(section: list[Pair]) -> list[Pair]:
    kept: list[Pair] = []
    skipping = False
    for pair in section:
        code = _code(pair[0]) or 0
        if code == 0:
            skipping = False
        if code == CONTROL_CODE:
            skipping = pair[1].strip().startswith(b"{")
        elif not skipping and code < FIRST_EXTENDED_CODE:
            kept.append(pair)
    return kept
