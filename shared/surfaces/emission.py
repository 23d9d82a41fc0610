"""The isosurface's last pass: vertices and faces, row by row.

Vertices of a row stand in the order of its edges along k, then j, then i, so every run
of edges is numbered by itself (see `shared.surfaces.cells`). The field is read again
only where an edge is cut; as those places lie apart in memory, they are asked for a few
rows ahead, or else the processor would spend half of its time waiting for them.
"""

from __future__ import annotations

import numpy as np

from shared.kernels import inlined, kernel
from shared.surfaces.cells import CELLS_PER_WORD, LOW_63, ONE, active_cells, case_of, cut_along_row
from shared.surfaces.triangle_store import STORED_BYTES, store_triangles
from shared.words import load, lowest_bit, popcount, prefetch, store

END_MARGIN = 1e-3
"""Smallest distance of a vertex from the ends of its edge, in edges."""

ROWS_AHEAD = 6
"""How many rows before its use the field is asked for: half a microsecond or more."""

CACHE_LINE_BYTES = 64
VERTEX_BYTES = 12
FACE_BYTES = 12
ALL = ~np.uint64(0)


@inlined
def unusual_crossing(low, high, low_inside, level):  # type: ignore[no-untyped-def]
    """Return where an edge is cut, 0 at its low end, if an end is no usual number.

    An outside end that is not below the level (masked out, or NaN) tells nothing of the
    place: the middle is taken. The surface stands beside the finite one of two ends.
    """
    inner, outer = (low, high) if low_inside else (high, low)
    share = 0.5
    if outer < level and np.isinf(inner) != np.isinf(outer):
        share = 1.0 if np.isinf(inner) else 0.0
    return share if low_inside else 1.0 - share


@inlined
def emit_vertex(place, origin, along_k, k, along, share):  # type: ignore[no-untyped-def]
    """Write one vertex, `share` of a step from voxel `k` of the row at `origin`."""
    store(place, np.float32(origin[0] + along_k[0] * k + along[0] * share))
    store(place + 4, np.float32(origin[1] + along_k[1] * k + along[1] * share))
    store(place + 8, np.float32(origin[2] + along_k[2] * k + along[2] * share))


@inlined
def emit_inner(  # type: ignore[no-untyped-def]
    cut, word, k, row, step_k, step, level, like, origin, along_k, along, place
):
    """Write the vertices of a word's cut edges, whose ends both lie in the grid.

    `k` is the voxel of bit 0, `row` the address of voxel 0, `step` the bytes and `along`
    the world step from an edge's low to its high end; `place` is the address of the first
    vertex.
    """
    while cut:
        bit = lowest_bit(cut)
        at = row + (k + bit) * step_k
        low = np.float64(load(at, like))
        high = np.float64(load(at + step, like))
        share = (level - low) / (high - low)
        if (low >= level) == (high >= level) or not 0.0 <= share <= 1.0:
            share = unusual_crossing(low, high, (word >> np.uint64(bit)) & ONE, level)
        share = min(max(share, END_MARGIN), 1.0 - END_MARGIN)
        emit_vertex(place, origin, along_k, float(k + bit), along, share)
        place += VERTEX_BYTES
        cut &= cut - ONE


@inlined
def emit_border(cut, k, share, origin, along_k, along, place):  # type: ignore[no-untyped-def]
    """Write the vertices of a word's cut edges, one end of which lies beyond the grid."""
    while cut:
        emit_vertex(place, origin, along_k, float(k + lowest_bit(cut)), along, share)
        place += VERTEX_BYTES
        cut &= cut - ONE


@inlined
def border_share(low, length):  # type: ignore[no-untyped-def]
    """Return where an edge is cut if one end lies beyond the grid, or else 0.

    There the field is far below every level: the surface stands beside the border voxel.
    """
    if low < 0:
        return 1.0 - END_MARGIN
    return END_MARGIN if low + 1 >= length else 0.0


