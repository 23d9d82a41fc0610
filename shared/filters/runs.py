"""Kernels of connected components: runs of voxels, united where they touch.

A run is a stretch of neighboring inside voxels in one row. There are far fewer runs than
voxels, and they are found in words of 64. Runs that touch are united in a forest in which
each run points to one before it (union by the smallest, with path halving), so that one
walk in order numbers the pieces as a scan of the voxels would meet them.

References
----------
He, Chao, Suzuki: A Run-Based Two-Scan Labeling Algorithm, IEEE Transactions on Image
Processing 17, 2008, doi:10.1109/TIP.2008.919369.
"""

from __future__ import annotations

import numpy as np

from shared.kernels import inlined, kernel
from shared.words import lowest_bit, popcount

ONE = np.uint64(1)
LAST = np.uint64(63)


@kernel
def count_runs(bits, first, end, counts):  # type: ignore[no-untyped-def]
    """Count the runs of each row of slices `first` … `end`."""
    for i in range(first, end):
        for j in range(bits.shape[1]):
            count = 0
            before = np.uint64(0)
            for w in range(bits.shape[2]):
                word = bits[i, j, w]
                count += popcount(word & ~((word << ONE) | (before >> LAST)))
                before = word
            counts[i, j] = count


@inlined
def list_runs(bits, i, j, run, starts, ends):  # type: ignore[no-untyped-def]
    """Write the first voxel of each run of a row and the voxel after its last."""
    at_start, at_end = run, run
    before = np.uint64(0)
    for w in range(bits.shape[2]):
        word = bits[i, j, w]
        moved = (word << ONE) | (before >> LAST)
        begins, stops = word & ~moved, ~word & moved
        while begins:
            starts[at_start] = 64 * w + lowest_bit(begins)
            at_start += 1
            begins &= begins - ONE
        while stops:
            ends[at_end] = 64 * w + lowest_bit(stops)
            at_end += 1
            stops &= stops - ONE
        before = word
    if at_end < at_start:
        ends[at_end] = 64 * bits.shape[2]


@inlined
def root_of(parents, run):  # type: ignore[no-untyped-def]
    """Return the first run of a run's piece, halving the way to it."""
    while parents[run] != run:
        parents[run] = parents[parents[run]]
        run = parents[run]
    return run


@inlined
def unite(parents, run, other):  # type: ignore[no-untyped-def]
    """Make two runs part of the same piece."""
    a, b = root_of(parents, run), root_of(parents, other)
    if a < b:
        parents[b] = a
    elif b < a:
        parents[a] = b


@inlined
def unite_all(places, starts_a, starts_b, run, other, step, parents):  # type: ignore[no-untyped-def]
    """Unite, at each set bit of `places`, the runs of two rows' words that meet there.

    `run` and `other` are the last runs that began in the words before; a run's number is
    that plus the starts up to the place. `step` is 1 if the other run begins behind it.
    """
    while places:
        up_to = places ^ (places - ONE)
        a = run + popcount(starts_a & up_to)
        b = other + popcount(starts_b & up_to) + step
        unite(parents, a, b)
        places &= places - ONE


@inlined
def unite_rows(bits, i, j, i2, j2, first_run, slack, parents):  # type: ignore[no-untyped-def]
    """Unite the runs of two rows where they overlap or, with `slack`, meet diagonally."""
    rows, width = bits.shape[1], bits.shape[2]
    run, other = first_run[i * rows + j] - 1, first_run[i2 * rows + j2] - 1
    a_before = b_before = np.uint64(0)
    for w in range(width):
        a, b = bits[i, j, w], bits[i2, j2, w]
        a_moved, b_moved = (a << ONE) | (a_before >> LAST), (b << ONE) | (b_before >> LAST)
        starts_a, starts_b = a & ~a_moved, b & ~b_moved
        both = a & b
        overlaps = both & ~(a_moved & b_moved)
        unite_all(overlaps, starts_a, starts_b, run, other, 0, parents)
        if slack:
            behind = a & b_moved & ~b & ~a_moved
            unite_all(behind, starts_a, starts_b, run, other, 0, parents)
            a_next = bits[i, j, w + 1] if w + 1 < width else np.uint64(0)
            b_next = bits[i2, j2, w + 1] if w + 1 < width else np.uint64(0)
            ahead = a & ((b >> ONE) | (b_next << LAST)) & ~b & ~((a >> ONE) | (a_next << LAST))
            unite_all(ahead, starts_a, starts_b, run, other, 1, parents)
        run += popcount(starts_a)
        other += popcount(starts_b)
        a_before, b_before = a, b


