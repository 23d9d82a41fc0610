"""Storeys drawn beside each other, brought over each other by their walls.

Corners of one storey's walls that come to lie on like corners of the other's vote for the
shift between them (a Hough transform: Ballard 1981). The shift under which most wall lies
on wall wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

from architecture.drawing import Point

__all__ = ["Alignment", "align_walls"]

BIN_M: Final = 0.05
"""Votes this near to each other are for one shift: drafters copy storeys exactly, yet walls
differ in thickness."""
EXACT_M: Final = 1e-3
"""Storeys that were copied agree to this."""
TRIED: Final = 24
"""So many shifts with the most votes are tried."""
MOST_CORNERS: Final = 400
"""Of more corners, those at the longest walls vote."""
SAME_WAY_COSINE: Final = 0.999
"""Like corners turn from and into like directions (2.6°)."""
STRAIGHT_SINE: Final = 0.1
"""A point where the outline turns less is no corner."""

Vectors = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Alignment:
    """A shift, and the share of the smaller storey's walls that then lies on the other's."""

    shift_m: Point
    share: float


@dataclass(frozen=True, slots=True)
class _Corners:
    """Corners ``[n 2]`` with the unit vectors in and out, and the length of wall beside."""

    points: Vectors
    coming: Vectors
    going: Vectors
    length: Vectors


def align_walls(walls: BaseGeometry, onto: BaseGeometry) -> Alignment | None:
    """Return the shift that brings walls over those of another storey, or None.

    Parameters
    ----------
    walls
        Union of the footprints of the walls to move.
    onto
        Union of those that stay.
    """
    mine, theirs = _corners(walls), _corners(onto)
    smaller = min(walls.area, onto.area)
    if not len(mine.points) or not len(theirs.points) or smaller <= 0:
        return None
    shapely.prepare(onto)
    best: Alignment | None = None
    for shift in _candidates(mine, theirs):
        moved = shapely.transform(walls, lambda points, s=shift: points + s)
        share = float(onto.intersection(moved).area / smaller)
        if best is None or share > best.share:
            best = Alignment((float(shift[0]), float(shift[1])), share)
    return best


def _corners(walls: BaseGeometry) -> _Corners:
    """Return the corners of outlines, counter-clockwise around the walls."""
    rows = []
    for polygon in shapely.get_parts(walls):
        if polygon.geom_type != "Polygon":
            continue
        whole = orient(polygon)
        for ring in (whole.exterior, *whole.interiors):
            points = np.asarray(ring.coords)[:-1]
            step = np.roll(points, -1, axis=0) - points
            length = np.maximum(np.hypot(*step.T), 1e-12)
            going = step / length[:, None]
            coming = np.roll(going, 1, axis=0)
            turn = coming[:, 0] * going[:, 1] - coming[:, 1] * going[:, 0]
            beside = np.minimum(length, np.roll(length, 1))
            table = np.column_stack([points, coming, going, beside])
            rows.append(table[np.abs(turn) > STRAIGHT_SINE])
    table = np.concatenate(rows) if rows else np.empty((0, 7))
    table = table[np.argsort(-table[:, 6], kind="stable")[:MOST_CORNERS]]
    return _Corners(table[:, :2], table[:, 2:4], table[:, 4:6], table[:, 6])


def _candidates(mine: _Corners, theirs: _Corners) -> list[Vectors]:
    """Return the shifts that most like corners vote for, weighted by the walls beside them."""
    alike = (mine.coming @ theirs.coming.T > SAME_WAY_COSINE) & (
        mine.going @ theirs.going.T > SAME_WAY_COSINE
    )
    i, j = np.nonzero(alike)
    if not len(i):
        return []
    shifts = theirs.points[j] - mine.points[i]
    weights = np.minimum(mine.length[i], theirs.length[j])
    bins = np.round(shifts / BIN_M).astype(np.int64)
    unique, inverse = np.unique(bins, axis=0, return_inverse=True)
    place = inverse.reshape(-1)
    votes = np.bincount(place, weights=weights, minlength=len(unique))
    top = np.argsort(-votes, kind="stable")[:TRIED]
    return [_exact(shifts[place == index], weights[place == index]) for index in top.tolist()]


def _exact(shifts: Vectors, weights: Vectors) -> Vectors:
    """Return the shift that most votes of one bin share to the millimetre."""
    unique, inverse = np.unique(np.round(shifts / EXACT_M), axis=0, return_inverse=True)
    place = inverse.reshape(-1)
    best = int(np.argmax(np.bincount(place, weights=weights, minlength=len(unique))))
    return np.asarray(np.median(shifts[place == best], axis=0))
