"""Metal: implants, fillings, clips, by values that no tissue reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from medical.segmenters.ranges import require_hu, segmentation_of_masks
from shared.concept import Label
from shared.errors import NothingToBuildError
from shared.segmentation import LevelField

if TYPE_CHECKING:
    from medical.segmenters import Segmenter
    from medical.segmenters.body import Body
    from shared.segmentation import Segmentation
    from shared.volume import Volume

CORE_HU: Final = 3000.0
"""A piece of metal reaches this somewhere: enamel, the densest tissue, stays below, and
scanners of 12 bits end at 3071."""
REACH_MM: Final = 2.0
"""How far from its core metal goes on: beyond, what is as bright is a streak or a tooth."""


def metal_segmenter(label: Label, level: float, *, body: Body | None = None) -> Segmenter:
    """Return a segmenter of metal on CT in Hounsfield units.

    Parameters
    ----------
    label
        What is found.
    level
        HU on the surface, below `CORE_HU`.
    body
        As found in the same volume: metal of the apparatus is none. Without it, it is
        looked for.
    """

    def segment(volume: Volume) -> Segmentation:
        from medical.segmenters.body import CAVITY, NEAR, TISSUE, find_body
        from medical.segmenters.surroundings import joined_to
        from shared.filters import dilate

        require_hu(volume, label)
        found = find_body(volume) if body is None else body
        bright = found.part_in(np.asarray(volume.values >= CORE_HU), TISSUE, CAVITY, NEAR)
        if not bright.any():
            raise NothingToBuildError(
                f"No voxel in the body reaches {CORE_HU:g} HU: there is no {label.name}."
            )
        around = dilate(bright, max(REACH_MM, *volume.spacing_mm), spacing_mm=volume.spacing_mm)
        mask = joined_to(np.asarray(volume.values >= level) & around, bright)
        field = LevelField(values=volume.values, level=level)
        return segmentation_of_masks(volume, [(label, mask, field)], "metal", level=level)

    return segment
