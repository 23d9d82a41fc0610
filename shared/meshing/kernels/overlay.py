"""How far a patch moves when two vertices merge: a bound that holds everywhere.

When u and v merge into p, the faces around them (the old patch) are replaced by a fan
around p (the new patch) with the same rim. Lay both patches into one plane so that
neither folds. Their edges then cut the plane into convex cells in which both surfaces
are linear, so the distance between points that lie on each other is convex in a cell,
and largest in a corner of one: a vertex of either patch, or a crossing of their edges.
The largest of these distances bounds the Hausdorff distance of the patches in both
directions, because every point of either patch has a partner on the other (Cohen,
Manocha and Olano, Simplifying polygonal models using successive mappings, 1997).

Each face carries the bound gathered so far, from the first surface to the present
one. A cell's bound is that of the old face in it plus the largest distance in its
corners.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shared.kernels import inlined
from shared.meshing.kernels import Index

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAXIMUM_RIM = 64
"""Vertices of a rim above which no bound is sought."""
U, V, P = MAXIMUM_RIM, MAXIMUM_RIM + 1, MAXIMUM_RIM + 2
"""Columns of the inner points of a patch."""
X, Y, Z, FLAT_X, FLAT_Y, BOUND, NEW_BOUND, SPOKE = range(8)
"""Rows of a patch; see `patch`."""
NAME, FACE = 0, 1
"""Rows of the names of a patch."""
LEAST_AREA = 1e-12
"""Flat faces smaller than this share of the patch count as folded: rounding is far below."""


def patch() -> NDArray[np.float64]:
    """Return room for the surroundings of an edge that may collapse, ``[8 MAXIMUM_RIM + 3]``.

    The rim runs counter-clockwise and starts at the vertex c that u and v share on the
    left of u → v. Old face n joins rim vertices n and n + 1 with u for the first faces,
    with v for the others; new face n joins them with p. Two more old faces join u, v and
    c, and u, v and the other shared vertex: they stand behind the last one.

    The rows: position; position in the plane, where p is the origin; bounds of the old
    faces and of the new; the largest value at a rim vertex and on the new edge to it. The
    columns: the rim, then u, v, p.
    """
    return np.empty((8, MAXIMUM_RIM + 3))


def patch_names() -> NDArray[np.int32]:
    """Return room for the numbers of the rim's vertices and of the old faces."""
    return np.empty((2, MAXIMUM_RIM + 2), np.int32)


@inlined
def order_rim(
    names: NDArray[np.int32],
    u: Index,
    v: Index,
    ring_u: NDArray[np.int32],
    count_u: int,
    ring_v: NDArray[np.int32],
    count_v: int,
) -> int:
    """Write the names of rim and old faces in order; return the rim's length, 0 if too long.

    The first ``count_u − 2`` faces belong to u.
    """
    length = count_u + count_v - 4
    if length > MAXIMUM_RIM:
        return 0
    at = np.int64(-1)
    for i in range(count_u):
        if ring_u[i, 1] == v:
            at = np.int64(ring_u[i, 2])
            names[FACE, length] = ring_u[i, 0]
    for j in range(count_v):
        if ring_v[j, 1] == u:
            names[FACE, length + 1] = ring_v[j, 0]
    for n in range(length):
        names[NAME, n] = at
        ring, count, other = (ring_u, count_u, v) if n < count_u - 2 else (ring_v, count_v, u)
        found = -1
        for i in range(count):
            if ring[i, 1] == at and ring[i, 2] != other:
                found = i
        if found < 0:
            return 0
        names[FACE, n] = ring[found, 0]
        at = np.int64(ring[found, 2])
    return length


@inlined
def load_patch(
    patch: NDArray[np.float64],
    names: NDArray[np.int32],
    length: int,
    positions: NDArray[np.float64],
    bounds: NDArray[np.float64],
    u: Index,
    v: Index,
    place: NDArray[np.float64],
) -> None:
    """Copy positions, and the bounds of the old faces, into the patch."""
    for axis in range(3):
        patch[axis, U] = positions[u, axis]
        patch[axis, V] = positions[v, axis]
        patch[axis, P] = place[axis]
        for n in range(length):
            patch[axis, n] = positions[names[NAME, n], axis]
    for n in range(length + 2):
        patch[BOUND, n] = bounds[names[FACE, n]]


