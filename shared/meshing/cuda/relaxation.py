"""Triton kernels that find the neighbors of vertices and move vertices towards them."""

import triton
import triton.language as tl

VERTICES_PER_PROGRAM = 128


@triton.jit(do_not_specialize=["count"])
def mark_closed_fans(starts, following, preceding, free, count, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def]
    """Mark the vertices around which the faces form one closed fan.

    `following` and `preceding` are the next and the last vertex of each face around each
    vertex, from ``starts[v]`` on. The walk goes from face to face over their common edges;
    an edge of two faces that run the same way, or of none or several, ends it.
    """
    vertex = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    there = vertex < count
    begin = tl.load(starts + vertex, mask=there, other=0)
    faces = tl.load(starts + vertex + 1, mask=there, other=0) - begin
    most = tl.max(faces, 0)
    at = tl.zeros((BLOCK,), tl.int32)
    steps = tl.zeros((BLOCK,), tl.int32)
    walks = there & (faces >= 3)
    for _ in range(most):
        edge = tl.load(preceding + begin + at, mask=walks, other=-1)
        matches = tl.zeros((BLOCK,), tl.int32)
        found = tl.zeros((BLOCK,), tl.int32)
        for n in range(most):
            beside = tl.load(following + begin + n, mask=walks & (n < faces), other=-2)
            same = walks & (beside == edge)
            matches += same.to(tl.int32)
            found = tl.where(same, n, found)
        broken = walks & (matches != 1)
        steps = tl.where(walks, steps + 1, steps)
        steps = tl.where(broken, 0, steps)
        at = tl.where(walks, found, at)
        walks = walks & (matches == 1) & (at != 0)
    closed = there & (faces >= 3) & (steps == faces) & (at == 0)
    tl.store(free + vertex, closed.to(tl.uint8), mask=there)


@triton.jit(do_not_specialize=["count"])
def move(source, target, starts, following, free, numbers, count, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def]
    """Move free vertices by a factor, the first of `numbers`, towards their neighbors' mean."""
    vertex = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    there = vertex < count
    factor = tl.load(numbers)
    place = vertex.to(tl.int64) * 3
    x = tl.load(source + place, mask=there, other=0.0)
    y = tl.load(source + place + 1, mask=there, other=0.0)
    z = tl.load(source + place + 2, mask=there, other=0.0)
    moves = there & (tl.load(free + vertex, mask=there, other=0) != 0)
    begin = tl.load(starts + vertex, mask=moves, other=0)
    faces = tl.load(starts + vertex + 1, mask=moves, other=0) - begin
    sum_x = tl.zeros((BLOCK,), tl.float64)
    sum_y = tl.zeros((BLOCK,), tl.float64)
    sum_z = tl.zeros((BLOCK,), tl.float64)
    for n in range(tl.max(faces, 0)):
        some = moves & (n < faces)
        beside = tl.load(following + begin + n, mask=some, other=0).to(tl.int64) * 3
        sum_x += tl.load(source + beside, mask=some, other=0.0)
        sum_y += tl.load(source + beside + 1, mask=some, other=0.0)
        sum_z += tl.load(source + beside + 2, mask=some, other=0.0)
    share = factor / tl.maximum(faces, 1).to(tl.float64)
    tl.store(target + place, tl.where(moves, x + (share * sum_x - factor * x), x), mask=there)
    tl.store(target + place + 1, tl.where(moves, y + (share * sum_y - factor * y), y), mask=there)
    tl.store(target + place + 2, tl.where(moves, z + (share * sum_z - factor * z), z), mask=there)
