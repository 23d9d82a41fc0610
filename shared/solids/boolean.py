"""Combine closed meshes: union, difference, intersection, through manifold3d.

The library's result is a manifold whatever the input touches (Smith, Dodgson: A
topologically robust algorithm for Boolean operations on polyhedral shapes, 2006).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.errors import FrameMismatchError, InvalidValueError
from shared.mesh import Mesh

if TYPE_CHECKING:
    from shared.frame import Frame


def unite(meshes: Sequence[Mesh]) -> Mesh:
    """Return the solid that covers all of `meshes`.

    Parameters
    ----------
    meshes
        Closed 2-manifolds in one frame, at least one; they may touch and overlap.

    Returns
    -------
    Mesh
        One closed surface, outward, without inner walls.

    Raises
    ------
    InvalidValueError
        If there is no mesh, or one is not closed and manifold.
    FrameMismatchError
        If the meshes stand in different frames.
    """
    return _combined(meshes, "Add")


def subtract(mesh: Mesh, others: Sequence[Mesh]) -> Mesh:
    """Return `mesh` with every one of `others` taken out; see `unite` for what is asked."""
    return _combined((mesh, *others), "Subtract")


def intersect(meshes: Sequence[Mesh]) -> Mesh:
    """Return what all of `meshes` share; see `unite` for what is asked."""
    return _combined(meshes, "Intersect")


def _combined(meshes: Sequence[Mesh], operation: str) -> Mesh:
    import manifold3d

    if not meshes:
        raise InvalidValueError("There is no mesh to combine.")
    frame = meshes[0].frame
    for mesh in meshes:
        if not mesh.frame.is_compatible(frame):
            raise FrameMismatchError("Meshes of different frames cannot be combined.")
    solids = [solid_of(mesh) for mesh in meshes]
    result = manifold3d.Manifold.batch_boolean(solids, manifold3d.OpType[operation])
    return _mesh_of(result, frame)


def solid_of(mesh: Mesh) -> Any:
    """Return `mesh` as a solid of manifold3d; raise `InvalidValueError` if it is none."""
    import manifold3d

    positions, index = np.unique(mesh.vertices, axis=0, return_inverse=True)
    solid = manifold3d.Manifold(
        manifold3d.Mesh64(
            vert_properties=positions.astype(np.float64),
            tri_verts=index.reshape(-1)[mesh.faces].astype(np.uint64),
        )
    )
    if solid.status() != manifold3d.Error.NoError:
        raise InvalidValueError(
            f"A mesh to combine is no closed manifold ({solid.status().name}).",
            remedy="Repair it first.",
        )
    return solid


def _mesh_of(solid: Any, frame: Frame) -> Mesh:
    result = solid.to_mesh64()
    return Mesh(
        vertices=np.asarray(result.vert_properties)[:, :3],
        faces=np.asarray(result.tri_verts),
        frame=frame,
    )
