"""Kernels of the isosurface: 64 voxels a machine word.

The voxels of a row become bits: 1 inside, 0 outside. A word holds 64 voxels and shares
its last with the next word, so that all 63 cells between them are found without a
carry: an edge of the grid is cut where two neighbouring bits differ. Words in which all
eight corners of every cell agree are passed over whole.

Three passes over slabs of rows: `pack_rows` compares, `count_rows` counts cut edges and
triangles of each row, `emit_rows` writes vertices and faces at places known from the
counts before. A vertex is numbered by its row's first number and the count of cut edges
before it in the row (population counts of words), so there is neither a table of vertices
to search nor an index for each voxel; see Schroeder, Maynard, Geveci: Flying Edges,
LDAV 2015, doi:10.1109/LDAV.2015.7348069, whose row-wise counting this takes further.

With ``pad`` 1 the grid is surrounded by one layer of outside: row 0 and voxel 0 of each
row are that layer, and the surface closes at the border. Row ``r`` is voxel ``r - pad``.
"""

from __future__ import annotations

import numpy as np

from shared.kernels import kernel
from shared.words import compare64, load, lowest_bit, popcount

CELLS_PER_WORD = 63
LOW_63 = np.uint64(0x7FFF_FFFF_FFFF_FFFF)
ONE = np.uint64(1)
CORNERS = np.uint64(3)

END_MARGIN = 1e-3
"""Smallest distance of a vertex from the ends of its edge, in edges."""


@kernel
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


@kernel
def cut_along_row(word, w, cells):  # type: ignore[no-untyped-def]
    """Return which of a word's 63 edges along the row are cut."""
    cut = (word ^ (word >> ONE)) & LOW_63
    left = cells - w * CELLS_PER_WORD
    if left < CELLS_PER_WORD:
        cut &= (ONE << np.uint64(max(left, 0))) - ONE
    return cut


@kernel
def active_cells(a, b, c, d, w, cells):  # type: ignore[no-untyped-def]
    """Return which cells between four rows' words have corners on both sides."""
    apart = (a ^ b) | (a ^ c) | (a ^ d)
    active = (apart | (apart >> ONE) | (a ^ (a >> ONE))) & LOW_63
    left = cells - w * CELLS_PER_WORD
    if left < CELLS_PER_WORD:
        active &= (ONE << np.uint64(max(left, 0))) - ONE
    return active


@kernel
def case_of(a, b, c, d, bit):  # type: ignore[no-untyped-def]
    """Return the case of the cell at `bit` between four rows' words."""
    at = np.uint64(bit)
    return (
        ((a >> at) & CORNERS)
        | (((b >> at) & CORNERS) << np.uint64(2))
        | (((c >> at) & CORNERS) << np.uint64(4))
        | (((d >> at) & CORNERS) << np.uint64(6))
    )


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
                    while active:
                        triangles += sizes[case_of(a, b, c, d, lowest_bit(active))]
                        active &= active - ONE
            cut_counts[i, j, 0] = along_k
            cut_counts[i, j, 1] = along_j
            cut_counts[i, j, 2] = along_i
            face_counts[i, j] = triangles


@kernel
def crossing(inner, outer, level):  # type: ignore[no-untyped-def]
    """Return where an edge is cut, 0 at its inside end and 1 at its outside end.

    Linear, but never within `END_MARGIN` of an end. An outside end that is not below
    the level (masked out, or NaN) tells nothing of the place: the middle is taken.
    """
    if not outer < level:
        return 0.5
    above = 0.5 * inner - 0.5 * level
    below = 0.5 * level - 0.5 * outer
    if np.isinf(above):
        return 0.5 if np.isinf(below) else 1.0 - END_MARGIN
    if not above + below > 0.0:  # both so small that their halves vanish
        return 0.5
    return min(max(above / (above + below), END_MARGIN), 1.0 - END_MARGIN)


@kernel
def cut_at(address, step, low_inside, beyond, level, like):  # type: ignore[no-untyped-def]
    """Return where an edge is cut, 0 at its low end.

    `beyond` is −1 or 1 if the low or high end lies outside of the grid, else 0: there
    the field is far below every level, so the surface stands beside the border voxel.
    """
    if beyond < 0:
        return 1.0 - END_MARGIN
    if beyond > 0:
        return END_MARGIN
    low, high = float(load(address, like)), float(load(address + step, like))
    if low_inside:
        return crossing(low, high, level)
    return 1.0 - crossing(high, low, level)


@kernel
def beyond_grid(low, length):  # type: ignore[no-untyped-def]
    """Return −1 if an edge's low end lies before the grid, 1 if its high end lies after."""
    if low < 0:
        return -1
    return 1 if low + 1 >= length else 0


