"""Kernels of the isosurface: 64 voxels a machine word.

The voxels of a row become bits: 1 inside, 0 outside. A word holds 64 voxels and shares
its last with the next word, so that all 63 cells between them are found without a
carry: an edge of the grid is cut where two neighbouring bits differ. Words in which all
eight corners of every cell agree are passed over whole.

Three passes over slabs of rows: `pack_rows` compares, `count_rows` counts cut edges and
triangles of each row, `shared.surfaces.emission` writes vertices and faces at places
known from the counts before. A vertex is numbered by its row's first number and the count
of cut edges before it in the row (population counts of words), so there is neither a
table of vertices to search nor an index for each voxel; see Schroeder, Maynard, Geveci:
Flying Edges, LDAV 2015, doi:10.1109/LDAV.2015.7348069, whose row-wise counting this takes
further.

With ``pad`` 1 the grid is surrounded by one layer of outside: row 0 and voxel 0 of each
row are that layer, and the surface closes at the border. Row ``r`` is voxel ``r - pad``.
"""

from __future__ import annotations

import numpy as np

from shared.kernels import inlined, kernel
from shared.words import compare64, load, lowest_bit, popcount

CELLS_PER_WORD = 63
LOW_63 = np.uint64(0x7FFF_FFFF_FFFF_FFFF)
ONE = np.uint64(1)
CORNERS = np.uint64(3)


@inlined
def compared_word(address, stride, item_bytes, length, start, threshold):  # type: ignore[no-untyped-def]
    """Return the 64 voxels of a row from `start` on as bits; outside the row they are 0."""
    if stride == item_bytes and length >= 64:
        begin = min(max(start, 0), length - 64)
        word = compare64(address + begin * item_bytes, threshold)
        if begin >= start:
            return word << np.uint64(begin - start)
        return word >> np.uint64(start - begin)
    word = np.uint64(0)
    for bit in range(max(0, -start), min(64, length - start)):
        value = load(address + (start + bit) * stride, threshold)
        if value >= threshold:
            word |= ONE << np.uint64(bit)
    return word


@kernel
def pack_rows(address, strides, item_bytes, shape, threshold, pad, keep, first, end, words):  # type: ignore[no-untyped-def]
    """Fill the words (all 0 before) of slices `first` … `end`; with `keep`, only remove bits."""
    for i in range(first, end):
        for j in range(shape[1]):
            row = address + i * strides[0] + j * strides[1]
            for w in range(words.shape[2]):
                start = w * CELLS_PER_WORD - pad
                if keep and words[i + pad, j + pad, w] == 0:
                    continue
                word = compared_word(row, strides[2], item_bytes, shape[2], start, threshold)
                if keep:
                    words[i + pad, j + pad, w] &= word
                elif word:
                    words[i + pad, j + pad, w] = word


@inlined
def cut_along_row(word, w, cells):  # type: ignore[no-untyped-def]
    """Return which of a word's 63 edges along the row are cut."""
    cut = (word ^ (word >> ONE)) & LOW_63
    left = cells - w * CELLS_PER_WORD
    if left < CELLS_PER_WORD:
        cut &= (ONE << np.uint64(max(left, 0))) - ONE
    return cut


@inlined
def active_cells(a, b, c, d, w, cells):  # type: ignore[no-untyped-def]
    """Return which cells between four rows' words have corners on both sides."""
    apart = (a ^ b) | (a ^ c) | (a ^ d)
    active = (apart | (apart >> ONE) | (a ^ (a >> ONE))) & LOW_63
    left = cells - w * CELLS_PER_WORD
    if left < CELLS_PER_WORD:
        active &= (ONE << np.uint64(max(left, 0))) - ONE
    return active


@inlined
def case_of(a, b, c, d, bit):  # type: ignore[no-untyped-def]
    """Return the case of the cell at `bit` between four rows' words."""
    at = np.uint64(bit)
    return (
        ((a >> at) & CORNERS)
        | (((b >> at) & CORNERS) << np.uint64(2))
        | (((c >> at) & CORNERS) << np.uint64(4))
        | (((d >> at) & CORNERS) << np.uint64(6))
    )


@inlined
def several_loops(k, j, i):  # type: ignore[no-untyped-def]
    """Return which of a word's cells may be cut by more than one loop.

    `k`, `j` and `i` are the cut edges of the cells as in `count_triangles`. A cell has one
    loop unless all four edges of a face are cut (the face is ambiguous), or all three
    edges at both of two opposite corners are.
    """
    faces = (k[0] & k[1] & j[0] & j[1]) | (k[2] & k[3] & j[2] & j[3])
    faces |= (k[0] & k[2] & i[0] & i[1]) | (k[1] & k[3] & i[2] & i[3])
    faces |= (j[0] & j[2] & i[0] & i[2]) | (j[1] & j[3] & i[1] & i[3])
    corners = k[0] & k[3] & ((j[0] & i[0] & j[3] & i[3]) | (j[1] & i[1] & j[2] & i[2]))
    corners |= k[1] & k[2] & ((j[0] & i[2] & j[3] & i[1]) | (j[1] & i[3] & j[2] & i[0]))
    return faces | corners


@inlined
def count_triangles(a, b, c, d, active, sizes):  # type: ignore[no-untyped-def]
    """Return how many triangles the active cells between four rows' words hold.

    A loop of n cut edges bounds a disc of n − 2 triangles. So where all cells of a word
    have one loop, population counts of its cut edges tell their triangles together; only
    the few other cells are looked up one by one.
    """
    across_j, across_j1, across_i, across_i1 = a ^ b, c ^ d, a ^ c, b ^ d
    k = (a ^ (a >> ONE), b ^ (b >> ONE), c ^ (c >> ONE), d ^ (d >> ONE))
    j = (across_j, across_j >> ONE, across_j1, across_j1 >> ONE)
    i = (across_i, across_i >> ONE, across_i1, across_i1 >> ONE)
    single = active & ~several_loops(k, j, i)
    count = -2 * popcount(single)
    for cut in k + j + i:
        count += popcount(cut & single)
    several = active ^ single
    while several:
        count += sizes[case_of(a, b, c, d, lowest_bit(several))]
        several &= several - ONE
    return count


@kernel
def count_rows(words, cells, sizes, first, end, cut_counts, face_counts):  # type: ignore[no-untyped-def]
    """Count cut edges (along k, j, i) and triangles of the rows in slices `first` … `end`.

    `cells` is the number of cells in a row, `sizes` the triangles of each case.
    """
    slices, rows, width = words.shape
    for i in range(first, end):
        i1 = min(i + 1, slices - 1)
        for j in range(rows):
            j1 = min(j + 1, rows - 1)
            has_cells = i1 > i and j1 > j
            along_k = along_j = along_i = triangles = 0
            for w in range(width):
                a, b, c, d = words[i, j, w], words[i, j1, w], words[i1, j, w], words[i1, j1, w]
                if (a & b & c & d) == ~np.uint64(0) or (a | b | c | d) == 0:
                    continue
                along_k += popcount(cut_along_row(a, w, cells))
                along_j += popcount((a ^ b) & LOW_63)
                along_i += popcount((a ^ c) & LOW_63)
                if has_cells:
                    active = active_cells(a, b, c, d, w, cells)
                    triangles += count_triangles(a, b, c, d, active, sizes)
            cut_counts[i, j, 0] = along_k
            cut_counts[i, j, 1] = along_j
            cut_counts[i, j, 2] = along_i
            face_counts[i, j] = triangles
