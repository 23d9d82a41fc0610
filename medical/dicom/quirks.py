"""Quirks: what writers get wrong, and what was assumed to read it all the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import numpy as np

from medical.dicom.elements import Elements
from shared.finding import Finding, note

GEOMETRY_TAGS: Final = (0x00200032, 0x00200037, 0x00280030)
"""ImagePositionPatient, ImageOrientationPatient, PixelSpacing."""
SKEW_WORTH_TELLING: Final = 1e-4
"""Direction cosines off unit length or right angles by more than rounding."""


class Quirk(StrEnum):
    """Something that the standard asks for and a file lacks."""

    NO_META = "no-meta-header"
    NO_CLASS = "no-sop-class"
    COMMA = "decimal-comma"
    NO_RESCALE = "no-rescale"
    SKEWED = "skewed-axes"
    SAME_UID = "repeated-uid"


WORDS: Final = MappingProxyType(
    {
        Quirk.NO_META: "no meta header: the coding was told from the content",
        Quirk.NO_CLASS: "no SOP class: taken for images by what they hold",
        Quirk.COMMA: "a decimal comma in spacing or position: read as a decimal point",
        Quirk.NO_RESCALE: "no rescale: the stored values were taken as they are",
        Quirk.SKEWED: "row and column directions not at right angles: made so, rows kept",
        Quirk.SAME_UID: "an instance UID that others have too: told apart by position and content",
    }
)
"""What a file lacks, and what was assumed."""


def quirks_of(
    elements: Elements, *, sop_class: str, modality: str, has_meta: bool, has_table: bool
) -> tuple[Quirk, ...]:
    """Return what the header of one image lacks.

    Parameters
    ----------
    elements
        Its data set.
    sop_class, modality
        As read from it.
    has_meta
        Whether its file tells the transfer syntax.
    has_table
        Whether a modality LUT stands in place of the rescale.
    """
    found = []
    if not has_meta:
        found.append(Quirk.NO_META)
    if not sop_class:
        found.append(Quirk.NO_CLASS)
    if any("," in elements.text(tag) for tag in GEOMETRY_TAGS):
        found.append(Quirk.COMMA)
    if modality == "CT" and not has_table and elements.number(0x00281053) is None:
        found.append(Quirk.NO_RESCALE)
    return tuple(found)


def is_skewed(cosines: Sequence[float]) -> bool:
    """Return whether direction cosines are off unit length or right angles."""
    row, column = np.asarray(cosines, float).reshape(2, 3)
    off = (row @ row - 1.0, column @ column - 1.0, row @ column)
    return bool(np.abs(off).max() > SKEW_WORTH_TELLING)


def assumptions(quirks: Sequence[Quirk], *, images: int) -> tuple[Finding, ...]:
    """Return a note for each quirk among those of all images of a series."""
    return tuple(
        note(
            "assumed",
            f"{'All' if count == images else count} of {images} images have {WORDS[quirk]}.",
            details={"quirk": quirk.value, "images": count},
        )
        for quirk, count in sorted(Counter(quirks).items())
    )
