"""An interactive window: orbit, legend by label, a click names the part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from shared.errors import OutputError
from toolkit.viewer.actors import to_polydata
from toolkit.viewer.engine import load_pyvista
from toolkit.viewer.facts import describe
from toolkit.viewer.legend import PANEL, UPPER_LEFT, anchor, text_of
from toolkit.viewer.picture import has_display, make_plotter

if TYPE_CHECKING:
    import pyvista as pv

    from shared.scene import Part, Scene
    from shared.volume import Volume

HINT: Final = "Click a part to see what it is. Drag to turn, wheel to zoom, q to close."
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

    def listen(self) -> None:
        """Pick wherever the left button goes down."""
        self._plotter.track_click_position(
            lambda place: self.at(*place), side="left", viewport=True
        )

    def at(self, x: float, y: float) -> Part | None:
        """Pick what is seen at a pixel, from the lower left corner; None is the background."""
        from vtkmodules.vtkRenderingCore import vtkCellPicker

        picker = vtkCellPicker()
        picker.SetTolerance(0.0)
        picker.Pick(x, y, 0.0, self._plotter.renderer)
        self.picked = self._part_by_actor.get(picker.GetActor())
        self._panel.SetInput(self.told())
        self._outline()
        self._plotter.render()
        return self.picked

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
        if self.picked is None:
            self._plotter.remove_actor("picked", render=False)
            return
        surface = to_polydata(self.picked.mesh).clean()
        edges: Any = surface.extract_feature_edges(
            feature_angle=CORNER_DEG, non_manifold_edges=False, manifold_edges=False
        )
        if not edges.n_points:  # smooth all around
            edges = surface.outline()
        self._plotter.add_mesh(
            edges,
            name="picked",
            color=PICKED_COLOR,
            line_width=PICKED_LINE_PX,
            lighting=False,
            pickable=False,
            reset_camera=False,
            render=False,
        )
