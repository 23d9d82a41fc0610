"""From drawing units to metres around a rounded local origin."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from architecture.drawing import (
    Dimension,
    Drawing,
    Insert,
    Point,
    Stroke,
    StrokeKind,
    Text,
    UnitVote,
)
from architecture.reading.primitives import (
    FLATTENING_TOLERANCE_M,
    RawDimension,
    flatten,
    loop_arcs,
    without_repeats,
)
from architecture.reading.unscaled import PlacedInsert, PlacedStroke, PlacedText, UnscaledDrawing
from shared.finding import Finding, note
from shared.provenance import Provenance

FAR_M: Final = 1000.0
"""Distance from the origin, metres, from which a local origin is set: there float32, in
which meshes are stored, still tells a tenth of a millimetre."""
SHORTEST_STROKE_M: Final = 1e-6
"""Steps shorter than this are no steps."""


def scale_drawing(unscaled: UnscaledDrawing, vote: UnitVote, *, provenance: Provenance) -> Drawing:
    """Return the drawing in metres, curves flattened within half a millimetre."""
    scale = vote.meters_per_unit
    offset = local_origin(unscaled.middle(), scale)
    strokes, dropped = _strokes(unscaled.strokes, scale, offset)
    findings: tuple[Finding, ...] = unscaled.findings
    if dropped:
        findings = (*findings, note("strokes-without-length", f"{dropped} lines have no length."))
    if offset != (0.0, 0.0):
        message = (
            f"The drawing lies far from its origin; it stands at a local origin at "
            f"({offset[0]:.0f}, {offset[1]:.0f}) m."
        )
        details = {"offset_m": list(offset)}
        findings = (*findings, note("local-origin", message, details=details))
    return Drawing(
        strokes=tuple(strokes),
        texts=tuple(_text(text, scale, offset) for text in unscaled.texts),
        inserts=_inserts(unscaled.inserts, strokes, scale, offset),
        dimensions=tuple(_dimension(d, scale, offset) for d in unscaled.dimensions),
        layers=unscaled.layers,
        unit=vote,
        offset_m=offset,
        name=unscaled.name,
        counts=unscaled.counts,
        facts=unscaled.facts,
        provenance=provenance,
        findings=findings,
    )


def local_origin(middle: Point, meters_per_unit: float) -> Point:
    """Return the local origin in whole metres: (0, 0) unless the drawing is far away."""
    x, y = middle[0] * meters_per_unit, middle[1] * meters_per_unit
    if max(abs(x), abs(y)) <= FAR_M:
        return 0.0, 0.0
    return float(round(x)), float(round(y))


def _strokes(
    placed: Sequence[PlacedStroke], scale: float, offset: Point
) -> tuple[list[Stroke], int]:
    strokes: list[Stroke] = []
    dropped = 0
    for item in placed:
        stroke = _stroke(item, scale, offset)
        if stroke is None:
            dropped += 1
        else:
            strokes.append(stroke)
    return strokes, dropped


def _stroke(placed: PlacedStroke, scale: float, offset: Point) -> Stroke | None:
    primitive = placed.primitive
    tolerance = FLATTENING_TOLERANCE_M / scale
    origin = np.array(offset)
    flat = flatten(primitive.loop, closed=primitive.closed, tolerance=tolerance) * scale - origin
    points = without_repeats(flat, closed=primitive.closed, limit=SHORTEST_STROKE_M)
    if len(points) < 2:
        return None
    arcs = (
        tuple(
            (cx * scale - offset[0], cy * scale - offset[1], radius * scale, start, end)
            for cx, cy, radius, start, end in loop_arcs(primitive.loop, closed=primitive.closed)
        )
        if primitive.loop.has_arcs()
        else ()
    )
    round_kinds = (StrokeKind.ARC, StrokeKind.CIRCLE)
    single = len(arcs) == 1 and primitive.kind in round_kinds
    return Stroke(
        kind=primitive.kind,
        points=points,
        closed=primitive.closed and len(points) > 2,
        layer=primitive.pen.layer,
        arc=arcs[0] if single else None,
        arcs=() if single else arcs,
        fill=primitive.fill,
        holes=tuple(
            hole
            for hole in (
                without_repeats(
                    flatten(loop, closed=True, tolerance=tolerance) * scale - origin,
                    closed=True,
                    limit=SHORTEST_STROKE_M,
                )
                for loop in primitive.holes
            )
            if len(hole) > 2
        ),
        width_m=primitive.width * scale,
        group=placed.group,
        block=placed.block,
        handle=primitive.handle,
        linetype=primitive.pen.linetype,
        color=primitive.pen.color,
    )


def _text(placed: PlacedText, scale: float, offset: Point) -> Text:
    text = placed.text
    return Text(
        content=text.content,
        position=_point(text.center[0], text.center[1], scale, offset),
        height_m=text.height * scale,
        rotation=math.atan2(float(text.along[1]), float(text.along[0])),
        layer=text.pen.layer,
        group=placed.group,
        handle=text.handle,
        tag=text.tag,
    )


def _point(x: float, y: float, scale: float, offset: Point) -> Point:
    return float(x) * scale - offset[0], float(y) * scale - offset[1]


def _dimension(dimension: RawDimension, scale: float, offset: Point) -> Dimension:
    return Dimension(
        start=_point(dimension.start[0], dimension.start[1], scale, offset),
        end=_point(dimension.end[0], dimension.end[1], scale, offset),
        measured_m=dimension.length * scale,
        layer=dimension.pen.layer,
        printed=dimension.printed,
        shown=dimension.shown,
        handle=dimension.handle,
    )


def _inserts(
    placed: Sequence[PlacedInsert], strokes: Sequence[Stroke], scale: float, offset: Point
) -> tuple[Insert, ...]:
    bounds = _bounds_by_insert(placed, strokes)
    return tuple(
        Insert(
            name=item.name,
            position=_point(item.position[0], item.position[1], scale, offset),
            layer=item.pen.layer,
            rotation=math.atan2(float(item.matrix[1, 0]), float(item.matrix[0, 0])),
            scale=_scales(item),
            bounds=bounds.get(index),
            parent=item.parent,
            attributes=item.attributes,
            handle=item.handle,
        )
        for index, item in enumerate(placed)
    )


def _scales(item: PlacedInsert) -> Point:
    x_axis, y_axis = item.matrix[:2, 0], item.matrix[:2, 1]
    mirrored = float(np.linalg.det(item.matrix[:2, :2])) < 0.0
    y_scale = float(np.hypot(*y_axis))
    return float(np.hypot(*x_axis)), -y_scale if mirrored else y_scale


def _bounds_by_insert(
    placed: Sequence[PlacedInsert], strokes: Sequence[Stroke]
) -> dict[int, tuple[float, float, float, float]]:
    """Return the box of each insert's strokes, those of nested inserts included."""
    boxes: dict[int, tuple[float, float, float, float]] = {}

    def widen(index: int, box: tuple[float, float, float, float]) -> None:
        known = boxes.get(index, box)
        low = (min(known[0], box[0]), min(known[1], box[1]))
        boxes[index] = (*low, max(known[2], box[2]), max(known[3], box[3]))

    for stroke in strokes:
        if stroke.block is not None:
            low, high = stroke.points.min(axis=0), stroke.points.max(axis=0)
            widen(stroke.block, (float(low[0]), float(low[1]), float(high[0]), float(high[1])))
    for index in range(len(placed) - 1, -1, -1):  # children come after their parents
        parent = placed[index].parent
        if parent is not None and index in boxes:
            widen(parent, boxes[index])
    return boxes
