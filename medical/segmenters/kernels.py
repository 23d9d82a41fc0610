"""Compiled kernels of the segmenters. Import where they run: this loads Numba."""

from __future__ import annotations

import numpy as np

from shared.kernels import kernel

AIR_VALUE = np.float32(-1000.0)
"""What a value that is not finite counts as."""
NEIGHBORHOOD = 3
"""Columns to each side over which a plate's thickness is taken."""


@kernel
def block_means(values, fi, fj, fk, first, end, means):  # type: ignore[no-untyped-def]
    """Write the means of blocks of ``fi · fj · fk`` voxels, block slices `first` … `end`."""
    slices, rows, columns = values.shape
    for i in range(first, end):
        for j in range(means.shape[1]):
            for k in range(means.shape[2]):
                total = np.float32(0.0)
                count = 0
                for a in range(i * fi, min((i + 1) * fi, slices)):
                    for b in range(j * fj, min((j + 1) * fj, rows)):
                        for c in range(k * fk, min((k + 1) * fk, columns)):
                            value = np.float32(values[a, b, c])
                            total += value if np.isfinite(value) else AIR_VALUE
                            count += 1
                means[i, j, k] = total / count


@kernel
def lies_between(columns):  # type: ignore[no-untyped-def]
    """Return which columns ``[u v]`` have marked ones on both sides, along u or along v."""
    rows, length = columns.shape
    between = np.zeros(columns.shape, np.uint8)
    for u in range(rows):
        first, last = length, -1
        for v in range(length):
            if columns[u, v]:
                first, last = min(first, v), v
        for v in range(first, last + 1):
            between[u, v] = 1
    for v in range(length):
        first, last = rows, -1
        for u in range(rows):
            if columns[u, v]:
                first, last = min(first, u), u
        for u in range(first, last + 1):
            between[u, v] = 1
    return between


@kernel
def free_runs(tissue, plate, longest):  # type: ignore[no-untyped-def]
    """Return the length of each run of `tissue` along k that is free on both sides.

    At the first voxel of a run ``[u v k]`` that belongs to `plate` and is at most
    `longest` voxels long stands its length; everywhere else 0.
    """
    rows, columns, depth = tissue.shape
    lengths = np.zeros(tissue.shape, np.int16)
    for u in range(rows):
        for v in range(columns):
            start = -1
            for k in range(depth):
                if tissue[u, v, k]:
                    if start < 0:
                        start = k
                elif start >= 0:
                    if start > 0 and plate[u, v, start] and k - start <= longest:
                        lengths[u, v, start] = k - start
                    start = -1
    return lengths


@kernel
def usual_length(lengths, u, v, k, found):  # type: ignore[no-untyped-def]
    """Return the median length of the runs that start around one: its plate's thickness."""
    rows, columns, depth = lengths.shape
    count = 0
    for a in range(max(0, u - NEIGHBORHOOD), min(rows, u + NEIGHBORHOOD + 1)):
        for b in range(max(0, v - NEIGHBORHOOD), min(columns, v + NEIGHBORHOOD + 1)):
            for c in range(max(0, k - NEIGHBORHOOD), min(depth, k + NEIGHBORHOOD + 1)):
                if lengths[a, b, c]:
                    found[count] = lengths[a, b, c]
                    count += 1
                    break
    return np.sort(found[:count])[count // 2]


@kernel
def continue_plate(tissue, plate, longest):  # type: ignore[no-untyped-def]
    """Return the plate's voxels where it lies against the body: ``[u v k]``, 1 or 0.

    The far face of a plate is free, also where its near face touches the body. So from
    each column where the plate is free on both sides (a run of `tissue` along k, at most
    `longest` voxels long), the far face is followed to neighboring columns, a step of at
    most one voxel up or down at a time, and only between columns where it is free; there
    the plate is as thick as where it came from.
    """
    rows, columns, depth = tissue.shape
    lengths = free_runs(tissue, plate, longest)
    free = np.zeros((rows, columns), np.uint8)
    queue = np.empty((np.count_nonzero(tissue), 3), np.int32)
    thickness = np.zeros(tissue.shape, np.int16)
    found = np.empty((2 * NEIGHBORHOOD + 1) ** 2, np.int16)
    last = 0
    for u in range(rows):
        for v in range(columns):
            for k in range(depth):
                if lengths[u, v, k]:
                    free[u, v] = 1
                    thickness[u, v, k] = usual_length(lengths, u, v, k, found)
                    queue[last] = u, v, k
                    last += 1
    between = lies_between(free)
    covered = np.zeros(tissue.shape, np.uint8)
    first = 0
    while first < last:
        u, v, k = queue[first]
        first += 1
        for step in range(4):
            a = u + (1 if step == 0 else -1 if step == 1 else 0)
            b = v + (1 if step == 2 else -1 if step == 3 else 0)
            if not (0 <= a < rows and 0 <= b < columns and between[a, b]):
                continue
            for shift in (0, -1, 1):
                c = k + shift
                if not (0 < c < depth and tissue[a, b, c] and not tissue[a, b, c - 1]):
                    continue
                if thickness[a, b, c] == 0:
                    thickness[a, b, c] = thickness[u, v, k]
                    queue[last] = a, b, c
                    last += 1
                    for d in range(c, min(depth, c + thickness[u, v, k])):
                        covered[a, b, d] = tissue[a, b, d]
                break
    return covered
