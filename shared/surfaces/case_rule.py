"""The rule of the isosurface's case table, and the script that writes the table.

A cell has 8 corners, each inside or outside: 256 cases. The table says, for each,
which triangles the cell holds. It is derived here from four sentences and written to
`shared.surfaces.case_table` by ``python -m shared.surfaces.case_rule``:

1. On every face of the cell, each run of inside corners is cut off by one segment;
   two inside corners that only meet diagonally stay **apart**. The rule looks at the
   face alone, so both cells beside it draw the same segments.
2. The segments of the six faces, each with the inside on the same hand, join into
   closed loops; every loop bounds one disc.
3. A disc is cut into triangles by diagonals, none of which lies **in a face** of the
   cell: only the segments lie there, and each is shared by exactly two cells.
   So every edge of the whole surface has exactly two faces.
4. Of the triangulations left, one is taken whose triangles meet nowhere but in their
   common edges and corners, and of those the one with the smallest mean area.

Corner ``c`` stands at ``(c >> 2 & 1, c >> 1 & 1, c & 1)`` in array order (i, j, k).
Edges 0–3 run along k, 4–7 along j, 8–11 along i; see `EDGES`.

References
----------
Lorensen, Cline: Marching Cubes, SIGGRAPH 1987, doi:10.1145/37402.37422.
Nielson, Hamann: The Asymptotic Decider, IEEE Visualization 1991 (why faces are ambiguous).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import combinations, product
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Triangle = tuple[int, int, int]

EDGES: Final = (
    *((2 * row, 2 * row + 1) for row in range(4)),
    *((4 * i + k, 4 * i + k + 2) for i in (0, 1) for k in (0, 1)),
    *((2 * j + k, 2 * j + k + 4) for j in (0, 1) for k in (0, 1)),
)
"""The two corners of each of the 12 edges, the lower first: four along k, j and i."""

SAMPLES: Final = 96
"""Random vertex positions on which the triangulations of a case are compared."""

END_MARGIN: Final = 1e-3
"""Smallest distance of a vertex from the ends of its edge, in edges."""

_EDGE_BETWEEN: Final = {frozenset(corners): edge for edge, corners in enumerate(EDGES)}


def corner_position(corner: int) -> tuple[int, int, int]:
    """Return the position (i, j, k) of a corner, each 0 or 1."""
    return corner >> 2 & 1, corner >> 1 & 1, corner & 1


def face_cycles() -> list[list[int]]:
    """Return the corners of each of the 6 faces, counter-clockwise seen from outside."""
    cycles = []
    for axis, weight in enumerate((4, 2, 1)):
        first, second = (w for w in (4, 2, 1) if w != weight)
        for side in (0, 1):
            cycle = [side * weight + u * first + v * second for u, v in _SQUARE]
            corners = np.array([corner_position(c) for c in cycle])
            normal = np.cross(corners[1] - corners[0], corners[2] - corners[1])
            outward = normal[axis] == (1 if side else -1)
            cycles.append(cycle if outward else cycle[::-1])
    return cycles


_SQUARE: Final = ((0, 0), (1, 0), (1, 1), (0, 1))
FACES: Final = face_cycles()
FACES_OF_EDGE: Final = tuple(
    frozenset(face for face, cycle in enumerate(FACES) if set(corners) <= set(cycle))
    for corners in EDGES
)
"""The two faces that each edge borders."""


def face_segments(case: int, cycle: list[int]) -> list[tuple[int, int]]:
    """Return the segments (from edge, to edge) of one face: sentence 1.

    Walking counter-clockwise, a run of inside corners is entered by one edge and left
    by another; the segment goes from the first to the second.
    """
    segments = []
    for start in range(4):
        if not case >> cycle[start] & 1 or case >> cycle[start - 1] & 1:
            continue
        end = start
        while case >> cycle[(end + 1) % 4] & 1:
            end += 1
        entered = _EDGE_BETWEEN[frozenset((cycle[start - 1], cycle[start]))]
        left = _EDGE_BETWEEN[frozenset((cycle[end % 4], cycle[(end + 1) % 4]))]
        segments.append((entered, left))
    return segments


def case_loops(case: int) -> list[list[int]]:
    """Return the closed loops of edges of one case, counter-clockwise from outside: sentence 2."""
    following = dict(segment for cycle in FACES for segment in face_segments(case, cycle))
    loops = []
    while following:
        loop = [min(following)]
        while (edge := following.pop(loop[-1])) != loop[0]:
            loop.append(edge)
        loops.append(loop)
    return loops


def triangulations(loop: list[int]) -> Iterator[list[Triangle]]:
    """Yield the triangulations of a loop without a diagonal in a face: sentence 3."""
    if len(loop) < 3:
        yield []
        return
    first, last = loop[0], loop[-1]
    for middle in range(1, len(loop) - 1):
        apex = loop[middle]
        if middle > 1 and FACES_OF_EDGE[first] & FACES_OF_EDGE[apex]:
            continue
        if middle < len(loop) - 2 and FACES_OF_EDGE[apex] & FACES_OF_EDGE[last]:
            continue
        for left in triangulations(loop[: middle + 1]):
            for right in triangulations(loop[middle:]):
                yield [*left, *right, (first, apex, last)]


def sample_vertices() -> NDArray[np.float64]:
    """Return ``[SAMPLES 12 3]`` vertices on the 12 edges, many of them near an end."""
    random = np.random.default_rng(1987)
    share = np.clip(random.beta(0.4, 0.4, (SAMPLES, 12)), END_MARGIN, 1.0 - END_MARGIN)
    low, high = (np.array([corner_position(edge[end]) for edge in EDGES]) for end in (0, 1))
    return np.asarray(low + share[..., None] * (high - low), dtype=np.float64)


def _pierces(
    a: NDArray[np.float64], b: NDArray[np.float64], triangle: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Return, for each sample, whether segment a–b passes through the triangle's inside."""

    def orientation(
        p: NDArray[np.float64],
        q: NDArray[np.float64],
        r: NDArray[np.float64],
        s: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        return np.asarray(np.einsum("nc,nc->n", np.cross(q - p, r - p), s - p))

    p, q, r = triangle[:, 0], triangle[:, 1], triangle[:, 2]
    crosses = orientation(p, q, r, a) * orientation(p, q, r, b) < 0.0
    turns = np.stack([orientation(a, b, p, q), orientation(a, b, q, r), orientation(a, b, r, p)])
    return np.asarray(crosses & ((turns > 0.0).all(axis=0) | (turns < 0.0).all(axis=0)))


def count_crossings(triangles: list[Triangle], vertices: NDArray[np.float64]) -> int:
    """Return in how many samples two triangles of a case pass through each other."""
    crossing = np.zeros(len(vertices), dtype=bool)
    for pair in combinations(triangles, 2):
        shared = set(pair[0]) & set(pair[1])
        if len(shared) == 2:
            continue
        for one, other in (pair, pair[::-1]):
            for a, b in combinations(one, 2):
                if not {a, b} & shared:
                    crossing |= _pierces(vertices[:, a], vertices[:, b], vertices[:, list(other)])
    return int(crossing.sum())


def mean_area(triangles: list[Triangle], vertices: NDArray[np.float64]) -> float:
    """Return the area of a case's triangles, averaged over the samples."""
    corners = vertices[:, np.array(triangles)]
    normals = np.cross(corners[:, :, 1] - corners[:, :, 0], corners[:, :, 2] - corners[:, :, 0])
    return float(np.linalg.norm(normals, axis=-1).sum() / (2 * len(vertices)))


def case_triangles(case: int, vertices: NDArray[np.float64]) -> list[Triangle]:
    """Return the triangles of one case as triples of edges: sentence 4."""
    best: tuple[int, float, list[Triangle]] | None = None
    for parts in product(*(tuple(triangulations(loop)) for loop in case_loops(case))):
        triangles = [triangle for part in parts for triangle in part]
        if not triangles:
            return []
        score = (count_crossings(triangles, vertices), round(mean_area(triangles, vertices), 9))
        if best is None or score < best[:2]:
            best = (*score, triangles)
    assert best is not None
    return best[2]


def case_table() -> list[list[Triangle]]:
    """Return the triangles of all 256 cases."""
    vertices = sample_vertices()
    return [case_triangles(case, vertices) for case in range(256)]


def table_source(table: list[list[Triangle]]) -> str:
    """Return the text of `shared.surfaces.case_table`."""
    digits = ["".join(f"{edge:x}" for triangle in row for edge in triangle) for row in table]
    lines, line = [], ""
    for word in digits:
        if len(line) + len(word) + 1 > 92:
            lines.append(line)
            line = ""
        line += word + ","
    lines.append(line.removesuffix(","))
    body = "\n".join(f'    "{line}"' for line in lines)
    return _TEMPLATE.format(body=body)


_TEMPLATE: Final = '''"""The triangles of the 256 cases of a cell.

Written by ``python -m shared.surfaces.case_rule`` from the rule stated there; not by hand.
"""

from typing import Final

CASES: Final = (
{body}
)
"""For each case, between commas, its triangles: three edges each, a hexadecimal digit an edge."""
'''


def main() -> None:
    """Write the table beside this file."""
    path = Path(__file__).with_name("case_table.py")
    path.write_text(table_source(case_table()), encoding="utf-8")
    sys.exit(0)


if __name__ == "__main__":
    main()
