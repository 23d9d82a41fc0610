"""Terminology: 3D Slicer's words for what a segment is.

A ``TerminologyEntry`` holds seven fields between tildes, each coded meaning as
``scheme^code^meaning``: context, category, type, modifier of the type, context of the region,
region, modifier of the region.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from medical.objects.names import SIDE_CONCEPTS, SIDES, side_of_name
from medical.objects.seg_writing import ANATOMY, TISSUE
from shared.concept import Concept, Label

CATEGORIES: Final = "Segmentation category and type - 3D Slicer General Anatomy list"
REGIONS: Final = "Anatomic codes - DICOM master list"
"""Names of the lists that the codes are taken from, as 3D Slicer calls them."""
ENTRY: Final = "TerminologyEntry:"
NOTHING: Final = "^^"
FIELDS: Final = 7


class Meaning(NamedTuple):
    """What a segment's tags tell: its code, and the side of the body."""

    concept: Concept | None
    side: str | None


def entry_of(label: Label) -> str:
    """Return the terminology entry of a label."""
    side = side_of_name(label.name)
    category = ANATOMY if label.concept else TISSUE
    fields = (
        CATEGORIES,
        _words(category),
        _words(label.concept or TISSUE),
        _words(SIDE_CONCEPTS[side]) if side else NOTHING,
        REGIONS,
        NOTHING,
        NOTHING,
    )
    return "~".join(fields)


def meaning_of(entry: str) -> Meaning:
    """Return what a terminology entry tells; nothing where it is malformed.

    >>> meaning_of("list~SCT^123037004^Anatomical Structure~SCT^39607008^Lung~SCT^7771000^Left~~~")
    Meaning(concept=Concept(scheme='SCT', code='39607008', meaning='Lung'), side='left')
    """
    fields = (*entry.split("~"), *[""] * FIELDS)[:FIELDS]
    category, kind, region = _concept(fields[1]), _concept(fields[2]), _concept(fields[5])
    is_vague = kind is None or (kind == TISSUE and category == TISSUE)
    modifiers = (_concept(fields[3]), _concept(fields[6]))
    sides = [m.meaning.lower() for m in modifiers if m and m.meaning.lower() in SIDES]
    return Meaning(concept=region if is_vague else kind, side=sides[0] if sides else None)


def entry_in(tags: str) -> str:
    """Return the terminology entry among a segment's tags, empty where there is none."""
    for tag in tags.split("|"):
        if tag.startswith(ENTRY):
            return tag.removeprefix(ENTRY)
    return ""


def _words(concept: Concept) -> str:
    clean = (
        part.translate(str.maketrans("^~|\n", "    "))
        for part in (concept.scheme, concept.code, concept.meaning)
    )
    return "^".join(clean)


def _concept(words: str) -> Concept | None:
    parts = words.split("^")
    if len(parts) != 3 or not parts[0] or not parts[1]:
        return None
    return Concept(scheme=parts[0], code=parts[1], meaning=parts[2] or parts[1])
