"""Bounds: the box around points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray


def bounds_of(points: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the smallest and the largest coordinates ``[3]`` of at least one point ``[n 3]``.

    Along the long axis of an array turned over: over rows of three numbers NumPy's own
    reduction takes thirty times as long.
    """
    columns = np.ascontiguousarray(points.T)
    return columns.min(axis=1), columns.max(axis=1)
