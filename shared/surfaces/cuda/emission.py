"""The Triton kernel that writes the vertices and faces of the isosurface.

One lane a listed cell. The cell writes the vertices on the three edges that begin at its
first corner, and its triangles, whose vertices are numbered by population counts from the
first vertices of at most seven words: neither a table of vertices nor an index for each
voxel. The field is read again only where an edge is cut. All positions are computed in
float64 in the order in which the host does, without fused instructions, so that both
agree bit for bit.
"""

import triton
import triton.language as tl

from shared.cuda.words import below, bit_at, popcount
from shared.surfaces.cuda.cells import corner_words, edges_there, place_of

CELLS_PER_PROGRAM = 128


@triton.jit
def crossing(low, high, low_inside, level, margin, most):  # type: ignore[no-untyped-def]
    """Return where an edge within the grid is cut, 0 at its low end.

    An outside end that is not below the level (masked out, or NaN) tells nothing of the
    place: the middle is taken. The surface stands beside the finite one of two ends.
    """
    share = (level - low) / (high - low)
    inner, outer = tl.where(low_inside, low, high), tl.where(low_inside, high, low)
    inner_infinite, outer_infinite = tl.abs(inner) == float("inf"), tl.abs(outer) == float("inf")
    beside = (outer < level) & (inner_infinite != outer_infinite)
    unusual = tl.where(beside, tl.where(inner_infinite, 1.0, 0.0), 0.5).to(tl.float64)
    unusual = tl.where(low_inside, unusual, 1.0 - unusual)
    usual = ((low >= level) != (high >= level)) & (share >= 0.0) & (share <= 1.0)
    share = tl.where(usual, share, unusual)
    return tl.minimum(tl.maximum(share, margin), most)


@triton.jit
def emit_vertex(  # type: ignore[no-untyped-def]
    cut, number, low_at, high_at, inner, position, low, low_inside, values, step,
    numbers, column, x, y, z, k, vertices,
):  # fmt: skip
    """Write the vertices of the `cut` edges along one axis.

    `low_at` and `high_at` say that an end of the edge lies beyond the grid; `inner` where
    the field is read, `step` how far on; `column` is the axis.
    """
    level, margin, most = tl.load(numbers), tl.load(numbers + 1), tl.load(numbers + 2)
    reads = cut & ~low_at & ~high_at & inner
    high = tl.load(values + position + step, mask=reads, other=0).to(tl.float64)
    share = crossing(low, high, low_inside, level, margin, most)
    share = tl.where(low_at, most, tl.where(high_at, margin, share))
    place = vertices + number * 3
    matrix = numbers + 3
    tl.store(place, (x + tl.load(matrix + 2) * k + tl.load(matrix + column) * share), mask=cut)
    matrix += 4
    tl.store(place + 1, (y + tl.load(matrix + 2) * k + tl.load(matrix + column) * share), mask=cut)
    matrix += 4
    tl.store(place + 2, (z + tl.load(matrix + 2) * k + tl.load(matrix + column) * share), mask=cut)


@triton.jit
def row_origin(matrix, i, j):  # type: ignore[no-untyped-def]
    """Return one coordinate of voxel 0 of row (i, j); `matrix` is a row of the affine."""
    at = tl.load(matrix) * i.to(tl.float64) + tl.load(matrix + 1) * j.to(tl.float64)
    return at + tl.load(matrix + 3)


