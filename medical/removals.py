"""Removals: each piece that was taken away from a segmentation, with volume, place and reason.

Every one of them stands in the report, however small. Findings, which people read, tell
the larger ones one by one and the rest in a sentence for each reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from medical.sides import place_words
from shared.finding import Finding, note

TOLD_ML: Final = 0.1
"""Smallest removal that is told one by one: a cube of 4.6 mm, about what can be seen."""
TOLD_AT_MOST: Final = 10
"""Most removals of one label and reason that are told one by one: the largest."""

COLUMNS: Final = ("label", "reason", "volume_ml", "lps_mm", "place")
"""Columns of the table in the report."""


class Reason(StrEnum):
    """Why something was removed."""

    APPARATUS = "apparatus"
    OUTSIDE_BODY = "outside-body"
    BELOW_MINIMUM = "below-minimum"
    NOT_AMONG_LARGEST = "not-among-largest"


REASON_WORDS: Final = {
    Reason.APPARATUS: "part of the couch, holder or other apparatus",
    Reason.OUTSIDE_BODY: "outside of the body",
    Reason.BELOW_MINIMUM: "smaller than the minimum volume",
    Reason.NOT_AMONG_LARGEST: "not among the largest pieces, which alone were asked for",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """One piece that was taken away.

    Parameters
    ----------
    label
        Name of what it was labelled as.
    volume_ml
        Of its voxels.
    place_mm
        Its centroid, in patient coordinates LPS.
    reason
        Why.
    """

    label: str
    volume_ml: float
    place_mm: tuple[float, float, float]
    reason: Reason

    def as_row(self) -> list[Any]:
        """Return its row in the report's table; see `COLUMNS`."""
        return [
            self.label,
            self.reason.value,
            round(self.volume_ml, 5),
            [round(x, 2) for x in self.place_mm],
            place_words(self.place_mm),
        ]

    def finding(self) -> Finding:
        """Return the finding that tells it."""
        return note(
            "piece-removed",
            f"A piece of {self.label} of {self.volume_ml:.2f} ml at {place_words(self.place_mm)} "
            f"was removed: {REASON_WORDS[self.reason]}.",
            place=self.place_mm,
            details={
                "label": self.label,
                "volume_ml": round(self.volume_ml, 4),
                "reason": self.reason.value,
            },
        )


def removals_table(removals: Iterable[Removal]) -> dict[str, Any]:
    """Return all removals as plain data: columns, and a row for each, the largest first."""
    ordered = sorted(removals, key=lambda removal: -removal.volume_ml)
    return {
        "count": len(ordered),
        "volume_ml": round(sum(removal.volume_ml for removal in ordered), 4),
        "columns": list(COLUMNS),
        "rows": [removal.as_row() for removal in ordered],
    }


def tell(removals: Iterable[Removal]) -> tuple[Finding, ...]:
    """Return a finding for each larger removal, and one for the rest of each label and reason."""
    groups: dict[tuple[str, Reason], list[Removal]] = {}
    for removal in removals:
        groups.setdefault((removal.label, removal.reason), []).append(removal)
    told: list[Finding] = []
    for group in groups.values():
        group.sort(key=lambda removal: -removal.volume_ml)
        count = sum(removal.volume_ml >= TOLD_ML for removal in group[:TOLD_AT_MOST])
        told += [removal.finding() for removal in group[:count]]
        if group[count:]:
            told.append(_rest(group[count:], is_more=count > 0))
    return tuple(told)


def _rest(removals: list[Removal], *, is_more: bool) -> Finding:
    """Return the finding on removals that are not told one by one; the largest comes first."""
    first, count = removals[0], len(removals)
    total_ml = sum(removal.volume_ml for removal in removals)
    pieces = f"{count} {'more ' if is_more else ''}{'piece' if count == 1 else 'pieces'}"
    sizes = (
        f"of {total_ml:.2g} ml"
        if count == 1
        else (f"of up to {first.volume_ml:.2g} ml, {total_ml:.2f} ml in all,")
    )
    return note(
        "pieces-removed",
        f"{pieces} of {first.label} {sizes} {'was' if count == 1 else 'were'} removed: "
        f"{REASON_WORDS[first.reason]}. The JSON report (--report) lists "
        f"{'it' if count == 1 else 'each'} under removals, with volume and place.",
        details={
            "label": first.label,
            "reason": first.reason.value,
            "count": count,
            "volume_ml": round(total_ml, 4),
            "largest_ml": round(first.volume_ml, 4),
        },
    )
