"""Air inside of a body: lungs, airways, sinuses, bowel gas.

Air is inside if no ball of 12 mm rolls into it from the outside, beyond a rim of 8 mm
that it may look into, and if either nothing at all joins it to the outside, or tissue
rings it on most of its course. So the nostrils and the lips close, lungs and windpipes
that the scan cuts are inside, while folds of skin, the gap between two thighs and the
space under an arm stay outside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from medical.segmenters.surroundings import (
    PLANES,
    Spacing,
    beside,
    border_air,
    grow_within,
    joined_to,
    ringed_by,
)

if TYPE_CHECKING:
    from shared.shapes import MaskArray

SEAL_RADIUS_MM: Final = 12.0
"""Openings that a ball of this radius cannot pass are sealed: nostrils (10 mm), lips a
little apart, the throat behind an open mouth (under 20 mm)."""
RIM_MM: Final = 8.0
"""How far sealed openings are looked into: folds beside them keep their shape."""
RINGED_SHARE: Final = 0.6
"""Smallest share of an inner air's voxels that tissue rings in a plane of the grid."""


def inner_air(body: MaskArray, spacing_mm: Spacing) -> MaskArray:
    """Return the air inside of `body`, a mask ``[I J K]`` of its tissue."""
    from shared.filters import components, dilate, erode

    air = ~body
    border = border_air(air)
    wide = joined_to(erode(air, SEAL_RADIUS_MM, spacing_mm=spacing_mm), border)
    if wide.any():
        outside = air & dilate(wide, SEAL_RADIUS_MM, spacing_mm=spacing_mm)
        outside = grow_within(outside, air, RIM_MM, spacing_mm)
    else:  # no room for the ball: only what nothing joins to the outside is inner
        outside = joined_to(air, border)
    pieces = components(air & ~outside)
    is_inner = np.ones(pieces.count + 1, dtype=np.bool_)
    is_inner[np.unique(pieces.labels[beside(outside, spacing_mm)])] = False
    for plane in PLANES:
        ringed = pieces.labels[ringed_by(body, plane)]
        share = np.bincount(ringed, minlength=pieces.count + 1) / np.maximum(pieces.sizes, 1)
        is_inner |= share >= RINGED_SHARE
    return pieces.mask_of(is_inner)
