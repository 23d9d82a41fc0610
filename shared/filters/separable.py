"""Kernels of separable smoothing: slices, then rows, then voxels of a row."""

from __future__ import annotations

import numpy as np

from shared.kernels import kernel
from shared.words import load


@kernel
def add_row(total, address, stride, weight, like):  # type: ignore[no-untyped-def]
    """Add a weighted row of the field, read through its address and stride, to `total`."""
    for k in range(len(total)):
        total[k] += weight * load(address + k * stride, like)


@kernel
def smooth_slices(  # type: ignore[no-untyped-def]
    address, strides, shape, like, along_i, along_j, along_k, first, end, smooth
):
    """Smooth slices `first` … `end` by one half kernel an axis (weight of offset 0 first).

    Beyond the grid the border voxel goes on.
    """
    slices, rows, length = shape
    mixed = np.empty((rows, length), smooth.dtype)
    reach = len(along_k) - 1
    row = np.empty(length + 2 * reach, smooth.dtype)
    for i in range(first, end):
        mixed[:] = 0
        for d in range(len(along_i)):
            low = address + max(i - d, 0) * strides[0]
            high = address + min(i + d, slices - 1) * strides[0]
            for j in range(rows):
                add_row(mixed[j], low + j * strides[1], strides[2], along_i[d], like)
                if d:
                    add_row(mixed[j], high + j * strides[1], strides[2], along_i[d], like)
        for j in range(rows):
            middle = row[reach : reach + length]
            for k in range(length):
                middle[k] = along_j[0] * mixed[j, k]
            for d in range(1, len(along_j)):
                above, below = mixed[max(j - d, 0)], mixed[min(j + d, rows - 1)]
                for k in range(length):
                    middle[k] += along_j[d] * (above[k] + below[k])
            row[:reach] = middle[0]
            row[reach + length :] = middle[length - 1]
            out = smooth[i, j]
            for k in range(length):
                out[k] = along_k[0] * row[reach + k]
            for d in range(1, reach + 1):
                for k in range(length):
                    out[k] += along_k[d] * (row[reach + k - d] + row[reach + k + d])
