"""Architecture front-end: floor plans become labelled building models."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

_HOME_BY_NAME: Final = {
    "raise_building": "architecture.building.raise_building",
    "read_drawing": "architecture.reading.read",
    "read_ifc": "architecture.exchange.ifc_reading",
    "storeys_in": "architecture.understanding.storeys",
    "to_scene": "architecture.parts",
    "to_solid": "architecture.parts",
    "understand": "architecture.understanding.understand",
    "write_ifc": "architecture.exchange.ifc",
}
"""Public functions, loaded when first asked for, so that importing the package is light."""

__all__ = [
    "raise_building",
    "read_drawing",
    "read_ifc",
    "storeys_in",
    "to_scene",
    "to_solid",
    "understand",
    "write_ifc",
]


def __getattr__(name: str) -> Any:
    home = _HOME_BY_NAME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)
