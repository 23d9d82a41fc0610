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

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from shared.kernels import kernel
from shared.meshing.kernels import Index

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAXIMUM_RIM = 64
"""Vertices of a rim above which no bound is sought."""
U, V, P = 0, 1, 2
"""Rows of the inner points of a patch."""
LEAST_AREA = 1e-12
"""Flat faces smaller than this share of the patch count as folded: rounding is far below."""


class Patch(NamedTuple):
    """The surroundings of an edge that may collapse, and room to reckon about them.

    The rim runs counter-clockwise and starts at the vertex c that u and v share on the
    left of u → v. Old face n joins rim vertices n and n + 1 with u for the first faces,
    with v for the others; new face n joins them with p. Two more old faces join u, v and
    c, and u, v and the other shared vertex.

    Parameters
    ----------
    inner, flat_inner
        float64 ``[3 3]`` and ``[2 2]``: u, v, p in space, and u, v in the plane, where p
        stands at the origin.
    rim, flat_x, flat_y
        float64 ``[MAXIMUM_RIM 3]`` and twice ``[MAXIMUM_RIM]``.
    names
        int32 ``[MAXIMUM_RIM]``, vertex numbers of the rim.
    faces
        int32 ``[MAXIMUM_RIM + 2]``, old faces, the two that join u and v last.
    bounds
        float64 ``[MAXIMUM_RIM + 2]``, bounds of the old faces.
    new_bounds
        float64 ``[MAXIMUM_RIM]``, bounds of the new faces.
    at_spokes
        float64 ``[MAXIMUM_RIM]``, largest value at rim vertex n and at crossings of the
        new edge to it.
    weights
        float64 ``[2]``, working memory.
    """

    inner: NDArray[np.float64]
    flat_inner: NDArray[np.float64]
    rim: NDArray[np.float64]
    flat_x: NDArray[np.float64]
    flat_y: NDArray[np.float64]
    names: NDArray[np.int32]
    faces: NDArray[np.int32]
    bounds: NDArray[np.float64]
    new_bounds: NDArray[np.float64]
    at_spokes: NDArray[np.float64]
    weights: NDArray[np.float64]


def patch() -> Patch:
    """Return room for one patch."""
    return Patch(
        inner=np.empty((3, 3)),
        flat_inner=np.empty((2, 2)),
        rim=np.empty((MAXIMUM_RIM, 3)),
        flat_x=np.empty(MAXIMUM_RIM),
        flat_y=np.empty(MAXIMUM_RIM),
        names=np.empty(MAXIMUM_RIM, np.int32),
        faces=np.empty(MAXIMUM_RIM + 2, np.int32),
        bounds=np.empty(MAXIMUM_RIM + 2),
        new_bounds=np.empty(MAXIMUM_RIM),
        at_spokes=np.empty(MAXIMUM_RIM),
        weights=np.empty(2),
    )


@kernel
def order_rim(
    patch: Patch,
    u: Index,
    v: Index,
    ring_u: NDArray[np.int32],
    count_u: int,
    ring_v: NDArray[np.int32],
    count_v: int,
) -> int:
    """Write names and old faces of the rim in order; return its length, 0 if too long.

    The first ``count_u − 2`` faces belong to u.
    """
    length = count_u + count_v - 4
    if length > MAXIMUM_RIM:
        return 0
    at = np.int64(-1)
    for i in range(count_u):
        if ring_u[i, 1] == v:
            at = np.int64(ring_u[i, 2])
            patch.faces[length] = ring_u[i, 0]
    for n in range(length):
        patch.names[n] = at
        ring, count, other = (ring_u, count_u, v) if n < count_u - 2 else (ring_v, count_v, u)
        found = -1
        for i in range(count):
            if ring[i, 1] == at and ring[i, 2] != other:
                found = i
        if found < 0:
            return 0
        patch.faces[n] = ring[found, 0]
        at = np.int64(ring[found, 2])
    for j in range(count_v):
        if ring_v[j, 1] == u:
            patch.faces[length + 1] = ring_v[j, 0]
    return length


