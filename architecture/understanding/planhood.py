"""Whether what was understood is a floor plan at all, and what it is if it is not.

Sections, elevations and maps have lines that look like walls. A plan has rooms with names
or doors; where there are neither, titles, levels and the rest of the drawing are asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from architecture.drawing import Drawing
from architecture.plan import Opening, OpeningKind, Room
from architecture.understanding.levels import level_stacks
from architecture.understanding.roles import Role
from architecture.understanding.sorting import SortedStrokes
from architecture.understanding.titles import title_texts
from architecture.understanding.view_words import ViewKind, view_kind

__all__ = ["other_than_plan"]

SITE_SHARE: Final = 0.5
"""A drawing of which this share of the lines lies on layers of a site is a site plan."""
UPRIGHT: Final = "a section or an elevation, with levels written beside it"
UNKNOWN: Final = "lines that enclose no rooms and hold no doors"


def other_than_plan(
    drawing: Drawing,
    strokes: SortedStrokes,
    rooms: Sequence[Room],
    openings: Sequence[Opening],
    *,
    told_by: str,
) -> str | None:
    """Return what a drawing shows instead of a floor plan, or None if it may be one.

    Parameters
    ----------
    drawing, strokes
        As drawn.
    rooms, openings
        As understood.
    told_by
        Whether layers or geometry told what is a wall: a layer's word is believed.
    """
    doors = sum(opening.kind is OpeningKind.DOOR for opening in openings)
    if any(room.names for room in rooms):
        return None
    kinds = _titled(drawing)
    if kinds:
        return " and ".join(kinds)
    if not doors and level_stacks(drawing.texts):
        return UPRIGHT
    if rooms or doors or told_by == "layers":
        return None
    site = sum(role is Role.SITE for role in strokes.roles)
    return str(ViewKind.SITE) if site > SITE_SHARE * len(strokes.roles) else UNKNOWN


def _titled(drawing: Drawing) -> list[str]:
    """Return the kinds of views that titles name, if none of them may name a floor plan."""
    kinds = [view_kind(text.content) for text in title_texts(drawing.texts)]
    named = [str(kind) for kind in kinds if kind is not None]
    return sorted(set(named)) if len(named) == len(kinds) else []
