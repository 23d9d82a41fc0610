"""Simplify: fewer faces, the same solid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from shared.device import require_host
from shared.errors import InvalidValueError, UsageError
from shared.mesh import Mesh
from shared.meshing.self_intersections import crossing_faces
from shared.meshing.weld import merge_positions, pointed_faces

if TYPE_CHECKING:
    from shared.shapes import FaceArray, VertexArray

SLACK: Final = 5e-4
"""Share of the wanted faces collapsed beyond the wish, to be spent on undoing crossings."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Simplified(Mesh):
    """A mesh with fewer faces, and what is known of the way to it.

    Parameters
    ----------
    deviation_bound_mm
        No point of either surface is farther from the other than this: an upper bound
        of the Hausdorff distance, proven, not sampled (`compare` measures from below).
    self_intersections
        Number of crossing pairs of faces left (`shared.meshing.self_intersections`).
    """

    deviation_bound_mm: float
    self_intersections: int

    @property
    def mesh(self) -> Mesh:
        """The mesh alone."""
        return Mesh(vertices=self.vertices, faces=self.faces, frame=self.frame)


def simplify(
    mesh: Mesh,
    *,
    faces: int | None = None,
    share: float | None = None,
    deviation_mm: float | None = None,
) -> Simplified:
    """Return `mesh` with fewer faces.

    Exactly one of the three wishes is given. Edges collapse in the order of their
    quadric error (Garland and Heckbert 1997), a merged vertex going where the error is
    least. A collapse is refused if it would change the topology (link condition, Dey
    and others 1999), turn or spoil a face, or fold the surface. So a closed manifold
    stays one, with its components, its genus and its winding. Where the result crosses
    itself, collapses are undone until it does not.

    Parameters
    ----------
    mesh
        Triangles; vertices of equal position are merged first, and faces that then name
        a vertex twice are dropped. Vertices at borders and where the surface is not
        manifold stay as they are.
    faces
        As many faces as this, or slightly fewer; more only where the surface cannot do
        with fewer, or would cross itself.
    share
        The same as a share of the faces of `mesh`, 0 to 1.
    deviation_mm
        As few faces as can be had while no point of either surface is farther than
        this from the other. Each collapse adds to a bound that its faces carry, by
        successive mappings (Cohen, Manocha and Olano 1997), so the wish holds for
        certain; what `compare` finds is usually a quarter of it or less.

    Returns
    -------
    Simplified
        A `Mesh` without texture coordinates and colors, and its proven deviation.

    Raises
    ------
    UsageError
        If not exactly one wish is given.
    InvalidValueError
        If the wish is out of range.

    Notes
    -----
    Two threads work on two halves of space, cut anew in every round; faces across the
    cut wait for the next. The result does not depend on timing.
    """
    require_host(mesh.vertices)
    wanted, limit = 0, np.inf
    if [faces, share, deviation_mm].count(None) != 2:
        raise UsageError(
            "A mesh is simplified to a number of faces, to a share of them or to a deviation.",
            remedy="Give exactly one of faces, share and deviation_mm.",
        )
    if deviation_mm is not None:
        limit = mesh.frame.from_mm(_in_range(deviation_mm, "deviation_mm"))
    elif share is not None:
        wanted = round(_in_range(share, "share", largest=1.0) * len(mesh.faces))
    elif faces is not None:
        wanted = round(_in_range(faces, "faces"))
    return _simplified(mesh, wanted, limit)


def _in_range(value: float, name: str, *, largest: float = np.inf) -> float:
    if not 0.0 < value <= largest:
        raise InvalidValueError(f"The {name} wished for cannot be {value}.")
    return value


def _simplified(mesh: Mesh, wanted: int, limit: float) -> Simplified:
    """Collapse until `wanted` faces are left or every face's bound would exceed `limit`."""
    from shared.meshing.collapsing import collapse, surface_of
    from shared.meshing.untangling import untangle

    vertices, faces = merge_positions(mesh.vertices, mesh.faces)
    faces = faces[~pointed_faces(faces)]
    if len(faces) <= wanted:
        crossings = len(crossing_faces(vertices, faces))
        return _result(mesh, vertices, faces, 0.0, crossings)
    surface = surface_of(vertices, faces)
    collapse(surface, len(faces), wanted - round(SLACK * wanted), limit)
    crossings, bound = untangle(surface, vertices, faces, limit)
    live = surface.faces[:, 0] >= 0
    positions = (surface.positions + surface.origin).astype(np.float32)
    return _result(mesh, positions, surface.faces[live], bound, crossings)


def _result(
    mesh: Mesh, vertices: VertexArray, faces: FaceArray, bound: float, crossings: int
) -> Simplified:
    """Return the faces with only the vertices they use."""
    used = np.zeros(len(vertices), dtype=np.bool_)
    used[faces.ravel()] = True
    number = np.cumsum(used, dtype=np.int32) - np.int32(1)
    return Simplified(
        vertices=vertices[used],
        faces=number[faces],
        frame=mesh.frame,
        deviation_bound_mm=mesh.frame.to_mm(bound),
        self_intersections=crossings,
    )
