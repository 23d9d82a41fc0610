"""DXF entities become primitives, texts, dimensions and inserts, in drawing units.

One handler a type; what has no handler is counted and named. Entities that DXF
stores in object coordinates (OCS) are read flat and then turned by their extrusion.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from ezdxf import DXFError

from architecture.drawing import StrokeKind
from architecture.reading.annotations import read_dimension, read_mtext, read_text
from architecture.reading.block_inserts import read_insert
from architecture.reading.hatches import hatch_regions
from architecture.reading.object_coordinates import ocs_matrix, pen_of
from architecture.reading.primitives import (
    BULGE_TOLERANCE,
    MAX_COORDINATE,
    RELATIVE_TOLERANCE,
    FloatArray,
    Loop,
    Primitive,
    RawDimension,
    RawInsert,
    RawText,
    arc_loop,
    in_range,
    moved_text,
    transformed,
)

MAX_CURVE_POINTS: Final = 20_000
"""Most points of one spline or ellipse."""
ROUND_RATIO: Final = 1.0 - 1e-6
"""Ratio of axes from which an ellipse counts as a circle."""
UNREADABLE: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    DXFError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What reading one damaged entity may raise."""
IGNORED: Final = frozenset({"ATTDEF", "SEQEND", "VERTEX"})
"""Parts of other entities."""


@dataclass(slots=True, eq=False)
class Content:
    """What one layout or block holds, in its own coordinates."""

    primitives: list[Primitive] = field(default_factory=list)
    texts: list[RawText] = field(default_factory=list)
    dimensions: list[RawDimension] = field(default_factory=list)
    inserts: list[RawInsert] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)
    """Entity types that carry geometry that is not read."""
    damaged: Counter[str] = field(default_factory=Counter)
    """Entity types of which some could not be read."""
    invisible: int = 0
    empty: int = 0
    """Entities that are a point in plan."""


def read_entities(entities: Iterable[Any]) -> Content:
    """Return the content of a layout or block."""
    content = Content()
    for entity in entities:
        kind = str(entity.dxftype())
        try:
            _read_entity(entity, kind, content)
        except UNREADABLE:
            content.damaged[kind] += 1
    return content


def _read_entity(entity: Any, kind: str, content: Content) -> None:
    if kind in IGNORED:
        if kind == "ATTDEF":
            _constant_attribute(entity, content)
        return
    content.counts[kind] += 1
    if entity.dxf.get("invisible", 0):
        content.invisible += 1
        return
    handler = HANDLERS.get(kind)
    if handler is None:
        content.unread[kind] += 1
        return
    handler(entity, content)


# ---------------------------------------------------------------- adding


def _add(
    content: Content,
    entity: Any,
    kind: StrokeKind,
    loop: Loop,
    *,
    closed: bool = False,
    fill: str | None = None,
    holes: tuple[Loop, ...] = (),
    width: float = 0.0,
    flat: bool = True,
) -> None:
    """Add one primitive; `flat` ones are in object coordinates and are turned here."""
    if not in_range(loop.points) or not all(in_range(hole.points) for hole in holes):
        raise ValueError("a coordinate is not a number, or out of range")
    if loop.bulges is not None and not np.isfinite(loop.bulges).all():
        raise ValueError("a bulge is not a number")
    primitive = Primitive(
        kind, loop, pen_of(entity), closed, fill, holes, width, str(entity.dxf.get("handle") or "")
    )
    matrix = ocs_matrix(entity) if flat else None
    if matrix is not None:
        primitive = transformed(primitive, matrix)
    extent = np.ptp(primitive.loop.points[:, :2], axis=0)
    if len(loop.points) < 2 or not extent.max() > 0.0:
        content.empty += 1
        return
    content.primitives.append(primitive)


def _line(entity: Any, content: Content) -> None:
    points = np.array([tuple(entity.dxf.start), tuple(entity.dxf.end)], dtype=np.float64)
    _add(content, entity, StrokeKind.LINE, Loop(points), flat=False)


def _arc(entity: Any, content: Content) -> None:
    dxf = entity.dxf
    start = math.radians(dxf.start_angle)
    sweep = (math.radians(dxf.end_angle) - start) % (2.0 * math.pi) or 2.0 * math.pi
    center = dxf.center
    loop = arc_loop(center.x, center.y, _positive(dxf.radius), start, sweep, center.z)
    full = abs(sweep - 2.0 * math.pi) < 1e-9
    kind = StrokeKind.CIRCLE if full else StrokeKind.ARC
    _add(content, entity, kind, loop, closed=full)


def _circle(entity: Any, content: Content) -> None:
    center = entity.dxf.center
    radius = _positive(entity.dxf.radius)
    loop = arc_loop(center.x, center.y, radius, 0.0, 2.0 * math.pi, center.z)
    _add(content, entity, StrokeKind.CIRCLE, loop, closed=True)


