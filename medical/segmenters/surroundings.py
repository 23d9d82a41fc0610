"""Which air is open: joined to the border of the scan, and what rings the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from shared.shapes import MaskArray

Spacing = tuple[float, float, float]
Box = tuple[slice, slice, slice]

PLANES: Final = ((1, 2), (0, 2), (0, 1))
"""The array axes that span each plane of the grid."""


def outside_air(air: MaskArray) -> MaskArray:
    """Return the part of `air` that is joined to outside air on the grid's border."""
    return joined_to(air, border_air(air))


def border_air(air: MaskArray) -> MaskArray:
    """Return the outside air on the six borders of the grid.

    Air on a border is outside if it reaches, within that border, its rim: the lung or
    the windpipe that a border cuts is ringed by tissue there and does not.
    """
    from shared.filters import components

    outside = np.zeros_like(air)
    for axis in range(3):
        rims = [n for n in range(3) if n != axis]
        for end in (slice(0, 1), slice(air.shape[axis] - 1, None)):
            layer = tuple(end if n == axis else slice(None) for n in range(3))
            pieces = components(air[layer])
            at_rim = (pieces.boxes[:, rims, 0] == 0) | (
                pieces.boxes[:, rims, 1] == np.array(air.shape)[rims]
            )
            outside[layer] = outside[layer] | pieces.mask_of(at_rim.any(axis=1))
    return outside


def joined_to(mask: MaskArray, seeds: MaskArray) -> MaskArray:
    """Return the components (by faces) of `mask` that hold a voxel of `seeds`."""
    from shared.filters import components

    pieces = components(mask)
    chosen = np.zeros(pieces.count + 1, dtype=np.bool_)
    chosen[np.unique(pieces.labels[seeds & mask])] = True
    return pieces.mask_of(chosen)


def ringed_by(mask: MaskArray, plane: tuple[int, int]) -> MaskArray:
    """Return the voxels from which the rays in all 4 directions of a plane meet `mask`.

    A voxel of the mask itself counts as ringed.
    """
    first, second = plane
    return _between(mask, first) & _between(mask, second)


def _between(mask: MaskArray, axis: int) -> MaskArray:
    """Return the voxels that have `mask` on both sides along an axis, or are in it."""
    length = mask.shape[axis]
    low = np.where(mask.any(axis=axis), mask.argmax(axis=axis), length)
    high = length - 1 - np.flip(mask, axis).argmax(axis=axis)
    place = np.arange(length).reshape([-1 if n == axis else 1 for n in range(3)])
    below, above = np.expand_dims(low, axis), np.expand_dims(high, axis)
    return np.asarray((place >= below) & (place <= above))


def beside(mask: MaskArray, spacing_mm: Spacing) -> MaskArray:
    """Return `mask` and the voxels next to it."""
    from shared.filters import dilate

    return dilate(mask, max(spacing_mm), spacing_mm=spacing_mm)


def grow_within(
    mask: MaskArray, domain: MaskArray, reach_mm: float, spacing_mm: Spacing
) -> MaskArray:
    """Return `mask` and what of `domain` is joined to it within about `reach_mm`."""
    grown = mask
    for _ in range(max(1, round(reach_mm / max(spacing_mm)))):
        grown = mask | (beside(grown, spacing_mm) & domain)
    return grown


def radius_mm(mask: MaskArray, spacing_mm: Spacing) -> float:
    """Return the radius of the largest ball in `mask`; 0 if it is empty."""
    from shared.filters import distance

    if not mask.any():
        return 0.0
    return float(distance(mask, spacing_mm=spacing_mm).max())


def is_wider(mask: MaskArray, radius: float, spacing_mm: Spacing) -> bool:
    """Return whether a ball of the given radius (mm) fits into `mask`."""
    from shared.filters import erode

    return bool(mask.any()) and bool(erode(mask, radius, spacing_mm=spacing_mm).any())


def longest_side_mm(piece: MaskArray, spacing_mm: Spacing) -> float:
    """Return the longest side of the index box of `piece`."""
    sides = [0.0]
    for axis, step in enumerate(spacing_mm):
        within = piece.any(axis=tuple(n for n in range(3) if n != axis))
        sides.append(np.count_nonzero(within) * step)
    return max(sides)
