"""Kernels of label surfaces, first passes: which cells hold a surface, and what each is.

The map is thought of as surrounded by one layer of background: place ``(i, j, k)`` is voxel
``(i − 1, j − 1, k − 1)``, and cell ``(i, j, k)`` lies between that place and the next along
all three axes. Kernels copy two slices at a time, with their border, so the map is read
where it lies and borders are no special case. Bit n of a word stands for cell ``64 w + n``
of a row: in ``active`` if the cell's corners are not all of one label. A cell is numbered by the
first number of its row and the count of active cells before it, so nothing is kept for
the cells that hold no surface but one bit (as `shared.surfaces.cells` does). One number is
left out before each layer: there `label_relaxation` has a cell that is not there.

A **simple** cell lies between two labels and holds one sheet of each, see
`shared.surfaces.sheets`: nearly all do. The others are looked at edge by edge.

``grid`` describes the map everywhere: its address, its strides along i and j in bytes, its
shape, and the bytes of a label: kernels are compiled once for all types.
"""

from __future__ import annotations

import numpy as np

from shared.kernels import inlined, kernel, part
from shared.surfaces.lanes import copy_bytes, differ64, fill_bytes, matches8
from shared.words import load, lowest_bit, popcount

WORD = 64
ONE = np.uint64(1)
NONE = np.uint64(0)
NO_FACE = np.uint8(255)
NO_BYTE = np.uint8(0)
ALL_CORNERS = 255
BYTE = np.uint64(255)
AT_CORNER_0 = 0b10110
"""Corners 1, 2 and 4: the far ends of the cell's edges at corner 0."""


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
                labels[i, j, k] = rank


