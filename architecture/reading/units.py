"""The unit vote (header only for the moment)."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from architecture.drawing import Evidence, UnitVote
from architecture.errors import UnknownUnitError
from architecture.reading.unscaled import UnscaledDrawing
from shared.finding import Finding, warning

METERS_PER_UNIT: Final = MappingProxyType(
    {"mm": 0.001, "cm": 0.01, "dm": 0.1, "m": 1.0, "in": 0.0254, "ft": 0.3048}
)
"""Candidates and their lengths in metres."""
UNIT_SYNONYMS: Final = MappingProxyType(
    {
        "inch": "in",
        "inches": "in",
        '"': "in",
        "foot": "ft",
        "feet": "ft",
        "'": "ft",
        "metre": "m",
        "metres": "m",
        "meter": "m",
        "meters": "m",
        "millimetre": "mm",
        "millimetres": "mm",
        "millimeter": "mm",
        "millimeters": "mm",
        "centimetre": "cm",
        "centimetres": "cm",
        "centimeter": "cm",
        "centimeters": "cm",
    }
)


def require_unit(unit: str) -> str:
    """Return the candidate that a person's word means.

    Raises
    ------
    UnknownUnitError
        If it means none.
    """
    word = unit.strip().casefold()
    name = UNIT_SYNONYMS.get(word, word)
    if name not in METERS_PER_UNIT:
        raise UnknownUnitError(
            f"{unit!r} is no unit that drawings are made in.",
            remedy=f"Use one of {', '.join(METERS_PER_UNIT)}.",
        )
    return name


def decide_unit(unscaled: UnscaledDrawing, *, unit: str | None = None) -> UnitVote:
    """Return what one drawing unit is."""
    name = require_unit(unit) if unit is not None else unscaled.declared_unit or "mm"
    source = "user" if unit is not None else "header"
    return UnitVote(
        unit=name,
        meters_per_unit=METERS_PER_UNIT[name],
        confidence=1.0 if unit is not None else 0.5,
        declared=unscaled.declared_unit,
        evidence=(Evidence(source=source, weight_by_unit={name: 1.0}, message="as said"),),
    )


def unit_findings(vote: UnitVote) -> tuple[Finding, ...]:
    """Return what a reader of the report should know about the unit."""
    if vote.confidence >= 0.6:
        return ()
    return (warning("scale-unresolved", "The scale is unresolved."),)