@kernel
def load_patch(
    patch: Patch,
    length: int,
    positions: NDArray[np.float64],
    face_bounds: NDArray[np.float64],
    u: Index,
    v: Index,
    place: NDArray[np.float64],
) -> None:
    """Copy positions and bounds into the patch."""
    for axis in range(3):
        patch.inner[U, axis] = positions[u, axis]
        patch.inner[V, axis] = positions[v, axis]
        patch.inner[P, axis] = place[axis]
        for n in range(length):
            patch.rim[n, axis] = positions[patch.names[n], axis]
    for n in range(length + 2):
        patch.bounds[n] = face_bounds[patch.faces[n]]


@kernel
def project(patch: Patch, length: int) -> None:
    """Lay the patch into the plane that its old faces span on average."""
    inner, rim = patch.inner, patch.rim
    nx = ny = nz = 0.0
    px, py, pz = inner[P, 0], inner[P, 1], inner[P, 2]
    # the vector area of a patch depends on its rim alone
    for n in range(length):
        m = n + 1 if n + 1 < length else 0
        ax, ay, az = rim[n, 0] - px, rim[n, 1] - py, rim[n, 2] - pz
        bx, by, bz = rim[m, 0] - px, rim[m, 1] - py, rim[m, 2] - pz
        nx += ay * bz - az * by
        ny += az * bx - ax * bz
        nz += ax * by - ay * bx
    size = np.sqrt(nx * nx + ny * ny + nz * nz)
    if size > 0.0:
        nx, ny, nz = nx / size, ny / size, nz / size
    # an orthonormal basis without a branch point (Duff and others 2017)
    sign = 1.0 if nz >= 0.0 else -1.0
    a = -1.0 / (sign + nz)
    b = nx * ny * a
    ex, ey, ez = 1.0 + sign * nx * nx * a, sign * b, -sign * nx
    fx, fy, fz = b, sign + ny * ny * a, -ny
    for n in range(2):
        x, y, z = inner[n, 0] - px, inner[n, 1] - py, inner[n, 2] - pz
        patch.flat_inner[n, 0] = ex * x + ey * y + ez * z
        patch.flat_inner[n, 1] = fx * x + fy * y + fz * z
    for n in range(length):
        x, y, z = rim[n, 0] - px, rim[n, 1] - py, rim[n, 2] - pz
        patch.flat_x[n] = ex * x + ey * y + ez * z
        patch.flat_y[n] = fx * x + fy * y + fz * z


@kernel
def _fan_weights(patch: Patch, owner: int, n: int, m: int, weights: NDArray[np.float64]) -> float:
    """Write the weights of rim n and m at the point of new face n nearest to u or v.

    Returns the squared distance (Ericson, Real-time collision detection, 2005, 5.1.5).
    """
    px, py, pz = patch.inner[P, 0], patch.inner[P, 1], patch.inner[P, 2]
    ax, ay, az = patch.rim[n, 0] - px, patch.rim[n, 1] - py, patch.rim[n, 2] - pz
    bx, by, bz = patch.rim[m, 0] - px, patch.rim[m, 1] - py, patch.rim[m, 2] - pz
    x, y, z = patch.inner[owner, 0] - px, patch.inner[owner, 1] - py, patch.inner[owner, 2] - pz
    aa, ab, bb = (
        ax * ax + ay * ay + az * az,
        ax * bx + ay * by + az * bz,
        bx * bx + by * by + bz * bz,
    )
    xa, xb = x * ax + y * ay + z * az, x * bx + y * by + z * bz
    area = aa * bb - ab * ab
    s, t = xa * bb - xb * ab, xb * aa - xa * ab
    if area > 0.0 and s >= 0.0 and t >= 0.0 and s + t <= area:
        s, t = s / area, t / area
    else:
        # the nearest point of the three edges
        s, t = min(1.0, max(0.0, xa / aa)), 0.0
        best = s * (s * aa - 2.0 * xa)
        other = min(1.0, max(0.0, xb / bb))
        if other * (other * bb - 2.0 * xb) < best:
            s, t = 0.0, other
            best = other * (other * bb - 2.0 * xb)
        length = aa - 2.0 * ab + bb
        along = min(1.0, max(0.0, (aa - ab - xa + xb) / length)) if length > 0.0 else 0.0
        s_edge = 1.0 - along
        square = s_edge * s_edge * aa + along * along * bb + 2.0 * s_edge * along * ab
        if square - 2.0 * (s_edge * xa + along * xb) < best:
            s, t = s_edge, along
    weights[0], weights[1] = s, t
    dx, dy, dz = x - s * ax - t * bx, y - s * ay - t * by, z - s * az - t * bz
    return dx * dx + dy * dy + dz * dz


