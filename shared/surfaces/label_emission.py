"""Kernels of label surfaces, last passes: each label's own vertices, then its faces.

Vertices and faces of all labels stand in one array each, those of a label side by side.
A label counts its vertices from 0 in the order of the cells. `slots` ``[v 2]`` tells these
numbers for a cell that is simple: of the label at its corner 0, and of the other. For
other cells the first is ``-1 - n`` and ``others[n, edge, end]`` tells the number for
the label at the low (0) or high (1) end of each cut edge of the cell.
"""

from __future__ import annotations

import numpy as np

from shared.kernels import inlined, kernel, part
from shared.surfaces.label_cells import (
    ONE,
    WORD,
    case_of_label,
    corner_labels,
    is_first_of_label,
    label_at,
    other_label,
    rule_of_label,
)
from shared.words import load, lowest_bit, popcount, store

SLOT_BYTES = 8
OFFSET_BYTES = 16
FACE_BYTES = 12
NUMBER_BYTES = 4
NUMBER = np.int32(0)
FLATTEST = np.float32(0.1)
"""Least share of a quad, seen along its edge, that the shorter diagonal must leave a side."""


@inlined
def place_vertex(matrix, i, j, k, offset, shift, vertices, number):  # type: ignore[no-untyped-def]
    """Write a vertex of cell (i, j, k) in world."""
    x = i - 0.5 + offset[0] + shift[0]
    y = j - 0.5 + offset[1] + shift[1]
    z = k - 0.5 + offset[2] + shift[2]
    for axis in range(3):
        vertices[number, axis] = (
            matrix[axis, 0] * x + matrix[axis, 1] * y + matrix[axis, 2] * z + matrix[axis, 3]
        )


@part
def emit_sheets(  # type: ignore[no-untyped-def]
    at, row_bytes, slice_bytes, item, corners, weak_face, counts, sheet_of_edge, shifts,
    edges, matrix, i, j, k, offset, base_vertex, next_vertex, vertices, numbers,
):  # fmt: skip
    """Write the vertices of all sheets of a cell that is not simple, and their numbers."""
    for corner in range(8):
        label = corners[corner]
        if label == 0 or not is_first_of_label(corners, corner):
            continue
        case, joined = rule_of_label(at, row_bytes, slice_bytes, item, corners, label, weak_face)
        for edge in range(12):
            for end in range(2):
                inside = case >> edges[edge, end] & 1
                if inside and not case >> edges[edge, 1 - end] & 1:
                    numbers[edge, end] = next_vertex[label] + sheet_of_edge[case, joined, edge]
        for sheet in range(counts[case, joined]):
            number = base_vertex[label] + next_vertex[label]
            place_vertex(matrix, i, j, k, offset, shifts[case, joined, sheet], vertices, number)
            next_vertex[label] += 1


@kernel
def emit_vertices(  # type: ignore[no-untyped-def]
    address, shape, item, active, first_cell, simple, weak_face, counts, sheet_of_edge, shifts,
    edges, matrix, offsets, first, end, base_vertex, next_vertex, next_other, slots, others,
    vertices,
):  # fmt: skip
    """Write the vertices of layers `first` … `end` and their numbers.

    `base_vertex` is where each label's vertices start, `next_vertex` the number of the next
    of each label, `next_other` that of the next cell that is not simple.
    """
    _, rows, width = active.shape
    row_bytes = shape[2] * item
    slice_bytes = shape[1] * row_bytes
    corners = np.empty(8, np.int64)
    stay = np.zeros(3)
    for i in range(first, end):
        for j in range(rows):
            row = address + i * slice_bytes + j * row_bytes
            cell = first_cell[i, j]
            for w in range(width):
                word = active[i, j, w]
                while word:
                    k = w * WORD + lowest_bit(word)
                    word &= word - ONE
                    at = row + k * item
                    corner_labels(at, row_bytes, slice_bytes, item, corners)
                    case = case_of_label(corners, corners[0])
                    other = other_label(corners, case)
                    if simple[case] and other >= 0:
                        for side in range(2):
                            label = other if side else corners[0]
                            if label:
                                number = next_vertex[label]
                                next_vertex[label] = number + 1
                                slots[cell, side] = number
                                place_vertex(
                                    matrix, i, j, k, offsets[cell], stay,
                                    vertices, base_vertex[label] + number,
                                )  # fmt: skip
                            else:
                                slots[cell, side] = 0
                    else:
                        slots[cell, 0] = -1 - next_other
                        emit_sheets(
                            at, row_bytes, slice_bytes, item, corners, weak_face, counts,
                            sheet_of_edge, shifts, edges, matrix, i, j, k, offsets[cell],
                            base_vertex, next_vertex, vertices, others[next_other],
                        )  # fmt: skip
                        next_other += 1
                    cell += 1


