"""Loose ends of face lines: carried on to the line they miss, or capped to the other face.

Double-line walls are often left open where a door stands, and corners miss by some
centimetres; both would let a wall run out into the room beside it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.strtree import STRtree

from architecture.understanding.segments import Segments

__all__ = ["close_ends", "loose_ends"]

ATTACHED_M: Final = 0.015
"""An end this close to another line ends there."""
MISSED_CORNER_M: Final = 0.10
"""Ends that miss a line by less than this are carried on to it."""
WIDEST_CAP_M: Final = 0.60
"""Faces of one wall lie closer than this."""
NARROWEST_CAP_M: Final = 0.03
"""Faces of one wall lie further apart than this."""
PARALLEL_COSINE: Final = 0.985
"""Faces of one wall lean less than this (10°)."""

Vector = NDArray[np.float64]


def loose_ends(segments: Segments) -> NDArray[np.bool_]:
    """Return ``[n 2]``: whether start and end of each segment touch no other segment."""
    if not len(segments):
        return np.zeros((0, 2), dtype=bool)
    tree = STRtree(segments.lines())
    loose = np.ones((len(segments), 2), dtype=bool)
    for side, points in enumerate((segments.start, segments.end)):
        mine, other = tree.query(shapely.points(points), predicate="dwithin", distance=ATTACHED_M)
        touching = mine[mine != other]
        loose[touching, side] = False
    return loose


def close_ends(segments: Segments) -> Segments:
    """Return the segments with loose ends carried on or capped by added segments."""
    loose = loose_ends(segments)
    tree = STRtree(segments.lines())
    added: list[tuple[Vector, Vector, int]] = []
    for index, side in np.argwhere(loose).tolist():
        end = (segments.start, segments.end)[side][index]
        out = segments.direction[index] * (1.0 if side else -1.0)
        onward = _hit(end, out, MISSED_CORNER_M, index, segments, tree, parallel=None)
        if onward is not None:
            added.append((end, end + out * (onward + ATTACHED_M), index))
            continue
        across = np.array([-out[1], out[0]])
        reach = [
            (distance, way)
            for way in (across, -across)
            if (distance := _hit(end, way, WIDEST_CAP_M, index, segments, tree, parallel=out))
            is not None
            and distance >= NARROWEST_CAP_M
        ]
        if reach:
            distance, way = min(reach, key=lambda r: r[0])
            added.append((end, end + way * distance, index))
    if not added:
        return segments
    return Segments(
        start=np.concatenate([segments.start, [a for a, _, _ in added]]),
        end=np.concatenate([segments.end, [b for _, b, _ in added]]),
        source=np.concatenate([segments.source, segments.source[[i for _, _, i in added]]]),
    )


def _hit(
    origin: Vector,
    way: Vector,
    reach_m: float,
    index: int,
    segments: Segments,
    tree: STRtree,
    *,
    parallel: Vector | None,
) -> float | None:
    """Return the distance to the first segment met from a point, or None.

    Segments that run along the way are not met; with `parallel`, only segments of that
    direction count.
    """
    start = origin - way * ATTACHED_M if parallel is not None else origin
    ray = shapely.linestrings([start, origin + way * reach_m])
    best: float | None = None
    for other in tree.query(ray, predicate="dwithin", distance=ATTACHED_M).tolist():
        if other == index:
            continue
        a, b = segments.start[other], segments.end[other]
        step = b - a
        unit = step / np.hypot(*step)
        if parallel is not None and abs(float(unit @ parallel)) < PARALLEL_COSINE:
            continue
        normal = np.array([-unit[1], unit[0]])
        towards = float(way @ normal)
        if abs(towards) < 0.2:
            continue
        distance = float((a - origin) @ normal) / towards
        if not 1e-6 < distance <= reach_m:
            continue
        t = float((origin + way * distance - a) @ unit)
        if not -ATTACHED_M <= t <= float(np.hypot(*step)) + ATTACHED_M:
            continue
        if best is None or distance < best:
            best = distance
    return best
