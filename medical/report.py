"""Report: everything a run of `medical.reconstruct` found, as one frozen value.

`ReconstructionReport.as_dict` is the JSON that is written beside the models. It holds no
identity, no paths, no descriptions and no UIDs: inputs are told by their digests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from medical.removals import Removal, removals_table
from medical.sides import direction_word, extent_by_side, place_words

if TYPE_CHECKING:
    from medical.structures import Structure
    from shared.finding import Finding
    from shared.provenance import Provenance
    from shared.shapes import Matrix4
    from shared.volume import Volume

SCHEMA: Final = "recon-reconstruction/1"

FILE_FRAMES: Final = MappingProxyType(
    {
        ".stl": "LPS, mm (header: SPACE=LPS)",
        ".ply": "LPS, mm (comment: SPACE=LPS)",
        ".obj": "LPS, mm (comment: SPACE=LPS)",
        ".glb": "glTF: Y up, m; (x, y, z) LPS mm is 0.001 (x, z, -y)",
    }
)
"""Axes and unit of the vertices in each kind of file."""

VERSIONED: Final = (
    "recon-toolkit",
    "numpy",
    "numba",
    "scipy",
    "connected-components-3d",
    "pydicom",
)
"""Distributions whose versions are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapReport:
    """Where the border of the scan, not the anatomy, ends a part.

    Parameters
    ----------
    side
        Letter of the side of the patient that the border looks to: L R P A S I.
    area_mm2
        Area of the cap.
    place_mm
        Its middle, LPS.
    """

    side: str
    area_mm2: float
    place_mm: tuple[float, float, float]

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "side": self.side,
            "area_mm2": round(self.area_mm2, 3),
            "place_mm": [round(x, 3) for x in self.place_mm],
            "place": place_words(self.place_mm),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviationReport:
    """How far the final surface is from the isosurface it was made from, both ways.

    All zero where the surface was neither smoothed nor simplified.

    Parameters
    ----------
    mean_mm, p95_mm, max_mm
        Measured: mean and 95th percentile over the area, and the largest distance met.
    bound_mm
        No point of either surface is farther from the other than this: proven.
    """

    mean_mm: float = 0.0
    p95_mm: float = 0.0
    max_mm: float = 0.0
    bound_mm: float = 0.0

    def as_dict(self) -> dict[str, float]:
        """Return plain data."""
        return {
            "mean_mm": round(self.mean_mm, 5),
            "p95_mm": round(self.p95_mm, 5),
            "max_mm": round(self.max_mm, 5),
            "bound_mm": round(self.bound_mm, 5),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PartReport:
    """What was measured on one part's final mesh, merged by position as readers do.

    Parameters
    ----------
    name
        Of its label.
    level
        Of the field on its surface; None for a surface of a mask.
    vertices, faces
        Counts.
    closed, manifold, outward
        See `shared.meshing.Topology`.
    self_intersections
        Number of pairs of faces that meet where they should not; None if not counted.
    pieces, cavities
        Separate outer surfaces, and closed hollows in them.
    piece_volumes_ml
        Enclosed by the largest outer surfaces, hollows not subtracted; largest first.
    volume_ml
        Enclosed by all surfaces, hollows subtracted.
    voxel_volume_ml
        Of the voxels that the label map gives the part.
    area_mm2
        Of all faces.
    bounds_mm
        Smallest and largest LPS coordinates.
    caps
        Where the scan ends it.
    deviation
        From the un-simplified isosurface.
    """

    name: str
    level: float | None
    vertices: int
    faces: int
    closed: bool
    manifold: bool
    outward: bool
    self_intersections: int | None
    pieces: int
    cavities: int
    piece_volumes_ml: tuple[float, ...]
    volume_ml: float
    voxel_volume_ml: float
    area_mm2: float
    bounds_mm: tuple[tuple[float, float, float], tuple[float, float, float]]
    caps: tuple[CapReport, ...]
    deviation: DeviationReport

    def as_dict(self) -> dict[str, Any]:
        """Return plain data, with sides told by letters."""
        counted = self.self_intersections
        return {
            "name": self.name,
            "level": self.level,
            "vertices": self.vertices,
            "faces": self.faces,
            "closed": self.closed,
            "manifold": self.manifold,
            "outward": self.outward,
            "self_intersections": "not counted" if counted is None else counted,
            "pieces": self.pieces,
            "cavities": self.cavities,
            "piece_volumes_ml": [round(ml, 4) for ml in self.piece_volumes_ml],
            "volume_ml": round(self.volume_ml, 4),
            "voxel_volume_ml": round(self.voxel_volume_ml, 4),
            "area_mm2": round(self.area_mm2, 2),
            "bounding_box_mm": extent_by_side(*self.bounds_mm),
            "caps": [cap.as_dict() for cap in self.caps],
            "deviation_from_isosurface": self.deviation.as_dict(),
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GridReport:
    """The geometry of the scan.

    Parameters
    ----------
    shape, spacing_mm
        Voxels and length of a step along each array axis.
    lps_from_index
        The affine: index of a voxel centre → patient coordinates, mm.
    tilt_deg
        Angle between the first array axis (slice to slice) and the slices' normal.
    quantity
        What the values measure.
    value_range
        Smallest and largest finite value.
    """

    shape: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    lps_from_index: Matrix4
    tilt_deg: float
    quantity: str
    value_range: tuple[float, float]

    def as_dict(self) -> dict[str, Any]:
        """Return plain data; each array axis with the side that rising indices lead to."""
        axes = self.lps_from_index[:3, :3].T
        corner = self.lps_from_index[:3, 3]
        corners = (
            corner
            + np.stack(np.meshgrid(*((0, n - 1) for n in self.shape)), -1).reshape(-1, 3)
            @ self.lps_from_index[:3, :3].T
        )
        return {
            "shape": list(self.shape),
            "spacing_mm": [round(step, 6) for step in self.spacing_mm],
            "axes_lead_to": [direction_word(axis.tolist()) for axis in axes],
            "lps_from_index": np.round(self.lps_from_index, 6).tolist(),
            "extent_mm": extent_by_side(corners.min(axis=0), corners.max(axis=0)),
            "tilt_deg": round(self.tilt_deg, 4),
            "quantity": self.quantity,
            "value_range": list(self.value_range),
        }


def grid_report(volume: Volume) -> GridReport:
    """Return the geometry of `volume` for a report."""
    matrix = volume.affine.matrix
    normal = np.cross(matrix[:3, 1], matrix[:3, 2])
    cosine = abs(normal @ matrix[:3, 0]) / np.linalg.norm(normal) / np.linalg.norm(matrix[:3, 0])
    return GridReport(
        shape=volume.shape,
        spacing_mm=volume.spacing_mm,
        lps_from_index=matrix,
        tilt_deg=float(np.degrees(np.arccos(min(1.0, cosine)))),
        quantity=volume.quantity.value,
        value_range=_finite_range(volume),
    )


def _finite_range(volume: Volume) -> tuple[float, float]:
    values = volume.values
    low, high = float(values.min()), float(values.max())
    if np.isfinite(low) and np.isfinite(high):
        return low, high
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReconstructionReport:
    """One run: input, geometry, what was asked for, what came out, what was doubtful.

    Parameters
    ----------
    grid
        Geometry of the scan.
    structures
        What was asked for.
    level
        Level asked for, or None for each structure's own.
    request
        The other arguments of the run, as plain values.
    parts
        One for each part of the scene, in its order.
    removals
        Every piece that was taken away, however small.
    findings
        Assumptions, larger removals and doubts, in the order they arose.
    provenance
        Sources by digest, and steps.
    times_s
        Seconds of each step.
    """

    grid: GridReport
    structures: tuple[Structure, ...]
    level: float | None
    request: Mapping[str, Any]
    parts: tuple[PartReport, ...]
    findings: tuple[Finding, ...]
    provenance: Provenance
    removals: tuple[Removal, ...] = ()
    times_s: Mapping[str, float] = field(default_factory=dict)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that a person should look at."""
        return tuple(f for f in self.findings if f.severity == "warning")

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for a JSON file."""
        record = self.provenance.as_dict()
        return {
            "schema": SCHEMA,
            "input": record["sources"],
            "series": self.grid.as_dict(),
            "structures": [self._structure(structure) for structure in self.structures],
            "request": dict(self.request),
            "parts": [part.as_dict() for part in self.parts],
            "removals": removals_table(self.removals),
            "findings": [finding.as_dict() for finding in self.findings],
            "frames_of_files": dict(FILE_FRAMES),
            "steps": record["steps"],
            "times_s": {step: round(seconds, 4) for step, seconds in self.times_s.items()},
            "versions": versions(),
        }

    def _structure(self, structure: Structure) -> dict[str, Any]:
        concept = structure.concept
        return {
            "name": structure.name,
            "method": structure.method.value,
            "level": structure.level_hu if self.level is None else self.level,
            **({} if structure.upper_hu is None else {"upper_level": structure.upper_hu}),
            "unit": self.grid.quantity,
            "level_source": structure.level_source if self.level is None else "asked for",
            "concept": {
                "scheme": concept.scheme,
                "code": concept.code,
                "meaning": concept.meaning,
            },
        }


def versions() -> dict[str, str]:
    """Return the versions of this toolkit and of what its results depend on."""
    from importlib.metadata import PackageNotFoundError, version
    from platform import python_version

    found = {"python": python_version()}
    for name in VERSIONED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