@kernel
def unroll(patch: Patch, length: int) -> bool:
    """Lay the new fan flat, angles at p scaled to a full turn, u and v where they are nearest.

    For patches that fold in every projection: rims of thin walls, cones. Returns whether
    no new face is without an angle.
    """
    px, py, pz = patch.inner[P, 0], patch.inner[P, 1], patch.inner[P, 2]
    angle = 0.0
    for n in range(length):
        m = n + 1 if n + 1 < length else 0
        ax, ay, az = patch.rim[n, 0] - px, patch.rim[n, 1] - py, patch.rim[n, 2] - pz
        bx, by, bz = patch.rim[m, 0] - px, patch.rim[m, 1] - py, patch.rim[m, 2] - pz
        cx, cy, cz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
        patch.flat_x[n] = angle
        patch.flat_y[n] = np.sqrt(ax * ax + ay * ay + az * az)
        step = np.arctan2(np.sqrt(cx * cx + cy * cy + cz * cz), ax * bx + ay * by + az * bz)
        if step == 0.0 or patch.flat_y[n] == 0.0:
            return False
        angle += step
    for n in range(length):
        turned, radius = 2.0 * np.pi * patch.flat_x[n] / angle, patch.flat_y[n]
        patch.flat_x[n] = radius * np.cos(turned)
        patch.flat_y[n] = radius * np.sin(turned)
    for owner in range(2):
        nearest = np.inf
        for n in range(length):
            m = n + 1 if n + 1 < length else 0
            square = _fan_weights(patch, owner, n, m, patch.weights)
            if square < nearest:
                nearest = square
                s, t = patch.weights[0], patch.weights[1]
                patch.flat_inner[owner, 0] = s * patch.flat_x[n] + t * patch.flat_x[m]
                patch.flat_inner[owner, 1] = s * patch.flat_y[n] + t * patch.flat_y[m]
    return True


@kernel
def is_unfolded(patch: Patch, length: int, split: int) -> bool:
    """Return whether both patches lie in the plane without folds.

    All faces turn counter-clockwise and the rim goes round p once: then the rim is a
    simple polygon, and each patch covers each of its points exactly once.
    """
    x, y = patch.flat_x, patch.flat_y
    total, least = 0.0, np.inf
    rounds = 0
    for n in range(length):
        m = n + 1 if n + 1 < length else 0
        owner = U if n < split else V
        new = x[n] * y[m] - y[n] * x[m]
        total += new
        least = min(least, new, turn(patch, owner, n, m))
        rounds += int(y[n] < 0.0 <= y[m])
    ux, uy = patch.flat_inner[U, 0], patch.flat_inner[U, 1]
    vx, vy = patch.flat_inner[V, 0], patch.flat_inner[V, 1]
    left = (vx - ux) * (y[0] - uy) - (vy - uy) * (x[0] - ux)
    right = (ux - vx) * (y[split] - vy) - (uy - vy) * (x[split] - vx)
    return rounds == 1 and min(least, left, right) > LEAST_AREA * total


@kernel
def turn(patch: Patch, owner: int, n: int, m: int) -> float:
    """Return twice the flat area of the face that joins u or v with rim vertices n and m."""
    ox, oy = patch.flat_inner[owner, 0], patch.flat_inner[owner, 1]
    nx, ny = patch.flat_x[n] - ox, patch.flat_y[n] - oy
    mx, my = patch.flat_x[m] - ox, patch.flat_y[m] - oy
    return nx * my - ny * mx


