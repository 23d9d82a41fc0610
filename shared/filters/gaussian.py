"""Gaussian smoothing with a standard deviation in millimetres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from shared.device import on_device
from shared.errors import InvalidValueError
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
        Real numbers or bools ``[i j k]``; any memory layout; NumPy or on a CUDA device.
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
    require_grid(values)
    sds = np.broadcast_to(np.asarray(sd_mm, dtype=np.float64), 3)
    if not (np.isfinite(sds).all() and (sds >= 0.0).all()):
        raise InvalidValueError(f"A standard deviation is a length in mm, not {sd_mm}.")
    steps = require_spacing(spacing_mm)
    halves = [half_kernel(sd / step) for sd, step in zip(sds, steps, strict=True)]
    if on_device(values):
        from shared.filters.cuda.gaussian import smoothed

        found: Any = smoothed(values, halves)
        return found
    return _smoothed(readable(values), halves)


def _smoothed(source: FieldArray, halves: Sequence[NDArray[np.float64]]) -> FieldArray:
    """Return a field on the host smoothed along each axis by half a kernel."""
    from shared.filters.separable import smooth_slices
    from shared.kernels import run_slabs

    kind = real_type(source.dtype)
    along = [half.astype(kind) for half in halves]
    smooth = np.empty(source.shape, dtype=kind)
    address = address_of(source)
    like = source.dtype.type(0)
    run_slabs(
        lambda first, end: smooth_slices(
            address, source.strides, source.shape, like, *along, first, end, smooth
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
