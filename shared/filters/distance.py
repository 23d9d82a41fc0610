"""Distance: how far each voxel of a mask is from the nearest voxel outside of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shared.device import is_host, on_device
from shared.errors import InvalidValueError
from shared.filters.components import require_labels
from shared.volume import require_grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from shared.shapes import MaskArray


def distance(mask: MaskArray, *, spacing_mm: Sequence[float]) -> NDArray[np.float32]:
    """Return, in mm, the Euclidean distance of each voxel to the nearest outside voxel.

    Measured between voxel centres, along the array axes as if they stood at right angles.

    Parameters
    ----------
    mask
        bool ``[i j k]``, NumPy or on a CUDA device, where the result then is.
    spacing_mm
        Length of one index step along each array axis.

    Returns
    -------
    float32 ``[i j k]``
        0 outside; within 1e-6 relative of the exact distance; infinite where nothing is
        outside. What lies beyond the grid is neither inside nor outside.

    Notes
    -----
    By `edt`, and on CUDA by `shared.filters.cuda.parabolas`: Felzenszwalb, Huttenlocher:
    Distance Transforms of Sampled Functions, Theory of Computing 8, 2012,
    doi:10.4086/toc.2012.v008a019.
    """
    if on_device(mask):
        from shared.filters.cuda.distance import distances

        there: Any = distances(require_mask(mask), require_spacing(spacing_mm))
        return there
    import edt

    from shared.kernels import thread_count

    mask = np.require(require_mask(mask), requirements="W")
    steps = require_spacing(spacing_mm)
    found = edt.edt(mask, anisotropy=steps, black_border=False, parallel=thread_count())
    return np.asarray(found, dtype=np.float32)


def require_mask(mask: MaskArray) -> MaskArray:
    """Return `mask` in C order, or raise unless it is a bool ``[i j k]``."""
    if not is_host(mask):
        require_grid(mask)
        if str(mask.dtype) != "torch.bool":
            raise InvalidValueError(f"A mask is bool, not {mask.dtype}.")
        return mask
    if getattr(mask, "dtype", None) != np.bool_:
        raise InvalidValueError(f"A mask is bool, not {getattr(mask, 'dtype', type(mask))}.")
    return require_labels(mask)


def require_spacing(spacing_mm: Sequence[float]) -> tuple[float, float, float]:
    """Return three spacings, or raise unless all are finite and positive."""
    steps = tuple(float(step) for step in spacing_mm)
    if len(steps) != 3 or not all(np.isfinite(step) and step > 0.0 for step in steps):
        raise InvalidValueError(f"A spacing is three positive lengths in mm, not {steps}.")
    return steps[0], steps[1], steps[2]
