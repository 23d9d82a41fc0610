"""The other doors: NIfTI, NRRD and MetaImage files, read and written."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from medical.images.formats import is_image_file

if TYPE_CHECKING:
    from medical.images.read import read_image, read_label_map
    from medical.images.write import write_image

_HOME: Final = {"read_image": "read", "read_label_map": "read", "write_image": "write"}

__all__ = ["is_image_file", "read_image", "read_label_map", "write_image"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
