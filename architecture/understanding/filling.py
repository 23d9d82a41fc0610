"""What is drawn inside a gap: lines from jamb to jamb, panels that slide, a revolving drum.

Everything is seen in the gap's own frame: `u` along the wall from its middle, `v` across.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.strtree import STRtree

from architecture.drawing import Stroke, StrokeKind
from architecture.plan import OpeningKind, Operation
from architecture.understanding.gaps import Gap
from architecture.understanding.roles import Role
from architecture.understanding.segments import Segments, segments_of
from architecture.understanding.sorting import SortedStrokes

__all__ = ["Filling", "Symbols", "fillings_of", "symbols_beside_walls"]

FILLING_ROLES: Final = frozenset(
    {Role.DOOR, Role.WINDOW, Role.OPENING, Role.OTHER, Role.WALL, Role.SECTION}
)
"""Roles of strokes that may fill an opening."""
BESIDE_M: Final = 0.06
"""A filling may stand out of the wall's faces by this much."""
ALONG_SLOPE: Final = 0.06
"""A line along the wall leans less than this."""
THROUGH_SHARE: Final = 0.85
"""A line from jamb to jamb covers at least this share of the width."""
PANEL_SHARE: Final = (0.25, 0.8)
"""A sliding panel covers this share of the width."""
COVERED_SHARE: Final = 0.6
"""Lines of a known role fill a gap if they cover this share of its width."""
SAME_LINE_M: Final = 0.008
"""Lines of a filling nearer than this are one line."""
WIDEST_TRACK_M: Final = 0.3
"""Sliding panels pass each other within this distance."""
POCKET_SHARE: Final = 0.3
"""Share of a pocket door's panel that stands in the wall."""
MOST_OUTSIDE: Final = 0.75
"""A line belongs to a gap if less than this share of it lies beyond its ends."""
ROW_M: Final = 0.05
"""Lines of one window in a row begin and end within this."""
LONG_JAMB_M: Final = 0.45
"""A longer jamb may be the side of a short wall."""
DRUM_RATIO: Final = (0.7, 1.35)
"""Diameter of a revolving door's drum over the width of its gap."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Symbols:
    """Strokes that may fill openings, ready to be looked up by place."""

    segments: Segments
    roles: tuple[Role, ...]
    groups: tuple[int | None, ...]
    dashed: NDArray[np.bool_]
    tree: STRtree
    circles: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Filling:
    """What fills a gap or a part of it.

    Parameters
    ----------
    kind
        Door, window, or passage where nothing fills it.
    low_m, high_m
        From where to where along the gap, measured from its middle.
    score
        0 to 1.
    evidence
        ``parallel-lines``, ``panels``, ``drum`` or ``gap``.
    operation
        How it moves where the drawing shows it.
    """

    kind: OpeningKind
    low_m: float
    high_m: float
    score: float
    evidence: str
    operation: Operation = Operation.NOTDEFINED


def symbols_beside_walls(sorted_strokes: SortedStrokes, walls: frozenset[int]) -> Symbols:
    """Return the strokes that are no walls and may fill openings."""
    chosen = [
        (i, stroke)
        for i, stroke in enumerate(sorted_strokes.strokes)
        if i not in walls and sorted_strokes.roles[i] in FILLING_ROLES and stroke.fill is None
    ]
    straight = segments_of(
        [(i, s) for i, s in chosen if s.kind in (StrokeKind.LINE, StrokeKind.POLYLINE)]
    )
    circles = tuple(s.arc[:3] for _, s in chosen if s.kind is StrokeKind.CIRCLE and s.arc)
    sources = straight.source.tolist()
    return Symbols(
        segments=straight,
        roles=tuple(sorted_strokes.roles[i] for i in sources),
        groups=tuple(sorted_strokes.strokes[i].group for i in sources),
        dashed=np.array([_dashed(sorted_strokes.strokes[i]) for i in sources], dtype=bool),
        tree=STRtree(straight.lines()),
        circles=circles,
    )


def _dashed(stroke: Stroke) -> bool:
    return stroke.linetype.upper() not in ("CONTINUOUS", "BYLAYER", "BYBLOCK", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A line in a slot: from `low` to `high` along it, `aside` of its middle."""

    low: float
    high: float
    aside: float
    outside: float
    role: Role
    group: int | None


