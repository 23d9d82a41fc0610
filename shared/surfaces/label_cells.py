"""Kernels of label surfaces, first pass: which edges are cut, and what each cell holds.

Labels stand in an array surrounded by one layer of background, ``labels[i j k]`` with
rows long enough for whole words of 64. Bit n of a word stands for place ``64 w + n``:
in ``cuts[axis]`` for the edge from there to the next voxel along the axis, in ``active``
for the cell between there and the next voxel along all three. A cell is numbered by the
first number of its row and the count of active cells before it, so nothing is kept for
the cells that hold no surface but one bit (as `shared.surfaces.cells` does).

A **simple** cell lies between two labels and holds one sheet of each, see
`shared.surfaces.sheets`: nearly all do. The others are looked at edge by edge.
"""

from __future__ import annotations

import numpy as np

from shared.kernels import inlined, kernel, part
from shared.surfaces.lanes import differ64
from shared.words import load, lowest_bit, popcount

WORD = 64
ONE = np.uint64(1)
NONE = np.uint64(0)
LAST_BIT = np.uint64(63)
NO_FACE = np.uint8(255)


@kernel
def copy_ranks(values, known, first, end, labels):  # type: ignore[no-untyped-def]
    """Copy slices `first` … `end`, each value as its place among the sorted `known` ones."""
    _, rows, length = values.shape
    last, rank = known[0], np.searchsorted(known, known[0])
    for i in range(first, end):
        for j in range(rows):
            for k in range(length):
                value = values[i, j, k]
                if value != last:
                    rank = np.searchsorted(known, value)
                    last = value
                labels[i + 1, j + 1, k + 1] = rank


@kernel
def find_cuts(labels, like, first, end, cuts):  # type: ignore[no-untyped-def]
    """Write the words of cut edges of slices `first` … `end`; rows beyond the last are 0."""
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


@inlined
def label_at(address, item):  # type: ignore[no-untyped-def]
    """Return the label at an address, of 1, 2 or 4 bytes: kernels are compiled once for all."""
    if item == 1:
        return np.int64(load(address, np.uint8(0)))
    if item == 2:
        return np.int64(load(address, np.uint16(0)))
    return np.int64(load(address, np.uint32(0)))


@inlined
def corner_labels(at, row_bytes, slice_bytes, item, corners):  # type: ignore[no-untyped-def]
    """Write the labels of the 8 corners of the cell whose corner 0 is at an address."""
    corners[0] = label_at(at, item)
    corners[1] = label_at(at + item, item)
    corners[2] = label_at(at + row_bytes, item)
    corners[3] = label_at(at + row_bytes + item, item)
    corners[4] = label_at(at + slice_bytes, item)
    corners[5] = label_at(at + slice_bytes + item, item)
    corners[6] = label_at(at + slice_bytes + row_bytes, item)
    corners[7] = label_at(at + slice_bytes + row_bytes + item, item)


@inlined
def case_of_label(corners, label):  # type: ignore[no-untyped-def]
    """Return the case of a cell seen by one label."""
    case = np.int64(0)
    for corner in range(8):
        case |= np.int64(corners[corner] == label) << corner
    return case


@inlined
def other_label(corners, case):  # type: ignore[no-untyped-def]
    """Return the label if all corners outside of `case` have one and the same, or else −1."""
    other = np.int64(-1)
    for corner in range(8):
        if not (case >> corner) & 1:
            if other >= 0 and corners[corner] != other:
                return np.int64(-1)
            other = np.int64(corners[corner])
    return other


@part
def is_joined(at, row_bytes, slice_bytes, item, label, face, weak_face):  # type: ignore[no-untyped-def]
    """Return 1 if a label's weak face is weak for the cell beyond it too, or else 0."""
    beyond = (slice_bytes, row_bytes, item)[face >> 1]
    at += beyond if face & 1 else -beyond
    corners = np.empty(8, np.int64)
    corner_labels(at, row_bytes, slice_bytes, item, corners)
    return np.int64(weak_face[case_of_label(corners, label)] == (face ^ 1))


