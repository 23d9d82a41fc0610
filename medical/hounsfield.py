"""Hounsfield: whether the values of a scan stand on the scale they are said to.

Air has −1000 HU by definition, and nearly every scan shows some. Where the darkest large
share of a scan stands elsewhere, as in many cone-beam scans, levels in HU mislead.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from shared.errors import UsageError
from shared.finding import Finding, note, warning
from shared.volume import Quantity

if TYPE_CHECKING:
    from medical.structures import Structure
    from shared.volume import Volume

AIR_RANGE_HU: Final = (-1080.0, -900.0)
"""Where the peak of air may stand on a calibrated scanner: quality assurance asks for
−1000 HU within a few tens; some scanners cut off at −1024."""
DARK_HU: Final = -400.0
"""Air, also badly scaled, is darker than this; soft tissue never is."""
AIR_SHARE: Final = 0.01
"""Smallest share of dark values that shows where air stands."""
SOFT_RANGE_HU: Final = (-150.0, 150.0)
"""Fat, water, muscle and organs."""
CT_SHARE: Final = 0.05
"""Smallest share of the values at air, and at soft tissue, of what must be a CT scan."""
BIN_HU: Final = 10.0
"""Width of the histogram's bins."""
SAMPLE_STEP: Final = 4
"""Every fourth voxel along each axis is looked at."""
THICK_SLICES_MM: Final = 3.0
"""Slices farther apart than this lose small structures: not for surgical use."""


def with_quantity(volume: Volume) -> Volume:
    """Return `volume` with Hounsfield units where its values can be nothing else.

    NIfTI, NRRD and MetaImage do not say what they measure. Values of which a large share
    stands where air does, and another where soft tissue does, are a CT scan's; the volume
    says so in a finding. Values that their file says are no HU stay what they are.
    """
    told = {finding.code for finding in volume.findings}
    if volume.quantity is not Quantity.NONE or "not-hounsfield" in told:
        return volume
    sample = _sample(volume)
    air = (sample >= AIR_RANGE_HU[0]) & (sample <= AIR_RANGE_HU[1])
    soft = (sample >= SOFT_RANGE_HU[0]) & (sample <= SOFT_RANGE_HU[1])
    if min(np.count_nonzero(air), np.count_nonzero(soft)) < CT_SHARE * max(sample.size, 1):
        return volume
    assumed = note(
        "hounsfield-assumed",
        "The file does not say what its values measure; many stand at those of air and of soft "
        "tissue, so they were taken for Hounsfield units.",
    )
    return replace(volume, quantity=Quantity.HU, findings=(*volume.findings, assumed))


def doubts_about(
    volume: Volume, structures: tuple[Structure, ...], level: float | None
) -> tuple[Finding, ...]:
    """Return what speaks against trusting a reconstruction of `volume`.

    Raises
    ------
    UsageError
        If levels in HU meet values that are none.
    """
    return (
        *unit_findings(volume, structures, level),
        *calibration_findings(volume),
        *spacing_findings(volume),
    )


def calibration_findings(volume: Volume) -> tuple[Finding, ...]:
    """Return a warning where the values of `volume` do not look like Hounsfield units."""
    told = {finding.code for finding in volume.findings}
    if volume.quantity is not Quantity.HU or "uncalibrated-hu" in told:
        return ()
    sample = _sample(volume)
    dark = sample[sample < DARK_HU]
    if dark.size < AIR_SHARE * max(sample.size, 1):
        if sample.size and float(sample.min()) >= 0.0:
            return (_uncalibrated("no value is below 0, although air would stand at -1000 HU"),)
        return ()
    peak = _peak(dark[dark > AIR_RANGE_HU[0]])
    if peak is None or not AIR_RANGE_HU[0] <= peak <= AIR_RANGE_HU[1]:
        where = "far below -1000 HU" if peak is None else f"at about {peak:.0f} HU"
        return (_uncalibrated(f"air stands {where} instead of -1000 HU"),)
    return ()


def _sample(volume: Volume) -> np.ndarray:
    sample = volume.values[::SAMPLE_STEP, ::SAMPLE_STEP, ::SAMPLE_STEP]
    return np.asarray(sample[np.isfinite(sample)])


def _peak(values: np.ndarray) -> float | None:
    """Return the middle of the fullest bin of a histogram, or None without values."""
    if not values.size:
        return None
    low = float(values.min())
    bins = ((values.astype(np.float64) - low) / BIN_HU).astype(np.int64)
    return low + (float(np.bincount(bins).argmax()) + 0.5) * BIN_HU


def _uncalibrated(why: str) -> Finding:
    return warning(
        "uncalibrated-hu",
        f"The values are no calibrated Hounsfield units ({why}), as in cone-beam CT: check the "
        "level on the pictures.",
    )


def spacing_findings(volume: Volume) -> tuple[Finding, ...]:
    """Return a warning where the voxels are too large for surgical use."""
    widest = max(volume.spacing_mm)
    told = {finding.code for finding in volume.findings}
    if widest <= THICK_SLICES_MM or "thick-slices" in told:
        return ()
    return (
        warning(
            "thick-slices",
            f"Slices stand {widest:.3g} mm apart, more than {THICK_SLICES_MM:g} mm: small "
            "structures are lost; not for surgical use.",
            details={"largest_gap_mm": round(widest, 4)},
        ),
    )


def unit_findings(
    volume: Volume, structures: tuple[Structure, ...], level: float | None
) -> tuple[Finding, ...]:
    """Return a warning where levels in HU meet values that are none.

    Raises
    ------
    UsageError
        If such a volume comes without a level of its own.
    """
    if volume.quantity is Quantity.HU:
        return ()
    names = ", ".join(structure.name for structure in structures)
    if level is None:
        raise UsageError(
            f"The values are no Hounsfield units, so the usual level of {names} means nothing.",
            remedy="Pass a level on the scale of this scan with --level.",
        )
    return (
        warning(
            "not-hounsfield",
            f"The values are no Hounsfield units: {names} is whatever reaches the level "
            f"{level:g}; look at the result before you use it.",
        ),
    )
