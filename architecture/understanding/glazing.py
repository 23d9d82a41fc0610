"""Glazed walls: glazing that stands clear of the walls, as a thin wall of its own.

A curtain wall or a glass partition is drawn as one line, as two close together, or as a
row of panes and mullions. Glazing inside openings, and sills before them, are none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import shapely
from shapely.geometry import LineString, MultiPolygon
from shapely.geometry.base import BaseGeometry

from architecture.understanding.regions import grown, joined, polygons_of, tidy
from shared.solids.planar import union

__all__ = ["clear_glazing", "glazed_walls", "glazing_lines"]

GLASS_M: Final = 0.01
"""Half the thickness given to glazing lines."""
LEAST_HALF_M: Final = 0.025
"""Half the thickness of a glazed wall drawn as one line."""
MERGED_M: Final = 0.06
"""Panes, frames and mullions nearer than twice this are one wall."""
SILL_M: Final = 0.25
"""What runs along a wall this close is a sill or a shutter."""
CLEAR_SHARE: Final = 0.4
"""A glazed wall stands clear of the walls by this share of its area."""
SHORTEST_M: Final = 0.6
"""Shorter glazing is a display case or a symbol."""
THICKEST_M: Final = 0.4
"""Wider glazing is a skylight or furniture."""
NEAR_M: Final = 0.02
"""Glazing this close to a wall lies on it."""
TIDY_M: Final = 0.002
"""Cracks narrower than twice this are drawing noise."""


def glazing_lines(lines: Sequence[LineString]) -> list[BaseGeometry]:
    """Return lines of glazing as thin areas."""
    return [line.buffer(GLASS_M, cap_style="flat", join_style="mitre") for line in lines]


def glazed_walls(glass: Sequence[BaseGeometry], body: MultiPolygon) -> MultiPolygon:
    """Return glazed walls: elongated glazing clear of the wall body, up to where it meets it.

    Parameters
    ----------
    glass
        Glazing as thin areas.
    body
        Walls with their openings filled in.
    """
    shapely.prepare(body)
    clear = [part for part in glass if not body.contains(part)]
    if not clear:
        return MultiPolygon()
    merged = grown(grown(union(clear), MERGED_M), LEAST_HALF_M - GLASS_M - MERGED_M)
    beside = body.buffer(SILL_M)
    found = []
    for part in polygons_of(merged):
        if part.difference(beside).area < CLEAR_SHARE * part.area:
            continue
        x0, y0, x1, y1 = part.bounds
        thick = not part.buffer(-THICKEST_M / 2).is_empty
        if max(x1 - x0, y1 - y0) >= SHORTEST_M and not thick:
            found.append(part.difference(body))
    return tidy(joined(found), tolerance_m=TIDY_M) if found else MultiPolygon()


def clear_glazing(glass: Sequence[BaseGeometry], body: MultiPolygon) -> list[BaseGeometry]:
    """Return the glazing that stands clear of the walls, up to where it meets them."""
    if not glass:
        return []
    near = body.buffer(NEAR_M)
    shapely.prepare(near)
    rests = [(part, part.difference(near)) for part in glass if not near.contains(part)]
    return [part.intersection(rest.buffer(2 * NEAR_M)) for part, rest in rests if not rest.is_empty]
