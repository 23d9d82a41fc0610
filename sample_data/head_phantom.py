"""The head phantom: materials, scan grid and the truth about both.

The head is larger at the back than in front, has a face, stands on a neck that leans,
and carries a marker on its left cheek: no flip and no exchange of axes leaves it
unchanged. Bone keeps a distance from air everywhere, so that 300 HU is half way
between bone and what surrounds it, and a surface taken there encloses the true volume.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from sample_data import head_anatomy as anatomy
from sample_data.implicit_solids import (
    Ellipsoid,
    Floats,
    Grown,
    Solid,
    Union,
    Vector,
    ball,
    rotation_about,
    turned,
)
from sample_data.rasterize import Material, blur, gaussian_noise, rasterize, volume_mm3

AIR_HU: Final = -1000
SOFT_TISSUE_HU: Final = 40
GRAY_MATTER_HU: Final = 42
WHITE_MATTER_HU: Final = 35
BONE_HU: Final = 560
"""Chosen so that 300 HU, a usual level for bone, is half way from soft tissue."""
MARKER_HU: Final = 1500
BONE_LEVEL_HU: Final = (SOFT_TISSUE_HU + BONE_HU) // 2
SKIN_LEVEL_HU: Final = (AIR_HU + SOFT_TISSUE_HU) // 2
"""Half way from air to soft tissue: where a scan crosses it stands the true skin."""

CLEARANCE_MM: Final = 4.0
"""Least thickness of the soft lining between airway and bone."""

MARKER: Final = ball((54.5, -42.0, -70.0), 6.0)
"""Ball sunk into the left cheek, as a fiducial is stuck to the skin."""

JAW_PIVOT: Final = (0.0, 2.0, -48.0)
"""Middle of the axis through both jaw joints."""

SHAPE: Final = (104, 128, 128)
"""Slices, rows and columns of the scan."""
SLICE_STEP_MM: Final = 2.0
PIXEL_MM: Final = 1.75
TOP_MM: Final = 80.0
"""Height of the first slice; the crown lies below it."""
NOISE_HU: Final = 10.0
NOISE_SEED: Final = 20240229


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The parts of the phantom; `soft` is the whole body under the skin."""

    soft: Solid
    airway: Solid
    skull: Solid
    mandible: Solid
    spine: Solid
    brain: Solid
    white_matter: Solid
    marker: Ellipsoid

    @property
    def bone(self) -> Solid:
        """All bone."""
        return Union((self.skull, self.mandible, self.spine))

    @property
    def enclosed(self) -> Solid:
        """What the skin encloses: body and marker, the airway within them filled."""
        return self.soft | self.marker

    @property
    def tissue(self) -> Solid:
        """What a scan shows above the skin level: `enclosed` without the airway."""
        return self.enclosed - (self.airway - self.marker)

    def materials(self) -> list[Material]:
        """Return solids and values in the order in which they are painted."""
        return [
            (self.soft, SOFT_TISSUE_HU),
            (self.brain, GRAY_MATTER_HU),
            (self.white_matter, WHITE_MATTER_HU),
            (self.bone, BONE_HU),
            (self.airway, AIR_HU),
            (self.marker, MARKER_HU),
        ]


def make_head(*, jaw_opening_deg: float = 0.0, jaw_drop_mm: float = 0.0) -> Head:
    """Return the head; the jaw may be turned about its joints and let down out of them."""
    opening = rotation_about("x", jaw_opening_deg)
    drop: Vector = (0.0, -jaw_drop_mm / 2, -jaw_drop_mm)

    def with_jaw(solid: Solid) -> Solid:
        if not (jaw_opening_deg or jaw_drop_mm):
            return solid
        return turned(solid, JAW_PIVOT, opening, offset=drop)

    airway = anatomy.airway()
    lining = Grown(airway, CLEARANCE_MM)
    return Head(
        soft=anatomy.soft_tissue(with_jaw),
        airway=airway,
        skull=anatomy.skull() - lining,
        mandible=with_jaw(anatomy.mandible()) - lining,
        spine=anatomy.spine(),
        brain=Union((anatomy.braincase(), anatomy.cord())),
        white_matter=Ellipsoid((0.0, 8.0, 6.0), (46.0, 62.0, 38.0), anatomy.CRANIUM_TILT),
        marker=MARKER,
    )


def index_to_lps() -> Floats:
    """Return the matrix from slice, row and column numbers to LPS mm: axial, crown first."""
    matrix = np.zeros((4, 4))
    matrix[2, 0], matrix[1, 1], matrix[0, 2], matrix[3, 3] = -SLICE_STEP_MM, PIXEL_MM, PIXEL_MM, 1.0
    matrix[:3, 3] = (-PIXEL_MM * (SHAPE[2] - 1) / 2, -PIXEL_MM * (SHAPE[1] - 1) / 2 - 4.5, TOP_MM)
    return matrix


def scan(head: Head) -> Floats:
    """Return the values (HU) ``[slice row column]`` that the scanner of this phantom gives."""
    values = blur(rasterize(head.materials(), SHAPE, index_to_lps(), background=AIR_HU))
    return np.rint(values + gaussian_noise(SHAPE, NOISE_HU, NOISE_SEED))


def scanned_box() -> tuple[Vector, Vector]:
    """Return the corners of the box between the centres of the outermost voxels."""
    matrix = index_to_lps()
    ends = matrix[:3, 3], (matrix @ (*(n - 1 for n in SHAPE), 1.0))[:3]
    low, high = np.minimum(*ends).tolist(), np.maximum(*ends).tolist()
    return (low[0], low[1], low[2]), (high[0], high[1], high[2])


