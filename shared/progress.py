"""Progress of long work, told to whoever asks.

Functions that take long accept an optional `Progress`; nothing below the command
line draws a bar.
"""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, float], None]
"""Called with the name of the step and the share done, 0 to 1."""


def ignore_progress(step: str, share: float) -> None:
    """Do nothing: the default `Progress`."""
