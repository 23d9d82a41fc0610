"""Parts of a drawing as drawings of their own: what stands by one plan, or in one region.

A block goes as a whole with the plan it stands by. What runs past several plans (frames,
section lines, grid lines of a whole sheet) belongs to none of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Point, box
from shapely.geometry.base import BaseGeometry

from architecture.drawing import Dimension, Drawing
from architecture.drawing import Point as Place
from architecture.understanding.segments import line_of
from shared.errors import UsageError

__all__ = ["Region", "parse_region", "part_by_plans", "part_by_region"]

Region = tuple[float, float, float, float]
"""(xmin, ymin, xmax, ymax) in metres, in the coordinates of the drawing."""

REACH_M: Final = 4.0
"""What is drawn around a plan (terraces, porches, dimensions) stands this near to it."""
TEXT_REACH_M: Final = 6.0
"""Texts stand this near to their plan or to its title."""
TOUCHING_M: Final = 0.3
"""What comes this near to two plans runs past both."""
LARGEST_SYMBOL_M: Final = 6.0
"""Blocks up to this size are doors, windows, furniture, stairs: they go as a whole."""
NOWHERE: Final = -1


def parse_region(text: str) -> Region:
    """Return the region that ``X0,Y0,X1,Y1`` asks for, whichever corners are given.

    Raises
    ------
    UsageError
        If these are no two corners apart.

    Examples
    --------
    >>> parse_region("10,5,0,0")
    (0.0, 0.0, 10.0, 5.0)
    """
    try:
        x0, y0, x1, y1 = (float(word) for word in text.split(","))
    except ValueError:
        x0 = y0 = x1 = y1 = math.nan
    region = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
    if not all(map(math.isfinite, region)) or x0 == x1 or y0 == y1:
        raise UsageError(
            f"{text!r} is no region.",
            remedy="Write X0,Y0,X1,Y1: two corners in metres, in the drawing's coordinates.",
        )
    return region


def part_by_region(drawing: Drawing, region: Region) -> Drawing:
    """Return what is drawn in a region: everything whose middle lies in it."""
    dx, dy = drawing.offset_m
    area = box(region[0] - dx, region[1] - dy, region[2] - dx, region[3] - dy)

    def home(shape: BaseGeometry) -> int:
        return 0 if area.contains(box(*shape.bounds).centroid) else NOWHERE

    homes = np.array([home(line_of(s)) for s in drawing.strokes], dtype=np.int64)
    texts = [home(Point(text.position)) for text in drawing.texts]
    spans = [home(_middle(dimension)) for dimension in drawing.dimensions]
    return _part(drawing, 0, _with_blocks(drawing, homes), texts, spans)


def part_by_plans(
    drawing: Drawing, plans: Sequence[BaseGeometry], titles: Sequence[Place | None]
) -> list[tuple[Drawing, tuple[int, ...]]]:
    """Return for each plan what is drawn of it and around it, and which strokes that are.

    Parameters
    ----------
    drawing
        A sheet.
    plans
        Where the walls of each plan stand, local metres.
    titles
        Where the title of each stands, or None.
    """
    areas = np.array(plans, dtype=object)
    shapely.prepare(areas)
    homes = np.array([_nearest(line_of(s), areas) for s in drawing.strokes], dtype=np.int64)
    whole = _with_blocks(drawing, homes)
    texts = [_text_home(text.position, areas, titles) for text in drawing.texts]
    spans = [_nearest(_middle(dimension), areas) for dimension in drawing.dimensions]
    return [
        (_part(drawing, number, whole, texts, spans), tuple(np.flatnonzero(whole == number)))
        for number in range(len(plans))
    ]


def _middle(dimension: Dimension) -> Point:
    return Point(np.add(dimension.start, dimension.end) / 2)


def _nearest(shape: BaseGeometry, areas: NDArray[np.object_]) -> int:
    """Return the one plan a shape stands by, `NOWHERE` if none is near or it runs past two."""
    distances = shapely.distance(areas, shape)
    first = int(np.argmin(distances))
    around = int(shapely.contains(box(*shape.bounds), areas).sum())
    if distances[first] > REACH_M or around > 1 or int((distances < TOUCHING_M).sum()) > 1:
        return NOWHERE
    return first


def _text_home(
    place: Place,
    areas: NDArray[np.object_],
    titles: Sequence[Place | None],
) -> int:
    distances = np.asarray(shapely.distance(areas, Point(place)))
    for number, title in enumerate(titles):
        if title is not None and distances[number] > 0:
            beside = float(np.hypot(*np.subtract(place, title)))
            distances[number] = min(distances[number], beside)
    first = int(np.argmin(distances))
    return first if distances[first] <= TEXT_REACH_M else NOWHERE


def _with_blocks(drawing: Drawing, homes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the homes with small blocks kept whole: a leaf that stands out of its plan.

    Large blocks, such as a bound sheet, are taken line by line.
    """
    found = homes.copy()
    groups: dict[int, list[int]] = {}
    for index, stroke in enumerate(drawing.strokes):
        if stroke.group is not None:
            groups.setdefault(stroke.group, []).append(index)
    for members in groups.values():
        mine = set(homes[members].tolist()) - {NOWHERE}
        points = np.concatenate([drawing.strokes[i].points for i in members])
        if len(mine) == 1 and np.ptp(points, axis=0).max() <= LARGEST_SYMBOL_M:
            found[members] = mine.pop()
    return found


def _part(
    drawing: Drawing,
    number: int,
    strokes: NDArray[np.int64],
    texts: Sequence[int],
    dimensions: Sequence[int],
) -> Drawing:
    """Return the drawing of one part, with the blocks that its lines and texts come from."""
    mine = [s for s, home in zip(drawing.strokes, strokes.tolist(), strict=True) if home == number]
    said = [t for t, home in zip(drawing.texts, texts, strict=True) if home == number]
    used = {i for s in mine for i in (s.group, s.block) if i is not None}
    used |= {t.group for t in said if t.group is not None}
    waiting = list(used)
    while waiting:
        parent = drawing.inserts[waiting.pop()].parent
        if parent is not None and parent not in used:
            used.add(parent)
            waiting.append(parent)
    place = {old: new for new, old in enumerate(sorted(used))}

    def new(index: int | None) -> int | None:
        return None if index is None else place[index]

    return replace(
        drawing,
        strokes=tuple(replace(s, group=new(s.group), block=new(s.block)) for s in mine),
        texts=tuple(replace(t, group=new(t.group)) for t in said),
        inserts=tuple(
            replace(drawing.inserts[i], parent=new(drawing.inserts[i].parent)) for i in sorted(used)
        ),
        dimensions=tuple(
            d for d, home in zip(drawing.dimensions, dimensions, strict=True) if home == number
        ),
    )
