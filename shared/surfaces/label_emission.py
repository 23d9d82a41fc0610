"""Kernels of label surfaces, last pass: each label's own vertices and faces.

Vertices and faces of all labels stand in one array each, those of a label side by side.
A label counts its vertices from 0 in the order of the cells. Of these numbers only two
layers are kept: ``slots`` ``[2 v 2]`` tells them for a cell that is simple: of the label at its
corner 0, and of the other. For other cells the first is ``-1 - n`` and ``others[:, n,
edge, end]`` tells the number for the label at the low (0) or high (1) end of each cut edge.
"""

from __future__ import annotations

import numpy as np

from shared.kernels import inlined, kernel, part
from shared.surfaces.label_cells import (
    ONE,
    WORD,
    copy_slice,
    corners_in,
    empty_slices,
    is_first_of_label,
    padded_row_bytes,
    row_at,
    rule_of_label,
    two_labels,
)
from shared.words import load, lowest_bit, popcount, store

SLOT_BYTES = 8
OFFSET_BYTES = 16
VERTEX_BYTES = 12
FACE_BYTES = 12
NUMBER_BYTES = 4
NUMBER, ADDRESS, BYTE, DISTANCE = np.int32(0), np.int64(0), np.uint8(0), np.float32(0)
HALF = np.float32(0.5)
FLATTEST = np.float32(0.1)
"""Least share of a quad, seen along its edge, that the shorter diagonal must leave a side."""


@inlined
def world_of(matrix, i, j, k, offset):  # type: ignore[no-untyped-def]
    """Return where the vertex of cell (i, j, k) stands in world; its offset is at an address."""
    x = i - 0.5 + load(offset, DISTANCE)
    y = j - 0.5 + load(offset + NUMBER_BYTES, DISTANCE)
    z = k - 0.5 + load(offset + 2 * NUMBER_BYTES, DISTANCE)
    return (
        np.float32(matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2] * z + matrix[0, 3]),
        np.float32(matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2] * z + matrix[1, 3]),
        np.float32(matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2] * z + matrix[2, 3]),
    )


@inlined
def store_vertex(at, place):  # type: ignore[no-untyped-def]
    """Write a position to an address."""
    store(place, at[0])
    store(place + NUMBER_BYTES, at[1])
    store(place + 2 * NUMBER_BYTES, at[2])


@inlined
def give_vertex(label, at, base_vertex, next_vertex, slot, vertices):  # type: ignore[no-untyped-def]
    """Give a label a vertex: its number goes to an address, its position to the vertices.

    `vertices` is an address, or 0 if they are written already.
    """
    number = next_vertex[np.uint64(label)]
    store(slot, np.int32(number))
    if label:
        next_vertex[np.uint64(label)] = number + 1
        if vertices:
            place = base_vertex[np.uint64(label)] + number
            store_vertex(at, vertices + VERTEX_BYTES * place)


@part
def emit_sheets(  # type: ignore[no-untyped-def]
    grid, i, j, k, corners, rule, matrix, offset, moved, base_vertex, next_vertex, vertices, numbers
):
    """Write the vertices of all sheets of a cell that is not simple, and their numbers.

    `vertices` is an address, or 0 if they are written already; `offset` one, and `moved` where
    there is room for another.
    """
    weak_face, counts, sheet_of_edge, shifts, edges = rule
    for corner in range(8):
        label = np.uint64(corners[corner])
        if label == 0 or not is_first_of_label(corners, corner):
            continue
        case, joined = rule_of_label(grid, i, j, k, corners, corners[corner], weak_face)
        several = counts[case, joined] > 1
        for edge in range(12):
            low, high = case >> edges[edge, 0] & 1, case >> edges[edge, 1] & 1
            if low != high:
                number = next_vertex[label]
                if several:
                    number += sheet_of_edge[case, joined, edge]
                numbers[edge, high] = number
        for sheet in range(counts[case, joined]):
            if vertices:
                for axis in range(3):
                    shift = np.float32(shifts[case, joined, sheet, axis])
                    at = offset + NUMBER_BYTES * axis
                    store(moved + NUMBER_BYTES * axis, load(at, DISTANCE) + shift)
                number = base_vertex[label] + next_vertex[label]
                store_vertex(world_of(matrix, i, j, k, moved), vertices + VERTEX_BYTES * number)
            next_vertex[label] += 1


@inlined
def corner_of_quad(offsets, cell, axes, by_one, by_two):  # type: ignore[no-untyped-def]
    """Return where a cell's vertex stands along the quad's two axes and along its edge.

    The axes are given in bytes; `by_one` and `by_two` tell the quarter of the cell.
    """
    at = offsets + OFFSET_BYTES * cell
    one, two = load(at + axes[0], DISTANCE), load(at + axes[1], DISTANCE)
    return one + by_one, two + by_two, load(at + axes[2], DISTANCE)


