"""A PNG of a scene, with or without a display."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from toolkit.viewer import actors, legend
from toolkit.viewer.engine import load_pyvista

if TYPE_CHECKING:
    import pyvista as pv

    from shared.formats import Staging
    from shared.scene import Scene
    from shared.volume import Volume

PICTURE_SIZE: Final = (1280, 960)
"""Width and height in pixels."""
SUPERSAMPLING: Final = 2
"""Pixels drawn for each pixel shown, along each side; works with depth peeling, SSAA does not."""


def make_plotter(
    scene: Scene,
    volume: Volume | None,
    *,
    off_screen: bool,
    size: tuple[int, int] = PICTURE_SIZE,
) -> pv.Plotter:
    """Return a plotter that shows `scene` (and the middle slices of `volume`)."""
    pv = load_pyvista()
    scale = SUPERSAMPLING if off_screen else 1
    plotter = pv.Plotter(off_screen=off_screen, window_size=[pixels * scale for pixels in size])
    plotter.set_background(actors.BACKGROUND)
    actors.add_scene(plotter, scene, scale=scale)
    extent = legend.add_legend(plotter, scene, scale=scale)
    points = [actors.points_of(scene)]
    if volume is not None:
        points += actors.add_slices(plotter, volume, scene)
    if any(part.opacity < 1.0 for part in scene.parts):
        plotter.disable_anti_aliasing()
        plotter.render_window.SetMultiSamples(0)  # translucent parts vanish with them
        plotter.enable_depth_peeling(actors.MAXIMUM_LIGHT_PEELS)
    elif not off_screen:
        plotter.enable_anti_aliasing("ssaa")
    seen = np.concatenate(points)
    if len(seen):
        actors.look_at(plotter, scene.frame.axes, seen, extent, scale=scale)
    return plotter


def write_picture(
    scene: Scene, target: Path, staging: Staging, *, volume: Volume | None = None
) -> None:
    """Draw `scene` into a PNG through `staging`; needs no display."""
    from PIL import Image

    plotter = make_plotter(scene, volume, off_screen=True)
    try:
        pixels = plotter.screenshot(return_img=True)
    finally:
        plotter.close()
    picture = Image.fromarray(pixels).reduce(SUPERSAMPLING)
    picture.save(staging.path_for(target), format="PNG")


def has_display() -> bool:
    """Return whether a window can be opened."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
