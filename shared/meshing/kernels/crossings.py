"""Do two triangles meet where they should not? Exact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shared.kernels import kernel
from shared.meshing.kernels import Index
from shared.meshing.kernels.bounding_tree import LEAF_SIZE, STACK_SIZE, BoundingTree
from shared.meshing.kernels.predicates import orient_2d, orient_3d

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRST_CAPACITY = 64
"""Pairs a slab has room for before it grows."""


@kernel
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


@kernel
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


@kernel
def _seen_axis(vertices: NDArray[np.float32], a: Index, b: Index, c: Index) -> int:
    """Return an axis along which abc is not seen edge on; abc has an area."""
    if turn(vertices, 0, a, b, c) != 0:
        return 0
    return 1 if turn(vertices, 1, a, b, c) != 0 else 2


@kernel
def _segment_meets(
    vertices: NDArray[np.float32], p: Index, q: Index, a: Index, b: Index, c: Index
) -> bool:
    """Return whether the line pq, not in the plane abc, meets the closed triangle abc."""
    first = side(vertices, p, q, a, b)
    second = side(vertices, p, q, b, c)
    if first * second < 0:
        return False
    third = side(vertices, p, q, c, a)
    return first * third >= 0 and second * third >= 0


@kernel
def _edges_fold(vertices: NDArray[np.float32], a: Index, b: Index, c: Index, d: Index) -> bool:
    """Return whether abc and abd, which share the edge ab, overlap: folded flat on each other."""
    if side(vertices, a, b, c, d) != 0:
        return False
    axis = _seen_axis(vertices, a, b, c)
    return turn(vertices, axis, a, b, c) == turn(vertices, axis, a, b, d)


@kernel
def _in_sector(
    vertices: NDArray[np.float32], axis: int, v: Index, a: Index, b: Index, x: Index
) -> bool:
    """Return whether, seen along `axis`, the ray v → x lies in the closed corner (a, v, b)."""
    sign = turn(vertices, axis, v, a, b)
    return sign * turn(vertices, axis, v, a, x) >= 0 and sign * turn(vertices, axis, v, x, b) >= 0


@kernel
def _corners_meet(
    vertices: NDArray[np.float32], v: Index, a: Index, b: Index, c: Index, d: Index
) -> bool:
    """Return whether vab and vcd, which share v alone, have more than v in common."""
    side_c, side_d = side(vertices, v, a, b, c), side(vertices, v, a, b, d)
    if side_c * side_d > 0:
        return False
    if side_c == 0 and side_d == 0:
        axis = _seen_axis(vertices, v, a, b)
        return (
            _in_sector(vertices, axis, v, a, b, c)
            or _in_sector(vertices, axis, v, a, b, d)
            or _in_sector(vertices, axis, v, c, d, a)
            or _in_sector(vertices, axis, v, c, d, b)
        )
    side_a, side_b = side(vertices, v, c, d, a), side(vertices, v, c, d, b)
    if side_a * side_b > 0:
        return False
    return _segment_meets(vertices, c, d, v, a, b) or _segment_meets(vertices, a, b, v, c, d)


@kernel
def _flat_segments_meet(
    vertices: NDArray[np.float32], axis: int, p: Index, q: Index, r: Index, s: Index
) -> bool:
    """Return whether closed segments pq and rs of one plane meet, seen along `axis`.

    Segments in one line are left to the caller's inside tests of their ends.
    """
    first = turn(vertices, axis, p, q, r) * turn(vertices, axis, p, q, s)
    second = turn(vertices, axis, r, s, p) * turn(vertices, axis, r, s, q)
    return (first < 0 and second <= 0) or (first <= 0 and second < 0)


@kernel
def _flat_inside(
    vertices: NDArray[np.float32], axis: int, x: Index, a: Index, b: Index, c: Index
) -> bool:
    """Return whether x lies in the closed triangle abc of its plane, seen along `axis`."""
    sign = turn(vertices, axis, a, b, c)
    return (
        sign * turn(vertices, axis, a, b, x) >= 0
        and sign * turn(vertices, axis, b, c, x) >= 0
        and sign * turn(vertices, axis, c, a, x) >= 0
    )


@kernel
def _flat_triangles_meet(
    vertices: NDArray[np.float32], first: NDArray[np.int32], second: NDArray[np.int32]
) -> bool:
    axis = _seen_axis(vertices, first[0], first[1], first[2])
    for i in range(3):
        if _flat_inside(vertices, axis, first[i], second[0], second[1], second[2]):
            return True
        if _flat_inside(vertices, axis, second[i], first[0], first[1], first[2]):
            return True
        for j in range(3):
            if _flat_segments_meet(
                vertices, axis, first[i], first[(i + 1) % 3], second[j], second[(j + 1) % 3]
            ):
                return True
    return False


@kernel
def _parts(first: int, second: int) -> bool:
    """Return whether a plane parts, or touches but does not hold, a segment with these sides."""
    return first * second <= 0 and first != second


@kernel
def _any_edge_meets(
    vertices: NDArray[np.float32],
    first: NDArray[np.int32],
    second: NDArray[np.int32],
    s0: int,
    s1: int,
    s2: int,
) -> bool:
    """Return whether an edge of `second`, whose corners have these sides, meets `first`.

    An edge in the plane of `first` is left out: the edges beside it, or those of
    `first`, meet whatever it meets.
    """
    a, b, c = first[0], first[1], first[2]
    return (
        (_parts(s0, s1) and _segment_meets(vertices, second[0], second[1], a, b, c))
        or (_parts(s1, s2) and _segment_meets(vertices, second[1], second[2], a, b, c))
        or (_parts(s2, s0) and _segment_meets(vertices, second[2], second[0], a, b, c))
    )


@kernel
def _strangers_meet(
    vertices: NDArray[np.float32], first: NDArray[np.int32], second: NDArray[np.int32]
) -> bool:
    """Return whether two triangles without a common vertex have a point in common."""
    s0 = side(vertices, first[0], first[1], first[2], second[0])
    s1 = side(vertices, first[0], first[1], first[2], second[1])
    s2 = side(vertices, first[0], first[1], first[2], second[2])
    if (s0 > 0 and s1 > 0 and s2 > 0) or (s0 < 0 and s1 < 0 and s2 < 0):
        return False
    if s0 == 0 and s1 == 0 and s2 == 0:
        return _flat_triangles_meet(vertices, first, second)
    t0 = side(vertices, second[0], second[1], second[2], first[0])
    t1 = side(vertices, second[0], second[1], second[2], first[1])
    t2 = side(vertices, second[0], second[1], second[2], first[2])
    if (t0 > 0 and t1 > 0 and t2 > 0) or (t0 < 0 and t1 < 0 and t2 < 0):
        return False
    return _any_edge_meets(vertices, first, second, s0, s1, s2) or _any_edge_meets(
        vertices, second, first, t0, t1, t2
    )


@kernel
def faces_cross(
    vertices: NDArray[np.float32], first: NDArray[np.int32], second: NDArray[np.int32]
) -> bool:
    """Return whether two faces have a point in common beside the vertices they share.

    Both have an area, and equal vertices have equal numbers.
    """
    common = 0
    i0 = j0 = 0
    unlike_i, unlike_j = 3, 3
    for i in range(3):
        for j in range(3):
            if first[i] == second[j]:
                common += 1
                i0, j0 = i, j
                unlike_i -= i
                unlike_j -= j
    if common == 0:
        return _strangers_meet(vertices, first, second)
    if common == 1:
        return _corners_meet(
            vertices,
            first[i0],
            first[(i0 + 1) % 3],
            first[(i0 + 2) % 3],
            second[(j0 + 1) % 3],
            second[(j0 + 2) % 3],
        )
    if common == 2:
        c, d = first[unlike_i], second[unlike_j]
        return _edges_fold(vertices, first[(unlike_i + 1) % 3], first[(unlike_i + 2) % 3], c, d)
    return True


@kernel
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


@kernel
def _grown(pairs: NDArray[np.int32]) -> NDArray[np.int32]:
    more = np.empty((2 * pairs.shape[0], 2), np.int32)
    for n in range(pairs.shape[0]):
        more[n, 0], more[n, 1] = pairs[n, 0], pairs[n, 1]
    return more


@kernel
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


@kernel
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
                vertices, faces, flat, chosen, tree, leaf, other, boxes, pairs, total
            )
    return pairs[:total].copy()


@kernel
def _cross_leaves(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    flat: NDArray[np.bool_],
    chosen: NDArray[np.bool_],
    tree: BoundingTree,
    leaf: Index,
    other: Index,
    boxes: NDArray[np.float32],
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
                and faces_cross(vertices, faces[f], faces[g])
            ):
                pairs[total, 0], pairs[total, 1] = min(f, g), max(f, g)
                total += 1
    return total
