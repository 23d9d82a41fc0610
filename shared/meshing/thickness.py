"""Thickness: how much material stands behind each point of a surface."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from shared.device import require_host
from shared.errors import InvalidValueError
from shared.meshing.compare import samples_and_normals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.mesh import Mesh
    from shared.shapes import PointArray

DEFAULT_SAMPLES: Final = 20_000
"""Points spread over the surface: one for each 15 mm² of a skull."""
TOUCHING_GAP: Final = 0.05
"""Share of its radius that a ball may keep from the point it is said to touch.

Flat faces stand for curved surfaces: their neighbors would hold off every ball."""


class ThicknessBy(StrEnum):
    """What is measured."""

    RAY = "ray"
    """The chord along the inward normal, to where it leaves the solid."""
    SPHERE = "sphere"
    """The diameter of the largest ball inside the solid that touches the point."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Thickness:
    """The thickness of a solid at points spread evenly over its surface.

    Parameters
    ----------
    by
        What was measured.
    values_mm
        float64 ``[n]``; infinite where the surface is open behind a point.
    places
        float64 ``[n 3]``, the points, in the frame's unit.
    """

    by: ThicknessBy
    values_mm: NDArray[np.float64]
    places: PointArray

    @property
    def unmeasured(self) -> int:
        """Number of points behind which the surface is open."""
        return int(np.count_nonzero(~np.isfinite(self.values_mm)))

    @property
    def minimum_mm(self) -> float:
        """Least thickness met; infinite if nothing was measured."""
        return float(self.values_mm.min(initial=np.inf))

    @property
    def thinnest_place(self) -> tuple[float, float, float] | None:
        """Where it was met, in the frame's unit."""
        if not np.isfinite(self.minimum_mm):
            return None
        x, y, z = (float(value) for value in self.places[self.values_mm.argmin()])
        return x, y, z

    @property
    def mean_mm(self) -> float:
        """Mean over the area that was measured; NaN if none was."""
        known = self.values_mm[np.isfinite(self.values_mm)]
        return float(known.mean()) if len(known) else float("nan")

    def percentile_mm(self, percent: float) -> float:
        """Return the thickness that `percent` of the area does not exceed."""
        if not len(self.values_mm):
            return float("nan")
        return float(np.percentile(self.values_mm, percent, method="lower"))


def thickness(
    mesh: Mesh, *, by: ThicknessBy | str = ThicknessBy.SPHERE, samples: int = DEFAULT_SAMPLES
) -> Thickness:
    """Measure how thick the solid `mesh` is behind points of its surface.

    By ray: the length of the chord along the inward normal, which is the shape diameter
    (Shapira, Shamir and Cohen-Or, Consistent mesh partitioning and skeletonisation using
    the shape diameter function, 2008) of a cone of no width, so that it is exact on walls.
    By sphere: the diameter of the largest ball inside the solid that holds the point,
    which is the local thickness (Hildebrand and Rüegsegger, A new method for the
    model-independent assessment of thickness in three-dimensional images, 1997): at a
    point of the surface such a ball touches it there, so its middle lies on the normal.

    Parameters
    ----------
    mesh
        A solid (`shared.meshing.topology`), faces outward. A cavity's wall is measured
        from both sides.
    by
        What is measured. Slabs, shells and tubes give the same by both. Near a convex
        edge the ball is small while the ray runs to the other side.
    samples
        Number of points: fixed places, spread evenly over the area.

    Raises
    ------
    InvalidValueError
        If `samples` is not positive.

    Notes
    -----
    A bounding box tree finds exits and nearest faces, in float64. A ball may keep a
    twentieth of its radius from its point: then facets of a curved surface that meet at
    less than 18° do not shrink it, and what is told is the radius of a ball that truly
    lies inside. The minimum is the least of the samples; a thinner place may lie between.
    """
    require_host(mesh.vertices)
    from shared.kernels import run_slabs
    from shared.meshing.kernels.bounding_tree import bounding_tree, curve_order
    from shared.meshing.kernels.rays import exits, largest_balls

    if samples < 1:
        raise InvalidValueError(f"A thickness needs samples, not {samples}.")
    by = ThicknessBy(by)
    if mesh.is_empty:
        return Thickness(by=by, values_mm=np.zeros(0), places=np.zeros((0, 3)))
    points, normals = samples_and_normals(mesh, samples)
    order = curve_order(points)
    points, inward = np.ascontiguousarray(points[order]), np.ascontiguousarray(-normals[order])
    tree = bounding_tree(mesh.vertices, mesh.faces)
    values = np.empty(samples)
    run_slabs(
        lambda first, end: exits(points, inward, tree.boxes, tree.corners, first, end, values),
        samples,
    )
    if by == ThicknessBy.SPHERE:
        chords, radii = values, np.empty(samples)
        run_slabs(
            lambda first, end: largest_balls(
                points, inward, chords, TOUCHING_GAP, tree.boxes, tree.corners, first, end, radii
            ),
            samples,
        )
        values = 2.0 * radii
    return Thickness(by=by, values_mm=values * mesh.frame.to_mm(1.0), places=points)
