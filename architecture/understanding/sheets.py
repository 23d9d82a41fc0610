"""Sheets: several plans in one model space, told apart by the room between them.

Walls of one plan stand close together; plans of several storeys are drawn apart, each
with its own rooms, often with its title below and nearly the outline of the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely
from shapely.geometry import Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.strtree import STRtree

from architecture.drawing import Drawing, Text
from architecture.drawing import Point as Place
from architecture.understanding.doors import (
    DoorSymbol,
    door_leaves,
    leaf_strokes,
    paired_leaves,
)
from architecture.understanding.labels import RoomLabel, room_labels
from architecture.understanding.layers import RoleOverride
from architecture.understanding.pens import WallPens, wall_pens
from architecture.understanding.plan_titles import match_titles
from architecture.understanding.regions import polygons_of
from architecture.understanding.sorting import sort_strokes
from architecture.understanding.view_words import ViewKind, view_kind
from shared.solids.planar import union

__all__ = ["PlanGroup", "find_plans", "plan_groups", "read_sheet", "several_storeys", "view_groups"]

APART_M: Final = 2.0
"""Walls further apart than this stand in two plans, or in two buildings of one."""
LEAST_PLAN_M2: Final = 12.0
"""A plan covers at least this much."""
LEAST_SHARE: Final = 0.2
"""A plan covers at least this share of what the largest covers."""
LEAST_ROOMS: Final = 2
"""A plan without any label encloses at least so many rooms."""
ALIKE: Final = 0.6
"""Storeys cover each other by this (intersection over union of their hulls, one corner or
the middle brought together)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlanGroup:
    """Walls that stand together: the plan of a storey, or what its title says it is.

    Parameters
    ----------
    area
        Convex hull of the walls, local metres.
    rooms, doors, labels
        How many rooms it encloses, and door symbols and room labels it holds.
    title
        The text that names it, or None.
    """

    area: Polygon
    rooms: int
    doors: int
    labels: int
    title: Text | None = None

    @property
    def kind(self) -> ViewKind:
        """What the title says it is: a floor plan unless it says another thing."""
        said = None if self.title is None else view_kind(self.title.content)
        return said or ViewKind.PLAN

    @property
    def size_m(self) -> Place:
        """Width and height of the box around it."""
        low_x, low_y, high_x, high_y = self.area.bounds
        return high_x - low_x, high_y - low_y

    @property
    def center(self) -> Place:
        """Middle of the box around it."""
        low_x, low_y, high_x, high_y = self.area.bounds
        return (low_x + high_x) / 2, (low_y + high_y) / 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """What a drawing shows.

    Parameters
    ----------
    views
        Plans and titled views, in reading order.
    walls
        Indices of the strokes that draw walls: a drafter draws those of all plans alike.
    told_by
        As for `WallPens`.
    """

    views: tuple[PlanGroup, ...]
    walls: frozenset[int]
    told_by: str

    @property
    def plans(self) -> tuple[PlanGroup, ...]:
        """The views that are floor plans."""
        return tuple(view for view in self.views if view.kind is ViewKind.PLAN)

    @property
    def others(self) -> tuple[PlanGroup, ...]:
        """The views whose titles say that they are something else."""
        return tuple(view for view in self.views if view.kind is not ViewKind.PLAN)


def find_plans(
    drawing: Drawing, *, overrides: Sequence[RoleOverride] = ()
) -> tuple[PlanGroup, ...]:
    """Return the plans that a drawing shows, the lowest left first; none if it shows none."""
    return read_sheet(drawing, overrides=overrides).plans


def read_sheet(drawing: Drawing, *, overrides: Sequence[RoleOverride] = ()) -> Sheet:
    """Return the plans that a drawing shows and what else its titles name."""
    strokes = sort_strokes(drawing, overrides=overrides)
    leaves = door_leaves(strokes)
    labels = [label for label in room_labels(drawing) if label.indoors]
    pens = wall_pens(strokes, leaf_strokes(strokes, leaves), [label.position for label in labels])
    views = view_groups(pens, paired_leaves(leaves), labels, drawing.texts)
    return Sheet(views=views, walls=pens.strokes, told_by=pens.told_by)


