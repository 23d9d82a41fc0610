"""Report: what was decided, found, assumed and left open on the way to a building."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType
from typing import Any, Final

from architecture.building.elements import Building, Space, Storey
from architecture.drawing import Point, UnitVote
from architecture.plan import OpeningKind, Plan
from shared.finding import Finding
from shared.provenance import Provenance

REPORTED_PACKAGES: Final = ("recon-toolkit", "ezdxf", "shapely", "ifcopenshell", "numpy")
"""Packages whose versions a result depends on."""

UNIT_BY_SUFFIX: Final = MappingProxyType(
    {
        ".ifc": "metres, Z up (declared in the file)",
        ".glb": "metres, Y up (as glTF demands)",
        ".obj": "metres, Z up (the format knows no unit)",
        ".ply": "metres, Z up (the format knows no unit)",
        ".stl": "millimetres, Z up (the format knows no unit)",
    }
)
"""What the numbers of a written file are."""

ASSUMED_SUFFIX: Final = "-assumed"
"""Ending of the codes of findings that name a default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomReport:
    """One room: its area as built, and as printed where the drawing prints it."""

    name: str
    number: str
    area_m2: float
    printed_area_m2: float | None = None

    @property
    def difference(self) -> float | None:
        """Built less printed area, as a share of the printed one; None without one."""
        if not self.printed_area_m2:
            return None
        return (self.area_m2 - self.printed_area_m2) / self.printed_area_m2

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        plain: dict[str, Any] = {
            "name": self.name,
            "number": self.number,
            "area_m2": round(self.area_m2, 3),
        }
        if self.difference is not None:
            plain["printed_area_m2"] = self.printed_area_m2
            plain["difference_percent"] = round(100 * self.difference, 2)
        return plain


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreyReport:
    """One storey: its unit, its levels, what stands on it and what found no place."""

    name: str
    unit: UnitVote
    elevation_m: float
    height_m: float
    walls: int
    wall_length_m: float
    wall_footprint_m2: float
    doors: int
    windows: int
    passages: int
    columns: int
    rooms: tuple[RoomReport, ...]
    slabs: tuple[Mapping[str, Any], ...]
    unresolved: tuple[Finding, ...]

    @property
    def room_area_m2(self) -> float:
        """Net floor area of all rooms."""
        return sum(room.area_m2 for room in self.rooms)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "name": self.name,
            "unit": self.unit.as_dict(),
            "elevation_m": round(self.elevation_m, 4),
            "height_m": round(self.height_m, 4),
            "walls": {
                "count": self.walls,
                "length_m": round(self.wall_length_m, 3),
                "footprint_m2": round(self.wall_footprint_m2, 3),
            },
            "doors": self.doors,
            "windows": self.windows,
            "passages": self.passages,
            "columns": self.columns,
            "room_area_m2": round(self.room_area_m2, 3),
            "rooms": [room.as_dict() for room in self.rooms],
            "slabs": [dict(slab) for slab in self.slabs],
            "unresolved": [finding.as_dict() for finding in self.unresolved],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingReport:
    """What became of one set of drawings.

    Parameters
    ----------
    name
        Of the building.
    storeys
        From the bottom up.
    offset_m
        Where the model's origin lies in the coordinates of the drawing, metres.
    findings
        What was assumed, changed or is doubtful.
    seconds
        Step → time it took.
    versions
        Package → version.
    provenance
        Sources by digest, and steps. No paths.
    """

    name: str
    storeys: tuple[StoreyReport, ...]
    offset_m: Point
    findings: tuple[Finding, ...]
    seconds: Mapping[str, float] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    provenance: Provenance = Provenance()

    @property
    def assumptions(self) -> tuple[Finding, ...]:
        """The findings that name a default."""
        return tuple(f for f in self.findings if f.code.endswith(ASSUMED_SUFFIX))

    @property
    def unresolved(self) -> tuple[Finding, ...]:
        """What found no place, of all storeys."""
        return tuple(f for storey in self.storeys for f in storey.unresolved)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        counted = ("walls", "doors", "windows", "passages", "columns")
        totals: dict[str, Any] = {
            name: sum(getattr(storey, name) for storey in self.storeys) for name in counted
        }
        totals["rooms"] = sum(len(storey.rooms) for storey in self.storeys)
        totals["room_area_m2"] = round(sum(s.room_area_m2 for s in self.storeys), 3)
        totals["unresolved"] = len(self.unresolved)
        assumed = self.assumptions
        return {
            "schema": "recon-building-report/1",
            "name": self.name,
            "totals": totals,
            "storeys": [storey.as_dict() for storey in self.storeys],
            "offset_m": list(self.offset_m),
            "assumptions": [finding.as_dict() for finding in assumed],
            "findings": [f.as_dict() for f in self.findings if f not in assumed],
            "file_units": dict(UNIT_BY_SUFFIX),
            "seconds": {step: round(time, 3) for step, time in self.seconds.items()},
            "versions": dict(self.versions),
            "provenance": self.provenance.as_dict(),
        }


def report_on(
    building: Building, plans: Sequence[Plan], *, seconds: Mapping[str, float] | None = None
) -> BuildingReport:
    """Return the report on a building raised from these plans, storey by storey."""
    return BuildingReport(
        name=building.name,
        storeys=tuple(
            _storey_report(storey, plan)
            for storey, plan in zip(building.storeys, plans, strict=True)
        ),
        offset_m=building.offset_m,
        findings=building.findings,
        seconds=dict(seconds or {}),
        versions=versions(),
        provenance=building.provenance,
    )


def versions() -> dict[str, str]:
    """Return the versions a result depends on."""
    found = {"python": platform.python_version()}
    for package in REPORTED_PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def _storey_report(storey: Storey, plan: Plan) -> StoreyReport:
    kinds = [opening.kind for opening in storey.openings]
    return StoreyReport(
        name=storey.name,
        unit=plan.unit,
        elevation_m=storey.elevation_m,
        height_m=storey.height_m,
        walls=len(storey.walls),
        wall_length_m=sum(wall.axis.length for wall in storey.walls),
        wall_footprint_m2=sum(wall.footprint.area for wall in storey.walls),
        doors=kinds.count(OpeningKind.DOOR),
        windows=kinds.count(OpeningKind.WINDOW),
        passages=kinds.count(OpeningKind.PASSAGE),
        columns=len(storey.columns),
        rooms=tuple(_room_report(space) for space in storey.spaces),
        slabs=tuple(
            {
                "kind": slab.kind.value,
                "area_m2": round(slab.footprint.area, 3),
                "thickness_m": slab.thickness_m,
            }
            for slab in storey.slabs
        ),
        unresolved=storey.unresolved,
    )


def _room_report(space: Space) -> RoomReport:
    return RoomReport(
        name=" / ".join(space.names) or space.id,
        number=space.number,
        area_m2=space.area_m2,
        printed_area_m2=space.printed_area_m2,
    )
