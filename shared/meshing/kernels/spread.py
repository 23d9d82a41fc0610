"""Points of a surface: spread over its area, and its vertices, in the order of a walk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shared.kernels import inlined, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

PLASTIC_NUMBER = 1.324717957244746
"""Root of x³ = x + 1; its powers make the sequence that fills a square most evenly."""


@inlined
def _doubled(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    f: int,
    edges: NDArray[np.float64],
    normal: NDArray[np.float64],
) -> float:
    """Return twice the area of a face, and write its normal of that length."""
    for axis in range(3):
        start = np.float64(vertices[faces[f, 0], axis])
        edges[axis] = vertices[faces[f, 1], axis] - start
        edges[3 + axis] = vertices[faces[f, 2], axis] - start
    normal[0] = edges[1] * edges[5] - edges[2] * edges[4]
    normal[1] = edges[2] * edges[3] - edges[0] * edges[5]
    normal[2] = edges[0] * edges[4] - edges[1] * edges[3]
    return np.sqrt(normal[0] * normal[0] + normal[1] * normal[1] + normal[2] * normal[2])


@kernel
def spread_points(
    vertices: NDArray[np.float32], faces: NDArray[np.int32], order: NDArray[np.int32], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return points spread evenly over a surface, normals of their faces, and its area.

    Points ``[count 3]`` and normals ``[count 3]`` come in the `order` in which faces are
    walked; which points there are does not depend on it.
    """
    edges = np.empty(6)
    normal = np.empty(3)
    ends = np.empty(faces.shape[0])
    end = 0.0
    for f in range(faces.shape[0]):
        end += _doubled(vertices, faces, f, edges, normal)
        ends[f] = end
    # first[f] … first[f + 1]: the points of face f
    first = np.empty(faces.shape[0] + 1, np.int64)
    f = 0
    first[0] = 0
    for n in range(count):
        while f < faces.shape[0] - 1 and ends[f] <= (n + 0.5) / count * end:
            f += 1
            first[f] = n
    first[f + 1 :] = count
    points, normals = np.empty((count, 3)), np.empty((count, 3))
    at = 0
    for place in range(order.shape[0]):
        f = order[place]
        if first[f] == first[f + 1]:
            continue
        size = max(_doubled(vertices, faces, f, edges, normal), np.finfo(np.float64).tiny)
        for n in range(first[f], first[f + 1]):
            u = np.sqrt((0.5 + n / PLASTIC_NUMBER) % 1.0)
            v = (0.5 + n / PLASTIC_NUMBER**2) % 1.0
            for axis in range(3):
                points[at, axis] = (
                    (1.0 - u) * vertices[faces[f, 0], axis]
                    + u * (1.0 - v) * vertices[faces[f, 1], axis]
                    + u * v * vertices[faces[f, 2], axis]
                )
                normals[at, axis] = normal[axis] / size
            at += 1
    return points, normals, 0.5 * end


@kernel
def walked_vertices(
    vertices: NDArray[np.float32], faces: NDArray[np.int32], order: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Return the vertices ``[n 3]`` that faces use, as they are met walking in `order`."""
    met = np.zeros(vertices.shape[0], np.bool_)
    points = np.empty((vertices.shape[0], 3))
    count = 0
    for place in range(order.shape[0]):
        for corner in range(3):
            vertex = faces[order[place], corner]
            if not met[vertex]:
                met[vertex] = True
                for axis in range(3):
                    points[count, axis] = vertices[vertex, axis]
                count += 1
    return points[:count].copy()
