"""Straight segments: flattened from strokes, cleaned, and arranged into faces."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Polygon

from architecture.drawing import Stroke

__all__ = ["Segments", "arrange", "line_of", "merge_collinear", "same_directions", "segments_of"]

SHORTEST_SEGMENT_M: Final = 1e-4
"""Shorter pieces are drawing noise."""
SAME_DIRECTION_RAD: Final = 1e-3
"""Directions closer than this are one direction (1 mm over 1 m)."""
SAME_LINE_M: Final = 1.5e-3
"""Parallel segments closer than this lie on one line."""
BROKEN_LINE_M: Final = 0.012
"""A line broken by less than this is one line; drafters miss by some millimetres."""
SNAP_GRID_M: Final = 1e-5
"""Grid on which lines are noded."""

Vectors = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segments:
    """Straight segments as arrays.

    Parameters
    ----------
    start, end
        float64 ``[n 2]`` metres.
    source
        int ``[n]``: index of the stroke each comes from.
    """

    start: Vectors
    end: Vectors
    source: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.start)

    @property
    def length(self) -> Vectors:
        """Lengths ``[n]`` in metres."""
        return np.asarray(np.hypot(*(self.end - self.start).T))

    @property
    def direction(self) -> Vectors:
        """Unit vectors ``[n 2]`` from start to end."""
        return np.asarray((self.end - self.start) / self.length[:, None])

    def take(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> Segments:
        """Return the chosen segments."""
        return Segments(start=self.start[which], end=self.end[which], source=self.source[which])

    def lines(self, *, extend_m: float = 0.0) -> NDArray[np.object_]:
        """Return shapely lines ``[n]``, made longer by `extend_m` at both ends."""
        if not len(self):
            return np.empty(0, dtype=object)
        step = self.direction * extend_m
        return np.asarray(
            shapely.linestrings(np.stack([self.start - step, self.end + step], axis=1))
        )


def segments_of(strokes: Iterable[tuple[int, Stroke]]) -> Segments:
    """Return the straight pieces of strokes, each with the index it was given."""
    starts, ends, sources = [], [], []
    for index, stroke in strokes:
        points = stroke.points
        if stroke.closed:
            points = np.vstack([points, points[:1]])
        starts.append(points[:-1])
        ends.append(points[1:])
        sources.append(np.full(len(points) - 1, index, dtype=np.int64))
    if not starts:
        empty = np.empty((0, 2))
        return Segments(start=empty, end=empty, source=np.empty(0, dtype=np.int64))
    found = Segments(
        start=np.concatenate(starts), end=np.concatenate(ends), source=np.concatenate(sources)
    )
    return found.take(found.length > SHORTEST_SEGMENT_M)


def line_of(stroke: Stroke) -> LineString:
    """Return a stroke as a line, closed where it is closed."""
    closed = stroke.closed
    return LineString(np.vstack([stroke.points, stroke.points[:1]]) if closed else stroke.points)


def merge_collinear(
    segments: Segments,
    *,
    same_line_m: float = SAME_LINE_M,
    broken_line_m: float = BROKEN_LINE_M,
) -> Segments:
    """Return the segments with overlapping, doubled and broken ones on one line made one.

    A merged segment runs from the outermost end to the outermost end of its pieces and
    keeps the source of the longest.
    """
    if len(segments) < 2:
        return segments
    parts = [
        _merge_bundle(segments.take(way), same_line_m, broken_line_m)
        for way in same_directions(segments)
    ]
    return Segments(
        start=np.concatenate([p.start for p in parts]),
        end=np.concatenate([p.end for p in parts]),
        source=np.concatenate([p.source for p in parts]),
    )


def same_directions(segments: Segments) -> list[NDArray[np.int64]]:
    """Return the indices of segments that run one way or back, for each way."""
    if not len(segments):
        return []
    direction = segments.direction
    angle = np.mod(np.arctan2(direction[:, 1], direction[:, 0]), np.pi)
    angle[angle > np.pi - SAME_DIRECTION_RAD / 2] -= np.pi
    return _runs(angle, SAME_DIRECTION_RAD)


def _runs(values: Vectors, step: float) -> list[NDArray[np.int64]]:
    """Return index groups of values that follow each other within `step`."""
    order = np.argsort(values, kind="stable")
    cuts = np.flatnonzero(np.diff(values[order]) > step) + 1
    return [np.asarray(group, dtype=np.int64) for group in np.split(order, cuts)]


def _merge_bundle(bundle: Segments, same_line_m: float, broken_line_m: float) -> Segments:
    """Merge segments of one direction, line by line."""
    lengths = bundle.length
    directions = bundle.direction
    leader = directions[int(np.argmax(lengths))]
    signs = np.where(directions @ leader < 0, -1.0, 1.0)
    mean = (directions * (signs * lengths)[:, None]).sum(axis=0)
    along = mean / np.hypot(*mean)
    across = np.array([-along[1], along[0]])
    middle = (bundle.start + bundle.end) / 2
    flipped = signs < 0
    start = np.where(flipped[:, None], bundle.end, bundle.start)
    end = np.where(flipped[:, None], bundle.start, bundle.end)
    low, high = start @ along, end @ along
    starts, ends, sources = [], [], []
    for line in _runs(middle @ across, same_line_m):
        order = line[np.argsort(low[line], kind="stable")]
        reach = np.maximum.accumulate(high[order])
        breaks = np.flatnonzero(low[order][1:] > reach[:-1] + broken_line_m) + 1
        for piece in np.split(order, breaks):
            starts.append(start[piece[0]])
            ends.append(end[piece[int(np.argmax(high[piece]))]])
            sources.append(bundle.source[piece[int(np.argmax(lengths[piece]))]])
    return Segments(
        start=np.array(starts), end=np.array(ends), source=np.array(sources, dtype=np.int64)
    )


def arrange(segments: Segments, *, extend_m: float = BROKEN_LINE_M) -> list[Polygon]:
    """Return the bounded faces between segments, each end first made longer by `extend_m`.

    Lines that end in the open cut no face. Holes of a face are the outlines of what
    stands inside it.
    """
    if not len(segments):
        return []
    lines = segments.lines(extend_m=extend_m)
    noded = shapely.union_all(lines, grid_size=SNAP_GRID_M)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    return [face for face in faces if face.area > SHORTEST_SEGMENT_M**2]