def _positive(radius: float) -> float:
    if not 0.0 < abs(radius) <= MAX_COORDINATE:
        raise ValueError("a radius is not a length")
    return abs(float(radius))


def _lwpolyline(entity: Any, content: Content) -> None:
    rows = np.array(entity.get_points("xyseb"), dtype=np.float64).reshape(-1, 5)
    elevation = np.full((len(rows), 1), float(entity.dxf.elevation))
    widths = rows[:, 2:4]
    width = float(entity.dxf.get("const_width", 0.0)) or _even_width(widths)
    loop = Loop(np.hstack([rows[:, :2], elevation]), rows[:, 4])
    _add_polyline(content, entity, loop, closed=bool(entity.closed), width=width)


def _even_width(widths: FloatArray) -> float:
    """Return the width all segments share, or 0."""
    if not len(widths) or float(np.ptp(widths)) > 1e-9 * float(np.abs(widths).max()):
        return 0.0
    return float(widths[0, 0])


def _add_polyline(
    content: Content, entity: Any, loop: Loop, *, closed: bool, width: float, flat: bool = True
) -> None:
    if len(loop.points) < 2:
        content.empty += 1
        return
    bulges = loop.bulges
    curved = bulges is not None and bool((np.abs(bulges) > BULGE_TOLERANCE).any())
    kind = StrokeKind.POLYLINE
    if curved and bulges is not None and len(loop.points) == 2:
        kind = StrokeKind.POLYLINE if closed else StrokeKind.ARC
        if closed and np.allclose(np.abs(bulges), 1.0) and bulges[0] * bulges[1] > 0:
            kind = StrokeKind.CIRCLE
    loop = loop if curved else Loop(loop.points)
    _add(content, entity, kind, loop, closed=closed, width=width, flat=flat)


def _polyline(entity: Any, content: Content) -> None:
    if entity.is_poly_face_mesh or entity.is_polygon_mesh:
        for face in entity.virtual_entities():
            _face(face, content, owner=entity)
        return
    vertices = [v for v in entity.vertices if not v.dxf.flags & 16]  # 16: spline control points
    points = np.array([tuple(v.dxf.location) for v in vertices], dtype=np.float64).reshape(-1, 3)
    if entity.is_3d_polyline:
        loop = Loop(points)
        _add_polyline(content, entity, loop, closed=bool(entity.is_closed), width=0.0, flat=False)
        return
    points[:, 2] = entity.dxf.elevation.z if entity.dxf.hasattr("elevation") else 0.0
    bulges = np.array([v.dxf.get("bulge", 0.0) for v in vertices], dtype=np.float64)
    widths = np.array(
        [(v.dxf.get("start_width", 0.0), v.dxf.get("end_width", 0.0)) for v in vertices]
    )
    width = float(entity.dxf.get("default_start_width", 0.0)) or _even_width(widths)
    _add_polyline(content, entity, Loop(points, bulges), closed=bool(entity.is_closed), width=width)


def _ellipse(entity: Any, content: Content) -> None:
    dxf = entity.dxf
    major, center = dxf.major_axis, dxf.center
    radius = _positive(major.magnitude)
    upright = abs(abs(tuple(dxf.extrusion)[2]) - 1.0) < 1e-12
    start, end = float(dxf.start_param), float(dxf.end_param)
    sweep = (end - start) % (2.0 * math.pi) or 2.0 * math.pi
    full = abs(sweep - 2.0 * math.pi) < 1e-9
    if abs(dxf.ratio) >= ROUND_RATIO and upright:
        turn = math.copysign(1.0, dxf.extrusion.z)
        first = math.atan2(major.y, major.x) + turn * start
        loop = arc_loop(center.x, center.y, radius, first, turn * sweep, center.z)
        kind = StrokeKind.CIRCLE if full else StrokeKind.ARC
        _add(content, entity, kind, loop, closed=full, flat=False)
        return
    points = _curve(entity.flattening(radius * RELATIVE_TOLERANCE, segments=8))
    closed = full and len(points) > 2
    loop = Loop(points[:-1] if closed else points)
    _add(content, entity, StrokeKind.CURVE, loop, closed=closed, flat=False)


def _spline(entity: Any, content: Content) -> None:
    tool = entity.construction_tool()
    control = np.array([tuple(p) for p in tool.control_points], dtype=np.float64)
    if not in_range(control):
        raise ValueError("a coordinate is not a number")
    size = float(np.ptp(control, axis=0).max())
    if not size > 0.0:
        content.empty += 1
        return
    points = _curve(tool.flattening(size * RELATIVE_TOLERANCE, segments=4))
    closed = len(points) > 3 and bool(np.allclose(points[0], points[-1], atol=size * 1e-9))
    loop = Loop(points[:-1] if closed else points)
    _add(content, entity, StrokeKind.CURVE, loop, closed=closed, flat=False)


