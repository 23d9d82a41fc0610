"""SUV: PET activity over the activity given per gram of the patient.

SUVbw = activity concentration (Bq/ml) · body weight (g) / dose (Bq), the dose taken at
the time that the images are corrected to. The tags and their order follow the QIBA
vendor-neutral recipe for SUVbw. Where a tag is missing or cannot be, the values stay as
they are written, and the reason is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from medical.dicom.elements import Elements
from shared.finding import Finding, note, warning

UNITS: Final = 0x00541001
CORRECTED_IMAGE: Final = 0x00280051
DECAY_CORRECTION: Final = 0x00541102
PATIENT_WEIGHT: Final = 0x00101030
RADIOPHARMACEUTICAL: Final = 0x00540016
TOTAL_DOSE: Final = 0x00181074
HALF_LIFE: Final = 0x00181075
START_TIME: Final = 0x00181072
START_DATE_TIME: Final = 0x00181078
SERIES_DATE: Final = 0x00080021
SERIES_TIME: Final = 0x00080031
ACQUISITION_DATE: Final = 0x00080022
ACQUISITION_TIME: Final = 0x00080032
PHILIPS_SUV_FACTOR: Final = 0x70531000
PET_TAGS: Final = (
    UNITS,
    CORRECTED_IMAGE,
    DECAY_CORRECTION,
    PATIENT_WEIGHT,
    RADIOPHARMACEUTICAL,
    SERIES_DATE,
    SERIES_TIME,
    ACQUISITION_DATE,
    ACQUISITION_TIME,
    PHILIPS_SUV_FACTOR,
)
"""Everything that SUV needs from the header of an image."""

WEIGHT_KG: Final = (0.3, 400.0)
DOSE_BQ: Final = (1e5, 2e10)
"""What patients weigh, and what they are given: 370 MBq is usual. Doses written in MBq
fall below."""
HALF_LIFE_S: Final = (30.0, 1e6)
"""From rubidium-82 (76 s) to zirconium-89 (3.3 days)."""
MOST_HALF_LIVES: Final = 10.0
"""Nothing is left to measure after this time."""
SHORTEST_TIME: Final = 4
"""Digits of a time of day that can be counted from: hours and minutes."""
ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PetHeader:
    """What one PET image says about its values, as it says it; never printed.

    Parameters
    ----------
    units
        ``BQML``, ``CNTS``, ``GML`` …
    corrections
        Words of CorrectedImage.
    decay_corrected_to
        ``START``, ``ADMIN`` or ``NONE``.
    weight_kg, dose_bq, half_life_s
        Numbers as written, or None.
    injected_at, series_at, acquired_at
        Moments as far as they are told.
    is_injection_dated
        Whether the injection's date is told, or taken from the series.
    factor
        Philips' own SUV of one count.
    """

    units: str = ""
    corrections: tuple[str, ...] = ()
    decay_corrected_to: str = ""
    weight_kg: float | None = None
    dose_bq: float | None = None
    half_life_s: float | None = None
    injected_at: datetime | None = None
    is_injection_dated: bool = False
    series_at: datetime | None = None
    acquired_at: datetime | None = None
    factor: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Uptake:
    """How the values of a PET series become SUVbw, or why they do not.

    Parameters
    ----------
    factor
        SUVbw of a value of 1, or None.
    findings
        What was done or assumed, or why nothing was.
    """

    factor: float | None
    findings: tuple[Finding, ...]


def pet_header(elements: Elements) -> PetHeader:
    """Return what a PET image says about its values."""
    given = elements.first(RADIOPHARMACEUTICAL)
    dated = _date_time(given.text(START_DATE_TIME)) if given else None
    timed = moment(elements.text(SERIES_DATE), given.text(START_TIME)) if given else None
    series_at = moment(elements.text(SERIES_DATE), elements.text(SERIES_TIME))
    return PetHeader(
        units=elements.text(UNITS).upper(),
        corrections=tuple(word.upper() for word in elements.words(CORRECTED_IMAGE)),
        decay_corrected_to=elements.text(DECAY_CORRECTION).upper(),
        weight_kg=elements.number(PATIENT_WEIGHT),
        dose_bq=given.number(TOTAL_DOSE) if given else None,
        half_life_s=given.number(HALF_LIFE) if given else None,
        injected_at=dated or timed,
        is_injection_dated=dated is not None,
        series_at=series_at,
        acquired_at=moment(elements.text(ACQUISITION_DATE), elements.text(ACQUISITION_TIME)),
        factor=elements.number(PHILIPS_SUV_FACTOR),
    )


def _date_time(text: str) -> datetime | None:
    """Return the moment that DICOM's DT tells; its zone is left out, as in DA and TM."""
    return moment(text[:8], text[8:].split("+")[0].split("-")[0]) if len(text) >= 14 else None


