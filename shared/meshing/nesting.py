"""Nesting: which way the pieces of a surface look, and which lie in which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.shapes import FaceArray, VertexArray


def pieces_of(vertices: VertexArray, faces: FaceArray) -> NDArray[np.int32]:
    """Return the connected piece ``[f]`` of each face."""
    from shared.meshing.kernels.adjacency import component_of_faces

    pieces, _ = component_of_faces(faces, len(vertices))
    return pieces


def closed_pieces(
    faces: FaceArray, pieces: NDArray[np.int32], regular: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return which pieces have only `regular` ``[v]`` vertices, those of one closed fan."""
    closed = np.ones(int(pieces.max(initial=-1)) + 1, dtype=np.bool_)
    closed[pieces[~regular[faces].all(axis=1)]] = False
    return closed


def nesting_of(
    vertices: VertexArray,
    faces: FaceArray,
    pieces: NDArray[np.int32],
    closed: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Return ``[pieces 2]``: the sign of each piece's volume, and how others wind around it.

    Two surfaces of the same closed pieces that cross nothing enclose the same regions in
    the same order if and only if these numbers agree. Pieces that are not `closed` have
    no inside: they get zeros, and count for nothing.
    """
    from shared.meshing.kernels.integrals import component_volumes
    from shared.meshing.kernels.nesting import winding_of_components

    count = len(closed)
    if not closed.all():
        chosen = closed[pieces]
        faces, pieces = faces[chosen], pieces[chosen]
    if len(faces) == 0:
        return np.zeros((count, 2), dtype=np.int64)
    signs = np.sign(component_volumes(vertices, faces, pieces, count)).astype(np.int64)
    winding = np.zeros(count, dtype=np.int64)
    if np.count_nonzero(closed) > 1:
        winding = winding_of_components(vertices, faces, pieces, closed)
    return np.stack([signs, winding], axis=1)
