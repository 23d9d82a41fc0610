"""Straight lines, arcs and faces of a drawing as arrays: what the unit vote measures.

Nothing here knows a length in metres; everything is in drawing units.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from architecture.drawing import StrokeKind
from architecture.reading.primitives import BULGE_TOLERANCE, FloatArray, loop_arcs
from architecture.reading.unscaled import PlacedStroke, UnscaledDrawing
from architecture.understanding.layers import LayerGuess, guess_roles
from architecture.understanding.roles import Role

NOT_BUILDING: Final = frozenset(
    {
        Role.DIMENSION,
        Role.TEXT,
        Role.HATCH,
        Role.GRID,
        Role.SYMBOL,
        Role.TITLE,
        Role.SITE,
        Role.SECTION,
        Role.OVERHEAD,
        Role.ROOF,
        Role.SERVICES,
    }
)
"""Roles of layers whose lines are not the building's own."""
TRUSTED_SCORE: Final = 0.6
"""Layer guesses from this score on keep lines out of the measurements."""
MAX_SEGMENTS: Final = 40_000
"""Most segments measured; of larger drawings every second, third … is taken."""
NEIGHBORS: Final = 6
"""How many parallel lines on one side are compared with each line."""
ANGLE_STEP: Final = math.radians(1.0)
"""Lines within this angle count as parallel."""
MIN_OVERLAP_RATIO: Final = 2.0
"""A pair of parallel lines runs together for at least this many times its distance."""
RAYS: Final = 32
"""Directions in which the surroundings of a place are measured."""
MIN_SEGMENTS_AROUND: Final = 20
"""Fewer lines outside blocks than this, and those in blocks are measured as well."""
MAX_SWINGS: Final = 400
"""Most arcs examined for door leaves."""
LEAF_SLACK: Final = 0.12
"""A leaf's ends lie within this share of the radius of where they should (its thickness)."""
MAX_FACE_SEGMENTS: Final = 20_000
"""Most segments from which faces are formed; larger drawings have other voices."""


@dataclass(frozen=True, slots=True, eq=False)
class Linework:
    """Straight segments and arcs of a drawing, in drawing units around its middle.

    Parameters
    ----------
    segments
        ``[n 4]`` x0 y0 x1 y1 of straight pieces that may be the building's.
    loose
        ``[n]`` whether the segment is in no block.
    arcs
        ``[m 5]`` center x, center y, radius, start, end.
    middle
        What was subtracted.
    """

    segments: FloatArray
    loose: NDArray[np.bool_]
    arcs: FloatArray
    middle: tuple[float, float]

    def lengths(self) -> FloatArray:
        """Return the lengths of the segments."""
        return np.hypot(*(self.segments[:, 2:] - self.segments[:, :2]).T)


def linework_of(drawing: UnscaledDrawing) -> Linework:
    """Return the lines of a drawing that may be the building's own.

    Lines on layers that clearly hold annotation are left out, unless nothing is left.
    """
    guesses = guess_roles({stroke.primitive.pen.layer for stroke in drawing.strokes})
    chosen = [s for s in drawing.strokes if _may_be_building(s, guesses)]
    if len(chosen) < len(drawing.strokes) // 10:
        chosen = list(drawing.strokes)
    middle = drawing.middle()
    segments, loose, arcs = _measured(chosen)
    shift = np.array([*middle, *middle])
    segments = segments - shift
    arcs = arcs - np.array([*middle, 0.0, 0.0, 0.0])
    step = max(1, math.ceil(len(segments) / MAX_SEGMENTS))
    return Linework(segments[::step], loose[::step], arcs, middle)


def _may_be_building(stroke: PlacedStroke, guesses: Mapping[str, LayerGuess]) -> bool:
    primitive = stroke.primitive
    if primitive.kind is StrokeKind.FILL and primitive.fill != "solid":
        return False
    guess = guesses[primitive.pen.layer]
    return guess.score < TRUSTED_SCORE or guess.role not in NOT_BUILDING


def _measured(strokes: list[PlacedStroke]) -> tuple[FloatArray, NDArray[np.bool_], FloatArray]:
    pieces: list[FloatArray] = []
    loose: list[NDArray[np.bool_]] = []
    arcs: list[tuple[float, ...]] = []
    for stroke in strokes:
        primitive = stroke.primitive
        if primitive.loop.has_arcs():
            arcs += loop_arcs(primitive.loop, closed=primitive.closed)
        if primitive.kind in (StrokeKind.ARC, StrokeKind.CIRCLE, StrokeKind.CURVE):
            continue
        straight = _straight_segments(primitive)
        pieces.append(straight)
        loose.append(np.full(len(straight), stroke.group is None))
    segments = np.vstack(pieces) if pieces else np.empty((0, 4))
    flags = np.concatenate(loose) if loose else np.empty(0, dtype=bool)
    return segments, flags, np.array(arcs, dtype=np.float64).reshape(-1, 5)


