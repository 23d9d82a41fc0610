"""Outlines: closed polygons in a plane become masks and fields, and come out of them.

A pixel belongs to a set of outlines if its centre lies within an odd number of them, so
inner outlines are holes, whether apart or joined to the outer one by a keyhole.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any, Final

import numba
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

FEWEST_POINTS: Final = 3
"""Corners of the simplest outline."""


def rings_of(outlines: Sequence[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Return the border of what an odd number of `outlines` encloses, as simple rings.

    An outline given twice counts once; keyholes and shared edges leave no trace.

    Parameters
    ----------
    outlines
        Closed polygons ``[n 2]``; the last corner is joined to the first.
    """
    import shapely

    areas = []
    seen: set[bytes] = set()
    for outline in outlines:
        corners = np.ascontiguousarray(outline)
        key = np.unique(np.round(corners, 4), axis=0).tobytes()
        if len(corners) < FEWEST_POINTS or key in seen:
            continue
        seen.add(key)
        polygon = shapely.Polygon(corners)
        areas.append(polygon if polygon.is_valid else shapely.make_valid(polygon))
    if not areas:
        return []
    enclosed = reduce(shapely.symmetric_difference, areas)
    return [
        np.array(ring.coords)[:-1]
        for polygon in _polygons(enclosed)
        for ring in (polygon.exterior, *polygon.interiors)
    ]


def _polygons(shape: Any) -> Iterator[Any]:
    """Yield the polygons of a geometry; lines and points have no area."""
    if shape.geom_type == "Polygon":
        if not shape.is_empty:
            yield shape
        return
    for part in getattr(shape, "geoms", ()):
        yield from _polygons(part)


def signed_distance(
    rings: Sequence[NDArray[np.float64]],
    shape: tuple[int, int],
    pixel_mm: tuple[float, float],
    reach_mm: float,
) -> NDArray[np.float32]:
    """Return the distance to the nearest ring, positive inside, cut at ±`reach_mm`.

    Parameters
    ----------
    rings
        Simple rings ``[n 2]`` in (row, column) of pixel centres, as `rings_of` gives them.
    shape
        Rows and columns.
    pixel_mm
        Size of a pixel along rows' index and columns' index.

    Returns
    -------
    float32 ``[row column]`` in mm; 0 or more exactly where a centre is inside.
    """
    toggles = np.zeros((shape[0], shape[1] + 1), dtype=np.uint8)
    distance = np.full(shape, reach_mm, dtype=np.float32)
    for ring in rings:
        corners = np.ascontiguousarray(ring, dtype=np.float64)
        _toggle(corners, toggles)
        _come_near(corners, pixel_mm[0], pixel_mm[1], reach_mm, distance)
    inside = np.bitwise_xor.accumulate(toggles, axis=1)[:, :-1].astype(np.bool_)
    outside = ~inside
    # a centre on the very line is out unless its parity says otherwise: never exactly 0 outside
    distance[outside] = -np.maximum(distance[outside], np.finfo(np.float32).tiny)
    return distance


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]
def _toggle(ring, toggles):  # type: ignore[no-untyped-def]
    """Change the parity of every pixel centre beyond each crossing of its row with the ring."""
    rows, columns = toggles.shape
    count = len(ring)
    for n in range(count):
        y0, x0 = ring[n]
        y1, x1 = ring[(n + 1) % count]
        if y0 == y1:
            continue
        if y0 > y1:
            y0, x0, y1, x1 = y1, x1, y0, x0
        first = max(0, int(np.ceil(y0)))
        last = min(rows - 1, int(np.ceil(y1)) - 1)
        for row in range(first, last + 1):
            crossing = x0 + (row - y0) / (y1 - y0) * (x1 - x0)
            column = int(np.ceil(crossing))
            toggles[row, min(max(column, 0), columns - 1)] ^= 1


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]
def _come_near(ring, row_mm, column_mm, reach_mm, distance):  # type: ignore[no-untyped-def]
    """Lower `distance` to that of each edge of the ring, as far as it reaches."""
    rows, columns = distance.shape
    count = len(ring)
    down, across = reach_mm / row_mm, reach_mm / column_mm
    for n in range(count):
        y0, x0 = ring[n]
        y1, x1 = ring[(n + 1) % count]
        dy, dx = (y1 - y0) * row_mm, (x1 - x0) * column_mm
        length2 = dy * dy + dx * dx
        first = max(0, int(np.ceil(min(y0, y1) - down)))
        last = min(rows - 1, int(np.floor(max(y0, y1) + down)))
        left = max(0, int(np.ceil(min(x0, x1) - across)))
        right = min(columns - 1, int(np.floor(max(x0, x1) + across)))
        for row in range(first, last + 1):
            for column in range(left, right + 1):
                py, px = (row - y0) * row_mm, (column - x0) * column_mm
                share = 0.0
                if length2 > 0.0:
                    share = min(1.0, max(0.0, (py * dy + px * dx) / length2))
                far = np.hypot(py - share * dy, px - share * dx)
                if far < distance[row, column]:
                    distance[row, column] = far


def outlines_of(field: NDArray[Any], level: float) -> list[NDArray[np.float64]]:
    """Return the level set of a plane as closed outlines, each hole keyed to its outer one.

    Parameters
    ----------
    field
        ``[row column]``; what lies beyond its border is below the level.
    level
        Above it is inside. No value may stand at it exactly.

    Returns
    -------
    list of ``[n 2]`` corners in (row, column), in order around.
    """
    import shapely
    from skimage.measure import find_contours

    values = np.asarray(field, dtype=np.float64)
    low = min(float(values.min()), 2.0 * level - float(values.max()), level - 1.0)
    padded = np.pad(values, 1, constant_values=low)
    rings = [ring[:-1] - 1.0 for ring in find_contours(padded, level)]
    rings = [ring for ring in rings if len(ring) >= FEWEST_POINTS]
    outer = [ring for ring in rings if _area(ring) > 0.0]
    holes = [ring for ring in rings if _area(ring) <= 0.0]
    areas = [shapely.Polygon(ring) for ring in outer]
    for area in areas:
        shapely.prepare(area)
    own: list[list[NDArray[np.float64]]] = [[] for _ in outer]
    for hole in holes:
        point = shapely.Point(hole[0])
        around = [n for n, area in enumerate(areas) if area.contains(point)]
        if around:
            own[min(around, key=lambda n: areas[n].area)].append(hole)
    return [_keyholed(ring, inner) for ring, inner in zip(outer, own, strict=True)]


def _area(ring: NDArray[np.float64]) -> float:
    """Return twice the signed area; `find_contours` runs outer rings one way, holes the other."""
    row, column = ring.T
    return float(np.dot(column, np.roll(row, -1)) - np.dot(row, np.roll(column, -1)))


def _keyholed(ring: NDArray[np.float64], holes: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return a ring with its holes joined to it, always the nearest first: no bridge crosses."""
    rest = list(holes)
    while rest:
        bridges = []
        for n, hole in enumerate(rest):
            square = ((ring[:, None] - hole[None]) ** 2).sum(axis=2)
            start, end = divmod(int(square.argmin()), len(hole))
            bridges.append((float(square[start, end]), n, start, end))
        _, nearest, i, j = min(bridges)
        hole = rest.pop(nearest)
        ring = np.concatenate([ring[: i + 1], hole[j:], hole[: j + 1], ring[i:]])
    return ring
