"""Storey titles, floor levels and storey heights, read from the texts around a plan."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from architecture.drawing import Drawing, Text
from architecture.understanding.room_words import is_storey_word
from architecture.understanding.texts import parse_level_m
from architecture.understanding.view_words import view_kind

__all__ = ["StoreyTitle", "clean_title", "storey_title", "title_texts"]

_SCALE: Final = re.compile(
    r"[\s,(]*(?:\b(?:scale|skala|schaal|escala|scala|echelle|masstab|mstb|m|esc)\b\W*)?"
    r"1\s*[:/]\s*\d{1,4}\W*$|\s*\d+(?:/\d+)?\s*\"\s*=.*$",
    re.IGNORECASE,
)
_PLAN_WORD: Final = re.compile(r"\s+plan$", re.IGNORECASE)
_NUMBERED: Final = re.compile(r"^((?:level|storey|story)\s+\w+)\s+floor$", re.IGNORECASE)
_STOREY_HEIGHT: Final = re.compile(
    r"(?:storey height|story height|floor to floor|geschosshöhe|geschosshoehe|"
    r"hauteur d.étage|altura de planta|altezza di piano|verdiepingshoogte|våningshöjd|层高)"
    r"\W*(\d+(?:[.,]\d+)?)",
    re.IGNORECASE,
)
LARGE_PRINT: Final = 1.25
"""A title's letters are at least so many times higher than the drawing's usual ones."""
LONGEST_TITLE: Final = 60
"""A title has no more letters."""
LEVEL_NEAR: Final = 12.0
"""A level belongs to a title that stands within so many of its text heights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreyTitle:
    """What the texts say about the storey.

    Parameters
    ----------
    name
        Its title as printed, without the scale, or empty.
    level_m, height_m
        Floor level and storey height, or None.
    """

    name: str = ""
    level_m: float | None = None
    height_m: float | None = None


def storey_title(drawing: Drawing, texts: Sequence[Text] | None = None) -> StoreyTitle:
    """Return the storey's title, level and height as the texts give them."""
    pool = drawing.texts if texts is None else texts
    title = _title(pool)
    heights = [m for text in pool if (m := _STOREY_HEIGHT.search(text.content)) is not None]
    height = float(heights[0].group(1).replace(",", ".")) if heights else None
    if height is not None and height > 100:
        height *= 0.001
    return StoreyTitle(
        name=clean_title(title.content) if title else "",
        level_m=_level(pool, title),
        height_m=height,
    )


def _title(texts: Sequence[Text]) -> Text | None:
    """Return the text that names the storey in the largest print."""
    named = [text for text in title_texts(texts) if view_kind(text.content) is None]
    return max(named, key=lambda text: text.height_m, default=None)


def title_texts(texts: Sequence[Text]) -> list[Text]:
    """Return the texts that name storeys, plans and other views, in larger print than most."""
    if not texts:
        return []
    usual = float(np.median([text.height_m for text in texts]))
    return [
        text
        for text in texts
        if (is_storey_word(text.content) or view_kind(text.content) is not None)
        and len(text.content) <= LONGEST_TITLE
        and (text.height_m >= LARGE_PRINT * usual or len(texts) < 3)
    ]


def clean_title(content: str) -> str:
    """Return a title as the name of a storey: without scale and the word plan.

    Examples
    --------
    >>> clean_title("LEVEL 1 FLOOR PLAN  1:100")
    'LEVEL 1'
    """
    line = " ".join(content.split("\n")[0].split())
    line = _SCALE.sub("", line).strip(" -,;:")
    shorter = _PLAN_WORD.sub("", line)
    shorter = shorter if is_storey_word(shorter) and shorter.lower() != "floor" else line
    numbered = _NUMBERED.match(shorter)
    return numbered.group(1) if numbered else shorter


def _level(texts: Sequence[Text], title: Text | None) -> float | None:
    """Return the level printed in or beside the title; levels elsewhere may be of sections."""
    if title is None:
        return None
    near = [
        (float(np.hypot(*np.subtract(text.position, title.position))), level)
        for text in texts
        if (level := parse_level_m(text.content)) is not None
        and text.content != title.content
        and len(text.content) < LONGEST_TITLE
    ]
    near = [(d, level) for d, level in near if d < LEVEL_NEAR * title.height_m + 2.0]
    return min(near)[1] if near else None