def _straight_segments(primitive: Any) -> FloatArray:
    points = primitive.loop.points[:, :2]
    ends = np.roll(points, -1, axis=0) if primitive.closed else points[1:]
    starts = points if primitive.closed else points[:-1]
    rows = np.hstack([starts, ends])
    if primitive.loop.bulges is not None:
        rows = rows[np.abs(primitive.loop.bulges[: len(rows)]) <= BULGE_TOLERANCE]
    return rows[np.hypot(*(rows[:, 2:] - rows[:, :2]).T) > 0.0]


# ---------------------------------------------------------------- parallel lines


@dataclass(frozen=True, slots=True, eq=False)
class ParallelLines:
    """Segments of one direction in a frame turned along it.

    `offset` ``[n]`` is the position across, `start` and `end` ``[n]`` along.
    """

    offset: FloatArray
    start: FloatArray
    end: FloatArray


def parallel_classes(linework: Linework) -> list[ParallelLines]:
    """Return the segments by direction, each class sorted across its direction."""
    segments = linework.segments
    if not len(segments):
        return []
    delta = segments[:, 2:] - segments[:, :2]
    angle = np.mod(np.arctan2(delta[:, 1], delta[:, 0]), np.pi)
    label = np.mod(np.round(angle / ANGLE_STEP).astype(int), round(np.pi / ANGLE_STEP))
    classes = []
    for value in np.unique(label):
        rows = segments[label == value]
        turn = value * ANGLE_STEP
        along = np.array([math.cos(turn), math.sin(turn)])
        across = np.array([-along[1], along[0]])
        offset = (rows[:, :2] @ across + rows[:, 2:] @ across) / 2.0
        first, last = rows[:, :2] @ along, rows[:, 2:] @ along
        order = np.argsort(offset, kind="stable")
        low, high = np.minimum(first, last), np.maximum(first, last)
        classes.append(ParallelLines(offset[order], low[order], high[order]))
    return classes


def parallel_gaps(linework: Linework) -> tuple[FloatArray, FloatArray]:
    """Return distances between neighboring parallel lines and the length they share.

    For each line the nearest line on one side that runs along with it for at least
    twice their distance counts: the two faces of a wall, the lines of a window, but
    also treads and tiles.
    """
    distances: list[FloatArray] = []
    overlaps: list[FloatArray] = []
    for lines in parallel_classes(linework):
        best = np.full(len(lines.offset), np.inf)
        shared = np.zeros(len(lines.offset))
        for step in range(1, min(NEIGHBORS, len(lines.offset) - 1) + 1):
            gap = lines.offset[step:] - lines.offset[:-step]
            overlap = np.minimum(lines.end[step:], lines.end[:-step]) - np.maximum(
                lines.start[step:], lines.start[:-step]
            )
            length = np.minimum(
                lines.end[step:] - lines.start[step:], lines.end[:-step] - lines.start[:-step]
            )
            real = (gap > 1e-3 * length) & (overlap > MIN_OVERLAP_RATIO * gap)
            better = real & (gap < best[:-step])
            best[:-step] = np.where(better, gap, best[:-step])
            shared[:-step] = np.where(better, overlap, shared[:-step])
        found = np.isfinite(best)
        distances.append(best[found])
        overlaps.append(shared[found])
    if not distances:
        return np.empty(0), np.empty(0)
    return np.concatenate(distances), np.concatenate(overlaps)


def collinear_gaps(linework: Linework) -> FloatArray:
    """Return the gaps between lines that continue each other: openings in wall faces."""
    gaps: list[FloatArray] = []
    for lines in parallel_classes(linework):
        longest = float((lines.end - lines.start).max())
        carrier = np.concatenate([[0], np.cumsum(np.diff(lines.offset) > 1e-4 * longest)])
        order = np.lexsort((lines.start, carrier))
        on, start, end = carrier[order], lines.start[order], lines.end[order]
        reach = _running_maximum(end, on)
        gap = start[1:] - reach[:-1]
        gaps.append(gap[(on[1:] == on[:-1]) & (gap > 1e-4 * longest)])
    return np.concatenate(gaps) if gaps else np.empty(0)


