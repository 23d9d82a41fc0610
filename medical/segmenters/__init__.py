"""Segmenters: a volume in, a segmentation out. One way to find anatomy a file.

A segmenter is a callable, so a network, a threshold and a test's lambda are the same to
what follows.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from shared.segmentation import Segmentation
from shared.volume import Volume

if TYPE_CHECKING:
    from medical.segmenters.body import Body, find_body
    from medical.segmenters.skin import skin_segmenter
    from medical.segmenters.threshold import threshold_segmenter

Segmenter = Callable[[Volume], Segmentation]
"""Finds anatomy in a volume."""

_HOME: Final = {
    "Body": "body",
    "find_body": "body",
    "skin_segmenter": "skin",
    "threshold_segmenter": "threshold",
}

__all__ = ["Body", "Segmenter", "find_body", "skin_segmenter", "threshold_segmenter"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
