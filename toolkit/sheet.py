"""Sheet: a picture with the middle slices of every stack, to see at a glance what is there.

Nothing is written on it but what cannot name anybody: rows, numbers, sizes and sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from medical.planes import Plane, Stills
    from shared.formats.outputs import Staging

PANEL_PX: Final = 240
"""Side of the square that a slice is fitted into."""

MARGIN_PX: Final = 12
CAPTION_PX: Final = 24
FONT_PX: Final = 15
LETTER_PX: Final = 17

BACKGROUND: Final = 18
"""Gray around the slices, lighter than black air."""

TEXT_COLOR: Final = (225, 225, 225)
LETTER_COLOR: Final = (255, 205, 70)
"""Sides stand out from gray anatomy."""

WIDTH_PX: Final = 3 * PANEL_PX + 4 * MARGIN_PX
ROW_PX: Final = PANEL_PX + CAPTION_PX + 2 * MARGIN_PX


def write_sheet(stills: Sequence[Stills], target: Path, staging: Staging) -> None:
    """Write the stacks' middle slices as a PNG, one row of three planes for each."""
    draw_sheet(stills).save(staging.path_for(target), format="PNG", optimize=False)


def draw_sheet(stills: Sequence[Stills]) -> Any:
    """Return the sheet as a Pillow image."""
    from PIL import Image, ImageDraw

    height = max(1, len(stills)) * ROW_PX
    sheet = Image.new("RGB", (WIDTH_PX, height), (BACKGROUND,) * 3)
    pen = ImageDraw.Draw(sheet)
    if not stills:
        pen.text((MARGIN_PX, MARGIN_PX), "no stack to show", fill=TEXT_COLOR, font=_font(FONT_PX))
    for k, one in enumerate(stills):
        _draw_row(sheet, pen, one, k * ROW_PX)
    return sheet


def caption_of(stills: Stills) -> str:
    """Return the facts of a stack in one line."""
    slices, rows, columns = stills.shape
    words = [f"#{stills.row}", stills.modality or "?"]
    if stills.number is not None:
        words.append(f"series {stills.number}")
    times = f" ({stills.points} times)" if stills.points > 1 else ""
    words.append(f"{columns} x {rows} x {slices}{times}")
    if stills.spacing_mm is not None:
        words.append(" x ".join(f"{step:.3g}" for step in stills.spacing_mm[::-1]) + " mm")
    return "   ".join(words)


def _draw_row(sheet: Any, pen: Any, stills: Stills, top: int) -> None:
    pen.text((MARGIN_PX, top + MARGIN_PX), caption_of(stills), fill=TEXT_COLOR, font=_font(FONT_PX))
    top += MARGIN_PX + CAPTION_PX
    if not stills.planes:
        words = f"cannot be shown: {stills.obstacle}"
        pen.text((MARGIN_PX, top), words[:110], fill=LETTER_COLOR, font=_font(FONT_PX))
        return
    largest_mm = max(length for plane in stills.planes for length in plane.size_mm)
    for k, plane in enumerate(stills.planes):
        left = MARGIN_PX + k * (PANEL_PX + MARGIN_PX)
        _draw_plane(sheet, pen, plane, (left, top), PANEL_PX / largest_mm)


def _draw_plane(
    sheet: Any, pen: Any, plane: Plane, corner: tuple[int, int], px_per_mm: float
) -> None:
    """Draw a slice in the middle of its square, at one scale in both directions."""
    from PIL import Image

    height, width = (max(1, round(length * px_per_mm)) for length in plane.size_mm)
    picture = Image.fromarray(plane.shades).resize((width, height), Image.Resampling.BICUBIC)
    left = corner[0] + (PANEL_PX - width) // 2
    top = corner[1] + (PANEL_PX - height) // 2
    pen.rectangle(
        (corner[0], corner[1], corner[0] + PANEL_PX - 1, corner[1] + PANEL_PX - 1), fill=(0, 0, 0)
    )
    sheet.paste(picture, (left, top))
    near, middle, far = 3, PANEL_PX // 2, PANEL_PX - 3
    ends = ((near, middle, "lm"), (far, middle, "rm"), (middle, near, "ma"), (middle, far, "md"))
    for letter, (x, y, anchor) in zip(plane.sides, ends, strict=True):
        pen.text(
            (corner[0] + x, corner[1] + y),
            letter,
            fill=LETTER_COLOR,
            font=_font(LETTER_PX),
            anchor=anchor,
            stroke_width=2,
            stroke_fill=(0, 0, 0),
        )


def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)
