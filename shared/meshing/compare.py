"""Compare: how far two surfaces are from each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from shared.device import require_host
from shared.errors import FrameMismatchError, InvalidValueError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.mesh import Mesh
    from shared.meshing.kernels.bounding_tree import BoundingTree
    from shared.shapes import PointArray

DEFAULT_SAMPLES: Final = 200_000
"""Points spread over each surface: one for each 1.5 mm² of a skull."""
PLASTIC_NUMBER: Final = 1.324717957244746
"""Root of x³ = x + 1; its powers make the sequence that fills a square most evenly."""


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
    forward, forward_area = _distances(test, reference, samples)
    backward, backward_area = _distances(reference, test, samples)
    weights = np.array([forward_area, backward_area])
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
    corners = mesh.vertices.astype(np.float64)[mesh.faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    doubled = np.linalg.norm(normals, axis=1)
    ends = np.cumsum(doubled)
    n = np.arange(count)
    chosen = np.searchsorted(ends, (n + 0.5) / count * ends[-1], side="right")
    chosen = np.minimum(chosen, len(ends) - 1)
    u = np.sqrt((0.5 + n / PLASTIC_NUMBER) % 1.0)[:, None]
    v = ((0.5 + n / PLASTIC_NUMBER**2) % 1.0)[:, None]
    a, b, c = corners[chosen, 0], corners[chosen, 1], corners[chosen, 2]
    points = (1.0 - u) * a + u * (1.0 - v) * b + u * v * c
    sizes = np.maximum(doubled[chosen], np.finfo(float).tiny)
    return np.asarray(points), np.asarray(normals[chosen] / sizes[:, None])


def distances_to(points: PointArray, tree: BoundingTree) -> NDArray[np.float64]:
    """Return the distance ``[n]`` of each point from the nearest triangle of `tree`."""
    from shared.kernels import run_slabs
    from shared.meshing.kernels.bounding_tree import curve_order
    from shared.meshing.kernels.distances import nearest_squares

    order = curve_order(points)
    ordered = np.ascontiguousarray(points[order])
    squares = np.empty(len(points))
    places = np.empty(len(points), dtype=np.int32)

    def search(first: int, end: int) -> None:
        nearest_squares(ordered, tree.boxes, tree.corners, squares, places, first, end)

    run_slabs(search, len(points))
    result = np.empty(len(points))
    result[order] = np.sqrt(squares)
    return result


def _distances(source: Mesh, target: Mesh, samples: int) -> tuple[Distances, float]:
    """Return the distances from `source` to `target`, and the area of `source`."""
    from shared.meshing.kernels.bounding_tree import bounding_tree
    from shared.meshing.measure import area_mm2

    used = np.zeros(len(source.vertices), dtype=np.bool_)
    used[source.faces.ravel()] = True
    vertices = source.vertices[used].astype(np.float64)
    points = np.concatenate([surface_samples(source, samples), vertices])
    tree = bounding_tree(target.vertices, target.faces)
    found_mm = distances_to(points, tree) * source.frame.to_mm(1.0)
    spread = found_mm[:samples]
    distances = Distances(
        mean_mm=float(spread.mean()),
        rms_mm=float(np.sqrt(np.mean(spread**2))),
        p95_mm=float(np.percentile(spread, 95.0)),
        max_mm=float(found_mm.max()),
    )
    return distances, area_mm2(source)
