"""Collapsing: the rounds that `simplify` runs, and the undoing of what went wrong."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, Final

import numpy as np

from shared.meshing.nesting import nesting_of, pieces_of
from shared.meshing.self_intersections import crossing_faces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.meshing.kernels.collapse import Surface
    from shared.shapes import FaceArray, VertexArray

SHARE_PER_ROUND: Final = 0.2
"""Largest share of the vertices that is merged away in one round.

Within a round merges go by place, not by cost; smaller rounds give no better surface."""
LEAST_AREA_SHARE: Final = 0.05
"""Weight of a face without area in the quadrics, as a share of the mean: slivers count."""
WORTH_TWO_THREADS: Final = 2000
"""Merges in a round below which it is not split between threads."""
UNDO_ROUNDS: Final = 64
"""How often crossings are undone and looked for again."""
MAXIMUM_WIDENING: Final = 4
"""Rings of faces around a crossing in which collapses are undone if those at it cannot be."""


def surface_of(vertices: VertexArray, faces: FaceArray) -> Surface:
    """Return a surface ready to collapse, with the cost of every edge known.

    Vertices whose faces are not one closed fan are fixed: borders, and places where the
    surface is not manifold.
    """
    from shared.kernels import run_slabs
    from shared.meshing.kernels.collapse import Surface, corner_lists, fix_irregular, scratch
    from shared.meshing.kernels.quadrics import vertex_quadrics
    from shared.meshing.kernels.sweep import find_partners

    count = len(vertices)
    origin = (0.5 * (vertices.min(axis=0) + vertices.max(axis=0))).astype(np.float64)
    positions = vertices - origin
    heads, following = corner_lists(faces, count)
    surface = Surface(
        positions=positions,
        origin=origin,
        faces=faces.copy(),
        heads=heads,
        following=following,
        quadrics=vertex_quadrics(positions, faces, LEAST_AREA_SHARE),
        costs=np.full(count, np.inf),
        partners=np.full(count, -1, dtype=np.int32),
        fixed=np.zeros(count, dtype=np.bool_),
        zones=np.zeros(count, dtype=np.uint8),
        bounds=np.zeros(len(faces)),
        parents=np.full(count, -1, dtype=np.int32),
        latest=np.full(count, -1, dtype=np.int32),
        earlier=np.full(count, -1, dtype=np.int32),
        undone=np.empty((count, 3)),
    )
    run_slabs(lambda first, end: fix_irregular(surface, scratch(), first, end), count)
    run_slabs(lambda first, end: find_partners(surface, scratch(), first, end), count)
    return surface


def collapse(surface: Surface, faces: int, wanted: int, limit: float) -> int:
    """Collapse edges, the cheapest first, and return how many faces are left.

    Parameters
    ----------
    surface
        Changed in place.
    faces
        How many it has.
    wanted
        Where to stop; every collapse takes two faces.
    limit
        Largest bound a face may get, in the frame's unit.

    Notes
    -----
    Each round merges the cheapest share of the vertices, but never more than are too
    many: the ceiling on the cost is the quantile that leaves so many candidates.
    """
    from shared.meshing.kernels.sweep import cut_zones

    turn = 0
    while faces - wanted > 1:
        candidates = np.flatnonzero(np.isfinite(surface.costs))
        surplus = (faces - wanted) // 2
        count = min(surplus, max(1, int(0.5 * faces * SHARE_PER_ROUND)), len(candidates))
        if count == 0:
            break
        costs = surface.costs[candidates]
        ceiling = float(np.partition(costs, count - 1)[count - 1])
        height = np.inf
        if count >= WORTH_TWO_THREADS:
            chosen = candidates[costs <= ceiling]
            height = float(np.median(surface.positions[chosen, turn % 3]))
        cut_zones(surface, turn % 3, height)
        faces -= 2 * _sweep_zones(surface, ceiling, limit, surplus, two=height < np.inf)
        turn += 1
    return faces


def _sweep_zones(surface: Surface, ceiling: float, limit: float, surplus: int, *, two: bool) -> int:
    """Sweep one zone, or two at the same time; return how many vertices were merged."""
    from shared.meshing.kernels.collapse import scratch
    from shared.meshing.kernels.sweep import sweep

    merged = [0, 0]

    def work(zone: int) -> None:
        merged[zone] = sweep(surface, zone, ceiling, limit, surplus, scratch())

    other = Thread(target=work, args=(1,), daemon=True)
    if two:
        other.start()
    work(0)
    if two:
        other.join()
    return sum(merged)


def untangle(
    surface: Surface, first_vertices: VertexArray, first_faces: FaceArray, limit: float
) -> int:
    """Undo collapses until the surface does not cross itself; return the pairs left.

    The last collapse of every corner of a crossing face is taken back, again and again;
    where none can be without spoiling the manifold, those around it are. At the end
    stands the first surface. The same is done to pieces that were turned inside out or
    came to lie on the other side of another piece's surface, and to faces whose bound
    grew beyond the limit when others were put back.
    """
    from shared.meshing.kernels.collapse import corner_lists, scratch
    from shared.meshing.kernels.undo import MAXIMUM_CLUSTER, FirstSurface, root_numbers, undo_merges

    count = len(first_vertices)
    pieces = pieces_of(first_vertices, first_faces)
    nesting = nesting_of(first_vertices, first_faces, pieces)
    live, wrong, pairs = _wrong_faces(surface, pieces, nesting, limit, None)
    if len(wrong) == 0:
        return 0
    heads, following = corner_lists(first_faces, count)
    first = FirstSurface(
        faces=first_faces,
        heads=heads,
        following=following,
        roots=root_numbers(surface.parents),
        changed=np.zeros(len(first_faces), dtype=np.bool_),
        cluster=np.empty(MAXIMUM_CLUSTER, dtype=np.int32),
    )
    widening = 0
    for _ in range(UNDO_ROUNDS):
        first.changed[wrong] = True
        wanted = _corners_around(surface, live, wrong, widening)
        if undo_merges(surface, first, wanted, scratch()) > 0:
            widening = 0
            live, wrong, pairs = _wrong_faces(surface, pieces, nesting, limit, first.changed)
        elif widening < MAXIMUM_WIDENING:
            widening += 1
        else:
            break
        if len(wrong) == 0:
            break
    return pairs


def _wrong_faces(
    surface: Surface,
    pieces: NDArray[np.int32],
    nesting: NDArray[np.int64],
    limit: float,
    changed: NDArray[np.bool_] | None,
) -> tuple[NDArray[np.intp], NDArray[np.intp], int]:
    """Return the faces there are, those to be undone, and how many pairs cross."""
    live = np.flatnonzero(surface.faces[:, 0] >= 0)
    faces = surface.faces[live]
    vertices = (surface.positions + surface.origin).astype(np.float32)
    among = None if changed is None else changed[live]
    pairs = crossing_faces(vertices, faces, among=among)
    misplaced = (nesting_of(vertices, faces, pieces[live]) != nesting).any(axis=1)
    wrong = misplaced[pieces[live]] | (surface.bounds[live] > limit)
    wrong[pairs.ravel()] = True
    return live, live[wrong], len(pairs)


def _corners_around(
    surface: Surface, live: NDArray[np.intp], faces: NDArray[np.intp], rings: int
) -> NDArray[np.int32]:
    """Return the corners of `faces`, widened by rings of faces."""
    chosen = np.zeros(len(surface.positions), dtype=np.bool_)
    chosen[surface.faces[faces]] = True
    corners = surface.faces[live]
    for _ in range(rings):
        chosen[corners[chosen[corners].any(axis=1)]] = True
    return np.flatnonzero(chosen).astype(np.int32)
