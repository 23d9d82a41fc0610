"""The storeys that a drawing shows: its plans as drawings of their own, from the bottom up.

Titles say the order where they can, else the levels printed beside them, else the way
plans are laid out on sheets: from the left to the right, from the bottom up.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from architecture.drawing import Drawing, Point
from architecture.understanding.layers import RoleOverride
from architecture.understanding.levels import LevelStack, level_stacks
from architecture.understanding.parting import Region, part_by_plans, part_by_region
from architecture.understanding.sheets import PlanGroup, Sheet, read_sheet, several_storeys
from architecture.understanding.storey_words import storey_mark
from architecture.understanding.titles import clean_title, storey_title
from shared.errors import NothingToBuildError, UsageError
from shared.finding import Finding, note, warning
from shared.solids.planar import union

__all__ = ["ONE", "StoreyDrawing", "about_storeys", "storeys_in"]

ONE: Final = "one"
"""A person's word that a drawing is one storey, whatever stands apart in it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoreyDrawing:
    """What is drawn of one storey, or of several that are alike.

    Parameters
    ----------
    drawing
        The part of the sheet.
    names
        One a storey, from the bottom up; empty where the plan's own name is meant.
    walls, told_by
        Which strokes draw walls and what told that, as seen on the whole sheet; None where
        the drawing alone has to tell.
    height_m
        Storey height as drawn in a section beside the plan, or None.
    is_plan
        Whether a person said that this is a floor plan.
    """

    drawing: Drawing
    walls: frozenset[int] | None = None
    told_by: str = ""
    height_m: float | None = None
    is_plan: bool = False
    names: tuple[str, ...] = ("",)


def storeys_in(
    drawing: Drawing,
    *,
    overrides: Sequence[RoleOverride] = (),
    regions: Sequence[Region] = (),
    chosen: str | None = None,
) -> tuple[StoreyDrawing, ...]:
    """Return the storeys that a drawing shows, from the bottom up.

    Parameters
    ----------
    drawing
        One plan or a sheet of several.
    overrides
        A person's word on layers.
    regions
        Only what stands in them, region by region from the bottom up.
    chosen
        A person's word: ``one``, or the numbers of plans as `find_plans` lists them, from
        the bottom up and parted by commas; a number may come again.

    Raises
    ------
    UsageError
        If `chosen` names a plan that there is not.
    NothingToBuildError
        If nothing stands in a region, or titles say that no view is a floor plan.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import ezdxf
    >>> from architecture import read_drawing, storeys_in, understand
    >>> document = ezdxf.new(units=ezdxf.units.M)
    >>> for start in (0.0, 20.0):
    ...     for low, high in ((0.0, 5.0), (0.3, 4.7)):
    ...         across = [(low, low), (high, low), (high, high), (low, high)]
    ...         corners = [(start + x, y) for x, y in across]
    ...         layer = {"layer": "A-WALL"}
    ...         _ = document.modelspace().add_lwpolyline(corners, close=True, dxfattribs=layer)
    ...     _ = document.modelspace().add_text("Hall", height=0.2).set_placement((start + 2, 2))
    >>> path = Path(tempfile.mkdtemp()) / "sheet.dxf"
    >>> document.saveas(path)
    >>> storeys = storeys_in(read_drawing(path, unit="m"))
    >>> [understand(storey.drawing).name for storey in storeys]
    ['sheet plan 1', 'sheet plan 2']
    """
    parts = [_cut(drawing, region) for region in regions] or [drawing]
    return tuple(
        storey for part in parts for storey in _storeys(part, overrides=overrides, chosen=chosen)
    )


def _cut(drawing: Drawing, region: Region) -> Drawing:
    part = part_by_region(drawing, region)
    if not part.strokes:
        bounds = drawing.bounds() or (0.0, 0.0, 0.0, 0.0)
        shift = (*drawing.offset_m, *drawing.offset_m)
        x0, y0, x1, y1 = (b + s for b, s in zip(bounds, shift, strict=True))
        raise NothingToBuildError(
            f"Nothing is drawn in the region {', '.join(f'{v:g}' for v in region)}.",
            remedy=f"Regions are in metres; the drawing spans {x0:.1f},{y0:.1f},{x1:.1f},{y1:.1f}.",
        )
    return part


