"""Arguments that several commands share, and how their words become values."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from shared.errors import InputNotFoundError, UsageError

OUTPUT_SUFFIXES: Final = frozenset({".stl", ".ply", ".obj", ".glb", ".ifc"})
OUTPUT_OPTIONS: Final = frozenset({"-o", "--output"})

OutputPaths = Annotated[
    list[Path],
    typer.Option(
        "-o", "--output", help="File to write; give several, the suffix tells the format."
    ),
]
ReportPath = Annotated[
    Path | None, typer.Option("--report", help="Write the report as JSON to this file.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Merge = Annotated[bool, typer.Option("--merge", help="Put all parts into one STL or PLY file.")]


def spread_outputs(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with ``-o A B`` as ``-o A -o B``.

    A word after an output is an output too as long as it has the suffix of one and is
    not a file that is there to be read.

    >>> spread_outputs(["medical", "reconstruct", "ct", "-o", "a.stl", "b.glb", "--smooth"])
    ['medical', 'reconstruct', 'ct', '-o', 'a.stl', '-o', 'b.glb', '--smooth']
    """
    spread: list[str] = []
    after_output = False
    for word in arguments:
        previous = spread[-1] if spread else ""
        is_output = after_output and Path(word).suffix.lower() in OUTPUT_SUFFIXES
        if is_output and previous not in OUTPUT_OPTIONS and not word.startswith("-"):
            spread.append("-o")
        elif previous not in OUTPUT_OPTIONS:
            after_output = word in OUTPUT_OPTIONS
        spread.append(word)
    return spread


def require_exists(path: Path) -> Path:
    """Return `path`; raise `InputNotFoundError` if nothing is there."""
    if not path.exists():
        raise InputNotFoundError(f"There is nothing at {path}.", remedy="Check the path.")
    return path


def require_outputs(outputs: Sequence[Path], report: Path | None, known: frozenset[str]) -> None:
    """Raise before any work if an output cannot be written or its format is unknown."""
    from shared.errors import UnknownFormatError
    from shared.formats.outputs import require_writable

    for output in outputs:
        if output.suffix.lower() not in known:
            raise UnknownFormatError(
                f"{output.name}: {output.suffix or 'no suffix'} is no format we write.",
                remedy=f"Use one of {', '.join(sorted(known))}.",
            )
        require_writable(output)
    if report is not None:
        require_writable(report)


def parse_faces(text: str | None) -> tuple[int | None, float | None]:
    """Return (number of faces, share of faces) of ``20000`` or ``25%``.

    >>> parse_faces("20000"), parse_faces("25%"), parse_faces(None)
    ((20000, None), (None, 0.25), (None, None))

    Raises
    ------
    UsageError
        If the text is neither a number of faces nor a percentage up to 100.
    """
    if text is None:
        return None, None
    try:
        if text.endswith("%"):
            share = float(text[:-1]) / 100.0
            if 0.0 < share <= 1.0:
                return None, share
        elif int(text) >= 4:
            return int(text), None
    except ValueError:
        pass
    raise UsageError(f"--faces {text} is no number of faces.", remedy="Use 50000 or 25%.")
