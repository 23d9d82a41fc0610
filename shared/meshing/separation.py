"""Separation: surfaces that touch in an edge or a vertex come apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from shared.meshing.draft import Change, Draft, Mend

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.shapes import FaceArray, VertexArray

MOVE_SHARE: Final = 1e-3
"""How far a copy of a vertex moves, as a share of the shortest edge at it."""
LEAST_MOVE_ULPS: Final = 16.0
"""How far it moves at least, in units in the last place of its largest coordinate."""


def split_fans(draft: Draft, corners: NDArray[np.int32]) -> tuple[Draft, NDArray[np.int32]]:
    """Give each fan of faces at a vertex a vertex of its own, at the same position.

    Parameters
    ----------
    draft
        Its faces.
    corners
        int32 ``[3 f]``: the first corner of each corner's fan.

    Returns
    -------
    draft, owners
        The copies are the last vertices; `owners` are the vertices they were made of. The
        first fan of a vertex keeps it.
    """
    flat = draft.faces.ravel()
    roots = np.flatnonzero(corners == np.arange(len(corners)))
    owner = flat[roots]
    order = np.argsort(owner, kind="stable")
    roots, owner = roots[order], owner[order]
    _, first = np.unique(owner, return_index=True)
    is_copy = np.ones(len(roots), dtype=np.bool_)
    is_copy[first] = False
    copies = np.flatnonzero(is_copy)
    if len(copies) == 0:
        return draft, np.zeros(0, dtype=np.int32)
    number = np.zeros(len(corners), dtype=np.int32)
    number[roots] = owner
    number[roots[copies]] = len(draft.vertices) + np.arange(len(copies), dtype=np.int32)
    faces = number[corners].reshape(-1, 3)
    vertices = np.concatenate([draft.vertices, draft.vertices[owner[copies]]])
    return Draft(vertices=vertices, faces=faces, turned=draft.turned), owner[copies]


def split_edges(
    draft: Draft, partners: NDArray[np.int32], owners: NDArray[np.int32]
) -> tuple[Draft, NDArray[np.int32], NDArray[np.int32]]:
    """Give edges that stand where another stands already a vertex in their middle.

    That is where a surface touches itself in an edge whose ends it also joins: no copy
    of a vertex takes the two apart.

    Parameters
    ----------
    draft, owners
        From `split_fans`.
    partners
        Across edges, as `pair_half_edges` gives them.

    Returns
    -------
    draft, partners, owners
        With the new faces and vertices; all vertices of one place have one owner.
    """
    from shared.meshing.kernels.adjacency import edge_order
    from shared.meshing.kernels.half_edges import surplus_half_edges

    order = edge_order(draft.faces, len(draft.vertices))
    surplus, firsts = surplus_half_edges(draft.faces, order, partners)
    if len(surplus) == 0:
        return draft, partners, owners
    cut = _Cutting(draft, partners)
    for half_edge in surplus.tolist():
        cut.cut(half_edge)
    _, first, group = np.unique(firsts, return_index=True, return_inverse=True)
    more = (len(draft.vertices) + first[group]).astype(np.int32)
    return cut.draft(), np.array(cut.partners, dtype=np.int32), np.concatenate([owners, more])


class _Cutting:
    """Faces in lists, while edges of them are cut in two."""

    def __init__(self, draft: Draft, partners: NDArray[np.int32]) -> None:
        self.before = draft
        self.faces: list[list[int]] = draft.faces.tolist()
        self.turned: list[bool] = draft.turned.tolist()
        self.partners: list[int] = partners.tolist()
        self.middles: list[NDArray[np.float64]] = []

    def cut(self, half_edge: int) -> None:
        """Put a vertex into the middle of an edge, and cut its faces there."""
        partner = self.partners[half_edge]
        ends = [self.faces[half_edge // 3][n % 3] for n in (half_edge, half_edge % 3 + 1)]
        vertices = self.before.vertices
        known = len(vertices)
        corners = [
            vertices[v].astype(np.float64) if v < known else self.middles[v - known] for v in ends
        ]
        middle = known + len(self.middles)
        self.middles.append(0.5 * (corners[0] + corners[1]))
        rest = self._cut_face(half_edge, middle)
        if partner >= 0:
            other = self._cut_face(partner, middle)
            self._join(half_edge, other)
            self._join(rest, partner)

    def _cut_face(self, half_edge: int, middle: int) -> int:
        """Cut a face from the middle of an edge; return the second half of that edge."""
        face, corner = divmod(half_edge, 3)
        following, last = (corner + 1) % 3, (corner + 2) % 3
        end, opposite = self.faces[face][following], self.faces[face][last]
        self.faces[face][following] = middle
        self.faces.append([middle, end, opposite])
        self.turned.append(self.turned[face])
        rest = len(self.partners)
        beyond = self.partners[3 * face + following]
        self.partners += [-1, -1, -1]
        self._join(rest + 1, beyond)
        self._join(rest + 2, 3 * face + following)
        return rest

    def _join(self, first: int, second: int) -> None:
        self.partners[first] = second
        if second >= 0:
            self.partners[second] = first

    def draft(self) -> Draft:
        """Return the faces as they are now."""
        middles = np.array(self.middles, dtype=np.float32).reshape(-1, 3)
        return Draft(
            vertices=np.concatenate([self.before.vertices, middles]),
            faces=np.array(self.faces, dtype=np.int32),
            turned=np.array(self.turned, dtype=np.bool_),
        )


def moved_apart(
    draft: Draft, owners: NDArray[np.int32], mm_per_unit: float
) -> tuple[Draft, Change | None]:
    """Move the copies of vertices into their own solid.

    Against the mean normal of their faces, by a thousandth of the shortest edge: files
    know vertices by position alone, and would join them again.

    Parameters
    ----------
    draft, owners
        From `split_edges`, wound outward.
    mm_per_unit
        Of the frame.
    """
    if len(owners) == 0:
        return draft, None
    first = len(draft.vertices) - len(owners)
    places = draft.vertices[first:]
    # the copies of one vertex move by different lengths, lest two meet again
    order = np.argsort(owners, kind="stable")
    _, starts, sizes = np.unique(owners[order], return_index=True, return_counts=True)
    ranks = np.empty(len(owners))
    ranks[order] = np.arange(len(owners)) - np.repeat(starts, sizes)
    moves = _moves(draft.vertices, draft.faces, first) * (1.0 + ranks)[:, None]
    vertices = np.concatenate([draft.vertices[:first], (places + moves).astype(np.float32)])
    touching = np.unique(owners)
    change = Change(
        mend=Mend.SPLIT_VERTICES,
        count=len(touching),
        places=draft.vertices[touching],
        largest_move_mm=float(np.linalg.norm(moves, axis=1).max()) * mm_per_unit,
    )
    return Draft(vertices=vertices, faces=draft.faces, turned=draft.turned), change


def _moves(vertices: VertexArray, faces: FaceArray, first_copy: int) -> NDArray[np.float64]:
    """Return how the vertices from `first_copy` on move."""
    near = faces[(faces >= first_copy).any(axis=1)]
    corners = vertices[near].astype(np.float64)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    edges = np.linalg.norm(corners - np.roll(corners, -1, axis=1), axis=2)
    count = len(vertices) - first_copy
    inward, shortest = np.zeros((count, 3)), np.full(count, np.inf)
    for corner in range(3):
        at = near[:, corner] - first_copy
        of_copy = at >= 0
        np.subtract.at(inward, at[of_copy], normals[of_copy])
        both = np.minimum(edges[:, corner], edges[:, corner - 1])
        np.minimum.at(shortest, at[of_copy], both[of_copy])
    size = np.linalg.norm(inward, axis=1, keepdims=True)
    fallback = np.broadcast_to([1.0, 0.0, 0.0], inward.shape)
    direction = np.where(size > 0.0, inward / np.maximum(size, np.finfo(float).tiny), fallback)
    largest = np.abs(vertices[first_copy:]).max(axis=1)
    least = LEAST_MOVE_ULPS * np.spacing(largest).astype(np.float64)
    return np.asarray(direction * np.maximum(MOVE_SHARE * shortest, least)[:, None])
