"""Smooth: less noise, the same size, and no vertex far from where it was."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from shared.device import on_device
from shared.errors import InvalidValueError
from shared.meshing.nesting import closed_pieces, nesting_of, pieces_of
from shared.meshing.self_intersections import crossing_faces
from shared.meshing.weld import position_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.mesh import Mesh
    from shared.shapes import FaceArray, PointArray, VertexArray

DEFAULT_ITERATIONS: Final = 20
"""Pairs of steps: enough to take the steps of voxels off a surface."""
SHRINK: Final = 0.5
"""λ: share of the way to the neighbors' mean in the first step of a pair."""
PASS_BAND: Final = 0.05
"""k of the frequency that neither shrinks nor grows, 1/λ + 1/μ (Taubin 1995, 0.01 to 0.1)."""
GROW: Final = 1.0 / (PASS_BAND - 1.0 / SHRINK)
"""μ: share of the way back in the second step; negative, a little longer than λ."""
TAMING_ROUNDS: Final = 64
"""How often vertices of wrong faces are taken half the way back, and looked at again."""
GIVING_UP: Final = 3
"""Times a vertex is taken half the way back; the last time it returns where it was."""


def smooth(
    mesh: Mesh, *, iterations: int = DEFAULT_ITERATIONS, within_mm: float | None = None
) -> Mesh:
    """Return `mesh` with noise and voxel steps smoothed away, not shrunk.

    Taubin's λ|μ smoothing (A signal processing approach to fair surface design, 1995):
    each pair of steps moves vertices towards the mean of their neighbors and a little
    farther back, which damps what is rough and keeps what is large.

    Parameters
    ----------
    mesh
        Triangles. Vertices of equal position move together; those at borders and where
        the surface is not manifold stay.
    iterations
        Pairs of steps.
    within_mm
        No vertex ends farther than this from where it was, so neither surface is
        anywhere farther than this from the other.

    Returns
    -------
    Mesh
        The same faces, colors and texture coordinates. Where smoothing alone would make
        the surface cross itself, a face lose its area or a piece turn inside out,
        vertices are taken back, if need be to where they were.

    Raises
    ------
    InvalidValueError
        If iterations or distance are negative.

    Notes
    -----
    A mesh on a CUDA device is smoothed there by the same steps in float64. There a vertex
    is taken back only where a face would turn over or lose its area: crossings are not
    looked for (`self_intersections` of the mesh brought to the host tells).
    """
    if iterations < 0 or (within_mm is not None and within_mm < 0.0):
        raise InvalidValueError("Smoothing needs iterations and a distance of zero or more.")
    if mesh.is_empty or iterations == 0:
        return mesh
    bound = np.inf if within_mm is None else mesh.frame.from_mm(within_mm)
    if on_device(mesh.vertices):
        from shared.meshing.cuda.smooth import smoothed as smoothed_there

        there: Any = smoothed_there(
            mesh.vertices,
            mesh.faces,
            iterations=iterations,
            factors=(SHRINK, GROW),
            bound=bound,
        )
        return replace(mesh, vertices=there)
    number, kept = position_numbers(mesh.vertices)
    faces = number[mesh.faces]
    first = mesh.vertices[kept].astype(np.float64)
    neighbors, free = _neighbors(faces, len(first))
    relaxed = _relaxed(first, neighbors, free, iterations)
    smoothed = _limited(first, relaxed, max(0.0, bound - _rounding(first)))
    return replace(mesh, vertices=_tamed(first, smoothed, faces, free)[number])


def _rounding(positions: PointArray) -> float:
    """Return how far float32 can move a position when it rounds it."""
    return float(np.sqrt(3.0) * np.spacing(np.abs(positions).max().astype(np.float32)))