@inlined
def vertex_of(slots, others, cell, corner_label, label, edge, end):  # type: ignore[no-untyped-def]
    """Return the number of the vertex of a cell for the label at one end of a cut edge."""
    slot = load(slots + SLOT_BYTES * cell, NUMBER)
    if slot < 0:
        return others[-1 - slot, edge, end]
    if corner_label != label:
        slot = load(slots + SLOT_BYTES * cell + NUMBER_BYTES, NUMBER)
    return slot


@inlined
def corner_of_quad(offsets, cell, axes, by_one, by_two):  # type: ignore[no-untyped-def]
    """Return where a cell's vertex stands along the quad's two axes and along its edge.

    The axes are given in bytes; `by_one` and `by_two` tell the quarter of the cell.
    """
    at = offsets + OFFSET_BYTES * cell
    one, two = load(at + axes[0], np.float32(0)), load(at + axes[1], np.float32(0))
    return one + by_one, two + by_two, load(at + axes[2], np.float32(0))


@inlined
def turn(a, b, c):  # type: ignore[no-untyped-def]
    """Return twice the area of a triangle seen along the edge."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


@inlined
def length_in(metric, a, b):  # type: ignore[no-untyped-def]
    """Return the square of the world distance of two points given in voxel steps."""
    x, y, z = a[0] - b[0], a[1] - b[1], a[2] - b[2]
    xx, yy, zz, xy, yz, zx = metric
    return x * (xx * x + xy * y) + y * (yy * y + yz * z) + z * (zz * z + zx * x)


@inlined
def cut_from_first(offsets, c0, c1, c2, c3, axes, metric):  # type: ignore[no-untyped-def]
    """Return whether the quad of four cells is cut from the first to the third vertex.

    Seen along the grid's edge that it crosses, a quad surrounds the edge, one vertex in
    each quarter, so one of its diagonals lies within it: there both triangles have area.
    The shorter is taken unless it leaves nearly nothing, or less, on one side.
    """
    half = np.float32(0.5)
    a = corner_of_quad(offsets, c0, axes, -half, -half)
    b = corner_of_quad(offsets, c1, axes, half, -half)
    c = corner_of_quad(offsets, c2, axes, half, half)
    d = corner_of_quad(offsets, c3, axes, -half, half)
    abc, acd = turn(a, b, c), turn(a, c, d)
    abd, bcd = turn(a, b, d), turn(b, c, d)
    from_first, from_second = min(abc, acd), min(abd, bcd)
    if min(from_first, from_second) >= FLATTEST * (abc + acd):
        return length_in(metric, a, c) <= length_in(metric, b, d)
    return from_first >= from_second


@inlined
def emit_quad(place, a, b, c, d, from_first, turned):  # type: ignore[no-untyped-def]
    """Write the two triangles of a quad to an address, the other way around if `turned`."""
    if not from_first:
        a, b, c, d = b, c, d, a
    if turned:
        b, d = d, b
    store(place, np.int32(a))
    store(place + NUMBER_BYTES, np.int32(b))
    store(place + 2 * NUMBER_BYTES, np.int32(c))
    store(place + 3 * NUMBER_BYTES, np.int32(a))
    store(place + 4 * NUMBER_BYTES, np.int32(c))
    store(place + 5 * NUMBER_BYTES, np.int32(d))


@part
def emit_faces(  # type: ignore[no-untyped-def]
    cut, row, step, side_1, side_2, item, cells, axes, edges, slots, others, offsets, metric,
    mirrored, next_face, faces,
):  # fmt: skip
    """Write the quads of a word's cut edges for both labels.

    `cells` are the four words of active cells around the edges with their first numbers
    and the shift of the cell's bit, counter-clockwise seen along the edge; `axes` are
    the two axes that span the quad, in that order, and the edge's, in bytes of an offset;
    `metric` are the products of the affine's columns along them.
    """
    while cut:
        bit = np.uint64(lowest_bit(cut))
        cut &= cut - ONE
        at = row + np.int64(bit) * item
        low, high = label_at(at, item), label_at(at + step, item)
        below = (ONE << bit) - ONE
        c0 = cells[0][0] + popcount(cells[0][1] & below) - cells[0][2]
        c1 = cells[1][0] + popcount(cells[1][1] & below) - cells[1][2]
        c2 = cells[2][0] + popcount(cells[2][1] & below) - cells[2][2]
        c3 = cells[3][0] + popcount(cells[3][1] & below) - cells[3][2]
        l0 = label_at(at - side_1 - side_2, item)
        l1 = label_at(at - side_2, item)
        l3 = label_at(at - side_1, item)
        from_first = cut_from_first(offsets, c0, c1, c2, c3, axes, metric)
        for end in range(2):
            label = high if end else low
            if label == 0:
                continue
            a = vertex_of(slots, others, c0, l0, label, edges[0], end)
            b = vertex_of(slots, others, c1, l1, label, edges[1], end)
            c = vertex_of(slots, others, c2, low, label, edges[2], end)
            d = vertex_of(slots, others, c3, l3, label, edges[3], end)
            place = next_face[label]
            next_face[label] = place + 2
            turned = (end == 1) != mirrored
            emit_quad(faces + FACE_BYTES * place, a, b, c, d, from_first, turned)


@kernel
def emit_faces_of_layers(  # type: ignore[no-untyped-def]
    address, shape, item, cuts, active, first_cell, slots, others, offsets, metric,
    mirrored, first, end, next_face, faces,
):  # fmt: skip
    """Write the faces of the cut edges of layers `first` … `end`.

    `metric` are the products of the affine's columns: ii, jj, kk, 2 ij, 2 jk, 2 ki;
    `next_face` is where the next face of each label goes.
    """
    _, rows, width = active.shape
    row_bytes = shape[2] * item
    slice_bytes = shape[1] * row_bytes
    ii, jj, kk, ij, jk, ki = metric
    along_i, along_j = (jj, kk, ii, jk, ki, ij), (kk, ii, jj, ki, ij, jk)
    slot, face, offset = slots.ctypes.data, faces.ctypes.data, offsets.ctypes.data
    for i in range(first, end):
        i0 = max(i - 1, 0)
        for j in range(rows):
            j0 = max(j - 1, 0)
            row = address + i * slice_bytes + j * row_bytes
            n00, n01 = first_cell[i0, j0], first_cell[i0, j]
            n10, n11 = first_cell[i, j0], first_cell[i, j]
            for w in range(width):
                a00, a01 = active[i0, j0, w], active[i0, j, w]
                a10, a11 = active[i, j0, w], active[i, j, w]
                at = row + w * WORD * item
                if cuts[0, i, j, w]:
                    around = ((n10, a10, 1), (n11, a11, 1), (n11, a11, 0), (n10, a10, 0))
                    emit_faces(
                        cuts[0, i, j, w], at, slice_bytes, row_bytes, item, item, around,
                        (4, 8, 0), (11, 9, 8, 10), slot, others, offset, along_i, mirrored,
                        next_face, face,
                    )  # fmt: skip
                if cuts[1, i, j, w]:
                    around = ((n01, a01, 1), (n01, a01, 0), (n11, a11, 0), (n11, a11, 1))
                    emit_faces(
                        cuts[1, i, j, w], at, row_bytes, item, slice_bytes, item, around,
                        (8, 0, 4), (7, 6, 4, 5), slot, others, offset, along_j, mirrored,
                        next_face, face,
                    )  # fmt: skip
                if cuts[2, i, j, w]:
                    around = ((n00, a00, 0), (n10, a10, 0), (n11, a11, 0), (n01, a01, 0))
                    emit_faces(
                        cuts[2, i, j, w], at, item, slice_bytes, row_bytes, item, around,
                        (0, 4, 8), (3, 1, 0, 2), slot, others, offset, metric, mirrored,
                        next_face, face,
                    )  # fmt: skip
                n00 += popcount(a00)
                n01 += popcount(a01)
                n10 += popcount(a10)
                n11 += popcount(a11)
