"""Gaussian smoothing on a CUDA device: one pass an axis, through the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import triton
import triton.language as tl

from shared.cuda.launch import launch_tiles, tile_of
from shared.cuda.tensors import number_type, readable, real_dtype

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


def smoothed(values: Any, halves: Sequence[NDArray[np.float64]]) -> torch.Tensor:
    """Return a field smoothed along each axis by half a kernel (weight of offset 0 first)."""
    field = readable(values)
    dtype = real_dtype(number_type(field))
    for axis, half in enumerate(halves):
        if len(half) > 1 or field.dtype != dtype:
            field = _along(field, axis, torch.from_numpy(half).to(field.device, dtype))
    return field.clone() if field.data_ptr() == values.data_ptr() else field


def _along(field: torch.Tensor, axis: int, weights: torch.Tensor) -> torch.Tensor:
    """Return `field` smoothed along one axis, in the type of the weights."""
    found = torch.empty(field.shape, dtype=weights.dtype, device=field.device)
    walked = axis if axis < 2 else 1  # tiles hold neighbors along the axis, for the cache
    other = 1 - walked
    launch_tiles(
        smooth, field.shape[0] * field.shape[1], field.shape[2],
        field, weights, found, len(weights) - 1, field.shape[walked],
        field.stride(walked), field.stride(other), field.stride(2),
        found.stride(walked), found.stride(other),
        ALONG_ROW=axis == 2,
    )  # fmt: skip
    return found


@triton.jit(do_not_specialize=["reach", "across"])
def smooth(  # type: ignore[no-untyped-def]
    field, weights, found, reach, count, step, step_other, step_k, new_step, new_other,
    rows, length, across,
    ALONG_ROW: tl.constexpr, ROWS: tl.constexpr, LANES: tl.constexpr,
):  # fmt: skip
    """Smooth along the row, or across rows that lie `step` apart; `count` of them.

    Beyond the grid the border voxel goes on.
    """
    row, k = tile_of(across, ROWS, LANES)
    there = (row < rows)[:, None] & (k < length)[None, :]
    at, k = row % count, k[None, :]
    other = (row // count).to(tl.int64)
    place = field + (other * step_other)[:, None]
    here = place + (at.to(tl.int64) * step)[:, None]
    kind = found.dtype.element_ty
    total = tl.load(weights) * tl.load(here + k.to(tl.int64) * step_k, mask=there, other=0).to(kind)
    for d in range(1, reach + 1):
        if ALONG_ROW:
            before = here + tl.maximum(k - d, 0).to(tl.int64) * step_k
            after = here + tl.minimum(k + d, length - 1).to(tl.int64) * step_k
        else:
            low, high = tl.maximum(at - d, 0), tl.minimum(at + d, count - 1)
            before = place + (low.to(tl.int64) * step)[:, None] + k.to(tl.int64) * step_k
            after = place + (high.to(tl.int64) * step)[:, None] + k.to(tl.int64) * step_k
        both = tl.load(before, mask=there, other=0).to(kind)
        both += tl.load(after, mask=there, other=0).to(kind)
        total += tl.load(weights + d) * both
    new = found + (other * new_other + at.to(tl.int64) * new_step)[:, None] + k
    tl.store(new, total, mask=there)
