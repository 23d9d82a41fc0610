"""Regular: a volume on a grid at right angles, of the spacing asked for.

Everything is resampled once, in world space, by linear interpolation: a voxel of the new
grid takes its value from where it stands in the patient.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from shared.affine import Affine
from shared.errors import UsageError
from shared.filters.grids import respaced_grid, straight_grid
from shared.finding import Finding, note
from shared.volume import Quantity, Volume

AIR_HU: Final = -1024.0
"""What CT shows where nothing was scanned: the floor of the Hounsfield scale."""

UPRIGHT_DRIFT_MM: Final = 0.1
"""Sideways drift from first to last slice that positions written to 0.1 mm may make."""

MOST_VOXELS: Final = 1 << 31
"""Grids with more are refused: no scan is that fine."""

COARSER: Final = 1.1
"""New steps this much longer than the old ones are smoothed for."""

SD_PER_FWHM: Final = 1.0 / 2.355
"""Standard deviation of a Gaussian as a share of its full width at half maximum."""


def on_regular_grid(
    volume: Volume, *, spacing_mm: float | None = None, keep_shear: bool = False
) -> Volume:
    """Return a volume at right angles and with the spacing asked for.

    Parameters
    ----------
    volume
        Any; one that is regular already is returned as it is.
    spacing_mm
        Spacing along all three axes, or None to keep what there is. Values are smoothed
        first along axes that become coarser.
    keep_shear
        Leave the shear of a tilted gantry in the affine.

    Returns
    -------
    Volume
        float32 if it was resampled. Its findings say what was done; places outside the
        scan have −1024 HU, or the lowest value of the scan where it has no HU.

    Raises
    ------
    UsageError
        If the spacing is not a positive length, or gives more voxels than can be meant.
    """
    is_sheared = not volume.affine.is_orthogonal()
    if is_sheared and not keep_shear:
        volume = _upright_if_near(volume)
        is_sheared = not volume.affine.is_orthogonal()
    affine, shape = volume.affine, volume.shape
    is_straightened = is_sheared and not keep_shear
    if is_straightened:
        affine, shape = straight_grid(affine, shape)
    if spacing_mm is not None:
        affine, shape = _respaced(affine, shape, volume.frame.from_mm(spacing_mm), spacing_mm)
    if affine.isclose(volume.affine) and shape == volume.shape:
        return volume
    return _resampled(volume, affine, shape, is_straightened=is_straightened)


def drift_mm(volume: Volume) -> float:
    """Return how far the last slice stands beside the normal of the first."""
    step, row, column = volume.affine.matrix[:3, :3].T
    normal = np.cross(row, column)
    normal /= np.linalg.norm(normal)
    sideways = float(np.linalg.norm(step - (step @ normal) * normal))
    return volume.frame.to_mm(sideways) * (volume.shape[0] - 1)


def _upright_if_near(volume: Volume) -> Volume:
    """Return a volume that leans less than written positions can tell as upright."""
    drift = drift_mm(volume)
    matrix = volume.affine.matrix.copy()
    step, row, column = volume.affine.matrix[:3, :3].T
    normal = np.cross(row, column)
    is_plane_straight = abs(row @ column) <= 1e-4 * np.linalg.norm(row) * np.linalg.norm(column)
    if drift > UPRIGHT_DRIFT_MM or not is_plane_straight:
        return volume
    upright = (step @ normal) / (normal @ normal) * normal
    matrix[:3, 0] = upright
    matrix[:3, 3] += (step - upright) * (volume.shape[0] - 1) / 2
    told = note(
        "lean-neglected",
        f"The slices lean by {drift:.3f} mm from the first to the last, less than positions "
        "written to a tenth of a millimeter can tell: taken as upright.",
        details={"drift_mm": round(drift, 4)},
    )
    return replace(volume, affine=Affine(matrix), findings=(*volume.findings, told))


def _respaced(
    affine: Affine, shape: tuple[int, int, int], step: float, spacing_mm: float
) -> tuple[Affine, tuple[int, int, int]]:
    if not (np.isfinite(step) and step > 0.0):
        raise UsageError(
            f"A spacing is a positive length, not {spacing_mm:g} mm.", remedy="Use --spacing 1."
        )
    counts = np.asarray(shape) * np.asarray(affine.spacing) / step
    if float(counts.prod()) > MOST_VOXELS:
        raise UsageError(
            f"A spacing of {spacing_mm:g} mm makes {counts.prod():.2g} voxels.",
            remedy="Use a larger spacing.",
        )
    return respaced_grid(affine, shape, step)


def _resampled(
    volume: Volume, affine: Affine, shape: tuple[int, int, int], *, is_straightened: bool
) -> Volume:
    from shared.filters.resample import resample

    outside = AIR_HU if volume.quantity is Quantity.HU else float(np.nanmin(volume.values))
    source, smoothed_mm = _smoothed(volume, affine)
    made = resample(source, affine, shape, outside=outside)
    made.values.setflags(write=False)
    spacing = made.spacing_mm
    provenance = made.provenance.with_step(
        "resample",
        interpolation="linear",
        shape=list(shape),
        spacing_mm=[round(step, 6) for step in spacing],
        outside=outside,
        smoothed_sd_mm=[round(sd, 4) for sd in smoothed_mm],
    )
    findings = _findings(volume, made, smoothed_mm, is_straightened=is_straightened)
    return replace(made, provenance=provenance, findings=findings)


def _smoothed(volume: Volume, affine: Affine) -> tuple[Volume, tuple[float, ...]]:
    """Return a volume smoothed along the axes that become coarser, and how much in mm."""
    old = np.asarray(volume.spacing_mm)
    new = np.asarray([volume.frame.to_mm(step) for step in affine.spacing])
    is_coarser = new > COARSER * old
    if not is_coarser.any():
        return volume, ()
    from shared.filters.gaussian import gaussian

    sd = np.where(is_coarser, SD_PER_FWHM * np.sqrt(np.maximum(new**2 - old**2, 0.0)), 0.0)
    values = gaussian(volume.values, sd.tolist(), spacing_mm=volume.spacing_mm)
    return replace(volume, values=values), tuple(sd.tolist())


def _findings(
    before: Volume, after: Volume, smoothed_mm: tuple[float, ...], *, is_straightened: bool
) -> tuple[Finding, ...]:
    kept = [
        _tilt_corrected(finding) if is_straightened and finding.code == "gantry-tilt" else finding
        for finding in before.findings
    ]
    spacing = " × ".join(f"{step:.4g}" for step in after.spacing_mm[::-1])
    shape = " × ".join(str(n) for n in after.shape[::-1])
    why = "to a grid at right angles" if is_straightened else "to the spacing asked for"
    smoothed = ""
    if smoothed_mm:
        smoothed = ", smoothed first along the axes that became coarser"
    told = note(
        "resampled",
        f"Resampled by linear interpolation {why}: {shape} voxels of {spacing} mm{smoothed}.",
        details={
            "shape": list(after.shape),
            "spacing_mm": [round(step, 6) for step in after.spacing_mm],
            "shape_before": list(before.shape),
            "spacing_before_mm": [round(step, 6) for step in before.spacing_mm],
            "straightened": is_straightened,
        },
    )
    return (*kept, told)


def _tilt_corrected(finding: Finding) -> Finding:
    tilt, drift = finding.details.get("tilt_deg", 0.0), finding.details.get("drift_mm", 0.0)
    return replace(
        finding,
        message=f"The slices are sheared by {tilt:.2f}° (gantry tilt), {drift:.1f} mm from the "
        "first to the last; corrected by resampling, every place stays where it was measured.",
    )
