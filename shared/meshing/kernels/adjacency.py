"""Which faces meet in which edge, which edges meet in which vertex: linear time.

Half-edge ``3 f + c`` runs from corner ``c`` of face ``f`` to the next corner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shared.kernels import kernel, part
from shared.meshing.kernels import Index

if TYPE_CHECKING:
    from numpy.typing import NDArray

EMPTY = -1
"""Marks a free slot."""
LOW, HIGH, THIRD = 0, 1, 2
"""Digits of a half-edge: its smaller end, its larger end, the vertex opposite."""


@kernel
def first_of_equal(rows: NDArray[np.uint32]) -> NDArray[np.int32]:
    """Return for each row the index of the first row that has the same words.

    A hash table with open addressing; the answer does not depend on the hash.
    """
    count, words = rows.shape
    size = 16
    while size < 2 * count:
        size *= 2
    mask = np.uint64(size - 1)
    slots = np.empty(size, np.int32)
    for n in range(size):
        slots[n] = EMPTY
    first = np.empty(count, np.int32)
    for n in range(count):
        code = np.uint64(0x9E3779B97F4A7C15)
        for w in range(words):
            code = (code ^ np.uint64(rows[n, w])) * np.uint64(0xFF51AFD7ED558CCD)
            code ^= code >> np.uint64(32)
        slot: Index = np.int64(code & mask)
        while True:
            other = slots[slot]
            if other == EMPTY:
                slots[slot] = n
                first[n] = n
                break
            same = True
            for w in range(words):
                if rows[other, w] != rows[n, w]:
                    same = False
                    break
            if same:
                first[n] = other
                break
            slot = (slot + 1) & (size - 1)
    return first


@kernel
def number_firsts(first: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the new number of every row, and the old rows that stay, in order."""
    number = np.empty(first.shape[0], np.int32)
    kept = np.empty(first.shape[0], np.int32)
    count = 0
    for n in range(first.shape[0]):
        if first[n] == n:
            number[n] = count
            kept[count] = n
            count += 1
        else:
            number[n] = number[first[n]]
    return number, kept[:count].copy()


@part
def _counting(count: int) -> NDArray[np.int32]:
    numbers = np.empty(count, np.int32)
    for n in range(count):
        numbers[n] = n
    return numbers


@part
def _ends(faces: NDArray[np.int32], half_edge: Index) -> tuple[Index, Index, Index]:
    face, corner = half_edge // 3, half_edge % 3
    start = np.int64(faces[face, corner])
    end = np.int64(faces[face, (corner + 1) % 3])
    third = np.int64(faces[face, (corner + 2) % 3])
    if start < end:
        return start, end, third
    return end, start, third


