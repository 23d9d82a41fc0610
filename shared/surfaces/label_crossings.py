"""Kernels of surfaces from fields: which field is largest, and where two are equal.

A cut edge of the grid runs from a voxel where one field is the largest to one where
another is. `shares` keeps for each how far along it the two are equal; the edges of a row
along an axis stand in order from the row's first number on, as cells do.
"""

from __future__ import annotations

import numpy as np

from shared.kernels import inlined, kernel, part
from shared.surfaces.label_cells import NONE, ONE, WORD, label_at
from shared.surfaces.lanes import differ64
from shared.words import load, lowest_bit, popcount


@kernel
def take_larger(field, strides, like, rank, first, end, best, labels):  # type: ignore[no-untyped-def]
    """Give the voxels of slices `first` … `end` where a field is larger than `best` to it.

    A NaN is not larger than anything. `labels` is the padded map.
    """
    _, rows, length = best.shape
    for i in range(first, end):
        for j in range(rows):
            row = field + i * strides[0] + j * strides[1]
            for k in range(length):
                value = load(row + k * strides[2], like)
                if value > best[i, j, k]:
                    best[i, j, k] = value
                    labels[i + 1, j + 1, k + 1] = rank


@kernel
def find_cuts(labels, like, first, end, cuts):  # type: ignore[no-untyped-def]
    """Write the words of cut edges of slices `first` … `end`; rows beyond the last are 0.

    Bit n of a word of ``cuts[axis]`` stands for the edge from place ``64 w + n`` of the padded
    map to the next along the axis.
    """
    slices, rows, length = labels.shape
    item = labels.itemsize
    row_bytes = length * item
    slice_step = rows * row_bytes
    for i in range(first, end):
        for j in range(rows):
            row = labels.ctypes.data + (i * rows + j) * row_bytes
            for w in range(cuts.shape[3]):
                at = row + w * WORD * item
                cuts[0, i, j, w] = differ64(at, at + slice_step, like) if i + 1 < slices else NONE
                cuts[1, i, j, w] = differ64(at, at + row_bytes, like) if j + 1 < rows else NONE
                cuts[2, i, j, w] = differ64(at, at + item, like)


@kernel
def count_edges(cuts, first, end, counts):  # type: ignore[no-untyped-def]
    """Count the cut edges along each axis of the rows of slices `first` … `end`."""
    axes, _, rows, width = cuts.shape
    for axis in range(axes):
        for i in range(first, end):
            for j in range(rows):
                count = 0
                for w in range(width):
                    count += popcount(cuts[axis, i, j, w])
                counts[axis, i, j] = count


@kernel
def add_field(  # type: ignore[no-untyped-def]
    field, strides, like, rank, extent, address, shape, item, cuts, first_edge, first, end, margins
):
    """Add a field to `margins` ``[edge 2]`` where it is the largest at an edge's low end.

    A margin is how far the field of the low end surpasses that of the high end, at the
    low end and at the high end; where it is the largest at the high end, the field is
    subtracted. Edges that leave the grid of `extent` voxels are passed over.
    """
    axes, _, rows, width = cuts.shape
    row_bytes = shape[2] * item
    steps = (rows * row_bytes, row_bytes, item)
    for axis in range(axes):
        for i in range(first, end):
            for j in range(rows):
                edge = first_edge[axis, i, j]
                row = address + (i * rows + j) * row_bytes
                for w in range(width):
                    cut = cuts[axis, i, j, w]
                    while cut:
                        k = w * WORD + lowest_bit(cut)
                        cut &= cut - ONE
                        low = label_at(row + k * item, item) == rank
                        high = label_at(row + k * item + steps[axis], item) == rank
                        if (low or high) and is_within(axis, i, j, k, extent):
                            at = field + (i - 1) * strides[0] + (j - 1) * strides[1]
                            at += (k - 1) * strides[2]
                            sign = 1.0 if low else -1.0
                            margins[edge, 0] += sign * np.float64(load(at, like))
                            margins[edge, 1] += sign * np.float64(load(at + strides[axis], like))
                        edge += 1


