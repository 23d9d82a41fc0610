"""Columns: compact pieces of section that stand free of the walls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon

from architecture.plan import Column
from architecture.understanding.regions import polygons_of, union

__all__ = ["columns_of", "is_compact", "part_columns", "part_strays"]

COLUMN_SIDES_M: Final = (0.08, 1.3)
"""Shortest and longest side of a column."""
COLUMN_RATIO: Final = 2.6
"""A longer piece is a wall."""
ENCLOSED_M2: Final = 4.0
"""A piece that encloses this much is part of a building."""
NEAR_M: Final = 1.0
"""Loose pieces this near belong to the plan."""
LONG_SHARE: Final = 0.25
"""Loose pieces longer than this share of the plan belong to it, wherever they stand."""
COLUMN_FULLNESS: Final = 0.3
"""A column fills at least this share of the rectangle around it (a cross fills 0.36)."""


def is_compact(area: Polygon) -> bool:
    """Whether an area has the size and proportions of a column."""
    corners = np.asarray(area.minimum_rotated_rectangle.exterior.coords)
    if len(corners) < 4:
        return False
    sides = sorted(float(np.hypot(*(corners[i + 1] - corners[i]))) for i in (0, 1))
    return bool(
        COLUMN_SIDES_M[0] <= sides[0]
        and sides[1] <= COLUMN_SIDES_M[1]
        and sides[1] <= COLUMN_RATIO * sides[0]
        and area.area >= COLUMN_FULLNESS * sides[0] * sides[1]
    )


def part_columns(body: MultiPolygon) -> tuple[MultiPolygon, list[Polygon]]:
    """Return the wall body and the columns apart: compact pieces that touch no wall."""
    pieces = polygons_of(body)
    columns = [is_compact(piece) for piece in pieces]
    walls = [piece for piece, column in zip(pieces, columns, strict=True) if not column]
    return MultiPolygon(walls), [p for p, column in zip(pieces, columns, strict=True) if column]


def part_strays(body: MultiPolygon, *, loose_m: float = 0.0) -> tuple[MultiPolygon, list[Polygon]]:
    """Return the walls of the plan and what stands aside of it: details, symbols, specks.

    Pieces that enclose floor are the plan; others belong to it if they stand inside or
    near it, or are as long as a wall of it may be.

    Parameters
    ----------
    body
        Wall section.
    loose_m
        Pieces inside the plan that touch no wall and are shorter than this are furniture.
    """
    pieces = polygons_of(body)
    hulls = [Polygon(piece.exterior) for piece in pieces]
    closed = [
        hull.area - piece.area > ENCLOSED_M2 for hull, piece in zip(hulls, pieces, strict=True)
    ]
    if not any(closed):
        return body, []
    home = union([h for h, c in zip(hulls, closed, strict=True) if c])
    reach = LONG_SHARE * max(_extent(h) for h, c in zip(hulls, closed, strict=True) if c)
    near = home.convex_hull.buffer(NEAR_M)
    kept: list[Polygon] = []
    strays: list[Polygon] = []
    for piece, is_closed in zip(pieces, closed, strict=True):
        inside = near.intersects(piece) and _extent(piece) > loose_m
        belongs = is_closed or inside or _extent(piece) > reach
        (kept if belongs else strays).append(piece)
    return MultiPolygon(kept), strays


def _extent(area: Polygon) -> float:
    x0, y0, x1, y1 = area.bounds
    return float(np.hypot(x1 - x0, y1 - y0))


def columns_of(areas: Sequence[Polygon]) -> tuple[Column, ...]:
    """Return numbered columns."""
    return tuple(
        Column(id=f"column_{number}", footprint=shapely.set_precision(area, 1e-6))
        for number, area in enumerate(areas, start=1)
    )