def measure(head: Head, *, finest_mm: float = 0.5) -> dict[str, Any]:
    """Return volumes (ml) and centroids (LPS mm) of the parts within the scanned box."""
    solids = {
        "skull_with_mandible": head.skull | head.mandible,
        "mandible": head.mandible,
        "cervical_spine": head.spine,
        "brain": head.brain - head.bone,
        "airway": head.airway & head.enclosed,
        "tissue": head.tissue,
    }
    found = {
        name: volume_mm3(solid, *scanned_box(), finest_mm=finest_mm)
        for name, solid in solids.items()
    }
    found["bone"] = _together(found["skull_with_mandible"], found["cervical_spine"])
    found["skin_enclosed"] = _together(found["tissue"], found["airway"])
    return {
        name: {
            "volume_ml": round(volume / 1000.0, 3),
            "centroid_lps_mm": [round(c, 2) + 0.0 for c in centroid],
        }
        for name, (volume, centroid) in found.items()
    }


def _together(*bodies: tuple[float, Vector]) -> tuple[float, Vector]:
    """Return volume and centroid of bodies that do not overlap."""
    volume = sum(body for body, _ in bodies)
    x, y, z = (sum(body * center[n] for body, center in bodies) / volume for n in range(3))
    return volume, (x, y, z)


def truth(head: Head) -> dict[str, Any]:
    """Return what is known of the phantom and its scan, ready for JSON."""
    low, high = scanned_box()
    return {
        "schema": "head-phantom-truth/1",
        "frame": "Patient coordinates LPS in mm: +x left, +y posterior, +z superior.",
        "notes": NOTES,
        "series": {
            "folder": "head_ct",
            "shape": list(SHAPE),
            "spacing_mm": [SLICE_STEP_MM, PIXEL_MM, PIXEL_MM],
            "array_order": ["slice", "row", "column"],
            "lps_from_index": index_to_lps().tolist(),
            "extent_lps_mm": [list(low), list(high)],
            "noise_hu": NOISE_HU,
        },
        "materials_hu": {
            "air": AIR_HU,
            "soft_tissue": SOFT_TISSUE_HU,
            "gray_matter": GRAY_MATTER_HU,
            "white_matter": WHITE_MATTER_HU,
            "bone": BONE_HU,
            "marker": MARKER_HU,
        },
        "levels_hu": {
            "bone": BONE_LEVEL_HU,
            "skin": SKIN_LEVEL_HU,
            "marker": (SOFT_TISSUE_HU + MARKER_HU) // 2,
        },
        "parts": measure(head),
        "relative_volume_error": 5e-4,
        "bone_pieces": ["skull_with_mandible", "cervical_spine"],
        "marker": {
            "side": "left",
            "center_lps_mm": list(head.marker.center),
            "radius_mm": head.marker.radii[0],
            "volume_ml": round(head.marker.volume_mm3 / 1000.0, 4),
        },
        "ellipsoids": {
            "scalp": _ellipsoid(anatomy.SCALP_RADII),
            "skull_outside": _ellipsoid(anatomy.SKULL_RADII),
            "braincase": _ellipsoid(anatomy.BRAINCASE_RADII),
        },
        "cut_at_neck": {"z_mm": low[2], "area_cm2": _cut_areas(head, low[2])},
    }


NOTES: Final = (
    "Volumes are those between the centres of the first and the last slice "
    "(series.extent_lps_mm); the last slice cuts the neck. They are integrals of the exact "
    "shapes, in cells of 0.5 mm; relative_volume_error bounds their error. Volumes of marker "
    "and ellipsoids are exact. bone is everything at materials_hu.bone: two pieces, "
    "skull_with_mandible (the jaw joins the skull at its joints) and cervical_spine; the marker "
    "is not among them. skin_enclosed is the body with the airway filled; tissue is the body "
    "without it. The airway opens at the nostrils and at the cut. levels_hu are half way "
    "between neighbors, where a surface encloses the true volume; at the bone level the "
    "marker, which is denser than bone, looks larger than it is. A scan of these voxels rounds "
    "thin rods: surfaces at levels_hu.bone enclose about half a percent less skull and a few "
    "percent less spine than stated."
)


def _ellipsoid(radii: Vector) -> dict[str, Any]:
    solid = Ellipsoid(anatomy.CRANIUM_CENTER, radii, anatomy.CRANIUM_TILT)
    return {
        "center_lps_mm": list(solid.center),
        "radii_mm": list(radii),
        "axes": [[round(v, 12) for v in column] for column in zip(*solid.rotation, strict=True)],
        "volume_ml": round(solid.volume_mm3 / 1000.0, 3),
    }


def _cut_areas(head: Head, z_mm: float) -> dict[str, float]:
    """Return the area of each part in the plane of the last slice."""
    (x0, y0, _), (x1, y1, _) = scanned_box()
    half = 0.05
    box = (x0, y0, z_mm - half), (x1, y1, z_mm + half)
    solids = {"tissue": head.tissue, "bone": head.bone, "airway": head.airway & head.enclosed}
    return {
        name: round(volume_mm3(solid, *box, finest_mm=0.5)[0] / (2 * half) / 100.0, 2)
        for name, solid in solids.items()
    }
