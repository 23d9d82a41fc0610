"""Architecture front-end: floor plans become labelled building models."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

_HOME_BY_NAME: Final = {
    "understand": "architecture.understanding.understand",
}
"""Public functions, loaded when first asked for, so that importing the package is light."""

__all__ = ["understand"]


def __getattr__(name: str) -> Any:
    home = _HOME_BY_NAME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)
