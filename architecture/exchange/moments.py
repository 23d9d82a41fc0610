"""The time that a written file tells: what the caller says, what a build demands, or now."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Final

from shared.errors import UsageError

SOURCE_DATE_EPOCH: Final = "SOURCE_DATE_EPOCH"
"""Seconds since 1970 that a reproducible build puts into every file
(reproducible-builds.org/specs/source-date-epoch)."""


def time_to_tell(timestamp: datetime | None = None) -> str:
    """Return the time for a file's header, as ISO 8601 with its offset from UTC.

    A header tells the truth: the time of writing. Who needs equal bytes for equal models
    says the time, or sets ``SOURCE_DATE_EPOCH``.

    Parameters
    ----------
    timestamp
        The time to tell; taken as UTC if it has no time zone. None takes
        ``SOURCE_DATE_EPOCH`` where it is set, else now.

    Raises
    ------
    UsageError
        If ``SOURCE_DATE_EPOCH`` is no number of seconds.

    Examples
    --------
    >>> time_to_tell(datetime(2024, 2, 29, 12, 30, tzinfo=UTC))
    '2024-02-29T12:30:00+00:00'
    """
    moment = timestamp or _demanded() or datetime.now(UTC)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _demanded() -> datetime | None:
    """Return the time that a reproducible build demands, or None."""
    seconds = os.environ.get(SOURCE_DATE_EPOCH)
    if not seconds:
        return None
    try:
        return datetime.fromtimestamp(int(seconds), tz=UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(
            f"{SOURCE_DATE_EPOCH} is {seconds!r}: no number of seconds since 1970.",
            remedy="Unset it, or set it to whole seconds.",
        ) from error
