"""Machine words of 32 voxels inside Triton kernels: the lowest bit is the first voxel.

Triton names no population count; the compiler knows the classic one by its shape and
makes one instruction of it.
"""

import triton
import triton.language as tl

VOXELS_PER_WORD = 32


@triton.jit
def popcount(word):  # type: ignore[no-untyped-def]
    """Return how many bits of uint32 words are set, as int32."""
    word = word - ((word >> 1) & 0x55555555)
    word = (word & 0x33333333) + ((word >> 2) & 0x33333333)
    word = (word + (word >> 4)) & 0x0F0F0F0F
    return ((word * 0x01010101) >> 24).to(tl.int32)


@triton.jit
def others(word):  # type: ignore[no-untyped-def]
    """Return words with every bit turned (the interpreter has no ``~`` of uint32)."""
    return word ^ 0xFFFFFFFF


@triton.jit
def lowest_bit(word):  # type: ignore[no-untyped-def]
    """Return the place of the lowest set bit; 32 if there is none."""
    return popcount(others(word) & (word - 1))


@triton.jit
def highest_bit(word):  # type: ignore[no-untyped-def]
    """Return the place of the highest set bit; -1 if there is none."""
    word = word | (word >> 1)
    word = word | (word >> 2)
    word = word | (word >> 4)
    word = word | (word >> 8)
    return popcount(word | (word >> 16)) - 1


@triton.jit
def below(bit):  # type: ignore[no-untyped-def]
    """Return words in which all bits below place `bit` (0 … 31) are set."""
    return (tl.full(bit.shape, 1, tl.uint32) << bit.to(tl.uint32)) - 1


@triton.jit
def first_bits(count):  # type: ignore[no-untyped-def]
    """Return words in which the first `count` bits are set: none below 0, all above 31."""
    some = below(tl.minimum(tl.maximum(count, 0), 31))
    return tl.where(count > 31, tl.full(count.shape, 0xFFFFFFFF, tl.uint32), some)


@triton.jit
def bit_at(word, bit):  # type: ignore[no-untyped-def]
    """Return the bit of a word at a place, 0 or 1."""
    return (word >> bit.to(tl.uint32)) & 1


@triton.jit
def shifted(word, following):  # type: ignore[no-untyped-def]
    """Return words in which every voxel holds the bit of the next one in its row."""
    return (word >> 1) | (following << 31)


@triton.jit
def load_word(bits, i, j, w, slices, rows, width, wanted):  # type: ignore[no-untyped-def]
    """Return word `w` of row (i, j) of bits ``[slices rows width]``; 0 beyond the grid."""
    there = wanted & (i >= 0) & (i < slices) & (j >= 0) & (j < rows) & (w >= 0) & (w < width)
    word = tl.load(bits + (i * rows + j) * width + w, mask=there, other=0)
    return word.to(tl.uint32, bitcast=True)
