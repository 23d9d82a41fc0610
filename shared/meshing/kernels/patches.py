"""The best triangles across a hole: no new vertex, the least fold, then the least area.

Liepa, Filling holes in meshes (2003), after Barequet and Sharir, Filling gaps in the
boundary of a polyhedron (1995): dynamic programming over the chords of the loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shared.kernels import kernel, part

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLD_STEPS = 1000.0
"""Folds are told apart in steps of this share of 1 − cos."""
LARGEST_FOLD = 1.985
"""1 − cos of the angle between neighboring normals above which a patch lies flat on a face."""
NO_HEIGHT = 1e-4
"""Height of a triangle, as a share of its longest edge, below which it has no normal."""


@part
def _normal(
    a: NDArray[np.float64], b: NDArray[np.float64], c: NDArray[np.float64]
) -> tuple[float, float, float, float]:
    """Return the unit normal of a triangle and its area; a zero normal if it is too flat."""
    ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    wx, wy, wz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    nx, ny, nz = uy * wz - uz * wy, uz * wx - ux * wz, ux * wy - uy * wx
    size = np.sqrt(nx * nx + ny * ny + nz * nz)
    u, w = ux * ux + uy * uy + uz * uz, wx * wx + wy * wy + wz * wz
    longest = max(u, w, (ux - wx) ** 2 + (uy - wy) ** 2 + (uz - wz) ** 2)
    if size <= NO_HEIGHT * longest:
        return 0.0, 0.0, 0.0, 0.5 * size
    return nx / size, ny / size, nz / size, 0.5 * size


@part
def _fold(
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    near: NDArray[np.float64],
    far: NDArray[np.float64],
) -> float:
    """Return 1 − cos of the turn from the face (b, a, far) to the face (a, b, near)."""
    nx, ny, nz, _ = _normal(a, b, near)
    mx, my, mz, _ = _normal(b, a, far)
    if (nx == 0.0 and ny == 0.0 and nz == 0.0) or (mx == 0.0 and my == 0.0 and mz == 0.0):
        return 0.0
    return 1.0 - (nx * mx + ny * my + nz * mz)


@kernel
def patch_of_loop(
    points: NDArray[np.float64], across: NDArray[np.float64], taken: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """Return the triangles ``[n − 2 3]`` of the best patch; none if every patch is unsound.

    Parameters
    ----------
    points
        float64 ``[n 3]``, the corners of the loop in the order of the patch's winding.
    across
        float64 ``[n 3]``: the third corner of the face that stands behind the edge from
        each point to the next.
    taken
        bool ``[n n]``: these two corners are joined by an edge already.
    """
    n = points.shape[0]
    folds = np.full((n, n), np.inf)
    sizes = np.full((n, n), np.inf)
    choice = np.full((n, n), -1, np.int32)
    for i in range(n - 1):
        folds[i, i + 1] = sizes[i, i + 1] = 0.0
    for step in range(2, n):
        for i in range(n - step):
            j = i + step
            whole = i == 0 and j == n - 1
            if taken[i, j] and not whole:
                continue
            for k in range(i + 1, j):
                fold = max(folds[i, k], folds[k, j])
                size = sizes[i, k] + sizes[k, j]
                if fold > folds[i, j] or not np.isfinite(size):
                    continue
                low = across[i] if k == i + 1 else points[choice[i, k]]
                high = across[k] if j == k + 1 else points[choice[k, j]]
                turn = max(
                    _fold(points[i], points[k], points[j], low),
                    _fold(points[k], points[j], points[i], high),
                )
                if whole:
                    turn = max(turn, _fold(points[j], points[i], points[k], across[j]))
                if turn > LARGEST_FOLD:
                    continue
                fold = max(fold, np.floor(turn * FOLD_STEPS))
                size += _normal(points[i], points[k], points[j])[3]
                if fold < folds[i, j] or (fold == folds[i, j] and size < sizes[i, j]):
                    folds[i, j], sizes[i, j], choice[i, j] = fold, size, k
    triangles = np.empty((n - 2, 3), np.int32)
    if choice[0, n - 1] < 0:
        return triangles[:0].copy()
    stack = np.empty((n, 2), np.int32)
    stack[0, 0], stack[0, 1] = 0, n - 1
    top, count = 1, 0
    while top > 0:
        top -= 1
        i, j = stack[top]
        if j - i < 2:
            continue
        k = choice[i, j]
        triangles[count, 0], triangles[count, 1], triangles[count, 2] = i, k, j
        count += 1
        stack[top, 0], stack[top, 1] = i, k
        stack[top + 1, 0], stack[top + 1, 1] = k, j
        top += 2
    return triangles
