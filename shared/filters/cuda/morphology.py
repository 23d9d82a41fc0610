"""Morphology by a ball on a CUDA device: the distance decides, and ties are settled exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
import torch.nn.functional
import triton
import triton.language as tl

from shared.cuda.launch import launch_tiles, tile_of
from shared.filters.cuda.distance import distances

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

DOUBT: Final = 1e-5
"""Relative difference of distance and radius below which the offsets themselves are asked.

Ten times what the distance may be wrong by, so that the others are certain.
"""


def dilated(
    mask: Any, radius_mm: float, steps_mm: Sequence[float], ball: tuple[Any, Any]
) -> torch.Tensor:
    """Return the voxels within the radius of a voxel of `mask`, for exactly the host's ball.

    `ball` is what `shared.filters.morphology.disc_of_rows` returns.
    """
    away = distances(~mask, steps_mm)
    shell = torch.from_numpy(_shell(radius_mm, steps_mm, ball)).to(mask.device)
    bounds = [radius_mm * (1.0 - DOUBT), radius_mm * (1.0 + DOUBT)]
    limits = torch.tensor(bounds, dtype=torch.float64, device=mask.device)
    found = torch.empty(mask.shape, dtype=torch.uint8, device=mask.device)
    slices, rows, length = mask.shape
    launch_tiles(
        settle, slices * rows, length,
        away, limits, shell, mask.view(torch.uint8), found, len(shell), slices, rows,
        *mask.stride(),
    )  # fmt: skip
    return found.view(torch.bool)


def _shell(radius_mm: float, steps_mm: Sequence[float], ball: tuple[Any, Any]) -> NDArray[np.int32]:
    """Return the offsets ``[n 3]`` of the ball's voxels that are nearly a radius away."""
    offsets, reaches = ball
    rows = (offsets[:, 0] * steps_mm[0]) ** 2 + (offsets[:, 1] * steps_mm[1]) ** 2
    found = [np.empty((0, 3), dtype=np.int64)]
    at = np.array(reaches)
    while len(at):
        away = np.sqrt(rows + (at * steps_mm[2]) ** 2)
        near = (at >= 0) & (away >= radius_mm * (1.0 - 2.0 * DOUBT))
        offsets, rows, at = offsets[near], rows[near], at[near]
        found += [np.column_stack([offsets, at]), np.column_stack([offsets, -at])]
        at = at - 1
    return np.unique(np.concatenate(found), axis=0).astype(np.int32)


def padded(mask: Any, reach: Sequence[int]) -> torch.Tensor:
    """Return `mask` with `reach` voxels of outside on both sides of each axis."""
    widths = [n for n in reversed(reach) for _ in range(2)]
    return torch.nn.functional.pad(mask.view(torch.uint8), widths).view(torch.bool)


@triton.jit(do_not_specialize=["count", "across"])
def settle(  # type: ignore[no-untyped-def]
    away, limits, shell, mask, found, count, slices, field_rows, step_i, step_j, step_k,
    rows, length, across,
    ROWS: tl.constexpr, LANES: tl.constexpr,
):  # fmt: skip
    """Write which voxels are within the radius; in doubt ask the offsets of the shell."""
    row, along = tile_of(across, ROWS, LANES)
    there = (row < rows)[:, None] & (along < length)[None, :]
    place = row.to(tl.int64)[:, None] * length + along[None, :]
    distance = tl.load(away + place, mask=there, other=float("inf")).to(tl.float64)
    within = distance < tl.load(limits)
    doubt = there & (distance >= tl.load(limits)) & (distance <= tl.load(limits + 1))
    i, j, k = (row // field_rows)[:, None], (row % field_rows)[:, None], along[None, :]
    if tl.max(tl.max(doubt.to(tl.int32), 1), 0) > 0:
        for n in range(count):
            i2 = i + tl.load(shell + 3 * n)
            j2, k2 = j + tl.load(shell + 3 * n + 1), k + tl.load(shell + 3 * n + 2)
            inside = doubt & (i2 >= 0) & (i2 < slices) & (j2 >= 0) & (j2 < field_rows)
            inside = inside & (k2 >= 0) & (k2 < length)
            at = i2.to(tl.int64) * step_i + j2.to(tl.int64) * step_j + k2.to(tl.int64) * step_k
            within = within | (tl.load(mask + at, mask=inside, other=0) != 0)
    tl.store(found + place, within.to(tl.uint8), mask=there)
