"""Choose: the series of a study that makes the best model, and why.

A lab exports several reconstructions of one scan. The rules below are applied one after
the other; each keeps the best and says so if it put any aside. What is left in the end
is equal by all rules: the first is taken, the others are listed as ties.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from medical.dicom.geometry import StackGeometry, measure
from medical.dicom.groups import WORDS, SeriesGroup, group_series
from medical.dicom.kernels import Sharpness, sharpness_of
from medical.dicom.series import Series
from medical.dicom.split import Apart
from medical.dicom.study import Study, obstacle_of
from medical.errors import NoVolumeFoundError, SliceGeometryError, UnknownSeriesError

FEWEST_SLICES: Final = 10
"""Series with fewer slices are bolus tracks and tests, if there are others."""

SMALL_SHARE: Final = 1 / 3
"""Series that cover less than this share of the widest are details, not the scan."""

SAME_SHARE: Final = 0.1
"""Relative difference below which thicknesses or coverages are called equal."""

AXIAL_COSINE: Final = 0.8
"""Slices whose normal is within 37° of the body's axis are called axial."""

REFORMATTED_WORDS: Final = frozenset(
    {"MPR", "MIP", "MINIP", "REFORMATTED", "PROJECTION IMAGE", "VRT", "SUBTRACTION", "CSA MPR"}
)
"""Words of ImageType that tell of pictures computed from other pictures."""

MODALITY_ORDER: Final = ("CT", "MR", "PT", "NM")
"""CT first: its values are calibrated, so that levels find structures."""

