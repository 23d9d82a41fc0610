"""Untangling: collapses that did harm are taken back, and what that leaves is proven anew."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from shared.meshing.bounds import bounds_of
from shared.meshing.hausdorff import face_bounds
from shared.meshing.nesting import closed_pieces, nesting_of, pieces_of
from shared.meshing.self_intersections import crossing_faces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.meshing.kernels.bounding_tree import BoundingTree
    from shared.meshing.kernels.collapse import Surface
    from shared.meshing.kernels.undo import FirstSurface
    from shared.shapes import FaceArray, VertexArray

UNDO_ROUNDS: Final = 64
"""How often collapses are undone and the surface looked at again."""
MAXIMUM_WIDENING: Final = 4
"""Rings of faces around a wrong one in which collapses are undone if those at it cannot be."""
GRID_CELLS: Final = 96
"""Cells along each axis of the grid in which first faces near changes are sought."""
ROUNDING: Final = 1e-6
"""Share of the largest coordinate by which boxes grow, to be safe from float32 rounding."""


def untangle(
    surface: Surface, first_vertices: VertexArray, first_faces: FaceArray, limit: float
) -> tuple[int, float]:
    """Take collapses back until the surface is sound.

    Wrong are faces that cross, pieces that were turned inside out or came to lie on the
    other side of another piece's surface, and, after something was taken back, faces
    farther from the first surface than the limit. The last collapse of every corner of
    a wrong face is taken back, again and again; where none can be without spoiling the
    manifold, those around it are. At the end stands the first surface.

    Returns
    -------
    crossings, bound
        Pairs of faces that still cross, and a bound of the distance between the first
        surface and this one, both ways.
    """
    with ThreadPoolExecutor(max_workers=1) as beside:
        order = beside.submit(_Order.of, surface, first_vertices, first_faces)
        wrong, crossings = _wrong_faces(surface, order, beside, None)
        return _undone(surface, first_vertices, first_faces, limit, order, beside, wrong, crossings)


def _undone(
    surface: Surface,
    first_vertices: VertexArray,
    first_faces: FaceArray,
    limit: float,
    order: Future[_Order],
    beside: ThreadPoolExecutor,
    wrong: NDArray[np.bool_],
    crossings: int,
) -> tuple[int, float]:
    """Take collapses back until nothing is wrong, and do the rest of `untangle`."""
    from shared.meshing.kernels.collapse import scratch
    from shared.meshing.kernels.undo import undo_merges

    bound = float(surface.bounds[surface.faces[:, 0] >= 0].max(initial=0.0))
    if not wrong.any():
        return crossings, bound
    first = _first_surface(surface, first_vertices, first_faces)
    proof = _Proof.before(surface, first_vertices, first_faces, bound)
    seen = wrong
    widening = 0
    for _ in range(UNDO_ROUNDS):
        if undo_merges(surface, first, _corners_around(surface, wrong, widening), scratch()) == 0:
            widening += 1
            if widening > MAXIMUM_WIDENING:
                break
            continue
        widening = 0
        seen = seen | first.changed
        wrong, crossings = _wrong_faces(surface, order, beside, seen)
        seen = seen | wrong
        if not wrong.any():
            bound, wrong = proof.of(surface, first, limit)
            if not wrong.any():
                return crossings, bound
    return crossings, proof.of(surface, first, limit)[0]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Order:
    """How the pieces of the first surface lie: `pieces_of`, `closed_pieces`, `nesting_of`."""

    pieces: NDArray[np.int32]
    closed: NDArray[np.bool_]
    nesting: NDArray[np.int64]

    @classmethod
    def of(cls, surface: Surface, vertices: VertexArray, faces: FaceArray) -> _Order:
        """Find it."""
        pieces = pieces_of(vertices, faces)
        closed = closed_pieces(faces, pieces, ~surface.fixed)
        nesting = nesting_of(vertices, faces, pieces, closed)
        return cls(pieces=pieces, closed=closed, nesting=nesting)

    def misplaced(
        self, vertices: VertexArray, faces: FaceArray, live: NDArray[np.intp]
    ) -> NDArray[np.bool_]:
        """Return which of the live faces belong to pieces that lie otherwise now."""
        pieces = self.pieces[live]
        nesting = nesting_of(vertices, faces, pieces, self.closed)
        return np.asarray((nesting != self.nesting).any(axis=1)[pieces])


def _wrong_faces(
    surface: Surface,
    order: Future[_Order],
    beside: ThreadPoolExecutor,
    among: NDArray[np.bool_] | None,
) -> tuple[NDArray[np.bool_], int]:
    """Return which faces cross or belong to misplaced pieces, and how many pairs cross.

    Pieces are looked at on another thread meanwhile.
    """
    live = np.flatnonzero(surface.faces[:, 0] >= 0)
    faces = surface.faces[live]
    vertices = _vertices(surface)
    misplaced = beside.submit(lambda: order.result().misplaced(vertices, faces, live))
    pairs = crossing_faces(vertices, faces, among=None if among is None else among[live])
    wrong = np.zeros(len(surface.faces), dtype=np.bool_)
    wrong[live] = misplaced.result()
    wrong[live[pairs.ravel()]] = True
    return wrong, len(pairs)


def _vertices(surface: Surface) -> VertexArray:
    return (surface.positions + surface.origin).astype(np.float32)


def _corners_around(surface: Surface, wrong: NDArray[np.bool_], rings: int) -> NDArray[np.int32]:
    """Return the corners of the wrong faces, widened by rings of faces."""
    corners = surface.faces[surface.faces[:, 0] >= 0]
    chosen = np.zeros(len(surface.positions), dtype=np.bool_)
    chosen[surface.faces[wrong & (surface.faces[:, 0] >= 0)]] = True
    for _ in range(rings):
        chosen[corners[chosen[corners].any(axis=1)]] = True
    return np.flatnonzero(chosen).astype(np.int32)


def _first_surface(
    surface: Surface, first_vertices: VertexArray, first_faces: FaceArray
) -> FirstSurface:
    from shared.meshing.kernels.collapse import corner_lists
    from shared.meshing.kernels.undo import MAXIMUM_CLUSTER, FirstSurface, root_numbers

    heads, following = corner_lists(first_faces, len(first_vertices))
    return FirstSurface(
        faces=first_faces,
        heads=heads,
        following=following,
        roots=root_numbers(surface.parents),
        changed=np.zeros(len(first_faces), dtype=np.bool_),
        cluster=np.empty(MAXIMUM_CLUSTER, dtype=np.int32),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Proof:
    """What is needed to bound distances again where collapses were taken back.

    Every point of the first surface has a partner on the collapsed one, not farther
    than the bound. A partner on faces that did not change is still there. A point whose
    partner is gone was within the bound of a face that changed: the first faces there,
    and the changed faces as they are now, are bounded directly.
    """

    vertices: VertexArray
    faces: FaceArray
    collapsed_vertices: VertexArray
    collapsed_faces: FaceArray
    bound: float

    @classmethod
    def before(
        cls, surface: Surface, vertices: VertexArray, faces: FaceArray, bound: float
    ) -> _Proof:
        """Remember the surface as it is before anything is taken back."""
        return cls(
            vertices=vertices,
            faces=faces,
            collapsed_vertices=_vertices(surface),
            collapsed_faces=surface.faces.copy(),
            bound=bound,
        )

    def of(
        self, surface: Surface, first: FirstSurface, limit: float
    ) -> tuple[float, NDArray[np.bool_]]:
        """Return a bound of the distance both ways, and the faces where it is above the limit."""
        from shared.meshing.kernels.bounding_tree import bounding_tree

        live = surface.faces[:, 0] >= 0
        kept = float(surface.bounds[live & ~first.changed].max(initial=0.0))
        accepted = limit if np.isfinite(limit) else kept
        vertices = _vertices(surface)
        new = np.flatnonzero(live & first.changed)
        gone = np.flatnonzero(first.changed & (self.collapsed_faces[:, 0] >= 0))
        gone_boxes = self._boxes(self.collapsed_vertices, self.collapsed_faces[gone])
        new_boxes = self._boxes(vertices, surface.faces[new])
        chosen = self._roughly_near(np.vstack([gone_boxes, new_boxes]))
        tree = bounding_tree(self.vertices, self.faces[chosen])
        old = chosen[self._overlapping(gone_boxes, tree)]
        forward = face_bounds(vertices, surface.faces[new], tree, accepted)
        now = bounding_tree(vertices, surface.faces[live])
        backward = face_bounds(self.vertices, self.faces[old], now, accepted)
        wrong = np.zeros(len(self.faces), dtype=np.bool_)
        wrong[new[forward > limit]] = True
        far = old[backward > limit]
        if len(far):
            roots = np.zeros(len(vertices), dtype=np.bool_)
            roots[first.roots[self.faces[far]]] = True
            wrong[live] |= roots[surface.faces[live]].any(axis=1)
        return max(kept, forward.max(initial=0.0), backward.max(initial=0.0)), wrong

    def _boxes(self, vertices: VertexArray, faces: FaceArray) -> NDArray[np.float64]:
        """Return boxes ``[n 6]`` around faces, wider by the bound."""
        corners = vertices[faces].astype(np.float64)
        margin = self.bound + ROUNDING * float(np.abs(self.vertices).max(initial=0.0))
        return np.hstack([corners.min(axis=1) - margin, corners.max(axis=1) + margin])

    def _roughly_near(self, boxes: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return the first faces that may overlap a box: all of those, and some more.

        A distance from them alone is never too small.
        """
        from shared.meshing.kernels.farthest import faces_near_boxes

        low, high = (corner.astype(np.float64) for corner in bounds_of(self.vertices))
        extent = float((high - low).max())
        cells_per_unit = GRID_CELLS / extent if extent > 0.0 else 0.0
        near = faces_near_boxes(self.vertices, self.faces, boxes, low, cells_per_unit, GRID_CELLS)
        return np.flatnonzero(near) if near.any() else np.arange(len(self.faces))

    def _overlapping(self, boxes: NDArray[np.float64], tree: BoundingTree) -> NDArray[np.bool_]:
        """Return which faces of a tree are in leaves that overlap a box."""
        from shared.meshing.kernels.bounding_tree import LEAF_SIZE
        from shared.meshing.kernels.farthest import mark_overlapping

        near = np.zeros(len(tree.order), dtype=np.bool_)
        mark_overlapping(boxes, tree, LEAF_SIZE, near)
        return near