@inlined
def emit_along_row(  # type: ignore[no-untyped-def]
    cut, word, k, row, length, strides, level, like, origin, along_k, place
):
    """Write the vertices of a word's cut edges along the row, those at its ends too."""
    if k < 0 and cut & ONE:
        emit_border(ONE, k, 1.0 - END_MARGIN, origin, along_k, along_k, place)
        place += VERTEX_BYTES
        cut ^= ONE
    if k <= length - 1 < k + CELLS_PER_WORD:
        last = ONE << np.uint64(length - 1 - k)
        if cut & last:
            cut ^= last
            after = place + VERTEX_BYTES * popcount(cut)
            emit_border(last, k, END_MARGIN, origin, along_k, along_k, after)
    emit_inner(
        cut, word, k, row, strides[2], strides[2], level, like, origin, along_k, along_k, place
    )


@inlined
def emit_across(  # type: ignore[no-untyped-def]
    cut, word, k, row, strides, axis, share, level, like, origin, along_k, along, place
):
    """Write the vertices of a word's cut edges to the next row or slice."""
    if share != 0.0:
        emit_border(cut, k, share, origin, along_k, along, place)
    else:
        emit_inner(
            cut, word, k, row, strides[2], strides[axis], level, like,
            origin, along_k, along, place,
        )  # fmt: skip


@inlined
def emit_faces(  # type: ignore[no-untyped-def]
    a, b, c, d, active, numbers, cuts, spare, sizes, table, place, slab_end
):
    """Write the triangles of one word's active cells from `place` on; return the next place.

    `numbers` and `cuts` are the addresses of 8 words as in `store_triangles`. Where that
    would write beyond the slab, it writes to `spare` and the triangles are copied.
    """
    while active:
        bit = np.uint64(lowest_bit(active))
        case = np.int64(case_of(a, b, c, d, bit))
        size = sizes[case]
        if place + STORED_BYTES <= slab_end:
            store_triangles(cuts, numbers, bit, table + 16 * case, place)
        else:
            store_triangles(cuts, numbers, bit, table + 16 * case, spare)
            for n in range(3 * size):
                store(place + 4 * n, load(spare + 4 * n, np.int32(0)))
        place += FACE_BYTES * size
        active &= active - ONE
    return place


@inlined
def ask_for_row(words, i, j, k, row, strides, span):  # type: ignore[no-untyped-def]
    """Ask for the memory that the cut edges of row (i, j) will be read from.

    `k` is the voxel of bit 0 of the first word, `span` the bytes of the voxels of a word.
    """
    for w in range(words.shape[2]):
        word = words[i, j, w]
        across = word ^ words[i + 1, j, w]
        along = (word ^ (word >> ONE)) | (word ^ words[i, j + 1, w])
        if across | along:
            at = row + (k + w * CELLS_PER_WORD) * strides[2]
            for byte in range(0, span + 1, CACHE_LINE_BYTES - 1):
                prefetch(at + byte)
            if across:
                for byte in range(0, span + 1, CACHE_LINE_BYTES - 1):
                    prefetch(at + strides[0] + byte)


@inlined
def cut_edges_of_cells(a, b, c, d, w, cells, cuts):  # type: ignore[no-untyped-def]
    """Write the words of cut edges between four rows: 4 along k, 2 along j, 2 along i."""
    cuts[0] = cut_along_row(a, w, cells)
    cuts[1] = cut_along_row(b, w, cells)
    cuts[2] = cut_along_row(c, w, cells)
    cuts[3] = cut_along_row(d, w, cells)
    cuts[4] = (a ^ b) & LOW_63
    cuts[5] = (c ^ d) & LOW_63
    cuts[6] = (a ^ c) & LOW_63
    cuts[7] = (b ^ d) & LOW_63


@inlined
def first_numbers(first_vertex, i, j, i1, j1, numbers):  # type: ignore[no-untyped-def]
    """Write the first vertex of each of the 8 runs of edges that a row of cells touches."""
    numbers[0] = first_vertex[i, j, 0]
    numbers[1] = first_vertex[i, j1, 0]
    numbers[2] = first_vertex[i1, j, 0]
    numbers[3] = first_vertex[i1, j1, 0]
    numbers[4] = first_vertex[i, j, 1]
    numbers[5] = first_vertex[i1, j, 1]
    numbers[6] = first_vertex[i, j, 2]
    numbers[7] = first_vertex[i, j1, 2]


