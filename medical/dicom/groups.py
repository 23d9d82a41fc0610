"""Groups: stacks that show the same slices again, at another time, b-value or echo.

A perfusion of 300 time points is one thing with 300 members, not 300 things. Stacks that
differ in kind (magnitude and phase, two kernels, two halves of a scan) stay apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from medical.dicom.series import Series
from shared.errors import InvalidValueError, UsageError

LARGEST_SHIFT: Final = 0.2
"""Farthest that the ends of two members may be apart, as a share of their extent; a lost
slice is always allowed."""

SAME_PLACE_MM: Final = 0.05
"""Positions closer than this are one: writers round to 0.1 mm."""


class Axis(StrEnum):
    """What changes from member to member."""

    NONE = "none"
    TIME = "time"
    DIFFUSION = "diffusion"
    ECHO = "echo"


AXIS_BY_TAG: Final[Mapping[str, Axis]] = MappingProxyType(
    {
        "b_value": Axis.DIFFUSION,
        "siemens_b_value": Axis.DIFFUSION,
        "ge_b_value": Axis.DIFFUSION,
        "philips_b_value": Axis.DIFFUSION,
        "gradient": Axis.DIFFUSION,
        "temporal_position": Axis.TIME,
        "trigger_time": Axis.TIME,
        "acquisition_time": Axis.TIME,
        "acquisition": Axis.TIME,
        "frame_reference_time": Axis.TIME,
        "order": Axis.TIME,
        **{f"dimension_{k}": Axis.TIME for k in range(6)},
        "echo": Axis.ECHO,
        "echo_time": Axis.ECHO,
    }
)
"""Which axis a tag that tells stacks apart belongs to; other tags make other kinds of images."""

WORDS: Final = MappingProxyType(
    {Axis.NONE: "stack", Axis.TIME: "time point", Axis.DIFFUSION: "volume", Axis.ECHO: "echo"}
)
"""What a member is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesGroup:
    """Series of the same slices, in order along one axis; a single series is a group too.

    Parameters
    ----------
    members
        At least one; each can be read by itself with `medical.dicom.read_series`.
    axis
        What changes from one to the next.
    """

    members: tuple[Series, ...]
    axis: Axis = Axis.NONE

    def __post_init__(self) -> None:
        if not self.members:
            raise InvalidValueError("A group of series has at least one member.")

    @property
    def points(self) -> tuple[dict[str, Any], ...]:
        """What tells each member from the others: tag → value; its b-value where there is one."""
        return tuple(
            {k: v for k, v in s.facts.items() if k == "b_value"} | s.facts.get("told_apart_by", {})
            for s in self.members
        )

    @property
    def is_uniform(self) -> bool:
        """Whether all members stand on the same slices, so that they stack to four axes."""
        first = self.members[0]
        return all(
            len(s.slices) == len(first.slices)
            and bool(np.abs(s.positions_mm - first.positions_mm).max() < SAME_PLACE_MM)
            for s in self.members[1:]
        )

    def numbered(self, number: int) -> Series:
        """Return a member by its number from 1.

        Raises
        ------
        UsageError
            If there is none with this number.
        """
        if not 1 <= number <= len(self.members):
            count = len(self.members)
            raise UsageError(
                f"There is no {WORDS[self.axis]} {number}: the series has "
                f"{'one' if count == 1 else count}.",
                remedy=f"Give a number from 1 to {count}." if count > 1 else "Leave it out.",
            )
        return self.members[number - 1]


def group_series(series: Iterable[Series]) -> tuple[SeriesGroup, ...]:
    """Return series brought together into groups, in the order of their first members."""
    buckets: dict[tuple[Any, ...], list[Series]] = {}
    for one in series:
        buckets.setdefault(_kind_of(one), []).append(one)
    groups = [group for bucket in buckets.values() for group in _groups_of(bucket)]
    return tuple(groups)


def _kind_of(series: Series) -> tuple[Any, ...]:
    """Return what the members of a group have in common."""
    apart = series.facts.get("told_apart_by", {})
    if not any(tag in AXIS_BY_TAG for tag in apart):
        return (id(series),)
    kinds = tuple(sorted((k, str(v)) for k, v in apart.items() if k not in AXIS_BY_TAG))
    grid = (series.rows, series.columns, series.orientation, series.pixel_spacing_mm)
    rounded = tuple(np.round(np.hstack(grid), 2).tolist())
    return series.study_uid, series.uid, rounded, kinds


def _groups_of(bucket: list[Series]) -> list[SeriesGroup]:
    """Return the groups among series of one kind: those that cover the same extent."""
    varying = {AXIS_BY_TAG[t] for s in bucket for t in _tags(s) if t in AXIS_BY_TAG}
    if len({s.facts.get("b_value") for s in bucket}) > 1:
        varying.add(Axis.DIFFUSION)  # whatever tells the repeats of one b-value apart
    axis = next((a for a in (Axis.DIFFUSION, Axis.TIME, Axis.ECHO) if a in varying), Axis.NONE)
    if axis is Axis.DIFFUSION:
        bucket.sort(key=lambda s: float(s.facts.get("b_value", 0.0)))
    parts: dict[tuple[Any, ...], list[Series]] = {}
    for series in bucket:
        tags = series.facts.get("told_apart_by", {})
        echo = tuple(str(v) for t, v in tags.items() if AXIS_BY_TAG.get(t) is Axis.ECHO)
        key = echo if len(varying) > 1 else ()
        parts.setdefault(key, []).append(series)
    groups: list[list[Series]] = []
    for part in parts.values():
        start = len(groups)
        for series in part:
            home = next((g for g in groups[start:] if _covers_same(g[0], series)), None)
            if home is None:
                groups.append([series])
            else:
                home.append(series)
    return [SeriesGroup(members=tuple(g), axis=axis if len(g) > 1 else Axis.NONE) for g in groups]


def _tags(series: Series) -> tuple[str, ...]:
    return tuple(series.facts.get("told_apart_by", {}))


def _covers_same(first: Series, second: Series) -> bool:
    ends = np.array([s.distances_mm[[0, -1]] for s in (first, second)])
    step = float(np.diff(first.distances_mm).max()) + SAME_PLACE_MM
    reach = max(LARGEST_SHIFT * float(np.ptp(ends)), step)
    return bool(np.abs(ends[1] - ends[0]).max() <= reach)
