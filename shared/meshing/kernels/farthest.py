"""How far a face can be from a surface, everywhere on it: bounds, not samples.

The distance from one triangle t is convex, so on a piece of a face it is nowhere more
than in the piece's corners: the least of that over a few near t bounds the distance of
the piece from the surface. So does the distance of its middle and its radius. A piece
for which neither is good enough is cut in four (Tang, Lee and Kim, Interactive
Hausdorff distance computation for general polygonal models, 2009).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shared.kernels import kernel, part
from shared.meshing.kernels import Index
from shared.meshing.kernels.bounding_tree import STACK_SIZE, BoundingTree
from shared.meshing.kernels.distances import nearest_place, square_to_place

if TYPE_CHECKING:
    from numpy.typing import NDArray

PIECES = 128
"""Pieces that can wait; cutting 40 times in four leaves three each time."""
MAXIMUM_DEPTH = 40
"""Cuts after which a piece is taken as it is: far below the rounding of float32."""


@part
def _cut(pieces: NDArray[np.float64], top: int) -> None:
    """Replace piece ``top`` by its four quarters, at ``top … top + 3``."""
    for axis in range(3):
        a, b, c = pieces[top, axis], pieces[top, 3 + axis], pieces[top, 6 + axis]
        ab, bc, ca = 0.5 * (a + b), 0.5 * (b + c), 0.5 * (c + a)
        for n in range(4):
            corners = (a, ab, ca)
            if n == 1:
                corners = (ab, b, bc)
            elif n == 2:
                corners = (ca, bc, c)
            elif n == 3:
                corners = (ab, bc, ca)
            for k in range(3):
                pieces[top + n, 3 * k + axis] = corners[k]


@part
def _radius(piece: NDArray[np.float64], x: float, y: float, z: float) -> float:
    """Return the distance of the farthest corner of a piece from a point."""
    largest = 0.0
    for k in range(3):
        dx, dy, dz = piece[3 * k] - x, piece[3 * k + 1] - y, piece[3 * k + 2] - z
        largest = max(largest, dx * dx + dy * dy + dz * dz)
    return np.sqrt(largest)


@part
def _from_triangle(piece: NDArray[np.float64], corners: NDArray[np.float32], place: Index) -> float:
    """Return the largest distance of a piece from one triangle: that of a corner."""
    largest = 0.0
    for k in range(3):
        square = square_to_place(piece[3 * k], piece[3 * k + 1], piece[3 * k + 2], corners, place)
        largest = max(largest, square)
    return np.sqrt(largest)


@kernel
def farthest(
    sources: NDArray[np.float64],
    tree: BoundingTree,
    accepted: float,
    tolerance: float,
    least: float,
    bounds: NDArray[np.float64],
    first: int,
    end: int,
) -> None:
    """Write an upper bound of the distance of each of the faces ``first … end`` from a tree.

    Parameters
    ----------
    sources
        float64 ``[n 9]``, corners of the faces.
    tree
        The surface they are taken to.
    accepted
        Bounds need not be sharper than this.
    tolerance
        Nor than this relative excess over the largest distance met on the face.
    least
        Pieces smaller than this need not be cut.
    bounds
        float64 ``[n]``, written.
    first, end
        Which faces.
    """
    stack = np.empty(STACK_SIZE, np.int64)
    waiting = np.empty(STACK_SIZE, np.float64)
    pieces = np.empty((PIECES, 9), np.float64)
    depths = np.empty(PIECES, np.int64)
    place = 0
    for n in range(first, end):
        pieces[0] = sources[n]
        depths[0] = 0
        top = 0
        bound = lowest = 0.0
        while top >= 0:
            piece = pieces[top]
            x = (piece[0] + piece[3] + piece[6]) / 3.0
            y = (piece[1] + piece[4] + piece[7]) / 3.0
            z = (piece[2] + piece[5] + piece[8]) / 3.0
            square, place = nearest_place(x, y, z, tree.boxes, tree.corners, place, stack, waiting)
            radius = _radius(piece, x, y, z)
            lowest = max(lowest, np.sqrt(square))
            value = min(np.sqrt(square) + radius, _from_triangle(piece, tree.corners, place))
            enough = max(accepted, bound, (1.0 + tolerance) * lowest)
            if value <= enough or radius <= least or depths[top] == MAXIMUM_DEPTH:
                bound = max(bound, value)
                top -= 1
                continue
            _cut(pieces, top)
            depth = depths[top] + 1
            for k in range(4):
                depths[top + k] = depth
            top += 3
        bounds[n] = bound


@kernel
def mark_overlapping(
    boxes: NDArray[np.float32], tree: BoundingTree, leaf_size: int, marked: NDArray[np.bool_]
) -> None:
    """Mark the faces of a tree in leaves that overlap any of the boxes ``[n 6]``."""
    leaves = (tree.boxes.shape[0] + 1) // 2
    stack = np.empty(STACK_SIZE, np.int64)
    for n in range(boxes.shape[0]):
        stack[0] = 0
        top = 1
        while top > 0:
            top -= 1
            node = stack[top]
            apart = False
            for axis in range(3):
                apart = apart or boxes[n, axis] > tree.boxes[node, 3 + axis]
                apart = apart or boxes[n, 3 + axis] < tree.boxes[node, axis]
            if apart:
                continue
            if node < leaves - 1:
                stack[top] = 2 * node + 1
                stack[top + 1] = 2 * node + 2
                top += 2
                continue
            start = (node - leaves + 1) * leaf_size
            for place in range(start, min(start + leaf_size, tree.order.shape[0])):
                marked[tree.order[place]] = True


@kernel
def faces_near_boxes(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    boxes: NDArray[np.float64],
    low: NDArray[np.float64],
    cells_per_unit: float,
    size: int,
) -> NDArray[np.bool_]:
    """Return which faces share a cell of a coarse grid with any of the boxes ``[n 6]``.

    The grid has `size` cells along each axis from `low` on. All faces that overlap a box
    are found, and some that do not.
    """
    marked = np.zeros((size, size, size), np.bool_)
    first, last = np.empty(3, np.int64), np.empty(3, np.int64)
    for n in range(boxes.shape[0]):
        for axis in range(3):
            at = (boxes[n, axis] - low[axis]) * cells_per_unit
            first[axis] = max(0, min(size - 1, int(np.floor(at))))
            at = (boxes[n, 3 + axis] - low[axis]) * cells_per_unit
            last[axis] = max(0, min(size - 1, int(np.floor(at))))
        marked[first[0] : last[0] + 1, first[1] : last[1] + 1, first[2] : last[2] + 1] = True
    near = np.zeros(faces.shape[0], np.bool_)
    for f in range(faces.shape[0]):
        a, b, c = faces[f]
        for axis in range(3):
            x, y, z = vertices[a, axis], vertices[b, axis], vertices[c, axis]
            at = (np.float64(min(x, y, z)) - low[axis]) * cells_per_unit
            first[axis] = max(0, min(size - 1, int(np.floor(at))))
            at = (np.float64(max(x, y, z)) - low[axis]) * cells_per_unit
            last[axis] = max(0, min(size - 1, int(np.floor(at))))
        for i in range(first[0], last[0] + 1):
            for j in range(first[1], last[1] + 1):
                for k in range(first[2], last[2] + 1):
                    near[f] = near[f] or marked[i, j, k]
    return near
