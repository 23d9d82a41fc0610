"""How kernels read an array: its number type, byte order and address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.shapes import FieldArray


def readable(values: FieldArray) -> NDArray[Any]:
    """Return `values` as a type that kernels read: without a copy, if at all possible.

    Bools become bytes in place; float16 and extended floats, and numbers in the byte
    order of other machines, are converted.
    """
    if values.dtype.kind == "b":
        return values.view(np.uint8)
    if values.dtype.kind == "f" and values.dtype.itemsize not in (4, 8):
        return values.astype(np.float32 if values.dtype.itemsize < 4 else np.float64)
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def real_type(kind: np.dtype[Any]) -> type[np.floating[Any]]:
    """Return the floating type in which sums of numbers of a type are kept."""
    exact = kind.itemsize <= (4 if kind.kind == "f" else 2)
    return np.float32 if exact else np.float64


def address_of(values: NDArray[Any]) -> int:
    """Return where the first number of an array lies; the caller keeps the array alive."""
    address: int = values.__array_interface__["data"][0]
    return address
