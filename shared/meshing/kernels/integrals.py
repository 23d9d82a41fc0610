"""Sums over the faces of a mesh: volume, area and first moments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shared.kernels import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 512
"""Faces summed before they join the total: keeps the rounding error of long sums small."""
SUMS = 8
"""Volume, its three first moments, area, its three first moments."""


@kernel
def face_sums(
    vertices: NDArray[np.float32], faces: NDArray[np.int32], origin: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return volume, volume × centroid [3], area, area × centroid [3] about `origin`.

    Each face with the origin is a tetrahedron of signed volume: their sum is the
    enclosed volume by the divergence theorem.
    """
    totals = np.zeros(SUMS)
    part = np.zeros(SUMS)
    for f in range(faces.shape[0]):
        a, b, c = faces[f]
        ax, ay, az = (
            vertices[a, 0] - origin[0],
            vertices[a, 1] - origin[1],
            vertices[a, 2] - origin[2],
        )
        bx, by, bz = (
            vertices[b, 0] - origin[0],
            vertices[b, 1] - origin[1],
            vertices[b, 2] - origin[2],
        )
        cx, cy, cz = (
            vertices[c, 0] - origin[0],
            vertices[c, 1] - origin[1],
            vertices[c, 2] - origin[2],
        )
        ux, uy, uz = bx - ax, by - ay, bz - az
        wx, wy, wz = cx - ax, cy - ay, cz - az
        nx, ny, nz = uy * wz - uz * wy, uz * wx - ux * wz, ux * wy - uy * wx
        volume = (ax * nx + ay * ny + az * nz) / 6.0
        area = 0.5 * np.sqrt(nx * nx + ny * ny + nz * nz)
        sx, sy, sz = ax + bx + cx, ay + by + cy, az + bz + cz
        part[0] += volume
        part[1] += volume * sx / 4.0
        part[2] += volume * sy / 4.0
        part[3] += volume * sz / 4.0
        part[4] += area
        part[5] += area * sx / 3.0
        part[6] += area * sy / 3.0
        part[7] += area * sz / 3.0
        if f % BLOCK == BLOCK - 1:
            for n in range(SUMS):
                totals[n] += part[n]
                part[n] = 0.0
    for n in range(SUMS):
        totals[n] += part[n]
    return totals


@kernel
def component_volumes(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    component: NDArray[np.int32],
    count: int,
) -> NDArray[np.float64]:
    """Return the signed volume of each component, each about its own first vertex."""
    origins = np.zeros((count, 3))
    volumes = np.zeros(count)
    for f in range(faces.shape[0] - 1, -1, -1):
        for axis in range(3):
            origins[component[f], axis] = vertices[faces[f, 0], axis]
    for f in range(faces.shape[0]):
        n = component[f]
        a, b, c = faces[f]
        ox, oy, oz = origins[n, 0], origins[n, 1], origins[n, 2]
        ax, ay, az = vertices[a, 0] - ox, vertices[a, 1] - oy, vertices[a, 2] - oz
        bx, by, bz = vertices[b, 0] - ox, vertices[b, 1] - oy, vertices[b, 2] - oz
        cx, cy, cz = vertices[c, 0] - ox, vertices[c, 1] - oy, vertices[c, 2] - oz
        volumes[n] += (
            ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
        ) / 6.0
    return volumes
