"""Borders of open surfaces: their half-edges, the loops these make, what lies near them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shared.kernels import kernel
from shared.meshing.kernels import Index
from shared.meshing.kernels.half_edges import NONE, after, end_of_edge, start_of

if TYPE_CHECKING:
    from numpy.typing import NDArray


@kernel
def border_half_edges(faces: NDArray[np.int32], order: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the half-edges of edges that have one face."""
    found = np.empty(order.shape[0], np.int32)
    count = 0
    at: Index = 0
    while at < order.shape[0]:
        end = end_of_edge(faces, order, at)
        if end == at + 1:
            found[count] = order[at]
            count += 1
        at = end
    return found[:count].copy()


@kernel
def border_loops(
    faces: NDArray[np.int32], partners: NDArray[np.int32], vertex_count: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the half-edges without partner as closed loops that visit no vertex twice.

    A walk along the border is cut into a loop whenever it comes back to a vertex.

    Returns
    -------
    members, ends
        Half-edges of all loops one after another, and where each loop ends in them.
    """
    following = np.empty(partners.shape[0], np.int32)
    heads = np.empty(vertex_count, np.int32)
    place = np.empty(vertex_count, np.int32)
    for v in range(vertex_count):
        heads[v] = place[v] = NONE
    total = 0
    for n in range(partners.shape[0] - 1, -1, -1):
        if partners[n] == NONE:
            v = start_of(faces, np.int64(n))
            following[n] = heads[v]
            heads[v] = n
            total += 1
    members = np.empty(total, np.int32)
    ends = np.empty(total, np.int32)
    path = np.empty(total + 1, np.int32)
    loops = written = 0
    for v in range(vertex_count):
        while heads[v] != NONE:
            at, length = np.int64(v), np.int64(0)
            place[at] = 0
            while heads[at] != NONE:
                h = np.int64(heads[at])
                heads[at] = following[h]
                path[length] = h
                length += 1
                at = start_of(faces, after(h))
                if place[at] == NONE:
                    place[at] = length
                    continue
                begin = np.int64(place[at])
                for n in range(begin, length):
                    members[written] = path[n]
                    written += 1
                    if n > begin:
                        place[start_of(faces, np.int64(path[n]))] = NONE
                ends[loops] = written
                loops += 1
                length = begin
            for n in range(length):  # a border that leads nowhere: windings contradict each other
                place[start_of(faces, np.int64(path[n]))] = NONE
            place[at] = NONE
    return members[:written].copy(), ends[:loops].copy()


@kernel
def nearest_leaders(points: NDArray[np.float64], pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each point the nearest leader before it that it is paired with, or itself.

    Parameters
    ----------
    points
        float64 ``[n 3]``.
    pairs
        ``[p 2]`` of near points, the smaller first, sorted by the larger. A point without
        a leader becomes one.
    """
    leaders = np.empty(points.shape[0], np.int64)
    at: Index = 0
    for n in range(points.shape[0]):
        leaders[n] = n
        least = np.inf
        while at < pairs.shape[0] and pairs[at, 1] == n:
            other: Index = pairs[at, 0]
            at += 1
            if leaders[other] != other:
                continue
            square = 0.0
            for axis in range(3):
                square += (points[n, axis] - points[other, axis]) ** 2
            if square < least:
                least = square
                leaders[n] = other
    return leaders
