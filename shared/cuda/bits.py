"""Fields and masks on a device as bits: 32 voxels of a row in one int32.

Word ``w`` of a row holds voxels ``32 w`` … ``32 w + 31``, the first in the lowest bit; bits
beyond the row are 0. A field of 512³ becomes 16 MB, which stays in the cache of the device:
what comes after touches memory only where a surface is.
"""

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl

from shared.cuda.launch import launch_over
from shared.cuda.tensors import LARGEST_INDEX, readable
from shared.cuda.words import VOXELS_PER_WORD
from shared.errors import InvalidValueError

WORDS_PER_PROGRAM = 128


def pack_bits(
    values: torch.Tensor, threshold: Any = 1, mask: torch.Tensor | None = None
) -> torch.Tensor:
    """Return int32 ``[i j word]``: which voxels are at least `threshold`, and in the mask.

    Parameters
    ----------
    values
        Real numbers or bools ``[i j k]`` of any memory layout, read once where they lie.
    threshold
        A number of the field's own type. A NaN is not at least anything.
    mask
        bool ``[i j k]``, or None.

    Raises
    ------
    InvalidValueError
        If the grid has more words than int32 can number.
    """
    values = readable(values)
    slices, rows, length = values.shape
    width = triton.cdiv(length, VOXELS_PER_WORD)
    total = slices * rows * width
    if max(total, length + VOXELS_PER_WORD) > LARGEST_INDEX:
        raise InvalidValueError(
            f"A grid of {tuple(values.shape)} voxels is too large for a device.",
            remedy="Work on it in pieces, or on the host.",
        )
    bits = torch.empty((slices, rows, width), dtype=torch.int32, device=values.device)
    limit = torch.full((1,), threshold, dtype=values.dtype, device=values.device)
    other = values if mask is None else readable(mask)
    launch_over(
        _pack, total, WORDS_PER_PROGRAM,
        values, limit, other, bits, total, rows, length, width,
        *values.stride(), *other.stride(), HAS_MASK=mask is not None,
    )  # fmt: skip
    return bits


def unpack_bits(bits: torch.Tensor, length: int) -> torch.Tensor:
    """Return the bool ``[i j k]`` whose rows are `length` long."""
    slices, rows, width = bits.shape
    mask = torch.empty((slices, rows, length), dtype=torch.uint8, device=bits.device)
    total = slices * rows * width
    launch_over(_unpack, total, WORDS_PER_PROGRAM, bits, mask, total, length, width)
    return mask.view(torch.bool)


@triton.jit(do_not_specialize=["total"])
def _pack(  # type: ignore[no-untyped-def]
    values, limit, mask, bits, total, rows, length, width,
    step_i, step_j, step_k, mask_i, mask_j, mask_k,
    HAS_MASK: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    word = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    row = word // width
    i, j = (row // rows).to(tl.int64), (row % rows).to(tl.int64)
    lane = tl.arange(0, 32)[None, :]
    k = (word % width)[:, None] * 32 + lane
    there = (word < total)[:, None] & (k < length)
    place = (i * step_i + j * step_j)[:, None] + k.to(tl.int64) * step_k
    inside = (tl.load(values + place, mask=there, other=0) >= tl.load(limit)) & there
    if HAS_MASK:
        place = (i * mask_i + j * mask_j)[:, None] + k.to(tl.int64) * mask_k
        inside = inside & (tl.load(mask + place, mask=there, other=0) != 0)
    words = tl.sum(inside.to(tl.uint32) << lane.to(tl.uint32), axis=1)
    tl.store(bits + word, words.to(tl.int32, bitcast=True), mask=word < total)


@triton.jit(do_not_specialize=["total"])
def _unpack(bits, mask, total, length, width, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def]
    word = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    lane = tl.arange(0, 32)[None, :]
    k = (word % width)[:, None] * 32 + lane
    there = (word < total)[:, None] & (k < length)
    words = tl.load(bits + word, mask=word < total, other=0).to(tl.uint32, bitcast=True)
    place = (word // width).to(tl.int64)[:, None] * length + k
    flags = (words[:, None] >> lane.to(tl.uint32)) & 1
    tl.store(mask + place, flags.to(tl.uint8), mask=there)