def _neighbors(
    faces: FaceArray, count: int
) -> tuple[tuple[NDArray[np.int32], NDArray[np.int32]], NDArray[np.bool_]]:
    """Return starts and neighbors of each vertex, and which have one closed fan of faces."""
    from shared.kernels import run_slabs
    from shared.meshing.kernels.relaxation import mark_closed_fans, neighbor_lists

    starts, following, preceding = neighbor_lists(faces, count)
    free = np.zeros(count, dtype=np.bool_)

    def mark(begin: int, end: int) -> None:
        mark_closed_fans(starts, following, preceding, free, begin, end)

    run_slabs(mark, count)
    return (starts, following), free


def _relaxed(
    first: PointArray,
    neighbors: tuple[NDArray[np.int32], NDArray[np.int32]],
    free: NDArray[np.bool_],
    iterations: int,
) -> PointArray:
    """Return the positions after pairs of steps."""
    from shared.kernels import run_slabs
    from shared.meshing.kernels.relaxation import step

    now, after = first.copy(), np.empty_like(first)

    def move(source: PointArray, target: PointArray, factor: float) -> None:
        run_slabs(
            lambda begin, end: step(source, target, *neighbors, free, factor, begin, end),
            len(first),
        )

    for _ in range(iterations):
        move(now, after, SHRINK)
        move(after, now, GROW)
    return now


def _limited(first: PointArray, relaxed: PointArray, bound: float) -> PointArray:
    """Return `relaxed`, but no farther from `first` than `bound`."""
    shift = relaxed - first
    lengths = np.linalg.norm(shift, axis=1)
    shares = np.divide(bound, lengths, out=np.ones(len(first)), where=lengths > bound)
    return np.asarray(first + shift * shares[:, None])


def _tamed(
    first: PointArray, smoothed: PointArray, faces: FaceArray, free: NDArray[np.bool_]
) -> VertexArray:
    """Return positions between `first` and `smoothed` that are as sound as `first`."""
    start = first.astype(np.float32)
    pieces = pieces_of(start, faces)
    closed = closed_pieces(faces, pieces, free)
    nesting = nesting_of(start, faces, pieces, closed)
    returns = np.zeros(len(first), dtype=np.int64)
    positions = smoothed.astype(np.float32)
    changed = None
    for _ in range(TAMING_ROUNDS):
        pairs = _new_crossings(start, positions, faces, changed)
        wrong = _spoiled(start, positions, faces)
        wrong |= (nesting_of(positions, faces, pieces, closed) != nesting).any(axis=1)[pieces]
        wrong[pairs.ravel()] = True
        if not wrong.any():
            break
        back = np.zeros(len(first), dtype=np.bool_)
        back[faces[wrong]] = True
        returns[back] += 1
        share = np.where(returns >= GIVING_UP, 0.0, 0.5**returns)
        positions = (first + (smoothed - first) * share[:, None]).astype(np.float32)
        changed = np.asarray((returns > 0)[faces].any(axis=1))
    return positions


def _new_crossings(
    start: VertexArray,
    positions: VertexArray,
    faces: FaceArray,
    among: NDArray[np.bool_] | None,
) -> NDArray[np.int32]:
    """Return the pairs of faces that cross now and did not at the start."""
    pairs = crossing_faces(positions, faces, among=among)
    if len(pairs) == 0:
        return pairs
    concerned = np.zeros(len(faces), dtype=np.bool_)
    concerned[pairs.ravel()] = True
    before = crossing_faces(start, faces, among=concerned)
    return pairs[~np.isin(_names(pairs, faces), _names(before, faces))]


def _spoiled(start: VertexArray, positions: VertexArray, faces: FaceArray) -> NDArray[np.bool_]:
    """Return which faces have lost all their area."""
    from shared.meshing.kernels.flatness import zero_area

    flat = zero_area(positions, faces)
    return flat & ~zero_area(start, faces) if flat.any() else flat


def _names(pairs: NDArray[np.int32], faces: FaceArray) -> NDArray[np.int64]:
    """Return one number for each pair of faces."""
    return pairs[:, 0].astype(np.int64) * len(faces) + pairs[:, 1]
