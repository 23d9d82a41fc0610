"""Kernels of label surfaces, second pass: vertices smoothed within their cells.

Each cell's vertex is linked to those of the up to six cells beside it through whose
common face a border runs. Relaxation moves every vertex towards the mean of its links,
all at once, and clips it to its cell (Gibson, Constrained Elastic Surface Nets, MICCAI
1998, doi:10.1007/BFb0056277). Where three labels or more meet, a vertex is linked only
along the curve on which they meet, so that such curves are smoothed as curves and
are not drawn into one of the surfaces that end there.

Positions are kept as offsets from the middles of the cells, in voxel steps, four numbers
each (the fourth is 0), and one more offset of zeros stands in for links that are not there.
"""

from __future__ import annotations

import numpy as np

from shared.kernels import inlined, kernel
from shared.surfaces.label_cells import (
    LAST_BIT,
    ONE,
    WORD,
    case_of_label,
    corner_labels,
    other_label,
)
from shared.surfaces.lanes import relax
from shared.words import lowest_bit, popcount

OFFSET_BYTES = 16
LINKS = 6
"""Links of a cell, as bits: to the cell before and behind along k, j, i."""
FREE_BITS = np.uint16(63)
HELD_I, HELD_J, HELD_K = np.uint16(64), np.uint16(128), np.uint16(256)
"""Along which axes a vertex is held, as it lies on the border of the grid."""


@inlined
def several_labels(corners, a, b, c, d):  # type: ignore[no-untyped-def]
    """Return whether three labels or more meet in a face of a cell."""
    a, b, c, d = corners[a], corners[b], corners[c], corners[d]
    others = np.int64(b != a)
    others += np.int64(c != a and c != b)
    others += np.int64(d != a and d != b and d != c)
    return others >= 2


@inlined
def curve_links(corners):  # type: ignore[no-untyped-def]
    """Return the links of a cell through faces in which three labels or more meet."""
    links = np.uint16(several_labels(corners, 0, 2, 4, 6))
    links |= np.uint16(several_labels(corners, 1, 3, 5, 7)) << np.uint16(1)
    links |= np.uint16(several_labels(corners, 0, 1, 4, 5)) << np.uint16(2)
    links |= np.uint16(several_labels(corners, 2, 3, 6, 7)) << np.uint16(3)
    links |= np.uint16(several_labels(corners, 0, 1, 2, 3)) << np.uint16(4)
    links |= np.uint16(several_labels(corners, 4, 5, 6, 7)) << np.uint16(5)
    return links


@inlined
def links_of_cell(at, row_bytes, slice_bytes, item, corners, faces):  # type: ignore[no-untyped-def]
    """Return the links of a cell among its cut `faces`."""
    corner_labels(at, row_bytes, slice_bytes, item, corners)
    if other_label(corners, case_of_label(corners, corners[0])) < 0:
        along_curve = faces & curve_links(corners)
        if along_curve & (along_curve - np.uint16(1)):
            return along_curve
    return faces


@inlined
def faces_across(cuts, i, j, w):  # type: ignore[no-untyped-def]
    """Return which cells of a word have a cut face towards k − 1 (first bit) and k + 1."""
    here = cuts[1, i, j, w] | cuts[1, i + 1, j, w] | cuts[0, i, j, w]
    following = np.uint64(0)
    if w + 1 < cuts.shape[3]:
        following = cuts[1, i, j, w + 1] | cuts[1, i + 1, j, w + 1] | cuts[0, i, j, w + 1]
    return here, (here >> ONE) | (following << LAST_BIT)


@inlined
def faces_along_j(cuts, i, j, w):  # type: ignore[no-untyped-def]
    """Return which cells of a word have a cut face towards j − 1."""
    return cuts[2, i, j, w] | cuts[2, i + 1, j, w] | cuts[0, i, j, w]


@inlined
def faces_along_i(cuts, i, j, w):  # type: ignore[no-untyped-def]
    """Return which cells of a word have a cut face towards i − 1."""
    return cuts[2, i, j, w] | cuts[2, i, j + 1, w] | cuts[1, i, j, w]


