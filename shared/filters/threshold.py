"""Threshold: the voxels whose values lie in a range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shared.device import on_device
from shared.errors import InvalidValueError
from shared.volume import require_grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.shapes import FieldArray, MaskArray


def threshold(
    values: FieldArray, lowest: float | None = None, highest: float | None = None
) -> MaskArray:
    """Return which values are at least `lowest` and at most `highest`.

    The comparison is made in the field's own type and is exact: a value equal to a bound is
    inside, as for `shared.surfaces.isosurface`, and integers are not turned to floats.

    Parameters
    ----------
    values
        Real numbers ``[i j k]``, NumPy or on a CUDA device.
    lowest, highest
        Bounds of the range; None for no bound. A NaN lies in no range.

    Returns
    -------
    bool ``[i j k]``
        Where the values live.

    Raises
    ------
    InvalidValueError
        If there is no bound, or one is NaN.
    """
    require_grid(values)
    bounds = [bound for bound in (lowest, highest) if bound is not None]
    if not bounds or any(bound != bound for bound in bounds):
        raise InvalidValueError(f"A range needs a bound that is a number, not {bounds}.")
    field: Any = values
    if on_device(values):
        from shared.cuda.tensors import number_type, readable

        field = readable(field)
        kind = number_type(field)
    else:
        field = values.view(np.uint8) if values.dtype == np.bool_ else values
        kind = field.dtype
    limits = []
    if lowest is not None:
        least = _at_least(kind, float(lowest))
        limits.append((field != field) & False if least is None else field >= least.item())
    if highest is not None:
        most = _at_most(kind, float(highest))
        limits.append((field != field) & False if most is None else field <= most.item())
    inside: NDArray[np.bool_] = limits[0] if len(limits) == 1 else limits[0] & limits[1]
    return inside


def _at_least(kind: np.dtype[Any], bound: float) -> Any | None:
    """Return the smallest number of a type that is ≥ `bound`, or None if there is none."""
    from shared.surfaces.isosurface import inside_threshold

    if np.isfinite(bound) or kind.kind == "f":
        return inside_threshold(kind, bound)
    return kind.type(np.iinfo(kind).min) if bound < 0 else None


def _at_most(kind: np.dtype[Any], bound: float) -> Any | None:
    """Return the largest number of a type that is ≤ `bound`, or None if there is none."""
    if kind.kind == "f":
        with np.errstate(over="ignore"):
            limit = kind.type(bound)
        return np.nextafter(limit, kind.type(-np.inf)) if float(limit) > bound else limit
    limits = np.iinfo(kind)
    if not np.isfinite(bound):
        return kind.type(limits.max) if bound > 0 else None
    largest = min(int(np.floor(bound)), int(limits.max))
    return kind.type(largest) if largest >= limits.min else None
