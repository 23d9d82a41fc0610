"""Which component lies inside which: exact winding numbers of single points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shared.kernels import kernel, part
from shared.meshing.kernels.predicates import orient_2d, orient_3d

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_CELLS = 64
"""Cells of the plan grid along x and along y, at least."""
MOST_CELLS = 1024
"""And at most."""


@part
def _turn(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    """Return the turn a → b → p with p moved by an infinitesimal (ε, ε²): never 0.

    0 comes back only if a and b coincide. One rule for all edges, so a line through
    p meets each closed surface consistently (simulation of simplicity, Edelsbrunner
    and Mücke 1990).
    """
    sign = orient_2d(ax, ay, bx, by, px, py)
    if sign != 0:
        return sign
    if by != ay:
        return -1 if by > ay else 1
    if bx != ax:
        return 1 if bx > ax else -1
    return 0


@part
def _crossing(
    vertices: NDArray[np.float32], faces: NDArray[np.int32], f: int, px: float, py: float, pz: float
) -> int:
    """Return how the ray from p along +z leaves (1) or enters (−1) face f; 0 if it misses."""
    a, b, c = faces[f]
    ax, ay = np.float64(vertices[a, 0]), np.float64(vertices[a, 1])
    bx, by = np.float64(vertices[b, 0]), np.float64(vertices[b, 1])
    cx, cy = np.float64(vertices[c, 0]), np.float64(vertices[c, 1])
    first = _turn(ax, ay, bx, by, px, py)
    if first == 0 or _turn(bx, by, cx, cy, px, py) != first:
        return 0
    if _turn(cx, cy, ax, ay, px, py) != first:
        return 0
    az, bz, cz = np.float64(vertices[a, 2]), np.float64(vertices[b, 2]), np.float64(vertices[c, 2])
    side = orient_3d(ax, ay, az, bx, by, bz, cx, cy, cz, px, py, pz)
    return first if side == first else 0


@part
def _cell_range(
    low: float, high: float, origin: float, cells_per_unit: float, cells: int
) -> tuple[int, int]:
    first = int((low - origin) * cells_per_unit)
    last = int((high - origin) * cells_per_unit)
    return max(0, min(first, cells - 1)), max(0, min(last, cells - 1))


@part
def _cells_of_face(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    f: int,
    grid: NDArray[np.float64],
    size: int,
) -> tuple[int, int, int, int]:
    a, b, c = faces[f]
    x0 = min(vertices[a, 0], vertices[b, 0], vertices[c, 0])
    x1 = max(vertices[a, 0], vertices[b, 0], vertices[c, 0])
    y0 = min(vertices[a, 1], vertices[b, 1], vertices[c, 1])
    y1 = max(vertices[a, 1], vertices[b, 1], vertices[c, 1])
    i0, i1 = _cell_range(x0, x1, grid[0], grid[2], size)
    j0, j1 = _cell_range(y0, y1, grid[1], grid[3], size)
    return i0, i1, j0, j1


@kernel
def highest_vertices(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    component: NDArray[np.int32],
    count: int,
) -> NDArray[np.int32]:
    """Return a vertex of largest z of each component."""
    highest = np.empty(count, np.int32)
    for n in range(count):
        highest[n] = -1
    for f in range(faces.shape[0]):
        n = component[f]
        for corner in range(3):
            v = faces[f, corner]
            if highest[n] < 0 or vertices[v, 2] > vertices[highest[n], 2]:
                highest[n] = v
    return highest


@kernel
def windings_above(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    component: NDArray[np.int32],
    grid: NDArray[np.float64],
    size: int,
    starts: NDArray[np.int64],
    members: NDArray[np.int32],
    points: NDArray[np.float64],
    winding: NDArray[np.int64],
) -> None:
    """Add how often the rays from points along +z leave faces, less enter, to `winding`.

    A point does not count faces of its own component.

    Parameters
    ----------
    vertices, faces, component
        The mesh, and the component of each face.
    grid
        float64 ``[4]``: least x and y, cells per unit in x and in y.
    size
        Cells along x and along y.
    starts, members
        Where each cell's points start in the list of points by cell, and the list.
    points
        float64 ``[components 3]``.
    winding
        int64 ``[components]``.
    """
    for f in range(faces.shape[0]):
        i0, i1, j0, j1 = _cells_of_face(vertices, faces, f, grid, size)
        for i in range(i0, i1 + 1):
            for at in range(starts[i * size + j0], starts[i * size + j1 + 1]):
                n = members[at]
                if component[f] != n:
                    winding[n] += _crossing(
                        vertices, faces, f, points[n, 0], points[n, 1], points[n, 2]
                    )


def winding_of_components(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    component: NDArray[np.int32],
    wanted: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Return for each wanted component how often all others wind around it.

    A ray along +z is cast from its highest vertex; the other components' faces that it
    leaves count 1, those it enters −1. Exact; 0 for components not wanted.
    """
    chosen = np.flatnonzero(wanted).astype(np.int32)
    size = int(np.clip(2.0 * np.sqrt(len(chosen)), LEAST_CELLS, MOST_CELLS))
    low = vertices.min(axis=0)[:2].astype(np.float64)
    span = vertices.max(axis=0)[:2] - low
    grid = np.concatenate([low, np.divide(size, span, out=np.zeros(2), where=span > 0.0)])
    highest = highest_vertices(vertices, faces, component, len(wanted))
    points = vertices[highest].astype(np.float64)
    cells = np.clip(((points[chosen, :2] - low) * grid[2:]).astype(np.int64), 0, size - 1)
    cell = cells[:, 0] * size + cells[:, 1]
    order = np.argsort(cell, kind="stable")
    starts = np.searchsorted(cell[order], np.arange(size * size + 1)).astype(np.int64)
    winding = np.zeros(len(wanted), dtype=np.int64)
    windings_above(vertices, faces, component, grid, size, starts, chosen[order], points, winding)
    return winding
