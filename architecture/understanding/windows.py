"""Windows drawn over a wall that runs on: above the cut, or without breaking the wall.

Lines along a wall, between or on its faces, that begin and end together are one window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.strtree import STRtree

from architecture.plan import OpeningKind, Wall
from architecture.understanding.filling import Symbols
from architecture.understanding.openings import Candidate
from architecture.understanding.roles import Role

__all__ = ["windows_in_walls"]

TOGETHER_M: Final = 0.06
"""Lines of one window begin and end within this."""
WIDTHS_M: Final = (0.25, 8.0)
"""Narrowest and widest window."""
ALONG_SLOPE: Final = 0.05
"""A line along a wall leans less than this."""
ASIDE_M: Final = 0.01
"""A line belongs to a wall up to this far outside its faces."""
TAKEN_SHARE: Final = 0.3
"""A place that another opening covers by this share is taken."""
INNER_SHARE: Final = 0.3
"""A pane stands this close to a wall's axis, as a share of its thickness."""
SILL_ABOVE_CUT_M: Final = 1.5
"""Sill of a window drawn dashed, which lies above the cut, where no text gives it (plans
are cut 1 to 1.5 m above the floor, ISO 128-3)."""
LINES_SAID: Final = 2
"""Lines that make a window where the layer says so."""
LINES_UNSAID: Final = 3
"""Lines that make a window where nothing says so."""


@dataclass(frozen=True, slots=True)
class _Line:
    low: float
    high: float
    aside: float
    said: bool
    dashed: bool


def windows_in_walls(
    walls: Sequence[Wall], symbols: Symbols, taken: Sequence[shapely.Polygon]
) -> list[Candidate]:
    """Return a window for every bundle of lines along a wall that no other opening covers."""
    taken_tree = STRtree(list(taken))
    found = []
    for wall in walls:
        if wall.evidence == "glazing":
            continue
        lines = _lines_along(wall, symbols)
        for bundle in _bundles(lines, wall.thickness_m):
            candidate = _candidate(wall, bundle)
            near = taken_tree.query(candidate.quad, predicate="intersects").tolist()
            shared = sum(candidate.quad.intersection(taken[i]).area for i in near)
            if shared < TAKEN_SHARE * candidate.quad.area:
                found.append(candidate)
    return found


def _frame(wall: Wall) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return start, unit vector along and unit vector across of a wall."""
    a, b = np.asarray(wall.axis.coords)[[0, -1]]
    u = (b - a) / np.hypot(*(b - a))
    return a, u, np.array([-u[1], u[0]])


def _lines_along(wall: Wall, symbols: Symbols) -> list[_Line]:
    a, u, n = _frame(wall)
    lines = []
    for i in symbols.tree.query(wall.footprint.buffer(ASIDE_M), predicate="intersects").tolist():
        p, q = symbols.segments.start[i] - a, symbols.segments.end[i] - a
        run, rise = float((q - p) @ u), float((q - p) @ n)
        if abs(run) < WIDTHS_M[0] or abs(run) > WIDTHS_M[1] or abs(rise) > ALONG_SLOPE * abs(run):
            continue
        aside = float((p + q) @ n) / 2
        if abs(aside) > wall.thickness_m / 2 + ASIDE_M:
            continue
        low, high = sorted((float(p @ u), float(q @ u)))
        if low < -TOGETHER_M or high > wall.axis.length + TOGETHER_M:
            continue
        role = symbols.roles[i]
        if role not in (Role.WINDOW, Role.OTHER, Role.OPENING):
            continue
        lines.append(_Line(low, high, aside, role is Role.WINDOW, bool(symbols.dashed[i])))
    return lines


def _bundles(lines: Sequence[_Line], thickness_m: float) -> list[list[_Line]]:
    """Return groups of lines that begin and end together and are enough for a window."""
    left = sorted(lines, key=lambda line: line.low)
    bundles = []
    while left:
        seed = left.pop(0)
        bundle = [
            seed,
            *(
                line
                for line in left
                if abs(line.low - seed.low) < TOGETHER_M and abs(line.high - seed.high) < TOGETHER_M
            ),
        ]
        left = [line for line in left if line not in bundle]
        distinct = len({round(line.aside / 0.01) for line in bundle})
        said = any(line.said for line in bundle)
        inner = any(abs(line.aside) < INNER_SHARE * thickness_m for line in bundle)
        if distinct >= (LINES_SAID if said else LINES_UNSAID) and (said or inner):
            bundles.append(bundle)
    return bundles


def _candidate(wall: Wall, bundle: Sequence[_Line]) -> Candidate:
    a, u, n = _frame(wall)
    low = float(np.median([line.low for line in bundle]))
    high = float(np.median([line.high for line in bundle]))
    half = n * wall.thickness_m / 2
    p, q = a + u * low, a + u * high
    middle = (p + q) / 2
    return Candidate(
        kind=OpeningKind.WINDOW,
        quad=shapely.Polygon([p - half, q - half, q + half, p + half]),
        center=(float(middle[0]), float(middle[1])),
        direction=(float(u[0]), float(u[1])),
        width_m=high - low,
        sill_m=SILL_ABOVE_CUT_M if all(line.dashed for line in bundle) else None,
        score=0.8 if any(line.said for line in bundle) else 0.6,
        evidence="parallel-lines",
    )