@kernel
def link_cells(  # type: ignore[no-untyped-def]
    address, shape, item, cuts, active, first_cell, cells, last_k, first, end, links, codes
):
    """Write the linked cells of layers `first` … `end`: along j and i, and which there are.

    `links` ``[v 4]`` names the cells at j − 1, j + 1, i − 1, i + 1, or `cells` if there is
    none; `codes` ``[v]`` says which of the six there are and along which axes to hold.
    """
    layers, rows, width = active.shape
    row_bytes = shape[2] * item
    slice_bytes = shape[1] * row_bytes
    corners = np.empty(8, np.int64)
    for i in range(first, end):
        i0, i1 = max(i - 1, 0), min(i + 1, layers - 1)
        for j in range(rows):
            j0, j1 = max(j - 1, 0), min(j + 1, rows - 1)
            row = address + i * slice_bytes + j * row_bytes
            held = np.uint16(0)
            if i == 0 or i == layers - 1:
                held |= HELD_I
            if j == 0 or j == rows - 1:
                held |= HELD_J
            cell = first_cell[i, j]
            c0, c1 = first_cell[i, j0], first_cell[i, j1]
            c2, c3 = first_cell[i0, j], first_cell[i1, j]
            for w in range(width):
                word = active[i, j, w]
                a0, a1 = active[i, j0, w], active[i, j1, w]
                a2, a3 = active[i0, j, w], active[i1, j, w]
                if word:
                    k0, k1 = faces_across(cuts, i, j, w)
                    f0, f1 = faces_along_j(cuts, i, j, w), faces_along_j(cuts, i, j + 1, w)
                    f2, f3 = faces_along_i(cuts, i, j, w), faces_along_i(cuts, i + 1, j, w)
                left = word
                while left:
                    bit = np.uint64(lowest_bit(left))
                    k = w * WORD + np.int64(bit)
                    faces = np.uint16(
                        ((k0 >> bit) & ONE)
                        | ((k1 >> bit) & ONE) << np.uint64(1)
                        | ((f0 >> bit) & ONE) << np.uint64(2)
                        | ((f1 >> bit) & ONE) << np.uint64(3)
                        | ((f2 >> bit) & ONE) << np.uint64(4)
                        | ((f3 >> bit) & ONE) << np.uint64(5)
                    )
                    code = links_of_cell(
                        row + k * item, row_bytes, slice_bytes, item, corners, faces
                    )
                    below = (ONE << bit) - ONE
                    links[cell, 0] = c0 + popcount(a0 & below) if code & np.uint16(4) else cells
                    links[cell, 1] = c1 + popcount(a1 & below) if code & np.uint16(8) else cells
                    links[cell, 2] = c2 + popcount(a2 & below) if code & np.uint16(16) else cells
                    links[cell, 3] = c3 + popcount(a3 & below) if code & np.uint16(32) else cells
                    codes[cell] = code | held | (HELD_K if k == 0 or k == last_k else np.uint16(0))
                    cell += 1
                    left &= left - ONE
                c0 += popcount(a0)
                c1 += popcount(a1)
                c2 += popcount(a2)
                c3 += popcount(a3)


@kernel
def relax_cells(source, target, links, codes, keep, steps, bounds, first, end):  # type: ignore[no-untyped-def]
    """Write to `target` the offsets of vertices `first` … `end`, moved once from `source`.

    `steps` ``[64 4]`` are the steps for each set of links, and the weight of a link;
    `bounds` ``[8 2 4]`` the least and the greatest offset for each set of axes held.
    """
    base, place = source.ctypes.data, target.ctypes.data
    none = base + OFFSET_BYTES * links_end(source)
    step_base, bound_base = steps.ctypes.data, bounds.ctypes.data
    for cell in range(first, end):
        code = codes[cell]
        own = base + OFFSET_BYTES * cell
        which = np.int64(code & FREE_BITS)
        limit = bound_base + 2 * OFFSET_BYTES * np.int64(code >> np.uint16(LINKS))
        relax(
            own,
            own - OFFSET_BYTES if which & 1 else none,
            own + OFFSET_BYTES if which & 2 else none,
            base + OFFSET_BYTES * links[cell, 0],
            base + OFFSET_BYTES * links[cell, 1],
            base + OFFSET_BYTES * links[cell, 2],
            base + OFFSET_BYTES * links[cell, 3],
            keep,
            step_base + OFFSET_BYTES * which,
            limit,
            limit + OFFSET_BYTES,
            place + OFFSET_BYTES * cell,
        )


@inlined
def links_end(offsets):  # type: ignore[no-untyped-def]
    """Return the place of the offset that stands in for links that are not there."""
    return offsets.shape[0] - 1
