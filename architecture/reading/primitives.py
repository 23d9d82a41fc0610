"""Drawn lines before their scale is known: points with bulges, in drawing units.

Arcs are kept as bulges (the tangent of a quarter of the included angle, as LWPOLYLINE
has them), because rotation, uniform scale and mirroring leave them exact: a mirror
only turns their sign. Curves are flattened once the unit is decided, so that the
tolerance is a length in the building and not in the file.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from architecture.drawing import Arc, StrokeKind

FloatArray = NDArray[np.float64]

FLATTENING_TOLERANCE_M: Final = 0.0005
"""Largest distance between a curve and its chords, metres."""
FLATTENING_ANGLE: Final = math.radians(10.0)
"""Largest turn between two chords, so that small circles stay round."""
RELATIVE_TOLERANCE: Final = 2e-4
"""Largest distance between a curve and its chords by the curve's size, for curves that
have to be flattened before the unit is known."""
MAX_CHORDS: Final = 2048
"""Most chords of one arc."""
SIMILARITY_TOLERANCE: Final = 1e-6
"""Largest relative difference between the two scales of a map that keeps circles round."""
MAX_COORDINATE: Final = 1e13
"""Largest coordinate, drawing units: further than the Earth's circumference in micrometers."""
BULGE_TOLERANCE: Final = 1e-9
"""Bulges below this are straight."""


@dataclass(frozen=True, slots=True)
class Pen:
    """How something is drawn: layer, line type, color.

    Before it is resolved, ``BYLAYER`` and ``BYBLOCK`` may stand for the line type, and
    256 and 0 for the color.
    """

    layer: str = "0"
    linetype: str = "BYLAYER"
    color: int = 256


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """Points ``[n 3]`` with the bulges ``[n]`` of the segments that start at them."""

    points: FloatArray
    bulges: FloatArray | None = None

    def has_arcs(self) -> bool:
        """Whether any segment is curved."""
        return self.bulges is not None and bool((np.abs(self.bulges) > BULGE_TOLERANCE).any())


@dataclass(frozen=True, slots=True, eq=False)
class Primitive:
    """One drawn line in drawing units; see `architecture.drawing.Stroke`.

    `handle` is the file's, `width` the drawn width of a polyline in drawing units.
    """

    kind: StrokeKind
    loop: Loop
    pen: Pen
    closed: bool = False
    fill: str | None = None
    holes: tuple[Loop, ...] = ()
    width: float = 0.0
    handle: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class RawText:
    """A text in drawing units: centre of its box ``[3]``, direction along its line."""

    content: str
    center: FloatArray
    along: FloatArray
    up: FloatArray
    pen: Pen
    tag: str = ""
    handle: str = ""
    visible: bool = True

    @property
    def height(self) -> float:
        """Cap height in drawing units."""
        return float(np.hypot(self.up[0], self.up[1]))


@dataclass(frozen=True, slots=True, eq=False)
class RawDimension:
    """A measured distance in drawing units; `along` is the direction measured."""

    start: FloatArray
    end: FloatArray
    along: FloatArray
    pen: Pen
    printed: str = ""
    shown: str = ""
    handle: str = ""

    @property
    def length(self) -> float:
        """Length measured, in drawing units."""
        norm = float(np.hypot(self.along[0], self.along[1]))
        if norm == 0.0:
            return 0.0
        return abs(float((self.end - self.start)[:2] @ self.along[:2])) / norm


@dataclass(frozen=True, slots=True, eq=False)
class RawInsert:
    """A placed block: `matrix` ``[4 4]`` takes block coordinates to its parent's."""

    name: str
    block: str
    matrix: FloatArray
    pen: Pen
    texts: tuple[RawText, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)
    handle: str = ""
    array: BlockArray | None = None
    clipped: bool = False
    """Whether a clipping boundary (XCLIP) hides part of it."""


@dataclass(frozen=True, slots=True, eq=False)
class BlockArray:
    """Rows and columns of one insert, with the steps ``[3]`` from one to the next."""

    columns: int
    rows: int
    column_step: FloatArray
    row_step: FloatArray

    @property
    def cells(self) -> int:
        """Number of copies."""
        return self.columns * self.rows


def in_range(values: FloatArray) -> bool:
    """Whether all values are numbers that a drawing may hold."""
    return bool((np.abs(values) <= MAX_COORDINATE).all())  # NaN is not


# ---------------------------------------------------------------- transformation


def is_similarity(matrix: FloatArray) -> bool:
    """Whether a ``[4 4]`` map, seen in plan, keeps circles round (or shrinks all to nothing)."""
    a, b = matrix[:2, 0], matrix[:2, 1]
    scale = float(a @ a)
    limit = SIMILARITY_TOLERANCE * max(scale, float(b @ b))
    return abs(scale - float(b @ b)) <= limit and abs(float(a @ b)) <= limit


