"""A coarse view of a volume, on which the body is told from what lies around it.

Couches, holders and bodies differ over millimetres to centimetres, so a grid of about
2 mm is enough to tell them apart, and a few times faster than the scan's own. Surfaces
are never taken from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.shapes import FieldArray, LabelArray
    from shared.volume import Volume

COARSE_STEP_MM: Final = 2.0
"""Spacing aimed at: half the thickness of an ear, a third of that of a couch top."""

Spacing = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoarseGrid:
    """Means over blocks of voxels.

    Parameters
    ----------
    values
        float32 ``[I J K]``, the mean of each block; the last ones may be cut short.
    factors
        Voxels of the volume in a block, along each array axis.
    spacing_mm
        Size of a block along each array axis.
    shape
        Of the volume ``[i j k]``.
    """

    values: NDArray[np.float32]
    factors: tuple[int, int, int]
    spacing_mm: Spacing
    shape: tuple[int, int, int]

    @property
    def block_ml(self) -> float:
        """Volume of a block in millilitres."""
        return float(np.prod(self.spacing_mm)) * 1e-3


def spread(
    labels: LabelArray, factors: tuple[int, int, int], shape: tuple[int, int, int]
) -> LabelArray:
    """Return ``[i j k]`` of `shape` whose every voxel has the value of its block."""
    voxels = np.asarray(labels)
    for axis, factor in enumerate(factors):
        if factor > 1:
            voxels = np.repeat(voxels, factor, axis=axis)
    return voxels[: shape[0], : shape[1], : shape[2]]


def coarsen(volume: Volume, *, step_mm: float = COARSE_STEP_MM) -> CoarseGrid:
    """Return block means of `volume` on a grid of about `step_mm`, never finer than it is.

    Values that are not finite count as −1000 (air), so that padding stays outside.
    """
    from shared.kernels import run_slabs

    factors = tuple(max(1, round(step_mm / step)) for step in volume.spacing_mm)
    shape = tuple(-(-n // f) for n, f in zip(volume.shape, factors, strict=True))
    means = np.empty(shape, dtype=np.float32)
    values = _native(volume.values)
    from medical.segmenters.kernels import block_means

    i, j, k = factors
    run_slabs(lambda first, end: block_means(values, i, j, k, first, end, means), shape[0])
    step_i, step_j, step_k = (s * f for s, f in zip(volume.spacing_mm, factors, strict=True))
    return CoarseGrid(
        values=means, factors=(i, j, k), spacing_mm=(step_i, step_j, step_k), shape=volume.shape
    )


def _native(values: FieldArray) -> FieldArray:
    if values.dtype.kind == "b":
        return values.view(np.uint8)
    if values.dtype.kind == "f" and values.dtype.itemsize not in (4, 8):
        return values.astype(np.float32)
    return values.astype(values.dtype.newbyteorder("="), copy=False)