@inlined
def is_first_of_label(corners, corner):  # type: ignore[no-untyped-def]
    """Return whether no corner before has the same label."""
    first = True
    for earlier in range(corner):
        first &= corners[earlier] != corners[corner]
    return first


@inlined
def rule_of_label(  # type: ignore[no-untyped-def]
    at, row_bytes, slice_bytes, item, corners, label, weak_face
):
    """Return the case of a cell seen by one label, and whether its weak face is joined."""
    case = case_of_label(corners, label)
    joined = np.int64(0)
    if weak_face[case] != NO_FACE:
        face = np.int64(weak_face[case])
        joined = is_joined(at, row_bytes, slice_bytes, item, label, face, weak_face)
    return case, joined


@part
def count_sheets(  # type: ignore[no-untyped-def]
    at, row_bytes, slice_bytes, item, corners, weak_face, counts, vertex_counts
):
    """Count the sheets of each label in a cell that is not simple."""
    for corner in range(8):
        label = corners[corner]
        if label and is_first_of_label(corners, corner):
            case, joined = rule_of_label(
                at, row_bytes, slice_bytes, item, corners, label, weak_face
            )
            vertex_counts[label] += counts[case, joined]


@inlined
def active_word(cuts, i, j, w):  # type: ignore[no-untyped-def]
    """Return which cells of a word have corners of different labels."""
    return (
        cuts[2, i, j, w] | cuts[2, i, j + 1, w] | cuts[2, i + 1, j, w] | cuts[2, i + 1, j + 1, w]
        | cuts[1, i, j, w] | cuts[1, i + 1, j, w] | cuts[0, i, j, w]
    )  # fmt: skip


@inlined
def count_faces(cut, at, step, item, face_counts):  # type: ignore[no-untyped-def]
    """Count two triangles for the labels at both ends of each cut edge of a word."""
    while cut:
        low = at + lowest_bit(cut) * item
        face_counts[label_at(low, item)] += 2
        face_counts[label_at(low + step, item)] += 2
        cut &= cut - ONE


@kernel
def count_cells(  # type: ignore[no-untyped-def]
    address, shape, item, cuts, simple, weak_face, counts, first, end,
    active, row_counts, vertex_counts, face_counts,
):  # fmt: skip
    """Find the active cells of layers `first` … `end`; return how many are not simple.

    Writes `active` and the active cells of each row, and adds to the vertices and faces
    of each label (label 0 is counted too and means nothing).
    """
    _, rows, length = shape
    row_bytes = length * item
    slice_bytes = rows * row_bytes
    corners = np.empty(8, np.int64)
    several = 0
    for i in range(first, end):
        for j in range(rows - 1):
            row = address + i * slice_bytes + j * row_bytes
            found = 0
            for w in range(active.shape[2]):
                word = active_word(cuts, i, j, w)
                active[i, j, w] = word
                if word == 0:
                    continue
                found += popcount(word)
                at = row + w * WORD * item
                count_faces(cuts[0, i, j, w], at, slice_bytes, item, face_counts)
                count_faces(cuts[1, i, j, w], at, row_bytes, item, face_counts)
                count_faces(cuts[2, i, j, w], at, item, item, face_counts)
                while word:
                    cell = at + lowest_bit(word) * item
                    word &= word - ONE
                    corner_labels(cell, row_bytes, slice_bytes, item, corners)
                    case = case_of_label(corners, corners[0])
                    other = other_label(corners, case)
                    if simple[case] and other >= 0:
                        vertex_counts[corners[0]] += 1
                        vertex_counts[other] += 1
                    else:
                        several += 1
                        count_sheets(
                            cell, row_bytes, slice_bytes, item, corners,
                            weak_face, counts, vertex_counts,
                        )  # fmt: skip
            row_counts[i, j] = found
    return several
