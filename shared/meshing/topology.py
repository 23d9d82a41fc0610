"""Topology: is a mesh a solid, and if not, why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from shared.device import require_host
from shared.meshing.weld import merge_positions, pointed_faces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.mesh import Mesh
    from shared.shapes import FaceArray, VertexArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """What a reader of the written file finds.

    Faces that name a vertex twice are counted in `degenerate_faces` and then left out,
    as readers of STL do; everything else is counted on what remains.

    Parameters
    ----------
    vertices, faces, edges
        Counts after merging; only vertices that a face uses.
    boundary_edges
        Edges of exactly one face.
    non_manifold_edges
        Edges of three or more faces.
    non_manifold_vertices
        Vertices whose faces form more than one fan, joined over edges: two solids
        that touch in a corner.
    inconsistent_edges
        Edges of two or more faces that do not run through them equally often in both
        directions.
    degenerate_faces
        Faces of exactly zero area: a vertex named twice, or three in one line.
    duplicate_faces
        Faces with the three vertices of an earlier face, in any order.
    components
        Pieces that share no vertex.
    cavities
        Components of negative volume that lie inside another: bubbles in a solid.
    inverted_components
        Components turned inside out: volume not positive, and no cavity. None where
        the surface is not closed or not consistently oriented: it has no inside.
    """

    vertices: int
    faces: int
    edges: int
    boundary_edges: int
    non_manifold_edges: int
    non_manifold_vertices: int
    inconsistent_edges: int
    degenerate_faces: int
    duplicate_faces: int
    components: int
    cavities: int | None
    inverted_components: int | None

    @property
    def closed(self) -> bool:
        """Whether there are faces and no edge has only one."""
        return self.faces > 0 and self.boundary_edges == 0

    @property
    def manifold(self) -> bool:
        """Whether every edge has exactly two faces and every vertex one closed fan."""
        return self.closed and self.non_manifold_edges == 0 and self.non_manifold_vertices == 0

    @property
    def oriented(self) -> bool:
        """Whether neighbors always run through their common edge in opposite directions."""
        return self.inconsistent_edges == 0

    @property
    def outward(self) -> bool:
        """Whether the faces look out of the solid: no component is inside out."""
        return self.inverted_components == 0

    @property
    def solid(self) -> bool:
        """Whether this is a closed, outward 2-manifold without degenerate or double faces."""
        sound = self.manifold and self.oriented and self.outward
        return sound and self.degenerate_faces == 0 and self.duplicate_faces == 0

    @property
    def euler(self) -> int:
        """Euler characteristic: vertices − edges + faces."""
        return self.vertices - self.edges + self.faces

    @property
    def genus(self) -> int | None:
        """Number of handles of all components together; None unless manifold and oriented."""
        if not (self.manifold and self.oriented):
            return None
        return self.components - self.euler // 2


def topology(mesh: Mesh, *, merge: bool = True) -> Topology:
    """Count what keeps `mesh` from being a solid.

    Parameters
    ----------
    mesh
        Any triangles, on the host.
    merge
        Merge vertices of equal float32 position first, as a reader of STL does. False
        takes the indices as they are.

    Notes
    -----
    Linear time: half-edges are brought together by counting sorts, fans and
    components by union-find. The three-in-one-line test and the inside test of
    cavities are exact (Shewchuk 1997). Euler: Poincaré's formula V − E + F = 2(C − G).
    """
    require_host(mesh.vertices)
    from shared.meshing.kernels.adjacency import (
        component_of_faces,
        edge_census,
        edge_order,
        fan_count,
    )
    from shared.meshing.kernels.flatness import zero_area

    vertices, faces = mesh.vertices, mesh.faces
    if merge:
        vertices, faces = merge_positions(vertices, faces)
    pointed = pointed_faces(faces)
    if pointed.any():
        faces = faces[~pointed]
    flat = zero_area(vertices, faces)
    order = edge_order(faces, len(vertices))
    edges, boundary, non_manifold, unbalanced, duplicates, fans = edge_census(faces, order)
    fans_of_vertex = fan_count(faces, fans, len(vertices))
    component, components = component_of_faces(faces, len(vertices))
    cavities = inverted = None
    if len(faces) and boundary == 0 and unbalanced == 0:
        cavities, inverted = _orientation(vertices, faces, component, components)
    return Topology(
        vertices=int(np.count_nonzero(fans_of_vertex)),
        faces=len(faces),
        edges=edges,
        boundary_edges=boundary,
        non_manifold_edges=non_manifold,
        non_manifold_vertices=int(np.count_nonzero(fans_of_vertex > 1)),
        inconsistent_edges=unbalanced,
        degenerate_faces=int(np.count_nonzero(pointed) + np.count_nonzero(flat)),
        duplicate_faces=duplicates,
        components=components,
        cavities=cavities,
        inverted_components=inverted,
    )


def _orientation(
    vertices: VertexArray, faces: FaceArray, component: NDArray[np.int32], count: int
) -> tuple[int, int]:
    """Return how many components are cavities, and how many are inside out."""
    from shared.meshing.kernels.integrals import component_volumes
    from shared.meshing.kernels.nesting import winding_of_components

    volumes = component_volumes(vertices, faces, component, count)
    negative = volumes < 0.0
    cavities = 0
    if negative.any() and count > 1:
        winding = winding_of_components(vertices, faces, component, negative)
        cavities = int(np.count_nonzero(winding > 0))
    return cavities, int(np.count_nonzero(volumes <= 0.0)) - cavities
