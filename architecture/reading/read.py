"""The door of the architectural front-end: one function reads every kind of drawing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol

from architecture.drawing import Drawing
from architecture.errors import DamagedDrawingError, DwgNotReadError, NotADrawingError
from architecture.reading.scaling import scale_drawing
from architecture.reading.units import decide_unit, require_unit, unit_findings
from architecture.reading.unscaled import UnscaledDrawing
from shared.errors import InputNotFoundError
from shared.progress import Progress, ignore_progress
from shared.provenance import Provenance, Source, digest_file

DWG_MARK: Final = b"AC10"
"""First bytes of a DWG file."""
BINARY_DXF_MARK: Final = b"AutoCAD Binary DXF"
SNIFFED_BYTES: Final = 4096


class Reader(Protocol):
    """What reads one kind of drawing; with `salvage`, also what is left of a cut file."""

    def __call__(self, path: Path, progress: Progress, *, salvage: bool) -> UnscaledDrawing:
        """Return what the file draws, in its own units."""


def _read_dxf(path: Path, progress: Progress, *, salvage: bool) -> UnscaledDrawing:
    from architecture.reading.dxf import read_dxf

    return read_dxf(path, progress, salvage=salvage)


READERS: Final[MappingProxyType[str, Reader]] = MappingProxyType({".dxf": _read_dxf})
"""Readers by suffix; a new format is a row."""


def read_drawing(
    path: Path | str,
    *,
    unit: str | None = None,
    salvage: bool = False,
    progress: Progress | None = None,
) -> Drawing:
    """Read a drawing as it was drawn, in metres.

    Parameters
    ----------
    path
        A DXF file, text or binary, of any release.
    unit
        What one drawing unit is (``mm``, ``cm``, ``dm``, ``m``, ``in``, ``ft``); without
        it, the header, doors, walls, dimensions, areas and sizes vote.
    salvage
        Read what is left of a file that was cut, with a warning, instead of refusing it.
    progress
        Told how far the reading is.

    Returns
    -------
    Drawing
        Strokes, texts, blocks and dimensions in metres; `Drawing.unit` says what was
        decided and why, `Drawing.findings` what was left out or is doubtful.

    Raises
    ------
    InputNotFoundError
        If there is no such file, or it cannot be opened.
    NotADrawingError
        If it is no drawing that can be read.
    DamagedDrawingError
        If it is cut or corrupt beyond repair.
    UnknownUnitError
        If `unit` is none that drawings are made in.

    Examples
    --------
    >>> import ezdxf, tempfile
    >>> document = ezdxf.new(units=ezdxf.units.M)
    >>> _ = document.modelspace().add_line((0, 0), (5, 0), dxfattribs={"layer": "A-WALL"})
    >>> path = Path(tempfile.mkdtemp()) / "plan.dxf"
    >>> document.saveas(path)
    >>> drawing = read_drawing(path, unit="m")
    >>> drawing.strokes[0].layer, drawing.bounds()
    ('A-WALL', (0.0, 0.0, 5.0, 0.0))
    """
    if unit is not None:
        require_unit(unit)
    told = progress or ignore_progress
    source = Path(path)
    reader = _reader_of(source)
    told("reading the file", 0.0)
    unscaled = reader(source, told, salvage=salvage)
    told("deciding the unit", 0.8)
    vote = decide_unit(unscaled, unit=unit)
    provenance = (
        Provenance()
        .with_source(Source(kind=source.suffix.lower().lstrip("."), sha256=digest_file(source)))
        .with_step("read_drawing", unit=vote.unit, asked=unit)
    )
    told("scaling to metres", 0.9)
    drawing = scale_drawing(unscaled, vote, provenance=provenance)
    told("done", 1.0)
    return _with_findings(drawing, unscaled)


def _with_findings(drawing: Drawing, unscaled: UnscaledDrawing) -> Drawing:
    bounds = drawing.bounds()
    extent_m = None if bounds is None else (bounds[2] - bounds[0], bounds[3] - bounds[1])
    extra = unit_findings(drawing.unit, extent_m)
    return replace(drawing, findings=(*extra, *drawing.findings)) if extra else drawing


def _reader_of(path: Path) -> Reader:
    """Return the reader for a file, by its content first and its suffix second."""
    head = _head(path)
    if head.startswith(DWG_MARK) and not _looks_like_dxf(head):
        raise DwgNotReadError(
            f"{path.name} is a DWG file, which is not read directly.",
            remedy=(
                "Convert it to DXF: save it as DXF in a CAD program, or use dwg2dxf of LibreDWG "
                "or the ODA File Converter."
            ),
        )
    if _looks_like_dxf(head):
        return READERS[".dxf"]
    suffix = path.suffix.lower()
    reader = READERS.get(suffix)
    if not head and reader is not None:
        raise DamagedDrawingError(
            f"{path.name} is empty.", remedy="Copy or export the drawing again."
        )
    if reader is None or (suffix == ".dxf" and b"SECTION" not in head.upper()):
        raise NotADrawingError(
            f"{path.name} is not a drawing that can be read.",
            remedy=f"Give a drawing as one of: {', '.join(READERS)}.",
        )
    return reader


def _head(path: Path) -> bytes:
    if path.is_dir():
        raise InputNotFoundError(
            f"{path.name} is a folder.", remedy="Name the drawing files in it."
        )
    try:
        with path.open("rb") as stream:
            return stream.read(SNIFFED_BYTES)
    except FileNotFoundError as error:
        raise InputNotFoundError(
            f"There is no file {path}.", remedy="Check the path for typing errors."
        ) from error
    except OSError as error:
        raise InputNotFoundError(
            f"{path.name} cannot be opened: {error.strerror or error}.",
            remedy="Check the file's permissions.",
        ) from error


def _looks_like_dxf(head: bytes) -> bool:
    """Whether a file starts as a binary DXF, or as text with code 0 and SECTION."""
    if head.startswith(BINARY_DXF_MARK):
        return True
    lines = [line.strip() for line in head.removeprefix(b"\xef\xbb\xbf").splitlines()]
    while len(lines) >= 2 and lines[0] == b"999":
        lines = lines[2:]
    return len(lines) >= 2 and lines[0] == b"0" and lines[1].upper() == b"SECTION"
