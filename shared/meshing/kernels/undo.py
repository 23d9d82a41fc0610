"""Taking back single collapses, in any order that puts the last of a vertex first.

Merges form a forest: each first vertex has a root, the vertex that stands for it now.
A first face is there now if its corners have three different roots (Luebke and
Erikson, View-dependent simplification of arbitrary polygonal environments, 1997). So
to take back a merge is to make a root of a vertex again, and to look at the first
faces of the vertices below it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from shared.kernels import kernel, part
from shared.meshing.kernels import Index
from shared.meshing.kernels.collapse import MAXIMUM_RING, NONE, Scratch, Surface, is_fan

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAXIMUM_CLUSTER = 4096
"""First vertices merged into one above which it is not taken apart."""


class FirstSurface(NamedTuple):
    """What a collapsed surface was made of.

    Parameters
    ----------
    faces, heads, following
        As in `Surface`, before the first collapse.
    roots
        int32 ``[v]``, the vertex that stands for each first vertex now.
    changed
        bool ``[f]``: faces that taking back has changed; nothing is known of their bounds.
    cluster
        int32 ``[MAXIMUM_CLUSTER]``, working memory.
    """

    faces: NDArray[np.int32]
    heads: NDArray[np.int32]
    following: NDArray[np.int32]
    roots: NDArray[np.int32]
    changed: NDArray[np.bool_]
    cluster: NDArray[np.int32]


@kernel
def root_numbers(parents: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the root of each vertex of a forest."""
    roots = np.empty(parents.shape[0], np.int32)
    for v in range(parents.shape[0]):
        root = v
        while parents[root] != NONE:
            root = parents[root]
        roots[v] = root
    return roots


@part
def gather_cluster(surface: Surface, root: Index, cluster: NDArray[np.int32]) -> int:
    """Write the first vertices that `root` stands for; return how many, −1 if too many."""
    cluster[0] = root
    count = 1
    at = 0
    while at < count:
        child = surface.latest[cluster[at]]
        while child != NONE:
            if count == MAXIMUM_CLUSTER:
                return NONE
            cluster[count] = child
            count += 1
            child = surface.earlier[child]
        at += 1
    return count


@part
def gather_root_ring(
    surface: Surface, first: FirstSurface, root: Index, ring: NDArray[np.int32]
) -> int:
    """Write (face, next vertex, vertex after) around a root; −1 if too many."""
    count = 0
    size = gather_cluster(surface, root, first.cluster)
    if size == NONE:
        return NONE
    for n in range(size):
        corner = np.int64(first.heads[first.cluster[n]])
        while corner != NONE:
            f, k = corner >> 2, corner & 3
            if surface.faces[f, 0] != NONE:
                if count == MAXIMUM_RING:
                    return NONE
                ring[count, 0] = f
                ring[count, 1] = surface.faces[f, (k + 1) % 3]
                ring[count, 2] = surface.faces[f, (k + 2) % 3]
                count += 1
            corner = np.int64(first.following[corner])
    return count


@part
def _give_root(surface: Surface, first: FirstSurface, child: Index, root: Index) -> bool:
    """Let `root` stand for the cluster of `child`, and bring its first faces up to date."""
    size = gather_cluster(surface, child, first.cluster)
    if size == NONE:
        return False
    for n in range(size):
        first.roots[first.cluster[n]] = root
    for n in range(size):
        corner = np.int64(first.heads[first.cluster[n]])
        while corner != NONE:
            f = corner >> 2
            a = first.roots[first.faces[f, 0]]
            b = first.roots[first.faces[f, 1]]
            c = first.roots[first.faces[f, 2]]
            if a == b or b == c or c == a:
                a = b = c = NONE
            surface.faces[f, 0], surface.faces[f, 1], surface.faces[f, 2] = a, b, c
            corner = np.int64(first.following[corner])
    return True


@part
def _is_sound_around(surface: Surface, first: FirstSurface, root: Index, scratch: Scratch) -> bool:
    """Return whether a root and all its neighbors have one closed fan of faces."""
    count = gather_root_ring(surface, first, root, scratch.ring_u)
    if count == NONE or not is_fan(scratch.ring_u, count):
        return False
    for n in range(count):
        around = gather_root_ring(surface, first, scratch.ring_u[n, 1], scratch.ring_v)
        if around == NONE or not is_fan(scratch.ring_v, around):
            return False
    return True


@part
def _mark_changed(surface: Surface, first: FirstSurface, root: Index, scratch: Scratch) -> None:
    count = gather_root_ring(surface, first, root, scratch.ring_u)
    for n in range(count):
        first.changed[scratch.ring_u[n, 0]] = True


@part
def undo_merge(surface: Surface, first: FirstSurface, u: Index, scratch: Scratch) -> bool:
    """Take back the last merge into root u, if the surface stays a manifold."""
    v = np.int64(surface.latest[u])
    if v == NONE:
        return False
    surface.latest[u] = surface.earlier[v]
    surface.earlier[v] = NONE
    surface.parents[v] = NONE
    for axis in range(3):
        scratch.place[axis] = surface.positions[u, axis]
        surface.positions[u, axis] = surface.undone[v, axis]
    sound = _give_root(surface, first, v, v)
    if (
        sound
        and _is_sound_around(surface, first, u, scratch)
        and _is_sound_around(surface, first, v, scratch)
    ):
        _mark_changed(surface, first, u, scratch)
        _mark_changed(surface, first, v, scratch)
        return True
    surface.earlier[v] = surface.latest[u]
    surface.latest[u] = v
    surface.parents[v] = u
    for axis in range(3):
        surface.positions[u, axis] = scratch.place[axis]
    _give_root(surface, first, v, u)
    return False


@kernel
def undo_merges(
    surface: Surface, first: FirstSurface, wanted: NDArray[np.int32], scratch: Scratch
) -> int:
    """Take back the last merge into each wanted root; return how many were."""
    undone = 0
    for n in range(wanted.shape[0]):
        undone += int(undo_merge(surface, first, np.int64(wanted[n]), scratch))
    return undone
