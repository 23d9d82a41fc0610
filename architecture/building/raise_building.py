"""Raise plans into a building: walls from slab to slab, openings, spaces, slabs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import shapely
import shapely.affinity
from shapely.geometry import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from architecture.building.elements import Building, Column, Region, Slab, Space, Storey, Wall
from architecture.building.footprints import fit_rooms, fit_walls, largest
from architecture.building.openings import fit_openings, keep_lintel, tell_defaults
from architecture.building.outlines import outline_of
from architecture.building.slabs import SLAB_THICKNESS_M, floor_slabs, roof_slabs
from architecture.building.stacking import place_storeys, stack_levels
from architecture.drawing import Point
from architecture.plan import Opening, Plan
from shared.errors import NothingToBuildError, UsageError
from shared.finding import Finding, note, warning
from shared.provenance import Provenance
from shared.solids import snap

LEAST_CLEAR_HEIGHT_M: Final = 0.5
"""A storey lower than its slab and this much has no room for anything."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Raised:
    walls: tuple[Wall, ...]
    findings: tuple[Finding, ...]
    unresolved: tuple[Finding, ...]


def raise_building(
    plans: Sequence[Plan] | Plan,
    *,
    storey_heights_m: float | Sequence[float] | None = None,
    names: Sequence[str] | None = None,
    name: str = "Building",
    slab_thickness_m: float = SLAB_THICKNESS_M,
    flat_roof: bool = False,
    slab_holes: Mapping[int, Sequence[Polygon]] | None = None,
) -> Building:
    """Raise plans into a building; several are storeys from the bottom up.

    A storey's height counts from floor to floor. Its walls, columns and spaces stand
    between the floor and the underside of the slab above. Whatever the drawings do not
    say (heights, sills, heads) is assumed and told in the building's findings.

    Parameters
    ----------
    plans
        At least one.
    storey_heights_m
        One height for all storeys or one each; None takes them from the drawings,
        else 2.7 m.
    names
        Names of the storeys; None takes those of the plans.
    name
        Name of the building.
    slab_thickness_m
        Thickness of every floor and roof.
    flat_roof
        Cover what no storey covers. Plans show no roof, so by default there is none.
    slab_holes
        Holes in floors, for stairs and shafts: index of the storey → outlines in the
        coordinates of its plan.

    Returns
    -------
    Building

    Raises
    ------
    NothingToBuildError
        If the plans hold neither walls nor rooms.
    UsageError
        If heights, names or slab do not fit the plans.

    Examples
    --------
    >>> from shapely.geometry import LineString, box
    >>> from architecture.drawing import UnitVote
    >>> from architecture.plan import Plan, Wall
    >>> wall = Wall(id="wall_0", axis=LineString([(0, 0), (4, 0)]), thickness_m=0.2,
    ...             footprint=box(0, -0.1, 4, 0.1))
    >>> unit = UnitVote(unit="m", meters_per_unit=1.0, confidence=1.0, declared="m")
    >>> plan = Plan(name="Ground floor", walls=(wall,), openings=(), rooms=(), unit=unit)
    >>> building = raise_building([plan])
    >>> building.storeys[0].height_m, round(building.storeys[0].walls[0].height_m, 3)
    (2.7, 2.5)
    """
    plans = [plans] if isinstance(plans, Plan) else list(plans)
    _require_buildable(plans, names)
    levels = stack_levels(plans, storey_heights_m)
    _require_room_for_slab(levels.heights_m, slab_thickness_m)
    grounds = [outline_of(plan) for plan in plans]
    places = place_storeys(plans, [ground.outline for ground in grounds])
    moves = list(zip(plans, grounds, places.shifts_m, strict=True))
    outlines = [_moved(ground.outline, shift) for _, ground, shift in moves]
    findings = [
        _finding_at(finding, shift)
        for plan, ground, shift in moves
        for finding in (*plan.findings, *ground.findings)
    ]
    findings += [*levels.findings, *places.findings]
    storeys = []
    for number, plan in enumerate(plans):
        storey, told = _storey(
            plan_at(plan, places.shifts_m[number]),
            name=names[number] if names else plan.name or f"Storey {number}",
            height_m=levels.heights_m[number],
            elevation_m=levels.elevations_m[number],
            slab_thickness_m=slab_thickness_m,
        )
        holes = [_moved(h, places.shifts_m[number]) for h in (slab_holes or {}).get(number, ())]
        slabs = _slabs(outlines, number, storey, slab_thickness_m, holes, flat_roof=flat_roof)
        storeys.append(replace(storey, slabs=slabs))
        findings += told
    findings += _tell_slabs(slab_thickness_m, flat_roof=flat_roof)
    provenance = sum((plan.provenance for plan in plans), Provenance()).with_step(
        "raise_building",
        storey_heights_m=list(levels.heights_m),
        slab_thickness_m=slab_thickness_m,
        flat_roof=flat_roof,
    )
    return Building(
        name=name,
        storeys=tuple(storeys),
        offset_m=places.offset_m,
        provenance=provenance,
        findings=tuple(findings),
    )


