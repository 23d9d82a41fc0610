"""Large DXF files without the entities that nobody reads.

Survey points, solids and meshes can fill hundreds of megabytes; loaded as objects they
would take gigabytes. They are dropped from the stream before it is loaded, and counted.
"""

from __future__ import annotations

from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final

from architecture.errors import DamagedDrawingError

LARGE_BYTES: Final = 24 * 2**20
"""Files from this size on are trimmed."""
MAX_ENTITIES: Final = 800_000
"""Most entities loaded from one file."""
TRIMMED_SECTIONS: Final = (b"BLOCKS", b"ENTITIES")
DROPPED: Final = frozenset(
    b"POINT RAY XLINE MESH 3DSOLID BODY REGION SURFACE OLE2FRAME OLEFRAME LIGHT SUN WIPEOUT".split()
)
"""Entity types that give no lines."""


def trimmed_file(path: Path) -> tuple[bytes, Counter[str]]:
    """Return a text DXF without what is not read, and what was dropped.

    Raises
    ------
    DamagedDrawingError
        If more than `MAX_ENTITIES` entities remain.
    """
    kept = BytesIO()
    dropped: Counter[str] = Counter()
    with path.open("rb") as stream:
        entities = _copy(stream, kept, dropped)
    if entities > MAX_ENTITIES:
        raise DamagedDrawingError(
            f"{path.name} holds more than {MAX_ENTITIES:,} entities.",
            remedy="Purge it, and write out (WBLOCK) each storey alone.",
        )
    return kept.getvalue(), dropped


def _copy(stream: BinaryIO, kept: BytesIO, dropped: Counter[str]) -> int:
    """Copy pairs from the stream; return how many entities were kept."""
    section, opening, dropping = b"", False, False
    entities = 0
    while True:
        code, value = stream.readline(), stream.readline()
        if not value:
            kept.write(code)
            return entities
        number = code.strip()
        if number == b"0":
            kind = value.strip()
            opening = kind == b"SECTION"
            if opening or kind == b"ENDSEC":
                section = b""
            dropping = section in TRIMMED_SECTIONS and kind in DROPPED
            if dropping:
                dropped[kind.decode("ascii")] += 1
            elif section in TRIMMED_SECTIONS:
                entities += 1
                if entities > MAX_ENTITIES:
                    return entities
        elif opening and number == b"2":
            section, opening = value.strip(), False
        if not dropping:
            kept.write(code)
            kept.write(value)
