"""Resampling point by point, from the definition of each interpolation."""

from __future__ import annotations

import numpy as np


def keys(x):
    """Keys' cubic kernel with a = −1/2."""
    x = abs(x)
    if x < 1:
        return 1.5 * x**3 - 2.5 * x**2 + 1
    return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x < 2 else 0.0


KERNELS = {
    "linear": lambda x: max(0.0, 1.0 - abs(x)),
    "cubic": keys,
}


def resample_by_points(values, field_from_grid, shape, outside, interpolation):
    """Return float64 of `shape`: the field at ``field_from_grid`` of each index."""
    found = np.full(shape, float(outside))
    last = np.array(values.shape) - 1
    for index in np.ndindex(*shape):
        point = field_from_grid[:3, :3] @ index + field_from_grid[:3, 3]
        if not ((point >= -0.5) & (point < last + 0.5)).all():
            continue
        point = np.clip(point, 0, last)
        if interpolation == "nearest":
            found[index] = values[tuple(np.clip(np.floor(point + 0.5).astype(int), 0, last))]
            continue
        total = 0.0
        for step in np.ndindex(4, 4, 4):
            voxel = np.floor(point).astype(int) - 1 + step
            weight = np.prod([KERNELS[interpolation](x) for x in point - voxel])
            if weight:
                total += weight * float(values[tuple(np.clip(voxel, 0, last))])
        found[index] = total
    return found
