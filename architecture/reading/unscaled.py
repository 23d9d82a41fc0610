"""What a reader gives: a drawing in its own units, before the unit is decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from architecture.drawing import Point
from architecture.reading.primitives import (
    FloatArray,
    Loop,
    Pen,
    Primitive,
    RawDimension,
    RawText,
)
from shared.finding import Finding


@dataclass(frozen=True, slots=True, eq=False)
class PlacedStroke:
    """A line at its place in the drawing, with the blocks it came with."""

    primitive: Primitive
    group: int | None = None
    block: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PlacedText:
    """A text at its place in the drawing."""

    text: RawText
    group: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PlacedInsert:
    """A block at its place: `matrix` ``[4 4]`` takes block coordinates to the drawing."""

    name: str
    matrix: FloatArray
    pen: Pen
    parent: int | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    handle: str = ""

    @property
    def position(self) -> Point:
        """Where the block's origin is, in drawing units."""
        return float(self.matrix[0, 3]), float(self.matrix[1, 3])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UnscaledDrawing:
    """Everything drawn, in drawing units.

    Parameters
    ----------
    declared_unit
        Name of the unit the file claims (``mm``, ``in`` …), or None.
    facts
        Header facts: ``insunits``, ``measurement``, ``lunits``, ``version``.
    """

    strokes: tuple[PlacedStroke, ...] = ()
    texts: tuple[PlacedText, ...] = ()
    inserts: tuple[PlacedInsert, ...] = ()
    dimensions: tuple[RawDimension, ...] = ()
    layers: tuple[str, ...] = ()
    declared_unit: str | None = None
    name: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def loops(self) -> list[Loop]:
        """Return the outlines of all strokes."""
        return [stroke.primitive.loop for stroke in self.strokes]

    def middle(self) -> Point:
        """Return the median of the strokes' first points: stray ones do not move it."""
        if not self.strokes:
            return 0.0, 0.0
        first = np.array([loop.points[0, :2] for loop in self.loops()])
        x, y = np.median(first, axis=0)
        return float(x), float(y)
