"""The one way files are written: beside their place first, then renamed into it.

A run that fails leaves nothing behind, and never half a file under the asked name.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.errors import OutputError


class Staging:
    """Files being written beside their final places; see `staged_outputs`."""

    def __init__(self) -> None:
        self._final_by_staged: dict[Path, Path] = {}

    def path_for(self, final: Path) -> Path:
        """Return where to write what shall stand at `final` (same folder and suffix).

        Raises
        ------
        OutputError
            If the folder is not there or cannot be written, or `final` is a folder.
        """
        final = Path(final)
        if final in self._final_by_staged.values():
            raise OutputError(
                f"Two outputs would be written to {final.name}.",
                remedy="Give each output a name of its own.",
            )
        require_writable(final)
        handle, name = tempfile.mkstemp(
            dir=final.parent, prefix=f".{final.name[:60]}.", suffix=final.suffix
        )
        os.close(handle)
        staged = Path(name)
        self._final_by_staged[staged] = final
        return staged

    @property
    def finals(self) -> tuple[Path, ...]:
        """Where the files written so far will stand."""
        return tuple(self._final_by_staged.values())

    def commit(self) -> tuple[Path, ...]:
        """Move every file to its final place; return the final places."""
        mask = os.umask(0)
        os.umask(mask)
        for staged, final in self._final_by_staged.items():
            staged.chmod(0o666 & ~mask)
            staged.replace(final)
        finals = self.finals
        self._final_by_staged.clear()
        return finals

    def discard(self) -> None:
        """Remove everything written so far."""
        for staged in self._final_by_staged:
            staged.unlink(missing_ok=True)
        self._final_by_staged.clear()


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


def require_writable(final: Path) -> None:
    """Raise `OutputError` unless a file can be written at `final`."""
    folder = final.parent
    if not folder.is_dir():
        raise OutputError(
            f"The output folder {folder} does not exist.", remedy=f"Create it: mkdir -p {folder}"
        )
    if final.is_dir():
        raise OutputError(f"{final} is a folder.", remedy="Name a file in it.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(
            f"The output folder {folder} cannot be written.",
            remedy="Choose another folder or change its permissions.",
        )
