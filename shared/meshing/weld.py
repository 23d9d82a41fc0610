"""Weld: one vertex where several stand at the same position."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from shared.device import require_host

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.mesh import Mesh
    from shared.shapes import FaceArray, VertexArray


def weld(mesh: Mesh) -> Mesh:
    """Return `mesh` with vertices of equal position merged.

    Positions are equal if their float32 coordinates are (−0 equals 0), as a reader of
    STL would see them; no tolerance. Vertices that carry different texture
    coordinates or colors stay apart, so that a seam stays a seam. The first of equal
    vertices stays, in the old order; no face is dropped, though a face may then name
    a vertex twice.
    """
    require_host(mesh.vertices)
    number, kept = _merged(_bit_rows(mesh))
    if len(kept) == len(mesh.vertices):
        return mesh
    return replace(
        mesh,
        vertices=mesh.vertices[kept],
        faces=number[mesh.faces],
        uv=None if mesh.uv is None else mesh.uv[kept],
        colors=None if mesh.colors is None else mesh.colors[kept],
    )


def merge_positions(vertices: VertexArray, faces: FaceArray) -> tuple[VertexArray, FaceArray]:
    """Return vertices and faces merged by position alone, whatever else they carry."""
    number, kept = position_numbers(vertices)
    if len(kept) == len(vertices):
        return vertices, faces
    return vertices[kept], number[faces]


def pointed_faces(faces: FaceArray) -> NDArray[np.bool_]:
    """Return which faces ``[f]`` name a vertex twice."""
    a, b, c = faces.T
    return (a == b) | (b == c) | (c == a)


def position_numbers(vertices: VertexArray) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the number ``[v]`` of each vertex's position, and the first vertex at each."""
    return _merged(_words(vertices))


def _merged(rows: NDArray[np.uint32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    from shared.meshing.kernels.adjacency import first_of_equal, number_firsts

    number, kept = number_firsts(first_of_equal(rows))
    return number, kept


def _words(values: NDArray[np.float32]) -> NDArray[np.uint32]:
    """Return the bits of floats, with −0 turned to 0: equal words are equal numbers."""
    return np.ascontiguousarray(values + np.float32(0.0)).view(np.uint32)


def _bit_rows(mesh: Mesh) -> NDArray[np.uint32]:
    columns = [_words(mesh.vertices)]
    if mesh.uv is not None:
        columns.append(_words(np.asarray(mesh.uv, dtype=np.float32)))
    if mesh.colors is not None:
        columns.append(mesh.colors.astype(np.uint32))
    return np.ascontiguousarray(np.hstack(columns)) if len(columns) > 1 else columns[0]
