"""Tidying: what is twice, or without area, goes; borders that nearly meet are welded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from shared.meshing.draft import Change, Draft, Mend
from shared.meshing.weld import merge_positions, pointed_faces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.shapes import FaceArray, VertexArray

FLIP_ROUNDS: Final = 32
"""Rounds of edge flips; a round frees every flat face that has a neighbor with an area."""

SHORTEST_SHARE: Final = 0.5
"""Largest move of a welded vertex, as a share of the shortest edge there or at its goal."""

Step = tuple[Draft, Change | None]
"""A draft after a step, and what it did; None if nothing."""


def without_pointed(draft: Draft) -> Step:
    """Drop faces that name a vertex twice."""
    pointed = pointed_faces(draft.faces)
    return _dropping(draft, pointed, Mend.POINTED_FACES)


def without_duplicates(draft: Draft) -> Step:
    """Drop faces that have the three vertices of an earlier one, in whatever order."""
    from shared.meshing.kernels.adjacency import first_of_equal

    rows = np.ascontiguousarray(np.sort(draft.faces, axis=1)).view(np.uint32)
    repeated = first_of_equal(rows) != np.arange(len(rows))
    return _dropping(draft, repeated, Mend.DUPLICATE_FACES)


def _dropping(draft: Draft, dropped: NDArray[np.bool_], mend: Mend) -> Step:
    count = int(np.count_nonzero(dropped))
    if count == 0:
        return draft, None
    return draft.keeping(~dropped), Change(mend=mend, count=count, places=draft.centers(dropped))


def welded(draft: Draft, tolerance: float, mm_per_unit: float) -> Step:
    """Move border vertices to others within `tolerance`, in the frame's unit.

    Only vertices at edges of one face: where a surface is closed, details finer than
    the tolerance stay. Those with long edges first, a vertex goes to the nearest one
    before it that stays, if that is within the tolerance, and stays itself if there is
    none. None moves farther than half the shortest edge at the one of both where it is
    longer: edges finer than the tolerance stay.
    """
    from shared.meshing.kernels.adjacency import edge_order
    from shared.meshing.kernels.borders import border_half_edges

    border = border_half_edges(draft.faces, edge_order(draft.faces, len(draft.vertices)))
    if tolerance <= 0.0 or len(border) == 0:
        return draft, None
    ends = draft.faces[border // 3]
    open_vertices = np.unique(
        np.concatenate([ends[np.arange(len(ends)), (border + n) % 3] for n in (0, 1)])
    )
    goal = _goals(draft, open_vertices, tolerance)
    moved = np.flatnonzero(goal != np.arange(len(goal)))
    if len(moved) == 0:
        return draft, None
    places = draft.vertices[moved]
    moves = np.linalg.norm(draft.vertices[goal[moved]].astype(float) - places, axis=1)
    change = Change(
        mend=Mend.WELDED_VERTICES,
        count=len(moved),
        places=places,
        largest_move_mm=float(moves.max()) * mm_per_unit,
    )
    return Draft(vertices=draft.vertices, faces=goal[draft.faces], turned=draft.turned), change


def _goals(draft: Draft, open_vertices: NDArray[np.int32], tolerance: float) -> NDArray[np.int32]:
    """Return for each vertex the one it goes to."""
    from scipy.spatial import cKDTree

    from shared.meshing.kernels.borders import nearest_leaders

    shortest = _shortest_edges(draft)[open_vertices]
    order = np.argsort(-shortest, kind="stable")
    open_vertices, shortest = open_vertices[order], shortest[order]
    points = draft.vertices[open_vertices].astype(np.float64)
    pairs = cKDTree(points).query_pairs(tolerance, output_type="ndarray")
    pairs = np.sort(pairs, axis=1)
    distances = np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1)
    pairs = pairs[distances <= SHORTEST_SHARE * shortest[pairs].max(axis=1)]
    pairs = pairs[np.argsort(pairs[:, 1], kind="stable")]
    leaders = nearest_leaders(points, np.ascontiguousarray(pairs))
    goal = np.arange(len(draft.vertices), dtype=np.int32)
    goal[open_vertices] = open_vertices[leaders]
    return goal


def _shortest_edges(draft: Draft) -> NDArray[np.float64]:
    """Return the length of the shortest edge at each vertex; infinite if there is none."""
    corners = draft.vertices[draft.faces].astype(np.float64)
    lengths = np.linalg.norm(corners - np.roll(corners, -1, axis=1), axis=2)
    shortest = np.full(len(draft.vertices), np.inf)
    for corner in range(3):
        both = np.minimum(lengths[:, corner], lengths[:, corner - 1])
        np.minimum.at(shortest, draft.faces[:, corner], both)
    return shortest


def _edge_keys(faces: FaceArray, vertex_count: int) -> NDArray[np.int64]:
    """Return the sorted numbers of all edges: smaller end × vertices + larger end."""
    ends = np.stack([faces, np.roll(faces, -1, axis=1)], axis=-1).reshape(-1, 2).astype(np.int64)
    return np.unique(ends.min(axis=1) * vertex_count + ends.max(axis=1))


def _is_among(keys: NDArray[np.int64], known: NDArray[np.int64]) -> NDArray[np.bool_]:
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.asarray(known[at] == keys)


def without_flat(draft: Draft) -> Step:
    """Take faces of exactly zero area out, without moving a vertex.

    The longest edge of such a face is flipped, which cuts the neighbor behind it in two;
    at a border the face alone goes. What cannot be flipped without an edge of three faces
    stays.
    """
    from shared.meshing.kernels.flatness import zero_area

    places: list[VertexArray] = []
    for _ in range(FLIP_ROUNDS):
        flat = zero_area(draft.vertices, draft.faces)
        found = np.flatnonzero(flat)
        if len(found) == 0:
            break
        draft, treated = _flip_round(draft, found, flat)
        if len(treated) == 0:
            break
        places.append(treated)
    if not places:
        return draft, None
    where = np.concatenate(places)
    return draft, Change(mend=Mend.FLAT_FACES, count=len(where), places=where)


def _flip_round(
    draft: Draft, found: NDArray[np.intp], flat: NDArray[np.bool_]
) -> tuple[Draft, VertexArray]:
    """Flip as many flat faces as do not disturb each other; return where."""
    from shared.meshing.kernels.adjacency import edge_order
    from shared.meshing.kernels.half_edges import mates_of

    vertices, faces, turned = draft.vertices, draft.faces.copy(), draft.turned.copy()
    mates = mates_of(faces, edge_order(faces, len(vertices)))
    edges = _edge_keys(faces, len(vertices))
    corners = vertices[faces[found]].astype(np.float64)
    lengths = np.square(corners - np.roll(corners, -1, axis=1)).sum(axis=2)
    busy_faces, busy_vertices = set[int](), set[int]()
    dropped = np.zeros(len(faces), dtype=np.bool_)
    treated = []
    for hard in (False, True):  # flips between two flat faces only if there are no others
        for f, long in zip(found.tolist(), lengths.argmax(axis=1).tolist(), strict=True):
            a, b, c = (int(faces[f, (long + n) % 3]) for n in range(3))
            mate = int(mates[3 * f + long])
            if mate == CROWDED or f in busy_faces:
                continue
            if mate == ALONE:
                dropped[f] = True
                busy_faces.add(f)
                treated.append(f)
                continue
            g, d = mate // 3, int(draft.faces[mate // 3, (mate + 2) % 3])
            if g in busy_faces or bool(flat[g]) != hard or {c, d} & busy_vertices or c == d:
                continue
            key = np.array([min(c, d) * len(vertices) + max(c, d)], dtype=np.int64)
            if _is_among(key, edges)[0]:
                continue
            neighbor = faces[g].copy()
            faces[g] = np.where(neighbor == a, c, neighbor)
            faces[f] = np.where(neighbor == b, c, neighbor)
            turned[f] = turned[g]
            busy_faces |= {f, g}
            busy_vertices |= {c, d}
            treated.append(f)
        if treated:
            break
    places = draft.centers(np.array(treated, dtype=np.intp))
    return Draft(vertices=vertices, faces=faces, turned=turned).keeping(~dropped), places


ALONE: Final = -1
"""Mate of a half-edge at a border."""
CROWDED: Final = -2
"""Mate of a half-edge at an edge of three or more faces."""


def merged(draft: Draft) -> Step:
    """Merge vertices of equal position."""
    vertices, faces = merge_positions(draft.vertices, draft.faces)
    count = len(draft.vertices) - len(vertices)
    if count == 0:
        return draft, None
    change = Change(
        mend=Mend.MERGED_VERTICES, count=count, places=np.zeros((0, 3), dtype=np.float32)
    )
    return Draft(vertices=vertices, faces=faces, turned=draft.turned), change


def without_unused(draft: Draft) -> Step:
    """Drop vertices that no face uses."""
    used = np.zeros(len(draft.vertices), dtype=np.bool_)
    used[draft.faces.ravel()] = True
    count = int(np.count_nonzero(~used))
    if count == 0:
        return draft, None
    number = np.cumsum(used, dtype=np.int32) - np.int32(1)
    change = Change(
        mend=Mend.UNUSED_VERTICES, count=count, places=np.zeros((0, 3), dtype=np.float32)
    )
    kept = Draft(vertices=draft.vertices[used], faces=number[draft.faces], turned=draft.turned)
    return kept, change
