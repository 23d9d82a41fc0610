"""The `recon` command: where errors become messages and exit statuses.

Little is imported before `main` runs, so that an interrupt finds it in charge.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import Final

from toolkit.cli.interruption import Interrupted, interruptible
from toolkit.cli.streams import drop_output, prepare_streams

EXIT_OWN_BUG = 1
EXIT_BAD_PLACE = 3
EXIT_SIGNAL = 128
"""Added to a signal's number, as shells do."""
SIGPIPE = 13
GARBAGE_THRESHOLD: Final = 300_000
"""New objects between two searches for unreachable ones: imports make many, all of them stay."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; every error ends here as one message and a status."""
    _collect_seldom()
    prepare_streams()
    try:
        with interruptible():
            _run(sys.argv[1:] if arguments is None else arguments)
    except Interrupted as interrupt:
        _leave("Stopped.", None, EXIT_SIGNAL + interrupt.signal)
    except BrokenPipeError:
        drop_output()
        sys.exit(EXIT_SIGNAL + SIGPIPE)
    except SystemExit as left:
        if isinstance(left.__context__, BrokenPipeError):  # typer took it for a failure
            drop_output()
            sys.exit(EXIT_SIGNAL + SIGPIPE)
        raise
    except OSError as error:
        _raise_if_asked()
        drop_output()
        place = f": {error.filename}" if error.filename else ""
        _leave(
            f"The system refused: {error.strerror or error}{place}.",
            "Check the path, its permissions and the free space.",
            EXIT_BAD_PLACE,
        )
    except Exception as error:
        _end(error)


def _collect_seldom() -> None:
    """Search for unreachable objects seldom while working, and not once more at the end."""
    gc.set_threshold(GARBAGE_THRESHOLD)
    atexit.register(gc.freeze)


def _run(arguments: list[str]) -> None:
    from toolkit.cli.arguments import spread_outputs
    from toolkit.cli.commands import app

    try:
        app(args=spread_outputs(arguments))
    finally:
        sys.stdout.flush()


def _end(error: Exception) -> None:
    """Leave with an error's own message and status, or with those of a bug."""
    from shared.errors import ToolkitError

    if isinstance(error, ToolkitError):
        _leave(error.problem, error.remedy, error.exit_status)
    _raise_if_asked()
    if isinstance(error, MemoryError):
        _leave("There is not enough memory for this.", "Use a smaller input.", EXIT_BAD_PLACE)
    _leave(
        f"This is a bug of ours: {type(error).__name__}: {error}",
        "Run again with RECON_DEBUG=1 for the traceback, and report it.",
        EXIT_OWN_BUG,
    )


def _raise_if_asked() -> None:
    """Raise the error at hand where RECON_DEBUG asks for its traceback."""
    if os.environ.get("RECON_DEBUG"):
        raise


def _leave(problem: str, remedy: str | None, status: int) -> None:
    from toolkit.cli.console import say_error

    say_error(problem, remedy)
    sys.exit(status)


if __name__ == "__main__":
    main()
