"""Half-edges of damaged surfaces: consistent winding, partners across edges, fans, borders.

Half-edge ``3 f + c`` runs from corner ``c`` of face ``f`` to the next corner. `order`
is always `adjacency.edge_order`, which brings the half-edges of an edge together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shared.kernels import kernel, part
from shared.meshing.kernels import Index
from shared.meshing.kernels.adjacency import unite

if TYPE_CHECKING:
    from numpy.typing import NDArray

NONE = -1
"""No partner: the half-edge lies on a border."""
OTHER_PIECE = 4.0 * np.pi
"""Added to the angle between two faces of different pieces: more than two full turns."""


@part
def after(half_edge: Index) -> Index:
    """Return the next half-edge of the same face."""
    return half_edge + 1 if half_edge % 3 < 2 else half_edge - 2


@part
def start_of(faces: NDArray[np.int32], half_edge: Index) -> Index:
    """Return the vertex that a half-edge starts from."""
    return np.int64(faces[half_edge // 3, half_edge % 3])


@part
def is_forward(faces: NDArray[np.int32], half_edge: Index) -> bool:
    """Return whether a half-edge runs from the smaller to the larger vertex."""
    return start_of(faces, half_edge) < start_of(faces, after(half_edge))


@part
def end_of_edge(faces: NDArray[np.int32], order: NDArray[np.int32], at: Index) -> Index:
    """Return where in `order` the half-edges of the edge that begins at `at` end."""
    h = np.int64(order[at])
    a, b = start_of(faces, h), start_of(faces, after(h))
    low, high = min(a, b), max(a, b)
    end = at + 1
    while end < order.shape[0]:
        h = np.int64(order[end])
        a, b = start_of(faces, h), start_of(faces, after(h))
        if min(a, b) != low or max(a, b) != high:
            break
        end += 1
    return end


@part
def _root_and_turn(
    parents: NDArray[np.int32], turned: NDArray[np.bool_], face: Index
) -> tuple[Index, bool]:
    """Return the root of a face and whether the two wind differently; shortens the way."""
    root, turn = face, False
    while parents[root] != root:
        turn ^= turned[root]
        root = np.int64(parents[root])
    at, rest = face, turn
    while parents[at] != root and at != root:
        following = np.int64(parents[at])
        mine = turned[at]
        parents[at] = root
        turned[at] = rest
        rest ^= mine
        at = following
    return root, turn


@kernel
def wind_consistently(
    faces: NDArray[np.int32], order: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.bool_], int, int]:
    """Join faces over edges that have two faces, and make their windings agree.

    Returns
    -------
    piece
        int32 ``[f]``, numbered in the order of first faces.
    turned
        bool ``[f]``, whether a face winds differently from the first of its piece.
    pieces, contradictions
        Number of pieces, and of edges where no turning helps (a Möbius strip has one).
    """
    count = faces.shape[0]
    parents = np.empty(count, np.int32)
    turned = np.zeros(count, np.bool_)
    for f in range(count):
        parents[f] = f
    contradictions = 0
    at: Index = 0
    while at < order.shape[0]:
        end = end_of_edge(faces, order, at)
        if end == at + 2:
            first, second = np.int64(order[at]), np.int64(order[at + 1])
            differ = is_forward(faces, first) == is_forward(faces, second)
            a, turn_a = _root_and_turn(parents, turned, first // 3)
            b, turn_b = _root_and_turn(parents, turned, second // 3)
            if a == b:
                contradictions += int((turn_a ^ turn_b) != differ)
            elif a < b:
                parents[b] = a
                turned[b] = turn_a ^ turn_b ^ differ
            else:
                parents[a] = b
                turned[a] = turn_a ^ turn_b ^ differ
        at = end
    piece = np.empty(count, np.int32)
    found = np.empty(count, np.bool_)
    pieces = 0
    for f in range(count):
        root, turn = _root_and_turn(parents, turned, np.int64(f))
        if root == f:
            piece[f] = pieces
            pieces += 1
        else:
            piece[f] = piece[root]
        found[f] = turn
    return piece, found, pieces, contradictions


@part
def _angles(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    half_edges: NDArray[np.int32],
    angles: NDArray[np.float64],
) -> None:
    """Write the angle of each face around their common edge, seen against its direction."""
    h = np.int64(half_edges[0])
    a, b = start_of(faces, h), start_of(faces, after(h))
    low, high = min(a, b), max(a, b)
    e, p = np.empty(3), np.empty(3)
    for axis in range(3):
        e[axis] = np.float64(vertices[high, axis]) - np.float64(vertices[low, axis])
    length = np.sqrt(e[0] ** 2 + e[1] ** 2 + e[2] ** 2)
    if length > 0.0:
        e /= length
    x, y = np.zeros(3), np.zeros(3)
    for n in range(half_edges.shape[0]):
        third = start_of(faces, after(after(np.int64(half_edges[n]))))
        for axis in range(3):
            p[axis] = np.float64(vertices[third, axis]) - np.float64(vertices[low, axis])
        p -= (p[0] * e[0] + p[1] * e[1] + p[2] * e[2]) * e
        if n == 0:
            x[:] = p
            y[0] = e[1] * p[2] - e[2] * p[1]
            y[1] = e[2] * p[0] - e[0] * p[2]
            y[2] = e[0] * p[1] - e[1] * p[0]
        along = p[0] * x[0] + p[1] * x[1] + p[2] * x[2]
        across = p[0] * y[0] + p[1] * y[1] + p[2] * y[2]
        angles[n] = np.arctan2(across, along)


@part
def _leave_smallest(
    faces: NDArray[np.int32],
    half_edges: NDArray[np.int32],
    piece: NDArray[np.int32],
    areas: NDArray[np.float64],
    free: NDArray[np.bool_],
) -> None:
    """Set aside faces of the smallest pieces until as many run forward as backward."""
    count = half_edges.shape[0]
    while True:
        surplus = 0
        for n in range(count):
            if free[n]:
                surplus += 1 if is_forward(faces, np.int64(half_edges[n])) else -1
        if surplus == 0:
            return
        smallest, least = NONE, np.inf
        for n in range(count):
            forward = is_forward(faces, np.int64(half_edges[n]))
            area = areas[piece[half_edges[n] // 3]]
            if free[n] and forward == (surplus > 0) and area < least:
                smallest, least = n, area
        if smallest == NONE:
            return
        free[smallest] = False


@part
def _pair_around(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    half_edges: NDArray[np.int32],
    piece: NDArray[np.int32],
    areas: NDArray[np.float64],
    partners: NDArray[np.int32],
) -> None:
    """Pair the half-edges of an edge of three or more faces: those with solid between them."""
    count = half_edges.shape[0]
    angles = np.empty(count)
    free = np.ones(count, np.bool_)
    _angles(vertices, faces, half_edges, angles)
    _leave_smallest(faces, half_edges, piece, areas, free)
    while True:
        best, first, second = np.inf, NONE, NONE
        for n in range(count):
            h = np.int64(half_edges[n])
            if not free[n] or not is_forward(faces, h):
                continue
            for m in range(count):
                g = np.int64(half_edges[m])
                if not free[m] or is_forward(faces, g):
                    continue
                solid = (angles[n] - angles[m]) % (2.0 * np.pi)
                if piece[h // 3] != piece[g // 3]:
                    solid += OTHER_PIECE
                if solid < best:
                    best, first, second = solid, n, m
        if first == NONE:
            return
        free[first] = free[second] = False
        partners[half_edges[first]] = half_edges[second]
        partners[half_edges[second]] = half_edges[first]


@kernel
def pair_half_edges(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    order: NDArray[np.int32],
    piece: NDArray[np.int32],
    areas: NDArray[np.float64],
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the partner of each half-edge across its edge, and edges of over two faces.

    Partners run in opposite directions. At an edge of three or more faces those of one
    piece go together first, and those with the narrowest solid between them, so that
    solids which touch in an edge come apart. Where the directions do not balance, faces
    of the piece of least area are left without a partner: interior walls and fins.

    Parameters
    ----------
    vertices, faces, order
        The surface and its `edge_order`.
    piece, areas
        int32 ``[f]`` and the area of each piece.

    Returns
    -------
    partners
        int32 ``[3 f]``; `NONE` on borders.
    crowded
        One half-edge of each edge that has three or more faces.
    """
    partners = np.empty(order.shape[0], np.int32)
    for n in range(order.shape[0]):
        partners[n] = NONE
    crowded = np.empty(order.shape[0] // 3 + 1, np.int32)
    count = 0
    at: Index = 0
    while at < order.shape[0]:
        end = end_of_edge(faces, order, at)
        if end == at + 2:
            first, second = order[at], order[at + 1]
            if is_forward(faces, np.int64(first)) != is_forward(faces, np.int64(second)):
                partners[first], partners[second] = second, first
        elif end > at + 2:
            _pair_around(vertices, faces, order[at:end].copy(), piece, areas, partners)
            crowded[count] = order[at]
            count += 1
        at = end
    return partners, crowded[:count].copy()


@kernel
def joined_corners(
    faces: NDArray[np.int32], partners: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return union-find parents of corners joined around vertices, and of faces over edges."""
    corners = np.empty(partners.shape[0], np.int32)
    parents = np.empty(faces.shape[0], np.int32)
    for n in range(partners.shape[0]):
        corners[n] = n
    for f in range(faces.shape[0]):
        parents[f] = f
    for n in range(partners.shape[0]):
        h, g = np.int64(n), np.int64(partners[n])
        if g > h:
            unite(corners, h, after(g))
            unite(corners, after(h), g)
            unite(parents, h // 3, g // 3)
    for n in range(partners.shape[0]):
        root = n
        while corners[root] != root:
            root = corners[root]
        corners[n] = root
    for f in range(faces.shape[0]):
        root = f
        while parents[root] != root:
            root = parents[root]
        parents[f] = root
    return corners, parents


@kernel
def mates_of(faces: NDArray[np.int32], order: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the other half-edge of each edge of two faces, however they wind.

    −1 where an edge has one face, −2 where it has three or more.
    """
    mates = np.empty(order.shape[0], np.int32)
    at: Index = 0
    while at < order.shape[0]:
        end = end_of_edge(faces, order, at)
        for n in range(at, end):
            mates[order[n]] = -1 if end == at + 1 else -2
        if end == at + 2:
            mates[order[at]], mates[order[at + 1]] = order[at + 1], order[at]
        at = end
    return mates


@kernel
def surplus_half_edges(
    faces: NDArray[np.int32], order: NDArray[np.int32], partners: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the half-edges of edges that stand where another edge stands already.

    Where a surface touches itself in a single edge, two pairs of partners, or a pair and
    a border, have the same two vertices. All but the first are surplus; each pair is
    given once.

    Returns
    -------
    surplus, firsts
        Half-edges, and for each the first half-edge at the same place.
    """
    surplus = np.empty(order.shape[0], np.int32)
    firsts = np.empty(order.shape[0], np.int32)
    count = 0
    at: Index = 0
    while at < order.shape[0]:
        end = end_of_edge(faces, order, at)
        first = order[at]
        for n in range(at + 1, end):
            h, partner = order[n], partners[order[n]]
            if partner != first and (partner == NONE or h < partner):
                surplus[count], firsts[count] = h, first
                count += 1
        at = end
    return surplus[:count].copy(), firsts[:count].copy()
