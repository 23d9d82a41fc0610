"""A tree of bounding boxes over triangles, for nearest points and overlaps.

Triangles are sorted along a space-filling curve (Hilbert 1891) and packed, a few to a
leaf, into a complete binary tree whose node ``n`` has the children ``2 n + 1`` and
``2 n + 2``: no pointers, built in one pass from the leaves up (Kamel and Faloutsos, On
packing R-trees, 1993). Leaves that have no triangle have an empty box, which nothing
is near to and nothing overlaps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from shared.kernels import kernel
from shared.meshing.bounds import bounds_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAF_SIZE = 4
"""Triangles in a leaf."""
CURVE_BITS = 21
"""Bits of each coordinate in a 63-bit place on the curve."""
STACK_SIZE = 128
"""Nodes that can wait in a descent; a binary tree of 2^31 leaves needs 32."""


class BoundingTree(NamedTuple):
    """Boxes and the triangles in their leaves.

    Parameters
    ----------
    boxes
        float32 ``[nodes 6]``: low x, y, z, high x, y, z.
    order
        int32 ``[f]``: which face stands at each place of the leaves.
    corners
        float32 ``[f 9]``: the three corners of the face at each place.
    """

    boxes: NDArray[np.float32]
    order: NDArray[np.int32]
    corners: NDArray[np.float32]


def _curve_steps() -> NDArray[np.uint8]:
    """Return how the Hilbert curve runs through the eight parts of a cube, and on in them.

    ``steps[8 s + part]`` is ``8 t + turn``: in a cube that it passes in state s the curve
    is in that part at that turn, and passes the part in state t. A state is where the
    curve enters the cube, and along which axis it leaves (Hamilton and Rau-Chaplin,
    Compact Hilbert indices, 2008).
    """
    steps = np.empty(3 * 64, dtype=np.uint8)
    for state in range(24):
        entry, axis = divmod(state, 3)
        for turn in range(8):
            gray = turn ^ (turn >> 1)
            part = _rotated(gray, axis + 1) ^ entry
            before = 2 * ((turn - 1) // 2) if turn else 0
            into = entry ^ _rotated(before ^ (before >> 1), axis + 1)
            along = _low_ones(turn if turn % 2 else turn - 1) if turn else 0
            steps[8 * state + part] = 8 * (3 * into + (axis + along + 1) % 3) + turn
    return steps


def _rotated(bits: int, by: int) -> int:
    """Return three bits turned to the left."""
    by %= 3
    return (bits << by | bits >> (3 - by)) & 7


def _low_ones(number: int) -> int:
    """Return how many of the lowest bits of a number are set in a row."""
    return (~number & (number + 1)).bit_length() - 1


CURVE_STEPS = _curve_steps()
"""See `_curve_steps`."""


@kernel
def curve_places(
    points: NDArray[np.float64], low: NDArray[np.float64], cells_per_unit: float
) -> NDArray[np.uint64]:
    """Return the place of each point's cell on the Hilbert curve.

    The bits of the three cell numbers in turn (Morton 1966) tell part by part where the
    cell is; each part's turn on the curve follows from the parts around it.
    """
    places = np.empty(points.shape[0], np.uint64)
    last = (1 << CURVE_BITS) - 1
    for n in range(points.shape[0]):
        code = np.uint64(0)
        for axis in range(3):
            cell = int((points[n, axis] - low[axis]) * cells_per_unit)
            x = np.uint64(max(0, min(cell, last)))
            x = (x | (x << np.uint64(32))) & np.uint64(0x1F00000000FFFF)
            x = (x | (x << np.uint64(16))) & np.uint64(0x1F0000FF0000FF)
            x = (x | (x << np.uint64(8))) & np.uint64(0x100F00F00F00F00F)
            x = (x | (x << np.uint64(4))) & np.uint64(0x10C30C30C30C30C3)
            x = (x | (x << np.uint64(2))) & np.uint64(0x1249249249249249)
            code |= x << np.uint64(axis)
        found = state = np.uint64(0)
        for level in range(CURVE_BITS):
            part = (code >> np.uint64(3 * (CURVE_BITS - 1 - level))) & np.uint64(7)
            step = np.uint64(CURVE_STEPS[state | part])
            found = (found << np.uint64(3)) | (step & np.uint64(7))
            state = step & ~np.uint64(7)
        places[n] = found
    return places


def curve_order(points: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the order that takes points along the Hilbert curve of their bounding cube."""
    if len(points) == 0:
        return np.zeros(0, dtype=np.intp)
    low, high = bounds_of(points)
    extent = float((high - low).max())
    cells_per_unit = (1 << CURVE_BITS) / extent if extent > 0.0 else 0.0
    return np.argsort(curve_places(points, low, cells_per_unit), kind="stable")


@kernel
def _centroids(vertices: NDArray[np.float32], faces: NDArray[np.int32]) -> NDArray[np.float64]:
    points = np.empty((faces.shape[0], 3), np.float64)
    for f in range(faces.shape[0]):
        for axis in range(3):
            points[f, axis] = (
                np.float64(vertices[faces[f, 0], axis])
                + np.float64(vertices[faces[f, 1], axis])
                + np.float64(vertices[faces[f, 2], axis])
            ) / 3.0
    return points


@kernel
def _ordered_corners(
    vertices: NDArray[np.float32], faces: NDArray[np.int32], order: NDArray[np.int32]
) -> NDArray[np.float32]:
    corners = np.empty((order.shape[0], 9), np.float32)
    for place in range(order.shape[0]):
        for corner in range(3):
            for axis in range(3):
                corners[place, 3 * corner + axis] = vertices[faces[order[place], corner], axis]
    return corners


@kernel
def _pack(corners: NDArray[np.float32], leaves: int) -> NDArray[np.float32]:
    count = corners.shape[0]
    boxes = np.empty((2 * leaves - 1, 6), np.float32)
    for node in range(2 * leaves - 2, -1, -1):
        for axis in range(3):
            low, high = np.float32(np.inf), np.float32(-np.inf)
            if node >= leaves - 1:
                first = (node - leaves + 1) * LEAF_SIZE
                for place in range(first, min(first + LEAF_SIZE, count)):
                    for corner in range(3):
                        low = min(low, corners[place, 3 * corner + axis])
                        high = max(high, corners[place, 3 * corner + axis])
            else:
                low = min(boxes[2 * node + 1, axis], boxes[2 * node + 2, axis])
                high = max(boxes[2 * node + 1, 3 + axis], boxes[2 * node + 2, 3 + axis])
            boxes[node, axis] = low
            boxes[node, 3 + axis] = high
    return boxes


def ordered_faces(
    vertices: NDArray[np.float32], faces: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the order of faces along the curve, and their corners ``[f 9]`` in that order."""
    order = curve_order(_centroids(vertices, faces)).astype(np.int32)
    return order, _ordered_corners(vertices, faces, order)


def bounding_tree(vertices: NDArray[np.float32], faces: NDArray[np.int32]) -> BoundingTree:
    """Build the tree of at least one face."""
    order, corners = ordered_faces(vertices, faces)
    leaves = 1
    while leaves * LEAF_SIZE < len(faces):
        leaves *= 2
    return BoundingTree(_pack(corners, leaves), order, corners)
