"""What texts in a plan say: room names, numbers, printed areas, titles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from architecture.drawing import Drawing, Point, Text

__all__ = ["RoomLabel", "parse_area_m2", "read_label", "room_labels"]

SQUARE_FOOT_M2: Final = 0.3048**2
_NUMBER: Final = r"(\d{1,3}(?:[ '\u00a0]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?)"
_METRIC_AREA: Final = re.compile(
    rf"(?:^|[^\w.,]){_NUMBER}\s*(?:m²|m2|m\^2|qm|mq|sq\.?\s*m\b|sqm|m\.?\s?kw|㎡|平米|平方米|кв\.?\s?м)",
    re.IGNORECASE,
)
_LEADING_AREA: Final = re.compile(rf"\b(?:mq|m²|m2|qm)\.?\s*[:=]?\s*{_NUMBER}", re.IGNORECASE)
_IMPERIAL_AREA: Final = re.compile(
    rf"{_NUMBER.replace('[ ', '[, ')}\s*(?:sf\b|s\.f\.?|sq\.?\s*ft|ft²|ft2)", re.IGNORECASE
)
_SIZE: Final = re.compile(
    r"\d+\s*(?:'|\")|\d+\s*[x×/]\s*\d+|^\W*[\d.,]+\W*$|^\W*[\d.,]+\s*(?:mm|cm|m)\W*$", re.IGNORECASE
)
_NOTE: Final = re.compile(
    r"^\W*(?:up|dn|down|op|upp|ned|auf|ab|sube|baja|sale|scende|n|s|e|w|a|b|typ\.?|"
    r"(?:cill|sill|parapet|parap|ant|dav|bp|bh|brh|b\.h)\.?\b.*|[a-z]\d{0,3})\W*$",
    re.IGNORECASE,
)
_ROOM_NUMBER: Final = re.compile(r"^[A-Za-z]{0,3}[-. ]?\d{1,4}(?:[.-]\d{1,4}){0,2}[A-Za-z]?$")
LABEL_LINES_APART: Final = 2.6
"""Texts of one label lie no further apart than so many text heights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomLabel:
    """What one piece of text says about the room it stands in.

    Parameters
    ----------
    position
        Centre of the text, metres.
    names, number, area_m2
        What it says; empty or None where it does not.
    height_m
        Text height.
    """

    position: Point
    names: tuple[str, ...] = ()
    number: str = ""
    area_m2: float | None = None
    height_m: float = 0.0


def parse_area_m2(content: str) -> float | None:
    """Return the area that a text prints, in square metres, or None.

    Examples
    --------
    >>> parse_area_m2("12,3 m²"), parse_area_m2("BEDROOM")
    (12.3, None)
    """
    imperial = _IMPERIAL_AREA.search(content)
    if imperial:
        return float(re.sub(r"[, '\u00a0]", "", imperial.group(1))) * SQUARE_FOOT_M2
    metric = _METRIC_AREA.search(content) or _LEADING_AREA.search(content)
    if metric is None:
        return None
    return float(re.sub(r"[ '\u00a0]", "", metric.group(1)).replace(",", "."))


def read_label(text: Text) -> RoomLabel | None:
    """Return what a text says about a room, or None if it says nothing of the kind."""
    names: list[str] = []
    number, area = "", None
    for line in text.content.split("\n"):
        content = " ".join(line.split())
        if not content:
            continue
        printed = parse_area_m2(content)
        if printed is not None:
            area = printed
        elif _ROOM_NUMBER.match(content):
            number = number or content
        elif not (_SIZE.search(content) or _NOTE.match(content)) and _wordy(content):
            names.append(content)
    if not names and not number and area is None:
        return None
    return RoomLabel(
        position=text.position,
        names=tuple(names),
        number=number,
        area_m2=area,
        height_m=text.height_m,
    )


def _wordy(content: str) -> bool:
    """Whether a text has a word in it: two letters side by side, or one ideogram."""
    return bool(re.search(r"[^\W\d_]{2}|[\u3040-\u9fff\uac00-\ud7af]", content))


def room_labels(drawing: Drawing) -> list[RoomLabel]:
    """Return what the texts of a drawing say about rooms."""
    labels = (read_label(text) for text in drawing.texts)
    return [label for label in labels if label is not None]
