"""Fill holes: background that no path connects to the border of the grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shared.device import on_device
from shared.errors import InvalidValueError
from shared.filters.components import Connectivity, require_labels
from shared.filters.pieces import pieces_of

if TYPE_CHECKING:
    from shared.shapes import MaskArray


def fill_holes(mask: MaskArray, *, connectivity: Connectivity = Connectivity.FACE) -> MaskArray:
    """Return `mask` with its holes filled.

    A hole is a piece of background that does not reach the border of the grid, where
    the scan might go on.

    Parameters
    ----------
    mask
        bool ``[i j k]``.
    connectivity
        Through which neighbors a path in the **background** may lead.
    """
    if on_device(mask):
        from shared.filters.cuda.pieces import holes_filled
        from shared.filters.distance import require_mask

        filled: Any = holes_filled(require_mask(mask), int(connectivity))
        return filled
    from shared.bits import complement, pack_bits

    if mask.dtype != np.bool_:
        raise InvalidValueError(f"A mask is bool, not {mask.dtype}.")
    bits = pack_bits(require_labels(mask))
    length = mask.shape[2]
    background = pieces_of(complement(bits, length), length, int(connectivity))
    boxes, shape = background.boxes, np.array(mask.shape)
    enclosed = np.all((boxes[..., 0] > 0) & (boxes[..., 1] < shape), axis=1)
    return np.asarray(mask | background.mask_of(np.asarray(enclosed)))
