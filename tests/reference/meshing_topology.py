"""Plain twin of `shared.meshing.topology`: dictionaries, fractions, no tricks."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from itertools import combinations

import numpy as np


def cross(u, w):
    return (
        u[1] * w[2] - u[2] * w[1],
        u[2] * w[0] - u[0] * w[2],
        u[0] * w[1] - u[1] * w[0],
    )


def exact(point):
    return tuple(Fraction(float(x)) for x in point)


def subtract(p, q):
    return tuple(a - b for a, b in zip(p, q, strict=True))


def counts(vertices, faces):
    """Return what `Topology` counts, apart from cavities and inverted components."""
    points = [exact(p) for p in np.asarray(vertices, np.float32)]
    names = {p: n for n, p in enumerate(dict.fromkeys(points))}
    merged = [tuple(names[points[v]] for v in face) for face in np.asarray(faces)]
    places = list(names)
    sound = [face for face in merged if len(set(face)) == 3]
    flat = sum(
        not any(cross(subtract(places[b], places[a]), subtract(places[c], places[a])))
        for a, b, c in sound
    )
    by_edge = defaultdict(list)
    by_vertex = defaultdict(list)
    for n, face in enumerate(sound):
        for k in range(3):
            by_edge[frozenset((face[k], face[(k + 1) % 3]))].append(
                (n, face[k] < face[(k + 1) % 3])
            )
            by_vertex[face[k]].append(n)
    return {
        "vertices": len(by_vertex),
        "faces": len(sound),
        "edges": len(by_edge),
        "boundary_edges": sum(len(uses) == 1 for uses in by_edge.values()),
        "non_manifold_edges": sum(len(uses) > 2 for uses in by_edge.values()),
        "non_manifold_vertices": sum(
            groups(around, lambda a, b, v=v: len({*sound[a]} & {*sound[b]} - {v}) > 0) > 1
            for v, around in by_vertex.items()
        ),
        "inconsistent_edges": sum(
            len(uses) > 1 and 2 * sum(forward for _, forward in uses) != len(uses)
            for uses in by_edge.values()
        ),
        "degenerate_faces": len(merged) - len(sound) + flat,
        "duplicate_faces": len(sound) - len({frozenset(face) for face in sound}),
        "components": groups(range(len(sound)), lambda a, b: bool({*sound[a]} & {*sound[b]})),
    }


def groups(members, joined):
    """Return the number of groups that the relation `joined` makes of `members`."""
    group = {m: m for m in members}
    for a, b in combinations(list(group), 2):
        if joined(a, b):
            old, new = group[b], group[a]
            group = {m: new if g == old else g for m, g in group.items()}
    return len(set(group.values()))
