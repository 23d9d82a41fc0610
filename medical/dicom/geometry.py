"""Geometry: where the slices of a series stand, measured from their positions alone.

ImagePositionPatient gives the step from slice to slice; the tilt tag, SliceLocation,
SliceThickness and SpacingBetweenSlices are not used (PS3.3 C.7.6.2). A tilted gantry
shows as a line of positions that is not parallel to the slice normal, and stays in the
affine as shear: nothing is straightened, so nothing drifts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from medical.dicom.gaps import missing_finding, uneven_finding
from medical.dicom.series import Series
from medical.errors import SliceGeometryError
from shared.affine import Affine
from shared.finding import Finding, note, warning

POSITION_TOLERANCE_MM: Final = 0.06
"""Farthest a slice may stand from its place on a regular grid: writers round positions
to 0.1 mm, which is up to 0.05 mm off."""

SPACING_TOLERANCE: Final = 0.02
"""Farthest a slice may stand from its place, as a share of the spacing."""

SIDEWAYS_TOLERANCE_MM: Final = 0.1
"""Farthest a slice may stand beside the line of positions."""

ROUNDING_DRIFT_MM: Final = 0.02
"""Sideways drift from first to last slice below which the line of positions is the normal."""

TILT_WORTH_TELLING_DEG: Final = 0.1
"""Smallest angle between slice normal and line of positions that is called tilt."""

LARGEST_GAP_MM: Final = 20.0
"""Widest gap that is bridged by interpolation; beyond it a series is two stacks."""

THICK_SLICES_MM: Final = 3.0
"""Spacing above which a model is called unfit for surgical use: small structures vanish
between slices. The limit is this project's own."""

DENSEST_GAP_QUANTILE: Final = 0.1
"""Uneven stacks take this quantile of their gaps as the step of the regular grid."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StackGeometry:
    """A regular grid for a series, and where each of its slices stands on it.

    Parameters
    ----------
    affine
        Grid index (slice, row, column) → LPS mm.
    slices
        Number of slices of the grid.
    places
        Grid index of each slice of the series ``[n]``, rising; integers where the
        slice stands on the grid.
    spacing_mm
        Distance between grid slices along their normal.
    step_mm
        Distance between grid slices along the line of positions.
    tilt_deg
        Angle between the normal and the line of positions.
    missing
        Grid indices that no slice fills, if all slices stand on the grid.
    is_even
        Whether all slices stand on the grid.
    gaps_mm
        Distances along the normal between neighboring slices ``[n-1]``.
    findings
        What is unusual.
    """

    affine: Affine
    slices: int
    places: NDArray[np.float64]
    spacing_mm: float
    step_mm: float
    tilt_deg: float
    missing: tuple[int, ...]
    is_even: bool
    gaps_mm: NDArray[np.float64]
    findings: tuple[Finding, ...] = ()


def measure(series: Series) -> StackGeometry:
    """Return the geometry of a series.

    Raises
    ------
    SliceGeometryError
        If its slices cannot be placed as one volume: a single slice, positions that
        leave a straight line, orientation or spacing that cannot be.
    """
    axes = pixel_axes(series)
    if len(series.slices) < 2:
        raise SliceGeometryError(
            "The series has a single slice, which has no depth.",
            remedy="Choose a series with several slices of the same body part.",
        )
    positions = series.positions_mm
    along = series.distances_mm
    direction = _line_direction(positions, along, series.normal)
    _require_straight(positions, along, direction)
    places, step, is_even = _places_on_grid(along)
    grid_slices = round(float(places[-1])) + 1
    origin = _origin(positions, along, direction, places, step, is_even)
    matrix = np.eye(4)
    matrix[:3, 0] = direction * step
    matrix[:3, 1:3] = axes
    matrix[:3, 3] = origin
    filled = {round(float(p)) for p in places} if is_even else set(range(grid_slices))
    missing = tuple(k for k in range(grid_slices) if k not in filled)
    tilt = float(np.degrees(np.arccos(min(1.0, 1.0 / float(np.linalg.norm(direction))))))
    geometry = StackGeometry(
        affine=Affine(matrix),
        slices=grid_slices,
        places=places,
        spacing_mm=step,
        step_mm=float(np.linalg.norm(direction)) * step,
        tilt_deg=tilt,
        missing=missing,
        is_even=is_even,
        gaps_mm=np.diff(along),
    )
    return _with_findings(geometry, series)


def pixel_axes(series: Series) -> NDArray[np.float64]:
    """Return world steps ``[3 2]`` of one row down and one column across.

    Raises
    ------
    SliceGeometryError
        If orientation or spacing cannot be those of an image.
    """
    cosines = np.asarray(series.orientation, float).reshape(2, 3)
    between_rows, between_columns = series.pixel_spacing_mm
    return np.column_stack([cosines[1] * between_rows, cosines[0] * between_columns])


def _line_direction(
    positions: NDArray[np.float64], along: NDArray[np.float64], normal: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the step of the position ``[3]`` for one mm along the normal.

    Fitted to all positions, so that rounding in the first or last one is averaged out:
    the normal itself plus the shear, if there is more of it than rounding makes.
    """
    centered = along - along.mean()
    direction = centered @ (positions - positions.mean(axis=0)) / (centered @ centered)
    ends = (positions[-1] - positions[0]) / (along[-1] - along[0])
    if np.abs(ends - direction).max() * (along[-1] - along[0]) < 1e-6:
        direction = ends
    drift = float(np.linalg.norm(direction - normal)) * float(along[-1] - along[0])
    if drift < ROUNDING_DRIFT_MM:
        direction = normal
    return np.asarray(direction)


