"""Cutting: where a body lies on a couch, the cut between them follows a smooth skin.

The body is told from what it lies on in blocks of about 2 mm, so the first cut runs in
steps. The signed distance to the part that stays, smoothed, has a level set that
runs through the middle of those steps and, at the rim of the contact, meets the free skin.
That level set becomes the label's own near the contact; elsewhere nothing changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from shared.segmentation import LevelField

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from shared.shapes import FieldArray, MaskArray

SMOOTHING_MM: Final = 3.0
"""Standard deviation of the smoothing: one and a half blocks, so that steps of one vanish."""
REACH_MM: Final = 5.0
"""How far from the contact the smooth cut replaces the one in blocks."""
MARGIN: Final = 3.0
"""Standard deviations around the contact that are looked at."""
SLOPE_PER_MM: Final = 200.0
"""What the field changes over a millimetre of height: fine enough for whole numbers, and
no steeper than a scanned skin (800 HU over some 4 mm)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cut:
    """A cut through a label's voxels.

    Parameters
    ----------
    removed
        bool ``[i j k]``: the part that goes.
    field
        The label's field, lowered beyond the cut.
    """

    removed: MaskArray
    field: LevelField


def smooth_cut(
    mask: MaskArray, removed: MaskArray, field: LevelField, *, spacing_mm: Sequence[float]
) -> Cut:
    """Return a smooth cut in place of a jagged one.

    Parameters
    ----------
    mask
        bool ``[i j k]``: the label's voxels.
    removed
        bool ``[i j k]``, within `mask`: what goes, jagged where it touches what stays.
    field
        Whose level set is the label's surface.
    spacing_mm
        Length of one index step along each array axis.
    """
    touching = removed & _beside(mask & ~removed)
    if not touching.any():
        return Cut(removed=removed, field=field)
    box = _box_around(touching, spacing_mm)
    from shared.filters import distance

    stays = mask[box] & ~removed[box]
    near = distance(~touching[box], spacing_mm=spacing_mm) <= REACH_MM
    height_mm = _smooth_height(stays, spacing_mm)
    smooth = removed.copy()
    smooth[box][near] = (mask[box] & (height_mm < 0.0))[near]
    values = field.values.copy()
    values[box][near] = _lowered(values[box][near], field.level, height_mm[near])
    return Cut(removed=smooth, field=LevelField(values=values, level=field.level))


def _beside(mask: MaskArray) -> MaskArray:
    """Return the voxels with a neighbor by a face in `mask`."""
    found = np.zeros_like(mask)
    for axis in range(3):
        near, far = _shifted(axis, 0, -1), _shifted(axis, 1, None)
        found[near] |= mask[far]
        found[far] |= mask[near]
    return found


def _shifted(axis: int, start: int, stop: int | None) -> tuple[slice, ...]:
    return tuple(slice(start, stop) if n == axis else slice(None) for n in range(3))


def _box_around(mask: MaskArray, spacing_mm: Sequence[float]) -> tuple[slice, ...]:
    box = []
    for axis, step in enumerate(spacing_mm):
        places = np.flatnonzero(mask.any(axis=tuple(n for n in range(3) if n != axis)))
        margin = int(np.ceil((MARGIN * SMOOTHING_MM + REACH_MM) / step))
        box.append(slice(max(0, int(places[0]) - margin), int(places[-1]) + margin + 1))
    return tuple(box)


def _smooth_height(stays: MaskArray, spacing_mm: Sequence[float]) -> NDArray[np.float32]:
    """Return the smoothed signed distance to the border of `stays`, positive inside."""
    from scipy.ndimage import gaussian_filter

    from shared.filters import distance

    inside, outside = (distance(m, spacing_mm=spacing_mm) for m in (stays, ~stays))
    limit = np.float32(MARGIN * SMOOTHING_MM)  # infinite where nothing is outside
    height = np.minimum(inside, limit) - np.minimum(outside, limit)
    sigma = [SMOOTHING_MM / step for step in spacing_mm]
    return np.asarray(gaussian_filter(height, sigma, mode="nearest", truncate=MARGIN))


def _lowered(
    values: FieldArray, level: float, height_mm: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return values that are nowhere above what the height allows."""
    allowed = level + SLOPE_PER_MM * height_mm.astype(np.float64)
    lowered = np.minimum(values, allowed)
    if values.dtype.kind not in "iu":
        return lowered
    limits = np.iinfo(values.dtype)
    # a whole number just below the level would count as on it: round away from it
    whole = np.where(height_mm < 0.0, np.floor(lowered), np.ceil(lowered))
    return np.asarray(np.clip(whole, limits.min, limits.max))
