"""Solids from outlines: polygons become closed, outward-facing triangle meshes.

`snap` brings a region to a grid, `triangulate` fills it, `extrude` raises it (with
pieces cut out), `fuse` makes one solid of many prisms; `unite`, `subtract` and
`intersect` combine any closed meshes.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shared.solids.boolean import intersect, subtract, unite
    from shared.solids.prisms import Prism, extrude, fuse
    from shared.solids.snapping import snap
    from shared.solids.triangulation import triangulate

__all__ = ["Prism", "extrude", "fuse", "intersect", "snap", "subtract", "triangulate", "unite"]

_MODULE_BY_NAME = {
    "Prism": "prisms",
    "extrude": "prisms",
    "fuse": "prisms",
    "intersect": "boolean",
    "snap": "snapping",
    "subtract": "boolean",
    "triangulate": "triangulation",
    "unite": "boolean",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_BY_NAME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_BY_NAME[name]}"), name)