def fillings_of(gap: Gap, symbols: Symbols) -> list[Filling]:
    """Return what fills a gap from jamb to jamb, judged from everything but door arcs.

    Several windows side by side are several fillings; all else is one.
    """
    half = gap.width_m / 2
    whole = partial(Filling, low_m=-half, high_m=half)
    if _drum(gap, symbols):
        drum = Operation.REVOLVING
        return [whole(OpeningKind.DOOR, operation=drum, score=0.85, evidence="drum")]
    lines = _lines_in(gap, symbols)
    through = [line for line in lines if _cover([line], half) >= THROUGH_SHARE]
    panels = [line for line in lines if PANEL_SHARE[0] <= _cover([line], half) <= PANEL_SHARE[1]]
    doors = [line for line in lines if line.role is Role.DOOR]
    windows = [line for line in lines if line.role is Role.WINDOW]
    row = _row(lines, half)
    if row:
        return [_window(0.85, low_m=low, high_m=high) for low, high in row]
    sliding = _sliding(panels, half)
    if sliding is not None and (doors or not windows):
        return [whole(OpeningKind.DOOR, operation=sliding, score=0.8, evidence="panels")]
    if _pocketed(lines, half):
        return [whole(OpeningKind.DOOR, score=0.7, evidence="panels")]
    if _cover(windows, half) >= COVERED_SHARE and not _at_one_face(windows, gap.thickness_m):
        return [_window(0.95, low_m=-half, high_m=half)]
    if _cover(doors, half) >= COVERED_SHARE:
        return [whole(OpeningKind.DOOR, score=0.6, evidence="parallel-lines")]
    inner = [line for line in through if abs(line.aside) < gap.thickness_m / 2 - 2 * SAME_LINE_M]
    if inner and _distinct(through) >= 2:
        return [_window(0.85, low_m=-half, high_m=half)]
    return [whole(OpeningKind.PASSAGE, score=0.5, evidence="gap")]


def _row(lines: Sequence[_Line], half: float) -> list[tuple[float, float]]:
    """Return the intervals of windows that stand side by side in one gap, or none.

    One block is one window; of loose lines, those that begin and end together are.
    """
    blocks = {line.group for line in lines if line.group is not None}
    if blocks:
        return _apart([_hull([line for line in lines if line.group == b]) for b in blocks], half)
    bundles: list[list[_Line]] = []
    for line in sorted(lines, key=lambda line: line.low - line.high):
        near = [
            b
            for b in bundles
            if abs(b[0].low - line.low) < ROW_M and abs(b[0].high - line.high) < ROW_M
        ]
        if near:
            near[0].append(line)
        else:
            bundles.append([line])
    spans = sorted((b[0].low, b[0].high) for b in bundles if _distinct(b) >= 2)
    if any(high - low > 2 * half * PANEL_SHARE[1] for low, high in spans):
        return []
    return _apart(spans, half)


def _at_one_face(lines: Sequence[_Line], thickness_m: float) -> bool:
    """Whether all lines lie at one edge of a jamb too long to be a wall's thickness.

    The side of a short wall is taken for a jamb; glazing at its end is not between jambs.
    """
    nearest = min(thickness_m / 2 - abs(line.aside) for line in lines)
    one_side = len({line.aside > 0 for line in lines}) == 1
    farthest = max(thickness_m / 2 - abs(line.aside) for line in lines)
    return thickness_m > LONG_JAMB_M and one_side and nearest < farthest < 0.25 * thickness_m


def _hull(lines: Sequence[_Line]) -> tuple[float, float]:
    return min(line.low for line in lines), max(line.high for line in lines)


