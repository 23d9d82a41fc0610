"""Solids from outlines: polygons become closed, outward-facing triangle meshes.

`snap` brings a region to a grid, `triangulate` fills it, `extrude` raises it (with
pieces cut out), `unite`, `subtract` and `intersect` combine closed meshes.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shared.solids.boolean import intersect, subtract, unite
    from shared.solids.extrusion import Cut, extrude
    from shared.solids.snapping import snap
    from shared.solids.triangulation import triangulate

__all__ = ["Cut", "extrude", "intersect", "snap", "subtract", "triangulate", "unite"]

_MODULE_BY_NAME = {
    "Cut": "extrusion",
    "extrude": "extrusion",
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