@kernel
def _edge_bound(patch: Patch, length: int, split: int, owner: int, n: int) -> float:
    """Return the larger bound of the two old faces at the edge from u or v to rim vertex n."""
    before = n - 1 if n > 0 else length - 1
    if n == 0:
        return max(patch.bounds[length], patch.bounds[0 if owner == U else before])
    if n == split:
        return max(patch.bounds[length + 1], patch.bounds[before if owner == U else n])
    return max(patch.bounds[before], patch.bounds[n])


@kernel
def _passing(
    patch: Patch, spoke: int, owner: int, n: int, side_owner: float, side_n: float
) -> float:
    """Return how far the new edge to `spoke` passes the old edge from u or v to rim vertex n.

    The sides are those of the old edge's ends from the new edge's line; −1 if the
    edges do not cross.
    """
    ox, oy = patch.flat_inner[owner, 0], patch.flat_inner[owner, 1]
    dx, dy = patch.flat_x[n] - ox, patch.flat_y[n] - oy
    side_p = dy * ox - dx * oy
    side_r = dx * (patch.flat_y[spoke] - oy) - dy * (patch.flat_x[spoke] - ox)
    if side_p * side_r >= 0.0:
        return -1.0
    s = side_owner / (side_owner - side_n)
    t = side_p / (side_p - side_r)
    square = 0.0
    for axis in range(3):
        start, p = patch.inner[owner, axis], patch.inner[P, axis]
        old = start + s * (patch.rim[n, axis] - start)
        new = p + t * (patch.rim[spoke, axis] - p)
        square += (old - new) * (old - new)
    return np.sqrt(square)


@kernel
def _passing_bridge(patch: Patch, spoke: int, side_u: float, side_v: float) -> float:
    """Return how far the new edge to `spoke` passes the old edge uv; −1 if it does not."""
    ux, uy = patch.flat_inner[U, 0], patch.flat_inner[U, 1]
    dx, dy = patch.flat_inner[V, 0] - ux, patch.flat_inner[V, 1] - uy
    side_p = dy * ux - dx * uy
    side_r = dx * (patch.flat_y[spoke] - uy) - dy * (patch.flat_x[spoke] - ux)
    if side_u * side_v >= 0.0 or side_p * side_r >= 0.0:
        return -1.0
    s = side_u / (side_u - side_v)
    t = side_p / (side_p - side_r)
    square = 0.0
    for axis in range(3):
        start, p = patch.inner[U, axis], patch.inner[P, axis]
        old = start + s * (patch.inner[V, axis] - start)
        new = p + t * (patch.rim[spoke, axis] - p)
        square += (old - new) * (old - new)
    return np.sqrt(square)


@kernel
def _cross_spokes(patch: Patch, length: int, split: int) -> float:
    """Write the values at rim vertices and on new edges; return the largest distance."""
    bridge = max(patch.bounds[length], patch.bounds[length + 1])
    largest = 0.0
    for spoke in range(length):
        rx, ry = patch.flat_x[spoke], patch.flat_y[spoke]
        side_u = rx * patch.flat_inner[U, 1] - ry * patch.flat_inner[U, 0]
        side_v = rx * patch.flat_inner[V, 1] - ry * patch.flat_inner[V, 0]
        before = spoke - 1 if spoke > 0 else length - 1
        value = max(patch.bounds[before], patch.bounds[spoke])
        if spoke == 0 or spoke == split:
            value = max(value, bridge)
        distance = _passing_bridge(patch, spoke, side_u, side_v)
        if distance >= 0.0:
            largest = max(largest, distance)
            value = max(value, distance + bridge)
        for n in range(length):
            side_n = rx * patch.flat_y[n] - ry * patch.flat_x[n]
            for owner in range(2):
                side = side_u if owner == U else side_v
                joined = n == 0 or n == split or (n < split) == (owner == U)
                if n == spoke or not joined or side * side_n >= 0.0:
                    continue
                distance = _passing(patch, spoke, owner, n, side, side_n)
                if distance >= 0.0:
                    largest = max(largest, distance)
                    bound = _edge_bound(patch, length, split, owner, n)
                    value = max(value, distance + bound)
        patch.at_spokes[spoke] = value
    return largest