@kernel
def emit_vertices(  # type: ignore[no-untyped-def]
    cut, word, w, axis, i, j, address, strides, shape, level, like, pad, matrix, number, vertices
):
    """Write the vertices of the cut edges of one word along one axis, from `number` on."""
    low_i = float(i)
    low_j = float(j)
    beyond = 0
    if axis == 0:
        beyond = beyond_grid(i, shape[0])
    elif axis == 1:
        beyond = beyond_grid(j, shape[1])
    row = address + i * strides[0] + j * strides[1]
    while cut:
        bit = lowest_bit(cut)
        cut &= cut - ONE
        k = w * CELLS_PER_WORD + bit - pad
        if axis == 2:
            beyond = beyond_grid(k, shape[2])
        inside = (word >> np.uint64(bit)) & ONE
        share = cut_at(row + k * strides[2], strides[axis], inside, beyond, level, like)
        at_i = low_i + share if axis == 0 else low_i
        at_j = low_j + share if axis == 1 else low_j
        at_k = k + share if axis == 2 else float(k)
        for x in range(3):
            vertices[number, x] = (
                matrix[x, 0] * at_i + matrix[x, 1] * at_j + matrix[x, 2] * at_k + matrix[x, 3]
            )
        number += 1


@kernel
def emit_faces(a, b, c, d, active, numbers, cuts, sizes, table, face, faces):  # type: ignore[no-untyped-def]
    """Write the triangles of one word's active cells from `face` on; return the next place.

    `numbers` holds the first vertex of the word for each of the 8 runs of edges that
    the cells touch, `cuts` the words of cut edges: 4 along k, 2 along j, 2 along i.
    """
    ends = np.empty(12, np.int64)
    while active:
        bit = np.uint64(lowest_bit(active))
        active &= active - ONE
        before = (ONE << bit) - ONE
        for run in range(4):
            ends[run] = numbers[run] + popcount(cuts[run] & before)
        for run in range(4, 8):
            vertex = numbers[run] + popcount(cuts[run] & before)
            ends[2 * run - 4] = vertex
            ends[2 * run - 3] = vertex + np.int64((cuts[run] >> bit) & ONE)
        case = case_of(a, b, c, d, bit)
        for triangle in range(sizes[case]):
            for corner in range(3):
                faces[face, corner] = ends[table[case, 3 * triangle + corner]]
            face += 1
    return face


@kernel
def emit_rows(  # type: ignore[no-untyped-def]
    words, cells, sizes, table, first_vertex, first_face,
    address, strides, shape, level, like, pad, matrix, first, end, vertices, faces,
):  # fmt: skip
    """Write vertices and faces of the rows in slices `first` … `end`.

    `first_vertex` ``[slices rows 3]`` and `first_face` ``[slices rows]`` are the running
    sums of what `count_rows` counted.
    """
    slices, rows, width = words.shape
    numbers = np.empty(8, np.int64)
    cuts = np.empty(8, np.uint64)
    for i in range(first, end):
        i1 = min(i + 1, slices - 1)
        for j in range(rows):
            j1 = min(j + 1, rows - 1)
            has_cells = i1 > i and j1 > j
            numbers[0] = first_vertex[i, j, 0]
            numbers[1] = first_vertex[i, j1, 0]
            numbers[2] = first_vertex[i1, j, 0]
            numbers[3] = first_vertex[i1, j1, 0]
            numbers[4] = first_vertex[i, j, 1]
            numbers[5] = first_vertex[i1, j, 1]
            numbers[6] = first_vertex[i, j, 2]
            numbers[7] = first_vertex[i, j1, 2]
            face = first_face[i, j]
            for w in range(width):
                a, b, c, d = words[i, j, w], words[i, j1, w], words[i1, j, w], words[i1, j1, w]
                if (a & b & c & d) == ~np.uint64(0) or (a | b | c | d) == 0:
                    continue
                cuts[0] = cut_along_row(a, w, cells)
                cuts[1] = cut_along_row(b, w, cells)
                cuts[2] = cut_along_row(c, w, cells)
                cuts[3] = cut_along_row(d, w, cells)
                cuts[4] = (a ^ b) & LOW_63
                cuts[5] = (c ^ d) & LOW_63
                cuts[6] = (a ^ c) & LOW_63
                cuts[7] = (b ^ d) & LOW_63
                for axis, run in ((2, 0), (1, 4), (0, 6)):
                    if cuts[run]:
                        emit_vertices(
                            cuts[run], a, w, axis, i - pad, j - pad, address, strides, shape,
                            level, like, pad, matrix, numbers[run], vertices,
                        )  # fmt: skip
                if has_cells:
                    active = active_cells(a, b, c, d, w, cells)
                    if active:
                        face = emit_faces(
                            a, b, c, d, active, numbers, cuts, sizes, table, face, faces
                        )
                for run in range(8):
                    numbers[run] += popcount(cuts[run])
