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
    from medical.segmenters.airways import airways_segmenter
    from medical.segmenters.body import Body, find_body
    from medical.segmenters.lungs import lungs_segmenter
    from medical.segmenters.metal import metal_segmenter
    from medical.segmenters.otsu import otsu_segmenter
    from medical.segmenters.seeds import Seed, growing_segmenter, parse_seed, watershed_segmenter
    from medical.segmenters.skin import skin_segmenter
    from medical.segmenters.threshold import threshold_segmenter
    from medical.segmenters.tissues import tissue_segmenter

Segmenter = Callable[[Volume], Segmentation]
"""Finds anatomy in a volume."""

_HOME: Final = {
    "Body": "body",
    "Seed": "seeds",
    "airways_segmenter": "airways",
    "find_body": "body",
    "growing_segmenter": "seeds",
    "lungs_segmenter": "lungs",
    "metal_segmenter": "metal",
    "otsu_segmenter": "otsu",
    "parse_seed": "seeds",
    "skin_segmenter": "skin",
    "threshold_segmenter": "threshold",
    "tissue_segmenter": "tissues",
    "watershed_segmenter": "seeds",
}

__all__ = [
    "Body",
    "Seed",
    "Segmenter",
    "airways_segmenter",
    "find_body",
    "growing_segmenter",
    "lungs_segmenter",
    "metal_segmenter",
    "otsu_segmenter",
    "parse_seed",
    "skin_segmenter",
    "threshold_segmenter",
    "tissue_segmenter",
    "watershed_segmenter",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
