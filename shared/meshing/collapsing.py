"""Collapsing: the rounds that `simplify` runs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from typing import TYPE_CHECKING, Final

import numpy as np

from shared.meshing.bounds import bounds_of

if TYPE_CHECKING:
    from shared.meshing.kernels.collapse import Surface
    from shared.shapes import FaceArray, VertexArray

SHARE_PER_ROUND: Final = 0.2
"""Largest share of the vertices that is merged away in one round.

Within a round merges go by place, not by cost; smaller rounds give no better surface."""
LEAST_AREA_SHARE: Final = 0.05
"""Weight of a face without area in the quadrics, as a share of the mean: slivers count."""
WORTH_TWO_THREADS: Final = 2000
"""Merges in a round below which it is not split between threads."""


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
    low, high = bounds_of(vertices)
    origin = (0.5 * (low + high)).astype(np.float64)
    positions = vertices - origin
    with ThreadPoolExecutor(max_workers=1) as beside:
        quadrics = beside.submit(vertex_quadrics, positions, faces, LEAST_AREA_SHARE)
        heads, following = corner_lists(faces, count)
        own_faces = faces.copy()
    surface = Surface(
        positions=positions,
        origin=origin,
        faces=own_faces,
        heads=heads,
        following=following,
        quadrics=quadrics.result(),
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
        costs = surface.costs[np.isfinite(surface.costs)]
        surplus = (faces - wanted) // 2
        count = min(surplus, max(1, int(0.5 * faces * SHARE_PER_ROUND)), len(costs))
        if count == 0:
            break
        ceiling = float(np.partition(costs, count - 1)[count - 1])
        two = count >= WORTH_TWO_THREADS
        if two:
            chosen = surface.costs <= ceiling
            height = float(np.median(surface.positions[chosen, turn % 3]))
            cut_zones(surface, turn % 3, height)
        else:
            surface.zones[:] = 0
        faces -= 2 * _sweep_zones(surface, ceiling, limit, surplus, two=two)
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
