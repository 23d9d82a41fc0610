"""Fill a polygon with triangles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon

from shared.errors import InvalidValueError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def triangulate(
    region: Polygon | MultiPolygon,
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return points and triangles that fill a region exactly.

    A constrained Delaunay triangulation (Chew 1989, in GEOS): it adds no points, keeps
    every edge of the region (vertices within a straight side too) and has the largest
    small angles possible.

    Parameters
    ----------
    region
        Valid polygons, holes allowed. Where a region touches itself in a point, that
        point is used once.

    Returns
    -------
    points
        float64 ``[n 2]``, the region's vertices, ring by ring.
    triangles
        int32 ``[m 3]``, counter-clockwise.

    Raises
    ------
    InvalidValueError
        If the region is not valid.
    """
    if not region.is_valid:
        raise InvalidValueError(f"The region is not valid: {shapely.is_valid_reason(region)}.")
    rings = [
        shapely.get_coordinates(ring)[:-1]
        for polygon in shapely.get_parts(region)
        for ring in (polygon.exterior, *polygon.interiors)
    ]
    if not rings:
        return np.empty((0, 2)), np.empty((0, 3), np.int32)
    points = np.concatenate(rings)
    index = {(x, y): n for n, (x, y) in enumerate(points.tolist())}
    filled = shapely.constrained_delaunay_triangles(region)
    corners = shapely.get_coordinates(shapely.get_parts(filled)).reshape(-1, 4, 2)[:, :3]
    flat = [index[x, y] for x, y in corners.reshape(-1, 2).tolist()]
    triangles = np.array(flat, dtype=np.int32).reshape(-1, 3)
    across, along = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    clockwise = across[:, 0] * along[:, 1] - across[:, 1] * along[:, 0] < 0
    triangles[clockwise] = triangles[clockwise, ::-1]
    return points, triangles