def _apart(spans: Sequence[tuple[float, float]], half: float) -> list[tuple[float, float]]:
    """Return the spans that follow each other, if there are several and they fill the gap."""
    row: list[tuple[float, float]] = []
    for low, high in sorted(spans):
        if not row or low > row[-1][1] - ROW_M:
            row.append((low, high))
    covered = sum(high - low for low, high in row)
    return row if len(row) > 1 and covered > THROUGH_SHARE * 2 * half else []


def _window(score: float, *, low_m: float, high_m: float) -> Filling:
    return Filling(
        OpeningKind.WINDOW, low_m=low_m, high_m=high_m, score=score, evidence="parallel-lines"
    )


def _lines_in(gap: Gap, symbols: Symbols) -> list[_Line]:
    """Return the lines along a slot, clipped to it; dashed ones lie overhead."""
    u = np.array(gap.direction)
    n = np.array([-u[1], u[0]])
    center = np.array(gap.center)
    half = gap.width_m / 2
    found = []
    for i in symbols.tree.query(gap.quad.buffer(BESIDE_M), predicate="intersects").tolist():
        if symbols.dashed[i] and symbols.roles[i] is not Role.WINDOW:
            continue
        a, b = symbols.segments.start[i] - center, symbols.segments.end[i] - center
        run, rise = float((b - a) @ u), float((b - a) @ n)
        if abs(rise) > ALONG_SLOPE * abs(run):
            continue
        aside = float((a + b) @ n) / 2
        low, high = sorted((float(a @ u), float(b @ u)))
        outside = max(0.0, -half - low) + max(0.0, high - half)
        if abs(aside) > gap.thickness_m / 2 + BESIDE_M or outside > MOST_OUTSIDE * (high - low):
            continue
        low, high = max(low, -half), min(high, half)
        if high - low > 0.02:
            role, group = symbols.roles[i], symbols.groups[i]
            found.append(
                _Line(low=low, high=high, aside=aside, outside=outside, role=role, group=group)
            )
    return found


def _cover(lines: Sequence[_Line], half: float) -> float:
    """Return the share of the slot's width that lines cover together."""
    reach, total = -np.inf, 0.0
    for line in sorted(lines, key=lambda line: line.low):
        total += max(0.0, line.high - max(line.low, reach))
        reach = max(reach, line.high)
    return float(total / (2 * half)) if half > 0 else 0.0


def _distinct(lines: Sequence[_Line]) -> int:
    """Return how many lines there are once doubled ones count once."""
    asides = sorted(line.aside for line in lines)
    return sum(1 for i, v in enumerate(asides) if i == 0 or v - asides[i - 1] > SAME_LINE_M)


def _sliding(panels: Sequence[_Line], half: float) -> Operation | None:
    """Return how panels slide: two or more that stand side by side and pass each other."""
    best = max(
        (
            _cover([a, b], half)
            for a in panels
            for b in panels
            if a.low < b.low - ROW_M
            and a.high < b.high - ROW_M
            and SAME_LINE_M < abs(a.aside - b.aside) < WIDEST_TRACK_M
        ),
        default=0.0,
    )
    return Operation.DOUBLE_DOOR_SLIDING if best >= COVERED_SHARE and half > 0.4 else None


def _pocketed(lines: Sequence[_Line], half: float) -> bool:
    """Whether a panel stands half in the gap and half in the wall beside it."""
    in_wall = [
        line
        for line in lines
        if line.outside > POCKET_SHARE * (line.high - line.low) and line.role is not Role.WINDOW
    ]
    return _distinct(in_wall) >= 2 and _cover(in_wall, half) >= PANEL_SHARE[0]


def _drum(gap: Gap, symbols: Symbols) -> bool:
    """Whether a circle as wide as the gap stands in it, with wings inside."""
    for x, y, radius in symbols.circles:
        if not DRUM_RATIO[0] <= 2 * radius / gap.width_m <= DRUM_RATIO[1] or radius < 0.6:
            continue
        if np.hypot(x - gap.center[0], y - gap.center[1]) > 0.5 * radius:
            continue
        disc = shapely.Point(x, y).buffer(1.02 * radius)
        if len(symbols.tree.query(disc, predicate="contains")) >= 2:
            return True
    return False
