"""Distances from a point to triangles, and to the nearest of many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shared.kernels import part
from shared.meshing.kernels.bounding_tree import LEAF_SIZE

if TYPE_CHECKING:
    from numpy.typing import NDArray


@part
def _square_to_segment(
    apx: float, apy: float, apz: float, abx: float, aby: float, abz: float
) -> float:
    """Return the squared distance of p from segment ab, given p − a and b − a."""
    length = abx * abx + aby * aby + abz * abz
    t = 0.0
    if length > 0.0:
        t = min(1.0, max(0.0, (apx * abx + apy * aby + apz * abz) / length))
    x, y, z = apx - t * abx, apy - t * aby, apz - t * abz
    return x * x + y * y + z * z


@part
def square_to_triangle(
    px: float,
    py: float,
    pz: float,
    ax: float,
    ay: float,
    az: float,
    bx: float,
    by: float,
    bz: float,
    cx: float,
    cy: float,
    cz: float,
) -> float:
    """Return the squared distance of p from the triangle abc.

    The plane if p projects inside all edges, else the nearest of the three edges; a
    triangle without area is its edges.
    """
    abx, aby, abz = bx - ax, by - ay, bz - az
    acx, acy, acz = cx - ax, cy - ay, cz - az
    apx, apy, apz = px - ax, py - ay, pz - az
    nx, ny, nz = aby * acz - abz * acy, abz * acx - abx * acz, abx * acy - aby * acx
    normal = nx * nx + ny * ny + nz * nz
    if normal > 0.0:
        # weights of b and c, times the normal's square: (ap × ac) · n and (ab × ap) · n
        v = (
            (apy * acz - apz * acy) * nx
            + (apz * acx - apx * acz) * ny
            + (apx * acy - apy * acx) * nz
        )
        w = (
            (aby * apz - abz * apy) * nx
            + (abz * apx - abx * apz) * ny
            + (abx * apy - aby * apx) * nz
        )
        if v >= 0.0 and w >= 0.0 and v + w <= normal:
            height = apx * nx + apy * ny + apz * nz
            return height * height / normal
    nearest = _square_to_segment(apx, apy, apz, abx, aby, abz)
    nearest = min(nearest, _square_to_segment(apx, apy, apz, acx, acy, acz))
    return min(
        nearest,
        _square_to_segment(apx - abx, apy - aby, apz - abz, acx - abx, acy - aby, acz - abz),
    )


@part
def square_to_place(
    px: float, py: float, pz: float, corners: NDArray[np.float32], place: int
) -> float:
    """Return the squared distance of p from the triangle at `place` of ``[f 9]`` corners."""
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


@part
def square_to_box(px: float, py: float, pz: float, boxes: NDArray[np.float32], node: int) -> float:
    """Return the squared distance of p from a box; infinite from an empty one."""
    x = max(boxes[node, 0] - px, px - boxes[node, 3], 0.0)
    y = max(boxes[node, 1] - py, py - boxes[node, 4], 0.0)
    z = max(boxes[node, 2] - pz, pz - boxes[node, 5], 0.0)
    return x * x + y * y + z * z


@part
def nearest_place(
    px: float,
    py: float,
    pz: float,
    boxes: NDArray[np.float32],
    corners: NDArray[np.float32],
    guess: int,
    stack: NDArray[np.int64],
    waiting: NDArray[np.float64],
) -> tuple[float, int]:
    """Return the squared distance of p from the nearest triangle of a tree, and its place.

    `guess` is a place not far away: the better it is, the less there is to search.
    """
    leaves = (boxes.shape[0] + 1) // 2
    best_place = guess
    best = square_to_place(px, py, pz, corners, best_place)
    stack[0] = 0
    waiting[0] = square_to_box(px, py, pz, boxes, 0)
    top = 1
    while top > 0:
        top -= 1
        if waiting[top] >= best:
            continue
        node = stack[top]
        while node < leaves - 1:
            near, far = 2 * node + 1, 2 * node + 2
            near_square = square_to_box(px, py, pz, boxes, near)
            far_square = square_to_box(px, py, pz, boxes, far)
            if far_square < near_square:
                near, far = far, near
                near_square, far_square = far_square, near_square
            if far_square < best:
                stack[top] = far
                waiting[top] = far_square
                top += 1
            if near_square >= best:
                break
            node = near
        else:
            start = (node - leaves + 1) * LEAF_SIZE
            for place in range(start, min(start + LEAF_SIZE, corners.shape[0])):
                square = square_to_place(px, py, pz, corners, place)
                if square < best:
                    best = square
                    best_place = place
    return best, best_place
