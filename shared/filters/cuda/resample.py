"""Resampling on a CUDA device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from shared.cuda.launch import launch_tiles
from shared.cuda.tensors import doubles, number_type, readable, real_dtype
from shared.filters.cuda.sampling import CUBIC, LINEAR, NEAREST, sample
from shared.filters.resample import Interpolation, exactly

if TYPE_CHECKING:
    from shared.shapes import Matrix4

KINDS = {
    Interpolation.NEAREST: NEAREST,
    Interpolation.LINEAR: LINEAR,
    Interpolation.CUBIC: CUBIC,
}


def sampled(
    values: Any,
    matrix: Matrix4,
    shape: tuple[int, ...],
    outside: float,
    interpolation: Interpolation,
) -> torch.Tensor:
    """Return the values at ``matrix · index`` for every index of `shape`, on the device.

    As `shared.filters.resample` does; no memory is used besides the result.
    """
    source = readable(values)
    kind = number_type(source)
    if interpolation is Interpolation.NEAREST:
        fill, dtype = exactly(outside, kind).item(), source.dtype
    else:
        fill, dtype = float(outside), real_dtype(kind)
    found = torch.empty(shape, dtype=dtype, device=source.device)
    launch_tiles(
        sample, shape[0] * shape[1], shape[2],
        source, doubles(matrix[:3].ravel(), source),
        torch.full((1,), fill, dtype=dtype, device=source.device), found,
        *source.shape, *source.stride(), shape[1],
        KIND=KINDS[interpolation], enable_fp_fusion=False,
    )  # fmt: skip
    nearest = interpolation is Interpolation.NEAREST
    return found.view(torch.bool) if nearest and values.dtype == torch.bool else found