def plan_groups(
    pens: WallPens,
    doors: Sequence[DoorSymbol],
    labels: Sequence[RoomLabel],
    texts: Sequence[Text],
) -> tuple[PlanGroup, ...]:
    """Return the groups of walls that are plans; see `view_groups`."""
    views = view_groups(pens, doors, labels, texts)
    return tuple(view for view in views if view.kind is ViewKind.PLAN)


def view_groups(
    pens: WallPens,
    doors: Sequence[DoorSymbol],
    labels: Sequence[RoomLabel],
    texts: Sequence[Text],
) -> tuple[PlanGroup, ...]:
    """Return the groups of walls that look like plans or are titled, in reading order.

    The order is that of rows from the bottom up, each from the left to the right.

    Parameters
    ----------
    pens
        What draws walls.
    doors
        Door symbols.
    labels
        Labels of rooms indoors.
    texts
        All texts: titles are among them.
    """
    hulls = [Polygon(piece.exterior) for piece in polygons_of(pens.body)]
    blobs = polygons_of(union(hull.buffer(APART_M / 2, quad_segs=2) for hull in hulls))
    tree = STRtree(hulls)
    areas = [
        shapely.MultiPolygon([hulls[i] for i in tree.query(blob, predicate="intersects").tolist()])
        for blob in blobs
    ]
    groups = [
        _group(area, blob, pens, doors, labels) for area, blob in zip(areas, blobs, strict=True)
    ]
    largest = max((group.area.area for group in groups), default=0.0)
    large = [g for g in groups if g.area.area >= max(LEAST_PLAN_M2, LEAST_SHARE * largest)]
    titles = match_titles([group.area.bounds for group in large], texts)
    titled = [replace(group, title=title) for group, title in zip(large, titles, strict=True)]
    views = [g for g in titled if _is_lived_in(g) or g.kind is not ViewKind.PLAN]
    return tuple(sorted(views, key=_reading_order))


def _group(
    walls: BaseGeometry,
    blob: Polygon,
    pens: WallPens,
    doors: Sequence[DoorSymbol],
    labels: Sequence[RoomLabel],
) -> PlanGroup:
    area = walls.convex_hull
    shapely.prepare(area)
    shapely.prepare(blob)
    return PlanGroup(
        area=area,
        rooms=sum(area.contains(room.representative_point()) for room in pens.rooms),
        doors=sum(blob.contains(Point(door.center)) for door in doors),
        labels=sum(area.contains(Point(label.position)) for label in labels),
    )


def _is_lived_in(group: PlanGroup) -> bool:
    return group.labels > 0 or group.rooms >= LEAST_ROOMS


def _reading_order(group: PlanGroup) -> tuple[float, float]:
    """Return a key that sorts rows from the bottom up, and within a row from the left."""
    low_x, low_y, _, _ = group.area.bounds
    return round(low_y / max(group.size_m[1], 1.0)), low_x


def several_storeys(groups: Sequence[PlanGroup]) -> bool:
    """Whether groups of walls are plans of several storeys, not buildings on one plan.

    Either titles name them, or each is like another in outline.
    """
    if len(groups) < 2:
        return False
    titles = {group.title.content for group in groups if group.title is not None}
    return len(titles) > 1 or all(
        any(_alike(one, other) for other in groups if other is not one) for one in groups
    )


def _alike(one: PlanGroup, other: PlanGroup) -> bool:
    """Whether two hulls nearly cover each other once a corner or the middle is shared."""
    a, b = np.reshape(one.area.bounds, (2, 2)), np.reshape(other.area.bounds, (2, 2))
    shifts = [(a[i, 0] - b[i, 0], a[j, 1] - b[j, 1]) for i in (0, 1) for j in (0, 1)] + [
        tuple(a.mean(axis=0) - b.mean(axis=0))
    ]
    for shift in shifts:
        moved = shapely.transform(other.area, lambda points, s=shift: points + np.array(s))
        common = one.area.intersection(moved).area
        if common >= ALIKE * (one.area.area + moved.area - common):
            return True
    return False
