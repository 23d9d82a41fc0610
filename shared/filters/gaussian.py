"""Gaussian smoothing with a standard deviation in millimetres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from shared.device import is_host
from shared.errors import InvalidValueError, UsageError
from shared.filters.distance import require_spacing
from shared.memory import address_of, readable, real_type
from shared.volume import require_grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from shared.shapes import FieldArray

TRUNCATION_SD: Final = 4.0
"""Where the kernel ends, in standard deviations: 6e-5 of its weight lies beyond."""


def gaussian(
    values: FieldArray, sd_mm: float | Sequence[float], *, spacing_mm: Sequence[float]
) -> FieldArray:
    """Return a field smoothed by a Gaussian of `sd_mm`.

    Parameters
    ----------
    values
        Real numbers or bools ``[i j k]``; any memory layout.
    sd_mm
        Standard deviation, one for all or one for each array axis; 0 leaves an axis alone.
    spacing_mm
        Length of one index step along each array axis.

    Returns
    -------
    float32 ``[i j k]``; float64 if the values need it (float64, integers over 16 bits).

    Notes
    -----
    The kernel is the sampled Gaussian up to four standard deviations, of unit sum, as in
    SciPy; beyond the grid the border voxel goes on, so that a constant stays a constant.
    Slices are smoothed one at a time: the memory used besides the result is one slice a
    thread.
    """
    from shared.filters.separable import smooth_slices
    from shared.kernels import run_slabs

    if not is_host(values):
        raise UsageError("This filter works on NumPy arrays.", remedy="Move the array to host.")
    require_grid(values)
    source = readable(values)
    sds = np.broadcast_to(np.asarray(sd_mm, dtype=np.float64), 3)
    if not (np.isfinite(sds).all() and (sds >= 0.0).all()):
        raise InvalidValueError(f"A standard deviation is a length in mm, not {sd_mm}.")
    kind = real_type(source.dtype)
    halves = [
        half_kernel(sd / step).astype(kind)
        for sd, step in zip(sds, require_spacing(spacing_mm), strict=True)
    ]
    smooth = np.empty(source.shape, dtype=kind)
    address = address_of(source)
    like = source.dtype.type(0)
    run_slabs(
        lambda first, end: smooth_slices(
            address, source.strides, source.shape, like, *halves, first, end, smooth
        ),
        source.shape[0],
    )
    return smooth


def half_kernel(sd: float) -> NDArray[np.float64]:
    """Return the weights of offsets 0, 1, 2 … of a Gaussian with `sd` in steps."""
    reach = int(TRUNCATION_SD * sd + 0.5)
    if reach == 0:
        return np.ones(1)
    weights = np.exp(-0.5 * (np.arange(reach + 1) / sd) ** 2)
    return np.asarray(weights / (2.0 * weights[1:].sum() + weights[0]))
