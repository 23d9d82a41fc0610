"""Grids to resample onto: another spacing, right angles."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from shared.affine import Affine
from shared.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Sequence

Grid = tuple[Affine, tuple[int, int, int]]
"""Affine and shape of a grid."""


def respaced_grid(affine: Affine, shape: Sequence[int], spacing: float | Sequence[float]) -> Grid:
    """Return the grid with another spacing that covers the same box around the same middle.

    Parameters
    ----------
    affine, shape
        The grid as it is.
    spacing
        New length of one index step in the frame's unit, for all or for each array axis.

    Notes
    -----
    The box reaches half a step beyond the outermost voxel centres; the number of new
    voxels along an axis is rounded, so the new box may be up to half a new step longer or
    shorter at both ends.
    """
    steps = np.broadcast_to(np.asarray(spacing, dtype=np.float64), 3)
    if not (np.isfinite(steps).all() and (steps > 0.0).all()):
        raise InvalidValueError(f"A spacing is a positive length, not {spacing}.")
    scale = steps / np.asarray(affine.spacing)
    counts = np.maximum(1, np.round(np.asarray(shape) / scale)).astype(int)
    first = (np.asarray(shape) - 1) / 2 - scale * (counts - 1) / 2
    matrix = np.diag([*scale, 1.0])
    matrix[:3, 3] = first
    return affine @ Affine(matrix), _triple(counts)


def straight_grid(affine: Affine, shape: Sequence[int]) -> Grid:
    """Return the smallest grid at right angles that covers a sheared one.

    Array axes 1 and 2 (rows and columns of a DICOM slice) keep their directions and
    spacings if they stand at right angles to each other; axis 0 is turned into their
    normal, as for a scan with a tilted gantry. Its step becomes the distance of slices
    along the normal, so no slice is interpolated away.
    """
    columns = affine.matrix[:3, :3]
    k = columns[:, 2]
    j = columns[:, 1] - columns[:, 1] @ k / (k @ k) * k
    normal = np.cross(j, k)
    normal /= np.linalg.norm(normal)
    i = (columns[:, 0] @ normal) * normal
    straight = np.column_stack([i, j, k])
    straight_from_index = np.linalg.solve(straight, columns)
    corners = np.array(list(product(*((0, n - 1) for n in shape)))) @ straight_from_index.T
    low, high = np.floor(corners.min(axis=0) + 1e-6), np.ceil(corners.max(axis=0) - 1e-6)
    matrix = np.eye(4)
    matrix[:3, :3] = straight
    matrix[:3, 3] = affine.origin + straight @ low
    return Affine(matrix), _triple((high - low).astype(int) + 1)


def _triple(
    counts: Sequence[int] | np.ndarray[tuple[int, ...], np.dtype[np.int_]],
) -> tuple[int, int, int]:
    i, j, k = (int(n) for n in counts)
    return i, j, k
