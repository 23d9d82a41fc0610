"""An interrupt ends a run wherever it is; handlers are put back."""

from __future__ import annotations

import os
import signal
import time

import pytest

from toolkit.cli import interruption
from toolkit.cli.interruption import Interrupted, interruptible


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_raised_and_handlers_are_put_back(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(Interrupted) as raised, interruptible():
        os.kill(os.getpid(), number)
        time.sleep(5)
    assert raised.value.signal == number
    assert signal.getsignal(number) is before


def test_an_interrupt_that_a_library_swallows_comes_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(interruption, "AGAIN_S", 0.05)
    started = time.monotonic()
    with pytest.raises(Interrupted), interruptible():
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        except Interrupted:
            pass  # as a callback from compiled code does
        time.sleep(5)
    assert time.monotonic() - started < 4


def test_what_a_library_makes_of_an_interrupt_is_still_one() -> None:
    def library() -> None:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        except Interrupted:
            raise SystemError("a result with an exception set") from None

    with pytest.raises(Interrupted), interruptible():
        library()


def test_other_errors_pass() -> None:
    with pytest.raises(ValueError, match="mine"), interruptible():
        raise ValueError("mine")
