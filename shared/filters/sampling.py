"""Kernels that read a field between its voxels: nearest, linear, cubic.

A point belongs to the grid up to half a step beyond the outermost voxel centres; there
the border voxel goes on.
"""

from __future__ import annotations

import numpy as np

from shared.kernels import inlined, kernel
from shared.words import load


@inlined
def clamped(n, length):  # type: ignore[no-untyped-def]
    """Return an index moved into the grid."""
    return min(max(n, 0), length - 1)


@inlined
def cubic_weight(x):  # type: ignore[no-untyped-def]
    """Return the weight of a voxel `x` steps away: Keys 1981, a = −1/2."""
    x = abs(x)
    if x < 1.0:
        return (1.5 * x - 2.5) * x * x + 1.0
    if x < 2.0:
        return ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    return 0.0


@inlined
def nearest_at(x, y, z, address, strides, shape, like):  # type: ignore[no-untyped-def]
    """Return the value of the voxel nearest to a point."""
    i = clamped(int(np.floor(x + 0.5)), shape[0])
    j = clamped(int(np.floor(y + 0.5)), shape[1])
    k = clamped(int(np.floor(z + 0.5)), shape[2])
    return load(address + i * strides[0] + j * strides[1] + k * strides[2], like)


@inlined
def between(low, high, share):  # type: ignore[no-untyped-def]
    """Return a value between two; the far end does not count where its share is 0."""
    return low if share == 0.0 else low + share * (high - low)


@inlined
def linear_at(x, y, z, address, strides, shape, like):  # type: ignore[no-untyped-def]
    """Return the trilinear value at a point."""
    x = min(max(x, 0.0), shape[0] - 1.0)
    y = min(max(y, 0.0), shape[1] - 1.0)
    z = min(max(z, 0.0), shape[2] - 1.0)
    i, j, k = int(x), int(y), int(z)
    step_i = strides[0] if i + 1 < shape[0] else 0
    step_j = strides[1] if j + 1 < shape[1] else 0
    step_k = strides[2] if k + 1 < shape[2] else 0
    at = address + i * strides[0] + j * strides[1] + k * strides[2]
    x -= i
    y -= j
    z -= k
    a = between(np.float64(load(at, like)), np.float64(load(at + step_k, like)), z)
    at += step_j
    b = between(np.float64(load(at, like)), np.float64(load(at + step_k, like)), z)
    at += step_i
    d = between(np.float64(load(at, like)), np.float64(load(at + step_k, like)), z)
    at -= step_j
    c = between(np.float64(load(at, like)), np.float64(load(at + step_k, like)), z)
    return between(between(a, b, y), between(c, d, y), x)


@inlined
def cubic_at(x, y, z, address, strides, shape, like):  # type: ignore[no-untyped-def]
    """Return the tricubic value at a point."""
    x = min(max(x, 0.0), shape[0] - 1.0)
    y = min(max(y, 0.0), shape[1] - 1.0)
    z = min(max(z, 0.0), shape[2] - 1.0)
    total = 0.0
    for i in range(int(x) - 1, int(x) + 3):
        weight_i = cubic_weight(x - i)
        if weight_i == 0.0:
            continue
        slab = address + clamped(i, shape[0]) * strides[0]
        for j in range(int(y) - 1, int(y) + 3):
            weight = weight_i * cubic_weight(y - j)
            if weight == 0.0:
                continue
            row = slab + clamped(j, shape[1]) * strides[1]
            along = 0.0
            for k in range(int(z) - 1, int(z) + 3):
                weight_k = cubic_weight(z - k)
                if weight_k != 0.0:
                    along += weight_k * np.float64(
                        load(row + clamped(k, shape[2]) * strides[2], like)
                    )
            total += weight * along
    return total


@inlined
def in_grid(x, y, z, shape):  # type: ignore[no-untyped-def]
    """Return whether a point belongs to the grid."""
    return -0.5 <= x < shape[0] - 0.5 and -0.5 <= y < shape[1] - 0.5 and -0.5 <= z < shape[2] - 0.5


@kernel
def sample_nearest(address, strides, shape, matrix, outside, first, end, found):  # type: ignore[no-untyped-def]
    """Fill slices `first` … `end` with the values at ``matrix · index``; `outside` elsewhere."""
    for i in range(first, end):
        for j in range(found.shape[1]):
            for k in range(found.shape[2]):
                x, y, z = place(matrix, i, j, k)
                if in_grid(x, y, z, shape):
                    found[i, j, k] = nearest_at(x, y, z, address, strides, shape, outside)
                else:
                    found[i, j, k] = outside


@kernel
def sample_linear(address, strides, shape, like, matrix, outside, first, end, found):  # type: ignore[no-untyped-def]
    """Fill slices `first` … `end` with the values at ``matrix · index``; `outside` elsewhere."""
    for i in range(first, end):
        for j in range(found.shape[1]):
            for k in range(found.shape[2]):
                x, y, z = place(matrix, i, j, k)
                if in_grid(x, y, z, shape):
                    found[i, j, k] = linear_at(x, y, z, address, strides, shape, like)
                else:
                    found[i, j, k] = outside


@kernel
def sample_cubic(address, strides, shape, like, matrix, outside, first, end, found):  # type: ignore[no-untyped-def]
    """Fill slices `first` … `end` with the values at ``matrix · index``; `outside` elsewhere."""
    for i in range(first, end):
        for j in range(found.shape[1]):
            for k in range(found.shape[2]):
                x, y, z = place(matrix, i, j, k)
                if in_grid(x, y, z, shape):
                    found[i, j, k] = cubic_at(x, y, z, address, strides, shape, like)
                else:
                    found[i, j, k] = outside


@inlined
def place(matrix, i, j, k):  # type: ignore[no-untyped-def]
    """Return where an index lies, exactly if the matrix holds whole numbers."""
    x = matrix[0, 0] * i + matrix[0, 1] * j + matrix[0, 2] * k + matrix[0, 3]
    y = matrix[1, 0] * i + matrix[1, 1] * j + matrix[1, 2] * k + matrix[1, 3]
    z = matrix[2, 0] * i + matrix[2, 1] * j + matrix[2, 2] * k + matrix[2, 3]
    return x, y, z
