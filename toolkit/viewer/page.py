"""A standalone HTML page of a scene: turn, toggle by label, click to name; needs no network.

The page carries the scene as a GLB and draws it with WebGL 2; nothing is loaded from
anywhere, so it can be mailed, archived or put on any web server.
"""

from __future__ import annotations

import base64
import html
import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shared.formats.glb import encode, plain
from shared.frame import Axes
from toolkit.viewer.actors import bounds_of

if TYPE_CHECKING:
    from shared.formats import Staging
    from shared.scene import Scene

FIRST_LOOK: Final = {
    Axes.LPS: (0.5, 0.18),
    Axes.RAS: (0.5, 0.18),
    Axes.ENU: (-0.6, 0.62),
    Axes.Y_UP: (0.5, 0.4),
}
"""Azimuth and elevation of the camera, radians, in the page's Y-up axes."""


def write_page(scene: Scene, target: Path, staging: Staging) -> None:
    """Write the page through `staging`."""
    low, high = bounds_of(scene)
    azimuth, elevation = FIRST_LOOK[scene.frame.axes]
    size = " × ".join(f"{extent:.1f}" for extent in high - low)
    facts = {
        "title": scene.title,
        "caption": f"{size} {scene.frame.unit.value} ({scene.frame.axes.value})",
        "azimuth": azimuth,
        "elevation": elevation,
    }
    model = base64.b64encode(b"".join(encode(scene))).decode("ascii")
    template = files("toolkit.viewer").joinpath("page.html").read_text(encoding="utf-8")
    head, rest = template.split("__FACTS__")
    middle, tail = rest.split("__MODEL__")
    with staging.path_for(target).open("w", encoding="utf-8") as stream:
        stream.write(head.replace("__TITLE__", html.escape(scene.title)))
        stream.write(json.dumps(plain(facts)).replace("<", "\\u003c"))
        stream.write(middle)
        stream.write(model)
        stream.write(tail)
