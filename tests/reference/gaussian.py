"""Gaussian smoothing as the weighted sum of its definition, axis by axis."""

from __future__ import annotations

import numpy as np


def gaussian_by_sums(values, sd_steps):
    """Return float64 ``[i j k]``; the border goes on, the kernel ends at four deviations."""
    smooth = np.asarray(values, dtype=np.float64)
    for axis, sd in enumerate(sd_steps):
        reach = int(4.0 * sd + 0.5)
        offsets = np.arange(-reach, reach + 1)
        weights = np.exp(-0.5 * (offsets / sd) ** 2) if reach else np.ones(1)
        weights /= weights.sum()
        places = np.arange(smooth.shape[axis])
        smooth = sum(
            weight * np.take(smooth, np.clip(places + offset, 0, len(places) - 1), axis=axis)
            for weight, offset in zip(weights, offsets, strict=True)
        )
    return smooth
