"""What one line of text in a plan is: an area, a size, a sill, a number, a name, a note."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from architecture.reading.printed import parse_areas
from architecture.understanding.layers import fold

__all__ = [
    "LineKind",
    "SizeMark",
    "kind_of_line",
    "parse_area_m2",
    "parse_level_m",
    "parse_sill",
    "parse_size",
]

_LEADING_AREA: Final = re.compile(
    r"\b(?:mq|m²|m2|qm)\.?\s*[:=]?\s*(\d+(?:[.,]\d+)?)", re.IGNORECASE
)
_TRAILING_AREA: Final = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:m\.?\s?kw|кв\.?\s?м|м²)", re.IGNORECASE)
_FEET_INCHES: Final = r"(\d+)\s*['’′]\s*-?\s*(?:(\d+)(?:\s*\d+/\d+)?\s*(?:[\"”″]|'')?)?"
_IMPERIAL_PAIR: Final = re.compile(
    rf"^\W*{_FEET_INCHES}\s*[x×/]\s*{_FEET_INCHES}\W*$", re.IGNORECASE
)
_METRIC_PAIR: Final = re.compile(
    r"^\W*(?:[A-Za-z]{1,3}\d*\s*[:=]?\s*)?(\d+(?:[.,]\d+)?)\s*[x×/*]\s*(\d+(?:[.,]\d+)?)"
    r"\s*(mm|cm|m)?\W*$",
    re.IGNORECASE,
)
_FEET_CODE: Final = re.compile(r"^\W*(\d{1,2})(\d)(\d)(\d)\b(.*)$")
_SILL: Final = re.compile(
    r"^\W*(?:h1?)?\s*(?:sill|cill|parapet\w*|parap|dav\w*|b\.?\s?h|brh|fbh|allege|antepecho|"
    r"alfeizar|peitoril|alf|brost\w*|bank|窗台|地台)\.?\s*(?:h\w*)?\s*[:=：]?\s*"
    r"([+-]?\d+(?:[.,]\d+)?)\s*(mm|cm|m)?\W*$"
)
_NUMBER: Final = re.compile(r"^[A-Za-z]{0,3}[-. ]?\d{1,4}(?:[.-]\d{1,4}){0,2}[A-Za-z]?$")
_SCALE: Final = re.compile(r"\b1\s*[:/]\s*\d{1,4}\b|^\W*scale\b", re.IGNORECASE)
_LEVEL: Final = re.compile(
    r"\b(?:ffl|ssl|okff|okrd|okfb|ukrd|quota|quote|niv|niveau|level|lvl|el|cota|peil|fh|rfb)\b\W*"
    r"([+-±]?\s*\d+(?:[.,]\d+)?)|^\W*([+±-]\s*\d+[.,]\d{2,3})\W*$",
    re.IGNORECASE,
)
_DIRECTION: Final = re.compile(
    r"^\W*(?:up|dn|down|op|af|upp|ned|ner|opp|auf|ab|sube|baja|sobe|desce|sale|scende|monte|"
    r"haut|bas|gora|dol|[nsewao]|上|下|up\W.*|dn\W.*)\W*$"
)
_VALUE: Final = re.compile(
    r"^\W*[^\W\d]{0,4}\d?[^\W\d]{0,4}\W*[:=：]\W*[+-]?\d+(?:[.,]\d+)?\s*(?:mm|cm|m)?\W*$"
)
LARGEST_SILL_M: Final = 3.0
"""Higher numbers are no metres."""
_WORDS_OF_A_NAME: Final = 5
"""A room's name has no more words; longer texts are notes."""
_LETTERS_OF_A_NAME: Final = 40
"""A room's name has no more letters."""


class LineKind(StrEnum):
    """What a line of text says."""

    AREA = "area"
    SIZE = "size"
    SILL = "sill"
    LEVEL = "level"
    SCALE = "scale"
    NUMBER = "number"
    NAME = "name"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class SizeMark:
    """A size printed beside an opening, in one reading of its notation."""

    width_m: float
    height_m: float | None


def parse_area_m2(content: str) -> float | None:
    """Return the area that a text prints, in square metres, or None.

    Examples
    --------
    >>> parse_area_m2("12,3 m²"), parse_area_m2("mq 36,62"), parse_area_m2("BEDROOM")
    (12.3, 36.62, None)
    """
    areas = parse_areas(content)
    if areas:
        return areas[0]
    other = _LEADING_AREA.search(content) or _TRAILING_AREA.search(content)
    return float(other.group(1).replace(",", ".")) if other else None


