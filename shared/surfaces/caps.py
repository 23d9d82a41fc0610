"""Caps: where the border of the grid, not the anatomy, ends a body."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from shared.affine import Affine
from shared.surfaces.isosurface import isosurface

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.shapes import MaskArray
    from shared.volume import Volume


@dataclass(frozen=True, slots=True, kw_only=True)
class BorderCap:
    """The part of a body's surface that lies on one border of the grid.

    Parameters
    ----------
    axis
        Array axis that the border closes: 0, 1 or 2.
    at_end
        Whether it is the border of the last index (True) or of index 0 (False).
    area_mm2
        Area of the inside on the border, within the level's contour.
    centroid
        World position of the middle of that area, in the frame's unit.
    outward
        Unit vector in world, out of the grid, at right angles to the border.
    """

    axis: int
    at_end: bool
    area_mm2: float
    centroid: tuple[float, float, float]
    outward: tuple[float, float, float]


def border_caps(
    volume: Volume, level: float, *, mask: MaskArray | None = None
) -> tuple[BorderCap, ...]:
    """Return the caps with which `isosurface` closes a body at the border of the grid.

    Each border layer is contoured by the rule of the isosurface itself, so the areas are
    those of its caps, at the precision of the contour and not of whole voxels.

    Parameters
    ----------
    volume, level, mask
        As given to `shared.surfaces.isosurface`.

    Returns
    -------
    tuple of BorderCap
        One for each of the six borders that the inside touches, by axis, first end first.
    """
    caps = []
    for axis in range(3):
        for at_end in (False, True):
            vectors, centers = _border_triangles(volume, level, mask, axis, at_end)
            outward = _outward(volume.affine, axis, at_end)
            areas = vectors @ outward
            facing = areas > 0.0
            area = float(areas[facing].sum())
            if area > 0.0:
                center = areas[facing] @ centers[facing] / area
                caps.append(
                    BorderCap(
                        axis=axis,
                        at_end=at_end,
                        area_mm2=area * volume.frame.to_mm(1.0) ** 2,
                        centroid=_triple(center),
                        outward=_triple(outward),
                    )
                )
    return tuple(caps)


def _border_triangles(
    volume: Volume, level: float, mask: MaskArray | None, axis: int, at_end: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return area vectors and centers ``[f 3]`` of the surface of one border layer alone."""
    index = volume.shape[axis] - 1 if at_end else 0
    layer = tuple(slice(index, index + 1) if n == axis else slice(None) for n in range(3))
    matrix = np.array(volume.affine.matrix)
    matrix[:3, 3] += index * matrix[:3, axis]
    thin = replace(volume, values=volume.values[layer], affine=Affine(matrix))
    mesh = isosurface(thin, level, mask=None if mask is None else mask[layer]).on_host()
    corners = mesh.vertices.astype(np.float64)[mesh.faces]
    vectors = 0.5 * np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return vectors, corners.mean(axis=1)


def _outward(affine: Affine, axis: int, at_end: bool) -> NDArray[np.float64]:
    """Return the unit normal of a border in world, out of the grid."""
    columns = affine.matrix[:3, :3]
    normal = np.cross(columns[:, (axis + 1) % 3], columns[:, (axis + 2) % 3])
    away = normal * np.sign(normal @ columns[:, axis]) / np.linalg.norm(normal)
    return np.asarray(away if at_end else -away, dtype=np.float64)


def _triple(vector: NDArray[np.float64]) -> tuple[float, float, float]:
    x, y, z = (float(part) for part in vector)
    return x, y, z
