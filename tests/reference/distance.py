"""Distance by comparing every pair of voxels."""

from __future__ import annotations

import numpy as np


def distance_by_pairs(mask, spacing_mm):
    """Return float64 ``[i j k]``: the smallest distance to any voxel outside."""
    outside = np.argwhere(~mask) * np.asarray(spacing_mm)
    found = np.zeros(mask.shape)
    for index in np.argwhere(mask):
        away = np.linalg.norm(outside - index * np.asarray(spacing_mm), axis=1)
        found[tuple(index)] = away.min(initial=np.inf)
    return found
