"""Triton kernels that find the cut edges and the cells of the isosurface.

The grid of words is walked with one program for `WORDS_PER_PROGRAM` words. With ``PAD`` 1
it begins one row, slice and word before the field's bits, where all is outside, so that
edges from beyond the border are seen. For a word at (i, j, w) the four rows of its cells
are ``a`` (i, j), ``b`` (i, j + 1), ``c`` (i + 1, j) and ``d`` (i + 1, j + 1).

Two passes over the bits, which lie in the cache: `count_words` sums what each program
finds; after a running sum of these, `list_cells` numbers the first vertex of every word and
lists the cells with a surface, so that all that follows is dense. There are no atomics: the
result does not depend on timing.
"""

import triton
import triton.language as tl

from shared.cuda.words import (
    bit_at,
    first_bits,
    load_word,
    lowest_bit,
    others,
    popcount,
    shifted,
)

WORDS_PER_PROGRAM = 256


@triton.jit
def place_of(word, rows, width, PAD: tl.constexpr):  # type: ignore[no-untyped-def]
    """Return the slice, row and word of the field of a word of the walked grid."""
    row = word // (width + PAD)
    return row // (rows + PAD) - PAD, row % (rows + PAD) - PAD, word % (width + PAD) - PAD


@triton.jit
def corner_words(  # type: ignore[no-untyped-def]
    bits, i, j, w, slices, rows, width, wanted
):
    """Return the words of the four rows at `w`, and those of voxels one further along."""
    a = load_word(bits, i, j, w, slices, rows, width, wanted)
    b = load_word(bits, i, j + 1, w, slices, rows, width, wanted)
    c = load_word(bits, i + 1, j, w, slices, rows, width, wanted)
    d = load_word(bits, i + 1, j + 1, w, slices, rows, width, wanted)
    a1 = shifted(a, load_word(bits, i, j, w + 1, slices, rows, width, wanted))
    b1 = shifted(b, load_word(bits, i, j + 1, w + 1, slices, rows, width, wanted))
    c1 = shifted(c, load_word(bits, i + 1, j, w + 1, slices, rows, width, wanted))
    d1 = shifted(d, load_word(bits, i + 1, j + 1, w + 1, slices, rows, width, wanted))
    return a, b, c, d, a1, b1, c1, d1


@triton.jit
def edges_there(i, j, w, slices, rows, length, PAD: tl.constexpr):  # type: ignore[no-untyped-def]
    """Return words of the edges along k, j and i that the grid has at (i, j, w)."""
    if PAD:
        along_k = tl.full(w.shape, 0xFFFFFFFF, tl.uint32)
        return along_k, along_k, along_k
    along_k = first_bits(length - 1 - w * 32)
    along_j = first_bits(tl.where(j + 1 < rows, 32, 0))
    return along_k, along_j, first_bits(tl.where(i + 1 < slices, 32, 0))


@triton.jit
def case_at(a, b, c, d, a1, b1, c1, d1, bit):  # type: ignore[no-untyped-def]
    """Return the case of the cell at a bit: corner c at (i, j, k) = (c >> 2, c >> 1, c) & 1."""
    low = bit_at(a, bit) | (bit_at(a1, bit) << 1) | (bit_at(b, bit) << 2) | (bit_at(b1, bit) << 3)
    high = bit_at(c, bit) | (bit_at(c1, bit) << 1) | (bit_at(d, bit) << 2) | (bit_at(d1, bit) << 3)
    return (low | (high << 4)).to(tl.int32)


@triton.jit
def cells_cut(a, b, c, d, a1, b1, c1, d1):  # type: ignore[no-untyped-def]
    """Return words of the cells that have corners on both sides."""
    some = a | b | c | d | a1 | b1 | c1 | d1
    return some & others(a & b & c & d & a1 & b1 & c1 & d1)


@triton.jit
def several_loops(a, b, c, d, a1, b1, c1, d1):  # type: ignore[no-untyped-def]
    """Return words of the cells that may be cut by more than one loop.

    A cell has one loop unless all four edges of a face are cut (the face is ambiguous), or
    all three edges at both of two opposite corners are.
    """
    k0, k1, k2, k3 = a ^ a1, b ^ b1, c ^ c1, d ^ d1
    j0, j1, j2, j3 = a ^ b, a1 ^ b1, c ^ d, c1 ^ d1
    i0, i1, i2, i3 = a ^ c, a1 ^ c1, b ^ d, b1 ^ d1
    faces = (k0 & k1 & j0 & j1) | (k2 & k3 & j2 & j3)
    faces |= (k0 & k2 & i0 & i1) | (k1 & k3 & i2 & i3)
    faces |= (j0 & j2 & i0 & i2) | (j1 & j3 & i1 & i3)
    corners = k0 & k3 & ((j0 & i0 & j3 & i3) | (j1 & i1 & j2 & i2))
    corners |= k1 & k2 & ((j0 & i2 & j3 & i1) | (j1 & i3 & j2 & i0))
    return faces | corners


