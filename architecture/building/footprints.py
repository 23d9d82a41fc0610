"""Make outlines of a plan fit each other: on one grid, and no place claimed twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import shapely
from shapely.geometry import MultiPolygon, Polygon

from architecture.building.elements import Region, overlaps
from architecture.plan import Opening, Room, Wall
from shared.finding import Finding, note, warning
from shared.solids import snap

CLAIMED_TWICE_M2: Final = 1e-4
"""Common area from which two walls count as overlapping: one square centimetre."""

DUPLICATE_SHARE: Final = 0.1
"""A wall of which less than this share is its own stands inside others and is left out."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """Regions by element id, and what had to be changed."""

    regions: Mapping[str, Region]
    findings: tuple[Finding, ...]


def unwrapped(region: MultiPolygon) -> Region:
    """Return the polygon of a region that has only one."""
    return region.geoms[0] if len(region.geoms) == 1 else region


def largest(region: Region) -> Polygon:
    """Return the largest polygon of a region."""
    return max(shapely.get_parts(region), key=lambda part: float(part.area))


def center_of(region: Region) -> tuple[float, float]:
    """Return a point inside a region."""
    inside = region.representative_point()
    return float(inside.x), float(inside.y)


def fit_walls(walls: Sequence[Wall], openings: Sequence[Opening]) -> Fitted:
    """Return footprints of walls that do not overlap.

    A place that two walls claim goes to the one with an opening there, else to the
    thicker, else to the longer. A wall that lies within others is left out.
    """
    held = [snap(wall.footprint) for wall in walls]
    gaps = {wall.id: [_gap(o, wall) for o in openings if o.wall == wall.id] for wall in walls}
    findings: list[Finding] = []
    for one, other, _ in overlaps(held, tolerance_m2=CLAIMED_TWICE_M2):
        common = held[one].intersection(held[other])
        if common.area <= CLAIMED_TWICE_M2:
            continue
        ranks = [
            (
                sum(float(gap.intersection(common).area) for gap in gaps[walls[n].id]),
                walls[n].thickness_m,
                walls[n].axis.length,
                -n,
            )
            for n in (one, other)
        ]
        loser = other if ranks[0] > ranks[1] else one
        held[loser] = snap(held[loser].difference(common))
    regions = {}
    for wall, region in zip(walls, held, strict=True):
        if region.area <= DUPLICATE_SHARE * wall.footprint.area:
            findings.append(
                note(
                    "wall-within-walls",
                    f"{wall.id} ({wall.axis.length:.2f} m) lies within other walls "
                    "and was left out.",
                    place=center_of(wall.footprint),
                    details={"wall": wall.id},
                )
            )
        else:
            regions[wall.id] = unwrapped(region)
    return Fitted(regions=regions, findings=tuple(findings))


def _gap(opening: Opening, wall: Wall) -> Polygon:
    x, y = opening.center
    dx, dy = (component * opening.width_m / 2 for component in opening.direction)
    line = shapely.LineString([(x - dx, y - dy), (x + dx, y + dy)])
    return line.buffer(wall.thickness_m / 2, cap_style="flat")


def fit_rooms(rooms: Sequence[Room]) -> Fitted:
    """Return outlines of rooms that do not overlap: the smaller room keeps a common place."""
    held: dict[str, Region] = {room.id: unwrapped(snap(room.outline)) for room in rooms}
    ids = [room.id for room in rooms]
    findings = []
    for one, other, area_m2 in overlaps([held[name] for name in ids]):
        small, large = sorted((ids[one], ids[other]), key=lambda name: float(held[name].area))
        held[large] = unwrapped(snap(held[large].difference(held[small])))
        findings.append(
            warning(
                "rooms-overlap",
                f"{small} and {large} share {area_m2:.2f} m²; {small} keeps it.",
                place=center_of(held[small]) if held[small].area else None,
                details={"rooms": [small, large], "area_m2": round(area_m2, 4)},
            )
        )
    regions: dict[str, Region] = {}
    for name, region in held.items():
        if not region.area:
            findings.append(
                warning("room-vanished", f"{name} lies within other rooms and was left out.")
            )
            continue
        regions[name] = largest(region)
    return Fitted(regions=regions, findings=tuple(findings))
