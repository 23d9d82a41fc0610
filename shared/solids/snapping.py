"""Bring a region to a grid, so that meshes made of it stay closed in float32."""

from __future__ import annotations

from collections import Counter
from typing import Final

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

from shared.errors import InvalidValueError

GRID: Final = 1e-4
"""Grid of region vertices, in the frame's unit: for a building 0.1 mm, finer than any
drawing is true, and coarser than float32 resolves within 800 m of the origin."""

PINCH_RADIUS: Final = 5
"""Half width, in grid steps, of the square taken out where a region touches itself in a
point: a solid over it would have an edge with four faces."""

SLIVER_AREA: Final = 25
"""Area in squares of the grid below which a piece of a region is dropped."""

_PINCH_ROUNDS: Final = 8


def snap(region: BaseGeometry, *, grid: float = GRID) -> MultiPolygon:
    """Return `region` as clean polygons: vertices on the grid, valid, no point contacts.

    Parameters
    ----------
    region
        Polygon, MultiPolygon or a collection of them; lines and points are dropped.
    grid
        Step of the grid, in the unit of the coordinates.

    Returns
    -------
    MultiPolygon
        Exterior rings counter-clockwise, holes clockwise; perhaps empty. No vertex
        occurs twice. Idempotent.

    Raises
    ------
    InvalidValueError
        If a coordinate is not finite.
    """
    if not np.isfinite(shapely.get_coordinates(region)).all():
        raise InvalidValueError("A region has finite coordinates.")
    if not region.is_valid:
        region = shapely.make_valid(region)
    snapped = _polygons(shapely.set_precision(region, grid), grid)
    for attempt in range(_PINCH_ROUNDS):
        pinches = pinch_points(snapped)
        if not pinches:
            break
        if attempt:
            snapped = _without_slits(snapped, grid)
        squares = [squares_around(point, grid) for point in pinch_points(snapped)]
        parted = shapely.difference(snapped, shapely.union_all(squares), grid_size=grid)
        snapped = _polygons(parted, grid)
    oriented = MultiPolygon([shapely.orient_polygons(polygon) for polygon in snapped.geoms])
    return shapely.set_precision(oriented, 0.0, mode="pointwise")  # later overlays are exact


def pinch_points(region: MultiPolygon) -> list[tuple[float, float]]:
    """Return the points where rings of a region touch each other or themselves."""
    counts = Counter(
        (float(x), float(y))
        for polygon in region.geoms
        for ring in (polygon.exterior, *polygon.interiors)
        for x, y in shapely.get_coordinates(ring)[:-1]
    )
    return sorted(point for point, count in counts.items() if count > 1)


def squares_around(point: tuple[float, float], grid: float) -> Polygon:
    """Return the square that parts the two sides of a point contact."""
    reach = PINCH_RADIUS * grid
    x, y = point
    return box(x - reach, y - reach, x + reach, y + reach)


def _without_slits(region: MultiPolygon, grid: float) -> MultiPolygon:
    """Return a region without its narrowest slits and fins (a closing, then an opening).

    Their two sides, one grid step apart, meet again wherever a line crosses them.
    """
    reach = PINCH_RADIUS * grid
    smooth: BaseGeometry = region
    for distance in (reach, -2 * reach, reach):
        smooth = smooth.buffer(distance, join_style="mitre")
    return _polygons(shapely.set_precision(smooth, grid), grid)


def _polygons(geometry: BaseGeometry, grid: float) -> MultiPolygon:
    parts = [
        part
        for piece in shapely.get_parts(geometry)
        for part in shapely.get_parts(piece)
        if part.geom_type == "Polygon" and part.area >= SLIVER_AREA * grid**2
    ]
    return MultiPolygon(parts)
