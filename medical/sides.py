"""Sides: where a point or a box lies, in the words that doctors use.

In DICOM's patient coordinates +x is the patient's **left**, +y **posterior** and +z
**superior** (head); PS3.3 C.7.6.2.1.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

SIDES: Final = (("R", "L"), ("A", "P"), ("I", "S"))
"""The letters of the negative and the positive end of x, y and z."""


def side_of(axis: int, coordinate: float) -> str:
    """Return the letter of the end of LPS axis 0, 1 or 2 to which a coordinate lies."""
    return SIDES[axis][coordinate >= 0.0]


def place_words(point_mm: Sequence[float]) -> str:
    """Return an LPS point in words.

    >>> place_words((-80.24, 35.0, 12.0))
    'R 80.2, P 35.0, S 12.0 mm'
    """
    words = [f"{side_of(axis, x)} {abs(x):.1f}" for axis, x in enumerate(point_mm)]
    return ", ".join(words) + " mm"


def direction_word(vector: Sequence[float]) -> str:
    """Return the letter of the side an LPS vector points to most.

    >>> direction_word((0.1, -0.2, -0.9))
    'I'
    """
    axis = max(range(3), key=lambda n: abs(vector[n]))
    return side_of(axis, vector[axis])


def extent_by_side(
    low_mm: Sequence[float], high_mm: Sequence[float]
) -> dict[str, dict[str, float]]:
    """Return, for each axis, the LPS coordinate of a box's two ends by their letter.

    >>> extent_by_side((-10, 0, 5), (12, 30, 45))["x"]
    {'R': -10.0, 'L': 12.0}
    """
    return {
        name: {negative: round(float(low), 3), positive: round(float(high), 3)}
        for name, (negative, positive), low, high in zip("xyz", SIDES, low_mm, high_mm, strict=True)
    }
