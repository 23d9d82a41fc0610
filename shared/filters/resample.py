"""Resample a field or a label map onto another grid."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from shared.device import on_device
from shared.errors import InvalidValueError
from shared.memory import address_of, readable, real_type
from shared.segmentation import LabelMap
from shared.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from shared.affine import Affine

Gridded = TypeVar("Gridded", Volume, LabelMap)


class Interpolation(StrEnum):
    """How a field is read between its voxels."""

    NEAREST = "nearest"
    """The value of the nearest voxel; the only one for labels."""
    LINEAR = "linear"
    """Trilinear: never beyond the values around."""
    CUBIC = "cubic"
    """Tricubic convolution: sharper, exact for quadratics, may overshoot at edges."""


def resample(
    field: Gridded,
    affine: Affine,
    shape: Sequence[int],
    *,
    outside: float,
    interpolation: Interpolation | None = None,
) -> Gridded:
    """Return `field` on the grid of `affine` and `shape`.

    The new grid may be turned, sheared, mirrored, finer or coarser in any way. A grid
    much coarser than the field samples it: smooth with `shared.filters.gaussian` first.

    Parameters
    ----------
    field
        `Volume` or `LabelMap`; values of any real type and memory layout, NumPy or on a
        CUDA device, where the result then is.
    affine, shape
        The new grid, in the same frame.
    outside
        Value of what lies farther than half a step beyond the outermost voxel centres
        (up to there the border voxel goes on, as in ITK): −1000 for HU, 0 for labels,
        NaN for "no data", which no surface encloses.
    interpolation
        Linear for volumes and nearest for label maps unless said otherwise.

    Returns
    -------
    Volume or LabelMap
        Nearest keeps the number type. Linear and cubic give float32, or float64 if the
        values need it: nothing is rounded to integers, so level sets stay where they are.

    Raises
    ------
    InvalidValueError
        If the shape is not three positive numbers, labels are to be interpolated, or
        `outside` is no number of the field's type.

    Notes
    -----
    Every voxel is read from the field directly: no memory is used besides the result.
    Keys: Cubic Convolution Interpolation for Digital Image Processing, IEEE Transactions
    on Acoustics, Speech, and Signal Processing 29, 1981, doi:10.1109/TASSP.1981.1163711.
    """
    if interpolation is None:
        is_labels = isinstance(field, LabelMap)
        interpolation = Interpolation.NEAREST if is_labels else Interpolation.LINEAR
    interpolation = Interpolation(interpolation)
    if isinstance(field, LabelMap) and interpolation is not Interpolation.NEAREST:
        raise InvalidValueError("Labels have no values in between: resample them by nearest.")
    size = tuple(int(n) for n in shape)
    if len(size) != 3 or min(size) < 1:
        raise InvalidValueError(f"A grid has three positive numbers of voxels, not {size}.")
    field_from_grid = field.affine.inverse() @ affine
    values = _sampled(field.values, field_from_grid.matrix, size, outside, interpolation)
    return replace(field, values=values, affine=affine)


def _sampled(
    values: NDArray[Any],
    matrix: NDArray[np.float64],
    shape: tuple[int, ...],
    outside: float,
    interpolation: Interpolation,
) -> NDArray[Any]:
    """Return the values at ``matrix · index`` for every index of `shape`."""
    matrix = rounded_to_whole_steps(matrix)
    if on_device(values):
        from shared.filters.cuda.resample import sampled

        found_there: Any = sampled(values, matrix, shape, outside, interpolation)
        return found_there
    from shared.filters.sampling import sample_cubic, sample_linear, sample_nearest
    from shared.kernels import run_slabs

    source = readable(values)
    where = (address_of(source), source.strides, source.shape)
    if interpolation is Interpolation.NEAREST:
        fill = exactly(outside, source.dtype)
        found = np.empty(shape, dtype=source.dtype)
        run_slabs(
            lambda first, end: sample_nearest(*where, matrix, fill, first, end, found), shape[0]
        )
        return found.view(np.bool_) if values.dtype == np.bool_ else found
    kind = real_type(source.dtype)
    sample = sample_linear if interpolation is Interpolation.LINEAR else sample_cubic
    found = np.empty(shape, dtype=kind)
    like, fill = source.dtype.type(0), kind(outside)
    run_slabs(lambda first, end: sample(*where, like, matrix, fill, first, end, found), shape[0])
    return found


def rounded_to_whole_steps(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a matrix whose entries within 1e-9 of a whole number are that number.

    A grid that is meant to fall on the field's own voxels then does: no rounding of the
    affines pushes a border voxel out of the grid or blends it with its neighbor.
    """
    whole = np.round(matrix)
    return np.where(np.abs(matrix - whole) < 1e-9, whole, matrix)


def exactly(number: float, kind: np.dtype[Any]) -> Any:
    """Return a number in a type, or raise if the type cannot hold it."""
    if kind.kind in "iu":
        limits = np.iinfo(kind)
        if not (np.isfinite(number) and number == int(number)) or not (
            limits.min <= number <= limits.max
        ):
            raise InvalidValueError(f"The value outside, {number}, is no {kind}.")
        return kind.type(int(number))
    return kind.type(number)
