"""Stacking: from a folder of slices to one regular volume, or one for each time point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from medical.images.world import lps_from_file_index
from medical.regular import on_regular_grid
from shared.errors import InvalidValueError, UsageError
from shared.finding import Finding
from shared.progress import Progress, ignore_progress
from shared.volume import Volume

if TYPE_CHECKING:
    from medical.dicom.groups import SeriesGroup
    from medical.dicom.series import Series

SCHEMA: Final = "recon-stack/1"

ALL_TIMES: Final = "all"
"""What asks for every time point."""

EVEN_TIMES: Final = 0.05
"""Largest relative spread of the steps in time that is still called even."""

MILLISECOND_TAGS: Final = ("frame_reference_time", "trigger_time")
"""Tags of the DICOM door that tell a time in ms."""

SAME_GRID_MM: Final = 1e-3
"""Farthest that the affines of two time points may differ."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stacked:
    """Volumes on one grid, one for each time point; usually a single one.

    Parameters
    ----------
    volumes
        In order of time.
    step_s
        Seconds from one to the next, or None where there is one, or where nothing tells.
    """

    volumes: tuple[Volume, ...]
    step_s: float | None = None

    def __post_init__(self) -> None:
        if not self.volumes:
            raise InvalidValueError("A stack has at least one volume.")

    @property
    def volume(self) -> Volume:
        """The first volume."""
        return self.volumes[0]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was assumed or doubtful in any of the volumes, each told once."""
        found = {finding.code + finding.message: finding for finding in self.volume.findings}
        for volume in self.volumes[1:]:
            found |= {f.code + f.message: f for f in volume.findings}
        return tuple(found.values())

    def as_dict(self) -> dict[str, Any]:
        """Return geometry, input and findings as plain data for a JSON report."""
        from medical.report import grid_report, versions

        first = self.volume
        record = first.provenance.as_dict()
        matrix = lps_from_file_index(first.affine, first.frame)
        counts = first.shape[::-1]
        corners = [
            [i, j, k, 1] for k in (0, counts[2] - 1) for j in (0, counts[1] - 1)
            for i in (0, counts[0] - 1)
        ]  # fmt: skip
        return {
            "schema": SCHEMA,
            "input": [source for v in self.volumes for source in v.provenance.as_dict()["sources"]],
            "times": len(self.volumes),
            "time_step_s": self.step_s,
            "grid": grid_report(first).as_dict(),
            "file_grid": {
                "shape_ijk": list(counts),
                "lps_from_ijk": np.round(matrix, 6).tolist(),
                "corners_lps_mm": np.round((matrix @ np.transpose(corners))[:3].T, 4).tolist(),
            },
            "findings": [finding.as_dict() for finding in self.findings],
            "steps": record["steps"],
            "versions": versions(),
        }


def stack(
    path: Path | str,
    *,
    series: str | None = None,
    time: str | None = None,
    spacing_mm: float | None = None,
    keep_shear: bool = False,
    with_digest: bool = True,
    progress: Progress | None = None,
) -> Stacked:
    """Return the best series under `path` on a regular grid.

    Parameters
    ----------
    path
        As for `medical.read_volume`.
    series
        SeriesInstanceUID, SeriesNumber or a piece of the description; None to choose by
        rule.
    time
        Number of a time point (echo, b-value, phase …) from 1, or ``all``; None for the
        first.
    spacing_mm
        Spacing along all axes; None to keep what was scanned.
    keep_shear
        Leave the shear of a tilted gantry in the affine instead of resampling.
    with_digest
        Whether the provenance shall name the input by the digest of its pixels.
    progress
        Told the step and how far it is.

    Raises
    ------
    InputNotFoundError, NoDicomFoundError, NoVolumeFoundError
        If there is nothing to read.
    SliceGeometryError, UnreadablePixelsError, UnknownSeriesError
        If it cannot be made a volume.
    UsageError
        If there is no such time point, or no such spacing.

    Examples
    --------
    >>> import medical
    >>> stacked = medical.stack("sample_data/head_ct", spacing_mm=4.0)
    >>> stacked.volume.shape, stacked.volume.spacing_mm
    ((52, 56, 56), (4.0, 4.0, 4.0))
    """
    from medical.images import is_image_file, read_image

    path = Path(path)
    report = progress or ignore_progress
    step_s = None
    if is_image_file(path):
        _require_first(time)
        volumes: tuple[Volume, ...] = (read_image(path),)
    else:
        volumes, step_s = _read_times(
            path, series=series, time=time, with_digest=with_digest, progress=report
        )
    regular = [on_regular_grid(v, spacing_mm=spacing_mm, keep_shear=keep_shear) for v in volumes]
    return Stacked(volumes=tuple(regular), step_s=step_s)


def _read_times(
    path: Path, *, series: str | None, time: str | None, with_digest: bool, progress: Progress
) -> tuple[tuple[Volume, ...], float | None]:
    from medical.dicom.choose import choose_series
    from medical.dicom.stack import read_series
    from medical.dicom.study import find_series
    from medical.read import choice_findings

    study = find_series(path, progress=progress)
    choice = choose_series(study, wanted=series)
    wanted = (choice.series,) if time is None else _members(choice.group, time)
    volumes = [read_series(one, with_digest=with_digest, progress=progress) for one in wanted]
    _require_one_grid(volumes)
    told = (*choice_findings(choice, wanted[0]), *study.findings)
    first = replace(volumes[0], findings=(*told, *volumes[0].findings))
    return (first, *volumes[1:]), time_step_s(wanted)


def _members(group: SeriesGroup, time: str) -> tuple[Series, ...]:
    """Return the members of a group that ``--time`` asks for."""
    return group.members if time == ALL_TIMES else (group.numbered(_number(time)),)


def _number(time: str) -> int:
    try:
        return int(time)
    except ValueError:
        raise UsageError(
            f"--time {time} is no number of a time point.", remedy="Use 1, 2, … or all."
        ) from None


def time_step_s(phases: Sequence[Series]) -> float | None:
    """Return the even step in time between stacks, or None where headers tell none."""
    times = [_time_s(series.facts.get("told_apart_by", {})) for series in phases]
    if len(times) < 2 or any(t is None for t in times):
        return None
    steps = np.diff(np.array(times, dtype=float))
    mean = float(steps.mean())
    is_even = mean > 0.0 and float(np.abs(steps - mean).max()) <= EVEN_TIMES * mean
    return round(mean, 6) if is_even else None


def _time_s(phase: dict[str, Any]) -> float | None:
    """Return when a stack was taken, as far as what tells it apart is a time."""
    try:
        for tag in MILLISECOND_TAGS:
            if tag in phase:
                return float(phase[tag]) * 1e-3
        text = str(phase["acquisition_time"])
        return int(text[:2]) * 3600.0 + int(text[2:4]) * 60.0 + float(text[4:] or 0)
    except (KeyError, ValueError, TypeError):
        return None


def _require_first(time: str | None) -> None:
    if time not in (None, ALL_TIMES, "1"):
        raise UsageError(f"--time {time}: an image file holds one volume.", remedy="Leave it out.")


def _require_one_grid(volumes: Sequence[Volume]) -> None:
    first = volumes[0]
    for number, other in enumerate(volumes[1:], start=2):
        same = other.affine.isclose(first.affine, tolerance=SAME_GRID_MM)
        if not same or other.shape != first.shape:
            raise UsageError(
                f"Time point {number} does not stand on the grid of the first.",
                remedy="Write each to a file of its own with --time NUMBER.",
            )
