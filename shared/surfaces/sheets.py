"""The rule of label surfaces: which parts of a label's surface pass through a cell.

Labels are met by *dual* surfaces: each cell between 8 voxels holds one vertex, and each
edge of the grid between different labels one quad of the four cells around it. Seen by
one label, the 8 voxels of a cell are inside or outside: one of the 256 cases of
`shared.surfaces.case_rule`, whose loops are here called **sheets**. A label needs one
vertex for each sheet, not one for each cell, or else its surface would touch itself
where its voxels meet across a corner, an edge or an ambiguous face:

1. Inside corners that meet only diagonally across a face stay apart, as in the case rule.
2. Unless both cells beside that face would join its two segments in one sheet: then the
   same two vertices would be joined by two edges of the surface. There, in both cells,
   the inside corners are joined across the face, which parts the sheet in two. A case has
   such a face at most once (`WEAK_FACE`), so one look at the neighbor settles it.

The result is the dual of a closed polygonal 2-manifold in which no two cells meet in two
edges: each edge has two quads, each vertex one fan.

References
----------
Nielson: Dual Marching Cubes, IEEE Visualization 2004, doi:10.1109/VISUAL.2004.28.
Wenger: Isosurfaces, CRC Press 2013 (manifold dual contouring; the second sentence).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from shared.surfaces.case_rule import EDGES, FACES, corner_position, face_segments

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEPARATION: Final = 1e-3
"""How far the sheets of one label in one cell are moved from one another, in voxel steps."""

CELL_MARGIN: Final = 1e-2
"""Smallest distance of a cell's vertex from the walls of the cell, in voxel steps."""

NO_FACE: Final = 255
"""In place of a face: this case has no face that may have to be joined."""

MOST_SHEETS: Final = 4
"""Most sheets of a case: inside and outside corners in turn."""


class SheetTables(NamedTuple):
    """The rule as arrays for kernels; the second axis says whether the weak face is joined.

    A face is numbered ``2 axis + side``, so the neighbor beyond it calls it ``face ^ 1``.
    """

    simple: NDArray[np.bool_]
    """``[256]``: one sheet, and no ambiguous face, for the case and for its complement."""
    weak_face: NDArray[np.uint8]
    """``[256]``: the ambiguous face both of whose segments lie on one sheet, or `NO_FACE`."""
    counts: NDArray[np.uint8]
    """``[256 2]``: number of sheets."""
    sheet_of_edge: NDArray[np.uint8]
    """``[256 2 12]``: the sheet that each cut edge belongs to."""
    shifts: NDArray[np.float64]
    """``[256 2 4 3]``: how each sheet's vertex is moved, in voxel steps; 0 if it is the only."""


def sheets(case: int, joined_face: int = NO_FACE) -> list[list[int]]:
    """Return the edges of each sheet of a case, counter-clockwise seen from outside."""
    following: dict[int, int] = {}
    for face, cycle in enumerate(FACES):
        if face == joined_face:
            segments = [(end, start) for start, end in face_segments(case ^ 255, cycle)]
        else:
            segments = face_segments(case, cycle)
        following.update(segments)
    found = []
    while following:
        loop = [min(following)]
        while (edge := following.pop(loop[-1])) != loop[0]:
            loop.append(edge)
        found.append(loop)
    return found


def ambiguous_faces(case: int) -> list[int]:
    """Return the faces of a cell whose inside corners meet only diagonally."""
    return [face for face, cycle in enumerate(FACES) if len(face_segments(case, cycle)) == 2]


def weak_face(case: int) -> int:
    """Return the face of a case both of whose segments lie on one sheet, or `NO_FACE`."""
    for face in ambiguous_faces(case):
        starts = {start for start, _end in face_segments(case, FACES[face])}
        if any(starts <= set(sheet) for sheet in sheets(case)):
            return face
    return NO_FACE


def sheet_shift(case: int, sheet: list[int], joined_face: int) -> NDArray[np.float64]:
    """Return the step that takes a sheet away from the others of its cell, `SEPARATION` long.

    A sheet parts the cell's corners; it moves towards those that it alone cuts off.
    """
    ends = np.array([EDGES[edge] for edge in sheet])
    at = np.array([corner_position(corner) for corner in range(8)], dtype=np.float64)
    is_inside = np.array([case >> corner & 1 for corner in range(8)], dtype=bool)[ends]
    inside, outside = ends[is_inside], ends[~is_inside]
    others = {edge for other in sheets(case, joined_face) if other != sheet for edge in other}
    touched = {corner for edge in others for corner in EDGES[edge]}
    alone = not touched & corners_with(int(inside[0]), case, joined_face)
    step = at[inside].mean(axis=0) - at[outside].mean(axis=0)
    return np.asarray((1.0 if alone else -1.0) * SEPARATION * step / np.linalg.norm(step))


def corners_with(corner: int, case: int, joined_face: int) -> set[int]:
    """Return the inside corners that are joined to one, over edges or the joined face."""
    links = [*EDGES]
    if joined_face != NO_FACE:
        cycle = FACES[joined_face]
        links += [(cycle[0], cycle[2]), (cycle[1], cycle[3])]
    found, waiting = set(), {corner}
    while waiting:
        one = waiting.pop()
        found.add(one)
        for pair in links:
            if one in pair:
                waiting |= {end for end in pair if case >> end & 1 and end not in found}
    return found


@cache
def sheet_tables() -> SheetTables:
    """Return the rule for all cases."""
    tables = SheetTables(
        simple=np.zeros(256, dtype=np.bool_),
        weak_face=np.array([weak_face(case) for case in range(256)], dtype=np.uint8),
        counts=np.zeros((256, 2), dtype=np.uint8),
        sheet_of_edge=np.zeros((256, 2, len(EDGES)), dtype=np.uint8),
        shifts=np.zeros((256, 2, MOST_SHEETS, 3)),
    )
    for case in range(256):
        for joined, face in enumerate((NO_FACE, int(tables.weak_face[case]))):
            found = sheets(case, face)
            tables.counts[case, joined] = len(found)
            for number, sheet in enumerate(found):
                tables.sheet_of_edge[case, joined, sheet] = number
                if len(found) > 1:
                    tables.shifts[case, joined, number] = sheet_shift(case, sheet, face)
        one = len(sheets(case)) == len(sheets(case ^ 255)) == 1
        tables.simple[case] = one and not ambiguous_faces(case)
    for table in tables:
        table.setflags(write=False)
    return tables