@kernel
def _place_in_old(patch: Patch, length: int, split: int) -> tuple[float, float]:
    """Return the distance of p from the old patch as laid out, and its value; −1 if lost."""
    largest = value = -1.0
    for n in range(length + 2):
        a = U if n < split or n == length else V
        if n < length:
            m = n + 1 if n + 1 < length else 0
            bx, by, cx, cy = patch.flat_x[n], patch.flat_y[n], patch.flat_x[m], patch.flat_y[m]
        else:
            m = 0 if n == length else split
            bx, by = patch.flat_inner[V - a, 0], patch.flat_inner[V - a, 1]
            cx, cy = patch.flat_x[m], patch.flat_y[m]
        ax, ay = patch.flat_inner[a, 0], patch.flat_inner[a, 1]
        in_a, in_b, in_c = bx * cy - by * cx, cx * ay - cy * ax, ax * by - ay * bx
        area = in_a + in_b + in_c
        if min(in_a, in_b, in_c) < -LEAST_AREA * area:
            continue
        square = 0.0
        for axis in range(3):
            b = patch.rim[n, axis] if n < length else patch.inner[V - a, axis]
            on = in_a * patch.inner[a, axis] + in_b * b + in_c * patch.rim[m, axis]
            square += (patch.inner[P, axis] - on / area) ** 2
        distance = np.sqrt(square)
        largest = max(largest, distance)
        value = max(value, distance + patch.bounds[n])
    return largest, value


@kernel
def _owner_in_new(patch: Patch, length: int, split: int, owner: int) -> float:
    """Raise the bounds of new faces that u or v lies on; return its distance, −1 if lost."""
    around = max(patch.bounds[length], patch.bounds[length + 1])
    for n in range(length):
        if (n < split) == (owner == U):
            around = max(around, patch.bounds[n])
    x, y = patch.flat_inner[owner, 0], patch.flat_inner[owner, 1]
    largest = -1.0
    for n in range(length):
        m = n + 1 if n + 1 < length else 0
        nx, ny, mx, my = patch.flat_x[n], patch.flat_y[n], patch.flat_x[m], patch.flat_y[m]
        area = nx * my - ny * mx
        in_n, in_m = x * my - y * mx, nx * y - ny * x
        in_p = area - in_n - in_m
        if min(in_n, in_m, in_p) < -LEAST_AREA * area:
            continue
        square = 0.0
        for axis in range(3):
            on = in_n * patch.rim[n, axis] + in_m * patch.rim[m, axis] + in_p * patch.inner[P, axis]
            square += (patch.inner[owner, axis] - on / area) ** 2
        distance = np.sqrt(square)
        largest = max(largest, distance)
        patch.new_bounds[n] = max(patch.new_bounds[n], distance + around)
    return largest


@kernel
def overlay(patch: Patch, length: int, split: int) -> float:
    """Write the bounds of the new faces; return the largest distance between the patches.

    The patches are projected, or unrolled if they fold then. Infinite if they fold in
    either way.
    """
    project(patch, length)
    if not is_unfolded(patch, length, split) and not (
        unroll(patch, length) and is_unfolded(patch, length, split)
    ):
        return np.inf
    largest = _cross_spokes(patch, length, split)
    distance, at_place = _place_in_old(patch, length, split)
    if distance < 0.0:
        return np.inf
    largest = max(largest, distance)
    for n in range(length):
        m = n + 1 if n + 1 < length else 0
        patch.new_bounds[n] = max(at_place, patch.at_spokes[n], patch.at_spokes[m])
    for owner in range(2):
        distance = _owner_in_new(patch, length, split, owner)
        if distance < 0.0:
            return np.inf
        largest = max(largest, distance)
    return largest