@inlined
def emit_row(  # type: ignore[no-untyped-def]
    words, i, j, cells, sizes, table, numbers, cuts, spare, row, strides, shape, level, like,
    pad, origin, alongs, vertices, place, slab_end,
):  # fmt: skip
    """Write the vertices and faces of row (i, j): vertices by number, faces from `place` on."""
    i1, j1 = min(i + 1, words.shape[0] - 1), min(j + 1, words.shape[1] - 1)
    has_cells = i1 > i and j1 > j
    share_i, share_j = border_share(i - pad, shape[0]), border_share(j - pad, shape[1])
    for w in range(words.shape[2]):
        a, b, c, d = words[i, j, w], words[i, j1, w], words[i1, j, w], words[i1, j1, w]
        if (a & b & c & d) == ALL or (a | b | c | d) == 0:
            continue
        cut_edges_of_cells(a, b, c, d, w, cells, cuts)
        k = w * CELLS_PER_WORD - pad
        emit_along_row(
            cuts[0], a, k, row, shape[2], strides, level, like, origin, alongs[2],
            vertices + VERTEX_BYTES * numbers[0],
        )  # fmt: skip
        emit_across(
            cuts[4], a, k, row, strides, 1, share_j, level, like, origin, alongs[2], alongs[1],
            vertices + VERTEX_BYTES * numbers[4],
        )  # fmt: skip
        emit_across(
            cuts[6], a, k, row, strides, 0, share_i, level, like, origin, alongs[2], alongs[0],
            vertices + VERTEX_BYTES * numbers[6],
        )  # fmt: skip
        if has_cells:
            active = active_cells(a, b, c, d, w, cells)
            place = emit_faces(
                a, b, c, d, active, numbers.ctypes.data, cuts.ctypes.data, spare,
                sizes, table, place, slab_end,
            )  # fmt: skip
        for run in range(8):
            numbers[run] += popcount(cuts[run])


@kernel
def emit_rows(  # type: ignore[no-untyped-def]
    words, cells, sizes, table, first_vertex, first_face,
    address, strides, item_bytes, shape, level, like, pad, matrix, first, end, vertices, faces,
):  # fmt: skip
    """Write vertices and faces of the rows in slices `first` … `end`.

    `first_vertex` ``[slices rows 3]`` and `first_face` ``[slices rows]`` are the running
    sums of what `count_rows` counted.
    """
    slices, rows, _ = words.shape
    numbers, cuts = np.empty(8, np.int64), np.empty(8, np.uint64)
    spare = np.empty(STORED_BYTES // 4, np.int32)
    alongs = (
        (matrix[0, 0], matrix[1, 0], matrix[2, 0]),
        (matrix[0, 1], matrix[1, 1], matrix[2, 1]),
        (matrix[0, 2], matrix[1, 2], matrix[2, 2]),
    )
    last = first_face[end, 0] if end < slices else len(faces)
    slab_end = faces.ctypes.data + FACE_BYTES * last
    span = CELLS_PER_WORD * item_bytes
    for i in range(first, end):
        reads_field = pad <= i < slices - 1 - pad
        for j in range(rows):
            x, y = i - pad, j - pad
            row = address + x * strides[0] + y * strides[1]
            if reads_field and j + ROWS_AHEAD + 1 < rows:
                ahead = row + ROWS_AHEAD * strides[1]
                ask_for_row(words, i, j + ROWS_AHEAD, -pad, ahead, strides, span)
            origin = (
                matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 3],
                matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 3],
                matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 3],
            )
            i1, j1 = min(i + 1, slices - 1), min(j + 1, rows - 1)
            first_numbers(first_vertex, i, j, i1, j1, numbers)
            emit_row(
                words, i, j, cells, sizes, table.ctypes.data, numbers, cuts, spare.ctypes.data,
                row, strides, shape, level, like, pad, origin, alongs, vertices.ctypes.data,
                faces.ctypes.data + FACE_BYTES * first_face[i, j], slab_end,
            )  # fmt: skip
