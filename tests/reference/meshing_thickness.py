"""Plain twin of `shared.meshing.thickness`: every point against every face, no tree."""

from __future__ import annotations

import numpy as np


def chords(vertices, faces, points, inward):
    """Return how far the ray from each point runs until it leaves through a face."""
    a, b, c = (vertices.astype(float)[faces[:, n]] for n in range(3))
    normals = np.cross(b - a, c - a)
    found = np.full(len(points), np.inf)
    for n, (point, direction) in enumerate(zip(points, inward, strict=True)):
        along = normals @ direction
        with np.errstate(divide="ignore", invalid="ignore"):
            lengths = ((a - point) * normals).sum(axis=1) / along
            at = point + lengths[:, None] * direction
            inside = np.ones(len(faces), bool)
            for start, end in ((a, b), (b, c), (c, a)):
                turn = (np.cross(end - start, at - start) * normals).sum(axis=1)
                inside &= turn >= -1e-9 * (normals**2).sum(axis=1)
        good = inside & (along > 0.0) & (lengths > 0.0)
        found[n] = lengths[good].min(initial=np.inf)
    return found


def balls(distances, points, inward, lengths, gap, steps=250):
    """Return the diameter of the largest ball, by trying radii in small steps.

    `distances` gives the distance of points from the surface.
    """
    best = np.zeros(len(points))
    found = np.zeros(len(points), bool)
    for share in np.linspace(1.0, 0.0, steps, endpoint=False):
        radii = 0.5 * share * lengths
        clear = distances(points + radii[:, None] * inward)
        fits = ~found & (clear >= (1.0 - gap) * radii)
        best[fits] = 2.0 * clear[fits]
        found |= fits
    return best
