"""Edge collapse on a closed surface: rings, what may be merged, and the merge itself.

Corner ``4 f + k`` is corner ``k`` of face ``f``. The corners of each vertex are a
linked list, so that two vertices merge without moving memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from shared.borrowing import borrowed
from shared.kernels import inlined, kernel
from shared.meshing.kernels import Index
from shared.meshing.kernels.overlay import patch, patch_names
from shared.meshing.kernels.quadrics import QUADRIC_SIZE

if TYPE_CHECKING:
    from numpy.typing import NDArray

NONE = -1
"""End of a list, a dead face's corners, no partner."""
MAXIMUM_RING = 48
"""Faces around a vertex above which it is left alone: keeps rings short and faces well shaped."""
MINIMUM_TURN = 0.25
"""Cosine of the largest turn of a face's normal in one collapse (75°)."""
MINIMUM_SHAPE = 0.06
"""Least shape of a face, 1 for equilateral: 4√3 area / sum of squared edges.

A face below it may only get better."""
SHAPE_FACTOR = 6.9282032302755091741
"""4√3."""


class Surface(NamedTuple):
    """A triangle surface that can be collapsed in place.

    Parameters
    ----------
    positions
        float64 ``[v 3]``, world positions less `origin`.
    origin
        float64 ``[3]``.
    faces
        int32 ``[f 3]``; a dead face has corners −1.
    heads
        int32 ``[v]``, first corner of each vertex, or −1.
    following
        int32 ``[4 f]``, next corner of the same vertex, or −1.
    quadrics
        float64 ``[v 10]``.
    costs
        float64 ``[v]``, least cost of merging a vertex with a larger neighbor; inf if
        there is none, or none that is allowed.
    partners
        int32 ``[v]``, that neighbor.
    fixed
        bool ``[v]``: this vertex neither moves nor goes.
    zones
        uint8 ``[v]``: which half of space a vertex may be changed from; see `cut_zones`.
    bounds
        float64 ``[f]``: no point of a face is farther than this from the first surface
        at its partner, nor that partner from it; see `overlay`.
    parents
        int32 ``[v]``, the vertex that this one was merged into, or −1.
    latest, earlier
        int32 ``[v]``: the vertex merged last into this one, and the one merged into the
        same vertex before this one; −1 if there is none.
    undone
        float64 ``[v 3]``: where the parent stood before this vertex was merged into it.
    """

    positions: NDArray[np.float64]
    origin: NDArray[np.float64]
    faces: NDArray[np.int32]
    heads: NDArray[np.int32]
    following: NDArray[np.int32]
    quadrics: NDArray[np.float64]
    costs: NDArray[np.float64]
    partners: NDArray[np.int32]
    fixed: NDArray[np.bool_]
    zones: NDArray[np.uint8]
    bounds: NDArray[np.float64]
    parents: NDArray[np.int32]
    latest: NDArray[np.int32]
    earlier: NDArray[np.int32]
    undone: NDArray[np.float64]


class Scratch(NamedTuple):
    """Working memory of one thread.

    Parameters
    ----------
    place
        float64 ``[3]``, where the last edge looked at would merge.
    ring_u, ring_v
        int32 ``[MAXIMUM_RING 3]``: face and its two other vertices, in order.
    tried
        int32 ``[MAXIMUM_RING]``: neighbors already refused.
    patch, names
        The surroundings of the edge under trial; see `overlay`.
    """

    place: NDArray[np.float64]
    ring_u: NDArray[np.int32]
    ring_v: NDArray[np.int32]
    tried: NDArray[np.int32]
    patch: NDArray[np.float64]
    names: NDArray[np.int32]


def scratch() -> Scratch:
    """Return working memory for one thread."""
    ring = (MAXIMUM_RING, 3)
    return Scratch(
        place=np.empty(3),
        ring_u=np.empty(ring, np.int32),
        ring_v=np.empty(ring, np.int32),
        tried=np.empty(MAXIMUM_RING, np.int32),
        patch=patch(),
        names=patch_names(),
    )


