"""Make outlines of a plan fit each other: on one grid, and no place claimed twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from architecture.building.elements import Region, overlaps
from architecture.plan import Opening, Room, Wall
from shared.finding import Finding, note, warning
from shared.solids import snap

CLAIMED_TWICE_M2: Final = 1e-4
"""Common area from which two walls count as overlapping: one square centimetre."""

STRAIGHTNESS_M: Final = 3e-3
"""Slits, slivers and bends of walls up to this size are noise of drawing: nobody builds
them, and geometry kernels stumble over them."""

FACE_TOLERANCE_M: Final = 5e-3
"""A corner this near to the face of its straight wall lies on the face."""

LARGEST_CHANGE: Final = 0.02
"""A wall whose area would change by more than this share keeps its outline as drawn."""

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


def straighten(region: MultiPolygon, wall: Wall) -> MultiPolygon:
    """Return a wall's outline without the noise of drawing.

    Slits are closed and slivers taken off (closing, then opening), corners near the faces
    of a straight wall are brought onto them, and corners that hardly bend go (Douglas,
    Peucker 1973).
    """
    reach = STRAIGHTNESS_M / 2
    smooth: Region = region
    for distance in (reach, -2 * reach, reach):
        smooth = smooth.buffer(distance, join_style="mitre")
    anchored = MultiPolygon([_from_outermost(polygon) for polygon in snap(smooth).geoms])
    faced = shapely.transform(anchored, partial(_onto_faces, wall=wall))
    faced = shapely.make_valid(faced) if not faced.is_valid else faced
    straight = snap(faced.simplify(STRAIGHTNESS_M / 2, preserve_topology=True))
    changed = straight.symmetric_difference(region).area
    allowed = LARGEST_CHANGE * region.area + FACE_TOLERANCE_M / 2 * region.length
    return straight if changed <= allowed else region


def _onto_faces(points: NDArray[np.float64], wall: Wall) -> NDArray[np.float64]:
    """Return points ``[n 2]``, those near a face of a straight wall brought onto it."""
    ends = shapely.get_coordinates(wall.axis)
    if len(ends) != 2:
        return points
    along = (ends[1] - ends[0]) / np.hypot(*(ends[1] - ends[0]))
    across = np.array([-along[1], along[0]])
    heights = (points - ends[0]) @ across
    faces = np.copysign(wall.thickness_m / 2, heights)
    moves = np.where(np.abs(faces - heights) <= FACE_TOLERANCE_M, faces - heights, 0.0)
    return points + np.outer(moves, across)


def _from_outermost(polygon: Polygon) -> Polygon:
    """Return a polygon that starts at a corner which no simplification should take."""
    corners = shapely.get_coordinates(polygon.exterior)[:-1]
    center = corners.mean(axis=0)
    first = int(np.argmax(np.hypot(*(corners - center).T)))
    return Polygon(np.roll(corners, -first, axis=0), polygon.interiors)


def fit_walls(walls: Sequence[Wall], openings: Sequence[Opening]) -> Fitted:
    """Return footprints of walls that do not overlap.

    What lies in the gap of an opening belongs to the wall of that opening. Any other
    place that two walls claim goes to the thicker, else to the longer. A wall that lies
    within others is left out.
    """
    held = _with_gaps(walls, openings)
    findings: list[Finding] = []
    for one, other, _ in overlaps(held, tolerance_m2=CLAIMED_TWICE_M2):
        common = held[one].intersection(held[other])
        if common.area <= CLAIMED_TWICE_M2:
            continue
        ranks = [(walls[n].thickness_m, walls[n].axis.length, -n) for n in (one, other)]
        loser = other if ranks[0] > ranks[1] else one
        held[loser] = straighten(snap(held[loser].difference(common)), walls[loser])
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


def _with_gaps(walls: Sequence[Wall], openings: Sequence[Opening]) -> list[MultiPolygon]:
    """Return the footprints with every gap wholly in the wall of its opening."""
    held = [straighten(snap(wall.footprint), wall) for wall in walls]
    index = {wall.id: n for n, wall in enumerate(walls)}
    tree = shapely.STRtree(held)
    for opening in openings:
        host = index[opening.wall]
        gap = _gap(opening, walls[host])
        for other in sorted(tree.query(gap).tolist()):
            if other == host:
                continue
            region = held[other]
            taken = region.intersection(gap)
            if taken.area > CLAIMED_TWICE_M2:
                held[host] = straighten(snap(held[host].union(taken)), walls[host])
                held[other] = straighten(snap(region.difference(gap)), walls[other])
    return held


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
