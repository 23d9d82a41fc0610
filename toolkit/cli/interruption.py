"""Interruption: Ctrl-C and a polite kill end a run, wherever it is, and it cleans up."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType
from typing import Any, Final

AGAIN_S: Final = 1.0
"""Time after which an interrupt is raised again: libraries that call back into Python
swallow what is raised there."""
SIGNAL_NAMES: Final = ("SIGINT", "SIGTERM", "SIGHUP")


class Interrupted(BaseException):
    """The user, or the system, asked the run to stop.

    Not a `KeyboardInterrupt`: the command line library turns that into a silent exit.

    Parameters
    ----------
    signal
        Number of the signal.
    """

    def __init__(self, signal: int) -> None:
        super().__init__(signal)
        self.signal = signal


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise `Interrupted` in this block when the process is asked to stop."""
    if current_thread() is not main_thread():  # only the main thread gets signals
        yield
        return
    asked = 0

    def stop(number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked = number
        _alarm(AGAIN_S)
        raise Interrupted(number)

    def stop_again(_number: int, _frame: FrameType | None) -> None:
        raise Interrupted(asked)

    before = {}
    for name in SIGNAL_NAMES:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, stop)
    if hasattr(signal, "SIGALRM"):
        before[signal.SIGALRM] = signal.signal(signal.SIGALRM, stop_again)
    hook = sys.unraisablehook
    sys.unraisablehook = _without_interrupts(hook)
    try:
        yield
    except Interrupted:
        raise
    except BaseException as error:  # what a library made of the interrupt
        if asked:
            raise Interrupted(asked) from error
        raise
    finally:
        _alarm(0.0)
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)


def _without_interrupts(hook: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a hook that says nothing of interrupts raised where nothing can be raised."""

    def told(unraisable: Any) -> None:
        if not (unraisable.exc_type and issubclass(unraisable.exc_type, Interrupted)):
            hook(unraisable)

    return told


def _alarm(every_s: float) -> None:
    """Ask for an alarm again and again, or for none; not on every operating system."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, every_s, every_s)
