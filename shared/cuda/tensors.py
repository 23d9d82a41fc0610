"""Tensors as kernels read them: number types, exact constants, running sums."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

from shared.errors import InvalidValueError
from shared.memory import real_type

LARGEST_INDEX = 2**31 - 1
"""Kernels count words, rows, vertices and faces in int32."""


def readable(values: torch.Tensor) -> torch.Tensor:
    """Return `values` as a type that kernels read, where they lie if at all possible.

    Bools become bytes in place; bfloat16 is converted, which changes no value.
    """
    if values.dtype == torch.bool:
        return values.view(torch.uint8)
    return values.float() if values.dtype == torch.bfloat16 else values


def number_type(values: torch.Tensor) -> np.dtype[np.generic]:
    """Return the NumPy type of a readable tensor's numbers.

    Raises
    ------
    InvalidValueError
        If they are not real numbers.
    """
    try:
        kind = np.dtype(str(values.dtype).removeprefix("torch."))
    except TypeError:
        kind = np.dtype(object)
    if kind.kind not in "iuf":
        raise InvalidValueError(f"A field holds real numbers, not {values.dtype}.")
    return kind


def real_dtype(kind: np.dtype[np.generic]) -> torch.dtype:
    """Return the type in which sums of numbers of a type are kept: as on the host."""
    return torch.float32 if real_type(kind) is np.float32 else torch.float64


def require_beside(mask: Any, values: torch.Tensor) -> None:
    """Raise `InvalidValueError` unless `mask` is bool, of the field's shape and device."""
    if not isinstance(mask, torch.Tensor) or mask.device != values.device:
        raise InvalidValueError(f"A mask of a field on {values.device} must be there too.")
    if mask.shape != values.shape or mask.dtype != torch.bool:
        raise InvalidValueError(
            f"A mask is bool and of the field's shape {tuple(values.shape)}, "
            f"not {mask.dtype} {tuple(mask.shape)}."
        )


def doubles(numbers: Iterable[float], like: torch.Tensor) -> torch.Tensor:
    """Return float64 on the device of `like`: numbers passed to a kernel are cut to float32."""
    return torch.tensor(list(numbers), dtype=torch.float64, device=like.device)


def starts_of(counts: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return, for counts ``[… n]``, the sums of those before each, and of all (int64)."""
    ends = torch.cumsum(counts, dim=-1, dtype=torch.int64)
    return ends - counts, ends[..., -1]
