"""Measure: volume, area, centroid, extent, genus and thickness of a mesh."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from shared.device import on_device
from shared.meshing.bounds import bounds_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.mesh import Mesh
    from shared.meshing.thickness import Thickness

MM3_PER_ML: Final = 1e3
"""Cubic millimetres in a millilitre."""
MM3_PER_M3: Final = 1e9
"""Cubic millimetres in a cubic metre."""
MM2_PER_M2: Final = 1e6
"""Square millimetres in a square metre."""

Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Sizes of a mesh, in world directions, whatever unit its frame has.

    Parameters
    ----------
    volume_ml
        Enclosed volume; negative where the faces look inwards. A surface with holes
        encloses nothing: see `volume_ml`.
    area_mm2
        Area of all faces.
    centroid_mm
        Center of mass of the solid; of the surface where the volume is zero; None of
        a mesh without area.
    bounds_mm
        Smallest and largest coordinates of vertices that faces use; None if there are
        no faces.
    genus
        Number of handles of all pieces together; None if not asked for, or if the
        surface is no closed, oriented manifold.
    ray_thickness, sphere_thickness
        See `shared.meshing.thickness`; None if not asked for.
    """

    volume_ml: float
    area_mm2: float
    centroid_mm: Point | None
    bounds_mm: tuple[Point, Point] | None
    genus: int | None = None
    ray_thickness: Thickness | None = None
    sphere_thickness: Thickness | None = None

    @property
    def volume_m3(self) -> float:
        """Enclosed volume in cubic metres."""
        return self.volume_ml * MM3_PER_ML / MM3_PER_M3

    @property
    def area_m2(self) -> float:
        """Area in square metres."""
        return self.area_mm2 / MM2_PER_M2

    @property
    def extent_mm(self) -> Point | None:
        """Size of the bounding box along the frame's axes."""
        if self.bounds_mm is None:
            return None
        low, high = self.bounds_mm
        return high[0] - low[0], high[1] - low[1], high[2] - low[2]


def volume_ml(mesh: Mesh) -> float:
    """Return the volume `mesh` encloses in millilitres, negative if it is inside out.

    By the divergence theorem: the sum of the signed tetrahedra that the faces span
    with the middle of the bounding box. Of a surface with holes the sum depends on
    that point, and means no volume (`shared.meshing.topology` tells).
    """
    return measure(mesh).volume_ml


def area_mm2(mesh: Mesh) -> float:
    """Return the area of all faces of `mesh` in square millimetres."""
    return measure(mesh).area_mm2


def measure(mesh: Mesh, *, genus: bool = False, thickness_samples: int = 0) -> Measures:
    """Return volume, area, centroid and bounds of `mesh`, and what else is asked for.

    Sums run in float64 about the middle of the bounding box, so a small part far from
    the origin keeps its digits.

    Parameters
    ----------
    mesh
        Any triangles; on a CUDA device they are summed there.
    genus
        Count handles too.
    thickness_samples
        Measure the thickness, by ray and by sphere, at so many points; 0 leaves it out.
    """
    found = _sizes(mesh)
    if genus:
        from shared.meshing.topology import topology

        found = replace(found, genus=topology(mesh).genus)
    if thickness_samples:
        from shared.meshing.thickness import ThicknessBy, thickness

        found = replace(
            found,
            ray_thickness=thickness(mesh, by=ThicknessBy.RAY, samples=thickness_samples),
            sphere_thickness=thickness(mesh, by=ThicknessBy.SPHERE, samples=thickness_samples),
        )
    return found


def _sizes(mesh: Mesh) -> Measures:
    if mesh.is_empty:
        return Measures(volume_ml=0.0, area_mm2=0.0, centroid_mm=None, bounds_mm=None)
    if on_device(mesh.vertices):
        from shared.meshing.cuda.integrals import face_integrals

        there = np.array(face_integrals(mesh.vertices, mesh.faces))
        return _measures(mesh, there[:3], there[3:6], there[6:])
    from shared.meshing.kernels.integrals import face_sums

    used = mesh.vertices if _uses_all(mesh) else mesh.vertices[np.unique(mesh.faces)]
    low, high = (corner.astype(np.float64) for corner in bounds_of(used))
    return _measures(mesh, low, high, face_sums(mesh.vertices, mesh.faces, 0.5 * (low + high)))


def _measures(
    mesh: Mesh, low: NDArray[np.float64], high: NDArray[np.float64], sums: NDArray[np.float64]
) -> Measures:
    """Return the sizes that the sums over all faces about the middle of the bounds tell."""
    middle = 0.5 * (low + high)
    scale = mesh.frame.to_mm(1.0)
    volume, area = float(sums[0]), float(sums[4])
    moments, weight = (sums[1:4], volume) if volume != 0.0 else (sums[5:8], area)
    return Measures(
        volume_ml=volume * scale**3 / MM3_PER_ML,
        area_mm2=area * scale**2,
        centroid_mm=_point((middle + moments / weight) * scale) if weight != 0.0 else None,
        bounds_mm=(_point(low * scale), _point(high * scale)),
    )


def _uses_all(mesh: Mesh) -> bool:
    used = np.zeros(len(mesh.vertices), dtype=np.bool_)
    used[mesh.faces.ravel()] = True
    return bool(used.all())


def _point(values: NDArray[np.float64]) -> Point:
    x, y, z = (float(value) for value in values)
    return x, y, z
