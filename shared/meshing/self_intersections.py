"""Self-intersections: where a surface goes through itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shared.device import require_host
from shared.meshing.weld import merge_positions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.mesh import Mesh
    from shared.shapes import FaceArray, VertexArray


def self_intersections(mesh: Mesh) -> NDArray[np.int32]:
    """Return the pairs of faces of `mesh` that meet where they should not, exactly.

    Two faces intersect if they have a point in common beside the vertices and the edge
    they share, where vertices are shared if their positions are equal (float32). So:

    - faces that share no vertex intersect if they have any point in common, be it that
      a vertex of one touches the inside or an edge of the other;
    - faces that share one vertex intersect if they have any other point in common;
    - faces that share an edge intersect if they are folded flat on each other;
    - faces with the same three vertices intersect.

    Faces without area (see `shared.meshing.topology`) bound nothing and are passed over.

    Returns
    -------
    pairs
        int32 ``[n 2]``, each pair once, the smaller face first, sorted. Its length is
        the number of self-intersections.

    Notes
    -----
    A bounding box tree finds the candidates; signs of determinants decide about them,
    which are exact (Shewchuk 1997): no tolerance, no rounding. The tests are those of
    Guigue and Devillers (Fast and robust triangle-triangle overlap test using
    orientation predicates, 2003), extended to shared vertices.
    """
    require_host(mesh.vertices)
    vertices, faces = merge_positions(mesh.vertices, mesh.faces)
    return crossing_faces(vertices, faces)


def crossing_faces(
    vertices: VertexArray, faces: FaceArray, *, among: NDArray[np.bool_] | None = None
) -> NDArray[np.int32]:
    """Do the work of `self_intersections` on arrays in which no position stands twice.

    With `among` ``[f]`` only pairs of which at least one face is chosen are looked at.
    """
    from shared.kernels import run_slabs
    from shared.meshing.kernels.bounding_tree import bounding_tree
    from shared.meshing.kernels.crossings import chosen_leaves, crossing_pairs
    from shared.meshing.kernels.flatness import zero_area

    if len(faces) < 2:
        return np.zeros((0, 2), dtype=np.int32)
    flat = zero_area(vertices, faces)
    chosen = np.ones(len(faces), dtype=np.bool_) if among is None else among
    tree = bounding_tree(vertices, faces)
    leaves = chosen_leaves(chosen, tree.order)
    found: list[NDArray[np.int32]] = []

    def search(first: int, end: int) -> None:
        pairs = crossing_pairs(vertices, faces, flat, chosen, leaves, tree, first, end)
        if len(pairs):
            found.append(pairs)

    run_slabs(search, len(leaves))
    pairs = np.concatenate(found) if found else np.zeros((0, 2), dtype=np.int32)
    return np.ascontiguousarray(pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))])