@inlined
def padded_row_bytes(grid):  # type: ignore[no-untyped-def]
    """Return the bytes of a row with its border, filled up to whole words of cells."""
    return ((grid[5] + 1 + WORD - 1) // WORD * WORD + 1) * grid[6]


@inlined
def empty_slices(grid):  # type: ignore[no-untyped-def]
    """Return room for two slices with their borders, all background."""
    return np.zeros(2 * (grid[4] + 2) * padded_row_bytes(grid), np.uint8)


@part
def copy_slice(grid, i, slices):  # type: ignore[no-untyped-def]
    """Copy the slice at place `i`, background if it is beyond the map, to its room."""
    row_bytes = padded_row_bytes(grid)
    room = slices.ctypes.data + (i & 1) * (grid[4] + 2) * row_bytes
    if i < 1 or i > grid[3]:
        fill_bytes(room, NO_BYTE, (grid[4] + 2) * row_bytes)
        return
    for j in range(grid[4]):
        row = grid[0] + (i - 1) * grid[1] + j * grid[2]
        copy_bytes(room + (j + 1) * row_bytes + grid[6], row, grid[5] * grid[6])


@inlined
def row_at(grid, i, j, slices):  # type: ignore[no-untyped-def]
    """Return the address of place (i, j, 0) in the room of its slice."""
    return slices.ctypes.data + ((i & 1) * (grid[4] + 2) + j) * padded_row_bytes(grid)


@inlined
def label_at(address, item):  # type: ignore[no-untyped-def]
    """Return the label at an address, of 1, 2 or 4 bytes."""
    if item == 1:
        return np.int64(load(address, np.uint8(0)))
    if item == 2:
        return np.int64(load(address, np.uint16(0)))
    return np.int64(load(address, np.uint32(0)))


@inlined
def differing(one, other, item):  # type: ignore[no-untyped-def]
    """Return a word of which of 64 labels at two addresses differ."""
    if item == 1:
        return differ64(one, other, np.uint8(0))
    if item == 2:
        return differ64(one, other, np.uint16(0))
    return differ64(one, other, np.uint32(0))


@kernel
def find_active(grid, first, end, active, row_counts):  # type: ignore[no-untyped-def]
    """Write the words of active cells of layers `first` … `end`, and their count in each row."""
    _, rows, width = active.shape
    item = grid[6]
    slices = empty_slices(grid)
    strips = np.empty((2, width), np.uint64)
    copy_slice(grid, first, slices)
    for i in range(first, end):
        copy_slice(grid, i + 1, slices)
        for j in range(rows + 1):
            low, high = row_at(grid, i, j, slices), row_at(grid, i + 1, j, slices)
            found = 0
            for w in range(width):
                at = w * WORD * item
                strip = differing(low + at, low + at + item, item)
                strip |= differing(high + at, high + at + item, item)
                strip |= differing(low + at, high + at, item)
                strips[j & 1, w] = strip
                if j:
                    before = low - padded_row_bytes(grid)
                    word = strip | strips[(j - 1) & 1, w]
                    word |= differing(before + at, low + at, item)
                    active[i, j - 1, w] = word
                    found += popcount(word)
            if j:
                row_counts[i, j - 1] = found


@part
def label_of_place(grid, i, j, k):  # type: ignore[no-untyped-def]
    """Return the label at a place, background beyond the map."""
    if i < 1 or j < 1 or k < 1 or i > grid[3] or j > grid[4] or k > grid[5]:
        return np.int64(0)
    return label_at(grid[0] + (i - 1) * grid[1] + (j - 1) * grid[2] + (k - 1) * grid[6], grid[6])


@inlined
def corners_in(low, high, row_bytes, item, corners):  # type: ignore[no-untyped-def]
    """Write the labels of the 8 corners of a cell, corners 0 and 4 of which are at addresses."""
    corners[0], corners[1] = label_at(low, item), label_at(low + item, item)
    corners[4], corners[5] = label_at(high, item), label_at(high + item, item)
    low, high = low + row_bytes, high + row_bytes
    corners[2], corners[3] = label_at(low, item), label_at(low + item, item)
    corners[6], corners[7] = label_at(high, item), label_at(high + item, item)


@part
def corner_labels(grid, i, j, k, corners):  # type: ignore[no-untyped-def]
    """Write the labels of the 8 corners of any cell, read from the map."""
    for corner in range(8):
        at_i, at_j, at_k = i + (corner >> 2), j + ((corner >> 1) & 1), k + (corner & 1)
        corners[corner] = label_of_place(grid, at_i, at_j, at_k)


@inlined
def case_of_label(corners, label):  # type: ignore[no-untyped-def]
    """Return the case of a cell seen by one label."""
    case = np.int64(0)
    for corner in range(8):
        case |= np.int64(corners[corner] == label) << corner
    return case


@inlined
def is_first_of_label(corners, corner):  # type: ignore[no-untyped-def]
    """Return whether no corner before has the same label."""
    first = True
    for earlier in range(corner):
        first &= corners[earlier] != corners[corner]
    return first


@part
def rule_of_label(grid, i, j, k, corners, label, weak_face):  # type: ignore[no-untyped-def]
    """Return the case of a cell seen by one label, and 1 if its weak face is joined.

    It is if it is weak for the cell beyond it too.
    """
    case = case_of_label(corners, label)
    if weak_face[case] == NO_FACE:
        return case, np.int64(0)
    face = np.int64(weak_face[case])
    step = 1 if face & 1 else -1
    beyond = np.empty(8, np.int64)
    if face >> 1 == 0:
        corner_labels(grid, i + step, j, k, beyond)
    elif face >> 1 == 1:
        corner_labels(grid, i, j + step, k, beyond)
    else:
        corner_labels(grid, i, j, k + step, beyond)
    return case, np.int64(weak_face[case_of_label(beyond, label)] == (face ^ 1))


@inlined
def two_labels(low, high, row_bytes, item):  # type: ignore[no-untyped-def]
    """Return the label at corner 0 of a cell, where it is, the next label, where that is.

    `low` and `high` are the addresses of corners 0 and 4; where is a bit for each corner.
    """
    if item == 1:
        pair = np.uint16(0)
        word = np.uint64(load(low, pair)) | np.uint64(load(low + row_bytes, pair)) << np.uint64(16)
        word |= np.uint64(load(high, pair)) << np.uint64(32)
        word |= np.uint64(load(high + row_bytes, pair)) << np.uint64(48)
        label = np.int64(word & BYTE)
        case = np.int64(matches8(word, np.uint8(label)))
        corner = lowest_bit(np.uint64(ALL_CORNERS - case))
        other = np.int64((word >> np.uint64(8 * corner)) & BYTE)
        return label, case, other, np.int64(matches8(word, np.uint8(other)))
    label = label_at(low, item)
    case = np.int64(1)
    other = np.int64(-1)
    others = np.int64(0)
    for corner in range(1, 8):
        at = (high if corner & 4 else low) + (row_bytes if corner & 2 else 0)
        found = label_at(at + item if corner & 1 else at, item)
        if found == label:
            case |= np.int64(1) << corner
        else:
            other = found if other < 0 else other
            others |= np.int64(found == other) << corner
    return label, case, other, others


@inlined
def several_labels(corners, a, b, c, d):  # type: ignore[no-untyped-def]
    """Return whether at least two, and whether three labels or more, meet in a face."""
    a, b, c, d = corners[a], corners[b], corners[c], corners[d]
    others = np.int64(b != a)
    others += np.int64(c != a and c != b)
    others += np.int64(d != a and d != b and d != c)
    return np.int64(others >= 1), np.int64(others >= 2)


@part
def links_among_several(corners):  # type: ignore[no-untyped-def]
    """Return the links of a cell of three labels or more, as bits.

    They are those through faces in which three labels or more meet, if there are two such.
    """
    cut_0, curve_0 = several_labels(corners, 0, 2, 4, 6)
    cut_1, curve_1 = several_labels(corners, 1, 3, 5, 7)
    cut_2, curve_2 = several_labels(corners, 0, 1, 4, 5)
    cut_3, curve_3 = several_labels(corners, 2, 3, 6, 7)
    cut_4, curve_4 = several_labels(corners, 0, 1, 2, 3)
    cut_5, curve_5 = several_labels(corners, 4, 5, 6, 7)
    cuts = cut_0 | cut_1 << 1 | cut_2 << 2 | cut_3 << 3 | cut_4 << 4 | cut_5 << 5
    curve = curve_0 | curve_1 << 1 | curve_2 << 2 | curve_3 << 3 | curve_4 << 4 | curve_5 << 5
    return curve if curve & (curve - 1) else cuts


@part
def count_several(  # type: ignore[no-untyped-def]
    grid, i, j, k, corners, weak_face, counts, vertex_counts, face_counts
):
    """Count the sheets of each label in a cell that is not simple, and faces at its corner 0."""
    for corner in range(8):
        label = corners[corner]
        if label and is_first_of_label(corners, corner):
            case, joined = rule_of_label(grid, i, j, k, corners, label, weak_face)
            vertex_counts[label] += counts[case, joined]
    for axis in range(3):
        other = corners[1 << axis]
        if other != corners[0]:
            face_counts[corners[0]] += 2
            face_counts[other] += 2


@kernel
def describe_cells(  # type: ignore[no-untyped-def]
    grid, active, first_cell, simple, weak_face, counts, links_of_case, first, end,
    cases, codes, several, vertex_counts, vertices_before_last, face_counts,
):  # fmt: skip
    """Say of each cell of layers `first` … `end` what it is.

    `cases` are the corners of the same label as corner 0, as bits, but bit 0 says whether
    the cell is simple; `codes` the cells that it is linked to (`label_relaxation`);
    `several` how many cells of each layer are not simple. Vertices and faces of each label
    are added up (of label 0 too, which means nothing), the vertices also without those
    of the last layer.
    """
    _, rows, width = active.shape
    item, row_bytes = grid[6], padded_row_bytes(grid)
    slices = empty_slices(grid)
    corners = np.empty(8, np.int64)
    copy_slice(grid, first, slices)
    for i in range(first, end):
        copy_slice(grid, i + 1, slices)
        if i == end - 1:
            for label in range(len(vertex_counts)):
                vertices_before_last[label] = vertex_counts[label]
        found = 0
        for j in range(rows):
            low_row, high_row = row_at(grid, i, j, slices), row_at(grid, i + 1, j, slices)
            cell = first_cell[i, j]
            for w in range(width):
                word = active[i, j, w]
                while word:
                    k = w * WORD + lowest_bit(word)
                    word &= word - ONE
                    low, high = low_row + k * item, high_row + k * item
                    label, case, other, others = two_labels(low, high, row_bytes, item)
                    is_two = case | others == ALL_CORNERS
                    if is_two and simple[case]:
                        vertex_counts[label] += 1
                        vertex_counts[other] += 1
                        ends = 2 * popcount(np.uint64(others & AT_CORNER_0))
                        face_counts[label] += ends
                        face_counts[other] += ends
                        cases[cell] = case
                        codes[cell] = links_of_case[case]
                    else:
                        found += 1
                        corners_in(low, high, row_bytes, item, corners)
                        count_several(
                            grid, i, j, k, corners, weak_face, counts, vertex_counts, face_counts
                        )
                        cases[cell] = case & ~1
                        codes[cell] = (
                            links_of_case[case] if is_two else links_among_several(corners)
                        )
                    cell += 1
        several[i] = found