@triton.jit(do_not_specialize=["count"])
def emit_cells(  # type: ignore[no-untyped-def]
    bits, values, cases, numbers, first_vertex, cell_words, first_face, vertices, faces,
    count, slices, rows, width, length, step_i, step_j, step_k,
    PAD: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Write the vertices and faces of the listed cells.

    `numbers` are the level, the margin, one minus the margin and the rows of the affine.
    """
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    listed = at < count
    cell = tl.load(cell_words + at, mask=listed, other=0)
    word, bit = (cell >> 5).to(tl.int32), (cell & 31).to(tl.int32)
    i, j, w = place_of(word, rows, width, PAD)
    k = w * 32 + bit
    a, b, c, d, a1, b1, c1, d1 = corner_words(bits, i, j, w, slices, rows, width, listed)
    along_k, along_j, along_i = edges_there(i, j, w, slices, rows, length, PAD)

    # first vertices of the runs of edges that the cell touches: here, and one word on
    wide, high = width + PAD, (rows + PAD) * (width + PAD)
    at_end = listed & (bit == 31) & (w + 1 < width)
    more_j, more_i = listed & (j + 1 < rows), listed & (i + 1 < slices)
    run_a = tl.load(first_vertex + word, mask=listed, other=0)
    run_b = tl.load(first_vertex + word + wide, mask=more_j, other=0)
    run_c = tl.load(first_vertex + word + high, mask=more_i, other=0)
    run_d = tl.load(first_vertex + word + high + wide, mask=more_i & more_j, other=0)
    next_a = tl.load(first_vertex + word + 1, mask=at_end, other=0)
    next_b = tl.load(first_vertex + word + wide + 1, mask=at_end & more_j, other=0)
    next_c = tl.load(first_vertex + word + high + 1, mask=at_end & more_i, other=0)

    # the 12 edges' vertices, edges 0–3 along k, 4–7 along j, 8–11 along i
    before = below(bit)
    to_here = before | (before + 1)
    last = bit == 31
    base_a, base_b, base_c = run_a & 0x7FFFFFFF, run_b & 0x7FFFFFFF, run_c & 0x7FFFFFFF
    end_a, end_b, end_c = next_a & 0x7FFFFFFF, next_b & 0x7FFFFFFF, next_c & 0x7FFFFFFF
    e0 = base_a + popcount((a ^ a1) & along_k & before)
    e1 = base_b + popcount((b ^ b1) & along_k & before)
    e2 = base_c + popcount((c ^ c1) & along_k & before)
    e3 = (run_d & 0x7FFFFFFF) + popcount((d ^ d1) & along_k & before)
    j_a, j_c = base_a + ((run_a >> 40) & 0xFF), base_c + ((run_c >> 40) & 0xFF)
    e4 = j_a + popcount((a ^ b) & before)
    e5 = tl.where(last, end_a + ((next_a >> 40) & 0xFF), j_a + popcount((a ^ b) & to_here))
    e6 = j_c + popcount((c ^ d) & before)
    e7 = tl.where(last, end_c + ((next_c >> 40) & 0xFF), j_c + popcount((c ^ d) & to_here))
    i_a, i_b = base_a + ((run_a >> 32) & 0xFF), base_b + ((run_b >> 32) & 0xFF)
    e8 = i_a + popcount((a ^ c) & before)
    e9 = tl.where(last, end_a + ((next_a >> 32) & 0xFF), i_a + popcount((a ^ c) & to_here))
    e10 = i_b + popcount((b ^ d) & before)
    e11 = tl.where(last, end_b + ((next_b >> 32) & 0xFF), i_b + popcount((b ^ d) & to_here))

    # vertices on the three edges that begin here
    cut_k = listed & (bit_at((a ^ a1) & along_k, bit) != 0)
    cut_j = listed & (bit_at((a ^ b) & along_j, bit) != 0)
    cut_i = listed & (bit_at((a ^ c) & along_i, bit) != 0)
    inner = (i >= 0) & (j >= 0) & (k >= 0)
    place = i.to(tl.int64) * step_i + j.to(tl.int64) * step_j + k.to(tl.int64) * step_k
    low = tl.load(values + place, mask=inner & (cut_k | cut_j | cut_i), other=0).to(tl.float64)
    low_inside = bit_at(a, bit) != 0
    x, y = row_origin(numbers + 3, i, j), row_origin(numbers + 7, i, j)
    z = row_origin(numbers + 11, i, j)
    k_place = k.to(tl.float64)
    emit_vertex(cut_k, e0, k < 0, k + 1 >= length, inner, place, low, low_inside, values, step_k,
                numbers, 2, x, y, z, k_place, vertices)  # fmt: skip
    emit_vertex(cut_j, e4, j < 0, j + 1 >= rows, inner, place, low, low_inside, values, step_j,
                numbers, 1, x, y, z, k_place, vertices)  # fmt: skip
    emit_vertex(cut_i, e8, i < 0, i + 1 >= slices, inner, place, low, low_inside, values, step_i,
                numbers, 0, x, y, z, k_place, vertices)  # fmt: skip

    # triangles
    whole = bit_at(along_k & along_j & along_i, bit) != 0
    case = bit_at(a, bit) | (bit_at(a1, bit) << 1) | (bit_at(b, bit) << 2) | (bit_at(b1, bit) << 3)
    upper = bit_at(c, bit) | (bit_at(c1, bit) << 1) | (bit_at(d, bit) << 2) | (bit_at(d1, bit) << 3)
    edges = tl.load(cases + (case | (upper << 4)).to(tl.int32), mask=listed & whole, other=0)
    size = edges >> 60
    face = tl.load(first_face + at, mask=listed, other=0).to(tl.int64)
    for corner in tl.static_range(15):
        edge = ((edges >> (4 * corner)) & 15).to(tl.int32)
        number = tl.where(edge == 0, e0, tl.where(edge == 1, e1, tl.where(edge == 2, e2, e3)))
        number_j = tl.where(edge == 4, e4, tl.where(edge == 5, e5, tl.where(edge == 6, e6, e7)))
        number_i = tl.where(edge == 8, e8, tl.where(edge == 9, e9, tl.where(edge == 10, e10, e11)))
        number = tl.where(edge < 4, number, tl.where(edge < 8, number_j, number_i))
        tl.store(faces + face * 3 + corner, number.to(tl.int32), mask=corner < size * 3)
