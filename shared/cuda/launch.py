"""Launching Triton kernels."""

from __future__ import annotations

from typing import Any

import torch
import triton

from shared.device import is_interpreted

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