@part
def _digit(faces: NDArray[np.int32], half_edge: Index, key: int) -> Index:
    if key == THIRD:
        return np.int64(faces[half_edge // 3, (half_edge % 3 + 2) % 3])
    low, high, _ = _ends(faces, half_edge)
    return low if key == LOW else high


@part
def _sorted_by(
    order: NDArray[np.int32], faces: NDArray[np.int32], vertex_count: int, key: int
) -> NDArray[np.int32]:
    starts = np.zeros(vertex_count + 1, np.int32)
    for n in range(order.shape[0]):
        starts[_digit(faces, np.int64(order[n]), key) + 1] += 1
    for vertex in range(vertex_count):
        starts[vertex + 1] += starts[vertex]
    result = np.empty_like(order)
    for n in range(order.shape[0]):
        v = _digit(faces, np.int64(order[n]), key)
        result[starts[v]] = order[n]
        starts[v] += 1
    return result


@kernel
def edge_order(faces: NDArray[np.int32], vertex_count: int) -> NDArray[np.int32]:
    """Return half-edges sorted by smaller end, larger end, opposite vertex.

    A radix sort with vertices as digits: three stable counting sorts. Half-edges of
    one edge stand side by side; duplicates of a face stand side by side in its edges.
    """
    order = _counting(3 * faces.shape[0])
    for key in (THIRD, HIGH, LOW):
        order = _sorted_by(order, faces, vertex_count, key)
    return order


@part
def root_of(parents: NDArray[np.int32], member: Index) -> Index:
    """Return the root of a union-find tree, halving the path to it."""
    while parents[member] != member:
        parents[member] = parents[parents[member]]
        member = np.int64(parents[member])
    return member


@part
def unite(parents: NDArray[np.int32], first: Index, second: Index) -> None:
    """Join two union-find trees; the smaller index becomes the root."""
    a, b = root_of(parents, np.int64(first)), root_of(parents, np.int64(second))
    if a < b:
        parents[b] = a
    elif b < a:
        parents[a] = b


@kernel
def component_of_faces(
    faces: NDArray[np.int32], vertex_count: int
) -> tuple[NDArray[np.int32], int]:
    """Return the component of each face (joined by shared vertices) and their number.

    Components are numbered in the order of their first face.
    """
    parents = _counting(vertex_count)
    for f in range(faces.shape[0]):
        unite(parents, np.int64(faces[f, 0]), np.int64(faces[f, 1]))
        unite(parents, np.int64(faces[f, 0]), np.int64(faces[f, 2]))
    number = np.empty(vertex_count, np.int32)
    for v in range(vertex_count):
        number[v] = EMPTY
    component = np.empty(faces.shape[0], np.int32)
    count = 0
    for f in range(faces.shape[0]):
        root = root_of(parents, np.int64(faces[f, 0]))
        if number[root] == EMPTY:
            number[root] = count
            count += 1
        component[f] = number[root]
    return component, count


@kernel
def edge_census(
    faces: NDArray[np.int32], order: NDArray[np.int32]
) -> tuple[int, int, int, int, int, NDArray[np.int32]]:
    """Count what `edge_order` brought together.

    Returns
    -------
    edges, boundary, non_manifold, unbalanced, duplicates
        Edges; those of one face; of three or more; those of two or more faces that
        are not run through as often in one direction as in the other; faces that
        repeat an earlier one's vertices.
    fans
        int32 ``[3 f]``, union-find parents of corners: two corners of a vertex are
        joined where their faces share an edge at it.
    """
    count = order.shape[0]
    fans = _counting(count)
    edges = boundary = non_manifold = unbalanced = duplicates = 0
    at: Index = 0
    while at < count:
        low, high, previous_third = _ends(faces, np.int64(order[at]))
        forward = 0
        end = at
        while end < count:
            half_edge = np.int64(order[end])
            a, b, c = _ends(faces, half_edge)
            if a != low or b != high:
                break
            forwards = faces[half_edge // 3, half_edge % 3] == low
            forward += int(forwards)
            if end > at:
                duplicates += int(c == previous_third and c > high)
                previous = np.int64(order[end - 1])
                _join_fans(fans, faces, previous, half_edge, low)
            previous_third = c
            end += 1
        uses = end - at
        edges += 1
        boundary += int(uses == 1)
        non_manifold += int(uses > 2)
        unbalanced += int(uses > 1 and 2 * forward != uses)
        at = end
    return edges, boundary, non_manifold, unbalanced, duplicates, fans


@part
def _join_fans(
    fans: NDArray[np.int32], faces: NDArray[np.int32], first: Index, second: Index, low: Index
) -> None:
    a, a_next = first, 3 * (first // 3) + (first % 3 + 1) % 3
    b, b_next = second, 3 * (second // 3) + (second % 3 + 1) % 3
    if (faces[first // 3, first % 3] == low) == (faces[second // 3, second % 3] == low):
        unite(fans, a, b)
        unite(fans, a_next, b_next)
    else:
        unite(fans, a, b_next)
        unite(fans, a_next, b)


@kernel
def fan_count(
    faces: NDArray[np.int32], fans: NDArray[np.int32], vertex_count: int
) -> NDArray[np.int32]:
    """Return the number of fans (groups of faces joined over edges) at each vertex."""
    counts = np.zeros(vertex_count, np.int32)
    for corner in range(fans.shape[0]):
        if fans[corner] == corner:
            counts[faces[corner // 3, corner % 3]] += 1
    return counts
