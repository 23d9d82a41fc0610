"""Gaps: where slices are missing, uneven or lost, told by their places in the patient.

A slice is told by the coordinate of its middle along the body axis that its normal is
nearest to (``S 45.0`` for an axial slice), since its number depends on who counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medical.dicom.series import Series
from medical.sides import side_of
from shared.finding import Finding, warning

Vector = NDArray[np.float64]

TOLD_AT_MOST: Final = 6
"""Gaps and lost slices told one by one; the details hold all."""

WIDE_GAP: Final = 1.5
"""Gaps of an uneven stack this many times its step are told."""

INTERPOLATED: Final = "surfaces there are interpolated, not scanned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A slice that should be there, but cannot be read.

    Parameters
    ----------
    position_mm
        ImagePositionPatient, or None where that is lost too.
    instance_number
        As written, or None.
    why
        What is wrong with it.
    """

    position_mm: tuple[float, float, float] | None
    instance_number: int | None
    why: str


def middle_of(series: Series, position_mm: Sequence[float]) -> Vector:
    """Return the LPS place of the middle of a slice whose first pixel stands at `position_mm`."""
    row, column = np.asarray(series.orientation, float).reshape(2, 3)
    between_rows, between_columns = series.pixel_spacing_mm
    down = column * between_rows * (series.rows - 1) / 2
    across = row * between_columns * (series.columns - 1) / 2
    return np.asarray(np.asarray(position_mm, float) + down + across)


def coordinate_word(series: Series, place_mm: Vector) -> str:
    """Return a place along the body axis nearest to the slices' normal, as ``S 45.0``."""
    axis = int(np.abs(series.normal).argmax())
    coordinate = float(place_mm[axis])
    return f"{side_of(axis, coordinate)} {abs(coordinate):.1f}"


def missing_finding(
    series: Series, places: NDArray[np.float64], *, slices: int, spacing_mm: float
) -> Finding:
    """Return the warning that slices are missing between the others.

    Parameters
    ----------
    series
        The slices that there are.
    places
        Index ``[n]`` of each on the regular grid.
    slices, spacing_mm
        Of the grid.
    """
    lost = np.rint(np.diff(places)).astype(int) - 1
    at = np.flatnonzero(lost > 0).tolist()
    count, widest = int(lost.sum()), float((lost.max() + 1) * spacing_mm)
    words = [f"{lost[k]} between {_between(series, k)}" for k in at]
    missing = [int(places[k]) + n + 1 for k in at for n in range(1, lost[k] + 1)]
    return warning(
        "missing-slices",
        f"{count} of {slices} slices {'is' if count == 1 else 'are'} missing: {_some(words)}. "
        f"Filled by linear interpolation across up to {widest:.3g} mm: {INTERPOLATED}.",
        place=_middle_between(series, at[0]),
        details={
            "missing": missing,
            "widest_gap_mm": round(widest, 4),
            "gaps": [{"missing": int(lost[k]), **_ends(series, k)} for k in at],
        },
    )


def uneven_finding(series: Series, gaps_mm: NDArray[np.float64], *, spacing_mm: float) -> Finding:
    """Return the warning that slices stand unevenly, and where gaps are wide."""
    wide = np.flatnonzero(gaps_mm > WIDE_GAP * spacing_mm).tolist()
    words = [f"{gaps_mm[k]:.3g} mm between {_between(series, k)}" for k in wide]
    where = f" Wide gaps: {_some(words)}; {INTERPOLATED}." if words else ""
    return warning(
        "uneven-slices",
        f"The slices stand {gaps_mm.min():.3g} to {gaps_mm.max():.3g} mm apart; resampled by "
        f"linear interpolation to a regular {spacing_mm:.4g} mm.{where}",
        place=_middle_between(series, int(gaps_mm.argmax())),
        details={
            "smallest_gap_mm": round(float(gaps_mm.min()), 4),
            "largest_gap_mm": round(float(gaps_mm.max()), 4),
            "gaps": [{"gap_mm": round(float(gaps_mm[k]), 4), **_ends(series, k)} for k in wide],
        },
    )


def lost_finding(series: Series, lost: Sequence[Lost]) -> Finding:
    """Return the warning that slices of a series cannot be read, and what that leaves open.

    Parameters
    ----------
    series
        The slices that can be read, or are thought to be.
    lost
        Those that cannot.
    """
    placed = [one for one in lost if one.position_mm is not None]
    middles = [middle_of(series, one.position_mm or ()) for one in placed]
    along = series.distances_mm
    numbers = sorted(n for one in lost if (n := one.instance_number) is not None)
    beyond = [
        one
        for one in placed
        if not along[0] < series.normal @ np.array(one.position_mm) < along[-1]
    ]
    count = len(lost)
    why = _some(list(dict.fromkeys(one.why for one in lost)))
    named = f", InstanceNumber {_some([str(n) for n in numbers])}" if numbers else ""
    where = f", at {_some([coordinate_word(series, m) for m in middles])} mm" if middles else ""
    ends = " The stack ends short of the scan there." if beyond else ""
    return warning(
        "slices-lost",
        f"{count} {'slice was' if count == 1 else 'slices were'} left out ({why}{named}{where})."
        f"{ends}",
        place=_point(middles[0]) if middles else None,
        details={
            "instances": numbers,
            "files": count,
            "places_mm": [[round(float(x), 3) for x in middle] for middle in middles],
            "beyond_the_ends": len(beyond),
        },
    )


def _between(series: Series, gap: int) -> str:
    low, high = (middle_of(series, s.position_mm) for s in series.slices[gap : gap + 2])
    return f"{coordinate_word(series, low)} and {coordinate_word(series, high)} mm"


def _ends(series: Series, gap: int) -> dict[str, Any]:
    low, high = (middle_of(series, s.position_mm) for s in series.slices[gap : gap + 2])
    return {
        "from_mm": [round(float(x), 3) for x in low],
        "to_mm": [round(float(x), 3) for x in high],
    }


def _middle_between(series: Series, gap: int) -> tuple[float, float, float]:
    low, high = (middle_of(series, s.position_mm) for s in series.slices[gap : gap + 2])
    return _point((low + high) / 2)


def _point(place: Vector) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in place)
    return x, y, z


def _some(words: Iterable[str]) -> str:
    """Return words in a row, the first ones and how many more where there are many."""
    words = list(words)
    more = f" and {len(words) - TOLD_AT_MOST} more" if len(words) > TOLD_AT_MOST else ""
    return ", ".join(words[:TOLD_AT_MOST]) + more
