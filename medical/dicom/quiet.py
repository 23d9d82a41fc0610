"""Keep other people's readers from talking to the terminal."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

TALKATIVE: Final = ("pydicom", "openjpeg", "pylibjpeg", "jpeg_ls")
"""Loggers that would reach the terminal for want of a handler."""


@contextmanager
def quiet_readers() -> Iterator[None]:
    """Read leniently and silently inside the block, as before after it.

    pydicom checks every value against its VR and warns; real files break those rules
    often and harmlessly, and what matters here is checked by ourselves. Whoever set up
    logging still gets what the readers log. pydicom is not loaded here: what is in order
    is read without it (see `load_leniently`).
    """
    before = _validation_mode()
    silence = logging.NullHandler()
    loggers = [logging.getLogger(name) for name in TALKATIVE]
    for logger in loggers:
        logger.addHandler(silence)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if before is not None:
            load_leniently()
        try:
            yield
        finally:
            _restore(before)
            for logger in loggers:
                logger.removeHandler(silence)


def load_leniently() -> None:
    """Load pydicom, checking nothing; to be called inside `quiet_readers`, which ends it."""
    import pydicom.config

    settings = pydicom.config.settings
    if settings.reading_validation_mode != pydicom.config.IGNORE:
        settings.reading_validation_mode = pydicom.config.IGNORE


def _validation_mode() -> int | None:
    """Return how strictly pydicom reads, or None while it is not loaded."""
    if "pydicom.config" not in sys.modules:
        return None
    import pydicom.config

    return int(pydicom.config.settings.reading_validation_mode)


def _restore(mode: int | None) -> None:
    if "pydicom.config" in sys.modules:
        import pydicom.config

        kept = pydicom.config.WARN if mode is None else mode
        pydicom.config.settings.reading_validation_mode = kept


def hush_gdcm() -> None:
    """Stop GDCM from writing its warnings and errors to the terminal."""
    try:
        import gdcm
    except ImportError:
        return
    gdcm.Trace.WarningOff()
    gdcm.Trace.ErrorOff()
    gdcm.Trace.DebugOff()