@inlined
def _from_place(patch: NDArray[np.float64], n: int) -> tuple[float, float, float]:
    """Return where column n stands in space, seen from p."""
    return patch[X, n] - patch[X, P], patch[Y, n] - patch[Y, P], patch[Z, n] - patch[Z, P]


@inlined
def project(patch: NDArray[np.float64], length: int) -> None:
    """Lay the patch into the plane that its faces span on average.

    The sum of the normals of old and new faces is the same: it depends on the rim alone.
    """
    nx = ny = nz = 0.0
    for n in range(length):
        ax, ay, az = _from_place(patch, n)
        bx, by, bz = _from_place(patch, n + 1 if n + 1 < length else 0)
        nx += ay * bz - az * by
        ny += az * bx - ax * bz
        nz += ax * by - ay * bx
    size = np.sqrt(nx * nx + ny * ny + nz * nz)
    if size > 0.0:
        nx, ny, nz = nx / size, ny / size, nz / size
    # an orthonormal basis without a singular direction (Duff and others 2017)
    sign = 1.0 if nz >= 0.0 else -1.0
    a = -1.0 / (sign + nz)
    b = nx * ny * a
    ex, ey, ez = 1.0 + sign * nx * nx * a, sign * b, -sign * nx
    fx, fy, fz = b, sign + ny * ny * a, -ny
    for m in range(length + 2):
        n = m if m < length else m - length + U
        x, y, z = _from_place(patch, n)
        patch[FLAT_X, n] = ex * x + ey * y + ez * z
        patch[FLAT_Y, n] = fx * x + fy * y + fz * z
    patch[FLAT_X, P] = patch[FLAT_Y, P] = 0.0


@inlined
def _share_of_edge(along: float, square: float) -> float:
    return min(1.0, max(0.0, along / square)) if square > 0.0 else 0.0


@inlined
def _place_on_face(
    patch: NDArray[np.float64], owner: int, n: int, m: int
) -> tuple[float, float, float]:
    """Return the squared distance of u or v from new face (n, m), and the nearest point there.

    The point is given as shares of the ways from p to n and to m.
    """
    ax, ay, az = _from_place(patch, n)
    bx, by, bz = _from_place(patch, m)
    x, y, z = _from_place(patch, owner)
    aa, bb = ax * ax + ay * ay + az * az, bx * bx + by * by + bz * bz
    ab, xx = ax * bx + ay * by + az * bz, x * x + y * y + z * z
    xa, xb = x * ax + y * ay + z * az, x * bx + y * by + z * bz
    area = aa * bb - ab * ab
    s, t = xa * bb - xb * ab, xb * aa - xa * ab
    if area > 0.0 and s >= 0.0 and t >= 0.0 and s + t <= area:
        s, t = s / area, t / area
        return xx + s * (s * aa + 2.0 * t * ab - 2.0 * xa) + t * (t * bb - 2.0 * xb), s, t
    best, best_s, best_t = np.inf, 0.0, 0.0
    for edge in range(3):
        s, t = 0.0, 0.0
        if edge == 0:
            s = _share_of_edge(xa, aa)
        elif edge == 1:
            t = _share_of_edge(xb, bb)
        else:
            t = _share_of_edge(aa - ab - xa + xb, aa - 2.0 * ab + bb)
            s = 1.0 - t
        square = xx + s * (s * aa + 2.0 * t * ab - 2.0 * xa) + t * (t * bb - 2.0 * xb)
        if square < best:
            best, best_s, best_t = square, s, t
    return best, best_s, best_t


