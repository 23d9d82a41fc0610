"""Plan: what one storey's drawing means: walls, openings, rooms, and what stays open.

All lengths in metres, in the drawing's local coordinates (see `Drawing.offset_m`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from shapely.geometry import LineString, Polygon

from architecture.drawing import Point, UnitVote
from shared.errors import InvalidValueError
from shared.finding import Finding
from shared.provenance import Provenance

NUMBER_SEPARATOR: Final = " / "
"""Between the numbers of a room that has several: an open plan."""


class OpeningKind(StrEnum):
    """What fills an opening."""

    DOOR = "door"
    WINDOW = "window"
    PASSAGE = "passage"
    """A gap with nothing in it."""


class Operation(StrEnum):
    """How a door or window opens: the IFC4 names."""

    SINGLE_SWING_LEFT = "SINGLE_SWING_LEFT"
    SINGLE_SWING_RIGHT = "SINGLE_SWING_RIGHT"
    DOUBLE_DOOR_SINGLE_SWING = "DOUBLE_DOOR_SINGLE_SWING"
    DOUBLE_SWING_LEFT = "DOUBLE_SWING_LEFT"
    DOUBLE_SWING_RIGHT = "DOUBLE_SWING_RIGHT"
    DOUBLE_DOOR_DOUBLE_SWING = "DOUBLE_DOOR_DOUBLE_SWING"
    SLIDING_TO_LEFT = "SLIDING_TO_LEFT"
    SLIDING_TO_RIGHT = "SLIDING_TO_RIGHT"
    DOUBLE_DOOR_SLIDING = "DOUBLE_DOOR_SLIDING"
    FOLDING_TO_LEFT = "FOLDING_TO_LEFT"
    FOLDING_TO_RIGHT = "FOLDING_TO_RIGHT"
    DOUBLE_DOOR_FOLDING = "DOUBLE_DOOR_FOLDING"
    REVOLVING = "REVOLVING"
    NOTDEFINED = "NOTDEFINED"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wall:
    """One straight (or arced, as a chain) wall, its footprint with openings filled in.

    Parameters
    ----------
    id
        Unique in the plan, such as ``wall_3``.
    axis
        Centre line from start to end, metres.
    thickness_m
        Distance between its faces.
    footprint
        Polygon of the wall, openings **not** taken out, cleanly joined with its
        neighbours; the union of all footprints is the wall body of the storey.
    external
        Whether one side is outdoors; None where unknown.
    confidence
        0 to 1.
    evidence
        How it was recognized: ``double-line``, ``outline``, ``hatch``, ``single-line``,
        ``glazing`` for a curtain wall or glass partition.
    layer
        Layer it was drawn on, if one.
    """

    id: str
    axis: LineString
    thickness_m: float
    footprint: Polygon
    external: bool | None = None
    confidence: float = 1.0
    evidence: str = ""
    layer: str = ""

    def __post_init__(self) -> None:
        if not self.thickness_m > 0:
            raise InvalidValueError(f"{self.id} has no thickness.")
        if self.axis.length <= 0 or self.footprint.is_empty or not self.footprint.is_valid:
            raise InvalidValueError(f"{self.id} has no valid axis and footprint.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Opening:
    """A door, window or passage in exactly one wall.

    Parameters
    ----------
    id
        Unique in the plan, such as ``door_2``.
    kind
        What fills it.
    wall
        Id of the wall it stands in.
    center
        On the wall's axis, metres.
    direction
        Unit vector along the wall.
    width_m
        Clear width of the gap in the wall.
    sill_m, head_m
        Heights above the floor; None where the drawing does not say (defaults are
        chosen when the building is raised, and said).
    operation
        How it opens, as IFC4 names it: looking along the way the leaf swings, its hinges
        are on the left or on the right.
    swing_side
        +1 if the leaf swings to the left of `direction`, −1 to the right, 0 unknown.
    name
        Mark or size code printed beside it.
    confidence
        0 to 1.
    evidence
        How it was recognized: ``block``, ``arc``, ``parallel-lines``, ``gap``.
    """

    id: str
    kind: OpeningKind
    wall: str
    center: Point
    direction: Point
    width_m: float
    sill_m: float | None = None
    head_m: float | None = None
    operation: Operation = Operation.NOTDEFINED
    swing_side: int = 0
    name: str = ""
    confidence: float = 1.0
    evidence: str = ""

    def __post_init__(self) -> None:
        if not self.width_m > 0:
            raise InvalidValueError(f"{self.id} has no width.")
        if abs(np.hypot(*self.direction) - 1.0) > 1e-6:
            raise InvalidValueError(f"{self.id}: the direction is not a unit vector.")
        if self.sill_m is not None and self.head_m is not None and self.sill_m >= self.head_m:
            raise InvalidValueError(f"{self.id}: the sill is not below the head.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Room:
    """A closed face between walls: net floor outline, name, number, printed area.

    Parameters
    ----------
    outline
        Net polygon between the wall faces, holes for columns and islands.
    names, numbers
        Every room name and number found inside, the best first.
    printed_area_m2
        Area as printed in the drawing, the sum where every label inside prints one, or
        None.
    """

    id: str
    outline: Polygon
    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    printed_area_m2: float | None = None

    def __post_init__(self) -> None:
        if self.outline.is_empty or not self.outline.is_valid:
            raise InvalidValueError(f"{self.id} has no valid outline.")

    @property
    def name(self) -> str:
        """The best name, or empty."""
        return self.names[0] if self.names else ""

    @property
    def number(self) -> str:
        """Its number; all of them, parted by slashes, where it has several."""
        return NUMBER_SEPARATOR.join(self.numbers)

    @property
    def area_m2(self) -> float:
        """Net floor area."""
        return float(self.outline.area)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Column:
    """A free-standing or embedded column by its footprint."""

    id: str
    footprint: Polygon


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """One storey as understood.

    Parameters
    ----------
    name
        Storey title found, or the drawing's name.
    walls, openings, rooms, columns
        What was recognized. Every opening stands in one wall of this plan.
    outline
        Outer outline of the storey (walls and rooms together), or None.
    unresolved
        What could not be resolved, each with its place and the reason.
    level_m, height_m
        Floor level and storey height where the drawing tells, else None.
    offset_m, unit
        From the drawing.
    """

    name: str
    walls: tuple[Wall, ...]
    openings: tuple[Opening, ...]
    rooms: tuple[Room, ...]
    unit: UnitVote
    columns: tuple[Column, ...] = ()
    outline: Polygon | None = None
    unresolved: tuple[Finding, ...] = ()
    level_m: float | None = None
    height_m: float | None = None
    offset_m: Point = (0.0, 0.0)
    facts: Mapping[str, Any] = field(default_factory=dict)
    provenance: Provenance = Provenance()
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "facts", MappingProxyType(dict(self.facts)))
        groups = (self.walls, self.openings, self.rooms, self.columns)
        ids = [element.id for group in groups for element in group]
        if len(set(ids)) != len(ids):
            raise InvalidValueError("The ids of a plan are unique.")
        walls = {wall.id for wall in self.walls}
        for opening in self.openings:
            if opening.wall not in walls:
                raise InvalidValueError(f"{opening.id} stands in no wall of the plan.")
