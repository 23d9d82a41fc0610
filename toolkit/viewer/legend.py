"""Legend: the colors of the labels and their names, in the lower right corner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from shared.concept import Color

if TYPE_CHECKING:
    import pyvista as pv

    from shared.scene import Scene

ROWS_LIMIT: Final = 24
"""Largest number of labels shown; more would not be readable."""
NAME_LIMIT: Final = 32
"""Letters of a name shown."""
COLORS_LIMIT: Final = 4
"""Colors shown of one label."""
FONT_PX: Final = 17
ROW_PX: Final = 24
SWATCH_PX: Final = 14
PADDING_PX: Final = 10
MARGIN_PX: Final = 16
"""Between the panel and the border of the picture."""
LOWER_RIGHT: Final = (1.0, 0.0)
UPPER_LEFT: Final = (0.0, 1.0)
"""Corners in shares of the picture."""
PANEL: Final[Color] = (1.0, 1.0, 1.0)
OUTLINE: Final[Color] = (0.62, 0.62, 0.62)
"""Around each color: a white window is seen on a white panel."""
INK: Final[Color] = (0.13, 0.13, 0.13)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Width and height in pixels that a legend takes of the picture, its margin included."""

    width: float
    height: float


def entries_of(scene: Scene) -> list[tuple[str, tuple[Color, ...]]]:
    """Return names and colors of the labels that have faces, in order of their values.

    Parts of a label may differ in color, as walls of an IFC file do: the colors that most
    parts have are given first.
    """
    counts_by_name: dict[str, Counter[Color]] = {}
    for part in sorted(scene.parts, key=lambda part: part.label.value):
        if not part.mesh.is_empty:
            name = part.label.name.replace("_", " ")
            counts_by_name.setdefault(name, Counter())[part.label.color] += 1
    rows: list[tuple[str, tuple[Color, ...]]] = [
        (
            name if len(name) <= NAME_LIMIT else f"{name[: NAME_LIMIT - 1]}…",
            tuple(color for color, _ in counts.most_common(COLORS_LIMIT)),
        )
        for name, counts in counts_by_name.items()
    ]
    if len(rows) > ROWS_LIMIT:
        more = len(rows) - ROWS_LIMIT + 1
        rows = [*rows[: ROWS_LIMIT - 1], (f"and {more} more", ())]
    return rows


def add_legend(plotter: pv.Plotter, scene: Scene, *, scale: int = 1) -> Extent:
    """Draw the legend of a scene; it stays in its corner when the window changes.

    VTK's own legend fits its letters to a box given beforehand, so that long names
    leave it; here the box is made as wide as the letters are.
    """
    rows = entries_of(scene)
    if not rows:
        return Extent(width=0.0, height=0.0)
    texts = [text_of(name, scale) for name, _ in rows]
    widest = max(_width_px(text, plotter.renderer) for text in texts)
    left = SWATCH_PX + 8
    panel_width = (2 * PADDING_PX + left) * scale + widest
    panel_height = (2 * PADDING_PX + ROW_PX * len(rows)) * scale
    x0, y0 = -(panel_width + MARGIN_PX * scale), MARGIN_PX * scale
    _add_rectangle(plotter, (x0, y0, panel_width, panel_height), PANEL, opacity=0.85)
    for row, (text, (_, colors)) in enumerate(zip(texts, reversed(rows), strict=True)):
        middle = y0 + (PADDING_PX + ROW_PX * (row + 0.5)) * scale
        x = x0 + PADDING_PX * scale
        if colors:
            side = SWATCH_PX * scale
            _add_rectangle(plotter, (x, middle - side / 2, side, side), OUTLINE)
            inner = side - 2 * scale
            width = inner / len(colors)
            for n, color in enumerate(colors):
                stripe = (x + scale + n * width, middle - inner / 2, width, inner)
                _add_rectangle(plotter, stripe, color)
        text.SetInput(rows[len(rows) - 1 - row][0])
        anchor(text.GetPositionCoordinate(), x + left * scale, middle)
        plotter.renderer.AddViewProp(text)
    return Extent(
        width=panel_width + 2 * MARGIN_PX * scale, height=panel_height + 2 * MARGIN_PX * scale
    )


def text_of(name: str, scale: int = 1) -> Any:
    """Return a text actor in the look of the legend."""
    from vtkmodules.vtkRenderingCore import vtkTextActor

    text = vtkTextActor()
    text.SetInput(name)
    look = text.GetTextProperty()
    look.SetFontFamilyToArial()
    look.SetFontSize(FONT_PX * scale)
    look.SetColor(*INK)
    look.SetVerticalJustificationToCentered()
    return text


def _width_px(text: Any, renderer: Any) -> float:
    size = [0.0, 0.0]
    text.GetSize(renderer, size)
    return size[0]


def anchor(
    coordinate: Any, x: float, y: float, *, corner: tuple[float, float] = LOWER_RIGHT
) -> None:
    """Let a coordinate mean pixels from a corner of the picture, wherever that moves."""
    from vtkmodules.vtkRenderingCore import vtkCoordinate

    reference = vtkCoordinate()
    reference.SetCoordinateSystemToNormalizedViewport()
    reference.SetValue(*corner)
    coordinate.SetCoordinateSystemToViewport()
    coordinate.SetReferenceCoordinate(reference)
    coordinate.SetValue(x, y)


def _add_rectangle(
    plotter: pv.Plotter, box: Sequence[float], color: Color, *, opacity: float = 1.0
) -> None:
    """Draw a filled rectangle: left, bottom, width, height in pixels from the corner."""
    import pyvista as pv
    from vtkmodules.vtkRenderingCore import vtkActor2D, vtkPolyDataMapper2D

    _, _, width, height = box
    corners = [(0, 0, 0), (width, 0, 0), (width, height, 0), (0, height, 0)]
    mapper = vtkPolyDataMapper2D()
    mapper.SetInputData(pv.PolyData([tuple(map(float, c)) for c in corners], [4, 0, 1, 2, 3]))
    actor = vtkActor2D()
    actor.SetMapper(mapper)
    actor.GetProperty().SetColor(*color)
    actor.GetProperty().SetOpacity(opacity)
    anchor(actor.GetPositionCoordinate(), box[0], box[1])
    plotter.renderer.AddViewProp(actor)
