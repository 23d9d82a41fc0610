"""Error quadrics: the sum of squared distances from planes, as ten numbers a vertex.

Garland and Heckbert, Surface simplification using quadric error metrics (1997). A
quadric holds ``a² ab ac ad b² bc bd c² cd d²`` of planes ``a x + b y + c z + d = 0``,
each weighted by the area of its face, so its trace is an area.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shared.kernels import inlined, kernel
from shared.meshing.kernels import Index

if TYPE_CHECKING:
    from numpy.typing import NDArray

QUADRIC_SIZE = 10
"""Distinct entries of a symmetric 4×4 matrix."""
PULL_TO_MIDDLE = 1e-5
"""Weight of the distance from the edge's middle, as a share of the quadric's trace.

It makes the best position unique where the planes leave it open, moves it by a
thousandth of its height where they do not (compare Trettner and Kobbelt, Fast and
robust QEM minimization using probabilistic quadrics, 2020), and spreads vertices evenly.
"""
LENGTH_COST = 1e-6
"""Share of an edge's squared length added to its squared error: short edges go first."""


@inlined
def _mean_area(positions: NDArray[np.float64], faces: NDArray[np.int32]) -> float:
    total = 0.0
    for f in range(faces.shape[0]):
        p, q, r = faces[f, 0], faces[f, 1], faces[f, 2]
        px, py, pz = positions[p, 0], positions[p, 1], positions[p, 2]
        ux, uy, uz = positions[q, 0] - px, positions[q, 1] - py, positions[q, 2] - pz
        wx, wy, wz = positions[r, 0] - px, positions[r, 1] - py, positions[r, 2] - pz
        a, b, c = uy * wz - uz * wy, uz * wx - ux * wz, ux * wy - uy * wx
        total += 0.5 * np.sqrt(a * a + b * b + c * c)
    return total / max(1, faces.shape[0])


@kernel
def vertex_quadrics(
    positions: NDArray[np.float64], faces: NDArray[np.int32], least_share: float
) -> NDArray[np.float64]:
    """Return the sum of the quadrics of the faces around each vertex, ``[v 10]``.

    Each face weighs its area and `least_share` of the mean area.
    """
    quadrics = np.zeros((positions.shape[0], QUADRIC_SIZE))
    least_area = least_share * _mean_area(positions, faces)
    for f in range(faces.shape[0]):
        p, q, r = faces[f, 0], faces[f, 1], faces[f, 2]
        px, py, pz = positions[p, 0], positions[p, 1], positions[p, 2]
        ux, uy, uz = positions[q, 0] - px, positions[q, 1] - py, positions[q, 2] - pz
        wx, wy, wz = positions[r, 0] - px, positions[r, 1] - py, positions[r, 2] - pz
        a, b, c = uy * wz - uz * wy, uz * wx - ux * wz, ux * wy - uy * wx
        length = np.sqrt(a * a + b * b + c * c)
        if length == 0.0:
            continue
        weight = 0.5 * length + least_area
        a, b, c = a / length, b / length, c / length
        d = -(a * px + b * py + c * pz)
        for corner in range(3):
            v = faces[f, corner]
            quadrics[v, 0] += weight * a * a
            quadrics[v, 1] += weight * a * b
            quadrics[v, 2] += weight * a * c
            quadrics[v, 3] += weight * a * d
            quadrics[v, 4] += weight * b * b
            quadrics[v, 5] += weight * b * c
            quadrics[v, 6] += weight * b * d
            quadrics[v, 7] += weight * c * c
            quadrics[v, 8] += weight * c * d
            quadrics[v, 9] += weight * d * d
    return quadrics


@inlined
def trace(quadrics: NDArray[np.float64], v: Index) -> float:
    """Return the sum of the weights of a vertex's planes: an area."""
    return quadrics[v, 0] + quadrics[v, 4] + quadrics[v, 7]


@inlined
def best_merge(
    positions: NDArray[np.float64],
    quadrics: NDArray[np.float64],
    u: Index,
    v: Index,
    origin: NDArray[np.float64],
    place: NDArray[np.float64],
) -> float:
    """Write where u and v should merge into `place`, and return what it costs.

    The position minimizes the sum of both quadrics and a weak pull to the edge's
    middle. It is rounded to float32 in world coordinates (`positions` + `origin`), so
    what is checked is what is written.
    """
    aa = quadrics[u, 0] + quadrics[v, 0]
    ab = quadrics[u, 1] + quadrics[v, 1]
    ac = quadrics[u, 2] + quadrics[v, 2]
    ad = quadrics[u, 3] + quadrics[v, 3]
    bb = quadrics[u, 4] + quadrics[v, 4]
    bc = quadrics[u, 5] + quadrics[v, 5]
    bd = quadrics[u, 6] + quadrics[v, 6]
    cc = quadrics[u, 7] + quadrics[v, 7]
    cd = quadrics[u, 8] + quadrics[v, 8]
    dd = quadrics[u, 9] + quadrics[v, 9]
    trace = aa + bb + cc
    mx = 0.5 * (positions[u, 0] + positions[v, 0])
    my = 0.5 * (positions[u, 1] + positions[v, 1])
    mz = 0.5 * (positions[u, 2] + positions[v, 2])
    pull = PULL_TO_MIDDLE * trace
    # minimize about the middle: (A + pull) h = −(A m + b)
    gx = -(aa * mx + ab * my + ac * mz + ad)
    gy = -(ab * mx + bb * my + bc * mz + bd)
    gz = -(ac * mx + bc * my + cc * mz + cd)
    pa, pb, pc = aa + pull, bb + pull, cc + pull
    ia, ib, ic = pb * pc - bc * bc, ac * bc - ab * pc, ab * bc - ac * pb
    determinant = pa * ia + ab * ib + ac * ic
    x, y, z = mx, my, mz
    if determinant > 0.0:
        id_, ie, if_ = pa * pc - ac * ac, ab * ac - pa * bc, pa * pb - ab * ab
        x += (ia * gx + ib * gy + ic * gz) / determinant
        y += (ib * gx + id_ * gy + ie * gz) / determinant
        z += (ic * gx + ie * gy + if_ * gz) / determinant
    x = np.float64(np.float32(x + origin[0])) - origin[0]
    y = np.float64(np.float32(y + origin[1])) - origin[1]
    z = np.float64(np.float32(z + origin[2])) - origin[2]
    place[0], place[1], place[2] = x, y, z
    error = x * (aa * x + 2.0 * (ab * y + ac * z + ad)) + y * (bb * y + 2.0 * (bc * z + bd))
    error += z * (cc * z + 2.0 * cd) + dd
    ux, uy, uz = (
        positions[u, 0] - positions[v, 0],
        positions[u, 1] - positions[v, 1],
        positions[u, 2] - positions[v, 2],
    )
    return max(0.0, error) + LENGTH_COST * trace * (ux * ux + uy * uy + uz * uz)
