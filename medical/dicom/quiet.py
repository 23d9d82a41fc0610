"""Keep other people's readers from talking to the terminal."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_readers() -> Iterator[None]:
    """Read leniently and silently inside the block, as before after it.

    pydicom checks every value against its VR and warns; real files break those rules
    often and harmlessly, and what matters here is checked by ourselves.
    """
    import pydicom.config

    settings = pydicom.config.settings
    before = settings.reading_validation_mode
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        settings.reading_validation_mode = pydicom.config.IGNORE
        try:
            yield
        finally:
            settings.reading_validation_mode = before


def hush_gdcm() -> None:
    """Stop GDCM from writing its warnings and errors to the terminal."""
    try:
        import gdcm
    except ImportError:
        return
    gdcm.Trace.WarningOff()
    gdcm.Trace.ErrorOff()
    gdcm.Trace.DebugOff()
