"""Rays and balls inside a solid: how far to the way out, how large a ball fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shared.kernels import kernel, part
from shared.meshing.kernels.bounding_tree import LEAF_SIZE, STACK_SIZE
from shared.meshing.kernels.distances import nearest_place

if TYPE_CHECKING:
    from numpy.typing import NDArray

EDGE_SLACK = 1e-9
"""How far outside a triangle, as a share of it, a ray still meets it: none slips between two."""
BISECTIONS = 7
"""Steps that narrow the radius between a ball that fits and one twice as large."""
HALVINGS = 24
"""How often a ball is halved before nothing is said to fit."""


@part
def _box_entry(
    boxes: NDArray[np.float32], node: int, origin: NDArray[np.float64], inverse: NDArray[np.float64]
) -> float:
    """Return where along a ray a box begins, at least 0; infinite if the ray misses it."""
    near, far = 0.0, np.inf
    if boxes[node, 0] > boxes[node, 3]:  # an empty one
        return np.inf
    for axis in range(3):
        low = np.float64(boxes[node, axis]) - origin[axis]
        high = np.float64(boxes[node, 3 + axis]) - origin[axis]
        if not np.isfinite(inverse[axis]):
            if low > 0.0 or high < 0.0:
                return np.inf
            continue
        a, b = low * inverse[axis], high * inverse[axis]
        near, far = max(near, min(a, b)), min(far, max(a, b))
    return near if near <= far * (1.0 + 1e-12) else np.inf


@part
def _exit_at(
    corners: NDArray[np.float32],
    place: int,
    origin: NDArray[np.float64],
    direction: NDArray[np.float64],
) -> float:
    """Return where a ray leaves the solid through a triangle; infinite if it does not.

    Möller and Trumbore, Fast, minimum storage ray/triangle intersection (1997).
    """
    ax, ay, az = (
        np.float64(corners[place, 0]),
        np.float64(corners[place, 1]),
        np.float64(corners[place, 2]),
    )
    ux, uy, uz = corners[place, 3] - ax, corners[place, 4] - ay, corners[place, 5] - az
    wx, wy, wz = corners[place, 6] - ax, corners[place, 7] - ay, corners[place, 8] - az
    dx, dy, dz = direction[0], direction[1], direction[2]
    nx, ny, nz = uy * wz - uz * wy, uz * wx - ux * wz, ux * wy - uy * wx
    along = nx * dx + ny * dy + nz * dz
    if along <= 0.0:
        return np.inf
    px, py, pz = origin[0] - ax, origin[1] - ay, origin[2] - az
    distance = -(nx * px + ny * py + nz * pz)
    if distance <= 0.0:
        return np.inf
    qx, qy, qz = dy * pz - dz * py, dz * px - dx * pz, dx * py - dy * px
    s = wx * qx + wy * qy + wz * qz
    t = -(ux * qx + uy * qy + uz * qz)
    slack = EDGE_SLACK * along
    if s < -slack or t < -slack or s + t > along + slack:
        return np.inf
    return distance / along


@part
def first_exit(
    origin: NDArray[np.float64],
    direction: NDArray[np.float64],
    inverse: NDArray[np.float64],
    boxes: NDArray[np.float32],
    corners: NDArray[np.float32],
    stack: NDArray[np.int64],
    waiting: NDArray[np.float64],
) -> float:
    """Return how far a ray runs until it leaves the solid; infinite if it never does."""
    leaves = (boxes.shape[0] + 1) // 2
    best = np.inf
    stack[0], waiting[0] = 0, _box_entry(boxes, 0, origin, inverse)
    top = 1
    while top > 0:
        top -= 1
        if waiting[top] >= best:
            continue
        node = stack[top]
        if node >= leaves - 1:
            start = (node - leaves + 1) * LEAF_SIZE
            for place in range(start, min(start + LEAF_SIZE, corners.shape[0])):
                best = min(best, _exit_at(corners, place, origin, direction))
            continue
        near, far = 2 * node + 1, 2 * node + 2
        near_at = _box_entry(boxes, near, origin, inverse)
        far_at = _box_entry(boxes, far, origin, inverse)
        if far_at < near_at:
            near, far = far, near
            near_at, far_at = far_at, near_at
        if far_at < best:
            stack[top], waiting[top] = far, far_at
            top += 1
        if near_at < best:
            stack[top], waiting[top] = near, near_at
            top += 1
    return best


@kernel
def exits(
    points: NDArray[np.float64],
    inward: NDArray[np.float64],
    boxes: NDArray[np.float32],
    corners: NDArray[np.float32],
    first: int,
    end: int,
    lengths: NDArray[np.float64],
) -> None:
    """Write how far the ray from each point ``first … end`` runs inside the solid."""
    stack = np.empty(STACK_SIZE, np.int64)
    waiting = np.empty(STACK_SIZE, np.float64)
    inverse = np.empty(3)
    for n in range(first, end):
        for axis in range(3):
            step = inward[n, axis]
            inverse[axis] = 1.0 / step if step != 0.0 else np.inf
        lengths[n] = first_exit(points[n], inward[n], inverse, boxes, corners, stack, waiting)


@kernel
def largest_balls(
    points: NDArray[np.float64],
    inward: NDArray[np.float64],
    chords: NDArray[np.float64],
    gap: float,
    boxes: NDArray[np.float32],
    corners: NDArray[np.float32],
    first: int,
    end: int,
    radii: NDArray[np.float64],
) -> None:
    """Write the radius of the largest ball inside the solid that touches each point.

    The middle lies on the inward normal. From half the chord on, the ball is halved until
    no face is nearer to its middle than its radius, less a share `gap` of it; then its
    radius is bisected up to the last that was too large. The radius written is the
    distance from the middle to the surface.
    """
    stack = np.empty(STACK_SIZE, np.int64)
    waiting = np.empty(STACK_SIZE, np.float64)
    place = 0
    for n in range(first, end):
        if not np.isfinite(chords[n]):
            radii[n] = np.inf
            continue
        low, high, best = 0.0, np.inf, 0.0
        radius = 0.5 * chords[n]
        bisections = halvings = 0
        while bisections < BISECTIONS and halvings < HALVINGS:
            square, place = nearest_place(
                points[n, 0] + radius * inward[n, 0],
                points[n, 1] + radius * inward[n, 1],
                points[n, 2] + radius * inward[n, 2],
                boxes,
                corners,
                place,
                stack,
                waiting,
            )
            clear = np.sqrt(square)
            if clear >= (1.0 - gap) * radius:
                low, best = radius, max(best, clear)
                if high == np.inf:
                    break
            else:
                high = radius
            if low == 0.0:
                halvings += 1
                radius *= 0.5
            else:
                bisections += 1
                radius = 0.5 * (low + high)
        radii[n] = best
