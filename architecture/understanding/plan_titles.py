"""Which title belongs to which plan of a sheet.

A title may stand nearer to the plan beside it than to its own; but a drafter puts all
titles of a sheet on the same side. So every way from a plan to a title is tried as the
way from all plans to theirs; the way that finds most titles, then the shortest, wins.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from architecture.drawing import Text
from architecture.understanding.titles import title_texts

__all__ = ["Bounds", "match_titles"]

Bounds = tuple[float, float, float, float]
"""(xmin, ymin, xmax, ymax), metres."""

MISS_SHARE: Final = 0.25
"""A title misses its usual place by less than this share of the plan's longer side."""
FAR_SHARE: Final = 1.0
"""A title stands no further from its plan than this share of the plan's longer side."""
NEAREST_M: Final = 6.0
"""However small the plan, a title may stand as far as this."""


def match_titles(plans: Sequence[Bounds], texts: Sequence[Text]) -> list[Text | None]:
    """Return the title of each plan, or None.

    Parameters
    ----------
    plans
        Boxes around the plans.
    texts
        All texts of the drawing.
    """
    if not plans:
        return []
    titles = title_texts(texts)
    best: list[Text | None] = [None] * len(plans)
    if not titles:
        return best
    boxes = np.array(plans)
    places = np.array([title.position for title in titles])
    size = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    worth = (0, -np.inf)
    for anchors in _anchors(boxes):
        ways = places[None, :, :] - anchors[:, None, :]
        for start in ways.reshape(-1, 2):
            matched = _matched(ways - start, boxes, places, size)
            length = sum(_distance(boxes[i], places[j]) for i, j in matched)
            if (len(matched), -length) > worth:
                worth = (len(matched), -length)
                best = [None] * len(plans)
                for i, j in matched:
                    best[i] = titles[j]
    return best


def _anchors(boxes: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return places titles are put by: below, above, left, right, middle of each box."""
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    below = np.column_stack([middle[:, 0], boxes[:, 1]])
    above = np.column_stack([middle[:, 0], boxes[:, 3]])
    left = np.column_stack([boxes[:, 0], middle[:, 1]])
    right = np.column_stack([boxes[:, 2], middle[:, 1]])
    corner = boxes[:, :2]
    return [below, above, left, right, corner, middle]


def _matched(
    misses: NDArray[np.float64],
    boxes: NDArray[np.float64],
    places: NDArray[np.float64],
    size: NDArray[np.float64],
) -> list[tuple[int, int]]:
    """Return pairs of plan and title, each once, the closest to the usual place first."""
    miss = np.hypot(misses[..., 0], misses[..., 1])
    pairs = sorted(
        (float(miss[i, j]), i, j)
        for i, j in np.argwhere(miss <= MISS_SHARE * size[:, None]).tolist()
        if _distance(boxes[i], places[j]) <= max(NEAREST_M, FAR_SHARE * size[i])
    )
    taken: set[int] = set()
    found: dict[int, int] = {}
    for _, i, j in pairs:
        if i not in found and j not in taken:
            found[i] = j
            taken.add(j)
    return list(found.items())


def _distance(box: NDArray[np.float64], place: NDArray[np.float64]) -> float:
    """Return how far a place lies outside a box."""
    outside = np.maximum(np.maximum(box[:2] - place, place - box[2:]), 0.0)
    return float(np.hypot(*outside))
