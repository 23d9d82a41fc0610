"""The nearest of many triangles, eight boxes at a time.

Triangles in the order of a space-filling curve are taken together by eights, and those
by eights again, up to one root (a packed R-tree: Kamel and Faloutsos, 1993). The eight
boxes of a block lie side by side in memory, so that their distances from a point are
found at once (Wald, Benthin and Boulos, Getting rid of packets, 2008).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from shared.borrowing import borrowed
from shared.kernels import inlined, kernel
from shared.meshing.kernels.distances import square_to_triangle

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH = 8
"""Boxes in a block: a vector register of float32."""
BLOCK = 6 * WIDTH
"""Numbers in a block."""
Y = np.uint64(WIDTH)
"""Where y stands in a block, after x."""
Z = np.uint64(2 * WIDTH)
"""Where z stands."""
WAITING = 128
"""Blocks that can wait in a descent; 2^31 triangles need 7 on each of 11 levels."""


class BlockTree(NamedTuple):
    """Blocks of boxes over triangles.

    Parameters
    ----------
    blocks
        float32 ``[48 blocks]``: low x of eight boxes, low y, low z, high x, y, z, of one
        block after the other. The blocks over triangles come first, the root last; a
        place without a triangle has an empty box.
    below
        int32 ``[blocks]``: the place of the first triangle, or the first block, under each.
    corners
        float32 ``[f 9]``: the three corners of the triangle at each place.
    """

    blocks: NDArray[np.float32]
    below: NDArray[np.int32]
    corners: NDArray[np.float32]


@kernel
def block_tree(corners: NDArray[np.float32]) -> BlockTree:
    """Build the tree over at least one triangle ``[f 9]``, neighbors side by side."""
    total = level = (corners.shape[0] + WIDTH - 1) // WIDTH
    while level > 1:
        level = (level + WIDTH - 1) // WIDTH
        total += level
    blocks = np.empty(total * BLOCK, np.float32)
    below = np.empty(total, np.int32)
    under, children = 0, corners.shape[0]
    block = 0
    over_triangles = True
    while over_triangles or children > 1:
        start = block
        for first in range(0, children, WIDTH):
            below[block] = under + first
            for k in range(WIDTH):
                for axis in range(3):
                    low, high = np.float32(np.inf), np.float32(-np.inf)
                    if first + k < children:
                        child = under + first + k
                        if over_triangles:
                            for at in range(axis, 9, 3):
                                low = min(low, corners[child, at])
                                high = max(high, corners[child, at])
                        else:
                            for at in range(WIDTH):
                                low = min(low, blocks[child * BLOCK + axis * WIDTH + at])
                                high = max(high, blocks[child * BLOCK + (3 + axis) * WIDTH + at])
                    blocks[block * BLOCK + axis * WIDTH + k] = low
                    blocks[block * BLOCK + (3 + axis) * WIDTH + k] = high
            block += 1
        under, children = start, block - start
        over_triangles = False
    return BlockTree(blocks, below, corners)


@inlined
def _square_to_place(
    px: float, py: float, pz: float, corners: NDArray[np.float32], place: int
) -> float:
    return square_to_triangle(
        px,
        py,
        pz,
        np.float64(corners[place, 0]),
        np.float64(corners[place, 1]),
        np.float64(corners[place, 2]),
        np.float64(corners[place, 3]),
        np.float64(corners[place, 4]),
        np.float64(corners[place, 5]),
        np.float64(corners[place, 6]),
        np.float64(corners[place, 7]),
        np.float64(corners[place, 8]),
    )


@inlined
def _outside(p: float, low: float, high: float) -> float:
    """Return how far p is from an interval."""
    below, above = low - p, p - high
    larger = below if below > above else above
    return larger if larger > 0.0 else 0.0


@inlined
def _squares_to_boxes(
    px: float,
    py: float,
    pz: float,
    blocks: NDArray[np.float32],
    block: int,
    width: np.uint64,
    squares: NDArray[np.float64],
) -> None:
    """Write the squared distances of p from the boxes of a block; infinite from empty ones."""
    low = np.uint64(block * BLOCK)
    high = low + np.uint64(3 * WIDTH)
    for k in range(width):
        x = _outside(px, blocks[low + k], blocks[high + k])
        y = _outside(py, blocks[low + Y + k], blocks[high + Y + k])
        z = _outside(pz, blocks[low + Z + k], blocks[high + Z + k])
        squares[k] = x * x + y * y + z * z


@kernel
def nearest_squares(
    points: NDArray[np.float64],
    tree: BlockTree,
    enough: float,
    squares: NDArray[np.float64],
    first: int,
    end: int,
) -> None:
    """Write the squared distance of each of the points ``first … end`` from a tree.

    A search that has found a triangle not farther than `enough` (a square) ends there:
    what it writes is not more than that, and not less than the truth. Each search starts
    from the answer of the point before, so points in the order of a space-filling curve
    have less to search.
    """
    blocks, below, corners = borrowed(tree.blocks), borrowed(tree.below), borrowed(tree.corners)
    over_triangles = (corners.shape[0] + WIDTH - 1) // WIDTH
    stack = np.empty(WAITING, np.int64)
    waiting = np.empty(WAITING, np.float64)
    boxes = np.empty(WIDTH, np.float64)
    guess = 0
    # the width as a variable: a loop of constant length is unrolled, not made vectors of
    width = np.uint64(blocks.shape[0] // (6 * below.shape[0]))
    for n in range(first, end):
        px, py, pz = points[n, 0], points[n, 1], points[n, 2]
        best = _square_to_place(px, py, pz, corners, guess)
        stack[0], waiting[0] = below.shape[0] - 1, 0.0
        top = 1
        while top > 0 and best > enough:
            top -= 1
            if waiting[top] >= best:
                continue
            block = stack[top]
            _squares_to_boxes(px, py, pz, blocks, block, width, boxes)
            if block < over_triangles:
                nearest = 0
                for k in range(1, WIDTH):
                    nearest = k if boxes[k] < boxes[nearest] else nearest
                for turn in range(WIDTH):
                    k = (nearest + turn) & (WIDTH - 1)
                    if boxes[k] < best:
                        place = below[block] + k
                        square = _square_to_place(px, py, pz, corners, place)
                        if square < best:
                            best, guess = square, place
                            if best <= enough:
                                break
                continue
            start = top
            for k in range(WIDTH):
                if boxes[k] < best:
                    stack[top], waiting[top] = below[block] + k, boxes[k]
                    top += 1
            for at in range(start, top - 1):  # the nearest goes on top
                if waiting[at] < waiting[top - 1]:
                    stack[at], stack[top - 1] = stack[top - 1], stack[at]
                    waiting[at], waiting[top - 1] = waiting[top - 1], waiting[at]
        squares[n] = best
