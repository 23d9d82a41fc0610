"""The unit vote: what one drawing unit really is, decided from the drawing itself.

Half of all real files declare a wrong unit, or none. So the header is one voice among
others (`unit_voices`), which are combined as independent witnesses (naive Bayes); the
posterior of the winner, damped because the witnesses are not quite independent, is the
confidence.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from architecture.drawing import Evidence, UnitVote
from architecture.errors import UnknownUnitError
from architecture.reading.linework import linework_of
from architecture.reading.sizes import (
    METERS_PER_UNIT,
    PRIOR,
    SCENE_PRIOR,
    UNIT_NAMES,
    Scene,
    Testimony,
)
from architecture.reading.unit_voices import VOICES
from architecture.reading.unscaled import UnscaledDrawing
from shared.finding import Finding, note, warning

DAMPING: Final = 0.8
"""Exponent on the joint likelihood: the voices measure the same lines."""
RESOLVED: Final = 0.65
"""Confidence from which the scale counts as resolved."""
MOST_CERTAIN: Final = 0.99
"""Confidence that no vote exceeds; only a person is certain."""
SAYINGS: Final = ("header", "notation")
"""Voices that measure nothing."""
HEADER_ALONE: Final = 0.5
"""Confidence in a header that nothing bears out: half of them are wrong."""
CONTRADICTION: Final = math.log(100.0)
"""How much more the drawing must favor another unit before a person's word is doubted."""
BUILDING_EXTENT_M: Final = (1.5, 3000.0)
"""Longer side of the smallest and of the largest drawing of a building; a person who says a
unit that leads beyond is warned even if the drawing itself says nothing."""
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
        "decimetre": "dm",
        "decimeter": "dm",
    }
)
"""Words a person may use for a unit."""


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


def decide_unit(drawing: UnscaledDrawing, *, unit: str | None = None) -> UnitVote:
    """Return what one drawing unit is, from the drawing or from a person.

    Parameters
    ----------
    drawing
        As read, in drawing units.
    unit
        A person's word; the voices are heard all the same, for the report.

    Raises
    ------
    UnknownUnitError
        If `unit` is none that drawings are made in.
    """
    lines = linework_of(drawing)
    heard = [voice(drawing, lines) for voice in VOICES]
    testimonies = [testimony for testimony in heard if testimony is not None]
    joint = joint_probability(testimonies)
    scene, likeliest = max(joint, key=lambda case: joint[case])
    evidence = tuple(testimony.evidence(scene) for testimony in testimonies)
    if unit is not None:
        name, confidence = require_unit(unit), 1.0
        said = Evidence(
            source="user", weight_by_unit={name: 1.0}, message=f"You said {UNIT_NAMES[name]}."
        )
        evidence = (said, *evidence)
    else:
        name = likeliest
        measured = any(testimony.source not in SAYINGS for testimony in testimonies)
        most = MOST_CERTAIN if measured else HEADER_ALONE
        confidence = min(sum(joint[other, name] for other in Scene), most)
    return UnitVote(
        unit=name,
        meters_per_unit=METERS_PER_UNIT[name],
        confidence=confidence,
        declared=drawing.declared_unit,
        evidence=evidence,
    )


def combine(testimonies: Sequence[Testimony]) -> dict[str, float]:
    """Return the probability of each unit when all voices are heard."""
    joint = joint_probability(testimonies)
    return {unit: sum(joint[scene, unit] for scene in Scene) for unit in METERS_PER_UNIT}


def joint_probability(testimonies: Sequence[Testimony]) -> dict[tuple[Scene, str], float]:
    """Return the probability of each unit together with what is drawn, plan or map."""
    total = {
        (scene, unit): math.log(SCENE_PRIOR[scene] * PRIOR[unit])
        + DAMPING * sum(testimony.weights_in(scene)[unit] for testimony in testimonies)
        for scene in Scene
        for unit in METERS_PER_UNIT
    }
    best = max(total.values())
    odds = {case: math.exp(value - best) for case, value in total.items()}
    return {case: value / sum(odds.values()) for case, value in odds.items()}


def _voted(vote: UnitVote) -> str | None:
    """Return the unit that the drawing's own voices favor where a person chose one."""
    voices = [e for e in vote.evidence if e.source != "user"]
    if len(voices) == len(vote.evidence) or not voices:
        return None
    totals = {
        unit: sum(math.log(max(e.weight_by_unit.get(unit, 0.0), 1e-3)) for e in voices)
        for unit in METERS_PER_UNIT
    }
    best = max(totals, key=lambda unit: totals[unit])
    return best if totals[best] - totals[vote.unit] > CONTRADICTION else None


def _span(extent_m: tuple[float, float], unit: str) -> str:
    width, height = (f"{m:,.0f}" if m >= 100 else f"{m:.3g}" for m in extent_m)
    return f" In {UNIT_NAMES[unit]} its lines span {width} × {height} m."


def _is_building(extent_m: tuple[float, float]) -> bool:
    return BUILDING_EXTENT_M[0] <= max(extent_m) <= BUILDING_EXTENT_M[1]


def unit_findings(
    vote: UnitVote, extent_m: tuple[float, float] | None = None
) -> tuple[Finding, ...]:
    """Return what a reader of the report should know about the unit.

    A person's word is taken even where the drawing speaks against it, with a warning
    that names the size it leads to (width and height `extent_m`).
    """
    details = {"unit": vote.unit, "confidence": round(vote.confidence, 3)}
    if vote.confidence < RESOLVED:
        message = (
            f"The scale is unresolved: {UNIT_NAMES[vote.unit]} were taken with a confidence of "
            f"{vote.confidence:.0%}. Say --unit mm, cm, m, in or ft."
        )
        return (warning("scale-unresolved", message, details=details),)
    strongest = _voted(vote)
    said_by_person = any(voice.source == "user" for voice in vote.evidence)
    span = "" if extent_m is None else _span(extent_m, vote.unit)
    if strongest is not None and strongest != vote.unit:
        message = (
            f"You said {UNIT_NAMES[vote.unit]}, but the drawing itself speaks for "
            f"{UNIT_NAMES[strongest]}.{span}"
        )
        return (warning("unit-contradicted", message, details=details),)
    if said_by_person and extent_m is not None and not _is_building(extent_m):
        message = f"You said {UNIT_NAMES[vote.unit]}.{span} No building is of that size."
        return (warning("unit-contradicted", message, details=details),)
    if vote.declared is not None and vote.declared != vote.unit:
        message = (
            f"The header declares {UNIT_NAMES.get(vote.declared, vote.declared)}, but the drawing "
            f"is in {UNIT_NAMES[vote.unit]}."
        )
        return (note("declared-unit-wrong", message, details=details),)
    return ()
