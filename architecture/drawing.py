"""Drawing: strokes, texts and inserts by layer, in metres, as they were drawn.

What a drawing says, before anybody judges what it means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.errors import InvalidValueError
from shared.finding import Finding
from shared.provenance import Provenance

Point = tuple[float, float]

Arc = tuple[float, float, float, float, float]
"""(center x, center y, radius, start, end): counter-clockwise from start to end, radians."""


class StrokeKind(StrEnum):
    """What entity a stroke was drawn as."""

    LINE = "line"
    POLYLINE = "polyline"
    ARC = "arc"
    CIRCLE = "circle"
    CURVE = "curve"
    """Ellipse, spline."""
    FILL = "fill"
    """Boundary of a hatch, solid or trace."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stroke:
    """One drawn line, flattened to points.

    Parameters
    ----------
    kind
        Entity it comes from.
    points
        float64 ``[n 2]`` metres, at least two rows; arcs and curves are flattened
        within the reading tolerance. A closed stroke does not repeat its first point.
    closed
        Whether the last point joins the first.
    layer
        Name of the layer (bound xref prefix kept).
    arc
        For arcs and circles: (center x, center y, radius, start, end), metres and
        radians, counter-clockwise from start to end.
    fill
        For fills: ``solid`` or the pattern's name.
    holes
        For fills: inner boundaries, each ``[n 2]``.
    group
        Index into `Drawing.inserts` of the top-level insert it came with, or None.
    block
        Index of the innermost insert it came with; equal to `group` where blocks are
        not nested.
    arcs
        For polylines: the arcs among its segments, each as `arc`.
    width_m
        Width a polyline was drawn with, 0 for hairlines: some drafters draw walls so.
    handle
        DXF handle, for findings.
    linetype, color
        As drawn, resolved through the layer; color is an AutoCAD color index.
    """

    kind: StrokeKind
    points: NDArray[np.float64]
    layer: str
    closed: bool = False
    arc: Arc | None = None
    fill: str | None = None
    holes: tuple[NDArray[np.float64], ...] = ()
    group: int | None = None
    block: int | None = None
    arcs: tuple[Arc, ...] = ()
    width_m: float = 0.0
    handle: str = ""
    linetype: str = "CONTINUOUS"
    color: int = 7

    def __post_init__(self) -> None:
        points = np.ascontiguousarray(self.points, dtype=np.float64)
        object.__setattr__(self, "points", points)
        if points.ndim != 2 or points.shape[1] != 2 or len(points) < 2:
            raise InvalidValueError("A stroke has at least two points [n 2].")
        if not np.isfinite(points).all():
            raise InvalidValueError("A stroke has finite points.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One piece of text at its place.

    Parameters
    ----------
    content
        Plain text, formatting codes removed, lines joined by newlines.
    position
        Centre of the text's box, metres.
    height_m
        Cap height, metres.
    rotation
        Radians, counter-clockwise.
    layer, group, handle
        As for `Stroke`.
    tag
        Attribute tag where it is a block attribute, else empty.
    """

    content: str
    position: Point
    height_m: float
    layer: str
    rotation: float = 0.0
    group: int | None = None
    handle: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Insert:
    """One placed block: its name, place and attributes. Its strokes carry its index.

    Parameters
    ----------
    name
        True block name (a dynamic block's own name, not ``*U…``).
    position
        Insertion point, metres.
    rotation
        Radians, counter-clockwise.
    scale
        (x, y) scale factors; one negative means mirrored.
    bounds
        (xmin, ymin, xmax, ymax) of its strokes in metres, or None if it has none.
    parent
        Index of the enclosing insert, or None at top level.
    attributes
        Attribute tag → text.
    """

    name: str
    position: Point
    layer: str
    rotation: float = 0.0
    scale: Point = (1.0, 1.0)
    bounds: tuple[float, float, float, float] | None = None
    parent: int | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    handle: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "attributes", MappingProxyType(dict(self.attributes)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """One measured distance: what was drawn and what is printed.

    Parameters
    ----------
    start, end
        Measured points, metres.
    measured_m
        Length measured along the dimension's direction, metres.
    printed
        Text typed over the measurement, or empty where the program prints it.
    shown
        Text as it stands in the drawing, typed or measured, where it is known.
    """

    start: Point
    end: Point
    measured_m: float
    layer: str
    printed: str = ""
    shown: str = ""
    handle: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One voice in the unit vote.

    Parameters
    ----------
    source
        Where it comes from: ``header``, ``door-arcs``, ``wall-thickness``,
        ``dimensions``, ``areas``, ``extent``, ``user``.
    weight_by_unit
        How much it speaks for each unit, 0 to 1.
    message
        One sentence with the figures.
    """

    source: str
    weight_by_unit: Mapping[str, float]
    message: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight_by_unit", MappingProxyType(dict(self.weight_by_unit)))


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitVote:
    """What one drawing unit really is, why, and how sure that is.

    Parameters
    ----------
    unit
        ``mm``, ``cm``, ``m``, ``in``, ``ft`` … what was decided.
    meters_per_unit
        Its length.
    confidence
        0 nothing speaks for it, 1 certain.
    declared
        What the header says, or None.
    evidence
        The voices.
    """

    unit: str
    meters_per_unit: float
    confidence: float
    declared: str | None
    evidence: tuple[Evidence, ...] = ()

    def __post_init__(self) -> None:
        if not (self.meters_per_unit > 0 and 0.0 <= self.confidence <= 1.0):
            raise InvalidValueError("A unit has a positive length and a confidence of 0 to 1.")

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for a JSON report."""
        return {
            "decided": self.unit,
            "meters_per_unit": self.meters_per_unit,
            "confidence": round(self.confidence, 3),
            "declared": self.declared,
            "evidence": [
                {
                    "source": voice.source,
                    "message": voice.message,
                    "weight_by_unit": {u: round(w, 3) for u, w in voice.weight_by_unit.items()},
                }
                for voice in self.evidence
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawing:
    """Everything drawn, in float64 metres around a rounded local origin.

    Parameters
    ----------
    strokes, texts, inserts, dimensions
        What is drawn, in metres, relative to `offset_m`.
    layers
        Every layer's name, in the file's order.
    unit
        The unit vote.
    offset_m
        World position (x, y) of the local origin in metres: drawing position =
        local position + offset. Rounded to whole metres; (0, 0) for drawings near
        their origin. float32 cannot tell metres at 10⁷.
    name
        Stem of the drawing's file name, for storey names. Not a path.
    counts
        Entity type → number read.
    facts
        Other header facts.
    provenance, findings
        Where it comes from; what was assumed or could not be read.
    """

    strokes: tuple[Stroke, ...]
    texts: tuple[Text, ...]
    inserts: tuple[Insert, ...]
    unit: UnitVote
    dimensions: tuple[Dimension, ...] = ()
    layers: tuple[str, ...] = ()
    offset_m: Point = (0.0, 0.0)
    name: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    provenance: Provenance = Provenance()
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "counts", MappingProxyType(dict(self.counts)))
        object.__setattr__(self, "facts", MappingProxyType(dict(self.facts)))

    def bounds(self) -> tuple[float, float, float, float] | None:
        """Return (xmin, ymin, xmax, ymax) of all strokes in local metres, or None."""
        if not self.strokes:
            return None
        low = np.min([s.points.min(axis=0) for s in self.strokes], axis=0)
        high = np.max([s.points.max(axis=0) for s in self.strokes], axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])