SHARP_STRUCTURES: Final = frozenset({"bone", "teeth", "metal", "skull", "jaw", "temporal_bone"})
"""Structures whose edges a sharp kernel keeps; others want a soft one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The chosen series and why.

    Parameters
    ----------
    series
        The one chosen.
    reason
        Why, in words for a report.
    ties
        Series that are equal by every rule.
    alternatives
        All other series that could become a volume, less those of the same group.
    group
        The series chosen with the other time points, b-values or echoes of its scan.
    """

    series: Series
    reason: str
    group: SeriesGroup
    ties: tuple[Series, ...] = ()
    alternatives: tuple[Series, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Candidate:
    series: Series
    geometry: StackGeometry

    @property
    def extent_mm(self) -> float:
        return float(self.geometry.gaps_mm.sum()) + self.geometry.spacing_mm

    @property
    def thickness_mm(self) -> float:
        """What a slice stands for: its thickness, or the widest gap where that is more."""
        return max(float(self.geometry.gaps_mm.max()), self.series.slice_thickness_mm or 0.0)


_Rule = tuple[str, Callable[[_Candidate], float], float]
"""(words, number to be smallest, relative tolerance)."""


def choose_series(
    study: Study, *, wanted: str | None = None, structure: str | None = None
) -> Choice:
    """Return the series of `study` to make a model of.

    Parameters
    ----------
    study
        What `find_series` found.
    wanted
        SeriesInstanceUID, SeriesNumber, or a piece of the description; None to choose
        by rule.
    structure
        What shall be modeled (``bone``, ``skin``, …): bone wants a sharp kernel, all
        else a soft one. None: kernels make no difference.

    Raises
    ------
    UnknownSeriesError
        If no series answers to `wanted`.
    SliceGeometryError
        If the only series there is, or the one wanted, cannot become a volume.
    NoVolumeFoundError
        If no series can become a volume.
    """
    pool = study.series if wanted is None else _matching(study, wanted)
    candidates = [_Candidate(series=s, geometry=measure(s)) for s in pool if obstacle_of(s) is None]
    if not candidates:
        _refuse(study, pool)
    if len(candidates) == 1:
        reason = "the only series that makes a volume" if wanted is None else "as asked"
        return _choice(study, candidates[0].series, reason)
    left, reasons = list(candidates), []
    for words, measure_of, tolerance in _rules(candidates, structure):
        kept = _best(left, measure_of, tolerance)
        if len(kept) < len(left):
            reasons.append(words)
        left = kept
    chosen, ties = left[0], tuple(c.series for c in left[1:])
    count = len(group_series(c.series for c in candidates))
    several = f"best of {count} series" if count > 1 else "the only series that makes a volume"
    reason = several if wanted is None else "as asked"
    reason += f": {', '.join(reasons)}" if reasons else ""
    reason += f"; equal to {len(ties)} other{'s' if len(ties) > 1 else ''}" if ties else ""
    return _choice(study, chosen.series, reason, ties)


def _choice(study: Study, series: Series, reason: str, ties: tuple[Series, ...] = ()) -> Choice:
    group = study.group_of(series)
    own = {id(member) for member in group.members}
    others = [s for s in study.series if id(s) not in own and obstacle_of(s) is None]
    return Choice(series=series, reason=reason, group=group, ties=ties, alternatives=tuple(others))


def _rules(candidates: list[_Candidate], structure: str | None) -> list[_Rule]:
    widest = max(c.extent_mm for c in candidates)
    rules: list[_Rule] = [
        ("no burned-in text", lambda c: float(bool(c.series.facts.get("burned_in"))), 0.0),
        ("enough slices", lambda c: float(len(c.series.slices) < FEWEST_SLICES), 0.0),
        ("covers the scan", lambda c: float(c.extent_mm < SMALL_SHARE * widest), 0.0),
        ("modality", _modality_rank, 0.0),
        ("primary images", _derivation_rank, 0.0),
        ("axial", lambda c: float(abs(c.series.normal[2]) < AXIAL_COSINE), 0.0),
        ("thinnest slices", lambda c: c.thickness_mm, SAME_SHARE),
        ("widest coverage", lambda c: 1.0 / c.extent_mm, SAME_SHARE),
    ]
    if structure is not None:
        asked = Sharpness.SHARP if structure in SHARP_STRUCTURES else Sharpness.SOFT
        rules.append((f"{asked} kernel for {structure}", lambda c: _kernel_rank(c, asked), 0.0))
    rules.append(("most slices", lambda c: 1.0 / len(c.series.slices), SAME_SHARE))
    rules.append(("finest pixels", lambda c: max(c.series.pixel_spacing_mm), SAME_SHARE))
    rules.append(("first of its phases", lambda c: float(c.series.facts.get("stack", 1)), 0.0))
    return rules


def _best(
    candidates: list[_Candidate], measure_of: Callable[[_Candidate], float], tolerance: float
) -> list[_Candidate]:
    numbers = np.array([measure_of(c) for c in candidates])
    kept = numbers <= numbers.min() * (1.0 + tolerance)
    return [c for c, keep in zip(candidates, kept, strict=True) if keep]


def _modality_rank(candidate: _Candidate) -> float:
    modality = candidate.series.modality
    return float(
        MODALITY_ORDER.index(modality) if modality in MODALITY_ORDER else len(MODALITY_ORDER)
    )


def _derivation_rank(candidate: _Candidate) -> float:
    """Return 0 for original primary images, more the further they are from that."""
    words = candidate.series.image_type
    is_reformatted = bool(REFORMATTED_WORDS & set(words))
    is_secondary = len(words) > 1 and words[1] == "SECONDARY"
    is_derived = bool(words) and words[0] == "DERIVED"
    return 4.0 * is_reformatted + 2.0 * is_secondary + 1.0 * is_derived


def _kernel_rank(candidate: _Candidate, asked: Sharpness) -> float:
    found = sharpness_of(candidate.series.kernel)
    if found is asked:
        return 0.0
    return 1.0 if found is Sharpness.UNKNOWN else 2.0


def _matching(study: Study, wanted: str) -> tuple[Series, ...]:
    """Return the series that answer to a UID, a number or a piece of the description."""
    wanted = wanted.strip()
    tests: tuple[Callable[[str, int | None, str], bool], ...] = (
        lambda uid, number, words: uid == wanted,
        lambda uid, number, words: str(number) == wanted,
        lambda uid, number, words: bool(wanted) and wanted.casefold() in words.casefold(),
    )
    for test in tests:
        found = tuple(s for s in study.series if test(s.uid, s.number, s.description))
        if found:
            return found
        apart = [a for a in study.asides if test(a.uid, a.number, a.description)]
        if apart:
            raise NoVolumeFoundError(
                f"The series asked for cannot become a volume: {apart[0].reason}.",
                remedy=_listing(study),
            )
    raise UnknownSeriesError(
        "No series has this UID, number or description.", remedy=_listing(study)
    )


def _listing(study: Study) -> str:
    if not study.series:
        return "There is no other; recon medical inspect shows what there is."
    lines = []
    for group in study.groups:
        s, count = group.members[0], len(group.members)
        times = f" × {count} {WORDS[group.axis]}s" if count > 1 else ""
        lines.append(
            f"{'?' if s.number is None else s.number} ({s.modality}, {len(s.slices)} slices"
            f"{times}, {s.columns}×{s.rows}{', ' + s.kernel if s.kernel else ''})"
        )
    return f"There are series {', '.join(lines)}; recon medical inspect shows more."


def _refuse(study: Study, pool: tuple[Series, ...]) -> None:
    obstacles = [error for s in pool if (error := obstacle_of(s)) is not None]
    if len(obstacles) == 1 and not study.asides:
        raise obstacles[0]
    reasons = [error.problem.rstrip(".") for error in obstacles]
    reasons += [a.reason for a in study.asides]
    if not obstacles and {a.kind for a in study.asides} == {Apart.SINGLE}:
        raise SliceGeometryError(
            "There is a single slice, which has no depth.",
            remedy="Name the folder with all slices of the scan.",
        )
    raise NoVolumeFoundError(
        "No series can become a volume: " + "; ".join(dict.fromkeys(reasons)) + ".",
        remedy="Name a folder with the slices of a CT or MR scan.",
    )
