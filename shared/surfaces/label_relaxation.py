"""Kernels of label surfaces, second pass: vertices smoothed within their cells.

Each cell's vertex is linked to those of the up to six cells beside it through whose
common face a border runs. Relaxation moves every vertex towards the mean of its links,
all at once, and clips it to its cell (Gibson, Constrained Elastic Surface Nets, MICCAI
1998, doi:10.1007/BFb0056277). Where three labels or more meet, a vertex is linked only
along the curve on which they meet, so that such curves are smoothed as curves and
are not drawn into one of the surfaces that end there.

Positions are kept as offsets from the middles of the cells, in voxel steps, four numbers
each (the fourth is 0). The number before the first of each layer stands for links that are
not there: its offset is 0.

A few steps are taken in one sweep over the layers: as soon as a layer has taken step n,
the layer before it can take step n + 1. Only three layers of each step are kept, so that
the sweep stays in the processor's cache, and memory sees one reading and one writing
for all its steps. Sweeps over slabs overlap by a layer a step, which both compute.
"""

from __future__ import annotations

import numpy as np

from shared.kernels import inlined, kernel, part
from shared.surfaces.label_cells import ONE, WORD
from shared.surfaces.lanes import relax
from shared.words import load, lowest_bit, popcount

OFFSET_BYTES = 16
LINK_BYTES = 16
CODE_BYTES = 2
BOUND_BYTES = 7 << 5
LINKS = 6
"""Links of a cell, as bits: to the cell before and behind along k, j, i."""
HELD_I, HELD_J, HELD_K = np.uint16(64), np.uint16(128), np.uint16(256)
"""Along which axes a vertex is held, as it lies on the border of the grid."""
CODE_SHIFT = np.uint16(4)
"""Codes are kept shifted: the six bits of the links are then where their step stands, in bytes."""
TO_K0, TO_K1, STEP_BYTES = 1 << 4, 2 << 4, 63 << 4
TO_J0, TO_J1, TO_I0, TO_I1 = np.uint16(4), np.uint16(8), np.uint16(16), np.uint16(32)
LAYERS_KEPT = 3


@kernel
def link_cells(active, first_cell, gaps, last_k, first, end, links, codes):  # type: ignore[no-untyped-def]
    """Write the linked cells of layers `first` … `end`: along j and i.

    `links` ``[v 4]`` names the cells at j − 1, j + 1, i − 1, i + 1 by twice their number, or by
    that of the gap of their layer if there is none; `codes` says which of the six links there are;
    along which axes to hold is added, and the code shifted.
    """
    layers, rows, width = active.shape
    for i in range(first, end):
        i0, i1 = max(i - 1, 0), min(i + 1, layers - 1)
        g0, g, g1 = gaps[i0], gaps[i], gaps[i1]
        for j in range(rows):
            j0, j1 = max(j - 1, 0), min(j + 1, rows - 1)
            held = HELD_I if i == 0 or i == layers - 1 else np.uint16(0)
            if j == 0 or j == rows - 1:
                held |= HELD_J
            cell = first_cell[i, j]
            c0, c1 = first_cell[i, j0], first_cell[i, j1]
            c2, c3 = first_cell[i0, j], first_cell[i1, j]
            for w in range(width):
                word = active[i, j, w]
                a0, a1 = active[i, j0, w], active[i, j1, w]
                a2, a3 = active[i0, j, w], active[i1, j, w]
                while word:
                    bit = np.uint64(lowest_bit(word))
                    word &= word - ONE
                    below = (ONE << bit) - ONE
                    code = codes[cell]
                    links[cell, 0] = 2 * (c0 + popcount(a0 & below) if code & TO_J0 else g)
                    links[cell, 1] = 2 * (c1 + popcount(a1 & below) if code & TO_J1 else g)
                    links[cell, 2] = 2 * (c2 + popcount(a2 & below) if code & TO_I0 else g0)
                    links[cell, 3] = 2 * (c3 + popcount(a3 & below) if code & TO_I1 else g1)
                    k = w * WORD + np.int64(bit)
                    code |= held | (HELD_K if k == 0 or k == last_k else np.uint16(0))
                    codes[cell] = code << CODE_SHIFT
                    cell += 1
                c0 += popcount(a0)
                c1 += popcount(a1)
                c2 += popcount(a2)
                c3 += popcount(a3)


@part
def relax_layer(  # type: ignore[no-untyped-def]
    before, here, behind, to, links, codes, keep, steps, bounds, first, end
):
    """Write the offsets of cells `first` … `end` of a layer, moved once.

    `before`, `here`, `behind` and `to` are the addresses at which the offset of number 0 would
    stand, for the layer before, the same (twice) and the next. `steps` are the steps
    for each set of links, and the weight of a link; `bounds` the least and the greatest
    offset for each set of axes held.
    """
    none = here + OFFSET_BYTES * (first - 1)
    for cell in range(first, end):
        at = OFFSET_BYTES * cell
        code = np.int64(load(codes + CODE_BYTES * cell, np.uint16(0)))
        own = here + at
        relax(
            own,
            own - OFFSET_BYTES if code & TO_K0 else none,
            own + OFFSET_BYTES if code & TO_K1 else none,
            links + LINK_BYTES * cell,
            here,
            before,
            behind,
            keep,
            steps + (code & STEP_BYTES),
            bounds + ((code >> 5) & BOUND_BYTES),
            to + at,
        )


@inlined
def stand_of(step, layer, steps, gaps, source, target, rooms, most):  # type: ignore[no-untyped-def]
    """Return where offset 0 of a layer would stand after a step: given, kept, or wanted."""
    if step == 0:
        return source
    if step == steps:
        return target
    room = LAYERS_KEPT * (step - 1) + layer % LAYERS_KEPT
    return rooms.ctypes.data + OFFSET_BYTES * (room * most - gaps[layer])


@kernel
def relax_layers(source, target, links, codes, gaps, keeps, steps, bounds, first, end):  # type: ignore[no-untyped-def]
    """Write to `target` the offsets of layers `first` … `end`, moved from `source` step by step.

    `gaps` are the numbers left out before each layer, and that behind the last; `keeps` the
    weight of a vertex's own offset in each step, `steps` ``[step 64 4]``.
    """
    layers, count = len(gaps) - 1, len(keeps)
    lowest, highest = max(first - count + 1, 0), min(end + count - 1, layers)
    most = 1
    for layer in range(max(lowest - 1, 0), min(highest + 1, layers)):
        most = max(most, gaps[layer + 1] - gaps[layer])
    rooms = np.zeros(LAYERS_KEPT * count * most * OFFSET_BYTES, np.uint8)
    given, wanted = source.ctypes.data, target.ctypes.data
    for front in range(first - count + 1, end + count - 1):
        for step in range(1, count + 1):
            layer, reach = front - step + 1, count - step
            if layer < max(first - reach, 0) or layer >= min(end + reach, layers):
                continue
            before, behind = max(layer - 1, 0), min(layer + 1, layers - 1)
            relax_layer(
                stand_of(step - 1, before, count, gaps, given, wanted, rooms, most),
                stand_of(step - 1, layer, count, gaps, given, wanted, rooms, most),
                stand_of(step - 1, behind, count, gaps, given, wanted, rooms, most),
                stand_of(step, layer, count, gaps, given, wanted, rooms, most),
                links.ctypes.data, codes.ctypes.data, keeps[step - 1],
                steps[step - 1].ctypes.data, bounds.ctypes.data,
                gaps[layer] + 1, gaps[layer + 1],
            )  # fmt: skip
