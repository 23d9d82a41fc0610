"""Exact signs of determinants of float32 coordinates.

The idea is Shewchuk's (Adaptive precision floating-point arithmetic and fast robust
geometric predicates, 1997): evaluate in floating point, and where the rounding bound
cannot tell the sign, sum the exact terms as an expansion. Vertices of a mesh are
float32, which makes the exact part short: a product of two coordinates is exact in
float64, and a product of three is the sum of two float64 numbers. No translation is
made, so nothing is ever rounded. Coordinates are passed as float64 that hold float32
values; that is the only precondition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shared.kernels import part

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNIT_ROUNDOFF = 2.0**-53
"""Half the distance from 1 to the next float64."""
ORIENT_2D_BOUND = (3.0 + 16.0 * UNIT_ROUNDOFF) * UNIT_ROUNDOFF
"""Relative error of the float64 evaluation in the plane: ``ccwerrboundA`` of Shewchuk."""
ORIENT_3D_BOUND = (7.0 + 56.0 * UNIT_ROUNDOFF) * UNIT_ROUNDOFF
"""Relative error of the float64 evaluation in space: ``o3derrboundA`` of Shewchuk."""
SPLITTER = 2.0**27 + 1.0
"""Cuts a float64 into two halves of at most 26 bits (Veltkamp)."""


@part
def sign_of_sum(terms: NDArray[np.float64]) -> int:
    """Return the exact sign, −1, 0 or 1, of the sum of `terms` (grow-expansion)."""
    expansion = np.empty(terms.shape[0], np.float64)
    length = 0
    for n in range(terms.shape[0]):
        total = terms[n]
        kept = 0
        for m in range(length):
            part = expansion[m]
            rounded = total + part
            virtual = rounded - total
            error = (total - (rounded - virtual)) + (part - virtual)
            total = rounded
            if error != 0.0:
                expansion[kept] = error
                kept += 1
        if total != 0.0:
            expansion[kept] = total
            kept += 1
        length = kept
    if length == 0:
        return 0
    return 1 if expansion[length - 1] > 0.0 else -1


@part
def orient_2d(ax: float, ay: float, bx: float, by: float, cx: float, cy: float) -> int:
    """Return 1 if a, b, c turn counter-clockwise, −1 if clockwise, 0 if in line; exact."""
    left = (ax - cx) * (by - cy)
    right = (ay - cy) * (bx - cx)
    determinant = left - right
    bound = ORIENT_2D_BOUND * (abs(left) + abs(right))
    if determinant > bound:
        return 1
    if determinant < -bound:
        return -1
    if bound == 0.0:
        return 0
    terms = np.empty(6, np.float64)
    terms[0] = ax * by
    terms[1] = -ay * bx
    terms[2] = bx * cy
    terms[3] = -by * cx
    terms[4] = cx * ay
    terms[5] = -cy * ax
    return sign_of_sum(terms)


@part
def _add_product(
    terms: NDArray[np.float64], at: int, first: float, second: float, third: float
) -> int:
    pair = first * second
    scaled = SPLITTER * pair
    high = scaled - (scaled - pair)
    terms[at] = high * third
    terms[at + 1] = (pair - high) * third
    return at + 2


@part
def _add_determinant(
    terms: NDArray[np.float64],
    at: int,
    sign: float,
    ax: float,
    ay: float,
    az: float,
    bx: float,
    by: float,
    bz: float,
    cx: float,
    cy: float,
    cz: float,
) -> int:
    at = _add_product(terms, at, ax, by, sign * cz)
    at = _add_product(terms, at, ay, bx, -sign * cz)
    at = _add_product(terms, at, bx, cy, sign * az)
    at = _add_product(terms, at, by, cx, -sign * az)
    at = _add_product(terms, at, cx, ay, sign * bz)
    return _add_product(terms, at, cy, ax, -sign * bz)


@part
def _orient_3d_exact(
    ax: float,
    ay: float,
    az: float,
    bx: float,
    by: float,
    bz: float,
    cx: float,
    cy: float,
    cz: float,
    dx: float,
    dy: float,
    dz: float,
) -> int:
    terms = np.empty(48, np.float64)
    at = _add_determinant(terms, 0, 1.0, ax, ay, az, bx, by, bz, cx, cy, cz)
    at = _add_determinant(terms, at, -1.0, ax, ay, az, bx, by, bz, dx, dy, dz)
    at = _add_determinant(terms, at, 1.0, ax, ay, az, cx, cy, cz, dx, dy, dz)
    _add_determinant(terms, at, -1.0, bx, by, bz, cx, cy, cz, dx, dy, dz)
    return sign_of_sum(terms)


@part
def orient_3d(
    ax: float,
    ay: float,
    az: float,
    bx: float,
    by: float,
    bz: float,
    cx: float,
    cy: float,
    cz: float,
    dx: float,
    dy: float,
    dz: float,
) -> int:
    """Return the exact sign of ``det[a − d, b − d, c − d]``.

    It is −1 where d lies on the side that the normal of (a, b, c), counter-clockwise,
    points to; 1 on the other; 0 in the plane.
    """
    adx, ady, adz = ax - dx, ay - dy, az - dz
    bdx, bdy, bdz = bx - dx, by - dy, bz - dz
    cdx, cdy, cdz = cx - dx, cy - dy, cz - dz
    bc, cb = bdx * cdy, cdx * bdy
    ca, ac = cdx * ady, adx * cdy
    ab, ba = adx * bdy, bdx * ady
    determinant = adz * (bc - cb) + bdz * (ca - ac) + cdz * (ab - ba)
    permanent = (
        abs(adz) * (abs(bc) + abs(cb))
        + abs(bdz) * (abs(ca) + abs(ac))
        + abs(cdz) * (abs(ab) + abs(ba))
    )
    bound = ORIENT_3D_BOUND * permanent
    if determinant > bound:
        return 1
    if determinant < -bound:
        return -1
    if permanent == 0.0:
        return 0
    return _orient_3d_exact(ax, ay, az, bx, by, bz, cx, cy, cz, dx, dy, dz)


@part
def is_collinear(vertices: NDArray[np.float32], a: int, b: int, c: int) -> bool:
    """Return whether three vertices lie exactly on one line (or coincide)."""
    for axis in range(3):
        u, w = (axis + 1) % 3, (axis + 2) % 3
        sign = orient_2d(
            np.float64(vertices[a, u]),
            np.float64(vertices[a, w]),
            np.float64(vertices[b, u]),
            np.float64(vertices[b, w]),
            np.float64(vertices[c, u]),
            np.float64(vertices[c, w]),
        )
        if sign != 0:
            return False
    return True
