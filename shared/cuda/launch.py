"""Launching Triton kernels."""

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl

from shared.device import is_interpreted

ROWS = 4
LANES = 128
"""A tile of a field that one program handles; as long along the row as memory likes."""

INTERPRETED_LANES = 16
"""How many times more lanes a program has under the interpreter, which counts instructions."""


def launch(kernel: Any, programs: int, *arguments: Any, **options: Any) -> None:
    """Run `programs` copies of a kernel on the device of its first tensor; none for 0."""
    if programs == 0:
        return
    tensor = next(argument for argument in arguments if isinstance(argument, torch.Tensor))
    if tensor.is_cuda:
        with torch.cuda.device(tensor.device):
            kernel[(programs,)](*arguments, **options)
    else:  # under Triton's interpreter
        kernel[(programs,)](*arguments, **options)


def lanes(wanted: int) -> int:
    """Return how many items a program handles: as many as wanted, or more if interpreted."""
    return wanted * INTERPRETED_LANES if is_interpreted() else wanted


def launch_over(kernel: Any, items: int, block: int, *arguments: Any, **options: Any) -> None:
    """Run a kernel whose programs handle `block` of `items` each; it is told as ``BLOCK``."""
    block = lanes(block)
    launch(kernel, triton.cdiv(items, block), *arguments, BLOCK=block, **options)


def launch_tiles(kernel: Any, rows: int, length: int, *arguments: Any, **options: Any) -> None:
    """Run a kernel on tiles of ``ROWS`` rows by ``LANES`` voxels that cover `rows` × `length`.

    The kernel takes `rows`, `length` and the number of tiles ``across`` a row last, and finds
    its tile by `tile_of`.
    """
    across = triton.cdiv(length, LANES)
    block = lanes(ROWS)
    programs = triton.cdiv(rows, block) * across
    launch(kernel, programs, *arguments, rows, length, across, ROWS=block, LANES=LANES, **options)


@triton.jit
def tile_of(across, ROWS: tl.constexpr, LANES: tl.constexpr):  # type: ignore[no-untyped-def]
    """Return the rows ``[ROWS]`` and the places along them ``[LANES]`` of this program."""
    program = tl.program_id(0)
    row = (program // across) * ROWS + tl.arange(0, ROWS)
    return row, (program % across) * LANES + tl.arange(0, LANES)