def transformed(primitive: Primitive, matrix: FloatArray) -> Primitive:
    """Return the primitive moved by a ``[4 4]`` map of column vectors.

    Arcs stay arcs where the map keeps circles round; otherwise they are flattened
    first and become curves.
    """
    round_stays = is_similarity(matrix)
    if not round_stays and (
        primitive.loop.has_arcs() or any(hole.has_arcs() for hole in primitive.holes)
    ):
        primitive = _flattened(primitive)
    mirrored = float(np.linalg.det(matrix[:2, :2])) < 0.0
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0])) if primitive.width else 1.0
    return replace(
        primitive,
        loop=_moved(primitive.loop, matrix, mirrored),
        holes=tuple(_moved(hole, matrix, mirrored) for hole in primitive.holes),
        width=primitive.width * scale,
    )


def moved_text(text: RawText, matrix: FloatArray) -> RawText:
    """Return the text moved by a ``[4 4]`` map."""
    linear = matrix[:3, :3]
    return replace(
        text,
        center=linear @ text.center + matrix[:3, 3],
        along=linear @ text.along,
        up=linear @ text.up,
    )


def moved_dimension(dimension: RawDimension, matrix: FloatArray) -> RawDimension:
    """Return the dimension moved by a ``[4 4]`` map."""
    linear, shift = matrix[:3, :3], matrix[:3, 3]
    return replace(
        dimension,
        start=linear @ dimension.start + shift,
        end=linear @ dimension.end + shift,
        along=linear @ dimension.along,
    )


def _moved(loop: Loop, matrix: FloatArray, mirrored: bool) -> Loop:
    bulges = loop.bulges
    if bulges is not None and mirrored:
        bulges = -bulges
    return Loop(loop.points @ matrix[:3, :3].T + matrix[:3, 3], bulges)


def _flattened(primitive: Primitive) -> Primitive:
    """Return the primitive with its arcs as chords, for maps that make ellipses of them."""
    size = float(np.ptp(primitive.loop.points[:, :2], axis=0).max(initial=0.0))
    tolerance = max(size * RELATIVE_TOLERANCE, 1e-12)
    arcs = (StrokeKind.ARC, StrokeKind.CIRCLE)
    return replace(
        primitive,
        kind=StrokeKind.CURVE if primitive.kind in arcs else primitive.kind,
        loop=flatten_3d(primitive.loop, closed=primitive.closed, tolerance=tolerance),
        holes=tuple(flatten_3d(h, closed=True, tolerance=tolerance) for h in primitive.holes),
    )


def flatten_3d(loop: Loop, *, closed: bool, tolerance: float) -> Loop:
    """Return the loop as chords; the points of an arc keep the height of its start."""
    if not loop.has_arcs():
        return Loop(loop.points)
    flat = flatten(loop, closed=closed, tolerance=tolerance)
    level = np.full((len(flat), 1), loop.points[0, 2])
    return Loop(np.hstack([flat, level]))


# ---------------------------------------------------------------- arcs


def arc_loop(cx: float, cy: float, radius: float, start: float, sweep: float, z: float) -> Loop:
    """Return an arc (sweep in radians, counter-clockwise positive) as points with bulges.

    A full circle comes as a closed loop of four points, an arc with its end point.
    """
    full = abs(abs(sweep) - 2.0 * math.pi) < 1e-12
    pieces = max(1, math.ceil(abs(sweep) / (math.pi / 2.0) - 1e-9))
    angles = start + sweep * np.arange(pieces + (not full)) / pieces
    points = np.column_stack(
        [
            cx + radius * np.cos(angles),
            cy + radius * np.sin(angles),
            np.full(len(angles), z),
        ]
    )
    bulges = np.full(len(angles), math.tan(sweep / pieces / 4.0))
    if not full:
        bulges[-1] = 0.0
    return Loop(points, bulges)


def segment_arc(start: FloatArray, end: FloatArray, bulge: float) -> Arc | None:
    """Return the arc of one bulged segment, counter-clockwise, or None if it is straight."""
    dx, dy = float(end[0] - start[0]), float(end[1] - start[1])
    chord = math.hypot(dx, dy)
    if abs(bulge) <= BULGE_TOLERANCE or chord == 0.0:
        return None
    radius = chord * (1.0 + bulge * bulge) / (4.0 * abs(bulge))
    reach = (1.0 - bulge * bulge) / (4.0 * bulge)
    cx = (float(start[0]) + float(end[0])) / 2.0 - dy * reach
    cy = (float(start[1]) + float(end[1])) / 2.0 + dx * reach
    first = math.atan2(float(start[1]) - cy, float(start[0]) - cx)
    sweep = 4.0 * math.atan(bulge)
    if sweep < 0.0:
        first, sweep = first + sweep, -sweep
    first %= 2.0 * math.pi
    if 2.0 * math.pi - first < 1e-9:
        first = 0.0
    return cx, cy, radius, first, first + sweep