@inlined
def unite_with_slice_before(bits, i, j, first_run, row_slacks, parents):  # type: ignore[no-untyped-def]
    """Unite the runs of row (i, j) with those of the slice before that it touches."""
    for step in range(-1, 2):
        slack = row_slacks[abs(step)]
        if slack >= 0 and 0 <= j + step < bits.shape[1]:
            unite_rows(bits, i, j, i - 1, j + step, first_run, slack, parents)


@kernel
def unite_slab(bits, first_run, row_slacks, first, end, starts, ends, parents):  # type: ignore[no-untyped-def]
    """List the runs of slices `first` … `end` and unite those that touch within the slab.

    `first_run` ``[i · j + 1]`` is the number of the first run of each row; `row_slacks`
    whether runs may meet diagonally (1 or 0) in rows a step along one axis apart, and a
    step along both; −1 if such rows are no neighbors.
    """
    rows = bits.shape[1]
    for i in range(first, end):
        for j in range(rows):
            run, stop = first_run[i * rows + j], first_run[i * rows + j + 1]
            for n in range(run, stop):
                parents[n] = n
            if run < stop:
                list_runs(bits, i, j, run, starts, ends)
                if j > 0:
                    unite_rows(bits, i, j, i, j - 1, first_run, row_slacks[0], parents)
                if i > first:
                    unite_with_slice_before(bits, i, j, first_run, row_slacks, parents)


@kernel
def unite_slabs(slabs, bits, first_run, row_slacks, parents):  # type: ignore[no-untyped-def]
    """Unite the runs on both sides of the borders between slabs; `slabs` are their first slices."""
    for i in slabs:
        if i > 0:
            for j in range(bits.shape[1]):
                unite_with_slice_before(bits, i, j, first_run, row_slacks, parents)


@kernel
def number_pieces(shape, first_run, starts, ends, parents, pieces, records):  # type: ignore[no-untyped-def]
    """Number the pieces in order of their first runs, and measure them in the same walk.

    Writes the piece 1 … n of every run, and for every piece its record
    ``[n + 1 10]``: number of voxels, sums of their indices along i, j and k, and first and
    end index along i, j and k.
    """
    rows = shape[1]
    count = 0
    for i in range(shape[0]):
        for j in range(rows):
            for run in range(first_run[i * rows + j], first_run[i * rows + j + 1]):
                start, end = np.int64(starts[run]), np.int64(ends[run])
                if parents[run] == run:
                    count += 1
                    piece = count
                    records[piece, 4] = i
                    records[piece, 6], records[piece, 7] = j, j + 1
                    records[piece, 8], records[piece, 9] = start, end
                else:
                    piece = pieces[parents[run]]
                pieces[run] = piece
                record = records[piece]
                size = end - start
                record[0] += size
                record[1] += size * i
                record[2] += size * j
                record[3] += size * (start + end - 1) // 2
                record[5] = i + 1
                record[6], record[7] = min(record[6], j), max(record[7], j + 1)
                record[8], record[9] = min(record[8], start), max(record[9], end)


@kernel
def paint_runs(first_run, starts, ends, paints, first, end, found):  # type: ignore[no-untyped-def]
    """Write each run's paint to its voxels in slices `first` … `end`; 0 is left out."""
    rows = found.shape[1]
    for i in range(first, end):
        for j in range(rows):
            row = found[i, j]
            for run in range(first_run[i * rows + j], first_run[i * rows + j + 1]):
                if paints[run] != 0:
                    row[starts[run] : ends[run]] = paints[run]
