"""What a building is made of: the value types from opening to building.

All lengths are float64 metres. Plan coordinates stand around one local origin for all
storeys (`Building.offset_m` says where that is in the drawing); heights of elements
count from the floor of their storey.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations, pairwise
from typing import Final, TypeAlias

import numpy as np
import shapely
from shapely.geometry import LineString, MultiPolygon, Polygon

from architecture.drawing import Point
from architecture.plan import NUMBER_SEPARATOR, OpeningKind, Operation
from shared.errors import InvalidValueError
from shared.finding import Finding
from shared.provenance import Provenance
from shared.solids.planar import union

Region: TypeAlias = Polygon | MultiPolygon

FIT_TOLERANCE_M: Final = 1e-3
"""How far an opening may stand out of its wall, metres: what rounding of drawings moves."""

CUT_MARGIN_M: Final = 0.01
"""How far the body of a hole reaches out of its wall on every side it opens, metres, so
that no geometry kernel has to cut along a common face."""

END_SHARE: Final = 0.5
"""A wall ends at a jamb if less than this share of the next millimetres is wall."""

OVERLAP_TOLERANCE_M2: Final = 1e-3
"""Largest common area of two spaces still called disjoint: a metre of 1 mm overlap."""


def require_ordered(*values: float, name: str) -> None:
    """Raise `InvalidValueError` unless the values are finite and strictly increase."""
    if not (np.isfinite(values).all() and all(low < high for low, high in pairwise(values))):
        shown = ", ".join(f"{value:g}" for value in values)
        raise InvalidValueError(f"{name}: {shown} do not increase.")


def require_region(region: Region, *, name: str) -> None:
    """Raise `InvalidValueError` unless a region is valid and has an area."""
    if region.is_empty or not region.is_valid or not region.area > 0:
        raise InvalidValueError(f"{name} has no valid outline.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Opening:
    """A rectangular hole through one wall, and what fills it.

    Parameters
    ----------
    id
        Unique in its storey.
    kind
        Door, window or passage (nothing in it).
    center
        Middle of the hole in plan, half way through the wall.
    direction
        Unit vector along the wall.
    width_m
        Clear width along the wall.
    depth_m
        Thickness of the wall there.
    sill_m, head_m
        Lower and upper end above the floor.
    operation, swing_side, name, confidence, evidence
        As in `architecture.plan.Opening`.
    """

    id: str
    kind: OpeningKind
    center: Point
    direction: Point
    width_m: float
    depth_m: float
    sill_m: float
    head_m: float
    operation: Operation = Operation.NOTDEFINED
    swing_side: int = 0
    name: str = ""
    confidence: float = 1.0
    evidence: str = ""

    def __post_init__(self) -> None:
        require_ordered(self.sill_m, self.head_m, name=f"{self.id}: sill and head")
        if not (self.width_m > 0 and self.depth_m > 0):
            raise InvalidValueError(f"{self.id} has no width and depth.")
        if abs(np.hypot(*self.direction) - 1.0) > 1e-6:
            raise InvalidValueError(f"{self.id}: the direction is not a unit vector.")

    @property
    def height_m(self) -> float:
        """From sill to head."""
        return self.head_m - self.sill_m

    def footprint(
        self, *, before_m: float = 0.0, after_m: float = 0.0, beside_m: float = 0.0
    ) -> Polygon:
        """Return its rectangle in plan, longer before and after along the wall, and beside it."""
        along = np.array(self.direction)
        across = np.array([-along[1], along[0]]) * (self.depth_m / 2 + beside_m)
        start = np.array(self.center) - along * (self.width_m / 2 + before_m)
        end = np.array(self.center) + along * (self.width_m / 2 + after_m)
        return Polygon([start - across, end - across, end + across, start + across])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wall:
    """One wall standing on the floor of its storey, with its openings.

    Parameters
    ----------
    id
        Unique in its storey.
    axis
        Centre line from start to end.
    thickness_m
        Distance between its faces.
    footprint
        Outline in plan, openings not taken out.
    height_m
        From the floor to its top.
    openings
        Holes in it: inside its faces, below its top, apart from each other.
    external
        Whether one side is outdoors; None where unknown.
    confidence, evidence, layer
        As in `architecture.plan.Wall`.
    """

    id: str
    axis: LineString
    thickness_m: float
    footprint: Region
    height_m: float
    openings: tuple[Opening, ...] = ()
    external: bool | None = None
    confidence: float = 1.0
    evidence: str = ""
    layer: str = ""

    def __post_init__(self) -> None:
        require_region(self.footprint, name=self.id)
        require_ordered(0.0, self.height_m, name=f"{self.id}: floor and top")
        if not self.thickness_m > 0 or not self.axis.length > 0:
            raise InvalidValueError(f"{self.id} has no thickness and axis.")
        near = self.footprint.buffer(FIT_TOLERANCE_M)
        for opening in self.openings:
            if opening.sill_m < 0 or opening.head_m > self.height_m + FIT_TOLERANCE_M:
                raise InvalidValueError(f"{opening.id} is higher or lower than {self.id}.")
            if not near.covers(opening_line(opening)):
                raise InvalidValueError(f"{opening.id} does not stand inside {self.id}.")
        for one, other in combinations(self.openings, 2):
            if overlap(one, other):
                raise InvalidValueError(f"{one.id} and {other.id} overlap in {self.id}.")

    @property
    def gross_volume_m3(self) -> float:
        """Footprint times height, openings not taken out."""
        return float(self.footprint.area * self.height_m)

    def section(self, height_m: float) -> Region:
        """Return the wall cut level at a height above the floor, openings taken out."""
        holes = [
            self.hole(opening)
            for opening in self.openings
            if opening.sill_m <= height_m <= opening.head_m
        ]
        return self.footprint.difference(union(holes)) if holes else self.footprint

    def hole(self, opening: Opening) -> Polygon:
        """Return what an opening takes out in plan.

        It reaches a little out of the wall's faces, and out of the end of the wall where
        the opening ends there, so that no kernel has to cut along a common face.
        """
        step_m = 2 * FIT_TOLERANCE_M
        margins = {}
        for side, beyond in (
            ("before_m", opening.footprint(before_m=step_m)),
            ("after_m", opening.footprint(after_m=step_m)),
        ):
            strip = beyond.difference(opening.footprint())
            rest = self.footprint.intersection(strip).area
            margins[side] = CUT_MARGIN_M if rest < END_SHARE * strip.area else 0.0
        return opening.footprint(beside_m=CUT_MARGIN_M, **margins)

    @property
    def net_volume_m3(self) -> float:
        """Volume with the openings taken out."""
        return float(
            sum(
                (high - low) * self.section((low + high) / 2).area
                for low, high in pairwise(self.levels_m)
            )
        )

    @property
    def levels_m(self) -> tuple[float, ...]:
        """Heights at which its section changes, with its foot and its top."""
        ends = {z for o in self.openings for z in (o.sill_m, min(o.head_m, self.height_m))}
        return tuple(sorted({0.0, self.height_m, *ends}))


def opening_line(opening: Opening) -> LineString:
    """Return the line through the middle of an opening from jamb to jamb."""
    half = np.array(opening.direction) * (opening.width_m / 2)
    return LineString([np.array(opening.center) - half, np.array(opening.center) + half])


def overlap(one: Opening, other: Opening) -> bool:
    """Return whether two openings of one wall share more than a border."""
    if min(one.head_m, other.head_m) - max(one.sill_m, other.sill_m) <= FIT_TOLERANCE_M:
        return False
    common = one.footprint().intersection(other.footprint()).area
    return bool(common > FIT_TOLERANCE_M * min(one.depth_m, other.depth_m))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Space:
    """A room's net volume: between the wall faces, from floor to ceiling.

    Parameters
    ----------
    outline
        Net floor area, holes for columns and islands.
    height_m
        Clear height from floor to ceiling.
    names, numbers, printed_area_m2
        As in `architecture.plan.Room`.
    """

    id: str
    outline: Polygon
    height_m: float
    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    printed_area_m2: float | None = None

    def __post_init__(self) -> None:
        require_region(self.outline, name=self.id)
        require_ordered(0.0, self.height_m, name=f"{self.id}: floor and ceiling")

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


class SlabKind(StrEnum):
    """What a slab carries: the IFC4 names."""

    BASESLAB = "BASESLAB"
    """Lies on the ground."""
    FLOOR = "FLOOR"
    """Carries an upper storey."""
    ROOF = "ROOF"
    """Covers what no storey covers."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Slab:
    """A level plate; `top_m` counts from the floor of its storey."""

    id: str
    kind: SlabKind
    footprint: Polygon
    top_m: float
    thickness_m: float

    def __post_init__(self) -> None:
        require_region(self.footprint, name=self.id)
        require_ordered(0.0, self.thickness_m, name=f"{self.id}: thickness")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Column:
    """A column from the floor to the slab above."""

    id: str
    footprint: Polygon
    height_m: float

    def __post_init__(self) -> None:
        require_region(self.footprint, name=self.id)
        require_ordered(0.0, self.height_m, name=f"{self.id}: floor and top")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Storey:
    """One storey and everything that stands on its floor.

    Parameters
    ----------
    name
        For people.
    elevation_m
        Level of its floor in the building.
    height_m
        From its floor to the floor (or the top of the roof slab) above.
    walls, spaces, slabs, columns
        Its elements; their ids, and those of the openings, are unique together.
    unresolved
        What its drawing showed and nobody could place.
    """

    name: str
    elevation_m: float
    height_m: float
    walls: tuple[Wall, ...] = ()
    spaces: tuple[Space, ...] = ()
    slabs: tuple[Slab, ...] = ()
    columns: tuple[Column, ...] = ()
    unresolved: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        require_ordered(0.0, self.height_m, name=f"{self.name}: height")
        if not np.isfinite(self.elevation_m):
            raise InvalidValueError(f"{self.name} has no finite elevation.")
        groups: tuple[Iterable[Wall | Opening | Space | Slab | Column], ...] = (
            self.walls, self.openings, self.spaces, self.slabs, self.columns,
        )  # fmt: skip
        ids = [element.id for group in groups for element in group]
        if len(set(ids)) != len(ids):
            raise InvalidValueError(f"{self.name}: two elements have the same id.")
        for one, other, area_m2 in overlaps([space.outline for space in self.spaces]):
            raise InvalidValueError(
                f"{self.name}: {self.spaces[one].id} and {self.spaces[other].id} "
                f"share {area_m2:.3f} m²."
            )

    @property
    def openings(self) -> tuple[Opening, ...]:
        """The openings of all its walls."""
        return tuple(opening for wall in self.walls for opening in wall.openings)


def overlaps(
    regions: Iterable[Region], *, tolerance_m2: float = OVERLAP_TOLERANCE_M2
) -> list[tuple[int, int, float]]:
    """Return (index, later index, common area) of every two regions that overlap."""
    regions = list(regions)
    if len(regions) < 2:
        return []
    tree = shapely.STRtree(regions)
    found = []
    for one, other in tree.query(regions, predicate="intersects").T.tolist():
        if one < other:
            area_m2 = float(regions[one].intersection(regions[other]).area)
            if area_m2 > tolerance_m2:
                found.append((one, other, area_m2))
    return sorted(found)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Building:
    """Storeys from the bottom up around one local origin.

    Parameters
    ----------
    name
        For people.
    storeys
        At least one; elevations increase.
    offset_m
        World position (x, y) of the local origin in the drawing's coordinates, metres.
    provenance, findings
        Where it comes from; what was assumed or is doubtful.
    """

    name: str
    storeys: tuple[Storey, ...]
    offset_m: Point = (0.0, 0.0)
    provenance: Provenance = Provenance()
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        if not self.storeys:
            raise InvalidValueError("A building has at least one storey.")
        require_ordered(
            *(storey.elevation_m for storey in self.storeys), name="The storeys' elevations"
        )
