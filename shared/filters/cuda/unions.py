"""Triton kernels of connected components: runs of voxels in a word, united where they meet.

A node is a run of neighboring voxels of one value within one word of 32 voxels: there are
far fewer than voxels, they are found by a few instructions, and their numbers follow the
scan of the voxels. Each points to a node before it in its piece; two meet in a loop of
atomic minima, which ends whatever the order in which programs run, and always in the same
pieces: the first node of each is its root.

References
----------
Playne, Hawick: A New Algorithm for Parallel Connected-Component Labelling on GPUs, IEEE
Transactions on Parallel and Distributed Systems 29, 2018, doi:10.1109/TPDS.2018.2799216.
Komura: GPU-based cluster-labeling algorithm without the use of conventional iteration,
Computer Physics Communications 194, 2015, doi:10.1016/j.cpc.2015.04.015.
"""

import triton
import triton.language as tl

from shared.cuda.words import bit_at, first_bits, load_word, lowest_bit, others, popcount

WORDS_PER_PROGRAM = 128
NODES_PER_PROGRAM = 256


@triton.jit(do_not_specialize=["total"])
def mark_runs(  # type: ignore[no-untyped-def]
    values, bits, starts, total, rows, length, width, step_i, step_j, step_k,
    BLOCK: tl.constexpr,
):  # fmt: skip
    """Write which voxels are not 0, and which of them begin a run of one value in a word."""
    word = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    row = word // width
    i, j = (row // rows).to(tl.int64), (row % rows).to(tl.int64)
    lane = tl.arange(0, 32)[None, :]
    k = (word % width)[:, None] * 32 + lane
    there = (word < total)[:, None] & (k < length)
    place = values + (i * step_i + j * step_j)[:, None] + k.to(tl.int64) * step_k
    value = tl.load(place, mask=there, other=0)
    before = tl.load(place - step_k, mask=there & (lane > 0), other=0)
    inside = there & (value != 0)
    first = inside & ((lane == 0) | (value != before))
    shift = lane.to(tl.uint32)
    words = tl.sum(inside.to(tl.uint32) << shift, axis=1)
    tl.store(bits + word, words.to(tl.int32, bitcast=True), mask=word < total)
    words = tl.sum(first.to(tl.uint32) << shift, axis=1)
    tl.store(starts + word, words.to(tl.int32, bitcast=True), mask=word < total)


@triton.jit(do_not_specialize=["total"])
def mark_meetings(  # type: ignore[no-untyped-def]
    values, meetings, total, slices, rows, length, width, step_i, step_j, step_k, di, dj, dk,
    BLOCK: tl.constexpr,
):  # fmt: skip
    """Write which voxels are not 0 and have the value of the voxel (di, dj, dk) further on."""
    word = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    row = word // width
    i, j = row // rows, row % rows
    k = (word % width)[:, None] * 32 + tl.arange(0, 32)[None, :]
    there = (word < total)[:, None] & (k < length)
    row_there = (i + di >= 0) & (i + di < slices) & (j + dj >= 0) & (j + dj < rows)
    both = there & row_there[:, None] & (k + dk >= 0) & (k + dk < length)
    place = (i.to(tl.int64) * step_i + j.to(tl.int64) * step_j)[:, None] + k.to(tl.int64) * step_k
    other = ((i + di).to(tl.int64) * step_i + (j + dj).to(tl.int64) * step_j)[:, None]
    other += (k + dk).to(tl.int64) * step_k
    value = tl.load(values + place, mask=there, other=0)
    same = both & (value != 0) & (value == tl.load(values + other, mask=both, other=0))
    words = tl.sum(same.to(tl.uint32) << tl.arange(0, 32)[None, :].to(tl.uint32), axis=1)
    tl.store(meetings + word, words.to(tl.int32, bitcast=True), mask=word < total)


@triton.jit(do_not_specialize=["total"])
def count_runs(starts, counts, total, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def]
    """Count the runs of each word."""
    word = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    begun = tl.load(starts + word, mask=word < total, other=0).to(tl.uint32, bitcast=True)
    tl.store(counts + word, popcount(begun), mask=word < total)


@triton.jit
def root_of(parents, node, wanted):  # type: ignore[no-untyped-def]
    """Return the end of each node's way to the first of its piece."""
    parent = tl.load(parents + node, mask=wanted, other=0)
    while tl.max((wanted & (parent != node)).to(tl.int32), 0) > 0:
        node = tl.where(wanted, parent, node)
        parent = tl.load(parents + node, mask=wanted, other=0)
    return node


@triton.jit
def unite(parents, one, other, wanted):  # type: ignore[no-untyped-def]
    """Make pairs of nodes part of the same pieces.

    The larger is to point to the smaller. If it was no root any more, or another program was
    faster, what it pointed to before is united with the smaller in turn.
    """
    one, other = root_of(parents, one, wanted), root_of(parents, other, wanted)
    wanted = wanted & (one != other)
    while tl.max(wanted.to(tl.int32), 0) > 0:
        high, low = tl.maximum(one, other), tl.minimum(one, other)
        old = tl.atomic_min(parents + high, low, mask=wanted, sem="relaxed")
        wanted = wanted & (old != high) & (old != low)
        one, other = tl.where(wanted, old, low), low


@triton.jit(do_not_specialize=["total", "di", "dj", "dk"])
def unite_runs(  # type: ignore[no-untyped-def]
    bits, starts, first_node, meetings, parents, total, slices, rows, width, di, dj, dk,
    MEETINGS: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Unite the runs of every word with those (di, dj, dk) further on that they touch.

    Where they touch is told by `meetings`, or else by the bits: one look at the first of
    neighboring voxels is enough, as long as no other run begins.
    """
    word = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    there = word < total
    row = word // width
    i, j, w = row // rows, row % rows, word % width
    if MEETINGS:
        meet = tl.load(meetings + word, mask=there, other=0).to(tl.uint32, bitcast=True)
    else:
        meet = load_word(bits, i, j, w, slices, rows, width, there)
        other = load_word(bits, i + di, j + dj, w, slices, rows, width, there & (meet != 0))
        beside = load_word(bits, i + di, j + dj, w + dk, slices, rows, width, there & (meet != 0))
        ahead, behind = (other >> 1) | (beside << 31), (other << 1) | (beside >> 31)
        meet = meet & tl.where(dk == 0, other, tl.where(dk > 0, ahead, behind))
    along_row = (di == 0) & (dj == 0)  # only from word to word: within one, runs are whole
    meet = tl.where(along_row, meet & 1, meet)
    begun = tl.load(starts + word, mask=there, other=0).to(tl.uint32, bitcast=True)
    meet = meet & others((meet << 1) & others(begun))
    first = tl.load(first_node + word, mask=there & (meet != 0), other=0)
    while tl.max((meet != 0).to(tl.int32), 0) > 0:
        some = meet != 0
        bit = tl.minimum(lowest_bit(meet), 31)
        place = bit + dk
        w2 = w + tl.where(place < 0, -1, tl.where(place > 31, 1, 0))
        word2 = ((i + di) * rows + j + dj) * width + w2
        begun2 = tl.load(starts + word2, mask=some, other=0).to(tl.uint32, bitcast=True)
        node = first + popcount(begun & first_bits(bit + 1)) - 1
        node2 = tl.load(first_node + word2, mask=some, other=0)
        node2 += popcount(begun2 & first_bits((place & 31) + 1)) - 1
        unite(parents, node, node2, some)
        meet = meet & (meet - 1)


@triton.jit(do_not_specialize=["total"])
def find_roots(parents, roots, total, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def]
    """Write the root of each node."""
    node = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(roots + node, root_of(parents, node, node < total), mask=node < total)


@triton.jit(do_not_specialize=["total"])
def sum_sizes(roots, begins, ends, sizes, total, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def]
    """Add the voxels of each run to the size of its root.

    Most runs of a program belong to one or two pieces: each of these is added to at once,
    or else millions of runs of one large piece would wait for one another.
    """
    run = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    left = run < total
    root = tl.load(roots + run, mask=left, other=0)
    size = tl.load(ends + run, mask=left, other=0) - tl.load(begins + run, mask=left, other=0)
    size = size.to(tl.int64)
    for _ in tl.static_range(2):
        first = tl.min(tl.where(left, root, 0x7FFFFFFF), 0)
        some = left & (root == first)
        voxels = tl.sum(tl.where(some, size, 0), 0)
        tl.atomic_add(sizes + first, voxels, mask=first < total, sem="relaxed")
        left = left & (root != first)
    tl.atomic_add(sizes + root, size, mask=left, sem="relaxed")


@triton.jit(do_not_specialize=["total"])
def list_runs(  # type: ignore[no-untyped-def]
    bits, starts, first_node, row_of, begins, ends, total, width, BLOCK: tl.constexpr
):
    """Write the row, the first voxel and the voxel after the last of every run."""
    word = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    there = word < total
    inside = tl.load(bits + word, mask=there, other=0).to(tl.uint32, bitcast=True)
    begun = tl.load(starts + word, mask=there, other=0).to(tl.uint32, bitcast=True)
    node = tl.load(first_node + word, mask=there, other=0)
    k = (word % width) * 32
    while tl.max((begun != 0).to(tl.int32), 0) > 0:
        some = begun != 0
        bit = tl.minimum(lowest_bit(begun), 31)
        begun = begun & (begun - 1)
        stops = (begun | others(inside)) & others(first_bits(bit + 1))
        tl.store(row_of + node, word // width, mask=some)
        tl.store(begins + node, k + bit, mask=some)
        tl.store(ends + node, k + lowest_bit(stops), mask=some)
        node += 1


@triton.jit(do_not_specialize=["total"])
def paint_runs(  # type: ignore[no-untyped-def]
    bits, starts, first_node, paints, found, total, width, length, BLOCK: tl.constexpr
):
    """Write the paint of each run's node to its voxels, and 0 to the others."""
    word = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    there = word < total
    lane = tl.arange(0, 32)[None, :]
    k = (word % width)[:, None] * 32 + lane
    inside = tl.load(bits + word, mask=there, other=0).to(tl.uint32, bitcast=True)
    begun = tl.load(starts + word, mask=there, other=0).to(tl.uint32, bitcast=True)
    first = tl.load(first_node + word, mask=there & (inside != 0), other=0)
    up_to = (tl.full((1, 32), 2, tl.uint32) << lane.to(tl.uint32)) - 1  # of lane 31: all
    node = first[:, None] + popcount(begun[:, None] & up_to) - 1
    painted = bit_at(inside[:, None], lane) != 0
    paint = tl.load(paints + node, mask=painted, other=0)
    place = (word // width).to(tl.int64)[:, None] * length + k
    tl.store(found + place, paint, mask=there[:, None] & (k < length))
