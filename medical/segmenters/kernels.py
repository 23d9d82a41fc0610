"""Compiled kernels of the segmenters. Import where they run: this loads Numba."""

from __future__ import annotations

import numpy as np

from shared.kernels import kernel

AIR_VALUE = np.float32(-1000.0)
"""What a value that is not finite counts as."""
FITTED = 14
FEWEST_FITTED = 5
"""How many columns of a plate's free part its course is taken from."""
FACE_TOLERANCE = 1.8
"""How far from its expected place the far face of a hidden plate may be, in voxels."""
FACE_SHARE = 0.9
"""Smallest share of the columns in which it must be there."""


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
def start_near(lengths, u, v, k, reach):  # type: ignore[no-untyped-def]
    """Return where in column ``[u v]`` a free run starts within `reach` of `k`, or −1."""
    if not 0 <= v < lengths.shape[1]:
        return -1
    for shift in range(reach + 1):
        for c in (k - shift, k + shift):
            if 0 <= c < lengths.shape[2] and lengths[u, v, c]:
                return c
    return -1


@kernel
def plate_end(lengths, u, v, k, back):  # type: ignore[no-untyped-def]
    """Return height, slope and thickness of a plate at its end in column ``[u v]``.

    A line is fitted to the starts of up to `FITTED` free runs, from (v, k) on in the
    direction `back` along v; the slope is per column of rising v. The two columns next to
    the end are left out of the thickness, which the contact may have made larger. The
    thickness is 0 if there are too few runs.
    """
    found = np.empty(FITTED, np.int16)
    count = 0
    sum_x = sum_k = sum_xx = sum_xk = 0.0
    at, column = k, v
    while count < FITTED and at >= 0:
        x = float(column - v)
        sum_x += x
        sum_xx += x * x
        sum_k += at
        sum_xk += x * at
        found[count] = lengths[u, column, at]
        count += 1
        column += back
        at = start_near(lengths, u, column, at, 1)
    if count < FEWEST_FITTED:
        return 0.0, 0.0, 0
    slope = (count * sum_xk - sum_x * sum_k) / (count * sum_xx - sum_x * sum_x)
    thickness = np.sort(found[2:count])[(count - 2) // 2]
    return (sum_k - slope * sum_x) / count, slope, thickness


@kernel
def fill_gap(tissue, u, low, high, from_end, to_end, covered):  # type: ignore[no-untyped-def]
    """Mark the plate between its two ends in columns `low` and `high`, if it is there.

    The far face is expected on the cubic that continues both ends (Hermite). The plate is
    there if most columns between have tissue that starts within `FACE_TOLERANCE` of it.
    """
    depth = tissue.shape[2]
    span = float(high - low)
    starts = np.full(high - low - 1, -1, np.int32)
    for v in range(low + 1, high):
        t = (v - low) / span
        expected = (
            (1.0 + 2.0 * t) * (1.0 - t) ** 2 * from_end[0]
            + t * (1.0 - t) ** 2 * span * from_end[1]
            + t * t * (3.0 - 2.0 * t) * to_end[0]
            + t * t * (t - 1.0) * span * to_end[1]
        )
        nearest = FACE_TOLERANCE
        for c in range(max(1, int(expected) - 4), min(depth, int(expected) + 6)):
            if tissue[u, v, c] and not tissue[u, v, c - 1] and abs(c - expected) <= nearest:
                nearest = abs(c - expected)
                starts[v - low - 1] = c
    if np.count_nonzero(starts >= 0) < FACE_SHARE * len(starts):
        return
    for n in range(len(starts)):
        c = starts[n]
        if c >= 0:
            t = (n + 1) / span
            thickness = int((1.0 - t) * from_end[2] + t * to_end[2] + 0.5)
            for d in range(c, min(depth, c + thickness)):
                covered[u, low + 1 + n, d] |= tissue[u, low + 1 + n, d]


@kernel
def continue_plate(tissue, plate, longest, covered):  # type: ignore[no-untyped-def]
    """Mark in `covered` the plate's voxels where it lies against the body: ``[u v k]``.

    The far face of a plate is free, also where its near face touches the body. Where the
    plate itself is free on both sides (runs of `tissue` along k, at most `longest` voxels
    long), its far face and thickness are known; along each row of columns they are
    continued from both sides through the gap between, where the body lies on it.
    """
    rows, columns, depth = tissue.shape
    lengths = free_runs(tissue, plate, longest)
    for u in range(rows):
        for v in range(columns):
            for k in range(depth):
                if not lengths[u, v, k] or start_near(lengths, u, v + 1, k, 1) >= 0:
                    continue
                from_end = plate_end(lengths, u, v, k, -1)
                if from_end[2] == 0:
                    continue
                for high in range(v + 2, columns):
                    reach = 2 + (high - v) // 2
                    expected = int(from_end[0] + from_end[1] * (high - v) + 0.5)
                    c = start_near(lengths, u, high, expected, reach)
                    if c < 0 or start_near(lengths, u, high - 1, c, 1) >= 0:
                        continue
                    to_end = plate_end(lengths, u, high, c, 1)
                    if to_end[2] > 0:
                        fill_gap(tissue, u, v, high, from_end, to_end, covered)
                        break


@kernel
def keep_in_zones(mask, zones, fi, fj, fk, wanted, first, end, kept):  # type: ignore[no-untyped-def]
    """Write which voxels of `mask` lie in a wanted zone, slices `first` … `end`.

    `zones` ``[I J K]`` are of blocks of ``fi · fj · fk`` voxels; `wanted` says yes or no
    (1, 0) for each zone.
    """
    _, rows, columns = mask.shape
    for i in range(first, end):
        for j in range(rows):
            for k in range(columns):
                if mask[i, j, k]:
                    kept[i, j, k] = wanted[zones[i // fi, j // fj, k // fk]]


@kernel
def count_zones(first_run, starts, ends, piece, rows, zones, fi, fj, fk, counts):  # type: ignore[no-untyped-def]
    """Add up how many voxels of each piece lie in each zone: `counts` ``[pieces + 1 zones]``.

    The pieces are given as runs (see `shared.filters.pieces.Pieces`).
    """
    for row in range(len(first_run) - 1):
        i, j = row // rows, row % rows
        for run in range(first_run[row], first_run[row + 1]):
            for k in range(starts[run], ends[run]):
                counts[piece[run], zones[i // fi, j // fj, k // fk]] += 1
