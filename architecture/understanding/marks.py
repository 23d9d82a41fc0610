"""Marks beside openings: printed sizes, sills and codes, told to the opening they fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.spatial import cKDTree

from architecture.drawing import Drawing, Text
from architecture.plan import OpeningKind
from architecture.understanding.openings import Candidate
from architecture.understanding.texts import parse_sill, parse_size

__all__ = ["Mark", "marked", "marks_beside"]

REACH_M: Final = 1.1
"""A mark stands this close to its opening's line."""
WIDTH_SHARE: Final = 0.12
"""A printed width may differ from the gap by this share: leaf, frame or wall opening."""
DOOR_HEIGHTS_M: Final = (1.85, 3.0)
"""Heights of doors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What texts say about one opening.

    Parameters
    ----------
    code
        The text that prints its size.
    height_m, sill_m
        Printed heights, or None.
    """

    code: str = ""
    height_m: float | None = None
    sill_m: float | None = None


def marks_beside(
    drawing: Drawing, candidates: Sequence[Candidate]
) -> tuple[list[Mark], frozenset[int]]:
    """Return what the texts say about each opening, and which texts were used.

    A size is believed only of an opening it fits; each text speaks of one opening, the
    nearest that fits.
    """
    marks = [Mark() for _ in candidates]
    if not candidates:
        return marks, frozenset()
    tree = cKDTree([c.center for c in candidates])
    widest = max(c.width_m for c in candidates) / 2
    used = set()
    for index, text in enumerate(drawing.texts):
        sizes = [size for line in text.content.split("\n") for size in parse_size(line)]
        sill = parse_sill(text.content)
        if not sizes and sill is None:
            continue
        near = tree.query_ball_point(text.position, REACH_M + widest)
        order = sorted((_distance(text, candidates[i]), i) for i in near)
        for i in (i for distance, i in order if distance <= REACH_M):
            fitting = [s for s in sizes if _fits(s.width_m, candidates[i].width_m)]
            if fitting and not marks[i].code:
                code = " ".join(text.content.split())
                marks[i] = replace(marks[i], code=code, height_m=fitting[0].height_m)
            elif sill is not None and candidates[i].kind is OpeningKind.WINDOW:
                marks[i] = replace(marks[i], sill_m=sill)
            else:
                continue
            used.add(index)
            break
    return marks, frozenset(used)


def marked(candidate: Candidate, mark: Mark) -> Candidate:
    """Return an opening with what its mark says."""
    height = mark.height_m
    kind = candidate.kind
    if kind is OpeningKind.PASSAGE and height and DOOR_HEIGHTS_M[0] <= height <= DOOR_HEIGHTS_M[1]:
        kind = OpeningKind.DOOR
    sill = None
    if kind is OpeningKind.WINDOW:
        sill = candidate.sill_m if mark.sill_m is None else mark.sill_m
    head = None
    if height is not None:
        base = 0.0 if kind is not OpeningKind.WINDOW else sill
        head = None if base is None else base + height
    name = mark.code or candidate.name
    return replace(candidate, kind=kind, name=name, sill_m=sill, head_m=head)


def _fits(printed_m: float, drawn_m: float) -> bool:
    return abs(printed_m - drawn_m) <= WIDTH_SHARE * drawn_m


def _distance(text: Text, candidate: Candidate) -> float:
    """Return how far a text stands from an opening's line, ends included."""
    u = np.array(candidate.direction)
    d = np.subtract(text.position, candidate.center)
    along = max(0.0, abs(float(d @ u)) - candidate.width_m / 2)
    across = abs(float(u[0] * d[1] - u[1] * d[0]))
    return float(np.hypot(along, across))
