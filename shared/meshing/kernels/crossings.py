"""Do two triangles meet where they should not? Exact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shared.borrowing import borrowed
from shared.kernels import kernel, part
from shared.meshing.kernels import Index
from shared.meshing.kernels.bounding_tree import LEAF_SIZE, STACK_SIZE, BoundingTree
from shared.meshing.kernels.predicates import orient_2d, orient_3d

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRST_CAPACITY = 64
"""Pairs a slab has room for before it grows."""


@part
def side(vertices: NDArray[np.float32], a: Index, b: Index, c: Index, d: Index) -> int:
    """Return `orient_3d` of four vertices: the side of the plane abc on which d lies."""
    return orient_3d(
        np.float64(vertices[a, 0]),
        np.float64(vertices[a, 1]),
        np.float64(vertices[a, 2]),
        np.float64(vertices[b, 0]),
        np.float64(vertices[b, 1]),
        np.float64(vertices[b, 2]),
        np.float64(vertices[c, 0]),
        np.float64(vertices[c, 1]),
        np.float64(vertices[c, 2]),
        np.float64(vertices[d, 0]),
        np.float64(vertices[d, 1]),
        np.float64(vertices[d, 2]),
    )


@part
def turn(vertices: NDArray[np.float32], axis: int, a: Index, b: Index, c: Index) -> int:
    """Return `orient_2d` of three vertices seen along a coordinate axis."""
    u = 1 if axis == 0 else (2 if axis == 1 else 0)
    w = 2 if axis == 0 else (0 if axis == 1 else 1)
    return orient_2d(
        np.float64(vertices[a, u]),
        np.float64(vertices[a, w]),
        np.float64(vertices[b, u]),
        np.float64(vertices[b, w]),
        np.float64(vertices[c, u]),
        np.float64(vertices[c, w]),
    )


@part
def _seen_axis(vertices: NDArray[np.float32], face: NDArray[np.int32]) -> int:
    """Return an axis along which a face, which has an area, is not seen edge on."""
    axis = 0
    while axis < 2 and turn(vertices, axis, face[0], face[1], face[2]) == 0:
        axis += 1
    return axis


@part
def _in_corner(
    vertices: NDArray[np.float32], axis: int, face: NDArray[np.int32], at: int, x: Index
) -> bool:
    """Return whether, seen along `axis`, the ray from corner `at` to x starts into the face."""
    v, a, b = face[at], face[(at + 1) % 3], face[(at + 2) % 3]
    sign = turn(vertices, axis, v, a, b)
    return sign * turn(vertices, axis, v, a, x) >= 0 and sign * turn(vertices, axis, v, x, b) >= 0


@part
def _flat_segments_meet(
    vertices: NDArray[np.float32], axis: int, p: Index, q: Index, r: Index, s: Index
) -> bool:
    """Return whether closed segments pq and rs of one plane meet, seen along `axis`.

    Segments in one line are left to the caller's inside tests of their ends.
    """
    first = turn(vertices, axis, p, q, r) * turn(vertices, axis, p, q, s)
    second = turn(vertices, axis, r, s, p) * turn(vertices, axis, r, s, q)
    return (first < 0 and second <= 0) or (first <= 0 and second < 0)


@part
def _flat_inside(
    vertices: NDArray[np.float32], axis: int, face: NDArray[np.int32], x: Index
) -> bool:
    """Return whether x lies in the closed face of its plane, seen along `axis`."""
    return (
        _in_corner(vertices, axis, face, 0, x)
        and _in_corner(vertices, axis, face, 1, x)
        and _in_corner(vertices, axis, face, 2, x)
    )


@part
def _flat_faces_meet(
    vertices: NDArray[np.float32], first: NDArray[np.int32], second: NDArray[np.int32]
) -> bool:
    """Return whether two faces of one plane, without a common vertex, have a common point."""
    axis = _seen_axis(vertices, first)
    for i in range(3):
        if _flat_inside(vertices, axis, second, first[i]):
            return True
        if _flat_inside(vertices, axis, first, second[i]):
            return True
        for j in range(3):
            if _flat_segments_meet(
                vertices, axis, first[i], first[(i + 1) % 3], second[j], second[(j + 1) % 3]
            ):
                return True
    return False


@part
def _flat_corners_meet(
    vertices: NDArray[np.float32],
    first: NDArray[np.int32],
    i: int,
    second: NDArray[np.int32],
    j: int,
) -> bool:
    """Return whether faces of one plane that share a vertex have more than that in common."""
    axis = _seen_axis(vertices, first)
    for k in range(1, 3):
        if _in_corner(vertices, axis, first, i, second[(j + k) % 3]):
            return True
        if _in_corner(vertices, axis, second, j, first[(i + k) % 3]):
            return True
    return False


@part
def _folded(
    vertices: NDArray[np.float32],
    first: NDArray[np.int32],
    i: int,
    second: NDArray[np.int32],
    j: int,
) -> bool:
    """Return whether faces that share all but corners i and j lie flat on each other."""
    a, b, c, d = first[(i + 1) % 3], first[(i + 2) % 3], first[i], second[j]
    if side(vertices, a, b, c, d) != 0:
        return False
    axis = _seen_axis(vertices, first)
    return turn(vertices, axis, a, b, c) == turn(vertices, axis, a, b, d)


@part
def _line_meets(vertices: NDArray[np.float32], p: Index, q: Index, face: NDArray[np.int32]) -> bool:
    """Return whether the line pq, not in the plane of a face, meets the closed face."""
    least = most = 0
    for k in range(3):
        sign = side(vertices, p, q, face[k], face[(k + 1) % 3])
        least, most = min(least, sign), max(most, sign)
        if least < 0 < most:
            return False
    return True


@part
def _sides(
    vertices: NDArray[np.float32],
    face: NDArray[np.int32],
    other: NDArray[np.int32],
    common: int,
    sides: NDArray[np.int64],
) -> bool:
    """Write on which sides of a face the corners of the other lie, −1 to 1.

    Corner `common` (−1: none) is a corner of the face too. Returns whether the plane of
    the face parts or touches the other.
    """
    least, most = 1, -1
    for k in range(3):
        sides[k] = 0
        if k != common:
            sides[k] = side(vertices, face[0], face[1], face[2], other[k])
            least, most = min(least, sides[k]), max(most, sides[k])
    return least <= 0 <= most


@part
def _edges_meet(
    vertices: NDArray[np.float32],
    face: NDArray[np.int32],
    other: NDArray[np.int32],
    common: int,
    sides: NDArray[np.int64],
) -> bool:
    """Return whether an edge of `other`, whose corners have these sides, meets the face.

    Edges at the common corner are left out: what meets beyond it ends in an edge of
    either face opposite to it. So are edges in the plane of the face: the edges beside
    them, or those of the face, meet whatever they meet.
    """
    for k in range(3):
        m = (k + 1) % 3
        if k == common or m == common or sides[k] * sides[m] > 0 or sides[k] == sides[m]:
            continue
        if _line_meets(vertices, other[k], other[m], face):
            return True
    return False


@part
def faces_cross(
    vertices: NDArray[np.float32],
    first: NDArray[np.int32],
    second: NDArray[np.int32],
    sides: NDArray[np.int64],
) -> bool:
    """Return whether two faces have a point in common beside the vertices they share.

    Both have an area, and equal vertices have equal numbers. `sides` ``[2 3]`` is working
    memory.
    """
    common = 0
    i = j = -1
    unlike_i, unlike_j = 3, 3
    for m in range(3):
        for n in range(3):
            if first[m] == second[n]:
                common += 1
                i, j = m, n
                unlike_i -= m
                unlike_j -= n
    if common == 3:
        return True
    if common == 2:
        return _folded(vertices, first, unlike_i, second, unlike_j)
    if not _sides(vertices, first, second, j, sides[0]):
        return False
    if sides[0, 0] == 0 and sides[0, 1] == 0 and sides[0, 2] == 0:
        if common == 1:
            return _flat_corners_meet(vertices, first, i, second, j)
        return _flat_faces_meet(vertices, first, second)
    if not _sides(vertices, second, first, i, sides[1]):
        return False
    return _edges_meet(vertices, first, second, j, sides[0]) or _edges_meet(
        vertices, second, first, i, sides[1]
    )


@part
def _overlap(a: NDArray[np.float32], n: Index, b: NDArray[np.float32], m: Index) -> bool:
    """Return whether box n of a and box m of b have a point in common."""
    return (
        a[n, 0] <= b[m, 3]
        and b[m, 0] <= a[n, 3]
        and a[n, 1] <= b[m, 4]
        and b[m, 1] <= a[n, 4]
        and a[n, 2] <= b[m, 5]
        and b[m, 2] <= a[n, 5]
    )


@part
def _grown(pairs: NDArray[np.int32]) -> NDArray[np.int32]:
    more = np.empty((2 * pairs.shape[0], 2), np.int32)
    for n in range(pairs.shape[0]):
        more[n, 0], more[n, 1] = pairs[n, 0], pairs[n, 1]
    return more


@part
def _box_faces(
    corners: NDArray[np.float32],
    first: Index,
    end: Index,
    boxes: NDArray[np.float32],
    row: int,
) -> None:
    """Write the boxes of the faces at the places ``first … end`` from `row` on."""
    for place in range(first, end):
        for axis in range(3):
            a, b, c = corners[place, axis], corners[place, 3 + axis], corners[place, 6 + axis]
            boxes[row + place - first, axis] = min(a, b, c)
            boxes[row + place - first, 3 + axis] = max(a, b, c)


@part
def _overlapping_leaves(
    boxes: NDArray[np.float32],
    leaf: Index,
    least: Index,
    depth: int,
    stack: NDArray[np.int64],
    levels: NDArray[np.int64],
    found: NDArray[np.int64],
) -> int:
    """Write the leaves from `least` on whose boxes overlap that of `leaf`; −1 if too many."""
    leaves = 1 << depth
    own = leaf + leaves - 1
    count = 0
    stack[0] = levels[0] = 0
    top = 1
    while top > 0:
        top -= 1
        node, level = stack[top], levels[top]
        if level == depth:
            if count == found.shape[0]:
                return -1
            found[count] = node - (leaves - 1)
            count += 1
            continue
        for child in range(2 * node + 1, 2 * node + 3):
            # the last leaf under the child: its place in its level, doubled down
            last = ((child - (2 << level) + 2) << (depth - level - 1)) - 1
            if last >= least and _overlap(boxes, child, boxes, own):
                stack[top] = child
                levels[top] = level + 1
                top += 1
    return count


@kernel
def chosen_leaves(chosen: NDArray[np.bool_], order: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return which leaves hold a chosen face."""
    leaves = np.zeros((order.shape[0] + LEAF_SIZE - 1) // LEAF_SIZE, np.bool_)
    for place in range(order.shape[0]):
        if chosen[order[place]]:
            leaves[place // LEAF_SIZE] = True
    return leaves


@kernel
def crossing_pairs(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    flat: NDArray[np.bool_],
    chosen: NDArray[np.bool_],
    leaf_chosen: NDArray[np.bool_],
    tree: BoundingTree,
    first: int,
    end: int,
) -> NDArray[np.int32]:
    """Return the faces ``[n 2]`` that cross, one of them a chosen one in leaves ``first … end``.

    Each leaf with a chosen face descends the tree; of two such leaves the first does.
    `flat` faces have no area and are passed over.
    """
    vertices, faces, flat = borrowed(vertices), borrowed(faces), borrowed(flat)
    chosen = borrowed(chosen)
    tree = BoundingTree(borrowed(tree.boxes), borrowed(tree.order), borrowed(tree.corners))
    depth = 0
    while (2 << depth) - 1 < tree.boxes.shape[0]:
        depth += 1
    every = True
    for leaf in range(leaf_chosen.shape[0]):
        every = every and leaf_chosen[leaf]
    stack = np.empty(STACK_SIZE, np.int64)
    levels = np.empty(STACK_SIZE, np.int64)
    near = np.empty(FIRST_CAPACITY, np.int64)
    pairs = np.empty((FIRST_CAPACITY, 2), np.int32)
    boxes = np.empty((2 * LEAF_SIZE, 6), np.float32)
    sides = np.empty((2, 3), np.int64)
    total = 0
    for leaf in range(first, end):
        if not leaf_chosen[leaf]:
            continue
        least = leaf if every else 0
        found = _overlapping_leaves(tree.boxes, leaf, least, depth, stack, levels, near)
        while found < 0:
            near = np.empty(2 * near.shape[0], np.int64)
            found = _overlapping_leaves(tree.boxes, leaf, least, depth, stack, levels, near)
        for n in range(found):
            other = near[n]
            if other < leaf and leaf_chosen[other]:
                continue
            while total + LEAF_SIZE * LEAF_SIZE > pairs.shape[0]:
                pairs = _grown(pairs)
            total = _cross_leaves(
                vertices, faces, flat, chosen, tree, leaf, other, boxes, sides, pairs, total
            )
    return pairs[:total].copy()


@part
def _cross_leaves(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    flat: NDArray[np.bool_],
    chosen: NDArray[np.bool_],
    tree: BoundingTree,
    leaf: Index,
    other: Index,
    boxes: NDArray[np.float32],
    sides: NDArray[np.int64],
    pairs: NDArray[np.int32],
    total: int,
) -> int:
    """Append the crossing pairs of two leaves, or within one; return how many there are then."""
    start, other_start = leaf * LEAF_SIZE, other * LEAF_SIZE
    stop = min(start + LEAF_SIZE, tree.order.shape[0])
    other_stop = min(other_start + LEAF_SIZE, tree.order.shape[0])
    _box_faces(tree.corners, start, stop, boxes, 0)
    _box_faces(tree.corners, other_start, other_stop, boxes, LEAF_SIZE)
    for m in range(stop - start):
        f = tree.order[start + m]
        if flat[f]:
            continue
        for n in range(m + 1 if leaf == other else 0, other_stop - other_start):
            g = tree.order[other_start + n]
            if (
                (chosen[f] or chosen[g])
                and not flat[g]
                and _overlap(boxes, m, boxes, LEAF_SIZE + n)
                and faces_cross(vertices, faces[f], faces[g], sides)
            ):
                pairs[total, 0], pairs[total, 1] = min(f, g), max(f, g)
                total += 1
    return total
