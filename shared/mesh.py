"""Mesh: triangles in the world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from shared.device import is_host
from shared.errors import InvalidValueError
from shared.frame import PATIENT_LPS_MM, Frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.shapes import FaceArray, PointArray, VertexArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mesh:
    """Triangles, counter-clockwise seen from outside **in world**.

    Parameters
    ----------
    vertices
        float32 ``[v 3]``, in the frame's unit. Other floats are converted.
    faces
        int32 ``[f 3]``, indices of vertices. Other integers are converted.
    frame
        The world the vertices stand in.
    uv
        float32 ``[v 2]`` texture coordinates, or None.
    colors
        uint8 ``[v 3]`` sRGB, or None.
    texture
        uint8 ``[rows columns 3]`` sRGB picture, or None.

    Notes
    -----
    Closed and manifold are claims about the file as written and re-read, merged by
    position: ask `shared.meshing.topology`.
    """

    vertices: VertexArray
    faces: FaceArray
    frame: Frame = PATIENT_LPS_MM
    uv: NDArray[np.float32] | None = None
    colors: NDArray[np.uint8] | None = None
    texture: NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        if is_host(self.vertices):
            vertices = np.ascontiguousarray(self.vertices, dtype=np.float32).reshape(-1, 3)
            faces = np.ascontiguousarray(self.faces, dtype=np.int32).reshape(-1, 3)
            object.__setattr__(self, "vertices", vertices)
            object.__setattr__(self, "faces", faces)
            if not _all_finite(vertices):
                raise InvalidValueError("A mesh has finite vertices.")
        for name in ("vertices", "faces"):
            if getattr(self, name).ndim != 2 or getattr(self, name).shape[1] != 3:
                raise InvalidValueError(f"The {name} of a mesh have three columns.")
        if len(self.faces) and not _in_range(self.faces, len(self.vertices)):
            raise InvalidValueError("A face names a vertex that is not there.")
        for name in ("uv", "colors"):
            values = getattr(self, name)
            if values is not None and len(values) != len(self.vertices):
                raise InvalidValueError(f"A mesh has one row of {name} for each vertex.")

    @property
    def is_empty(self) -> bool:
        """Whether there are no faces."""
        return len(self.faces) == 0

    def bounds(self) -> PointArray:
        """Return ``[2 3]`` smallest and largest vertex coordinates.

        Raises
        ------
        InvalidValueError
            If the mesh has no vertices.
        """
        if len(self.vertices) == 0:
            raise InvalidValueError("An empty mesh has no bounds.")
        return np.array([self.vertices.min(axis=0), self.vertices.max(axis=0)], dtype=np.float64)


def _all_finite(vertices: VertexArray) -> bool:
    """Return whether all coordinates are finite; one sum of squares tells in most cases."""
    flat = vertices.reshape(-1)
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(np.dot(flat, flat)) or np.isfinite(flat).all())


def _in_range(faces: FaceArray, count: int) -> bool:
    """Return whether all indices are at least 0 and below `count`."""
    if is_host(faces):  # a negative index read as unsigned is larger than any count
        return int(faces.view(np.uint32).max()) < count
    return int(faces.min()) >= 0 and int(faces.max()) < count
