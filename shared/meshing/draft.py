"""Draft: a surface under repair, and what a step did to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.shapes import FaceArray, VertexArray


class Mend(StrEnum):
    """What a repair does."""

    MERGED_VERTICES = "merged_vertices"
    """Vertices of exactly one position became one, as in every STL file."""
    WELDED_VERTICES = "welded_vertices"
    """Vertices on borders moved to another one within the welding distance."""
    POINTED_FACES = "pointed_faces"
    """Faces that name a vertex twice went."""
    DUPLICATE_FACES = "duplicate_faces"
    """Faces with the vertices of an earlier face went."""
    FLAT_FACES = "flat_faces"
    """Faces of zero area went: their longest edge was flipped, or the border took them in."""
    FILLED_HOLES = "filled_holes"
    """Holes got a patch of triangles between the vertices of their border."""
    LOOSE_FACES = "loose_faces"
    """Faces of sheets that bound nothing, no larger than a hole that may be filled, went."""
    SPLIT_EDGES = "split_edges"
    """Edges of three or more faces came apart."""
    SPLIT_VERTICES = "split_vertices"
    """Vertices where surfaces touch got a copy for each, moved apart by a hair."""
    TURNED_FACES = "turned_faces"
    """Faces were turned, to agree with their neighbors or to look outward."""
    UNUSED_VERTICES = "unused_vertices"
    """Vertices that no face uses went."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Change:
    """One kind of change that a repair made.

    Parameters
    ----------
    mend
        What was done.
    count
        How often.
    places
        float32 ``[n 3]``, where, in the frame's unit: one point a vertex, face, edge or
        hole; empty for what has no place of its own (merged and unused vertices).
    largest_move_mm
        How far a vertex was moved at most.
    """

    mend: Mend
    count: int
    places: VertexArray
    largest_move_mm: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Draft:
    """Faces under repair.

    Parameters
    ----------
    vertices, faces
        As in `Mesh`, no position twice.
    turned
        bool ``[f]``: this face winds the other way than it came.
    """

    vertices: VertexArray
    faces: FaceArray
    turned: NDArray[np.bool_]

    def centers(self, chosen: NDArray[np.bool_] | NDArray[np.integer]) -> VertexArray:
        """Return the middles of faces."""
        return np.asarray(self.vertices[self.faces[chosen]].mean(axis=1), dtype=np.float32)

    def keeping(self, kept: NDArray[np.bool_]) -> Draft:
        """Return the draft with only the faces that `kept` names."""
        return Draft(vertices=self.vertices, faces=self.faces[kept], turned=self.turned[kept])

    def turning(self, turned: NDArray[np.bool_]) -> Draft:
        """Return the draft with some faces turned."""
        faces = np.where(turned[:, None], self.faces[:, ::-1], self.faces)
        return Draft(
            vertices=self.vertices,
            faces=np.ascontiguousarray(faces, dtype=np.int32),
            turned=self.turned ^ turned,
        )


def nowhere() -> VertexArray:
    """Return no places."""
    return np.zeros((0, 3), dtype=np.float32)