@inlined
def unroll(patch: NDArray[np.float64], length: int) -> bool:
    """Lay the new fan flat, angles at p scaled to a full turn, u and v where they are nearest.

    For patches that fold in every projection: rims of thin walls, cones. Returns False if
    a new face has no angle.
    """
    angle = 0.0
    for n in range(length):
        ax, ay, az = _from_place(patch, n)
        bx, by, bz = _from_place(patch, n + 1 if n + 1 < length else 0)
        cx, cy, cz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
        patch[FLAT_X, n] = angle
        patch[FLAT_Y, n] = np.sqrt(ax * ax + ay * ay + az * az)
        step = np.arctan2(np.sqrt(cx * cx + cy * cy + cz * cz), ax * bx + ay * by + az * bz)
        if step == 0.0:
            return False
        angle += step
    for n in range(length):
        turned, radius = 2.0 * np.pi * patch[FLAT_X, n] / angle, patch[FLAT_Y, n]
        patch[FLAT_X, n] = radius * np.cos(turned)
        patch[FLAT_Y, n] = radius * np.sin(turned)
    for owner in range(U, V + 1):
        nearest = np.inf
        for n in range(length):
            m = n + 1 if n + 1 < length else 0
            square, s, t = _place_on_face(patch, owner, n, m)
            if square < nearest:
                nearest = square
                patch[FLAT_X, owner] = s * patch[FLAT_X, n] + t * patch[FLAT_X, m]
                patch[FLAT_Y, owner] = s * patch[FLAT_Y, n] + t * patch[FLAT_Y, m]
    return True


@inlined
def _turn(patch: NDArray[np.float64], a: int, b: int, c: int) -> float:
    """Return twice the signed flat area of three columns."""
    ax, ay = patch[FLAT_X, a], patch[FLAT_Y, a]
    bx, by = patch[FLAT_X, b] - ax, patch[FLAT_Y, b] - ay
    cx, cy = patch[FLAT_X, c] - ax, patch[FLAT_Y, c] - ay
    return bx * cy - by * cx


@inlined
def is_unfolded(patch: NDArray[np.float64], length: int, split: int) -> bool:
    """Return whether both patches lie in the plane without folds.

    All faces turn counter-clockwise and the rim goes round p once: then the rim is a
    simple polygon, and each patch covers each of its points exactly once.
    """
    total, least = 0.0, min(_turn(patch, U, V, 0), _turn(patch, V, U, split))
    rounds = 0
    for n in range(length):
        m = n + 1 if n + 1 < length else 0
        new = _turn(patch, P, n, m)
        total += new
        least = min(least, new, _turn(patch, U if n < split else V, n, m))
        rounds += int(patch[FLAT_Y, n] < 0.0 <= patch[FLAT_Y, m])
    return rounds == 1 and least > LEAST_AREA * total


@inlined
def _edge_bound(patch: NDArray[np.float64], length: int, split: int, owner: int, n: int) -> float:
    """Return the larger bound of the two old faces at the edge from u or v to column n."""
    if n == V:
        return max(patch[BOUND, length], patch[BOUND, length + 1])
    before = n - 1 if n > 0 else length - 1
    if n == 0:
        return max(patch[BOUND, length], patch[BOUND, 0 if owner == U else before])
    if n == split:
        return max(patch[BOUND, length + 1], patch[BOUND, before if owner == U else n])
    return max(patch[BOUND, before], patch[BOUND, n])


@inlined
def _passing(
    patch: NDArray[np.float64], spoke: int, a: int, b: int, side_a: float, side_b: float
) -> float:
    """Return how far the new edge to `spoke` passes the old edge ab; −1 if they do not cross.

    The sides are those of a and b from the line of the new edge.
    """
    side_p, side_r = _turn(patch, a, b, P), _turn(patch, a, b, spoke)
    if side_p * side_r >= 0.0:
        return -1.0
    s = side_a / (side_a - side_b)
    t = side_p / (side_p - side_r)
    square = 0.0
    for axis in range(3):
        old = patch[axis, a] + s * (patch[axis, b] - patch[axis, a])
        new = patch[axis, P] + t * (patch[axis, spoke] - patch[axis, P])
        square += (old - new) * (old - new)
    return np.sqrt(square)


