"""Moving vertices towards or away from their neighbors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shared.kernels import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray


@kernel
def neighbor_lists(
    faces: NDArray[np.int32], vertex_count: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return starts ``[v + 1]``, and the next and the last vertex of each face around each.

    Around a vertex of a closed surface every neighbor is next once and last once.
    """
    starts = np.zeros(vertex_count + 1, np.int32)
    for f in range(faces.shape[0]):
        for k in range(3):
            starts[faces[f, k]] += 1
    total = 0
    for v in range(vertex_count + 1):
        total += starts[v]
        starts[v] = total
    following = np.empty(total, np.int32)
    preceding = np.empty(total, np.int32)
    for f in range(faces.shape[0] - 1, -1, -1):
        for k in range(3):
            v = faces[f, k]
            starts[v] -= 1
            following[starts[v]] = faces[f, (k + 1) % 3]
            preceding[starts[v]] = faces[f, (k + 2) % 3]
    return starts, following, preceding


@kernel
def mark_closed_fans(
    starts: NDArray[np.int32],
    following: NDArray[np.int32],
    preceding: NDArray[np.int32],
    free: NDArray[np.bool_],
    first: int,
    end: int,
) -> None:
    """Mark the vertices ``first … end`` around which the faces form one closed fan."""
    for v in range(first, end):
        begin, stop = starts[v], starts[v + 1]
        steps = 0
        at = begin
        while stop - begin >= 3 and steps <= stop - begin:
            found = -1
            for n in range(begin, stop):
                if following[n] == preceding[at]:
                    found = n if found == -1 else -2
            if found < 0:
                steps = 0
                break
            steps += 1
            at = found
            if at == begin:
                break
        free[v] = stop - begin >= 3 and steps == stop - begin


@kernel
def step(
    source: NDArray[np.float64],
    target: NDArray[np.float64],
    starts: NDArray[np.int32],
    following: NDArray[np.int32],
    free: NDArray[np.bool_],
    factor: float,
    first: int,
    end: int,
) -> None:
    """Move free vertices ``first … end`` by `factor` of the way to their neighbors' mean."""
    for v in range(first, end):
        x, y, z = source[v, 0], source[v, 1], source[v, 2]
        if free[v]:
            sum_x = sum_y = sum_z = 0.0
            for n in range(starts[v], starts[v + 1]):
                w = following[n]
                sum_x += source[w, 0]
                sum_y += source[w, 1]
                sum_z += source[w, 2]
            share = factor / (starts[v + 1] - starts[v])
            x += share * sum_x - factor * x
            y += share * sum_y - factor * y
            z += share * sum_z - factor * z
        target[v, 0], target[v, 1], target[v, 2] = x, y, z
