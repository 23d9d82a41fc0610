"""Flooding: how high the water must stand for each voxel to be reached from the seeds.

A voxel's flooding level is the lowest number such that a path of face neighbors, none
above that number, joins it to a seed. All regions that region growing would give, one for
each threshold, follow from one pass (Salembier, Oliveras, Garrido: Antiextensive connected
operators, IEEE TIP 7, 1998, doi:10.1109/83.663500, for the tree behind it).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.shapes import MaskArray

DRY: Final = np.iinfo(np.int16).max
"""Level of what was not reached."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flood:
    """Flooding levels from seeds.

    Parameters
    ----------
    levels
        int16 ``[i j k]``; `DRY` where the flood did not come.
    counts
        int64: how many voxels were reached at each level, from `low` on.
    low
        Level of the first count: what is lower counts as this.
    """

    levels: NDArray[np.int16]
    counts: NDArray[np.int64]
    low: int

    def reached(self, level: int) -> MaskArray:
        """Return the voxels that a flood of `level` reaches, bool ``[i j k]``."""
        return np.asarray(self.levels <= level)

    def volume(self, level: int) -> int:
        """Return how many voxels a flood of `level` reaches."""
        return int(self.counts[: max(0, level - self.low + 1)].sum())


def flood(values: NDArray[Any], seeds: MaskArray, *, low: int, high: int, most: int) -> Flood:
    """Flood `values` from `seeds`, level by level, up to `high` or until `most` voxels are wet.

    Parameters
    ----------
    values
        int16 ``[i j k]``.
    seeds
        bool ``[i j k]``; those above `high` are none.
    low, high
        Levels told apart: what is lower than `low` counts as `low`.
    most
        Number of voxels at which the flood ends, unfinished at its last level.
    """
    levels = np.full(values.shape, DRY, dtype=np.int16)
    counts = np.zeros(high - low + 1, dtype=np.int64)
    starts = np.flatnonzero(seeds)
    _flood(np.ascontiguousarray(values, dtype=np.int16), starts, low, high, most, levels, counts)
    return Flood(levels=levels, counts=counts, low=low)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]
def _flood(values, starts, low, high, most, levels, counts):  # type: ignore[no-untyped-def]
    """Take voxels from the lowest bucket first; each goes into the bucket of its level once."""
    size_i, size_j, size_k = values.shape
    plane = size_j * size_k
    flat, wet = values.reshape(-1), levels.reshape(-1)
    heads = np.full(len(counts), -1, np.int64)
    voxels = np.empty(1 << 16, np.int64)
    following = np.empty(1 << 16, np.int64)
    used = 0
    free = -1
    steps = np.array([plane, -plane, size_k, -size_k, 1, -1])
    for start in starts:
        if flat[start] > high:
            continue
        bucket = max(0, flat[start] - low)
        wet[start] = low + bucket
        if used == len(voxels):
            voxels, following = _doubled(voxels), _doubled(following)
        voxels[used], following[used] = start, heads[bucket]
        heads[bucket] = used
        used += 1
    total = 0
    for bucket in range(len(counts)):
        while heads[bucket] >= 0:
            entry = heads[bucket]
            heads[bucket] = following[entry]
            following[entry] = free
            free = entry
            voxel = voxels[entry]
            counts[bucket] += 1
            total += 1
            if total >= most:
                return
            i, rest = voxel // plane, voxel % plane
            j, k = rest // size_k, rest % size_k
            inside = (i + 1 < size_i, i > 0, j + 1 < size_j, j > 0, k + 1 < size_k, k > 0)
            for n in range(6):
                if not inside[n]:
                    continue
                other = voxel + steps[n]
                if wet[other] != DRY or flat[other] > high:
                    continue
                into = max(bucket, flat[other] - low)
                wet[other] = low + into
                if free >= 0:
                    place = free
                    free = following[place]
                else:
                    if used == len(voxels):
                        voxels, following = _doubled(voxels), _doubled(following)
                    place = used
                    used += 1
                voxels[place], following[place] = other, heads[into]
                heads[into] = place


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]
def _doubled(numbers):  # type: ignore[no-untyped-def]
    longer = np.empty(2 * len(numbers), numbers.dtype)
    longer[: len(numbers)] = numbers
    return longer
