"""Masks as bits: 64 voxels of a row in one machine word.

Word ``w`` of a row holds voxels ``64 w`` … ``64 w + 63``, the first in the lowest bit;
bits beyond the row are 0. Filters that only ask inside or outside work on these words:
an eighth of the memory, and 64 voxels an instruction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shared.kernels import kernel, run_slabs
from shared.memory import address_of
from shared.words import compare64, load, store64

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.shapes import MaskArray

VOXELS_PER_WORD = 64


def pack_bits(mask: MaskArray) -> NDArray[np.uint64]:
    """Return the bits ``[i j word]`` of a mask ``[i j k]`` of any memory layout."""
    slices, rows, length = mask.shape
    bits = np.empty((slices, rows, -(-length // VOXELS_PER_WORD)), dtype=np.uint64)
    source = mask.view(np.uint8)
    address = address_of(source)
    run_slabs(
        lambda first, end: _pack(address, source.strides, source.shape, first, end, bits), slices
    )
    return bits


def unpack_bits(bits: NDArray[np.uint64], length: int) -> MaskArray:
    """Return the mask ``[i j k]`` whose rows are `length` long, in C order."""
    mask = np.empty((*bits.shape[:2], length), dtype=np.uint8)
    run_slabs(lambda first, end: _unpack(bits, first, end, mask), len(bits))
    return mask.view(np.bool_)


def complement(bits: NDArray[np.uint64], length: int) -> NDArray[np.uint64]:
    """Return the bits of the voxels that are not in a mask with rows `length` long."""
    other = np.bitwise_not(bits)
    spare = bits.shape[2] * VOXELS_PER_WORD - length
    if spare:
        other[:, :, -1] &= np.uint64((1 << (VOXELS_PER_WORD - spare)) - 1)
    return other


@kernel
def _pack(address, strides, shape, first, end, bits):  # type: ignore[no-untyped-def]
    one = np.uint8(1)
    for i in range(first, end):
        for j in range(shape[1]):
            row = address + i * strides[0] + j * strides[1]
            for w in range(bits.shape[2]):
                start = w * VOXELS_PER_WORD
                if strides[2] == 1 and start + VOXELS_PER_WORD <= shape[2]:
                    bits[i, j, w] = compare64(row + start, one)
                    continue
                word = np.uint64(0)
                for k in range(start, min(start + VOXELS_PER_WORD, shape[2])):
                    if load(row + k * strides[2], one):
                        word |= np.uint64(1) << np.uint64(k - start)
                bits[i, j, w] = word


@kernel
def _unpack(bits, first, end, mask):  # type: ignore[no-untyped-def]
    length = mask.shape[2]
    for i in range(first, end):
        for j in range(mask.shape[1]):
            row = mask[i, j]
            for w in range(bits.shape[2]):
                word = bits[i, j, w]
                start = w * VOXELS_PER_WORD
                if start + VOXELS_PER_WORD <= length:
                    store64(row.ctypes.data + start, word)
                    continue
                for k in range(start, length):
                    row[k] = (word >> np.uint64(k - start)) & np.uint64(1)