@inlined
def turn(a, b, c):  # type: ignore[no-untyped-def]
    """Return twice the area of a triangle seen along the edge."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


@inlined
def length_in(metric, a, b):  # type: ignore[no-untyped-def]
    """Return the square of the world distance of two points given in voxel steps."""
    x, y, z = a[0] - b[0], a[1] - b[1], a[2] - b[2]
    return (
        x * (metric[3] * x + metric[0] * y)
        + y * (metric[4] * y + metric[1] * z)
        + z * (metric[5] * z + metric[2] * x)
    )


@inlined
def cut_from_first(offsets, c0, c1, c2, c3, axes, metric):  # type: ignore[no-untyped-def]
    """Return whether the quad of four cells is cut from the first to the third vertex.

    Seen along the grid's edge that it crosses, a quad surrounds the edge, one vertex in
    each quarter, so one of its diagonals lies within it: there both triangles have area.
    The shorter is taken unless it leaves nearly nothing, or less, on one side.
    """
    a = corner_of_quad(offsets, c0, axes, -HALF, -HALF)
    b = corner_of_quad(offsets, c1, axes, HALF, -HALF)
    c = corner_of_quad(offsets, c2, axes, HALF, HALF)
    d = corner_of_quad(offsets, c3, axes, -HALF, HALF)
    abc, acd = turn(a, b, c), turn(a, c, d)
    abd, bcd = turn(a, b, d), turn(b, c, d)
    from_first, from_second = min(abc, acd), min(abd, bcd)
    shorter = length_in(metric, a, c) <= length_in(metric, b, d)
    both_fit = min(from_first, from_second) >= FLATTEST * (abc + acd)
    return shorter if both_fit else from_first >= from_second


@inlined
def emit_quad(place, a, b, c, d, from_first, turned):  # type: ignore[no-untyped-def]
    """Write the two triangles of a quad to an address, the other way around if `turned`."""
    e = a if from_first else b
    f = b if from_first else c
    g = c if from_first else d
    h = d if from_first else a
    left, right = h if turned else f, f if turned else h
    store(place, np.int32(e))
    store(place + NUMBER_BYTES, np.int32(left))
    store(place + 2 * NUMBER_BYTES, np.int32(g))
    store(place + 3 * NUMBER_BYTES, np.int32(e))
    store(place + 4 * NUMBER_BYTES, np.int32(g))
    store(place + 5 * NUMBER_BYTES, np.int32(right))


@inlined
def slot_of(slot, case, corner):  # type: ignore[no-untyped-def]
    """Return the number of a simple cell's vertex for the label at one of its corners."""
    return load(slot + NUMBER_BYTES * (1 - ((case >> corner) & 1)), NUMBER)


@part
def vertex_of(slot, others, case, corner, edge, end):  # type: ignore[no-untyped-def]
    """Return the number of any cell's vertex for the label at one end of a cut edge."""
    first = load(slot, NUMBER)
    if first < 0:
        return others[-1 - first, edge, end]
    return slot_of(slot, case, corner)


CELLS_OF_QUAD = np.array([[3, 1, 0, 2], [5, 4, 0, 1], [6, 2, 0, 4]])
"""The cells around the edge along i, j, k at corner 0 of a cell, counter-clockwise along it.

A cell's number says along which axes (4 i, 2 j, 1 k) it stands before the cell itself, which
is also the corner of each that the low end of the edge is.
"""
EDGES_OF_QUAD = np.array([[11, 9, 8, 10], [7, 6, 4, 5], [3, 1, 0, 2]])
"""Which edge of each of them the edge is."""
AXES_OF_QUAD = np.array([[4, 8, 0], [8, 0, 4], [0, 4, 8]])
"""The two axes that span the quad, and the edge's, in bytes of an offset."""
HIGH_CORNER = np.array([4, 2, 1])
"""How far the high end of the edge is from its low end, as corners are numbered."""


@inlined
def emit_quads_of_edge(  # type: ignore[no-untyped-def]
    axis, low, high, around, cases, here, before, others, parity, offsets, metrics, mirrored,
    next_face, faces,
):  # fmt: skip
    """Write the quad around the edge along an axis at corner 0 of a cell, for both labels.

    `around` are the cells up to one step before, `cases` an address, `here` and `before` those
    at which the slot of number 0 would stand, in the cell's layer and the one before.
    """
    near, edges, step = CELLS_OF_QUAD[axis], EDGES_OF_QUAD[axis], HIGH_CORNER[axis]
    c0, c1, c2, c3 = around[near[0]], around[near[1]], around[0], around[near[3]]
    from_first = cut_from_first(offsets, c0, c1, c2, c3, AXES_OF_QUAD[axis], metrics[axis])
    s0 = (before if near[0] & 4 else here) + SLOT_BYTES * c0
    s1 = (before if near[1] & 4 else here) + SLOT_BYTES * c1
    s2 = here + SLOT_BYTES * c2
    s3 = (before if near[3] & 4 else here) + SLOT_BYTES * c3
    k0, k1 = np.int64(load(cases + c0, BYTE)), np.int64(load(cases + c1, BYTE))
    k2, k3 = np.int64(load(cases + c2, BYTE)), np.int64(load(cases + c3, BYTE))
    are_simple = k0 & k1 & k2 & k3 & 1
    for end in range(2):
        label = high if end else low
        if label == 0:
            continue
        far = step if end else 0
        if are_simple:
            a, b = slot_of(s0, k0, near[0] + far), slot_of(s1, k1, near[1] + far)
            c, d = slot_of(s2, k2, near[2] + far), slot_of(s3, k3, near[3] + far)
        else:
            a = vertex_of(s0, others[parity ^ (near[0] >> 2)], k0, near[0] + far, edges[0], end)
            b = vertex_of(s1, others[parity ^ (near[1] >> 2)], k1, near[1] + far, edges[1], end)
            c = vertex_of(s2, others[parity], k2, near[2] + far, edges[2], end)
            d = vertex_of(s3, others[parity ^ (near[3] >> 2)], k3, near[3] + far, edges[3], end)
        place = next_face[np.uint64(label)]
        next_face[np.uint64(label)] = place + 2
        emit_quad(faces + FACE_BYTES * place, a, b, c, d, from_first, (end == 1) != mirrored)


