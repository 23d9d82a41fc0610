"""Timing: how long each step of a run took, told as it goes."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from types import MappingProxyType

from shared.progress import Progress, ignore_progress


class StepClock:
    """A `Progress` that passes on what it is told, and notes the seconds of each step.

    A step lasts from when it is first told until the next one is.
    """

    def __init__(self, progress: Progress | None = None) -> None:
        self._progress = progress or ignore_progress
        self._seconds: dict[str, float] = {}
        self._current: str | None = None
        self._since = perf_counter()

    def __call__(self, step: str, share: float) -> None:
        """Pass on progress; a new step ends the one before."""
        if step != self._current:
            self._end()
            self._current = step
        self._progress(step, share)

    def stop(self) -> Mapping[str, float]:
        """End the last step and return the seconds of each, and of all as ``total``."""
        self._end()
        self._current = None
        return MappingProxyType({**self._seconds, "total": sum(self._seconds.values())})

    def _end(self) -> None:
        now = perf_counter()
        if self._current is not None:
            self._seconds[self._current] = self._seconds.get(self._current, 0.0) + now - self._since
        self._since = now
