"""Streams: what is printed reaches a terminal, a file or nobody, but never fails halfway."""

from __future__ import annotations

import codecs
import os
import sys
import unicodedata
from typing import Final

PLAIN_SIGNS: Final = {
    "–": "-",
    "—": "-",
    "−": "-",
    "×": "x",
    "…": "...",
    "·": ".",
    "→": "->",
    "≥": ">=",
    "≤": "<=",
    "°": " deg",
    "─": "-",
    "│": "|",
    "’": "'",
    "“": '"',
    "”": '"',
}
"""Signs we print and what stands for them where an encoding lacks them."""
ERROR_HANDLER: Final = "recon-plain"


def prepare_streams() -> None:
    """Let standard streams be there, and hold every letter: mm² becomes mm2 in ASCII."""
    codecs.register_error(ERROR_HANDLER, plain_letters)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by the caller
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=ERROR_HANDLER)


def plain_letters(error: UnicodeError) -> tuple[str, int]:
    """Return plain letters for those that an encoding lacks, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(map(_plain, missing)), error.end


def _plain(letter: str) -> str:
    known = PLAIN_SIGNS.get(letter)
    if known is not None:
        return known
    spelled = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode("ascii")
    return spelled or "?"


def drop_output() -> None:
    """Let what is left to print go nowhere: nobody reads it, or there is no room for it."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError):  # a stream without a file of its own
        return