@kernel
def emit_layers(  # type: ignore[no-untyped-def]
    grid, active, first_cell, gaps, cases, several, rule, matrix, offsets, metrics, mirrored,
    first, end, base_vertex, next_vertex, next_face, vertices, faces,
):  # fmt: skip
    """Write the vertices and faces of layers `first` … `end`.

    `base_vertex` is where each label's vertices start; `next_vertex` the number of the next
    of each label, in the layer before the first, which is looked at again; `next_face` where
    its next face goes; `metrics` what `length_in` takes for the quads around edges along i,
    j, k.
    """
    _, rows, width = active.shape
    item, row_bytes = grid[6], padded_row_bytes(grid)
    before_first = max(first - 1, 0)
    most = most_several = 1
    for i in range(before_first, end):
        most = max(most, gaps[i + 1] - gaps[i])
        most_several = max(most_several, several[i])
    rooms = np.empty(2 * most * SLOT_BYTES, np.uint8)
    others = np.empty((2, most_several, 12, 2), np.int32)
    corners, moved = np.empty(8, np.int64), np.empty(4, np.float32)
    around = np.empty(7, np.int64)
    slices = empty_slices(grid)
    copy_slice(grid, before_first, slices)
    vertex_place, face_place = vertices.ctypes.data, faces.ctypes.data
    offset_place, case_place = offsets.ctypes.data, cases.ctypes.data
    for i in range(before_first, end):
        copy_slice(grid, i + 1, slices)
        i0, parity, writes = max(i - 1, 0), i & 1, i >= first
        here = rooms.ctypes.data + SLOT_BYTES * (parity * most - gaps[i])
        before = rooms.ctypes.data + SLOT_BYTES * ((1 - parity) * most - gaps[i0])
        next_other = 0
        for j in range(rows):
            j0 = max(j - 1, 0)
            low_row, high_row = row_at(grid, i, j, slices), row_at(grid, i + 1, j, slices)
            cell = first_cell[i, j]
            n_j, n_i, n_ij = first_cell[i, j0], first_cell[i0, j], first_cell[i0, j0]
            for w in range(width):
                word = active[i, j, w]
                a_j, a_i, a_ij = active[i, j0, w], active[i0, j, w], active[i0, j0, w]
                while word:
                    bit = np.uint64(lowest_bit(word))
                    word &= word - ONE
                    k = w * WORD + np.int64(bit)
                    low, high = low_row + k * item, high_row + k * item
                    case = np.int64(load(case_place + cell, BYTE))
                    slot = here + SLOT_BYTES * cell
                    label, seen, other, _ = two_labels(low, high, row_bytes, item)
                    if case & 1:
                        at = world_of(matrix, i, j, k, offset_place + OFFSET_BYTES * cell)
                        goes = vertex_place if writes else 0
                        give_vertex(label, at, base_vertex, next_vertex, slot, goes)
                        give_vertex(other, at, base_vertex, next_vertex, slot + NUMBER_BYTES, goes)
                    else:
                        store(slot, np.int32(-1 - next_other))
                        corners_in(low, high, row_bytes, item, corners)
                        emit_sheets(
                            grid, i, j, k, corners, rule, matrix,
                            offset_place + OFFSET_BYTES * cell, moved.ctypes.data,
                            base_vertex, next_vertex, vertex_place if writes else 0,
                            others[parity, next_other],
                        )  # fmt: skip
                        next_other += 1
                    if writes:
                        below = (ONE << bit) - ONE
                        c_j, c_i = n_j + popcount(a_j & below), n_i + popcount(a_i & below)
                        around[0], around[1], around[2], around[3] = cell, cell - 1, c_j, c_j - 1
                        around[4], around[5] = c_i, c_i - 1
                        around[6] = n_ij + popcount(a_ij & below)
                        for axis in range(3):
                            far = HIGH_CORNER[axis]
                            if not (seen >> far) & 1:
                                emit_quads_of_edge(
                                    axis, label, other if case & 1 else corners[far], around,
                                    case_place, here, before, others, parity, offset_place,
                                    metrics, mirrored, next_face, face_place,
                                )  # fmt: skip
                    cell += 1
                n_j += popcount(a_j)
                n_i += popcount(a_i)
                n_ij += popcount(a_ij)
