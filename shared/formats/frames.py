"""Which frame each format stands in, and how a format without units says so."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from shared.finding import Finding, warning
from shared.frame import PATIENT_LPS_MM, Axes, Frame, Unit, target_from_source

if TYPE_CHECKING:
    from shared.mesh import Mesh
    from shared.shapes import VertexArray

BUILDING_ENU_MM: Final = Frame(axes=Axes.ENU, unit=Unit.MM)
"""A building's STL: slicers take the numbers of an STL for millimetres."""

_MARK: Final = re.compile(
    r"\b(SPACE|AXES)=(LPS|RAS|ENU)\b(?:.*?\bUNIT=(mm|cm|m|in|ft)\b)?", re.DOTALL
)
_AXES_BY_NAME: Final = MappingProxyType({"LPS": Axes.LPS, "RAS": Axes.RAS, "ENU": Axes.ENU})


def vertices_in(mesh: Mesh, frame: Frame) -> VertexArray:
    """Return the mesh's vertices ``[v 3]`` in `frame`, float32."""
    origin_free = Frame(axes=frame.axes, unit=frame.unit)
    matrix = target_from_source(origin_free, mesh.frame)
    if np.array_equal(matrix, np.eye(4)):
        return mesh.vertices
    return np.asarray(mesh.vertices.astype(np.float64) @ matrix[:3, :3].T, dtype=np.float32)


def mark_of(frame: Frame) -> str:
    """Return the words that tell axes and unit in a header or comment.

    ``SPACE=LPS`` is what 3D Slicer looks for; buildings use ``AXES=`` so that no
    reader takes them for a patient.
    """
    key = "SPACE" if frame.axes in (Axes.LPS, Axes.RAS) else "AXES"
    return f"{key}={frame.axes.value} UNIT={frame.unit.value}"


def frame_from_mark(text: str) -> tuple[Frame, tuple[Finding, ...]]:
    """Return the frame a header states, or LPS mm with a warning where it states none."""
    found = _MARK.search(text)
    if found is None:
        doubt = warning(
            "unit-assumed",
            "The file states neither axes nor unit: millimetres in LPS axes were assumed.",
        )
        return PATIENT_LPS_MM, (doubt,)
    unit = Unit(found.group(3)) if found.group(3) else Unit.MM
    return Frame(axes=_AXES_BY_NAME[found.group(2)], unit=unit), ()