@triton.jit
def edges_cut(a, b, c, d, a1, b1, c1, d1, inside):  # type: ignore[no-untyped-def]
    """Return, for each word, the number of cut edges of its cells in `inside`, cell by cell."""
    count = popcount((a ^ a1) & inside) + popcount((b ^ b1) & inside)
    count += popcount((c ^ c1) & inside) + popcount((d ^ d1) & inside)
    count += popcount((a ^ b) & inside) + popcount((a1 ^ b1) & inside)
    count += popcount((c ^ d) & inside) + popcount((c1 ^ d1) & inside)
    count += popcount((a ^ c) & inside) + popcount((a1 ^ c1) & inside)
    return count + popcount((b ^ d) & inside) + popcount((b1 ^ d1) & inside)


@triton.jit
def count_triangles(a, b, c, d, a1, b1, c1, d1, cells, cases):  # type: ignore[no-untyped-def]
    """Return how many triangles the `cells` of each word hold.

    A loop of n cut edges bounds a disc of n − 2 triangles, so population counts tell the
    triangles of all cells with one loop; the few others are looked up one by one.
    """
    several = several_loops(a, b, c, d, a1, b1, c1, d1) & cells
    single = cells ^ several
    count = edges_cut(a, b, c, d, a1, b1, c1, d1, single) - 2 * popcount(single)
    while tl.max((several != 0).to(tl.int32), 0) > 0:
        bit = tl.minimum(lowest_bit(several), 31)
        case = case_at(a, b, c, d, a1, b1, c1, d1, bit)
        count += (tl.load(cases + case, mask=several != 0, other=0) >> 60).to(tl.int32)
        several = several & (several - 1)
    return count


@triton.jit(do_not_specialize=["total", "programs"])
def count_words(  # type: ignore[no-untyped-def]
    bits, cases, sums, total, programs, slices, rows, width, length,
    PAD: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Write the numbers of vertices, faces and listed cells of each program's words.

    `cases` holds 15 edges of 4 bits and the number of triangles of each case.
    """
    word = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    i, j, w = place_of(word, rows, width, PAD)
    a, b, c, d, a1, b1, c1, d1 = corner_words(bits, i, j, w, slices, rows, width, word < total)
    along_k, along_j, along_i = edges_there(i, j, w, slices, rows, length, PAD)
    k, m, n = (a ^ a1) & along_k, (a ^ c) & along_i, (a ^ b) & along_j
    cells = cells_cut(a, b, c, d, a1, b1, c1, d1) & along_k & along_j & along_i
    faces = count_triangles(a, b, c, d, a1, b1, c1, d1, cells, cases)
    at = sums + tl.program_id(0)
    tl.store(at, tl.sum(popcount(k) + popcount(m) + popcount(n), 0))
    tl.store(at + programs, tl.sum(faces, 0))
    tl.store(at + 2 * programs, tl.sum(popcount(k | m | n | cells), 0))


@triton.jit(do_not_specialize=["total", "programs"])
def list_cells(  # type: ignore[no-untyped-def]
    bits, cases, starts, first_vertex, cell_words, first_face,
    total, programs, slices, rows, width, length,
    PAD: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Number the vertices of each word and list its cells with their first faces.

    `starts` ``[3 programs]`` are the running sums of what `count_words` wrote.
    `first_vertex` gets, of each word with cut edges, the number of its first vertex, in
    bits 32–39 how many of them lie along k, and in bits 40–47 along k or i: vertices of a
    word stand in this order, those along j last. `cell_words` gets 32 times the word plus
    the bit of each cell.
    """
    program = tl.program_id(0)
    word = program * BLOCK + tl.arange(0, BLOCK)
    i, j, w = place_of(word, rows, width, PAD)
    a, b, c, d, a1, b1, c1, d1 = corner_words(bits, i, j, w, slices, rows, width, word < total)
    along_k, along_j, along_i = edges_there(i, j, w, slices, rows, length, PAD)
    k, m, n = (a ^ a1) & along_k, (a ^ c) & along_i, (a ^ b) & along_j
    cells = cells_cut(a, b, c, d, a1, b1, c1, d1) & along_k & along_j & along_i
    listed = k | m | n | cells
    if tl.max((listed != 0).to(tl.int32), 0) > 0:
        faces = count_triangles(a, b, c, d, a1, b1, c1, d1, cells, cases)
        vertices = popcount(k) + popcount(m) + popcount(n)
        vertex = tl.load(starts + program) + (tl.cumsum(vertices, 0) - vertices)
        shares = (popcount(k) | ((popcount(k) + popcount(m)) << 8)).to(tl.int64)
        tl.store(first_vertex + word, vertex | (shares << 32), mask=vertices > 0)
        face = tl.load(starts + programs + program) + (tl.cumsum(faces, 0) - faces)
        counts = popcount(listed)
        place = tl.load(starts + 2 * programs + program) + (tl.cumsum(counts, 0) - counts)
        while tl.max((listed != 0).to(tl.int32), 0) > 0:
            some = listed != 0
            bit = tl.minimum(lowest_bit(listed), 31)
            tl.store(cell_words + place, word.to(tl.int64) * 32 + bit, mask=some)
            tl.store(first_face + place, face.to(tl.int32), mask=some)
            case = case_at(a, b, c, d, a1, b1, c1, d1, bit)
            whole = some & (bit_at(cells, bit) != 0)
            face += tl.load(cases + case, mask=whole, other=0) >> 60
            place += 1
            listed = listed & (listed - 1)