def _curve(vertices: Iterable[Any]) -> FloatArray:
    """Return vertices ``[n 3]``; an endless curve is refused."""
    rows: list[tuple[float, float, float]] = []
    for vertex in vertices:
        rows.append((vertex.x, vertex.y, vertex.z))
        if len(rows) > MAX_CURVE_POINTS:
            raise ValueError("a curve has too many points")
    return np.array(rows, dtype=np.float64).reshape(-1, 3)


def _hatch(entity: Any, content: Content) -> None:
    if entity.dxf.get("solid_fill", 0):
        fill = "solid"
    else:
        fill = str(entity.dxf.get("pattern_name", "") or "pattern").lower()
    for outline, holes in hatch_regions(entity):
        _add(content, entity, StrokeKind.FILL, outline, closed=True, fill=fill, holes=holes)


def _solid(entity: Any, content: Content) -> None:
    vertices = entity.vertices()  # in the order of the outline
    points = np.array([tuple(v) for v in vertices], dtype=np.float64)
    _add(content, entity, StrokeKind.FILL, Loop(points), closed=True, fill="solid")


def _face(entity: Any, content: Content, *, owner: Any = None) -> None:
    points = np.array([tuple(v) for v in entity.wcs_vertices()], dtype=np.float64)
    _add(content, owner or entity, StrokeKind.POLYLINE, Loop(points), closed=True, flat=False)


def _exploded(entity: Any, content: Content) -> None:
    """MLINE, proxies, tables: read what they are drawn with."""
    drawn = list(entity.virtual_entities())
    if not drawn:
        content.unread[entity.dxftype()] += 1
        return
    inner = read_entities(drawn)
    content.primitives += inner.primitives
    content.texts += inner.texts
    content.inserts += inner.inserts
    content.damaged += inner.damaged


def _table(entity: Any, content: Content) -> None:
    inner = read_entities(list(entity.__virtual_entities__()))
    content.primitives += inner.primitives
    content.texts += inner.texts


def _multileader(entity: Any, content: Content) -> None:
    """Read the text of a leader, not its arrow."""
    inner = read_entities(list(entity.virtual_entities()))
    content.texts += inner.texts


def _text(entity: Any, content: Content) -> None:
    _add_text(content, entity, read_text(entity, pen_of(entity)))


def _mtext(entity: Any, content: Content) -> None:
    text = read_mtext(entity, pen_of(entity))
    if text is not None and text.content:
        content.texts.append(text)


def _add_text(content: Content, entity: Any, text: RawText | None) -> None:
    if text is None:
        return
    matrix = ocs_matrix(entity)
    content.texts.append(text if matrix is None else moved_text(text, matrix))


def _constant_attribute(entity: Any, content: Content) -> None:
    """A constant attribute is drawn with the block, not with the insert."""
    if not int(entity.dxf.get("flags", 0)) & 2:
        return
    _add_text(content, entity, read_text(entity, pen_of(entity), tag=str(entity.dxf.tag)))


def _dimension(entity: Any, content: Content) -> None:
    dimension = read_dimension(entity, pen_of(entity))
    if dimension is not None:
        content.dimensions.append(dimension)


def _counted(entity: Any, content: Content) -> None:
    """Annotation that is no geometry of the building."""


def _insert(entity: Any, content: Content) -> None:
    content.inserts.append(read_insert(entity, pen_of(entity)))


Handler = Callable[[Any, Content], None]

HANDLERS: Final[MappingProxyType[str, Handler]] = MappingProxyType(
    {
        "LINE": _line,
        "ARC": _arc,
        "CIRCLE": _circle,
        "ELLIPSE": _ellipse,
        "SPLINE": _spline,
        "HELIX": _spline,
        "LWPOLYLINE": _lwpolyline,
        "POLYLINE": _polyline,
        "HATCH": _hatch,
        "MPOLYGON": _hatch,
        "SOLID": _solid,
        "TRACE": _solid,
        "3DFACE": _face,
        "MLINE": _exploded,
        "ACAD_PROXY_ENTITY": _exploded,
        "ACAD_TABLE": _table,
        "MULTILEADER": _multileader,
        "MLEADER": _multileader,
        "INSERT": _insert,
        "TEXT": _text,
        "MTEXT": _mtext,
        "ATTRIB": _text,
        "DIMENSION": _dimension,
        "ARC_DIMENSION": _counted,
        "LARGE_RADIAL_DIMENSION": _counted,
        "LEADER": _counted,
        "TOLERANCE": _counted,
        "POINT": _counted,
        "RAY": _counted,
        "XLINE": _counted,
        "VIEWPORT": _counted,
        "WIPEOUT": _counted,
        "LIGHT": _counted,
        "SUN": _counted,
    }
)
"""How each entity type is read. Types without a row are named as not read."""
