"""Components: the separate pieces of a mesh."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from shared.device import require_host
from shared.meshing.measure import MM3_PER_ML
from shared.meshing.weld import merge_positions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.mesh import Mesh


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Components:
    """Pieces of a mesh that share no vertex position, largest first.

    Parameters
    ----------
    of_face
        int32 ``[f]``, the piece of each face of the mesh.
    faces
        int64 ``[c]``, number of faces of each piece.
    volumes_ml
        float64 ``[c]``, signed volume of each piece; cavities are negative.
    """

    of_face: NDArray[np.int32]
    faces: NDArray[np.int64]
    volumes_ml: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.faces)


def components(mesh: Mesh) -> Components:
    """Find the connected pieces of `mesh`.

    Faces are connected if they share a vertex, by position (vertices of equal float32
    position are one). Pieces are ordered by number of faces, then by their first face.
    A cavity is a piece of its own, with negative volume.
    """
    require_host(mesh.vertices)
    from shared.meshing.kernels.adjacency import component_of_faces
    from shared.meshing.kernels.integrals import component_volumes

    vertices, faces = merge_positions(mesh.vertices, mesh.faces)
    found, count = component_of_faces(faces, len(vertices))
    volumes = component_volumes(vertices, faces, found, count)
    sizes = np.bincount(found, minlength=count)
    order = np.argsort(-sizes, kind="stable")
    rank = np.empty(count, dtype=np.int32)
    rank[order] = np.arange(count, dtype=np.int32)
    return Components(
        of_face=rank[found],
        faces=sizes[order].astype(np.int64),
        volumes_ml=volumes[order] * mesh.frame.to_mm(1.0) ** 3 / MM3_PER_ML,
    )


def split(mesh: Mesh) -> tuple[Mesh, ...]:
    """Return each connected piece of `mesh` as a mesh of its own, most faces first.

    Faces and vertices keep their order; the pieces together have all faces of `mesh`.
    """
    found = components(mesh)
    order = np.argsort(found.of_face, kind="stable")
    ends = np.cumsum(found.faces)
    chosen = (order[end - size : end] for end, size in zip(ends, found.faces, strict=True))
    return tuple(select_faces(mesh, faces) for faces in chosen)


def select_faces(mesh: Mesh, selection: NDArray[np.integer] | NDArray[np.bool_]) -> Mesh:
    """Return `mesh` with only the selected faces, and only the vertices they use.

    Parameters
    ----------
    mesh
        Any triangles.
    selection
        Face indices ``[n]``, or booleans ``[f]``.
    """
    require_host(mesh.vertices)
    faces = mesh.faces[selection]
    used = np.zeros(len(mesh.vertices), dtype=np.bool_)
    used[faces.ravel()] = True
    number = np.cumsum(used, dtype=np.int32) - np.int32(1)
    return replace(
        mesh,
        vertices=mesh.vertices[used],
        faces=number[faces],
        uv=None if mesh.uv is None else mesh.uv[used],
        colors=None if mesh.colors is None else mesh.colors[used],
    )
