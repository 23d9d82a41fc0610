"""The pieces of a mask as runs of voxels: labelled, measured and painted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from shared.errors import InvalidValueError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.shapes import MaskArray, PointArray

ROW_SLACKS: Final = {6: (0, -1), 18: (1, 0), 26: (1, 1)}
"""By number of neighbors: whether runs of neighboring rows may meet diagonally (1 or 0).

First for rows a step along one axis apart, then for rows a step along both; −1 means that
such rows are no neighbors.
"""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pieces:
    """The connected pieces of a mask, by runs of voxels.

    Parameters
    ----------
    shape
        Of the mask.
    first_run
        int64 ``[i · j + 1]``: number of the first run of each row.
    starts, ends
        int32 ``[runs]``: first voxel of a run along its row, and the one after its last.
    piece
        int32 ``[runs]``: the piece 1 … n of each run.
    sizes, boxes, centroids
        As in `shared.filters.Components`.
    """

    shape: tuple[int, int, int]
    first_run: NDArray[np.int64]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    piece: NDArray[np.int32]
    sizes: NDArray[np.int64]
    boxes: NDArray[np.int64]
    centroids: PointArray

    @property
    def count(self) -> int:
        """Number of pieces."""
        return len(self.sizes) - 1

    def painted(self, paint: NDArray[Any]) -> NDArray[Any]:
        """Return ``[i j k]`` in which every piece has its entry of `paint` ``[n + 1]``."""
        from shared.filters.runs import paint_runs
        from shared.kernels import run_slabs

        found = np.zeros(self.shape, dtype=paint.dtype)
        paints = paint[self.piece]
        run_slabs(
            lambda first, end: paint_runs(
                self.first_run, self.starts, self.ends, paints, first, end, found
            ),
            self.shape[0],
        )
        return found

    def mask_of(self, keep: NDArray[np.bool_]) -> MaskArray:
        """Return the bool ``[i j k]`` of the pieces that `keep` ``[n + 1]`` names."""
        return self.painted(keep.view(np.uint8)).view(np.bool_)


def pieces_of(bits: NDArray[np.uint64], length: int, neighbors: int) -> Pieces:
    """Return the pieces of a mask given as bits (see `shared.bits`) of rows `length` long."""
    from shared.filters.runs import count_runs, number_pieces, unite_slab, unite_slabs
    from shared.kernels import run_slabs, slab_bounds

    slices, rows, _ = bits.shape
    if length > np.iinfo(np.int32).max:
        raise InvalidValueError("Rows of more than 2³¹ − 1 voxels are not supported.")
    counts = np.empty((slices, rows), dtype=np.int64)
    run_slabs(lambda first, end: count_runs(bits, first, end, counts), slices)
    first_run = np.zeros(slices * rows + 1, dtype=np.int64)
    np.cumsum(counts.reshape(-1), out=first_run[1:])
    if first_run[-1] > np.iinfo(np.int32).max:
        raise InvalidValueError("The mask is too torn: it has more than 2³¹ − 1 runs of voxels.")
    starts, ends, parents, piece = (np.empty(first_run[-1], dtype=np.int32) for _ in range(4))
    slacks = ROW_SLACKS[neighbors]
    run_slabs(
        lambda first, end: unite_slab(bits, first_run, slacks, first, end, starts, ends, parents),
        slices,
    )
    slabs = np.array([first for first, _ in slab_bounds(slices)])
    unite_slabs(slabs, bits, first_run, slacks, parents)
    count = int(np.count_nonzero(parents == np.arange(len(parents), dtype=np.int32)))
    records = np.zeros((count + 1, 10), dtype=np.int64)
    shape = (slices, rows, length)
    number_pieces(shape, first_run, starts, ends, parents, piece, records)
    sizes, boxes, centroids = _measures(shape, records)
    return Pieces(
        shape=shape, first_run=first_run, starts=starts, ends=ends, piece=piece,
        sizes=sizes, boxes=boxes, centroids=centroids,
    )  # fmt: skip


def _measures(
    shape: tuple[int, int, int], records: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], PointArray]:
    """Return sizes, boxes and centroids; entry 0, the background, is what is left."""
    voxels = int(np.prod(shape))
    records[0, 0] = voxels - records[1:, 0].sum()
    for axis, length in enumerate(shape):
        whole = voxels // length * (length * (length - 1) // 2)
        records[0, 1 + axis] = whole - records[1:, 1 + axis].sum()
        records[0, 4 + 2 * axis : 6 + 2 * axis] = 0, length
    sizes = np.ascontiguousarray(records[:, 0])
    centroids = np.empty((len(records), 3))
    for axis in range(3):
        np.divide(records[:, 1 + axis], np.maximum(sizes, 1), out=centroids[:, axis])
    return sizes, records[:, 4:].reshape(-1, 3, 2), centroids
