"""Overlap: which solids of a scene claim the same space."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from shared.meshing.measure import MM3_PER_M3, MM3_PER_ML
from shared.solids.boolean import solid_of

if TYPE_CHECKING:
    from shared.mesh import Mesh

TOUCHING_SHARE: Final = 1e-3
"""Share of the smaller solid below which a common volume is taken for touching: float32
coordinates of two walls that meet differ by micrometres."""
INSIDE_SHARE: Final = 0.999
"""Share of the smaller solid above which it is said to lie inside the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Two solids that share space.

    Parameters
    ----------
    smaller, larger
        Places in the sequence of meshes; `smaller` has the smaller volume.
    volume_ml
        What they share.
    share
        That volume over the volume of the smaller one.
    """

    smaller: int
    larger: int
    volume_ml: float
    share: float

    @property
    def volume_m3(self) -> float:
        """The shared volume in cubic metres."""
        return self.volume_ml * MM3_PER_ML / MM3_PER_M3

    @property
    def inside(self) -> bool:
        """Whether the smaller solid lies in the larger one whole."""
        return self.share >= INSIDE_SHARE


def overlaps(meshes: Sequence[Mesh]) -> tuple[Overlap, ...]:
    """Return every two of `meshes` that share more than a touch, in order.

    Parameters
    ----------
    meshes
        Closed, outward 2-manifolds in one frame.

    Raises
    ------
    InvalidValueError
        If one is no closed manifold.

    Notes
    -----
    Bounding boxes choose the candidates; manifold3d intersects them.
    """
    solids: dict[int, Any] = {}

    def solid(number: int) -> Any:
        if number not in solids:
            solids[number] = solid_of(meshes[number])
        return solids[number]

    found = []
    for first, second in _box_pairs(meshes):
        common = (solid(first) ^ solid(second)).volume()
        volumes = solid(first).volume(), solid(second).volume()
        share = common / min(volumes) if min(volumes) > 0.0 else 0.0
        if share > TOUCHING_SHARE:
            smaller, larger = (first, second) if volumes[0] <= volumes[1] else (second, first)
            volume_ml = common * meshes[first].frame.to_mm(1.0) ** 3 / MM3_PER_ML
            found.append(Overlap(smaller=smaller, larger=larger, volume_ml=volume_ml, share=share))
    return tuple(found)


def _box_pairs(meshes: Sequence[Mesh]) -> Iterator[tuple[int, int]]:
    """Yield the pairs whose bounding boxes share more than a face."""
    if len(meshes) < 2:
        return
    boxes = np.array([mesh.bounds() for mesh in meshes])
    low, high = boxes[:, 0], boxes[:, 1]
    for first in range(len(meshes) - 1):
        later = slice(first + 1, None)
        meets = ((low[later] < high[first]) & (high[later] > low[first])).all(axis=1)
        for second in np.flatnonzero(meets):
            yield first, first + 1 + int(second)
