"""Faces of exactly zero area."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shared.kernels import kernel
from shared.meshing.kernels.predicates import is_collinear

if TYPE_CHECKING:
    from numpy.typing import NDArray

SURE_SINE = 1e-12
"""Sine of a corner's angle above which float64 rounding cannot hide zero area."""


@kernel
def zero_area(vertices: NDArray[np.float32], faces: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return whether the corners of each face lie exactly on one line."""
    flat = np.zeros(faces.shape[0], np.bool_)
    for f in range(faces.shape[0]):
        a, b, c = faces[f]
        ax = np.float64(vertices[a, 0])
        ay = np.float64(vertices[a, 1])
        az = np.float64(vertices[a, 2])
        ux, uy, uz = vertices[b, 0] - ax, vertices[b, 1] - ay, vertices[b, 2] - az
        wx, wy, wz = vertices[c, 0] - ax, vertices[c, 1] - ay, vertices[c, 2] - az
        nx, ny, nz = uy * wz - uz * wy, uz * wx - ux * wz, ux * wy - uy * wx
        square = nx * nx + ny * ny + nz * nz
        lengths = (ux * ux + uy * uy + uz * uz) * (wx * wx + wy * wy + wz * wz)
        if square <= SURE_SINE * SURE_SINE * lengths:
            flat[f] = is_collinear(vertices, a, b, c)
    return flat