def moment(date: str, time: str) -> datetime | None:
    """Return the moment that DICOM's DA and TM tell, or None (PS3.5 6.2).

    >>> moment("20240229", "235959.5").isoformat()
    '2024-02-29T23:59:59.500000'
    """
    digits = date.replace(".", "").replace("-", "").strip()
    whole, _, part = time.replace(":", "").strip().partition(".")
    if len(whole) < SHORTEST_TIME:
        return None
    try:
        start = datetime.strptime(digits + whole.ljust(6, "0")[:6], "%Y%m%d%H%M%S")
    except ValueError:
        return None
    return start + timedelta(seconds=float(f"0.{part}")) if part.isdigit() else start


def uptake_of(headers: Sequence[PetHeader]) -> Uptake:
    """Return how the values of the images of one series become SUVbw.

    Parameters
    ----------
    headers
        Of all its images, at least one.
    """
    first = headers[0]
    if any(
        (h.units, h.decay_corrected_to) != (first.units, first.decay_corrected_to) for h in headers
    ):
        return _kept("its images are written in different units")
    if first.units == "GML":
        return Uptake(factor=1.0, findings=(note("suv", "PET values are written as SUV (g/ml)."),))
    if first.units == "CNTS" and first.factor:
        told = note("suv", "PET counts converted to SUVbw by the scanner's own factor.")
        return Uptake(factor=first.factor, findings=(told,))
    if first.units != "BQML":
        return _kept(f"they are in {first.units}" if first.units else "their unit is not told")
    missing = [word for word in ("ATTN", "DECY") if word not in first.corrections]
    if missing:
        names = {"ATTN": "attenuation", "DECY": "decay"}
        return _kept(f"they are not corrected for {' and '.join(names[w] for w in missing)}")
    return _from_dose(headers)


def _from_dose(headers: Sequence[PetHeader]) -> Uptake:
    first = headers[0]
    weight, dose = first.weight_kg, first.dose_bq
    if not _within(weight, WEIGHT_KG) or weight is None:
        return _kept(
            "the patient's weight is not told" if not weight else "no patient has the weight told"
        )
    if not _within(dose, DOSE_BQ) or dose is None:
        return _kept("the dose is not told" if not dose else f"a dose of {dose:g} Bq cannot be")
    if first.decay_corrected_to == "ADMIN":
        told = note("suv", "PET values converted to SUVbw; corrected for decay to the injection.")
        return Uptake(factor=weight * 1e3 / dose, findings=(told,))
    if first.decay_corrected_to != "START":
        return _kept("it is not told to which moment decay was corrected")
    if not _within(first.half_life_s, HALF_LIFE_S) or first.half_life_s is None:
        return _kept("the half-life is not told, or cannot be")
    waited = _waited(headers)
    if waited is None:
        return _kept("the time of the injection or of the scan is not told")
    seconds, doubts = waited
    if not 0.0 <= seconds <= MOST_HALF_LIVES * first.half_life_s:
        return _kept("the times of injection and scan do not fit together")
    left = 0.5 ** (seconds / first.half_life_s)
    told = note(
        "suv",
        "PET values converted to SUVbw (body weight), the dose decayed over "
        f"{seconds / 60:.0f} min from injection to scan.",
        details={"decay_min": round(seconds / 60, 2), "dose_left": round(left, 5)},
    )
    return Uptake(factor=weight * 1e3 / (dose * left), findings=(told, *doubts))


def _within(value: float | None, limits: tuple[float, float]) -> bool:
    return value is not None and limits[0] <= value <= limits[1]


def _waited(headers: Sequence[PetHeader]) -> tuple[float, tuple[Finding, ...]] | None:
    """Return the seconds from injection to the start of the scan, and what is doubtful."""
    injected, series_at = headers[0].injected_at, headers[0].series_at
    acquired = [h.acquired_at for h in headers if h.acquired_at is not None]
    earliest = min(acquired, default=None)
    start = series_at
    doubts: tuple[Finding, ...] = ()
    if series_at is None or (earliest is not None and series_at > earliest):
        start = earliest  # a series written anew later carries the time of that
        doubts = (
            warning(
                "suv-from-acquisition",
                "The series' time is absent or after its acquisition; SUV counts from the earliest "
                "acquisition among these images.",
            ),
        )
    if injected is None or start is None:
        return None
    waited = start - injected
    if waited < timedelta() and not headers[0].is_injection_dated:
        waited += ONE_DAY  # injected before midnight: only the time of day is told
    return waited.total_seconds(), doubts


def _kept(why: str) -> Uptake:
    told = note("no-suv", f"PET values are kept as written, not converted to SUV: {why}.")
    return Uptake(factor=None, findings=(told,))
