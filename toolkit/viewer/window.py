"""An interactive window: orbit, legend by label, a click names the part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from shared.errors import OutputError
from toolkit.viewer.actors import PATIENT_AXES, to_polydata
from toolkit.viewer.engine import load_pyvista
from toolkit.viewer.facts import describe
from toolkit.viewer.legend import PANEL, UPPER_LEFT, anchor, text_of
from toolkit.viewer.picture import has_display, make_plotter

if TYPE_CHECKING:
    import pyvista as pv

    from shared.scene import Part, Scene
    from shared.volume import Volume

HINT: Final = (
    "Click a part to see what it is, again for what is behind it.\n"
    "Drag to turn, wheel to zoom, q to close."
)
SAME_PLACE_PX: Final = 3
"""Two clicks no farther apart are clicks on one place."""
OFF_SCREEN_WINDOWS: Final = ("vtkEGLRenderWindow", "vtkOSOpenGLRenderWindow")
"""What VTK falls back to when it reaches no display."""
PANEL_LEFT_PX: Final = 14
PANEL_BELOW_TOP_PX: Final = 62
"""Below the caption."""
PANEL_OPACITY: Final = 0.85
LINE_PX: Final = 20
"""Height of a line of the panel."""
PICKED_COLOR: Final = "#d6246e"
PICKED_LINE_PX: Final = 4
CORNER_DEG: Final = 30.0
"""Angle between two faces from which their edge is drawn around what was picked."""


def show_window(scene: Scene, *, volume: Volume | None = None) -> None:
    """Open a window and return when it is closed; raise as `require_display` does."""
    require_display()
    plotter = make_plotter(scene, volume, off_screen=False)
    Picking(plotter, scene).listen()
    plotter.show(title=scene.title)


def require_display() -> None:
    """Raise `OutputError` if no window can be opened."""
    if not has_display() or not _reaches_display():
        raise OutputError(
            "There is no display to open a window on.",
            remedy="Use --screenshot FILE.png or --html FILE.html.",
        )


def _reaches_display() -> bool:
    """Return whether VTK makes windows that are seen: a display may be named and not be there."""
    window = load_pyvista().Plotter(off_screen=False).render_window
    return window.GetClassName() not in OFF_SCREEN_WINDOWS


class Picking:
    """Tells what a click hits: outlines the part and writes its name and properties.

    Parameters
    ----------
    plotter
        Shows the parts of `scene`, their actors named by the paths.
    scene
        What is shown.
    """

    def __init__(self, plotter: pv.Plotter, scene: Scene) -> None:
        self._plotter = plotter
        self._part_by_actor = {
            plotter.actors[part.path]: part for part in scene.parts if part.path in plotter.actors
        }
        self._panel = text_of(HINT)
        look = self._panel.GetTextProperty()
        look.SetBackgroundColor(*PANEL)
        look.SetBackgroundOpacity(PANEL_OPACITY)
        look.SetVerticalJustificationToTop()
        anchor(
            self._panel.GetPositionCoordinate(),
            PANEL_LEFT_PX,
            -PANEL_BELOW_TOP_PX,
            corner=UPPER_LEFT,
        )
        plotter.renderer.AddViewProp(self._panel)
        self.picked: Part | None = None
        self.outline: Any | None = None
        self._place = (-np.inf, -np.inf)
        self._is_organic = scene.frame.axes in PATIENT_AXES

    def listen(self) -> None:
        """Pick wherever the left button goes down, once or twice."""
        for double in (False, True):
            self._plotter.track_click_position(
                lambda place: self.at(*place), side="left", double=double, viewport=True
            )

    def at(self, x: float, y: float) -> Part | None:
        """Pick what is seen at a pixel, from the lower left corner; None is the background.

        At the place of the last click, pick what lies behind: skin is seen through, and
        the bone below it cannot be clicked otherwise.
        """
        parts = self._parts_at(x, y)
        is_same = max(abs(x - self._place[0]), abs(y - self._place[1])) <= SAME_PLACE_PX
        last = parts.index(self.picked) if is_same and self.picked in parts else -1
        self.picked = parts[(last + 1) % len(parts)] if parts else None
        self._place = (x, y)
        self._panel.SetInput(self.told())
        self._outline()
        self._plotter.render()
        return self.picked

    def _parts_at(self, x: float, y: float) -> list[Part]:
        """Return the parts that the ray through a pixel hits, the nearest first."""
        from vtkmodules.vtkRenderingCore import vtkCellPicker

        picker = vtkCellPicker()
        picker.SetTolerance(0.0)
        picker.Pick(x, y, 0.0, self._plotter.renderer)
        eye = np.array(self._plotter.camera.position)
        actors, places = picker.GetProp3Ds(), picker.GetPickedPositions()
        hits = [
            (float(np.linalg.norm(np.array(places.GetPoint(n)) - eye)), n)
            for n in range(actors.GetNumberOfItems())
        ]
        found = [self._part_by_actor.get(actors.GetItemAsObject(n)) for _, n in sorted(hits)]
        return [part for part in found if part is not None]

    def told(self) -> str:
        """Return what the panel says."""
        if self.picked is None:
            return HINT
        lines = describe(self.picked)
        room = max((self._plotter.window_size[1] - PANEL_BELOW_TOP_PX) // LINE_PX - 1, 2)
        if len(lines) > room:
            lines = [*lines[: room - 1], f"and {len(lines) - room + 1} more"]
        return "\n".join(lines)

    def _outline(self) -> None:
        """Draw the silhouette of what was picked, and the corners of what is built."""
        if self.outline is not None:
            self._plotter.remove_actor(self.outline, render=False)
            self.outline = None
        if self.picked is None:
            return
        self.outline = self._plotter.add_silhouette(
            to_polydata(self.picked.mesh).clean(),
            color=PICKED_COLOR,
            line_width=PICKED_LINE_PX,
            opacity=1.0,
            feature_angle=None if self._is_organic else CORNER_DEG,
        )
        self.outline.SetPickable(False)
