"""Keep other people's readers from talking to the terminal."""

from __future__ import annotations

import logging
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
    logging still gets what the readers log.
    """
    import pydicom.config

    settings = pydicom.config.settings
    before = settings.reading_validation_mode
    silence = logging.NullHandler()
    loggers = [logging.getLogger(name) for name in TALKATIVE]
    for logger in loggers:
        logger.addHandler(silence)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        settings.reading_validation_mode = pydicom.config.IGNORE
        try:
            yield
        finally:
            settings.reading_validation_mode = before
            for logger in loggers:
                logger.removeHandler(silence)


def hush_gdcm() -> None:
    """Stop GDCM from writing its warnings and errors to the terminal."""
    try:
        import gdcm
    except ImportError:
        return
    gdcm.Trace.WarningOff()
    gdcm.Trace.ErrorOff()
    gdcm.Trace.DebugOff()
