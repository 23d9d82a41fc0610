"""Dilation by a ball: every voxel asks every voxel of the mask."""

from __future__ import annotations

import numpy as np


def dilate_by_pairs(mask, radius_mm, spacing_mm):
    """Return bool ``[i j k]``: is any voxel of the mask within the radius?"""
    inside = np.argwhere(mask)
    dilated = np.zeros(mask.shape, bool)
    for index in np.ndindex(mask.shape):
        away = np.sqrt((((inside - index) * np.asarray(spacing_mm)) ** 2).sum(axis=1))
        dilated[index] = bool((away <= radius_mm).any())
    return dilated
