"""The one way files are written: beside their place first, then renamed into it.

A run that fails leaves nothing behind, and never half a file under the asked name. An
output that is a link is written through: the file it points to changes, the link stays.
"""

from __future__ import annotations

import os
import shlex
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shared.errors import OutputError

PREFIX_LETTERS: Final = 40
"""Letters of a file's name in the name it has while it is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A file being written: where, what it will be called, and the place behind links."""

    staged: Path
    final: Path
    place: Path


class Staging:
    """Files being written beside their final places; see `staged_outputs`."""

    def __init__(self) -> None:
        self._files: list[_File] = []

    def path_for(self, final: Path) -> Path:
        """Return where to write what shall stand at `final` (same folder and suffix).

        Raises
        ------
        OutputError
            If the folder is not there or cannot be written, or `final` is a folder.
        """
        final = Path(final)
        place = place_of(final)
        if any(file.place == place for file in self._files):
            raise OutputError(
                f"Two outputs would be written to {final.name}.",
                remedy="Give each output a name of its own.",
            )
        require_writable(final)
        handle, name = tempfile.mkstemp(
            dir=place.parent, prefix=f".{place.name[:PREFIX_LETTERS]}.", suffix=place.suffix
        )
        os.close(handle)
        self._files.append(_File(staged=Path(name), final=final, place=place))
        return Path(name)

    @property
    def finals(self) -> tuple[Path, ...]:
        """Where the files written so far will stand."""
        return tuple(file.final for file in self._files)

    def commit(self) -> tuple[Path, ...]:
        """Move every file to its final place; return the final places."""
        mask = os.umask(0)
        os.umask(mask)
        for file in self._files:
            is_there = file.place.exists()
            mode = file.place.stat().st_mode & 0o777 if is_there else 0o666 & ~mask
            file.staged.chmod(mode)
            file.staged.replace(file.place)
        finals = self.finals
        self._files.clear()
        return finals

    def discard(self) -> None:
        """Remove everything written so far."""
        for file in self._files:
            file.staged.unlink(missing_ok=True)
        self._files.clear()


@contextmanager
def staged_outputs() -> Iterator[Staging]:
    """Collect the outputs of a run; all reach their places, or none does.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with staged_outputs() as staging:
    ...     _ = staging.path_for(folder / "report.json").write_text("{}")
    >>> [path.name for path in folder.iterdir()]
    ['report.json']
    """
    staging = Staging()
    try:
        yield staging
        staging.commit()
    except OSError as error:
        raise OutputError(
            f"Writing failed: {error.strerror or error}.",
            remedy="Check the free space and the permissions of the output folder.",
        ) from error
    finally:
        staging.discard()


def place_of(final: Path) -> Path:
    """Return where a file asked for at `final` stands, links followed and dots removed."""
    return Path(os.path.realpath(final))


def require_writable(final: Path) -> None:
    """Raise `OutputError` unless a file can be written at `final`."""
    place = place_of(final)
    as_named = final.parent if place_of(final.parent) == place.parent else place.parent
    _require_folder(as_named)
    try:
        mode = place.stat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:  # a name too long, a link to itself
        raise OutputError(
            f"{final} cannot be written: {(error.strerror or 'bad name').lower()}.",
            remedy="Choose another name.",
        ) from error
    if stat.S_ISDIR(mode):
        raise OutputError(f"{final} is a folder.", remedy="Name a file in it.")
    if not stat.S_ISREG(mode):
        raise OutputError(f"{final} is no regular file.", remedy="Name a file on a disk.")
    if not os.access(place, os.W_OK):
        raise OutputError(
            f"{final} is there and may not be changed.",
            remedy="Choose another name or change its permissions.",
        )


def _require_folder(folder: Path) -> None:
    """Raise `OutputError` unless files can be made in `folder`."""
    if os.access(folder, os.W_OK | os.X_OK) and folder.is_dir():
        return
    if not os.path.lexists(folder):
        above = next((path for path in folder.parents if os.path.lexists(path)), folder)
        if os.access(above, os.X_OK) and above.is_dir():
            raise OutputError(
                f"The output folder {folder} does not exist.",
                remedy=f"Create it: mkdir -p {shlex.quote(str(folder))}",
            )
        folder = above
    if folder.is_file():
        raise OutputError(
            f"{folder} is a file: no output can stand below it.",
            remedy="Name a folder, or a file beside it.",
        )
    raise OutputError(
        f"The output folder {folder} cannot be written.",
        remedy="Choose another folder or change its permissions.",
    )