def _require_buildable(plans: Sequence[Plan], names: Sequence[str] | None) -> None:
    if not any(plan.walls or plan.rooms for plan in plans):
        raise NothingToBuildError(
            "No walls and no rooms were found: there is nothing to raise.",
            remedy="Look at the layers (recon architecture inspect) and name the wall layer: "
            "--layer PATTERN=wall.",
        )
    empty = [plan.name for plan in plans if not (plan.walls or plan.rooms)]
    if empty:
        raise NothingToBuildError(
            f"{', '.join(empty)}: no walls and no rooms were found.",
            remedy="Leave the drawing out, or name its wall layer: --layer PATTERN=wall.",
        )
    if names is not None and len(names) != len(plans):
        raise UsageError(f"{len(names)} storey names were given for {len(plans)} storeys.")


def _require_room_for_slab(heights_m: Sequence[float], slab_thickness_m: float) -> None:
    if slab_thickness_m <= 0 or min(heights_m) < slab_thickness_m + LEAST_CLEAR_HEIGHT_M:
        raise UsageError(
            f"A storey of {min(heights_m):g} m has no room under a slab of {slab_thickness_m:g} m.",
            remedy="Heights and thicknesses are metres.",
        )


def _moved(geometry: BaseGeometry, shift_m: Point) -> BaseGeometry:
    return shapely.affinity.translate(geometry, *shift_m) if any(shift_m) else geometry


def plan_at(plan: Plan, shift_m: Point) -> Plan:
    """Return a plan moved by (x, y) metres."""
    if not any(shift_m):
        return plan
    dx, dy = shift_m
    return replace(
        plan,
        walls=tuple(
            replace(w, axis=_moved(w.axis, shift_m), footprint=_moved(w.footprint, shift_m))
            for w in plan.walls
        ),
        openings=tuple(
            replace(o, center=(o.center[0] + dx, o.center[1] + dy)) for o in plan.openings
        ),
        rooms=tuple(replace(r, outline=_moved(r.outline, shift_m)) for r in plan.rooms),
        columns=tuple(replace(c, footprint=_moved(c.footprint, shift_m)) for c in plan.columns),
        outline=None if plan.outline is None else _moved(plan.outline, shift_m),
        unresolved=tuple(_finding_at(f, shift_m) for f in plan.unresolved),
    )


def _finding_at(finding: Finding, shift_m: Point) -> Finding:
    if finding.place is None or len(finding.place) < 2:
        return finding
    x, y, *rest = finding.place
    return replace(finding, place=(x + shift_m[0], y + shift_m[1], *rest))