def _running_maximum(values: FloatArray, labels: NDArray[np.int_]) -> FloatArray:
    """Return the running maximum that starts anew with each label."""
    span = float(np.ptp(values)) + 1.0
    return np.maximum.accumulate(values + labels * 2.0 * span) - labels * 2.0 * span


# ---------------------------------------------------------------- faces


def face_sizes(linework: Linework) -> tuple[FloatArray, FloatArray]:
    """Return areas and compactness (4πA/P², 1 for a circle) of the closed faces."""
    import shapely

    segments = linework.segments
    if not 3 <= len(segments) <= MAX_FACE_SEGMENTS:
        return np.empty(0), np.empty(0)
    lines = shapely.linestrings(segments.reshape(-1, 2, 2))
    faces = shapely.get_parts(shapely.polygonize([shapely.unary_union(lines)]))
    areas, lengths = shapely.area(faces), shapely.length(faces)
    return areas, 4.0 * np.pi * areas / np.maximum(lengths, 1e-300) ** 2


# ---------------------------------------------------------------- what is around a point


def area_around(linework: Linework, place: tuple[float, float]) -> float | None:
    """Return the area that is seen from a place, in square drawing units.

    Rays run in all directions to the nearest line that is in no block (furniture and
    doors mostly are); those that escape through an opening are cut at twice the median
    reach. A rough figure: enough to tell a centimeter from an inch.
    """
    segments = linework.segments[linework.loose]
    if len(segments) < MIN_SEGMENTS_AROUND:
        segments = linework.segments
    if not len(segments):
        return None
    reaches = _reaches(segments - np.array([*place, *place]))
    if np.isfinite(reaches).sum() < RAYS * 3 // 4:
        return None
    limit = 2.0 * float(np.median(reaches[np.isfinite(reaches)]))
    reaches = np.minimum(reaches, limit)
    return float(np.sum(reaches * np.roll(reaches, -1)) * math.sin(2.0 * math.pi / RAYS) / 2.0)


def _reaches(segments: FloatArray) -> FloatArray:
    """Return how far rays from the origin run to the nearest segment, infinite if none."""
    angles = 2.0 * math.pi * (np.arange(RAYS) + 0.37) / RAYS
    reaches = np.full(RAYS, np.inf)
    start, delta = segments[:, :2], segments[:, 2:] - segments[:, :2]
    cross_start = start[:, 0] * delta[:, 1] - start[:, 1] * delta[:, 0]
    for index, angle in enumerate(angles):
        x, y = math.cos(angle), math.sin(angle)
        turn = x * delta[:, 1] - y * delta[:, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = cross_start / turn
            share = (start[:, 0] * y - start[:, 1] * x) / turn
        hit = (share >= 0.0) & (share <= 1.0) & (reach > 0.0)
        if hit.any():
            reaches[index] = float(reach[hit].min())
    return reaches


# ---------------------------------------------------------------- door leaves


def swing_radii(linework: Linework) -> tuple[FloatArray, FloatArray]:
    """Return radii of arcs that may be door swings: with a leaf, and without.

    A swing turns by a quarter (some habits draw an eighth); its leaf is a line of the
    same length from the arc's center to one of its ends.
    """
    arcs = linework.arcs
    sweep = np.degrees(arcs[:, 4] - arcs[:, 3]) if len(arcs) else np.empty(0)
    quarter = (sweep > 75.0) & (sweep < 100.0)
    eighth = (sweep > 25.0) & (sweep < 65.0)
    with_leaf: list[float] = []
    without: list[float] = []
    for arc in arcs[quarter | eighth][:MAX_SWINGS]:
        if _has_leaf(arc, linework.segments):
            with_leaf.append(float(arc[2]))
        elif 75.0 < math.degrees(arc[4] - arc[3]) < 100.0:
            without.append(float(arc[2]))
    return np.array(with_leaf), np.array(without)


def _has_leaf(arc: FloatArray, segments: FloatArray) -> bool:
    cx, cy, radius, start, end = (float(v) for v in arc)
    slack = LEAF_SLACK * radius
    center = np.array([cx, cy])
    tips = [center + radius * np.array([math.cos(a), math.sin(a)]) for a in (start, end)]
    for first, last in ((segments[:, :2], segments[:, 2:]), (segments[:, 2:], segments[:, :2])):
        at_center = np.hypot(*(first - center).T) <= slack
        if not at_center.any():
            continue
        ends = last[at_center]
        if any(bool((np.hypot(*(ends - tip).T) <= slack).any()) for tip in tips):
            return True
    return False