@inlined
def borrow_surface(surface: Surface) -> Surface:
    """Return a surface of borrowed arrays; see `shared.borrowing`."""
    return Surface(
        borrowed(surface.positions),
        borrowed(surface.origin),
        borrowed(surface.faces),
        borrowed(surface.heads),
        borrowed(surface.following),
        borrowed(surface.quadrics),
        borrowed(surface.costs),
        borrowed(surface.partners),
        borrowed(surface.fixed),
        borrowed(surface.zones),
        borrowed(surface.bounds),
        borrowed(surface.parents),
        borrowed(surface.latest),
        borrowed(surface.earlier),
        borrowed(surface.undone),
    )


@inlined
def borrow_scratch(scratch: Scratch) -> Scratch:
    """Return working memory of borrowed arrays."""
    return Scratch(
        borrowed(scratch.place),
        borrowed(scratch.ring_u),
        borrowed(scratch.ring_v),
        borrowed(scratch.tried),
        borrowed(scratch.patch),
        borrowed(scratch.names),
    )


@kernel
def corner_lists(
    faces: NDArray[np.int32], vertex_count: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return heads and following of the corner lists."""
    heads = np.empty(vertex_count, np.int32)
    for v in range(vertex_count):
        heads[v] = NONE
    following = np.empty(4 * faces.shape[0], np.int32)
    for f in range(faces.shape[0] - 1, -1, -1):
        for k in range(3):
            v = faces[f, k]
            following[4 * f + k] = heads[v]
            heads[v] = 4 * f + k
    return heads, following


@inlined
def gather_ring(surface: Surface, v: Index, ring: NDArray[np.int32]) -> int:
    """Write (face, next vertex, vertex after) around v; return how many, or −1 if too many."""
    count = 0
    corner = np.int64(surface.heads[v])
    while corner != NONE:
        if count == MAXIMUM_RING:
            return NONE
        f, k = corner >> 2, corner & 3
        ring[count, 0] = f
        ring[count, 1] = surface.faces[f, 1 if k == 0 else (2 if k == 1 else 0)]
        ring[count, 2] = surface.faces[f, 2 if k == 0 else (0 if k == 1 else 1)]
        count += 1
        corner = np.int64(surface.following[corner])
    return count


@inlined
def is_fan(ring: NDArray[np.int32], count: int) -> bool:
    """Return whether the faces of a ring go round their vertex once, in one cycle."""
    if count < 3:
        return False
    at, steps = ring[0, 1], 0
    while steps <= count:
        found = NONE
        for n in range(count):
            if ring[n, 1] == at:
                if found != NONE:
                    return False
                found = n
        if found == NONE:
            return False
        at = ring[found, 2]
        steps += 1
        if at == ring[0, 1]:
            return steps == count
    return False


@kernel
def fix_irregular(surface: Surface, scratch: Scratch, first: int, end: int) -> None:
    """Fix the vertices ``first … end`` whose faces are not one closed fan."""
    surface, scratch = borrow_surface(surface), borrow_scratch(scratch)
    for v in range(first, end):
        count = gather_ring(surface, np.int64(v), scratch.ring_u)
        surface.fixed[v] = count == NONE or not is_fan(scratch.ring_u, count)


@inlined
def keeps_topology(scratch: Scratch, count_u: int, count_v: int) -> bool:
    """Return whether merging u and v, whose rings are gathered, keeps a closed 2-manifold.

    The link condition (Dey, Edelsbrunner, Guha and Nekhayev, Topology preserving edge
    contraction, 1999): u and v have exactly two common neighbors, and the merged
    vertex three or more, which spares the tetrahedron.
    """
    common = 0
    for i in range(count_u):
        for j in range(count_v):
            common += int(scratch.ring_u[i, 1] == scratch.ring_v[j, 1])
    return common == 2 and count_u + count_v >= 7 and count_u + count_v - 4 <= MAXIMUM_RING


@inlined
def keeps_shape(
    surface: Surface, v: Index, other: Index, ring: NDArray[np.int32], count: int, scratch: Scratch
) -> bool:
    """Return whether the faces around v, those with `other` apart, bear the move to `place`.

    No normal turns by more than `MINIMUM_TURN`, no face gets a shape below
    `MINIMUM_SHAPE` that had a better one.
    """
    positions = surface.positions
    px, py, pz = scratch.place[0], scratch.place[1], scratch.place[2]
    vx, vy, vz = positions[v, 0], positions[v, 1], positions[v, 2]
    for i in range(count):
        a, b = ring[i, 1], ring[i, 2]
        if a == other or b == other:
            continue
        ax, ay, az = positions[a, 0], positions[a, 1], positions[a, 2]
        ex, ey, ez = positions[b, 0] - ax, positions[b, 1] - ay, positions[b, 2] - az
        ox, oy, oz = vx - ax, vy - ay, vz - az
        nx, ny, nz = px - ax, py - ay, pz - az
        old_x, old_y, old_z = ey * oz - ez * oy, ez * ox - ex * oz, ex * oy - ey * ox
        new_x, new_y, new_z = ey * nz - ez * ny, ez * nx - ex * nz, ex * ny - ey * nx
        old = old_x * old_x + old_y * old_y + old_z * old_z
        new = new_x * new_x + new_y * new_y + new_z * new_z
        dot = old_x * new_x + old_y * new_y + old_z * new_z
        if new == 0.0 or (old > 0.0 and (dot <= 0.0 or dot * dot < MINIMUM_TURN**2 * old * new)):
            return False
        edge = ex * ex + ey * ey + ez * ez
        new_edges = _three_squares(edge, nx, ny, nz, ex, ey, ez)
        if SHAPE_FACTOR**2 * 0.25 * new < MINIMUM_SHAPE**2 * new_edges * new_edges:
            old_edges = _three_squares(edge, ox, oy, oz, ex, ey, ez)
            if new * old_edges * old_edges < old * new_edges * new_edges:
                return False
    return True


@inlined
def _three_squares(
    edge: float, x: float, y: float, z: float, ex: float, ey: float, ez: float
) -> float:
    """Return the sum of squared edges of the triangle (0, e, x)."""
    dx, dy, dz = x - ex, y - ey, z - ez
    return edge + x * x + y * y + z * z + dx * dx + dy * dy + dz * dz


@inlined
def _unlink(surface: Surface, v: Index, face: Index) -> None:
    """Take the corner of `face` out of the list of v."""
    corner = np.int64(surface.heads[v])
    if corner >> 2 == face:
        surface.heads[v] = surface.following[corner]
        return
    while True:
        after = np.int64(surface.following[corner])
        if after >> 2 == face:
            surface.following[corner] = surface.following[after]
            return
        corner = after


@kernel
def merge(surface: Surface, u: Index, v: Index, scratch: Scratch, count_v: int) -> int:
    """Move u to `place` and give it all faces of v; return how many faces died."""
    dead = 0
    for j in range(count_v):
        f, a, b = (
            np.int64(scratch.ring_v[j, 0]),
            np.int64(scratch.ring_v[j, 1]),
            np.int64(scratch.ring_v[j, 2]),
        )
        if a == u or b == u:
            _unlink(surface, u, f)
            _unlink(surface, b if a == u else a, f)
            for k in range(3):
                surface.faces[f, k] = NONE
            dead += 1
            continue
        k = 0 if surface.faces[f, 0] == v else (1 if surface.faces[f, 1] == v else 2)
        surface.faces[f, k] = u
        surface.following[4 * f + k] = surface.heads[u]
        surface.heads[u] = 4 * f + k
    surface.heads[v] = NONE
    surface.costs[v] = np.inf
    surface.partners[v] = NONE
    for axis in range(3):
        surface.undone[v, axis] = surface.positions[u, axis]
        surface.positions[u, axis] = scratch.place[axis]
    for n in range(QUADRIC_SIZE):
        surface.quadrics[u, n] += surface.quadrics[v, n]
    surface.parents[v] = u
    surface.earlier[v] = surface.latest[u]
    surface.latest[u] = v
    return dead
