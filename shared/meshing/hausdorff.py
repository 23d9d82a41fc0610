"""Hausdorff: how far two surfaces can be from each other at most, proven."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from shared.device import require_host
from shared.errors import FrameMismatchError, InvalidValueError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.mesh import Mesh
    from shared.meshing.kernels.bounding_tree import BoundingTree
    from shared.shapes import FaceArray, VertexArray

DEFAULT_TOLERANCE: Final = 0.02
"""Relative excess of the bound over the distance, in the face where it is largest."""
SMALLEST_PIECE: Final = 1e-6
"""Pieces of this share of the box's diagonal are not cut any more."""


def hausdorff_bound_mm(
    mesh: Mesh, reference: Mesh, *, tolerance: float = DEFAULT_TOLERANCE
) -> float:
    """Return a proven upper bound of the Hausdorff distance of two surfaces.

    No point of either surface is farther from the other than this, and some point is
    nearly so far: the bound exceeds the true distance by a share of at most `tolerance`
    (and a millionth of the extent). `compare` gives the distance from below.

    Parameters
    ----------
    mesh, reference
        Triangles of the same world.
    tolerance
        Relative excess, more than 0.

    Raises
    ------
    FrameMismatchError
        If the meshes stand in different worlds.
    InvalidValueError
        If one has no faces, or the tolerance is not positive.

    Notes
    -----
    Faces are cut until convexity bounds the distance of each piece (Tang, Lee and Kim,
    Interactive Hausdorff distance computation for general polygonal models, 2009).
    """
    require_host(mesh.vertices, reference.vertices)
    if not mesh.frame.is_compatible(reference.frame):
        raise FrameMismatchError("The two meshes stand in different frames.")
    if mesh.is_empty or reference.is_empty:
        raise InvalidValueError("A mesh without faces cannot be compared.")
    if not tolerance > 0.0:
        raise InvalidValueError(f"The tolerance must be positive, not {tolerance}.")
    from shared.meshing.kernels.bounding_tree import bounding_tree

    trees = [bounding_tree(m.vertices, m.faces) for m in (mesh, reference)]
    known = max(_farthest_vertex(mesh, trees[1]), _farthest_vertex(reference, trees[0]))
    ways = ((mesh, trees[1]), (reference, trees[0]))
    bounds = [face_bounds(m.vertices, m.faces, t, known, tolerance).max() for m, t in ways]
    return mesh.frame.to_mm(float(max(bounds)))


def face_bounds(
    vertices: VertexArray,
    faces: FaceArray,
    tree: BoundingTree,
    accepted: float,
    tolerance: float = DEFAULT_TOLERANCE,
) -> NDArray[np.float64]:
    """Return for each face a bound ``[f]`` of the distance of its points from a tree.

    Bounds below `accepted`, or within `tolerance` of the truth, are not made sharper.
    """
    from shared.kernels import run_slabs
    from shared.meshing.kernels.farthest import farthest

    sources = vertices[faces].reshape(-1, 9).astype(np.float64)
    extent = float(np.linalg.norm(tree.boxes[0, 3:] - tree.boxes[0, :3]))
    bounds = np.zeros(len(faces))
    least = SMALLEST_PIECE * extent

    def search(first: int, end: int) -> None:
        farthest(sources, tree, accepted, tolerance, least, bounds, first, end)

    run_slabs(search, len(faces))
    return bounds


def _farthest_vertex(mesh: Mesh, tree: BoundingTree) -> float:
    from shared.meshing.compare import distances_to

    used = np.unique(mesh.faces)
    return float(distances_to(mesh.vertices[used].astype(np.float64), tree).max())
