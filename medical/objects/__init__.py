"""Label objects in and out: other people's segmentations come in here, and ours go out."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from medical.objects.measures import LabelMeasures, distance_between, measure_labels
    from medical.objects.read import read_labels
    from medical.objects.regrid import on_grid_of
    from medical.objects.rtstruct import read_rtstruct
    from medical.objects.rtstruct_writing import write_rtstruct
    from medical.objects.seg import read_seg
    from medical.objects.seg_writing import SegType, write_seg
    from medical.objects.tables import read_label_table
    from medical.objects.write import write_labels

_HOME: Final = {
    "LabelMeasures": "measures",
    "SegType": "seg_writing",
    "distance_between": "measures",
    "measure_labels": "measures",
    "on_grid_of": "regrid",
    "read_label_table": "tables",
    "read_labels": "read",
    "read_rtstruct": "rtstruct",
    "read_seg": "seg",
    "write_labels": "write",
    "write_rtstruct": "rtstruct_writing",
    "write_seg": "seg_writing",
}
"""Public name → module it lives in, loaded when first asked for."""

__all__ = [
    "LabelMeasures",
    "SegType",
    "distance_between",
    "measure_labels",
    "on_grid_of",
    "read_label_table",
    "read_labels",
    "read_rtstruct",
    "read_seg",
    "write_labels",
    "write_rtstruct",
    "write_seg",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
