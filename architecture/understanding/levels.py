"""Levels written beside a section or an elevation: storeys above each other, to scale.

Names of storeys (or figures such as +3.10) that stand above each other in their order are
the levels of an upright view. The distance between two is the height of the storey.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeVar

from architecture.drawing import Text
from architecture.understanding.layers import fold
from architecture.understanding.storey_words import storey_mark
from architecture.understanding.texts import parse_level_m
from architecture.understanding.titles import LONGEST_TITLE, clean_title
from architecture.understanding.view_words import ViewKind, view_kind

__all__ = ["Level", "LevelStack", "level_stacks"]

T = TypeVar("T")
ROOF_RANK: Final = 95.0
"""The level of the roof stands above that of an attic."""
COLUMN_M: Final = 4.0
"""Levels of one view are written in one column, their middles within this."""
LEAST_LEVELS: Final = 3
"""Two words above each other may stand so by chance."""
STOREY_M: Final = (1.8, 8.0)
"""Storeys in a section are as high as this."""
SAME_STEP: Final = 0.05
"""Figures agree with what is drawn within this share."""

_LEVEL_WORD: Final = re.compile(
    r"\b(?:level|lvl|ffl|ssl|fl|niveau|niv|nivel|livello|quota|quote|cota|hohe|okff|peil|niva|"
    r"poziom|kot|kotu|floor|storey|geschoss|etage|piano|planta|piso|verdieping|kat)\b|标高|层"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One level: its rank among storeys, its name, and how high it is drawn."""

    rank: float
    name: str
    height_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelStack:
    """Levels of one upright view, from the bottom up.

    Parameters
    ----------
    levels
        At least three.
    x_m
        Where the column of texts stands.
    """

    levels: tuple[Level, ...]
    x_m: float

    @property
    def storeys(self) -> tuple[Level, ...]:
        """The levels that are floors: all but the roof."""
        return tuple(level for level in self.levels if level.rank < ROOF_RANK)

    def height_of(self, number: int) -> float | None:
        """Return the height of the storey with that place among `storeys`, if drawn."""
        if number + 1 >= len(self.levels):
            return None
        return round(self.levels[number + 1].height_m - self.levels[number].height_m, 3)


def level_stacks(texts: Sequence[Text]) -> list[LevelStack]:
    """Return the columns of levels among texts, the longest first."""
    named = [(text, level) for text in texts if (level := _level(text)) is not None]
    figures = [(text, value) for text in texts if (value := _figure(text)) is not None]
    found = [_named_stack(column) for column in _columns(named)]
    found += [_drawn_to_scale(column) for column in _columns(figures)]
    stacks = {(stack.levels, stack.x_m): stack for stack in found if stack is not None}
    return sorted(stacks.values(), key=lambda stack: -len(stack.levels))


def _columns(pairs: Sequence[tuple[Text, T]]) -> list[list[tuple[Text, T]]]:
    """Return what stands beside each text and above or below it without a wide gap."""
    found = []
    for seed, _ in pairs:
        beside = [p for p in pairs if abs(p[0].position[0] - seed.position[0]) <= COLUMN_M]
        beside.sort(key=lambda pair: pair[0].position[1])
        run: list[tuple[Text, T]] = []
        for pair in beside:
            if run and pair[0].position[1] - run[-1][0].position[1] > STOREY_M[1]:
                if any(text is seed for text, _ in run):
                    break
                run = []
            run.append(pair)
        found.append(run)
    return found


def _level(text: Text) -> Level | None:
    """Return the level that a text names, or None."""
    content = text.content.strip()
    if len(content) > LONGEST_TITLE or "\n" in content or not _LEVEL_WORD.search(fold(content)):
        return None
    roof = view_kind(content) is ViewKind.ROOF
    mark = storey_mark(content)
    if not roof and mark is None:
        return None
    rank = ROOF_RANK if roof or mark is None else mark.rank
    return Level(rank=rank, name=_name_of(content), height_m=text.position[1])


def _figure(text: Text) -> float | None:
    return parse_level_m(text.content) if len(text.content) <= LONGEST_TITLE else None


def _name_of(content: str) -> str:
    name = clean_title(content).strip(" .")
    shorter = re.sub(r"\s+(?:level|lvl|ffl)$", "", name, flags=re.IGNORECASE)
    return shorter if storey_mark(shorter) is not None else name


def _named_stack(column: Sequence[tuple[Text, Level]]) -> LevelStack | None:
    """Return the stack that named levels of one column make, or None.

    Of two texts with one rank, such as the ground and the ground floor, the longer counts.
    """
    best: dict[float, Level] = {}
    for _, level in sorted(column, key=lambda pair: len(pair[1].name)):
        best[level.rank] = level
    levels = sorted(best.values(), key=lambda level: level.rank)
    steps = [high.height_m - low.height_m for low, high in pairwise(levels)]
    if len(levels) < LEAST_LEVELS or not all(STOREY_M[0] <= s <= STOREY_M[1] for s in steps):
        return None
    x_m = min(text.position[0] for text, _ in column)
    return LevelStack(levels=tuple(levels), x_m=x_m)


def _drawn_to_scale(column: Sequence[tuple[Text, float]]) -> LevelStack | None:
    """Return the stack that figures make whose distances are those of their places."""
    by_value = {value: text for text, value in column}
    values = sorted(by_value)
    heights = [by_value[value].position[1] for value in values]
    steps = [
        (high - low, above - below)
        for (low, high), (below, above) in zip(pairwise(values), pairwise(heights), strict=True)
    ]
    if len(values) < LEAST_LEVELS or not all(abs(d - s) <= SAME_STEP * abs(s) for s, d in steps):
        return None
    if max(values) - min(values) < STOREY_M[0]:
        return None
    levels = [
        Level(rank=float(i), name=by_value[v].content.strip(), height_m=h)
        for i, (v, h) in enumerate(zip(values, heights, strict=True))
    ]
    return LevelStack(levels=tuple(levels), x_m=min(t.position[0] for t, _ in column))
