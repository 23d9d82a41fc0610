"""Repair: a damaged surface becomes a solid again, and every change is told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from shared.device import require_host
from shared.errors import InvalidValueError
from shared.mesh import Mesh
from shared.meshing.draft import Change, Draft, Mend, nowhere
from shared.meshing.holes import Hole, HoleLimits, HoleState, filled
from shared.meshing.separation import moved_apart, split_edges, split_fans
from shared.meshing.tidying import (
    merged,
    welded,
    without_duplicates,
    without_flat,
    without_pointed,
    without_unused,
)
from shared.meshing.topology import Topology, topology
from shared.meshing.winding import turned_outward, wound_consistently

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.frame import Frame

DEFAULT_WELD_MM: Final = 0.01
"""Gap that is closed by welding: far below what a printer or a scanner resolves."""
PASSES: Final = 3
"""How often all is done: what a hole's patch touches comes apart in the next pass."""
MOST_LOOSE: Final = 0.5
"""Share of the area above which nothing is loose: then the sheets are the model."""
DEFAULT_HOLE_MM: Final = 30.0
"""Perimeter up to which holes are filled: a hole about one centimetre across."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Repaired(Mesh):
    """A mesh after repair, and all that was done to it.

    Parameters
    ----------
    changes
        What was changed, one entry a kind, in the order in which it was done; empty if
        the mesh came back as it was.
    holes
        Every hole that was found, filled or not.
    topology
        What the mesh is now: what could not be repaired stands there.
    """

    changes: tuple[Change, ...]
    holes: tuple[Hole, ...]
    topology: Topology

    @property
    def mesh(self) -> Mesh:
        """The mesh alone."""
        return Mesh(
            vertices=self.vertices, faces=self.faces, frame=self.frame,
            uv=self.uv, colors=self.colors, texture=self.texture,
        )  # fmt: skip

    def count(self, mend: Mend) -> int:
        """Return how often something was done."""
        return sum(change.count for change in self.changes if change.mend == mend)


def repair(
    mesh: Mesh,
    *,
    weld_mm: float = DEFAULT_WELD_MM,
    maximum_hole_mm: float = DEFAULT_HOLE_MM,
    maximum_hole_mm2: float | None = None,
    maximum_hole_edges: int | None = None,
) -> Repaired:
    """Return `mesh` as a solid, as far as that can be had without inventing a shape.

    In this order: equal vertices are merged; borders that nearly meet are welded; faces
    that name a vertex twice, repeat another one or have no area go; windings are made to
    agree; faces at edges of three or more are paired across the solid between them, and
    where the surface touches itself in an edge or a vertex it comes apart by a hair; holes
    within the limits get a patch of triangles between the vertices of their border, with
    the least fold and then the least area (Liepa, Filling holes in meshes, 2003);
    sheets no larger than such a hole, which bound nothing, go; solids are turned
    outward, cavities inward. A mesh that is a solid already comes back as it is.

    Parameters
    ----------
    mesh
        Any triangles, on the host.
    weld_mm
        Vertices on borders are moved up to this far to meet another one. 0 merges equal
        positions only.
    maximum_hole_mm
        Holes with a longer perimeter stay open. 0 fills none.
    maximum_hole_mm2
        Holes whose patch would be larger stay open.
    maximum_hole_edges
        Holes with more border edges stay open.

    Returns
    -------
    Repaired
        A `Mesh`, with all changes, all holes, and its topology. Texture coordinates and
        colors are kept only if nothing had to be changed: a patch has none.

    Raises
    ------
    InvalidValueError
        If a limit is negative or no number.

    Notes
    -----
    No vertex is added but copies where surfaces come apart, and none moves farther than
    `weld_mm` or a thousandth of an edge. A patch is made of the border alone and may
    cross another part of the surface (`self_intersections` tells). Linear time but for
    holes: n³ in the number of their edges, up to 256 at a time.
    """
    require_host(mesh.vertices)
    limits = HoleLimits(
        perimeter_mm=_limit(maximum_hole_mm, "maximum_hole_mm"),
        area_mm2=_limit(maximum_hole_mm2, "maximum_hole_mm2"),
        edges=_limit(maximum_hole_edges, "maximum_hole_edges"),
    )
    tolerance = mesh.frame.from_mm(_limit(weld_mm, "weld_mm"))
    seamed = mesh.uv is not None or mesh.colors is not None
    if seamed and (found := topology(mesh)).solid:
        return _repaired(mesh, mesh, [], (), found)
    draft = Draft(
        vertices=mesh.vertices, faces=mesh.faces, turned=np.zeros(len(mesh.faces), dtype=np.bool_)
    )
    changes: list[Change] = []
    for step in (merged, without_unused):
        draft, change = step(draft)
        changes += [change] if change else []
    found = topology(_mesh_of(draft, mesh.frame), merge=False)
    if found.solid:
        return _repaired(_mesh_of(draft, mesh.frame), mesh, changes, (), found)
    holes: tuple[Hole, ...] = ()
    for _ in range(PASSES):
        draft, seen, more = _mended(draft, tolerance, limits, mesh.frame)
        changes += more
        holes = (*(hole for hole in holes if hole.state == HoleState.FILLED), *seen)
        found = topology(_mesh_of(draft, mesh.frame))
        if found.non_manifold_edges + found.non_manifold_vertices + found.duplicate_faces == 0:
            break
    return _repaired(_mesh_of(draft, mesh.frame), mesh, changes, holes, found)


def _limit(value: float | None, name: str) -> float:
    if value is None:
        return np.inf
    if not value >= 0.0:
        raise InvalidValueError(f"The {name} of a repair cannot be {value}.")
    return float(value)


def _mesh_of(draft: Draft, frame: Frame) -> Mesh:
    return Mesh(vertices=draft.vertices, faces=draft.faces, frame=frame)


def _repaired(
    result: Mesh,
    original: Mesh,
    changes: list[Change],
    holes: tuple[Hole, ...],
    found: Topology,
) -> Repaired:
    untouched = not changes
    return Repaired(
        vertices=original.vertices if untouched else result.vertices,
        faces=original.faces if untouched else result.faces,
        frame=original.frame,
        uv=original.uv if untouched else None,
        colors=original.colors if untouched else None,
        texture=original.texture if untouched else None,
        changes=_gathered(changes),
        holes=holes,
        topology=found,
    )


def _gathered(changes: list[Change]) -> tuple[Change, ...]:
    """Return one change of each kind."""
    kinds = dict.fromkeys(change.mend for change in changes)
    return tuple(
        Change(
            mend=kind,
            count=sum(change.count for change in changes if change.mend == kind),
            places=np.concatenate([c.places for c in changes if c.mend == kind]),
            largest_move_mm=max(c.largest_move_mm for c in changes if c.mend == kind),
        )
        for kind in kinds
    )


def _mended(
    draft: Draft, tolerance: float, limits: HoleLimits, frame: Frame
) -> tuple[Draft, tuple[Hole, ...], list[Change]]:
    """Do all that a mesh needs which is no solid yet."""
    changes: list[Change | None] = []
    for step in (merged, without_pointed):
        draft, change = step(draft)
        changes.append(change)
    draft, change = welded(draft, tolerance, frame.to_mm(1.0))
    changes.append(change)
    for step in (without_pointed, without_duplicates, without_flat):
        draft, change = step(draft)
        changes.append(change)
    draft, partners, crowded = _paired(draft)
    if len(crowded):
        ends = draft.faces[crowded // 3]
        n = np.arange(len(crowded))
        starts, stops = (draft.vertices[ends[n, (crowded + k) % 3]] for k in (0, 1))
        middles = (0.5 * (starts + stops)).astype(np.float32)
        changes.append(Change(mend=Mend.SPLIT_EDGES, count=len(crowded), places=middles))
    draft, holes, more = _closed(draft, partners, limits, frame)
    changes += more
    draft, partners, _ = _paired(draft)
    draft, change = _turned_and_apart(draft, partners, frame)
    changes.append(change)
    if draft.turned.any():
        places = draft.centers(draft.turned)
        changes.append(Change(mend=Mend.TURNED_FACES, count=len(places), places=places))
        draft = replace(draft, turned=np.zeros_like(draft.turned))
    draft, change = without_unused(draft)
    changes.append(change)
    return draft, holes, [change for change in changes if change is not None]


def _paired(draft: Draft) -> tuple[Draft, NDArray[np.int32], NDArray[np.int32]]:
    """Wind consistently and pair half-edges; return one half-edge of each crowded edge too."""
    from shared.meshing.kernels.adjacency import edge_order
    from shared.meshing.kernels.half_edges import pair_half_edges

    draft, piece, areas = wound_consistently(draft)
    order = edge_order(draft.faces, len(draft.vertices))
    partners, crowded = pair_half_edges(draft.vertices, draft.faces, order, piece, areas)
    return draft, partners, crowded


def _closed(
    draft: Draft, partners: NDArray[np.int32], limits: HoleLimits, frame: Frame
) -> tuple[Draft, tuple[Hole, ...], list[Change]]:
    """Fill holes, then drop the sheets that are left within the same limits."""
    changes: list[Change] = []
    patches, holes = filled(draft, partners, limits, frame)
    done = [hole for hole in holes if hole.state == HoleState.FILLED]
    if done:
        draft = Draft(
            vertices=draft.vertices,
            faces=np.concatenate([draft.faces, patches]),
            turned=np.concatenate([draft.turned, np.zeros(len(patches), dtype=np.bool_)]),
        )
        places = np.array([hole.place for hole in done], dtype=np.float32)
        changes.append(Change(mend=Mend.FILLED_HOLES, count=len(done), places=places))
        draft, flat = without_flat(draft)
        changes += [flat] if flat else []
    if any(hole.state == HoleState.UNSOUND for hole in holes):
        draft, partners, _ = _paired(draft)
        loose = _loose_faces(draft, partners, limits.perimeter_mm, frame.to_mm(1.0))
        if loose.any():
            places = draft.centers(loose)
            changes.append(Change(mend=Mend.LOOSE_FACES, count=len(places), places=places))
            draft = draft.keeping(~loose)
    return draft, holes, changes


def _loose_faces(
    draft: Draft, partners: NDArray[np.int32], perimeter_mm: float, mm_per_unit: float
) -> NDArray[np.bool_]:
    """Return the faces of open sheets within the limit.

    A sheet has no more area than the largest flat patch of its perimeter has, by the
    isoperimetric inequality: a solid with a small hole is none.
    """
    from shared.meshing.kernels.half_edges import NONE, joined_corners

    _, parents = joined_corners(draft.faces, partners)
    corners = draft.vertices.astype(np.float64)[draft.faces] * mm_per_unit
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    areas = np.bincount(parents, weights=0.5 * np.linalg.norm(normals, axis=1))
    edges = np.linalg.norm(corners - np.roll(corners, -1, axis=1), axis=2)
    rims = np.bincount(
        np.repeat(parents, 3), weights=np.where(partners == NONE, edges.ravel(), 0.0)
    )
    loose = (rims > 0.0) & (rims <= perimeter_mm) & (areas <= rims**2 / (4.0 * np.pi))
    if areas[loose].sum() > MOST_LOOSE * areas.sum():
        loose[:] = False
    return np.asarray(loose[parents])


def _turned_and_apart(
    draft: Draft, partners: NDArray[np.int32], frame: Frame
) -> tuple[Draft, Change | None]:
    """Turn solids outward, and split the vertices where surfaces touch."""
    from shared.meshing.kernels.half_edges import NONE, joined_corners

    corners, _ = joined_corners(draft.faces, partners)
    draft, owners = split_fans(draft, corners)
    draft, partners, owners = split_edges(draft, partners, owners)
    _, parents = joined_corners(draft.faces, partners)
    piece = np.unique(parents, return_inverse=True)[1].astype(np.int32)
    is_open = np.zeros(int(piece.max(initial=-1)) + 1, dtype=np.bool_)
    is_open[piece[np.flatnonzero(partners == NONE) // 3]] = True
    turned = turned_outward(draft.vertices, draft.faces, piece, ~is_open)
    draft = draft.turning(turned) if turned.any() else draft
    return moved_apart(draft, owners, frame.to_mm(1.0))


__all__ = ["Change", "Hole", "HoleState", "Mend", "Repaired", "nowhere", "repair"]
