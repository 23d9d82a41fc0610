"""Medical front-end: folders of DICOM slices become measured anatomical models."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

# Not lazy: the function and its module share a name, and a module imported later would hide it.
from medical.reconstruct import Reconstruction, reconstruct

if TYPE_CHECKING:
    from medical.dicom.stack import read_series
    from medical.images.write import write_image
    from medical.read import read_volume
    from medical.stacking import stack

_HOME: Final = {
    "read_series": "medical.dicom.stack",
    "read_volume": "medical.read",
    "stack": "medical.stacking",
    "write_image": "medical.images.write",
}
"""Public name → module it lives in, loaded when first asked for."""

__all__ = [
    "Reconstruction",
    "read_series",
    "read_volume",
    "reconstruct",
    "stack",
    "write_image",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
