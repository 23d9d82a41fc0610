"""Plain twin of the steps in `shared.meshing.smooth`: sets of neighbors, one vertex at a time."""

from __future__ import annotations

from collections import defaultdict

import numpy as np


def taubin(vertices, faces, iterations, shrink, grow):
    """Return the vertices of a closed mesh after pairs of steps."""
    neighbors = defaultdict(set)
    for a, b, c in np.asarray(faces).tolist():
        neighbors[a] |= {b, c}
        neighbors[b] |= {c, a}
        neighbors[c] |= {a, b}
    now = np.asarray(vertices, float)
    for factor in (shrink, grow) * iterations:
        mean = np.array([now[sorted(neighbors[v])].mean(axis=0) for v in range(len(now))])
        now = now + factor * (mean - now)
    return now
