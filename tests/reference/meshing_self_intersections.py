"""Plain twin of `shared.meshing.self_intersections`: all pairs, clipped in fractions."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from tests.reference.meshing_topology import cross, exact, subtract


def dot(u, w):
    return sum(a * b for a, b in zip(u, w, strict=True))


def clip(polygon, normal, offset):
    """Return the part of a convex polygon (or segment, or point) where n · x ≥ offset."""
    heights = [dot(normal, p) - offset for p in polygon]
    kept = []
    for n, (p, h) in enumerate(zip(polygon, heights, strict=True)):
        q, k = polygon[n - 1], heights[n - 1]
        if h * k < 0:
            t = k / (k - h)
            kept.append(tuple(b + t * (a - b) for a, b in zip(p, q, strict=True)))
        if h >= 0:
            kept.append(p)
    return list(dict.fromkeys(kept))


def common_points(first, second):
    """Return the corners of what two triangles have in common."""
    a, b, c = second
    normal = cross(subtract(b, a), subtract(c, a))
    away = tuple(-x for x in normal)
    part = clip(clip(list(first), normal, dot(normal, a)), away, dot(away, a))
    for p, q in ((a, b), (b, c), (c, a)):
        inward = cross(normal, subtract(q, p))
        part = clip(part, inward, dot(inward, p))
    return part


def on_segment(x, a, b):
    along = dot(subtract(x, a), subtract(b, a))
    inside = 0 <= along <= dot(subtract(b, a), subtract(b, a))
    return inside and not any(cross(subtract(x, a), subtract(b, a)))


def faces_cross(first, second):
    common = [p for p in first if p in second]
    if len(common) == 3:
        return True
    points = common_points(first, second)
    if len(common) == 2:
        return not all(on_segment(x, *common) for x in points)
    return not set(points) <= set(common)


def self_intersections(vertices, faces):
    """Return the pairs of faces that meet beside the vertices and edges they share."""
    points = [exact(p) for p in np.asarray(vertices, np.float32)]
    corners = {n: [points[v] for v in face] for n, face in enumerate(np.asarray(faces))}
    sound = {
        n: c for n, c in corners.items() if any(cross(subtract(c[1], c[0]), subtract(c[2], c[0])))
    }
    return [(m, n) for m, n in combinations(sound, 2) if faces_cross(sound[m], sound[n])]
