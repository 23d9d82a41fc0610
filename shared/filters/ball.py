"""Kernels of morphology by a ball: rows of bits, moved and united.

A ball is a disc of rows: at row offset (di, dj) it reaches `reach` voxels to both sides
along k. To dilate a slice, slices moved by the rows of the disc are united, those of the
longest reach first; between two reaches the union is widened by one voxel to both sides
(Horner's scheme: widening distributes over union). Each row of the disc costs one
instruction for 64 voxels or more, and the result is exact: no distance is rounded.
"""

from __future__ import annotations

import numpy as np

from shared.kernels import kernel

ONE = np.uint64(1)
LAST = np.uint64(63)


@kernel
def widen_rows(plane, rows, width):  # type: ignore[no-untyped-def]
    """Widen every row of a slice ``[rows · width]`` by one voxel to both sides."""
    for j in range(rows):
        below = np.uint64(0)
        for at in range(j * width, (j + 1) * width):
            word = plane[at]
            above = plane[at + 1] if at + 1 < (j + 1) * width else np.uint64(0)
            plane[at] = word | (word << ONE) | (word >> ONE) | (below >> LAST) | (above << LAST)
            below = word


@kernel
def unite(plane, other, shift):  # type: ignore[no-untyped-def]
    """Unite a slice with another whose words are `shift` further on."""
    for at in range(max(0, -shift), len(plane) - max(0, shift)):
        plane[at] |= other[at + shift]


@kernel
def dilate_slices(bits, width, offsets, reaches, last_word, first, end, dilated):  # type: ignore[no-untyped-def]
    """Dilate slices `first` … `end` of bits ``[i rows · width]``.

    `offsets` ``[n 2]`` are the rows of the disc, sorted by falling `reaches` ``[n]``;
    `last_word` has the bits of a row's last word that lie within the row.
    """
    slices = bits.shape[0]
    rows = bits.shape[1] // width
    for i in range(first, end):
        plane = dilated[i]
        plane[:] = 0
        reach = reaches[0]
        for n in range(len(reaches)):
            for _ in range(reaches[n], reach):
                widen_rows(plane, rows, width)
            reach = reaches[n]
            if 0 <= i + offsets[n, 0] < slices:
                unite(plane, bits[i + offsets[n, 0]], offsets[n, 1] * width)
        for _ in range(reach):
            widen_rows(plane, rows, width)
        for j in range(rows):
            plane[(j + 1) * width - 1] &= last_word