@inlined
def is_within(axis, i, j, k, extent):  # type: ignore[no-untyped-def]
    """Return whether an edge of the padded grid joins two voxels of the grid."""
    low = i >= 1 and j >= 1 and k >= 1
    high = (
        i + (axis == 0) <= extent[0]
        and j + (axis == 1) <= extent[1]
        and k + (axis == 2) <= extent[2]
    )
    return low and high


@kernel
def share_of_margins(margins, first, end):  # type: ignore[no-untyped-def]
    """Replace the first of each two margins by the share of the edge where they are 0.

    The middle is taken where the margins do not tell: at ties along the whole edge, NaN
    and infinite values.
    """
    for edge in range(first, end):
        share = margins[edge, 0] / (margins[edge, 0] - margins[edge, 1])
        margins[edge, 0] = share if 0.0 <= share <= 1.0 else 0.5


@kernel
def place_cells(  # type: ignore[no-untyped-def]
    cuts, first_edge, shares, active, first_cell, extent, farthest, first, end, offsets
):
    """Write the offset of each cell of layers `first` … `end`: the mean of its crossings.

    Only crossings between voxels of the grid count; a vertex on the grid's border stays
    on it.
    """
    _, rows, width = active.shape
    numbers = np.empty(12, np.int64)
    for i in range(first, end):
        for j in range(rows):
            cell = first_cell[i, j]
            first_numbers(first_edge, i, j, numbers)
            for w in range(width):
                word = active[i, j, w]
                while word:
                    bit = lowest_bit(word)
                    word &= word - ONE
                    k = w * WORD + bit
                    place_cell(cuts, shares, i, j, w, bit, extent, numbers, offsets[cell])
                    for axis in range(3):
                        at, last = (i, j, k)[axis], extent[axis]
                        held = at == 0 or at == last
                        offset = min(max(offsets[cell, axis], -farthest), farthest)
                        offsets[cell, axis] = 0.0 if held else offset
                    cell += 1
                for edge in range(12):
                    axis, di, dj, _ = edge_of_cell(edge)
                    numbers[edge] += popcount(cuts[axis, i + di, j + dj, w])


@inlined
def edge_of_cell(edge):  # type: ignore[no-untyped-def]
    """Return the axis of one of a cell's 12 edges, and where its low end is."""
    one, two = (edge >> 1) & 1, edge & 1
    if edge < 4:
        return 2, one, two, 0
    if edge < 8:
        return 1, one, 0, two
    return 0, 0, one, two


@inlined
def first_numbers(first_edge, i, j, numbers):  # type: ignore[no-untyped-def]
    """Write the first number of the row of each of a cell's 12 edges."""
    for edge in range(12):
        axis, di, dj, _ = edge_of_cell(edge)
        numbers[edge] = first_edge[axis, i + di, j + dj]


@part
def place_cell(cuts, shares, i, j, w, bit, extent, numbers, offset):  # type: ignore[no-untyped-def]
    """Write the mean of the crossings of one cell, from its middle."""
    found = 0
    x = y = z = 0.0
    for edge in range(12):
        axis, di, dj, dk = edge_of_cell(edge)
        word, at = w + (bit + dk) // WORD, np.uint64((bit + dk) % WORD)
        if word >= cuts.shape[3]:
            continue
        cut = cuts[axis, i + di, j + dj, word]
        if (cut >> at) & ONE and is_within(axis, i + di, j + dj, w * WORD + bit + dk, extent):
            number = numbers[edge] + popcount(cut & ((ONE << at) - ONE))
            if word > w:
                number += popcount(cuts[axis, i + di, j + dj, w])
            share = shares[number, 0]
            x += share if axis == 0 else di
            y += share if axis == 1 else dj
            z += share if axis == 2 else dk
            found += 1
    if found:
        offset[0], offset[1], offset[2] = x / found - 0.5, y / found - 0.5, z / found - 0.5
