"""Find: every regular file under a path or in an archive, in a stable order."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from medical.dicom.archives import Member, is_archive, list_members
from shared.errors import InputNotFoundError

DicomFile = Path | Member
"""Where a file is: on disk, or in an archive. Both open alike."""


def list_files(path: Path) -> tuple[DicomFile, ...]:
    """Return every regular file at, under or in `path`, sorted.

    Links to files are followed, links to folders are not (they may run in circles). An
    archive is looked into only if it is `path` itself.

    Raises
    ------
    InputNotFoundError
        If there is no such path, or it cannot be opened.
    DamagedFileError, UnsafeArchiveError
        If it is an archive that cannot or should not be read.
    """
    path = Path(path)
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise InputNotFoundError(
            f"There is no file or folder {path} ({error.strerror}).",
            remedy="Check the spelling of the path.",
        ) from error
    if stat.S_ISREG(mode):
        _require_readable(path, os.R_OK)
        return list_members(path) if is_archive(path) else (path,)
    if not stat.S_ISDIR(mode):
        raise InputNotFoundError(
            f"{path} is neither a file nor a folder.", remedy="Name a DICOM file or folder."
        )
    _require_readable(path, os.R_OK | os.X_OK)
    found: list[Path] = []
    for folder, subfolders, names in os.walk(path):
        subfolders.sort()
        found.extend(
            candidate
            for candidate in (Path(folder, name) for name in sorted(names))
            if candidate.is_file()
        )
    return tuple(found)


def _require_readable(path: Path, access: int) -> None:
    if not os.access(path, access):
        raise InputNotFoundError(
            f"{path} cannot be opened: permission denied.",
            remedy="Ask for the right to read it.",
        )