def parse_size(content: str) -> tuple[SizeMark, ...]:
    """Return the readings of a printed opening size, the likeliest first.

    ``885x2010`` and ``90/210`` are read as mm, cm and m, ``2'-6"x6'-8"`` as feet and
    inches, ``2668`` as the American code of 2'6" by 6'8".

    Examples
    --------
    >>> parse_size("885x2010")[0]
    SizeMark(width_m=0.885, height_m=2.01)
    """
    imperial = _IMPERIAL_PAIR.match(content)
    if imperial:
        a, b, c, d = (float(g or 0) for g in imperial.groups())
        return (SizeMark(0.3048 * a + 0.0254 * b, 0.3048 * c + 0.0254 * d),)
    metric = _METRIC_PAIR.match(content)
    if metric:
        width, height = (float(metric.group(i).replace(",", ".")) for i in (1, 2))
        units = {"mm": (0.001,), "cm": (0.01,), "m": (1.0,)}
        scales = units.get((metric.group(3) or "").lower(), (0.001, 0.01, 1.0))
        found = [SizeMark(round(width * s, 6), round(height * s, 6)) for s in scales]
        return tuple(m for m in found if 0.2 <= m.width_m <= 8.0 and 0.2 <= (m.height_m or 1) <= 5)
    code = _FEET_CODE.match(content)
    if code and code.group(4) not in "9" and len(code.group(5)) < 20:
        feet, inches, tall_feet, tall_inches = (float(code.group(i)) for i in (1, 2, 3, 4))
        mark = SizeMark(0.3048 * feet + 0.0254 * inches, 0.3048 * tall_feet + 0.0254 * tall_inches)
        return (mark,) if 0.3 <= mark.width_m <= 6.5 and 0.2 <= (mark.height_m or 0) <= 3.2 else ()
    return ()


def parse_sill(content: str) -> float | None:
    """Return the sill height that a text prints, in metres, or None.

    Examples
    --------
    >>> parse_sill("parapet 80"), parse_sill("b.h. 1.62"), parse_sill("cill 900")
    (0.8, 1.62, 0.9)
    """
    match = _SILL.match(fold(content))
    if match is None:
        return None
    value = float(match.group(1).replace(",", "."))
    unit = match.group(2)
    if unit:
        return value * {"mm": 0.001, "cm": 0.01, "m": 1.0}[unit]
    if abs(value) < LARGEST_SILL_M:
        return value
    return value * (0.01 if abs(value) < 100 * LARGEST_SILL_M and value % 5 == 0 else 0.001)


def parse_level_m(content: str) -> float | None:
    """Return the level that a text prints, in metres, or None.

    Examples
    --------
    >>> parse_level_m("FFL +3.100   STOREY HEIGHT 2.900"), parse_level_m("quota +0,18")
    (3.1, 0.18)
    """
    match = _LEVEL.search(content)
    if match is None:
        return None
    digits = (match.group(1) or match.group(2)).replace("±", "").replace(" ", "").replace(",", ".")
    try:
        value = float(digits)
    except ValueError:
        return None
    return value if abs(value) < 200 else value * 0.001


def kind_of_line(line: str) -> LineKind:
    """Return what a line of text says."""
    content = " ".join(line.split())
    if parse_area_m2(content) is not None:
        return LineKind.AREA
    if parse_sill(content) is not None:
        return LineKind.SILL
    if _METRIC_PAIR.match(content) or _IMPERIAL_PAIR.match(content):
        return LineKind.SIZE
    if _SCALE.search(content):
        return LineKind.SCALE
    if _LEVEL.search(content):
        return LineKind.LEVEL
    if _NUMBER.match(content):
        return LineKind.NUMBER
    return LineKind.NAME if _namelike(content) else LineKind.NOTE


def _namelike(content: str) -> bool:
    folded = fold(content)
    if _DIRECTION.match(folded) or _VALUE.match(folded):
        return False
    if len(content) > _LETTERS_OF_A_NAME or len(content.split()) > _WORDS_OF_A_NAME:
        return False
    if re.search(r"\d\s*['\"″′]|\d\s*[x×]\s*\d|[@#=]|\d{3,}\s*(?:mm|cm)", content):
        return False
    letters = re.findall(r"[^\W\d_]", content)
    return len(letters) >= 2 or bool(re.search(r"[\u3040-\u9fff\uac00-\ud7af]", content))
