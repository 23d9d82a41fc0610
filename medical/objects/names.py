"""Names: the words of other people's labels become names that files and parts can have.

Label names are ``snake_case`` with the side as a suffix: "Left Kidney" is `kidney_left`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from shared.concept import Color, Concept, Label, LabelTable

SIDES: Final = ("left", "right")
NAMELESS: Final = "segment"
"""Name of what has no name, before its number."""

SIDE_CONCEPTS: Final = MappingProxyType(
    {
        "left": Concept(scheme="SCT", code="7771000", meaning="Left"),
        "right": Concept(scheme="SCT", code="24028007", meaning="Right"),
    }
)
"""Laterality as SNOMED CT codes it (DICOM PS3.16 CID 244)."""

SPREAD_COLORS: Final[tuple[Color, ...]] = (
    (0.894, 0.102, 0.110),
    (0.216, 0.494, 0.722),
    (0.302, 0.686, 0.290),
    (0.596, 0.306, 0.639),
    (1.000, 0.498, 0.000),
    (1.000, 1.000, 0.200),
    (0.651, 0.337, 0.157),
    (0.969, 0.506, 0.749),
)
"""Colors of labels without one: ColorBrewer's Set1 (Brewer, colorbrewer2.org)."""


def label_name(words: str, *, number: int) -> str:
    """Return the name that stands for `words`.

    >>> label_name("Left Kidney", number=3), label_name("Ca++ (LAD)", number=4)
    ('kidney_left', 'ca_lad')
    >>> label_name("肝", number=5)
    'segment_5'
    """
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    tokens = re.findall(r"[a-z0-9]+", plain)
    if len(tokens) > 1 and tokens[0] in SIDES and not set(tokens[1:]) & set(SIDES):
        tokens = [*tokens[1:], tokens[0]]
    return "_".join(tokens) or f"{NAMELESS}_{number}"


def with_side(name: str, side: str | None) -> str:
    """Return `name` with its side as suffix, unless a side is told in it already."""
    if side is None or set(name.split("_")) & set(SIDES):
        return name
    return f"{name}_{side}"


def side_of_name(name: str) -> str | None:
    """Return ``left`` or ``right`` where the name ends with it."""
    return next((side for side in SIDES if name.endswith(f"_{side}")), None)


def spread_color(number: int) -> Color:
    """Return a color for label `number` where none is told; neighbors differ."""
    return SPREAD_COLORS[(number - 1) % len(SPREAD_COLORS)]


def with_unique_names(labels: Sequence[Label]) -> tuple[Label, ...]:
    """Return labels in order; a name that was there before gets its value as suffix."""
    taken: set[str] = set()
    unique = []
    for label in labels:
        name = label.name
        while name in taken:
            name = f"{name}_{label.value}"
        taken.add(name)
        unique.append(label if name == label.name else replace(label, name=name))
    return tuple(unique)


def table_of(labels: Iterable[Label]) -> LabelTable:
    """Return a table of labels in the order of their values."""
    return LabelTable(tuple(sorted(labels, key=lambda label: label.value)))
