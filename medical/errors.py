"""Errors of the medical front-end: each names the situation and says what to do."""

from __future__ import annotations

from shared.errors import DamagedFileError, InputError, NothingToBuildError, UsageError


class NoDicomFoundError(InputError):
    """There is no DICOM file under the given path."""


class UnsafeArchiveError(InputError):
    """An archive holds or inflates to more than any study does."""


class SliceGeometryError(InputError):
    """The slices of a series cannot be placed as one volume."""


class UnreadablePixelsError(DamagedFileError):
    """Pixels are cut, damaged or coded in a way that no decoder here reads."""


class NoVolumeFoundError(NothingToBuildError):
    """There are DICOM images, but no series of them makes a volume."""


class UnknownSeriesError(UsageError):
    """No series, or more than one, answers to what was asked for."""
