"""Stored: the number type that a file keeps values in, and the values as bytes.

Whole numbers that fit stay int16, as Hounsfield units are written everywhere; all else
becomes float32. Nothing is scaled, so nothing is rounded twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

UINT8: Final = np.dtype(np.uint8)
INT16: Final = np.dtype("<i2")
INT32: Final = np.dtype("<i4")
FLOAT32: Final = np.dtype("<f4")
FLOAT64: Final = np.dtype("<f8")
"""What files are written with: types that every reader knows, little endian."""

LARGEST_WHOLE_FLOAT32: Final = 1 << 24
"""Whole numbers up to this are exact in float32 (24 bits of significand, IEEE 754)."""

SLAB_BYTES: Final = 1 << 22
"""Values are converted and written in pieces of about this size."""


def stored_type(fields: Sequence[NDArray[Any]]) -> np.dtype[Any]:
    """Return the type that holds the values of all `fields`.

    Parameters
    ----------
    fields
        Real numbers ``[slice row column]``, of one type.

    Returns
    -------
    dtype
        uint8 and int16 as they are; int16 for whole numbers that fit, float32 for other
        numbers. Larger whole numbers take the first of float32, int32 and float64 that
        is exact; float64 is rounded to float32 unless it is beyond its range.
    """
    kinds = {values.dtype for values in fields}
    if all(kind.kind == "b" or kind == np.uint8 for kind in kinds):
        return UINT8
    if all(kind == np.int16 for kind in kinds):
        return INT16
    if all(_is_whole_int16(values) for values in fields):
        return INT16
    largest = max(_largest_magnitude(values) for values in fields)
    if all(kind.kind in "iu" for kind in kinds) and largest > LARGEST_WHOLE_FLOAT32:
        return INT32 if largest <= np.iinfo(np.int32).max else FLOAT64
    return FLOAT64 if largest > float(np.finfo(np.float32).max) else FLOAT32


def slabs(fields: Sequence[NDArray[Any]], kind: np.dtype[Any]) -> Iterator[NDArray[np.uint8]]:
    """Yield the values of `fields` as type `kind`, in file order: the bytes, in pieces."""
    for values in fields:
        slice_bytes = max(1, kind.itemsize * int(np.prod(values.shape[1:])))
        depth = max(1, SLAB_BYTES // slice_bytes)
        for first in range(0, len(values), depth):
            part = np.ascontiguousarray(values[first : first + depth], dtype=kind)
            yield part.reshape(-1).view(np.uint8)


def _is_whole_int16(values: NDArray[Any]) -> bool:
    low, high = np.iinfo(np.int16).min, np.iinfo(np.int16).max
    if values.dtype.kind == "b":
        return True
    for part in values:
        if not (part.min() >= low and part.max() <= high):  # false for NaN too
            return False
        if part.dtype.kind == "f" and not np.array_equal(np.rint(part), part):
            return False
    return True


def _largest_magnitude(values: NDArray[Any]) -> float:
    """Return the largest finite magnitude."""
    largest = 0.0
    for part in values:
        finite = part[np.isfinite(part)] if part.dtype.kind == "f" else part
        if finite.size:
            largest = max(largest, abs(float(finite.min())), abs(float(finite.max())))
    return largest
