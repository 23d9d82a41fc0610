"""What every DXF entity has: layer, look, and a plane of its own (OCS)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from architecture.reading.primitives import FloatArray, Pen

DEFAULT_EXTRUSION: Final = (0.0, 0.0, 1.0)


def pen_of(entity: Any) -> Pen:
    """Return layer, line type and color as the entity has them, unresolved."""
    dxf = entity.dxf
    return Pen(str(dxf.layer), str(dxf.get("linetype", "BYLAYER")), int(dxf.get("color", 256)))


def ocs_matrix(entity: Any) -> FloatArray | None:
    """Return the ``[4 4]`` map from object to world coordinates, or None if they agree."""
    extrusion = entity.dxf.get("extrusion", DEFAULT_EXTRUSION)
    if tuple(extrusion) == DEFAULT_EXTRUSION:
        return None
    ocs = entity.ocs()
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = tuple(ocs.ux), tuple(ocs.uy), tuple(ocs.uz)
    return matrix
