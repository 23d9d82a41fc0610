"""Holes: closed loops of border, and patches across them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.frame import Frame
    from shared.meshing.draft import Draft
    from shared.shapes import FaceArray, VertexArray

LARGEST_LOOP: Final = 256
"""Edges of a loop above which a chord cuts it in two before it is patched: n³ steps."""
MOST_EDGES: Final = 4096
"""Edges of a loop that is never patched, whatever the limits: memory grows with their square."""
LEAST_CUT: Final = 0.25
"""Share of a loop's edges that a cut leaves on either side, at least."""


class HoleState(StrEnum):
    """What became of a hole."""

    FILLED = "filled"
    TOO_LARGE = "too_large"
    """Larger than the limits."""
    UNSOUND = "unsound"
    """Every patch would lie flat on a face, or run along an edge of two faces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """A hole of a surface.

    Parameters
    ----------
    state
        What became of it.
    edges
        Number of border edges around it.
    perimeter_mm
        Their length.
    area_mm2
        Area of the patch; None if there is none.
    place
        The mean of its border's vertices, in the frame's unit.
    """

    state: HoleState
    edges: int
    perimeter_mm: float
    area_mm2: float | None
    place: tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoleLimits:
    """Up to which size holes are filled; all that is given must hold."""

    perimeter_mm: float
    area_mm2: float = np.inf
    edges: float = np.inf


def loops_of(draft: Draft, partners: NDArray[np.int32]) -> list[NDArray[np.int32]]:
    """Return the half-edges around each hole, three or more, against the patch's winding."""
    from shared.meshing.kernels.borders import border_loops

    members, ends = border_loops(draft.faces, partners, len(draft.vertices))
    loops = np.split(members, ends[:-1]) if len(ends) else []
    return [loop for loop in loops if len(loop) >= 3]


def filled(
    draft: Draft, partners: NDArray[np.int32], limits: HoleLimits, frame: Frame
) -> tuple[FaceArray, tuple[Hole, ...]]:
    """Return the faces of all patches, and what became of each hole."""
    scale = frame.to_mm(1.0)
    faces, holes = [np.zeros((0, 3), dtype=np.int32)], []
    loops = loops_of(draft, partners)
    neighbors = _neighbor_lists(draft, loops)
    for loop in loops:
        names = draft.faces[loop // 3, loop % 3]
        points = draft.vertices[names].astype(np.float64)
        perimeter = float(np.linalg.norm(points - np.roll(points, 1, axis=0), axis=1).sum()) * scale
        state, area = HoleState.TOO_LARGE, None
        if perimeter <= limits.perimeter_mm and len(loop) <= min(limits.edges, MOST_EDGES):
            patch = _patch(draft, loop, neighbors)
            state = HoleState.UNSOUND
            if len(patch):
                area = _area(draft.vertices, patch) * scale**2
                state = HoleState.FILLED if area <= limits.area_mm2 else HoleState.TOO_LARGE
            if state == HoleState.FILLED:
                faces.append(patch)
                _remember(neighbors, patch)
        x, y, z = (float(value) for value in points.mean(axis=0))
        holes.append(
            Hole(
                state=state,
                edges=len(loop),
                perimeter_mm=perimeter,
                area_mm2=area,
                place=(x, y, z),
            )
        )
    return np.concatenate(faces), tuple(holes)


def _area(vertices: VertexArray, faces: FaceArray) -> float:
    corners = vertices[faces].astype(np.float64)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return float(0.5 * np.linalg.norm(normals, axis=1).sum())


def _neighbor_lists(draft: Draft, loops: list[NDArray[np.int32]]) -> dict[int, set[int]]:
    """Return the vertices that an edge joins with each vertex of a loop."""
    if not loops:
        return {}
    on_loop = np.zeros(len(draft.vertices), dtype=np.bool_)
    members = np.concatenate(loops)
    on_loop[draft.faces[members // 3, members % 3]] = True
    near = draft.faces[on_loop[draft.faces].any(axis=1)]
    neighbors: dict[int, set[int]] = {int(v): set() for v in np.flatnonzero(on_loop)}
    _remember(neighbors, near)
    return neighbors


def _remember(neighbors: dict[int, set[int]], faces: FaceArray) -> None:
    """Enter the edges of faces."""
    for face in faces.tolist():
        for a in face:
            if a in neighbors:
                neighbors[a].update(face)


def _patch(draft: Draft, loop: NDArray[np.int32], neighbors: dict[int, set[int]]) -> FaceArray:
    """Return the triangles across a loop of half-edges; none if no patch is sound."""
    backward = loop[::-1]
    # a half-edge a → b needs b → a in the patch: its corners are the ends, last one first
    ends = draft.faces[backward // 3, (backward + 1) % 3]
    third = draft.faces[backward // 3, (backward + 2) % 3]
    points = draft.vertices[ends].astype(np.float64)
    across = draft.vertices[third].astype(np.float64)
    names = ends.tolist()
    taken = np.zeros((len(names), len(names)), dtype=np.bool_)
    place = {name: n for n, name in enumerate(names)}
    for n, name in enumerate(names):
        for other in neighbors[name]:
            if other in place:
                taken[n, place[other]] = True
    triangles = _triangles(points, across, taken, np.arange(len(names)))
    return np.asarray(ends[triangles], dtype=np.int32)


def _triangles(
    points: NDArray[np.float64],
    across: NDArray[np.float64],
    taken: NDArray[np.bool_],
    numbers: NDArray[np.int_],
) -> NDArray[np.int_]:
    """Patch a loop, given its numbers; one too long is cut in two along its best chord."""
    from shared.meshing.kernels.patches import patch_of_loop

    count = len(numbers)
    if count <= LARGEST_LOOP:
        inner = np.ascontiguousarray(taken[np.ix_(numbers, numbers)])
        found = patch_of_loop(points[numbers], across, inner)
        return np.asarray(numbers[found])
    i, j = _chord(points[numbers], taken[np.ix_(numbers, numbers)])
    if i < 0:
        return np.zeros((0, 3), dtype=np.int_)
    first, second = np.arange(i, j + 1), np.concatenate([np.arange(j, count), np.arange(i + 1)])
    halves = []
    for half in (first, second):
        behind = across[half].copy()
        behind[-1] = points[numbers[half[-1]]]  # no fold is known at the chord
        part = _triangles(points, behind, taken, numbers[half])
        if len(part) == 0:
            return np.zeros((0, 3), dtype=np.int_)
        halves.append(part)
    return np.concatenate(halves)


def _chord(points: NDArray[np.float64], taken: NDArray[np.bool_]) -> tuple[int, int]:
    """Return the shortest chord that leaves enough edges on both sides; (−1, −1) if none."""
    count = len(points)
    steps = np.arange(count)[None, :] - np.arange(count)[:, None]
    least = int(LEAST_CUT * count)
    allowed = (steps >= least) & (steps <= count - least) & ~taken
    squares = np.square(points[:, None] - points[None]).sum(axis=2)
    squares[~allowed] = np.inf
    best = int(squares.argmin())
    if not np.isfinite(squares.flat[best]):
        return -1, -1
    return best // count, best % count
