"""Skin: the outer surface of the body, one closed surface for each of its pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medical.segmenters.body import APPARATUS, NEAR, OUTSIDE, TISSUE, Body, find_body
from medical.segmenters.threshold import segmentation_of
from shared.concept import Label

if TYPE_CHECKING:
    from medical.segmenters import Segmenter
    from shared.segmentation import Segmentation
    from shared.shapes import FieldArray, MaskArray
    from shared.volume import Volume

AIR_HU = -1000.0


def skin_segmenter(label: Label, level: float, *, body: Body | None = None) -> Segmenter:
    """Return a segmenter of the body's outer surface.

    Where the body meets open air the surface is that of the scan's own values at `level`.
    Air inside of the body (see `medical.segmenters.cavities`) is filled: its values are
    replaced by ones as far above the level as air is below, so that the lid over a
    nostril lies midway between voxels. What lies around the body is not taken away here
    but by `medical.clean`.

    Parameters
    ----------
    label
        What is found.
    level
        Value on the surface: HU for CT.
    body
        As found in the same volume; without it, it is looked for.
    """

    def segment(volume: Volume) -> Segmentation:
        found = find_body(volume) if body is None else body
        filled = filled_values(volume.values, level, found)
        return segmentation_of(volume, filled, label, level)

    return segment


def filled_values(values: FieldArray, level: float, body: Body) -> FieldArray:
    """Return a copy of `values` with every hollow inside of the body raised above `level`.

    A hollow is air that no path joins to open air, once the zones `CAVITY` are shut.
    """
    inner = _inner_air(values, level, body)
    filled = values.copy()
    filled[inner] = _solid_value(values.dtype, level)
    return filled


def _inner_air(values: FieldArray, level: float, body: Body) -> MaskArray:
    """Return the air that no path through voxels joins to open air, cavities being shut."""
    from shared.filters import Connectivity
    from shared.filters.components import pieces_of_mask

    air = ~(values >= level)
    pockets = pieces_of_mask(body.part_in(air, OUTSIDE, TISSUE, APPARATUS, NEAR), Connectivity.EDGE)
    counts = body.zone_counts(pockets)
    is_open = (counts[:, OUTSIDE] + counts[:, NEAR]) > 0
    is_open[0] = False
    air &= ~pockets.mask_of(is_open)
    return air


def _solid_value(dtype: np.dtype, level: float) -> float:
    solid = level + max(level - AIR_HU, 1.0)
    if dtype.kind in "iu":
        solid = min(solid, float(np.iinfo(dtype).max))
        return float(np.ceil(solid))
    return solid