def _storeys(
    drawing: Drawing, *, overrides: Sequence[RoleOverride], chosen: str | None
) -> list[StoreyDrawing]:
    if chosen is not None and chosen.strip().casefold() == ONE:
        return [StoreyDrawing(drawing=drawing, is_plan=True)]
    sheet = read_sheet(drawing, overrides=overrides)
    if sheet.others and not sheet.plans:
        raise NothingToBuildError(
            f"The drawing shows no floor plan. It shows: {_listed(sheet.others)}.",
            remedy=f"Give a floor plan; if this is one, say --storeys {ONE}.",
        )
    if chosen is None and not several_storeys(sheet.plans):
        return [_one_plan(drawing, sheet)]
    parts = _parts(drawing, sheet)
    if chosen is None:
        order, finding = _order(sheet.plans, [part for part, _ in parts])
    else:
        order = _asked(chosen, sheet.plans)
        finding = _told(sheet.plans, order, how="as you said")
    storeys = [
        _storey(_named(parts[i], i + 1, sheet), sheet.plans[i], repeats=chosen is None)
        for i in order
    ]
    storeys, told = _with_heights(storeys, level_stacks(drawing.texts))
    findings = (*drawing.findings, finding, *told, *_left_out(sheet.others))
    first = replace(storeys[0], drawing=replace(storeys[0].drawing, findings=findings))
    return [first, *(replace(s, drawing=replace(s.drawing, findings=())) for s in storeys[1:])]


def _with_heights(
    storeys: list[StoreyDrawing], stacks: Sequence[LevelStack]
) -> tuple[list[StoreyDrawing], tuple[Finding, ...]]:
    """Return the storeys with the names and heights of levels drawn in a section.

    Storeys that are titled take the level of their rank; where some are not, as many
    levels as plans are matched one by one from the bottom up.
    """
    if not stacks or any(len(storey.names) > 1 for storey in storeys):
        return storeys, ()
    levels = stacks[0].storeys
    ranks = [_rank_of(storey.drawing) for storey in storeys]
    places: list[int | None] = [
        next((i for i, level in enumerate(levels) if level.rank == rank), None) for rank in ranks
    ]
    if None in places and len(levels) == len(storeys):
        agreeing = all(place in (None, i) for i, place in enumerate(places))
        places = list(range(len(levels))) if agreeing else places
    found = [_at_level(s, place, stacks[0]) for s, place in zip(storeys, places, strict=True)]
    heights = [s.height_m for s in found if s.height_m is not None]
    if not heights:
        return found, ()
    message = (
        f"Storey heights of {', '.join(f'{h:.2f}' for h in heights)} m were measured between the "
        f"levels drawn in a section: {', '.join(level.name for level in stacks[0].levels)}."
    )
    return found, (note("storey-heights-measured", message, details={"heights_m": heights}),)


def _rank_of(part: Drawing) -> float | None:
    mark = storey_mark(storey_title(part).name)
    return None if mark is None else mark.rank


def _at_level(storey: StoreyDrawing, place: int | None, stack: LevelStack) -> StoreyDrawing:
    """Return a storey with the name and height of its level, where it has none of its own."""
    if place is None:
        return storey
    title = storey_title(storey.drawing)
    printed = title.height_m is not None or title.level_m is not None
    names = storey.names if title.name else (stack.storeys[place].name,)
    return replace(storey, names=names, height_m=None if printed else stack.height_of(place))


def about_storeys(drawing: Drawing, sheet: Sheet) -> tuple[Finding, ...]:
    """Return what `storeys_in` would say of a drawing: storeys in their order, other views."""
    left_out = _left_out(sheet.others)
    if sheet.others and not sheet.plans:
        return (warning("no-floor-plan", "The drawing shows no floor plan."), *left_out)
    if not several_storeys(sheet.plans):
        return left_out
    parts = _parts(drawing, sheet)
    return (_order(sheet.plans, [part for part, _ in parts])[1], *left_out)


def _parts(drawing: Drawing, sheet: Sheet) -> list[tuple[Drawing, tuple[int, ...]]]:
    """Return the part of each floor plan, and which strokes it has."""
    areas = [view.area for view in (*sheet.plans, *sheet.others)]
    parts = part_by_plans(drawing, areas, _title_places(sheet.plans, sheet.others))
    return parts[: len(sheet.plans)]


def _one_plan(drawing: Drawing, sheet: Sheet) -> StoreyDrawing:
    """Return the drawing as one storey, without the views that are no plans."""
    if not sheet.others:
        return StoreyDrawing(drawing=drawing)
    plan = union([view.area for view in sheet.plans])
    titles = [_title_places(sheet.plans)[0], *_title_places(sheet.others)]
    part, strokes = part_by_plans(drawing, [plan, *(v.area for v in sheet.others)], titles)[0]
    told = replace(part, findings=(*drawing.findings, *_left_out(sheet.others)))
    return StoreyDrawing(drawing=told, walls=_walls(strokes, sheet), told_by=sheet.told_by)