def segments_with_bulge(
    loop: Loop, *, closed: bool
) -> Iterator[tuple[FloatArray, FloatArray, float]]:
    """Yield (start, end, bulge) of each segment."""
    points = loop.points
    count = len(points) if closed else len(points) - 1
    for index in range(count):
        bulge = float(loop.bulges[index]) if loop.bulges is not None else 0.0
        yield points[index], points[(index + 1) % len(points)], bulge


def loop_arcs(loop: Loop, *, closed: bool) -> tuple[Arc, ...]:
    """Return the arcs of a loop; pieces of one arc that follow each other are one."""
    arcs: list[Arc] = []
    turns: list[bool] = []
    joined_at = -1
    for index, (start, end, bulge) in enumerate(segments_with_bulge(loop, closed=closed)):
        arc = segment_arc(start, end, bulge)
        if arc is None:
            continue
        follows = joined_at == index - 1 and bool(arcs) and turns[-1] == (bulge > 0)
        joined = _joined(arcs[-1], arc, forward=bulge > 0) if follows else None
        if joined is None:
            arcs.append(arc)
            turns.append(bulge > 0)
        else:
            arcs[-1] = joined
        joined_at = index
    return tuple(arcs)


def _joined(first: Arc, second: Arc, *, forward: bool) -> Arc | None:
    """Return two pieces of one circle that follow each other as one arc, or None."""
    limit = 1e-6 * first[2]
    near = all(abs(a - b) <= limit for a, b in zip(first[:3], second[:3], strict=True))
    sweep = (first[4] - first[3]) + (second[4] - second[3])
    if not near or sweep > 2.0 * math.pi + 1e-6:
        return None
    start = first[3] if forward else second[3]
    if sweep > 2.0 * math.pi - 1e-9:
        return (*first[:3], 0.0, 2.0 * math.pi)
    return (*first[:3], start, start + sweep)


# ---------------------------------------------------------------- flattening


def chord_count(radius: float, sweep: float, tolerance: float) -> int:
    """Return how many chords keep within the tolerance of an arc."""
    share = min(tolerance / radius, 0.5) if radius > 0.0 else 0.5
    step = min(2.0 * math.acos(1.0 - share), FLATTENING_ANGLE)
    return max(1, min(MAX_CHORDS, math.ceil(abs(sweep) / step)))


def flatten(loop: Loop, *, closed: bool, tolerance: float) -> FloatArray:
    """Return the loop as points ``[n 2]``, every curve within the tolerance (drawing units)."""
    flat = loop.points[:, :2]
    if not loop.has_arcs():
        return flat
    pieces: list[FloatArray] = []
    for start, end, bulge in segments_with_bulge(loop, closed=closed):
        arc = segment_arc(start, end, bulge)
        pieces.append(start[None, :2])
        if arc is not None:
            pieces.append(_inner_points(arc, forward=bulge > 0, tolerance=tolerance))
    if not closed:
        pieces.append(flat[-1:])
    return np.vstack(pieces)


def _inner_points(arc: Arc, *, forward: bool, tolerance: float) -> FloatArray:
    cx, cy, radius, start, end = arc
    count = chord_count(radius, end - start, tolerance)
    angles = start + (end - start) * np.arange(1, count) / count
    if not forward:
        angles = angles[::-1]
    return np.column_stack([cx + radius * np.cos(angles), cy + radius * np.sin(angles)])


def without_repeats(points: FloatArray, *, closed: bool, limit: float) -> FloatArray:
    """Return points ``[n 2]`` without those that repeat their predecessor within the limit."""
    steps = np.hypot(*np.diff(points, axis=0).T)
    keep = np.concatenate([[True], steps > limit])
    kept = points[keep]
    if closed and len(kept) > 1 and float(np.hypot(*(kept[0] - kept[-1]))) <= limit:
        kept = kept[:-1]
    return kept


def bounds_2d(loops: Sequence[Loop]) -> tuple[float, float, float, float] | None:
    """Return (xmin, ymin, xmax, ymax) of the loops' points, or None."""
    if not loops:
        return None
    low = np.min([loop.points[:, :2].min(axis=0) for loop in loops], axis=0)
    high = np.max([loop.points[:, :2].max(axis=0) for loop in loops], axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])
