"""Columns: compact pieces of section that stand free of the walls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.strtree import STRtree

from architecture.plan import Column
from architecture.understanding.regions import polygons_of
from shared.solids.planar import union

__all__ = ["columns_of", "is_compact", "part_columns", "part_strays"]

COLUMN_SIDES_M: Final = (0.08, 1.3)
"""Shortest and longest side of a column."""
COLUMN_RATIO: Final = 2.6
"""A longer piece is a wall."""
ENCLOSED_M2: Final = 4.0
"""A piece that encloses this much is part of a building."""
NEAR_M: Final = 1.0
"""Loose pieces this near belong to the plan."""
RECTANGLE_SHARE: Final = 0.98
"""A frame fills the rectangle around it."""
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


def part_strays(
    body: MultiPolygon, *, loose_m: float = 0.0, openings: Sequence[Polygon] = ()
) -> tuple[MultiPolygon, list[Polygon]]:
    """Return the walls of the plan and what stands aside of it: details, symbols, frames.

    Pieces that enclose floor are the plan; others belong to it if they stand inside or
    near it, or are as long as a wall of it may be.

    Parameters
    ----------
    body
        Wall section.
    loose_m
        Where no layer says what is a wall, pieces inside the plan that touch no wall and
        are shorter than this are furniture, and a rectangle around the plan without any
        opening is the frame of the sheet. 0 where layers say.
    openings
        Pieces of wall that doors and windows take out.
    """
    pieces = polygons_of(body)
    hulls = [Polygon(piece.exterior) for piece in pieces]
    pairs = list(zip(hulls, pieces, strict=True))
    closed = [hull.area - piece.area > ENCLOSED_M2 for hull, piece in pairs]
    frames = _frames(pieces, hulls, closed, openings) if loose_m else set()
    home = [h for i, h in enumerate(hulls) if closed[i] and i not in frames]
    if not home:
        return body, []
    reach = LONG_SHARE * max(_extent(h) for h in home)
    near = union(home).convex_hull.buffer(NEAR_M)
    kept: list[Polygon] = []
    strays: list[Polygon] = []
    for i, piece in enumerate(pieces):
        inside = near.intersects(piece) and _extent(piece) > loose_m
        belongs = closed[i] or inside or _extent(piece) > reach
        (kept if belongs and i not in frames else strays).append(piece)
    return MultiPolygon(kept), strays


def _frames(
    pieces: Sequence[Polygon],
    hulls: Sequence[Polygon],
    closed: Sequence[bool],
    openings: Sequence[Polygon],
) -> set[int]:
    """Return the pieces that are rectangles around a building, without any opening."""
    tree = STRtree(list(openings))
    found = set()
    for i, hull in enumerate(hulls):
        box = hull.minimum_rotated_rectangle
        if not closed[i] or hull.area < RECTANGLE_SHARE * box.area:
            continue
        if len(tree.query(pieces[i], predicate="dwithin", distance=0.01)):
            continue
        shapely.prepare(hull)
        if any(closed[k] and hull.contains_properly(h) for k, h in enumerate(hulls) if k != i):
            found.add(i)
    return found


def _extent(area: Polygon) -> float:
    x0, y0, x1, y1 = area.bounds
    return float(np.hypot(x1 - x0, y1 - y0))


def columns_of(areas: Sequence[Polygon]) -> tuple[Column, ...]:
    """Return numbered columns."""
    return tuple(
        Column(id=f"column_{number}", footprint=shapely.set_precision(area, 1e-6))
        for number, area in enumerate(areas, start=1)
    )