@inlined
def _cross_spokes(patch: NDArray[np.float64], length: int, split: int) -> float:
    """Write the values at rim vertices and on new edges; return the largest distance."""
    bridge = max(patch[BOUND, length], patch[BOUND, length + 1])
    largest = 0.0
    for spoke in range(length):
        rx, ry = patch[FLAT_X, spoke], patch[FLAT_Y, spoke]
        side_u = rx * patch[FLAT_Y, U] - ry * patch[FLAT_X, U]
        side_v = rx * patch[FLAT_Y, V] - ry * patch[FLAT_X, V]
        before = spoke - 1 if spoke > 0 else length - 1
        value = max(patch[BOUND, before], patch[BOUND, spoke])
        if spoke in (0, split):
            value = max(value, bridge)
        for m in range(2 * length + 1):
            n = V if m == 2 * length else m >> 1
            owner = U if m & 1 == 0 else V
            joined = n in (0, split, V) or (n < split) == (owner == U)
            if n == spoke or not joined:
                continue
            side = side_u if owner == U else side_v
            side_n = rx * patch[FLAT_Y, n] - ry * patch[FLAT_X, n]
            if side * side_n >= 0.0:
                continue
            distance = _passing(patch, spoke, owner, n, side, side_n)
            if distance >= 0.0:
                largest = max(largest, distance)
                value = max(value, distance + _edge_bound(patch, length, split, owner, n))
        patch[SPOKE, spoke] = value
    return largest


@inlined
def _distance_in(patch: NDArray[np.float64], point: int, a: int, b: int, c: int) -> float:
    """Return how far a column is from what lies on it in the face abc; −1 if it lies outside."""
    area = _turn(patch, a, b, c)
    in_b, in_c = _turn(patch, a, point, c), _turn(patch, a, b, point)
    in_a = area - in_b - in_c
    if min(in_a, in_b, in_c) < -LEAST_AREA * area:
        return -1.0
    square = 0.0
    for axis in range(3):
        on = in_a * patch[axis, a] + in_b * patch[axis, b] + in_c * patch[axis, c]
        square += (patch[axis, point] - on / area) ** 2
    return np.sqrt(square)


@inlined
def _place_in_old(patch: NDArray[np.float64], length: int, split: int) -> tuple[float, float]:
    """Return the distance of p from the old patch as laid out, and its value; −1 if lost."""
    largest = value = -1.0
    for n in range(length + 2):
        a, b, c = (U if n < split else V), n, n + 1
        if n == length - 1:
            c = 0
        elif n >= length:
            a, b, c = (U, V, 0) if n == length else (V, U, split)
        distance = _distance_in(patch, P, a, b, c)
        if distance >= 0.0:
            largest = max(largest, distance)
            value = max(value, distance + patch[BOUND, n])
    return largest, value


@inlined
def _owner_in_new(patch: NDArray[np.float64], length: int, split: int, owner: int) -> float:
    """Raise the bounds of new faces that u or v lies on; return its distance, −1 if lost."""
    around = max(patch[BOUND, length], patch[BOUND, length + 1])
    for n in range(length):
        if (n < split) == (owner == U):
            around = max(around, patch[BOUND, n])
    largest = -1.0
    for n in range(length):
        distance = _distance_in(patch, owner, P, n, n + 1 if n + 1 < length else 0)
        if distance >= 0.0:
            largest = max(largest, distance)
            patch[NEW_BOUND, n] = max(patch[NEW_BOUND, n], distance + around)
    return largest


@inlined
def overlay(patch: NDArray[np.float64], length: int, split: int) -> float:
    """Write the bounds of the new faces; return the largest distance between the patches.

    The patches are projected, or unrolled if they fold then. Infinite if they fold in
    either way.
    """
    project(patch, length)
    unfolded = is_unfolded(patch, length, split)
    if not unfolded and unroll(patch, length):
        unfolded = is_unfolded(patch, length, split)
    if not unfolded:
        return np.inf
    largest = _cross_spokes(patch, length, split)
    distance, at_place = _place_in_old(patch, length, split)
    least = distance
    for n in range(length):
        m = n + 1 if n + 1 < length else 0
        patch[NEW_BOUND, n] = max(at_place, patch[SPOKE, n], patch[SPOKE, m])
    for owner in range(U, V + 1):
        largest = max(largest, distance)
        distance = _owner_in_new(patch, length, split, owner)
        least = min(least, distance)
    return max(largest, distance) if least >= 0.0 else np.inf