def _storey(
    plan: Plan, *, name: str, height_m: float, elevation_m: float, slab_thickness_m: float
) -> tuple[Storey, list[Finding]]:
    clear_m = round(height_m - slab_thickness_m, 9)
    raised = _raise_walls(plan, name, clear_m)
    rooms = fit_rooms(plan.rooms)
    spaces = tuple(
        Space(
            id=room.id,
            outline=rooms.regions[room.id],
            height_m=clear_m,
            names=room.names,
            numbers=room.numbers,
            printed_area_m2=room.printed_area_m2,
        )
        for room in plan.rooms
        if room.id in rooms.regions
    )
    columns = tuple(
        Column(id=column.id, footprint=largest(region), height_m=clear_m)
        for column in plan.columns
        if not (region := snap(column.footprint)).is_empty
    )
    storey = Storey(
        name=name,
        elevation_m=elevation_m,
        height_m=height_m,
        walls=raised.walls,
        spaces=spaces,
        columns=columns,
        unresolved=(*plan.unresolved, *raised.unresolved),
    )
    return storey, [*raised.findings, *rooms.findings]


def _raise_walls(plan: Plan, name: str, height_m: float) -> _Raised:
    fitted = fit_walls(plan.walls, plan.openings)
    hosts: dict[str, list[Opening]] = {wall: [] for wall in fitted.regions}
    unresolved: list[Finding] = []
    findings = [*fitted.findings, *tell_defaults(plan.openings, storey=name)]
    for opening in plan.openings:
        host = _host(opening, fitted.regions)
        if host is None:
            unresolved.append(
                warning(
                    "opening-without-wall",
                    f"The {opening.kind} {opening.id} stands in no wall.",
                    place=opening.center,
                    details={"opening": opening.id},
                )
            )
        else:
            hosts[host].append(opening)
    walls = []
    for wall in plan.walls:
        region = fitted.regions.get(wall.id)
        if region is None:
            continue
        set_in = fit_openings(
            hosts[wall.id],
            wall=wall.id,
            footprint=region,
            thickness_m=wall.thickness_m,
            height_m=height_m,
        )
        raised, told = keep_lintel(
            Wall(
                id=wall.id,
                axis=wall.axis,
                thickness_m=wall.thickness_m,
                footprint=region,
                height_m=height_m,
                openings=set_in.openings,
                external=wall.external,
                confidence=wall.confidence,
                evidence=wall.evidence,
                layer=wall.layer,
            )
        )
        walls.append(raised)
        findings += [*set_in.findings, *told]
        unresolved += set_in.unresolved
    return _Raised(walls=tuple(walls), findings=tuple(findings), unresolved=tuple(unresolved))


def _host(opening: Opening, regions: Mapping[str, Region]) -> str | None:
    """Return the wall an opening stands in; another one there if its own was left out."""
    if opening.wall in regions:
        return opening.wall
    (x, y), (dx, dy) = opening.center, opening.direction
    half = opening.width_m / 4
    line = LineString([(x - dx * half, y - dy * half), (x + dx * half, y + dy * half)])
    return next((name for name, region in regions.items() if region.covers(line)), None)


def _slabs(
    outlines: Sequence[MultiPolygon],
    number: int,
    storey: Storey,
    thickness_m: float,
    holes: Sequence[Polygon],
    *,
    flat_roof: bool,
) -> tuple[Slab, ...]:
    floor = floor_slabs(outlines[number], thickness_m=thickness_m, lowest=number == 0, holes=holes)
    if not flat_roof:
        return floor
    above = outlines[number + 1] if number + 1 < len(outlines) else None
    roof = roof_slabs(outlines[number], above, height_m=storey.height_m, thickness_m=thickness_m)
    return (*floor, *roof)


def _tell_slabs(thickness_m: float, *, flat_roof: bool) -> list[Finding]:
    roof = "a flat roof was added" if flat_roof else "no roof was added: plans show none"
    return [
        note(
            "slabs-assumed",
            f"Plans show no slabs: floors of {thickness_m:.2f} m were assumed; {roof}.",
            details={"slab_thickness_m": thickness_m, "flat_roof": flat_roof},
        )
    ]
