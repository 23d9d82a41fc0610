"""Triton kernels of the exact Euclidean distance: runs along rows, then lower envelopes.

Along a row the nearest outside voxel is found in words of 32. Along each other axis the
squared distances of a line are the heights of parabolas, one at each voxel, whose lower
envelope is the answer: found in one walk with a stack, read off in a second. One lane a
line: neighboring lanes stand at neighboring voxels of a row, so that every step of the walk
is one wide access to memory. The cost does not depend on the distances.

References
----------
Felzenszwalb, Huttenlocher: Distance Transforms of Sampled Functions, Theory of Computing 8,
2012, doi:10.4086/toc.2012.v008a019.
"""

import triton
import triton.language as tl

from shared.cuda.words import first_bits, highest_bit, lowest_bit, others

WORDS_PER_PROGRAM = 64
LINES_PER_PROGRAM = 64


@triton.jit(do_not_specialize=["total"])
def along_rows(bits, numbers, squares, total, width, length, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def]
    """Write the squared distance of each voxel to the nearest one outside in its row.

    `numbers` is the step along the row; infinite where the whole row is inside.
    """
    word = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    there = word < total
    w = word % width
    inside = tl.load(bits + word, mask=there, other=0).to(tl.uint32, bitcast=True)
    outside = others(inside) & first_bits(length - w * 32)

    far = 0x3FFFFFFF
    before = tl.full((BLOCK,), -far, tl.int32)  # the last voxel outside in the words before
    at = w - 1
    wanted = there & (inside != 0) & (at >= 0)
    while tl.max(wanted.to(tl.int32), 0) > 0:
        found = tl.load(bits + word - w + at, mask=wanted, other=-1).to(tl.uint32, bitcast=True)
        place = at * 32 + highest_bit(others(found))
        before = tl.where(wanted & (others(found) != 0), place, before)
        at -= 1
        wanted = wanted & (others(found) == 0) & (at >= 0)
    after = tl.full((BLOCK,), far, tl.int32)  # the first one in the words after
    at = w + 1
    wanted = there & (inside != 0) & (at < width)
    while tl.max(wanted.to(tl.int32), 0) > 0:
        found = tl.load(bits + word - w + at, mask=wanted, other=-1).to(tl.uint32, bitcast=True)
        left = others(found) & first_bits(length - at * 32)
        after = tl.where(wanted & (left != 0), at * 32 + lowest_bit(left), after)
        at += 1
        wanted = wanted & (left == 0) & (at < width)

    lane = tl.arange(0, 32)[None, :]
    k = w[:, None] * 32 + lane
    up_to = (tl.full((1, 32), 2, tl.uint32) << lane.to(tl.uint32)) - 1
    low, high = outside[:, None] & up_to, outside[:, None] & others(up_to)
    low_place = tl.where(low != 0, w[:, None] * 32 + highest_bit(low), before[:, None])
    high_place = tl.where(high != 0, w[:, None] * 32 + lowest_bit(high), after[:, None])
    steps = tl.minimum(k - low_place, high_place - k)
    away = tl.where(steps < length, steps.to(tl.float32) * tl.load(numbers), float("inf"))
    place = (word // width).to(tl.int64)[:, None] * length + k
    tl.store(squares + place, away * away, mask=there[:, None] & (k < length))


@triton.jit
def crossing(own, q, height, top, step):  # type: ignore[no-untyped-def]
    """Return where the parabola at `q` begins to be lower than the one at `top` < q."""
    apart = (q - top).to(tl.float32) * 2.0 * step * step
    return (q + top).to(tl.float32) * 0.5 + (own - height) / apart


@triton.jit(do_not_specialize=["lines"])
def lower_envelope(  # type: ignore[no-untyped-def]
    squares, numbers, places, borders, found, lines, count, lines_each, step, step_other,
    LAST: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Write the squared distances of lines of `count` voxels that lie `step` numbers apart.

    Parts of the field that lie `step_other` apart hold `lines_each` neighboring lines.
    `places` and `borders` are stacks of the field's shape: the parabolas of the envelope
    and where each begins. With ``LAST`` the root is taken.
    """
    line = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    there = line < lines
    start = (line // lines_each).to(tl.int64) * step_other + line % lines_each
    width = tl.load(numbers)
    infinity = float("inf")

    depth = tl.full((BLOCK,), -1, tl.int32)  # of the stack; its uppermost parabola:
    top = tl.full((BLOCK,), -1, tl.int32)
    height = tl.full((BLOCK,), 0.0, tl.float32)
    border = tl.full((BLOCK,), 0.0, tl.float32)
    here = start
    for q in range(count):
        own = tl.load(squares + here, mask=there, other=infinity)
        counts = there & (own != infinity)
        begin = crossing(own, q, height, top, width)
        pops = counts & (depth > 0) & (begin <= border)
        while tl.max(pops.to(tl.int32), 0) > 0:
            depth = tl.where(pops, depth - 1, depth)
            place = start + depth.to(tl.int64) * step
            top = tl.where(pops, tl.load(places + place, mask=pops, other=0).to(tl.int32), top)
            border = tl.where(pops, tl.load(borders + place, mask=pops, other=0.0), border)
            at_top = squares + start + top.to(tl.int64) * step
            height = tl.where(pops, tl.load(at_top, mask=pops, other=0.0), height)
            begin = tl.where(pops, crossing(own, q, height, top, width), begin)
            pops = pops & (depth > 0) & (begin <= border)
        depth = tl.where(counts, depth + 1, depth)
        top, height = tl.where(counts, q, top), tl.where(counts, own, height)
        border = tl.where(counts, begin, border)  # of the lowest it does not count
        place = start + depth.to(tl.int64) * step
        tl.store(places + place, top, mask=counts)
        tl.store(borders + place, border, mask=counts)
        here += step

    tl.debug_barrier()  # what one lane wrote another may read
    last = depth
    some = there & (last >= 0)
    depth = tl.zeros((BLOCK,), tl.int32)
    top = tl.load(places + start, mask=some, other=0).to(tl.int32)
    height = tl.load(squares + start + top.to(tl.int64) * step, mask=some, other=infinity)
    following = tl.load(borders + start + step, mask=some & (last > 0), other=infinity)
    here = start
    for q in range(count):
        moves = some & (depth < last) & (following < q)
        while tl.max(moves.to(tl.int32), 0) > 0:
            depth = tl.where(moves, depth + 1, depth)
            place = start + depth.to(tl.int64) * step
            top = tl.where(moves, tl.load(places + place, mask=moves, other=0).to(tl.int32), top)
            at_top = squares + start + top.to(tl.int64) * step
            height = tl.where(moves, tl.load(at_top, mask=moves, other=0.0), height)
            moves = moves & (depth < last)
            after = tl.load(borders + place + step, mask=moves, other=0.0)
            following = tl.where(moves, after, following)
            moves = moves & (following < q)
        away = (q - top).to(tl.float32) * width
        square = height + away * away
        if LAST:
            square = tl.sqrt_rn(square)
        tl.store(found + here, square, mask=there)
        here += step
