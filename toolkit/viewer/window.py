"""An interactive window: orbit, legend by label, a click names the part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared.errors import UsageError
from toolkit.viewer.picture import has_display, make_plotter

if TYPE_CHECKING:
    from shared.scene import Part, Scene
    from shared.volume import Volume


def show_window(scene: Scene, *, volume: Volume | None = None) -> None:
    """Open a window and return when it is closed; raise as `require_display` does."""
    require_display()
    plotter = make_plotter(scene, volume, off_screen=False)
    part_by_path = {part.path: part for part in scene.parts}

    def name_part(actor: Any) -> None:
        part = part_by_path.get(getattr(actor, "name", "") or "")
        if part is not None:
            plotter.add_text(
                describe(part), position="lower_left", font_size=10, color="#222222", name="picked"
            )

    plotter.enable_mesh_picking(
        name_part, use_actor=True, left_clicking=True, show=True, show_message=False
    )
    plotter.show(title=scene.title)


def require_display() -> None:
    """Raise `UsageError` if no window can be opened."""
    if not has_display():
        raise UsageError(
            "There is no display to open a window on.",
            remedy="Use --screenshot FILE.png or --html FILE.html.",
        )


def describe(part: Part) -> str:
    """Return what a click shows: path, label, coded meaning and properties, a line each."""
    lines = [part.path, part.label.name.replace("_", " ")]
    if part.label.concept is not None:
        concept = part.label.concept
        lines.append(f"{concept.meaning} ({concept.scheme} {concept.code})")
    for key, value in part.properties.items():
        if isinstance(value, float):
            value = f"{value:.4g}"
        if isinstance(value, (str, int, bool)):
            lines.append(f"{key}: {value}")
    return "\n".join(lines)
