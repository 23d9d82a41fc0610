"""Calibration: what the values of a series measure, and how far that can be trusted."""

from __future__ import annotations

from typing import Final

from medical.dicom.series import Series
from shared.finding import Finding, warning
from shared.volume import Quantity

HOUNSFIELD_TYPES: Final = frozenset({"", "HU", "US", "HU_MOD"})
"""RescaleType of CT that means Hounsfield units; blank and US (unspecified) by habit."""

CONE_BEAM_WORDS: Final = (
    "cbct",
    "cone beam",
    "conebeam",
    "cone-beam",
    "newtom",
    "i-cat",
    "icat",
    "planmeca",
    "promax",
    "carestream",
    "cs 9",
    "kavo",
    "sirona",
    "galileos",
    "orthophos",
    "vatech",
    "morita",
    "accuitomo",
    "veraview",
    "scanora",
    "soredex",
    "orthopantomograph",
    "instrumentarium",
    "myray",
    "gendex",
    "prexion",
    "rayscan",
    "pointnix",
    "imaging sciences",
    "artis",
    "o-arm",
    "ziehm",
    "curvebeam",
)
"""Makers and models of cone-beam CT, dental and surgical, in lower case."""


def quantity_of(series: Series) -> tuple[Quantity, tuple[Finding, ...]]:
    """Return what a series measures, and what is doubtful about it."""
    if series.modality == "PT":
        uptake = series.uptake
        if uptake is None:
            return Quantity.NONE, ()
        return Quantity.NONE if uptake.factor is None else Quantity.SUV_BW, uptake.findings
    if series.modality != "CT":
        return Quantity.NONE, ()
    kind = str(series.facts.get("rescale_type", "")).upper()
    if kind not in HOUNSFIELD_TYPES:
        return Quantity.NONE, (
            warning(
                "not-hounsfield",
                f"The CT values are of type {kind}, not Hounsfield units: levels in HU do not "
                "apply.",
            ),
        )
    if _has_no_rescale(series):
        return Quantity.NONE, (
            warning(
                "uncalibrated-hu",
                "The CT values have no rescale and cannot be negative: they are no Hounsfield "
                "units, and levels in HU do not apply.",
            ),
        )
    if is_cone_beam(series):
        return Quantity.HU, (
            warning(
                "uncalibrated-hu",
                "Cone-beam CT: its values are not calibrated Hounsfield units; check the level "
                "on the pictures.",
            ),
        )
    return Quantity.HU, ()


def is_cone_beam(series: Series) -> bool:
    """Return whether maker, model or image type speak of a cone-beam CT."""
    told = (series.facts.get("manufacturer", ""), series.facts.get("model", ""), *series.image_type)
    text = " ".join(str(part) for part in told).lower()
    return any(word in text for word in CONE_BEAM_WORDS)


def _has_no_rescale(series: Series) -> bool:
    """Return whether values are stored unsigned and shown as they are: air has no place."""
    return all(
        s.layout is not None
        and s.layout.element == "int"
        and not s.layout.is_signed
        and s.slope == 1.0
        and s.intercept >= 0.0
        and s.table is None
        for s in series.slices
    )
