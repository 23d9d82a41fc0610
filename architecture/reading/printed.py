"""Lengths and areas as they are printed in drawings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

SQUARE_FOOT_M2: Final = 0.09290304
_NUMBER: Final = r"\d+(?:[.,]\d+)?"
_FEET_INCHES: Final = re.compile(
    r"""^\s*(?:(?P<feet>\d+(?:\.\d+)?)\s*(?:'|′|’|ft\.?)\s*-?\s*)?
        (?:(?P<inches>\d+(?:\.\d+)?)(?![\d/])\s*-?\s*)?
        (?:(?P<over>\d+)\s*/\s*(?P<under>\d+))?\s*(?P<mark>"|″|”|''|in\.?)?\s*$""",
    re.VERBOSE | re.IGNORECASE,
)
_METRIC: Final = re.compile(
    rf"^\s*(?P<value>{_NUMBER})\s*(?P<unit>mm|cm|dm|m)?\.?\s*$", re.IGNORECASE
)
_AREA: Final = re.compile(
    r"(?P<value>\d+(?:[.,\s]\d{3})*(?:[.,]\d+)?)\s*"
    r"(?:(?P<metric>m\s?²|m\s?2\b|m\^2|㎡|qm\b|sqm\b|sq\.?\s?m\b|kvm\b|mq\b|平方米|平米)"
    r"|(?P<imperial>sf\b|s\.f\.|sq\.?\s?ft\b\.?|sqft\b|ft\s?²|ft2\b|square feet))",
    re.IGNORECASE,
)
_METERS: Final = {"mm": 0.001, "cm": 0.01, "dm": 0.1, "m": 1.0}
_FEET_INCH_MARK: Final = re.compile(
    r"\d\s*(?:'|′|’)\s*-?\s*\d+[^\"″”]*(?:\"|″|”|'')|\d\s*(?:\"|″|”)"
)


@dataclass(frozen=True, slots=True)
class PrintedLength:
    """A length as printed: a bare number, or one with a unit, then also in metres."""

    value: float
    decimals: int
    meters: float | None = None


def parse_length(text: str) -> PrintedLength | None:
    r"""Return the length that a dimension's text states, or None if it states none.

    Examples
    --------
    >>> parse_length("2,31"), parse_length("885 mm").meters
    (PrintedLength(value=2.31, decimals=2, meters=None), 0.885)
    >>> round(parse_length("3'-1 1/2\"").meters, 4)
    0.9525
    """
    line = text.strip().split("\n")[0].strip()
    metric = _METRIC.match(line)
    if metric is not None:
        digits = metric["value"].replace(",", ".")
        value = float(digits)
        decimals = len(digits.partition(".")[2])
        unit = (metric["unit"] or "").lower()
        return PrintedLength(value, decimals, value * _METERS[unit] if unit else None)
    return _feet_and_inches(line)


def _feet_and_inches(line: str) -> PrintedLength | None:
    match = _FEET_INCHES.match(line)
    if match is None or not (match["feet"] or match["mark"]):
        return None
    if not (match["feet"] or match["inches"] or match["over"]):
        return None
    inches = float(match["inches"] or 0.0)
    if match["over"] and float(match["under"]) > 0.0:
        inches += float(match["over"]) / float(match["under"])
    meters = float(match["feet"] or 0.0) * 0.3048 + inches * 0.0254
    return PrintedLength(meters / 0.0254, 0, meters) if meters > 0.0 else None


def parse_areas(text: str) -> tuple[float, ...]:
    """Return the areas with a unit that a text states, square metres.

    Examples
    --------
    >>> parse_areas("Kitchen 12,58 m²"), [round(a, 2) for a in parse_areas("135 SF")]
    ((12.58,), [12.54])
    """
    areas = []
    for match in _AREA.finditer(text):
        value = _number(match["value"], thousands_comma=bool(match["imperial"]))
        if value is not None and value > 0.0:
            areas.append(value * (SQUARE_FOOT_M2 if match["imperial"] else 1.0))
    return tuple(areas)


def _number(digits: str, *, thousands_comma: bool) -> float | None:
    """Return a number with a decimal point or comma, and spaces or marks between thousands."""
    plain = "".join(digits.split())
    if thousands_comma and re.fullmatch(r"\d{1,3}(?:,\d{3})+", plain):
        plain = plain.replace(",", "")
    if "," in plain and "." in plain:
        thousands = "," if plain.rfind(",") < plain.rfind(".") else "."
        plain = plain.replace(thousands, "")
    try:
        return float(plain.replace(",", "."))
    except ValueError:
        return None


def is_imperial(text: str) -> bool:
    """Whether a text states feet, inches or square feet."""
    if _FEET_INCH_MARK.search(text):
        return True
    return any(match["imperial"] for match in _AREA.finditer(text))


def is_metric(text: str) -> bool:
    """Whether a text states square metres or a metric length."""
    if any(match["metric"] for match in _AREA.finditer(text)):
        return True
    return bool(re.search(r"\d\s?(?:mm|cm)\b", text))
