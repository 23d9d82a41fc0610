"""Formats: the names of image files and what each can hold."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Final

from shared.errors import UnknownFormatError


class ImageFormat(StrEnum):
    """A file format for volumes."""

    NIFTI = "nifti"
    NRRD = "nrrd"
    METAIMAGE = "metaimage"


BY_SUFFIX: Final = MappingProxyType(
    {
        ".nii.gz": ImageFormat.NIFTI,
        ".nii": ImageFormat.NIFTI,
        ".nrrd": ImageFormat.NRRD,
        ".mha": ImageFormat.METAIMAGE,
    }
)
"""Longest suffix first."""

SUFFIXES: Final = tuple(BY_SUFFIX)


def is_image_file(path: Path) -> bool:
    """Return whether `path` has the name of a NIfTI, NRRD or MetaImage file."""
    return path.name.lower().endswith(SUFFIXES)


def format_of(path: Path) -> ImageFormat:
    """Return the format that a file's name tells.

    Raises
    ------
    UnknownFormatError
        If it tells none.
    """
    for suffix, kind in BY_SUFFIX.items():
        if path.name.lower().endswith(suffix):
            return kind
    raise UnknownFormatError(
        f"{path.name} has no name of an image file.", remedy=f"Use one of {', '.join(SUFFIXES)}."
    )


def stem_of(path: Path) -> str:
    """Return the file's name without its suffix, ``.nii.gz`` being one."""
    for suffix in SUFFIXES:
        if path.name.lower().endswith(suffix):
            return path.name[: -len(suffix)]
    return path.stem


def is_gzipped(path: Path) -> bool:
    """Return whether the name asks for a file compressed as a whole."""
    return path.name.lower().endswith(".gz")
