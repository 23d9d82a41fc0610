"""Connected components by flooding, voxel by voxel, in plain Python."""

from __future__ import annotations

from itertools import product

import numpy as np


def components_by_flooding(values, steps_allowed):
    """Return labels in scan order; neighbors differ by one along at most `steps_allowed` axes."""
    values = np.asarray(values)
    offsets = [
        step for step in product((-1, 0, 1), repeat=3) if 0 < np.abs(step).sum() <= steps_allowed
    ]
    labels = np.zeros(values.shape, int)
    count = 0
    for start in np.ndindex(values.shape):
        if not values[start] or labels[start]:
            continue
        count += 1
        labels[start] = count
        waiting = [start]
        while waiting:
            here = waiting.pop()
            for step in offsets:
                there = tuple(n + d for n, d in zip(here, step, strict=True))
                inside = all(0 <= n < m for n, m in zip(there, values.shape, strict=True))
                if inside and values[there] == values[start] and not labels[there]:
                    labels[there] = count
                    waiting.append(there)
    return labels
