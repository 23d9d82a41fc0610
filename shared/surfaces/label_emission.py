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
from shared.words import lowest_bit, popcount

FLATTEST = 0.1
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
    slot = slots[cell, 0]
    if slot < 0:
        return others[-1 - slot, edge, end]
    return slot if corner_label == label else slots[cell, 1]


@inlined
def position(vertices, number):  # type: ignore[no-untyped-def]
    """Return a vertex as float64."""
    x, y, z = vertices[number, 0], vertices[number, 1], vertices[number, 2]
    return np.float64(x), np.float64(y), np.float64(z)


@inlined
def turn(vertices, a, b, c, along):  # type: ignore[no-untyped-def]
    """Return twice the area of a triangle seen along a direction, times its length."""
    x, y, z = position(vertices, a)
    bx, by, bz = position(vertices, b)
    cx, cy, cz = position(vertices, c)
    ux, uy, uz, vx, vy, vz = bx - x, by - y, bz - z, cx - x, cy - y, cz - z
    return (
        along[0] * (uy * vz - uz * vy)
        + along[1] * (uz * vx - ux * vz)
        + along[2] * (ux * vy - uy * vx)
    )


@inlined
def apart(vertices, a, b):  # type: ignore[no-untyped-def]
    """Return the square of the distance of two vertices."""
    x, y, z = position(vertices, a)
    bx, by, bz = position(vertices, b)
    return (x - bx) ** 2 + (y - by) ** 2 + (z - bz) ** 2


@inlined
def cut_from_first(vertices, a, b, c, d, along):  # type: ignore[no-untyped-def]
    """Return whether the quad a b c d is to be cut from a to c, or else from b to d.

    Seen along the grid's edge that it crosses, a quad surrounds the edge, one vertex in
    each quarter, so one of its diagonals lies within it: there both triangles have area.
    The shorter is taken unless it leaves nearly nothing, or less, on one side.
    """
    abc, acd = turn(vertices, a, b, c, along), turn(vertices, a, c, d, along)
    abd, bcd = turn(vertices, a, b, d, along), turn(vertices, b, c, d, along)
    sign = 1.0 if abc + acd > 0.0 else -1.0
    least = FLATTEST * abs(abc + acd)
    from_first, from_second = min(sign * abc, sign * acd), min(sign * abd, sign * bcd)
    if from_first >= least and from_second >= least:
        return apart(vertices, a, c) <= apart(vertices, b, d)
    return from_first >= from_second


@inlined
def emit_quad(faces, at, a, b, c, d, from_first, turned):  # type: ignore[no-untyped-def]
    """Write the two triangles of a quad from row `at` on, the other way around if `turned`."""
    if not from_first:
        a, b, c, d = b, c, d, a
    second, third = (c, b) if turned else (b, c)
    faces[at, 0], faces[at, 1], faces[at, 2] = a, second, third
    second, third = (d, c) if turned else (c, d)
    faces[at + 1, 0], faces[at + 1, 1], faces[at + 1, 2] = a, second, third


@part
def emit_faces(  # type: ignore[no-untyped-def]
    cut, row, step, side_1, side_2, item, cells, edges, slots, others, base_vertex,
    vertices, along, mirrored, next_face, faces,
):  # fmt: skip
    """Write the quads of a word's cut edges for both labels.

    `cells` are the four words of active cells around the edges with their first numbers
    and the shift of the cell's bit, counter-clockwise seen along the edge.
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
        shared = (
            low != 0
            and slots[c0, 0] >= 0
            and slots[c1, 0] >= 0
            and slots[c2, 0] >= 0
            and slots[c3, 0] >= 0
        )
        from_first = False
        for end in range(2):
            label = high if end else low
            if label == 0:
                continue
            a = vertex_of(slots, others, c0, l0, label, edges[0], end)
            b = vertex_of(slots, others, c1, l1, label, edges[1], end)
            c = vertex_of(slots, others, c2, low, label, edges[2], end)
            d = vertex_of(slots, others, c3, l3, label, edges[3], end)
            base = base_vertex[label]
            if end == 0 or not shared:  # or else both labels have the same four vertices
                from_first = cut_from_first(vertices, base + a, base + b, base + c, base + d, along)
            place = next_face[label]
            next_face[label] = place + 2
            emit_quad(faces, place, a, b, c, d, from_first, (end == 1) != mirrored)


@kernel
def emit_faces_of_layers(  # type: ignore[no-untyped-def]
    address, shape, item, cuts, active, first_cell, slots, others, base_vertex, vertices, matrix,
    mirrored, first, end, next_face, faces,
):  # fmt: skip
    """Write the faces of the cut edges of layers `first` … `end`.

    `next_face` is where the next face of each label goes.
    """
    _, rows, width = active.shape
    row_bytes = shape[2] * item
    slice_bytes = shape[1] * row_bytes
    along_i = (matrix[0, 0], matrix[1, 0], matrix[2, 0])
    along_j = (matrix[0, 1], matrix[1, 1], matrix[2, 1])
    along_k = (matrix[0, 2], matrix[1, 2], matrix[2, 2])
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
                        (11, 9, 8, 10), slots, others, base_vertex, vertices, along_i, mirrored,
                        next_face, faces,
                    )  # fmt: skip
                if cuts[1, i, j, w]:
                    around = ((n01, a01, 1), (n01, a01, 0), (n11, a11, 0), (n11, a11, 1))
                    emit_faces(
                        cuts[1, i, j, w], at, row_bytes, item, slice_bytes, item, around,
                        (7, 6, 4, 5), slots, others, base_vertex, vertices, along_j, mirrored,
                        next_face, faces,
                    )  # fmt: skip
                if cuts[2, i, j, w]:
                    around = ((n00, a00, 0), (n10, a10, 0), (n11, a11, 0), (n01, a01, 0))
                    emit_faces(
                        cuts[2, i, j, w], at, item, slice_bytes, row_bytes, item, around,
                        (3, 1, 0, 2), slots, others, base_vertex, vertices, along_k, mirrored,
                        next_face, faces,
                    )  # fmt: skip
                n00 += popcount(a00)
                n01 += popcount(a01)
                n10 += popcount(a10)
                n11 += popcount(a11)