def _walls(strokes: Sequence[int], sheet: Sheet) -> frozenset[int]:
    """Return which strokes of a part draw walls, by their places in the part."""
    return frozenset(place for place, index in enumerate(strokes) if index in sheet.walls)


def _title_places(*groups: Sequence[PlanGroup]) -> list[Point | None]:
    return [None if v.title is None else v.title.position for views in groups for v in views]


def _named(part: tuple[Drawing, tuple[int, ...]], number: int, sheet: Sheet) -> StoreyDrawing:
    drawing, strokes = part
    return StoreyDrawing(
        drawing=replace(drawing, name=f"{drawing.name} plan {number}"),
        walls=_walls(strokes, sheet),
        told_by=sheet.told_by,
    )


def _storey(storey: StoreyDrawing, group: PlanGroup, *, repeats: bool) -> StoreyDrawing:
    """Return the storey, as often as its title says that the plan is built."""
    mark = None if group.title is None else storey_mark(group.title.content)
    if group.title is None or mark is None or mark.count == 1 or not repeats:
        return storey
    title = clean_title(group.title.content)
    low = int(mark.rank)
    return replace(storey, names=tuple(f"{title} ({n})" for n in range(low, low + mark.count)))


def _asked(chosen: str, groups: Sequence[PlanGroup]) -> list[int]:
    """Return the indices of the plans that a person asks for."""
    try:
        numbers = [int(word) for word in chosen.split(",")]
    except ValueError:
        numbers = []
    if not numbers or not all(1 <= number <= len(groups) for number in numbers):
        listed = "; ".join(f"{n} {_name_of(group)}" for n, group in enumerate(groups, start=1))
        raise UsageError(
            f"The storeys {chosen!r} are not among the plans of the drawing.",
            remedy=f"Give numbers from the bottom up, such as 1,2, or {ONE}. Plans: {listed}."
            if groups
            else f"No plan was found in it; leave the word out, or say {ONE}.",
        )
    return [number - 1 for number in numbers]


def _order(plans: Sequence[PlanGroup], parts: Sequence[Drawing]) -> tuple[list[int], Finding]:
    """Return the plans from the bottom up, and how that was told."""
    indices = list(range(len(plans)))
    marks = [None if g.title is None else storey_mark(g.title.content) for g in plans]
    ranks = [math.nan if mark is None else mark.rank for mark in marks]
    if _tell_apart(ranks):
        order = sorted(indices, key=lambda i: ranks[i])
        return order, _told(plans, order, how="by their titles")
    said = [storey_title(part).level_m for part in parts]
    levels = [math.nan if level is None else level for level in said]
    if _tell_apart(levels):
        order = sorted(indices, key=lambda i: levels[i])
        return order, _told(plans, order, how="by the levels printed with them")
    known = [rank for rank in ranks if not math.isnan(rank)]
    order = indices[::-1] if len(known) > 1 and known == sorted(known, reverse=True) else indices
    return order, _doubted(plans, order)


def _tell_apart(values: Sequence[float]) -> bool:
    return len(set(values)) == len(values) and not any(map(math.isnan, values))


def _name_of(group: PlanGroup) -> str:
    width, depth = group.size_m
    title = clean_title(group.title.content) if group.title is not None else "untitled"
    return f"{title} ({width:.1f} × {depth:.1f} m)"


def _listed(views: Sequence[PlanGroup]) -> str:
    return "; ".join(f"{view.kind}: {_name_of(view)}" for view in views)


def _told(plans: Sequence[PlanGroup], order: Sequence[int], *, how: str) -> Finding:
    listed = "; ".join(_name_of(plans[i]) for i in order)
    message = f"The drawing shows {len(plans)} plans; storeys from the bottom up {how}: {listed}."
    return note("storeys-parted", message, details={"order": [i + 1 for i in order]})


def _doubted(plans: Sequence[PlanGroup], order: Sequence[int]) -> Finding:
    told = _told(plans, order, how="by their places on the sheet (left to right, bottom up)")
    message = f"{told.message} No titles or levels say the order: check it, or say --storeys 1,2."
    return warning("storey-order-guessed", message, details=told.details)


def _left_out(views: Sequence[PlanGroup]) -> tuple[Finding, ...]:
    return tuple(
        note("view-left-out", f"Left out as no floor plan: {_listed([view])}.", place=view.center)
        for view in views
    )
