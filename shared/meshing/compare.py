"""Compare: how far two surfaces are from each other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from shared.device import require_host
from shared.errors import FrameMismatchError, InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from shared.mesh import Mesh
    from shared.meshing.kernels.bounding_tree import BoundingTree
    from shared.meshing.kernels.nearest import BlockTree
    from shared.shapes import PointArray

DEFAULT_SAMPLES: Final = 200_000
"""Points spread over each surface: one for each 1.5 mm² of a skull."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distances:
    """Distances of the points of one surface from another surface.

    Parameters
    ----------
    mean_mm, rms_mm, p95_mm
        Mean, root of the mean square and 95th percentile over the surface's area.
    max_mm
        Largest distance met: over area samples and all vertices.
    """

    mean_mm: float
    rms_mm: float
    p95_mm: float
    max_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """How far two surfaces are from each other, both ways.

    Parameters
    ----------
    mean_mm, rms_mm
        Over the area of both surfaces together (the mean is the average symmetric
        surface distance).
    p95_mm
        The larger of the two 95th percentiles (the 95 % Hausdorff distance).
    max_mm
        The larger of the two maxima (the Hausdorff distance, from below).
    test_to_reference, reference_to_test
        The same one way.
    """

    mean_mm: float
    rms_mm: float
    p95_mm: float
    max_mm: float
    test_to_reference: Distances
    reference_to_test: Distances


def compare(test: Mesh, reference: Mesh, *, samples: int = DEFAULT_SAMPLES) -> Deviation:
    """Measure how far `test` and `reference` are from each other.

    From each surface `samples` points, spread evenly over its area, and all its used
    vertices are taken to the nearest point of the other surface (exact
    point-to-triangle distance in float64). Samples make mean, RMS and percentile,
    samples and vertices the maximum, as in Metro (Cignoni, Rocchini and Scopigno,
    1998). The samples are a fixed low-discrepancy sequence: the same meshes always
    give the same numbers. The maximum met is a lower bound of the Hausdorff distance.

    Raises
    ------
    FrameMismatchError
        If the meshes stand in different worlds.
    InvalidValueError
        If one has no faces, or `samples` is not positive.
    """
    require_host(test.vertices, reference.vertices)
    if not test.frame.is_compatible(reference.frame):
        raise FrameMismatchError("The two meshes stand in different frames.")
    if test.is_empty or reference.is_empty:
        raise InvalidValueError("A mesh without faces cannot be compared.")
    if samples < 1:
        raise InvalidValueError(f"A comparison needs samples, not {samples}.")
    one, other = _prepared((test, reference), samples)
    forward, backward = _distances(one, other), _distances(other, one)
    weights = np.array([one.area, other.area])
    weights = weights / weights.sum() if weights.sum() > 0.0 else np.full(2, 0.5)
    squares = np.array([forward.rms_mm, backward.rms_mm]) ** 2
    return Deviation(
        mean_mm=float(weights @ [forward.mean_mm, backward.mean_mm]),
        rms_mm=float(np.sqrt(weights @ squares)),
        p95_mm=max(forward.p95_mm, backward.p95_mm),
        max_mm=max(forward.max_mm, backward.max_mm),
        test_to_reference=forward,
        reference_to_test=backward,
    )


def surface_samples(mesh: Mesh, count: int) -> PointArray:
    """Return ``[count 3]`` points spread evenly over the area of `mesh`.

    Point n stands in the face that holds the share (n + ½)/count of the area, at
    barycentric coordinates from the two-dimensional R sequence (Roberts 2018): fixed,
    without clumps, and stratified over the surface.
    """
    return samples_and_normals(mesh, count)[0]


def samples_and_normals(mesh: Mesh, count: int) -> tuple[PointArray, PointArray]:
    """Return `surface_samples` and the unit normals of their faces."""
    from shared.meshing.kernels.spread import spread_points

    order = np.arange(len(mesh.faces), dtype=np.int32)
    points, normals, _ = spread_points(mesh.vertices, mesh.faces, order, count)
    return points, normals


def distances_to(points: PointArray, tree: BoundingTree) -> NDArray[np.float64]:
    """Return the distance ``[n]`` of each point from the nearest triangle of `tree`."""
    from shared.meshing.kernels.bounding_tree import curve_order
    from shared.meshing.kernels.nearest import block_tree

    order = curve_order(points)
    result = np.empty(len(points))
    result[order] = np.sqrt(_squares(points[order], block_tree(tree.corners)))
    return result


def _squares(points: PointArray, tree: BlockTree, *, enough: float = 0.0) -> NDArray[np.float64]:
    """Return squared distances ``[n]`` from a tree; those not above `enough` need not be exact."""
    from shared.kernels import run_slabs
    from shared.meshing.kernels.nearest import nearest_squares

    squares = np.empty(len(points))

    def search(first: int, end: int) -> None:
        nearest_squares(points, tree, enough, squares, first, end)

    run_slabs(search, len(points))
    return squares


class _Side(NamedTuple):
    """What is asked of a mesh, and what it is asked with; lengths in units of its frame."""

    tree: BlockTree
    samples: PointArray
    vertices: PointArray
    area: float
    unit_mm: float


def _prepared(meshes: tuple[Mesh, Mesh], samples: int) -> list[_Side]:
    """Return both sides of a comparison, points in the order of a space-filling curve."""
    from shared.meshing.kernels.bounding_tree import ordered_faces
    from shared.meshing.kernels.nearest import block_tree
    from shared.meshing.kernels.spread import spread_points, walked_vertices

    ordered: dict[int, tuple[NDArray[np.int32], NDArray[np.float32]]] = {}

    def sort_faces(n: int) -> None:
        ordered[n] = ordered_faces(meshes[n].vertices, meshes[n].faces)

    _side_by_side([partial(sort_faces, n) for n in range(2)])
    points: dict[int, tuple[PointArray, PointArray, float]] = {}
    vertices: dict[int, PointArray] = {}
    trees: dict[int, BlockTree] = {}

    def spread(n: int) -> None:
        points[n] = spread_points(meshes[n].vertices, meshes[n].faces, ordered[n][0], samples)

    def walk(n: int) -> None:
        vertices[n] = walked_vertices(meshes[n].vertices, meshes[n].faces, ordered[n][0])
        trees[n] = block_tree(ordered[n][1])

    _side_by_side([partial(work, n) for work in (spread, walk) for n in range(2)])
    return [
        _Side(trees[n], points[n][0], vertices[n], points[n][2], meshes[n].frame.to_mm(1.0))
        for n in range(2)
    ]


def _side_by_side(jobs: list[Callable[[], None]]) -> None:
    """Do all jobs, some at once."""
    from shared.kernels import run_slabs

    def do(first: int, end: int) -> None:
        for job in jobs[first:end]:
            job()

    run_slabs(do, len(jobs))


def _distances(source: _Side, target: _Side) -> Distances:
    """Return the distances from `source` to `target`.

    Of the vertices only those farther than all samples matter, so none is looked at
    closer than that.
    """
    squares = _squares(source.samples, target.tree)
    farthest = float(squares.max())
    beyond = _squares(source.vertices, target.tree, enough=farthest)
    found_mm = np.sqrt(squares) * source.unit_mm
    return Distances(
        mean_mm=float(found_mm.mean()),
        rms_mm=float(np.sqrt(np.mean(found_mm**2))),
        p95_mm=float(np.percentile(found_mm, 95.0)),
        max_mm=float(np.sqrt(max(farthest, beyond.max()))) * source.unit_mm,
    )
