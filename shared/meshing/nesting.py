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


def nesting_of(
    vertices: VertexArray, faces: FaceArray, pieces: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Return ``[pieces 2]``: the sign of each piece's volume, and how others wind around it.

    Two surfaces of the same pieces that cross nothing enclose the same regions in the
    same order if and only if these numbers agree.
    """
    from shared.meshing.kernels.integrals import component_volumes
    from shared.meshing.kernels.nesting import winding_of_components

    count = int(pieces.max(initial=-1)) + 1
    volumes = component_volumes(vertices, faces, pieces, count)
    winding = np.zeros(count, dtype=np.int64)
    if count > 1:
        winding = winding_of_components(vertices, faces, pieces, np.ones(count, dtype=np.bool_))
    return np.stack([np.sign(volumes).astype(np.int64), winding], axis=1)
