"""Padding: places of the matrix where the scanner measured nothing."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shared.finding import Finding, note
from shared.volume import Quantity

AIR_HU: Final = -1024
"""What padding becomes in CT: the floor of the Hounsfield scale, as scanners write it."""

OUTERMOST_HU: Final = -1000.0
"""Padding at or below this is air already; above it, it could be tissue of that value."""


def fill_padding(
    values: NDArray[Any], padding: dict[int, NDArray[np.bool_]], *, quantity: Quantity
) -> tuple[NDArray[Any], tuple[Finding, ...]]:
    """Return slices ``[n row column]`` whose padding is air (CT) or their lowest value.

    A padding value that tissue can have as well counts only where it is connected with the
    border of its slice: padding lies around the field of view, not within it.

    Parameters
    ----------
    values
        Physical values; written to in place.
    padding
        Masks ``[row column]`` by slice index.
    quantity
        What the values measure.
    """
    filled = 0
    masks: dict[int, NDArray[np.bool_]] = {}
    for index, mask in padding.items():
        at = values[index][mask]
        is_beyond_tissue = quantity is Quantity.HU and float(at.max()) <= OUTERMOST_HU
        masks[index] = mask if is_beyond_tissue else _touching_border(mask)
    air = AIR_HU if quantity is Quantity.HU else _lowest(values, masks)
    for index, mask in masks.items():
        values[index][mask] = air
        filled += int(mask.sum())
    if not filled:
        return values, ()
    share = filled / values.size
    finding = note(
        "padding-filled",
        f"{share:.1%} of the voxels are padding outside the scanned field; set to {air:g}.",
        details={"voxels": filled, "value": float(air)},
    )
    return values, (finding,)


def _touching_border(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    from scipy.ndimage import binary_propagation

    seeds = mask.copy()
    seeds[1:-1, 1:-1] = False
    if not seeds.any():
        return seeds
    return np.asarray(binary_propagation(seeds, mask=mask))


def _lowest(values: NDArray[Any], masks: dict[int, NDArray[np.bool_]]) -> float:
    """Return the lowest value outside the padding."""
    lowest = np.inf
    for index, part in enumerate(values):
        inside = part[~masks[index]] if index in masks else part
        if inside.size:
            lowest = min(lowest, float(inside.min()))
    return lowest if np.isfinite(lowest) else 0.0
