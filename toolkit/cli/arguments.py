"""Arguments that several commands share, and how their words become values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


def require_scan(path: Path) -> Path:
    """Return `path`; raise if nothing is there, or a file that is no scan, saying what it is."""
    from toolkit.kinds import ARCHIVE, DICOM, IMAGE_SUFFIXES, kind_of, not_for

    require_exists(path)
    if path.is_file() and not path.name.lower().endswith(IMAGE_SUFFIXES):
        kind = kind_of(path)
        if kind not in (ARCHIVE, DICOM, None):  # old DICOM files have no mark
            raise not_for(path, "a scan", kind)
    return path


def require_outputs(
    outputs: Sequence[Path],
    report: Path | None,
    known: frozenset[str],
    *,
    inputs: Sequence[Path] = (),
) -> None:
    """Raise before any work if an output cannot be written or its format is unknown.

    Parameters
    ----------
    outputs, report
        What shall be written.
    known
        Suffixes of outputs.
    inputs
        Files that are read: none of them may be an output.

    Raises
    ------
    UnknownFormatError
        If an output has another suffix.
    UsageError
        If two outputs are one file, or an output is an input.
    OutputError
        If a place cannot be written.
    """
    from shared.errors import UnknownFormatError
    from shared.formats.outputs import require_writable

    for output in outputs:
        if output.suffix.lower() not in known:
            raise UnknownFormatError(
                f"{output.name}: {output.suffix or 'no suffix'} is no format we write.",
                remedy=f"Use one of {', '.join(sorted(known))}.",
            )
    everything = [*outputs, *([] if report is None else [report])]
    require_distinct(everything, inputs)
    for output in everything:
        require_writable(output)


def require_distinct(outputs: Sequence[Path], inputs: Sequence[Path] = ()) -> None:
    """Raise `UsageError` if two outputs are one file, by whatever paths, or one is an input.

    A folder that is read may hold outputs, but a DICOM file in it may not become one.
    """
    from shared.formats.outputs import place_of

    places_read = {place_of(path) for path in inputs}
    asked_by_place: dict[Path, Path] = {}
    for output in outputs:
        beside = [output.with_suffix(".mtl")] if output.suffix.lower() == ".obj" else []
        for file in (output, *beside):
            place = place_of(file)
            if place in places_read or _is_slice_of(place, places_read):
                raise UsageError(
                    f"The output {output} is an input.", remedy="Write to another file."
                )
            if place in asked_by_place:
                raise UsageError(
                    _collision(asked_by_place[place], file),
                    remedy="Give each output a name of its own.",
                )
            asked_by_place[place] = file


def _is_slice_of(place: Path, folders: Iterable[Path]) -> bool:
    """Return whether `place` is a DICOM file below one of the folders."""
    from toolkit.kinds import DICOM, kind_of

    is_below = any(folder in place.parents for folder in folders)
    return is_below and place.is_file() and kind_of(place) == DICOM


def _collision(first: Path, second: Path) -> str:
    if str(first) == str(second):
        return f"Two outputs would be written to {first}."
    return f"{first} and {second} are one file: two outputs would be written to it."


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
