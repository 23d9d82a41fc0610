"""Ears against a holder: what hangs on the body and stands before the plate is no plate.

An ear is as thin as a head holder, and where it touches one, both are one long thin thing.
What tells them apart is order: seen from the body, the holder is the outermost and has one
thickness all along. What stands farther in, hangs on the body, and is no larger than an ear
is given back to it. Where the ear is pressed on, the holder keeps its thickness.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from medical.segmenters.surroundings import Spacing, beside

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.shapes import MaskArray

EAR_MM: Final = 75.0
EAR_ML: Final = 12.0
EAR_REACH_MM: Final = 40.0
"""Ears are at most this long and large, and stand out from the head at most this far."""
EAR_HEIGHT_MM: Final = 8.0
"""Ears stand out from the head at least this far, also where they are pressed to it."""
THICKNESS_TOLERANCE: Final = 1.5
"""How much deeper than a plate is thick its voxels may lie, where rays cross it at a slant."""


def ears_before(plates: MaskArray, body: MaskArray, spacing_mm: Spacing) -> MaskArray:
    """Return the part of `plates` that is ears: short, hung on the body, before the plate.

    Parameters
    ----------
    plates
        bool ``[I J K]``: what was taken for long thin apparatus.
    body
        bool ``[I J K]``: the tissue that is left.
    spacing_mm
        Of the grid.
    """
    if not (beside(body, spacing_mm) & plates).any():
        return np.zeros_like(plates)
    from scipy.ndimage import distance_transform_edt

    height_mm, nearest = distance_transform_edt(~body, sampling=spacing_mm, return_indices=True)
    depth_mm, thickness_mm = _depths(plates, nearest, spacing_mm)
    before = plates & (depth_mm > THICKNESS_TOLERANCE * thickness_mm + max(spacing_mm))
    ears = _small_pieces(before, beside(body, spacing_mm), spacing_mm, height_mm=height_mm)
    if not ears.any():
        return ears
    # the rim of an ear that no plate stands behind is now a piece of its own
    return ears | _small_pieces(plates & ~ears, beside(ears, spacing_mm), spacing_mm)


def _small_pieces(
    mask: MaskArray,
    touching: MaskArray,
    spacing_mm: Spacing,
    *,
    height_mm: NDArray[np.float64] | None = None,
) -> MaskArray:
    """Return the pieces of `mask` no larger than an ear that reach into `touching`.

    With `height_mm` over the body given, they also stand out from it as ears do; a sheet
    that lies on the back does not.
    """
    from shared.filters import components

    pieces = components(mask)
    sides_mm = np.ptp(pieces.boxes, axis=2) * np.array(spacing_mm)
    volumes_ml = pieces.sizes * float(np.prod(spacing_mm)) * 1e-3
    is_small = (sides_mm.max(axis=1) <= EAR_MM) & (volumes_ml <= EAR_ML)
    touches = np.zeros(pieces.count + 1, dtype=np.bool_)
    touches[np.unique(pieces.labels[touching & mask])] = True
    touches[0] = False
    found = is_small & touches
    if height_mm is not None:
        for n in np.flatnonzero(found).tolist():
            tallest = float(height_mm[pieces.labels == n].max())
            found[n] = EAR_HEIGHT_MM <= tallest <= EAR_REACH_MM
    return pieces.mask_of(found)


def _depths(
    plates: MaskArray, nearest: NDArray[np.int32], spacing_mm: Spacing
) -> tuple[NDArray[np.float32], float]:
    """Return how deep each voxel of the plates lies, and how thick they usually are.

    The depth is measured along the line from the nearest voxel of the body (`nearest`, its
    indices ``[3 I J K]``) outward: to the last voxel of the plates on it, up to
    `EAR_REACH_MM` away.
    """
    places = np.argwhere(plates)
    outward = (places - nearest[:, *places.T].T) * np.array(spacing_mm)
    length = np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-6)
    step_mm = min(spacing_mm)
    step = outward / length * step_mm / np.array(spacing_mm)
    last = np.zeros(len(places), np.float32)
    run = np.ones(len(places), bool)
    thickness = np.zeros(len(places), np.float32)
    for n in range(1, int(EAR_REACH_MM / step_mm) + 1):
        at = np.rint(places + n * step).astype(int)
        inside = ((at >= 0) & (at < plates.shape)).all(axis=1)
        hit = np.zeros(len(places), bool)
        hit[inside] = plates[tuple(at[inside].T)]
        last[hit] = n * step_mm
        run &= hit
        thickness[run] = n * step_mm
    depth = np.zeros(plates.shape, np.float32)
    depth[plates] = last
    # the longest run of a plate's voxel is that of its inner face: twice the mean of all
    free = last == thickness
    usual = 2.0 * float(np.median(thickness[free])) + step_mm if free.any() else 0.0
    return depth, usual
