"""Small operations on areas: parts, tidying, how thick they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from shared.solids.planar import union

__all__ = ["joined", "polygons_of", "thickness_of", "thin_shares", "tidy"]

SLIVER_M2: Final = 1e-6
"""Smaller polygons are rounding."""
MITRE_LIMIT: Final = 3.0
"""Corners sharper than this are cut when an area is grown."""


def polygons_of(area: BaseGeometry) -> list[Polygon]:
    """Return the polygons of any geometry, slivers left out."""
    if area.is_empty:
        return []
    if isinstance(area, Polygon):
        return [area] if area.area > SLIVER_M2 else []
    return [p for p in shapely.get_parts(area) for p in polygons_of(p)] if _nested(area) else []


def _nested(area: BaseGeometry) -> bool:
    return hasattr(area, "geoms")


def joined(areas: Iterable[BaseGeometry]) -> MultiPolygon:
    """Return the union of areas as one multipolygon."""
    return MultiPolygon(polygons_of(union(shapely.make_valid(a) for a in areas)))


def grown(area: BaseGeometry, distance_m: float) -> BaseGeometry:
    """Return the area grown (or shrunk, if negative) with sharp corners kept."""
    return area.buffer(distance_m, join_style="mitre", mitre_limit=MITRE_LIMIT)


def tidy(area: BaseGeometry, *, tolerance_m: float) -> MultiPolygon:
    """Return the area with cracks and hairs narrower than twice the tolerance gone."""
    closed = grown(grown(grown(area, tolerance_m), -2 * tolerance_m), tolerance_m)
    return MultiPolygon(polygons_of(closed.simplify(tolerance_m / 10)))


def thin_shares(areas: Sequence[Polygon], thickness_m: float) -> NDArray[np.float64]:
    """Return the share of each area no wider than `thickness_m`: 1 a wall, 0 a hall."""
    polygons = np.asarray(areas, dtype=object)
    if not len(polygons):
        return np.empty(0)
    radius = thickness_m / 2
    cores = shapely.buffer(polygons, -radius, quad_segs=4)
    size = np.maximum(shapely.area(polygons), SLIVER_M2)
    return np.asarray(1.0 - np.minimum(1.0, shapely.area(shapely.buffer(cores, radius)) / size))


def thickness_of(area: Polygon) -> float:
    """Return the mean thickness of an elongated area, metres (2 · area / perimeter)."""
    return float(2.0 * area.area / area.length) if area.length else 0.0
