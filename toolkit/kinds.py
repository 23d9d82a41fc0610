"""What kind of file a path is, by its first bytes and its name, and which command reads it."""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shared.errors import InputError, InputNotFoundError

MODEL_SUFFIXES: Final = (".glb", ".stl", ".ply", ".obj", ".ifc")
"""Files that `recon view` and `recon check` open."""
IMAGE_SUFFIXES: Final = (".nii", ".nii.gz", ".nrrd", ".mha")
"""Medical images of one file that `recon medical` and `recon view` open."""

HEAD_BYTES: Final = 4096
"""Bytes looked at to tell a kind."""
DICOM_MARK: Final = b"DICM"
DICOM_MARK_AT: Final = 128
"""Place of the mark after the preamble (DICOM PS3.10, 7.1)."""
PRINTABLE_SHARE: Final = 0.97
"""Share of printable characters from which bytes are called a text."""
FILES_SOUGHT: Final = 200
"""Files of a folder whose kind is looked at."""

EXPORT: Final = "Export it as GLB, STL, PLY, OBJ or IFC."
UNPACK: Final = "Unpack it, and name the model in it."
NO_PICTURES: Final = "Plans and scans in pictures are not read; give DXF or DICOM."


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of file.

    Parameters
    ----------
    name
        With its article: "a DXF drawing".
    remedy
        What to do with it; ``{path}`` stands for the quoted path.
    """

    name: str
    remedy: str


DICOM: Final = Kind(
    name="a DICOM file",
    remedy="Make a model of its folder: recon medical reconstruct FOLDER -o model.stl",
)
DXF: Final = Kind(
    name="a DXF drawing",
    remedy="Raise it into a building first: recon architecture build {path} -o house.ifc",
)
DWG: Final = Kind(name="a DWG drawing", remedy="Save it as DXF with the program that made it.")
PDF: Final = Kind(name="a PDF document", remedy="PDF plans are not read; export the plan as DXF.")
MEDICAL_IMAGE: Final = Kind(
    name="a medical image, no mesh",
    remedy="Make a model of it: recon medical reconstruct {path} -o model.stl",
)
PICTURE: Final = Kind(name="a picture", remedy=NO_PICTURES)
ARCHIVE: Final = Kind(name="an archive", remedy=UNPACK)
SCRIPT: Final = Kind(name="a script", remedy="Name a model, an image file or a DICOM folder.")
TEXT: Final = Kind(name="a text file", remedy="Name a model, an image file or a DICOM folder.")
STEP: Final = Kind(name="a STEP file", remedy="If it is a building model, call it .ifc.")
EMPTY: Final = Kind(name="an empty file", remedy="Copy or export it again.")

MODEL: Final = Kind(
    name="a model", remedy="Look at it with recon view, or check it: recon check {path}"
)
BUILDING_MODEL: Final = Kind(
    name="a building model", remedy="Look at it with recon view, or check it: recon check {path}"
)

_BY_START: Final = (
    (b"AC10", DWG),
    (b"AutoCAD Binary DXF", DXF),
    (b"%PDF-", PDF),
    (b"\x89PNG\r\n", PICTURE),
    (b"\xff\xd8\xff", PICTURE),
    (b"GIF8", PICTURE),
    (b"BM", PICTURE),
    (b"II*\x00", PICTURE),
    (b"MM\x00*", PICTURE),
    (b"PK\x03\x04", ARCHIVE),
    (b"\x1f\x8b", ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", ARCHIVE),
    (b"Rar!", ARCHIVE),
    (b"BZh", ARCHIVE),
    (b"\xfd7zXZ\x00", ARCHIVE),
    (b"\x7fELF", Kind(name="a program", remedy="Name a model, an image file or a DICOM folder.")),
    (b"glTF", Kind(name="a binary glTF model", remedy="Give its name the suffix .glb.")),
    (b"ISO-10303-21", STEP),
    (b"#!", SCRIPT),
)
_BY_SUFFIX: Final = {
    **dict.fromkeys((".dcm", ".dicom"), DICOM),
    ".dxf": DXF,
    ".dwg": DWG,
    **dict.fromkeys((".glb", ".stl", ".ply", ".obj"), MODEL),
    ".ifc": BUILDING_MODEL,
    **dict.fromkeys(IMAGE_SUFFIXES, MEDICAL_IMAGE),
    **dict.fromkeys(
        (
            ".gltf",
            ".3mf",
            ".fbx",
            ".dae",
            ".off",
            ".3ds",
            ".usd",
            ".usdz",
            ".vtk",
            ".vtp",
            ".blend",
        ),
        Kind(name="a model in a format that is not read", remedy=EXPORT),
    ),
    **dict.fromkeys(
        (".step", ".stp", ".iges", ".igs", ".skp", ".rvt", ".3dm"),
        Kind(name="a CAD model in a format that is not read", remedy=EXPORT),
    ),
    **dict.fromkeys((".sh", ".py", ".js", ".bat", ".ps1"), SCRIPT),
    ".svg": PICTURE,
}


def kind_of(path: Path) -> Kind | None:
    """Return what a file is, or None if nothing tells.

    Raises
    ------
    InputNotFoundError
        If it cannot be opened.
    """
    head = read_head(path)
    if not head:
        return EMPTY
    if head[DICOM_MARK_AT : DICOM_MARK_AT + len(DICOM_MARK)] == DICOM_MARK:
        return DICOM
    name = path.name.lower()
    by_name = next((kind for suffix, kind in _BY_SUFFIX.items() if name.endswith(suffix)), None)
    by_start = kind_by_start(head)
    if by_start == ARCHIVE and by_name is not None:  # .nii.gz, .3mf and .usdz are archives
        return by_name
    if by_name in (MODEL, BUILDING_MODEL):
        return by_name
    return by_start or by_name or (_text_kind(head) if _is_text(head) else None)


def kind_by_start(head: bytes) -> Kind | None:
    """Return what the first bytes of a file alone prove it to be."""
    return next((kind for start, kind in _BY_START if head.startswith(start)), None)


def _text_kind(head: bytes) -> Kind:
    words = head.split(None, 2)[:2]
    return DXF if words in ([b"0", b"SECTION"], [b"999"]) else TEXT


def _is_text(head: bytes) -> bool:
    if b"\x00" in head:
        return False
    text = head.decode("utf-8", "replace")
    plain = sum(letter.isprintable() or letter.isspace() for letter in text)
    return plain >= PRINTABLE_SHARE * len(text) and text.count("\ufffd") <= 1


def read_head(path: Path) -> bytes:
    """Return the first bytes of a file; raise `InputNotFoundError` if it cannot be opened."""
    try:
        with path.open("rb") as stream:
            return stream.read(HEAD_BYTES)
    except OSError as error:
        raise InputNotFoundError(
            f"{path} cannot be opened: {(error.strerror or 'unreadable').lower()}.",
            remedy="Check the path and the right to read it.",
        ) from error


def not_for(path: Path, what: str, kind: Kind | None) -> InputError:
    """Return the error that says what `path` is instead of `what`, and what reads it."""
    if kind is None:
        return InputError(
            f"{path.name} is not {what}: nothing tells its format.",
            remedy=f"Models end in {', '.join(MODEL_SUFFIXES)}.",
        )
    remedy = kind.remedy.format(path=shlex.quote(str(path)))
    return InputError(f"{path.name} is {kind.name}, not {what}.", remedy=remedy)


def models_below(folder: Path) -> str:
    """Return how many models and drawings lie in a folder, in words; empty if none."""
    suffixes = Counter(path.suffix.lower() for path in sorted(folder.iterdir())[:FILES_SOUGHT])
    known = {suffix: n for suffix, n in suffixes.items() if suffix in (*MODEL_SUFFIXES, ".dxf")}
    return ", ".join(f"{count} {suffix}" for suffix, count in sorted(known.items()))
