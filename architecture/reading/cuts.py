"""DXF files that end before their end: closed after the last whole record.

The tags before a cut are as sound as they ever were. What the cut went through is left
out, together with a polyline or an insert whose vertices or attributes do not end, and
the section is closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from architecture.reading.mending import Pair, is_pair, pairs_of, written

__all__ = ["ENTITIES", "Cut", "close_cut"]

ENTITIES: Final = "ENTITIES"
SEQUENCE_HEADS: Final = frozenset((b"POLYLINE", b"INSERT"))
"""Entities that others may belong to, up to a SEQEND."""
SEQUENCE_MEMBERS: Final = frozenset((b"VERTEX", b"ATTRIB"))
SEQUENCE_END: Final = b"SEQEND"


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a file was cut.

    Parameters
    ----------
    section
        Name of the section it went through, or empty where it went between two.
    whole
        Whole entities of model space and paper space before the cut.
    """

    section: str
    whole: int


def close_cut(data: bytes) -> tuple[bytes, Cut]:
    """Return a cut file closed after its last whole record, and where the cut was.

    `data` has its pairs in step (`mending.mend_tags`).
    """
    pairs = pairs_of(data)
    starts = [i for i, pair in enumerate(pairs) if is_pair(pair, 0, b"SECTION")]
    name = ""
    kept = pairs
    if starts and not any(is_pair(pair, 0, b"ENDSEC") for pair in pairs[starts[-1] :]):
        start = starts[-1]
        header = pairs[start + 1 : start + 2]
        name = header[0][1].strip().decode("ascii", "replace") if header else ""
        kept = [*pairs[: _last_whole(pairs, start + 2)], (b"0", b"ENDSEC")]
    return written([*kept, (b"0", b"EOF")]), Cut(section=name, whole=_entities_in(kept))


def _last_whole(pairs: list[Pair], first: int) -> int:
    """Return the index after the last whole record that begins at `first` or later."""
    records = [i for i in range(first, len(pairs)) if pairs[i][0].strip() == b"0"]
    if not records:
        return min(first, len(pairs))
    end = records[-1]  # the cut may have gone through the last one
    for i in reversed(records[:-1]):
        kind = pairs[i][1].strip()
        if kind in SEQUENCE_HEADS:
            follower = pairs[records[records.index(i) + 1]][1].strip()
            return i if follower in SEQUENCE_MEMBERS else end
        if kind not in SEQUENCE_MEMBERS:
            return end
    return end


def _entities_in(pairs: list[Pair]) -> int:
    """Return the number of entities in the ENTITIES section, parts of others not counted."""
    parts = {*SEQUENCE_MEMBERS, SEQUENCE_END, b"SECTION", b"ENDSEC", b"EOF"}
    inside = False
    count = 0
    for before, pair in zip([pairs[0], *pairs], pairs, strict=False):
        if is_pair(before, 0, b"SECTION"):
            inside = is_pair(pair, 2, ENTITIES.encode())
        elif inside and pair[0].strip() == b"0" and pair[1].strip() not in parts:
            count += 1
    return count
