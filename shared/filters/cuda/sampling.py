"""The Triton kernel that reads a field between its voxels: nearest, linear, cubic.

One lane a voxel of the new grid. Positions and weights are computed in float64 in the
order in which the host does, without fused instructions, so that both agree bit for bit;
half of the float64 rate of a data-centre GPU hides behind its memory, on others it does
not.
"""

import triton
import triton.language as tl

from shared.cuda.launch import tile_of

NEAREST = 0
LINEAR = 1
CUBIC = 2


@triton.jit
def position(matrix, i, j, k):  # type: ignore[no-untyped-def]
    """Return one index of the field at an index of the grid; `matrix` is a row of 4."""
    at = tl.load(matrix) * i + tl.load(matrix + 1) * j
    return at + tl.load(matrix + 2) * k + tl.load(matrix + 3)


@triton.jit
def within(x, length):  # type: ignore[no-untyped-def]
    """Return whether a position is at most half a step beyond the outermost voxels."""
    return (x >= -0.5) & (x < length.to(tl.float64) - 0.5)


@triton.jit
def clamped(n, length):  # type: ignore[no-untyped-def]
    """Return an index moved into the grid, in int64: numbers may be many."""
    return tl.minimum(tl.maximum(n, 0), length - 1).to(tl.int64)


@triton.jit
def held(x, length):  # type: ignore[no-untyped-def]
    """Return a position moved between the outermost voxel centres."""
    last = length.to(tl.float64) - 1.0
    return tl.minimum(tl.maximum(x, 0.0), last)


@triton.jit
def between(low, high, share):  # type: ignore[no-untyped-def]
    """Return a value between two; the far end does not count where its share is 0."""
    return tl.where(share == 0.0, low, low + share * (high - low))


@triton.jit
def cubic_weight(x):  # type: ignore[no-untyped-def]
    """Return the weight of a voxel `x` steps away: Keys 1981, a = −1/2."""
    x = tl.abs(x)
    near = (1.5 * x - 2.5) * x * x + 1.0
    far = ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    return tl.where(x < 1.0, near, tl.where(x < 2.0, far, 0.0))


@triton.jit
def linear_at(values, x, y, z, wanted, slices, rows, length, step_i, step_j, step_k):  # type: ignore[no-untyped-def]
    """Return the trilinear value at positions in the grid."""
    i, j, k = x.to(tl.int32), y.to(tl.int32), z.to(tl.int32)
    more_i = tl.where(i + 1 < slices, 1, 0).to(tl.int64) * step_i
    more_j = tl.where(j + 1 < rows, 1, 0).to(tl.int64) * step_j
    more_k = tl.where(k + 1 < length, 1, 0).to(tl.int64) * step_k
    at = values + i.to(tl.int64) * step_i + j.to(tl.int64) * step_j + k.to(tl.int64) * step_k
    x, y, z = x - i.to(tl.float64), y - j.to(tl.float64), z - k.to(tl.float64)
    a0 = tl.load(at, mask=wanted, other=0).to(tl.float64)
    a1 = tl.load(at + more_k, mask=wanted, other=0).to(tl.float64)
    at += more_j
    b0 = tl.load(at, mask=wanted, other=0).to(tl.float64)
    b1 = tl.load(at + more_k, mask=wanted, other=0).to(tl.float64)
    at += more_i
    d0 = tl.load(at, mask=wanted, other=0).to(tl.float64)
    d1 = tl.load(at + more_k, mask=wanted, other=0).to(tl.float64)
    at -= more_j
    c0 = tl.load(at, mask=wanted, other=0).to(tl.float64)
    c1 = tl.load(at + more_k, mask=wanted, other=0).to(tl.float64)
    low = between(between(a0, a1, z), between(b0, b1, z), y)
    return between(low, between(between(c0, c1, z), between(d0, d1, z), y), x)


@triton.jit
def cubic_at(values, x, y, z, wanted, slices, rows, length, step_i, step_j, step_k):  # type: ignore[no-untyped-def]
    """Return the tricubic value at positions in the grid."""
    i, j, k = x.to(tl.int32) - 1, y.to(tl.int32) - 1, z.to(tl.int32) - 1
    total = tl.zeros(x.shape, tl.float64)
    for di in range(4):
        weight_i = cubic_weight(x - (i + di).to(tl.float64))
        slab = values + clamped(i + di, slices) * step_i
        for dj in range(4):
            weight = weight_i * cubic_weight(y - (j + dj).to(tl.float64))
            row = slab + clamped(j + dj, rows) * step_j
            along = tl.zeros(x.shape, tl.float64)
            for dk in tl.static_range(4):
                weight_k = cubic_weight(z - (k + dk).to(tl.float64))
                place = row + clamped(k + dk, length) * step_k
                counts = wanted & (weight != 0.0) & (weight_k != 0.0)
                value = tl.load(place, mask=counts, other=0).to(tl.float64)
                along += tl.where(counts, weight_k * value, 0.0)
            total += tl.where(weight != 0.0, weight * along, 0.0)
    return total


@triton.jit(do_not_specialize=["slices", "field_rows", "field_length", "across"])
def sample(  # type: ignore[no-untyped-def]
    values, numbers, outside, found, slices, field_rows, field_length, step_i, step_j, step_k,
    new_rows, rows, length, across,
    KIND: tl.constexpr, ROWS: tl.constexpr, LANES: tl.constexpr,
):  # fmt: skip
    """Fill rows of the new grid with the values at ``numbers · index``; `outside` elsewhere."""
    row, along = tile_of(across, ROWS, LANES)
    there = (row < rows)[:, None] & (along < length)[None, :]
    i, j = (row // new_rows).to(tl.float64)[:, None], (row % new_rows).to(tl.float64)[:, None]
    k = along.to(tl.float64)[None, :]
    x, y = position(numbers, i, j, k), position(numbers + 4, i, j, k)
    z = position(numbers + 8, i, j, k)
    wanted = there & within(x, slices) & within(y, field_rows) & within(z, field_length)
    if KIND == 0:
        i = clamped(tl.floor(x + 0.5).to(tl.int32), slices)
        j = clamped(tl.floor(y + 0.5).to(tl.int32), field_rows)
        k = clamped(tl.floor(z + 0.5).to(tl.int32), field_length)
        place = i * step_i + j * step_j + k * step_k
        value = tl.load(values + place, mask=wanted, other=0)
    else:
        x, y, z = held(x, slices), held(y, field_rows), held(z, field_length)
        x, y, z = tl.where(wanted, x, 0.0), tl.where(wanted, y, 0.0), tl.where(wanted, z, 0.0)
        if KIND == 1:
            value = linear_at(values, x, y, z, wanted, slices, field_rows, field_length,
                              step_i, step_j, step_k)  # fmt: skip
        else:
            value = cubic_at(values, x, y, z, wanted, slices, field_rows, field_length,
                             step_i, step_j, step_k)  # fmt: skip
        value = value.to(found.dtype.element_ty)
    value = tl.where(wanted, value, tl.load(outside))
    tl.store(found + row.to(tl.int64)[:, None] * length + along[None, :], value, mask=there)
