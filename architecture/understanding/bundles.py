"""Bundles: parallel lines that begin and end together, as glazing and treads are drawn.

Walls are pairs of lines; three or more that share both ends across less than a wall's
thickness are a window, a stair or a piece of furniture, whichever: no wall faces.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from shapely.strtree import STRtree

from architecture.understanding.segments import Segments, same_directions

__all__ = ["bundles_of", "no_wall_faces"]

TOGETHER_M: Final = 0.03
"""Lines of a bundle begin and end within this."""
LENGTHS_M: Final = (0.3, 6.0)
"""Shorter and longer lines are no glazing."""
SPACING_M: Final = 0.45
"""Neighbors in a bundle lie closer than this."""
SAME_LINE_M: Final = 0.004
"""Lines closer than this are one, drawn twice."""
WALL_M: Final = 0.6
"""Three lines within this are no pair of wall faces."""
PANE_M: Final = (0.02, 0.08)
"""Two lines this far apart are the sides of a pane or a leaf; nearer ones are plaster."""
JAMB_M: Final = 0.65
"""Jambs are shorter than this."""
BEYOND_M: Final = 0.02
"""A jamb reaches this far past lines that stand in the middle of a wall."""
HOLLOW_SHARE: Final = 0.6
"""Layers of a wall leave at least this share of its thickness empty."""
SILL_M: Final = 0.2
"""Sills run on beyond a window by less than this."""
SILL_OUT_M: Final = 0.4
"""Sills lie within this of a window's lines."""
AT_END_M: Final = 0.015
"""A line ends on a jamb within this."""


def bundles_of(segments: Segments) -> list[NDArray[np.int64]]:
    """Return the indices of each bundle of two or more lines, ordered across."""
    length = segments.length
    chosen = np.flatnonzero((length >= LENGTHS_M[0]) & (length <= LENGTHS_M[1]))
    return [
        chosen[bundle]
        for way in same_directions(segments.take(chosen))
        for bundle in _of_one_direction(segments.take(chosen[way]), way)
    ]


def _of_one_direction(segments: Segments, index: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return bundles among segments of one direction, as entries of `index`."""
    if len(segments) < 2:
        return []
    along = segments.direction[int(np.argmax(segments.length))]
    across = np.array([-along[1], along[0]])
    origin = segments.start[0]
    ends = np.sort(
        np.stack([(segments.start - origin) @ along, (segments.end - origin) @ along], axis=1)
    )
    aside = ((segments.start + segments.end) / 2 - origin) @ across
    features = np.column_stack([ends / TOGETHER_M, aside / SPACING_M])
    pairs = cKDTree(features).query_pairs(1.0, p=np.inf, output_type="ndarray")
    if not len(pairs):
        return []
    graph = csr_array((np.ones(len(pairs)), pairs.T), shape=(len(index), len(index)))
    _, labels = connected_components(graph, directed=False)
    order = np.lexsort((aside, labels))
    groups = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
    return [index[group] for group in groups if len(group) > 1]


def no_wall_faces(segments: Segments) -> NDArray[np.bool_]:
    """Return which segments are lines of windows, stairs or furniture by how they bundle."""
    found = np.zeros(len(segments), dtype=bool)
    tree = STRtree(segments.lines())
    for bundle in bundles_of(segments):
        aside = _asides(segments, bundle)
        distinct = aside[np.concatenate([[True], np.diff(aside) > SAME_LINE_M])]
        if len(distinct) < 2:
            continue
        close = _dense(distinct)
        pane = len(distinct) == 2 and PANE_M[0] <= distinct[1] - distinct[0] <= PANE_M[1]
        pane = pane and not _plastered(segments, bundle, tree)
        if close or pane or (len(distinct) == 2 and _between_jambs(segments, bundle, tree)):
            found[bundle] = True
            found[_sills(segments, bundle, tree)] = True
    return found


def _dense(asides: NDArray[np.float64]) -> bool:
    """Whether three lines lie within a wall's thickness, one of them well inside.

    Lines close to two faces only are the layers of a wall.
    """
    if len(asides) < 3 or float(np.min(asides[2:] - asides[:-2])) > WALL_M:
        return False
    span = float(asides[-1] - asides[0])
    return span > WALL_M or float(np.diff(asides).max()) < HOLLOW_SHARE * span


def _plastered(segments: Segments, bundle: NDArray[np.int64], tree: STRtree) -> bool:
    """Whether a line runs close along one of two: they are a wall's core under plaster."""
    seed = int(bundle[0])
    start, along, length = segments.start[seed], segments.direction[seed], segments.length[seed]
    across = np.array([-along[1], along[0]])
    line = shapely.linestrings([start, segments.end[seed]])
    for i in tree.query(line, predicate="dwithin", distance=PANE_M[0]).tolist():
        both = np.stack([segments.start[i], segments.end[i]]) - start
        t, v = np.sort(both @ along), both @ across
        shared = min(float(t[1]), length) - max(float(t[0]), 0.0)
        if i not in bundle and abs(v[1] - v[0]) < SAME_LINE_M and shared > 0.5 * length:
            return True
    return False


def _sills(segments: Segments, bundle: NDArray[np.int64], tree: STRtree) -> list[int]:
    """Return lines beside a bundle that run along all of it and little more: sills."""
    start, along = segments.start[bundle[0]], segments.direction[bundle[0]]
    across = np.array([-along[1], along[0]])
    ends = np.concatenate([segments.start[bundle], segments.end[bundle]]) - start
    low, high = float((ends @ along).min()), float((ends @ along).max())
    area = shapely.MultiPoint(ends + start).convex_hull.buffer(SILL_OUT_M)
    found = []
    for i in tree.query(area, predicate="intersects").tolist():
        both = np.stack([segments.start[i], segments.end[i]]) - start
        t, v = both @ along, both @ across
        if abs(v[1] - v[0]) > 0.01 * abs(t[1] - t[0]):
            continue
        reach = (t.min() < low + TOGETHER_M, t.max() > high - TOGETHER_M)
        if all(reach) and t.min() > low - SILL_M and t.max() < high + SILL_M:
            found.append(i)
    return found


def _asides(segments: Segments, bundle: NDArray[np.int64]) -> NDArray[np.float64]:
    along = segments.direction[bundle[0]]
    offset = segments.start[bundle] - segments.start[bundle[0]]
    return np.sort(along[0] * offset[:, 1] - along[1] * offset[:, 0])


def _between_jambs(segments: Segments, bundle: NDArray[np.int64], tree: STRtree) -> bool:
    """Whether both ends of all lines lie inside short crossing lines that reach past them."""
    along = segments.direction[bundle[0]]
    across = np.array([-along[1], along[0]])
    points = np.concatenate([segments.start[bundle], segments.end[bundle]])
    place = points @ along
    low_side = place < place.mean()
    for side in (low_side, ~low_side):
        ends = points[side]
        near = tree.query(shapely.Point(ends[0]), predicate="dwithin", distance=AT_END_M).tolist()
        if not any(_is_jamb(segments, i, ends, across) for i in near):
            return False
    return True


def _is_jamb(
    segments: Segments, index: int, ends: NDArray[np.float64], across: NDArray[np.float64]
) -> bool:
    start, end = segments.start[index], segments.end[index]
    length = float(np.hypot(*(end - start)))
    if length > JAMB_M or abs(float((end - start) @ across)) < 0.97 * length:
        return False
    low, high = sorted((float(start @ across), float(end @ across)))
    reach = ends @ across
    return bool(low < reach.min() - BEYOND_M and high > reach.max() + BEYOND_M)
