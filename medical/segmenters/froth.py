"""Froth: large pieces of air that is neither empty nor full, as lungs are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from medical.segmenters.body import Body
    from shared.filters import Components
    from shared.shapes import MaskArray
    from shared.volume import Volume

LUNG_HU: Final = -400.0
"""Midway between lung (about −850) and the chest's wall (0 to 50)."""
FROTH_HU: Final = (-962.0, -500.0)
"""Median of a lung, emphysema and congestion included; gas in the bowel stands below."""
LUNG_ML: Final = 60.0
"""Smallest piece that is a lung, or a part of one that the scan shows: a newborn's has 30 ml, a
child's of a year 100."""

Spacing = tuple[float, float, float]


def air_shares(air: MaskArray, body: Body) -> NDArray[np.float32]:
    """Return the share of air in each block of the body's grid, float32 ``[I J K]``."""
    from medical.segmenters.kernels import block_means

    means = np.empty(body.zones.shape, dtype=np.float32)
    i, j, k = body.factors
    block_means(np.ascontiguousarray(air).view(np.uint8), i, j, k, 0, len(means), means)
    return means


def block_spacing_mm(volume: Volume, body: Body) -> Spacing:
    """Return the size of a block of the body's grid along each array axis."""
    i, j, k = (s * f for s, f in zip(volume.spacing_mm, body.factors, strict=True))
    return i, j, k


def frothy_pieces(
    values: NDArray[np.float32], shares: NDArray[np.float32], block_ml: float
) -> tuple[Components, list[int]]:
    """Return the pieces of air in blocks, and the numbers of those that are lung, largest first.

    Parameters
    ----------
    values
        Mean of each block, ``[I J K]``.
    shares
        Share of air of each block.
    block_ml
        Volume of a block.
    """
    from shared.filters import components

    pieces = components(shares >= 0.5)
    order = np.argsort(-pieces.sizes[1:], kind="stable") + 1
    low, high = FROTH_HU
    large = [int(n) for n in order if pieces.sizes[n] * block_ml >= LUNG_ML]
    return pieces, [n for n in large if low <= float(np.median(values[pieces.labels == n])) <= high]
