"""The isosurface by the rule, cell by cell, in plain Python: slow and obviously right."""

from __future__ import annotations

from itertools import product

import numpy as np

from shared.surfaces.case_rule import EDGES, corner_position
from shared.surfaces.case_table import CASES

MARGIN = 1e-3
EDGES_OF_CASE = [[int(digit, 16) for digit in digits] for digits in CASES.split(",")]
OFFSETS = [corner_position(corner) for corner in range(8)]


def isosurface_by_rule(values, matrix, level, mask=None, close_border=True):
    """Return vertices (tuples of float64 in world) and faces of the level set."""
    values = np.asarray(values, dtype=np.float64)
    inside = (values >= level) & (True if mask is None else mask)
    pad = 1 if close_border else 0
    inside = np.pad(inside, pad)
    flip = np.linalg.det(matrix[:3, :3]) < 0
    numbers, vertices, faces = {}, [], []

    def vertex_on(low, high):
        """Number of the vertex on a grid edge between two padded indices."""
        if (low, high) not in numbers:
            numbers[low, high] = len(vertices)
            inner, outer = (low, high) if inside[low] else (high, low)
            share = place(tuple(n - pad for n in inner), tuple(n - pad for n in outer))
            at = np.array(inner) + share * (np.array(outer) - np.array(inner)) - pad
            vertices.append(tuple(matrix[:3, :3] @ at + matrix[:3, 3]))
        return numbers[low, high]

    def place(inner, outer):
        """Share of the way from the inside end to the outside end."""
        if any(n < 0 or n >= length for n, length in zip(outer, values.shape, strict=True)):
            return MARGIN
        if not values[outer] < level:  # masked out, or not a number
            return 0.5
        above, below = values[inner] - level, level - values[outer]
        if np.isinf(above):
            return 0.5 if np.isinf(below) else 1 - MARGIN
        return min(max(above / (above + below), MARGIN), 1 - MARGIN)

    for cell in product(*(range(length - 1) for length in inside.shape)):
        corners = [
            tuple(n + step for n, step in zip(cell, offset, strict=True)) for offset in OFFSETS
        ]
        case = sum(1 << corner for corner in range(8) if inside[corners[corner]])
        cut = [EDGES[edge] for edge in EDGES_OF_CASE[case]]
        ends = [vertex_on(corners[low], corners[high]) for low, high in cut]
        for n in range(0, len(ends), 3):
            triangle = ends[n : n + 3]
            faces.append(tuple(triangle[::-1] if flip else triangle))
    return vertices, faces