def _require_straight(
    positions: NDArray[np.float64], along: NDArray[np.float64], direction: NDArray[np.float64]
) -> None:
    center = positions.mean(axis=0)
    expected = center + (along - along.mean())[:, None] * direction
    off = np.linalg.norm(positions - expected, axis=1)
    worst = int(off.argmax())
    if off[worst] > SIDEWAYS_TOLERANCE_MM:
        raise SliceGeometryError(
            f"The slices do not stand in one line: slice {worst + 1} of {len(off)} is "
            f"{off[worst]:.1f} mm beside it.",
            remedy="Export the series again as parallel slices, or choose another series.",
        )


def _places_on_grid(along: NDArray[np.float64]) -> tuple[NDArray[np.float64], float, bool]:
    """Return (grid index of each slice, spacing, whether all stand on the grid)."""
    gaps = np.diff(along)
    for unit in (float(np.median(gaps)), float(gaps.min())):
        fitted = _fit_grid(along, unit)
        if fitted is not None:
            return fitted
    extent = float(along[-1] - along[0])
    dense = float(np.quantile(gaps, DENSEST_GAP_QUANTILE, method="lower"))
    intervals = max(1, round(extent / dense))
    step = extent / intervals
    places = (along - along[0]) / step
    places[-1] = intervals
    near = np.rint(places)
    places = np.where(np.abs(places - near) * step < 1e-6, near, places)
    return places, step, False


def _fit_grid(
    along: NDArray[np.float64], unit: float
) -> tuple[NDArray[np.float64], float, bool] | None:
    """Return the regular grid near `unit` that all slices stand on, if there is one."""
    steps = np.rint(np.diff(along) / unit)
    if (steps < 1).any():
        return None
    index = np.concatenate([[0.0], np.cumsum(steps)])
    ends = float((along[-1] - along[0]) / index[-1])
    centered = index - index.mean()
    fitted = float(centered @ (along - along.mean()) / (centered @ centered))
    extent = float(along[-1] - along[0])
    step = ends if abs(fitted - ends) * index[-1] < 1e-6 else fitted
    off = along - along.mean() - centered * step
    tolerance = max(POSITION_TOLERANCE_MM, SPACING_TOLERANCE * step)
    tolerance = min(tolerance, 0.25 * step)
    if np.abs(off).max() > tolerance or extent <= 0:
        return None
    return index, step, True


def _origin(
    positions: NDArray[np.float64],
    along: NDArray[np.float64],
    direction: NDArray[np.float64],
    places: NDArray[np.float64],
    step: float,
    is_even: bool,
) -> NDArray[np.float64]:
    """Return the world position of grid slice 0's first pixel."""
    if not is_even:
        return positions[0]
    fitted = positions.mean(axis=0) - places.mean() * step * direction
    return positions[0] if np.abs(fitted - positions[0]).max() < 1e-6 else fitted


def _with_findings(geometry: StackGeometry, series: Series) -> StackGeometry:
    found: list[Finding] = []
    if geometry.tilt_deg >= TILT_WORTH_TELLING_DEG:
        found.append(_tilt_finding(geometry))
    if geometry.missing:
        found.append(
            missing_finding(
                series,
                geometry.places,
                slices=geometry.slices,
                spacing_mm=geometry.spacing_mm,
            )
        )
    if not geometry.is_even:
        found.append(uneven_finding(series, geometry.gaps_mm, spacing_mm=geometry.spacing_mm))
    if geometry.spacing_mm > THICK_SLICES_MM or geometry.gaps_mm.max() > THICK_SLICES_MM:
        found.append(
            warning(
                "thick-slices",
                f"Slices stand up to {geometry.gaps_mm.max():.3g} mm apart, more than "
                f"{THICK_SLICES_MM:g} mm: small structures are lost; not for surgical use.",
                details={"largest_gap_mm": round(float(geometry.gaps_mm.max()), 4)},
            )
        )
    return replace(geometry, findings=tuple(found))


def _tilt_finding(geometry: StackGeometry) -> Finding:
    drift = float(np.tan(np.radians(geometry.tilt_deg))) * geometry.gaps_mm.sum()
    return note(
        "gantry-tilt",
        f"The slices are sheared by {geometry.tilt_deg:.2f}° (gantry tilt), {drift:.1f} mm "
        "from the first to the last; kept in the geometry as shear.",
        details={"tilt_deg": round(geometry.tilt_deg, 4), "drift_mm": round(float(drift), 3)},
    )
