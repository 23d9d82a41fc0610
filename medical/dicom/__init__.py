"""The DICOM door: find → headers → split → geometry → pixels; files become volumes.

`find_series` reads headers only and returns a `Study`: every stack of slices under a
path, and what stands apart or could not be read, with the reason. `choose_series`
picks one and says why, `read_series` decodes it into a `Volume`, `describe` gives the
facts of every series as plain values.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from medical.dicom.choose import Choice, choose_series
    from medical.dicom.groups import SeriesGroup
    from medical.dicom.inspect import SeriesSummary, describe
    from medical.dicom.series import Series
    from medical.dicom.stack import read_series
    from medical.dicom.study import Study, find_series

_HOME: Final = {
    "Choice": "choose",
    "choose_series": "choose",
    "SeriesGroup": "groups",
    "SeriesSummary": "inspect",
    "describe": "inspect",
    "Series": "series",
    "read_series": "stack",
    "Study": "study",
    "find_series": "study",
}

__all__ = [
    "Choice",
    "Series",
    "SeriesGroup",
    "SeriesSummary",
    "Study",
    "choose_series",
    "describe",
    "find_series",
    "read_series",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
