"""Errors that name a situation, say what is wrong and what to do about it.

Every error a user can cause derives from `ToolkitError`. It is raised where the
problem is understood and caught once, in the command line, which prints the
problem and the remedy and exits with the status the class carries.
"""

from __future__ import annotations

from typing import ClassVar


class ToolkitError(Exception):
    """A problem a person can solve.

    Parameters
    ----------
    problem
        What is wrong, as one sentence, with the values that show it.
    remedy
        What to do about it, as one sentence.
    """

    exit_status: ClassVar[int] = 3

    def __init__(self, problem: str, *, remedy: str | None = None) -> None:
        super().__init__(problem if remedy is None else f"{problem} {remedy}")
        self.problem = problem
        self.remedy = remedy


class UsageError(ToolkitError):
    """The command or call was wrong: arguments that do not fit together."""

    exit_status = 2


class InputError(ToolkitError):
    """The input cannot be used."""


class InputNotFoundError(InputError):
    """A named input does not exist or cannot be opened."""


class UnknownFormatError(InputError):
    """A file's suffix or content belongs to no format we read or write."""

    exit_status = 2


class DamagedFileError(InputError):
    """A file is of a known format but cut, corrupt or inconsistent."""


class OutputError(ToolkitError):
    """An output cannot be written where it was asked for."""


class NothingToBuildError(ToolkitError):
    """The input is sound, but holds nothing of what was asked for."""

    exit_status = 4


class InvalidValueError(ToolkitError, ValueError):
    """A value object was asked to hold something that breaks its invariants."""


class FrameMismatchError(ToolkitError, ValueError):
    """Two things that stand in different frames were brought together."""


class MissingDependencyError(ToolkitError):
    """An optional ability needs a package that is not installed."""
