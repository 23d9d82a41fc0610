"""Tissues told by their Hounsfield units inside of the body: fat and muscle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from medical.segmenters.ranges import range_field, require_hu, segmentation_of_masks
from shared.concept import Label
from shared.errors import NothingToBuildError

if TYPE_CHECKING:
    from medical.segmenters import Segmenter
    from medical.segmenters.body import Body
    from shared.segmentation import Segmentation
    from shared.volume import Volume

AIR_HU: Final = -400.0
"""Voxels beside what is emptier than this hold some of its air: no value of theirs tells."""


def tissue_segmenter(
    label: Label, low: float, high: float, *, body: Body | None = None
) -> Segmenter:
    """Return a segmenter of what lies between two HU inside of the body.

    Voxels next to air are left out: on the way from air to muscle each skin passes the values
    of fat. Whatever else has the same values is in it too (organs look like muscle).

    Parameters
    ----------
    label
        What is found.
    low, high
        HU on the surfaces.
    body
        As found in the same volume; without it, it is looked for.
    """

    def segment(volume: Volume) -> Segmentation:
        from medical.segmenters.body import TISSUE, find_body
        from shared.filters import dilate

        require_hu(volume, label)
        field = range_field(volume.values, low, high)
        found = find_body(volume) if body is None else body
        within = (volume.values >= low) & (volume.values <= high)
        mask = found.part_in(within, TISSUE)
        air = np.asarray(volume.values < AIR_HU)
        if air.any():
            mask &= ~dilate(air, max(volume.spacing_mm), spacing_mm=volume.spacing_mm)
        if not mask.any():
            raise NothingToBuildError(
                f"Nothing in the body lies between {low:g} and {high:g} HU: there is no "
                f"{label.name}.",
                remedy="Check that the scan is in Hounsfield units.",
            )
        return segmentation_of_masks(volume, [(label, mask, field)], "tissue", low=low, high=high)

    return segment
