"""DICOMDIR: the table of contents of a disc, used to tell which files are lost.

Files are found by looking at all of them, since tables of contents are often out of date;
what one lists that is not there is a loss worth telling (PS3.3 annex F, PS3.10 8.6).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any, Final

from medical.dicom.find import DicomFile
from shared.finding import Finding, note, warning

FILE_NAME: Final = "DICOMDIR"
REFERENCED_FILE: Final = 0x00041500
RECORDS: Final = 0x00041220


def is_dicomdir(path: Path) -> bool:
    """Return whether a path is a disc's table of contents, by its name."""
    return path.name.upper() == FILE_NAME and path.is_file()


def contents_findings(files: Iterable[DicomFile]) -> tuple[Finding, ...]:
    """Return what the tables of contents among `files` list that is not there."""
    files = tuple(files)
    tables = [file for file in files if _parts(file)[-1] == FILE_NAME]
    if not tables:
        return ()
    present = {_parts(file) for file in files}
    found: list[Finding] = []
    for table in tables:
        folder = _parts(table)[:-1]
        listed = _listed(table)
        lost = sum((*folder, *parts) not in present for parts in listed)
        if lost:
            found.append(
                warning(
                    "dicomdir-files-lost",
                    f"{lost} of {len(listed)} files that the DICOMDIR lists are not there: the "
                    "copy of the disc is incomplete.",
                    details={"listed": len(listed), "lost": lost},
                )
            )
        elif listed:
            found.append(
                note(
                    "dicomdir-complete",
                    f"All {len(listed)} files that the DICOMDIR lists are there.",
                    details={"listed": len(listed)},
                )
            )
    return tuple(found)


def _parts(file: DicomFile) -> tuple[str, ...]:
    """Return a file's place, in upper case as discs have it, without suffixes and versions."""
    path = file if isinstance(file, Path) else PurePosixPath(file.name)
    return tuple(_plain(part) for part in path.parts)


def _plain(part: str) -> str:
    """Return a name as DICOMDIR writes it: some systems add ``;1`` or a suffix to it."""
    name = part.upper().split(";")[0]
    return name.removesuffix(".").removesuffix(".DCM")


def _listed(table: DicomFile) -> set[tuple[str, ...]]:
    """Return the places of the files that a table lists, none if it is damaged."""
    from pydicom import dcmread

    try:
        with table.open("rb") as stream:
            dataset = dcmread(stream, force=True, specific_tags=[RECORDS])
        records: Any = dataset[RECORDS].value
        names = [r[REFERENCED_FILE].value for r in records if REFERENCED_FILE in r]
    except Exception:  # a damaged table: what pydicom raises here is anybody's guess
        return set()
    return {
        tuple(_plain(str(part)) for part in ([name] if isinstance(name, str) else name))
        for name in names
        if name
    }
