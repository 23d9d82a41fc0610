"""Plain twin of the distances in `shared.meshing.compare`: every point to every triangle."""

from __future__ import annotations

import numpy as np


def to_segment(p, a, b):
    length = (b - a) @ (b - a)
    t = 0.0 if length == 0.0 else np.clip((p - a) @ (b - a) / length, 0.0, 1.0)
    return np.linalg.norm(p - a - t * (b - a))


def to_triangle(p, a, b, c):
    """Distance of a point from a triangle: its plane if it projects inside, else its edges."""
    nearest = min(to_segment(p, a, b), to_segment(p, b, c), to_segment(p, c, a))
    normal = np.cross(b - a, c - a)
    if not normal.any():
        return nearest
    foot = p - normal * ((p - a) @ normal) / (normal @ normal)
    sides = [np.cross(e - s, foot - s) @ normal for s, e in ((a, b), (b, c), (c, a))]
    return min(nearest, np.linalg.norm(p - foot)) if min(sides) >= 0.0 else nearest


def to_mesh(points, vertices, faces):
    corners = np.asarray(vertices, float)[faces]
    return np.array([min(to_triangle(p, *face) for face in corners) for p in points])
