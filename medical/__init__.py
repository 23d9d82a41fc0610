"""Medical front-end: folders of DICOM slices become measured anatomical models."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from medical.dicom.stack import read_series
    from medical.images.write import write_image
    from medical.read import read_volume
    from medical.reconstruct import Reconstruction, reconstruct
    from medical.stacking import stack

_HOME: Final = {
    "Reconstruction": "medical.reconstruct",
    "read_series": "medical.dicom.stack",
    "read_volume": "medical.read",
    "reconstruct": "medical.reconstruct",
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


class _Package(ModuleType):
    """The package, in which ``reconstruct`` stays the function.

    Importing the module of the same name would otherwise put that in its place.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
