"""Mesh: triangles in the world."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.device import host_array, is_host
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

    The arrays are NumPy's, or torch tensors that live on a device until somebody asks for
    them: `on_host` copies them, and writers do.
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
            if len(faces) and not _in_range(faces, len(vertices)):
                raise InvalidValueError("A face names a vertex that is not there.")
        else:
            self._hold_tensors()
        for name in ("uv", "colors"):
            values = getattr(self, name)
            if values is not None and len(values) != len(self.vertices):
                raise InvalidValueError(f"A mesh has one row of {name} for each vertex.")

    def _hold_tensors(self) -> None:
        """Check vertices and faces on their device; the host waits once, for one number."""
        vertices: Any = self.vertices
        faces: Any = self.faces
        if is_host(faces) or faces.device != vertices.device:
            raise InvalidValueError("The vertices and faces of a mesh live on one device.")
        vertices, faces = vertices.float().contiguous(), faces.int().contiguous()
        for name, values in (("vertices", vertices), ("faces", faces)):
            if values.ndim != 2 or values.shape[1] != 3:
                raise InvalidValueError(f"The {name} of a mesh have three columns.")
            object.__setattr__(self, name, values)
        wrong = 2 * (~vertices.isfinite().all())
        if len(faces):
            wrong = wrong + ((faces.amin() < 0) | (faces.amax() >= len(vertices)))
        wrong = int(wrong)
        if wrong >= 2:
            raise InvalidValueError("A mesh has finite vertices.")
        if wrong:
            raise InvalidValueError("A face names a vertex that is not there.")

    def on_host(self) -> Mesh:
        """Return this mesh with NumPy arrays, copied from the device if they live there."""
        if is_host(self.vertices):
            return self
        arrays: dict[str, Any] = {
            name: host_array(getattr(self, name))
            for name in ("vertices", "faces", "uv", "colors", "texture")
            if getattr(self, name) is not None
        }
        return replace(self, **arrays)

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
        if not is_host(self.vertices):
            vertices: Any = self.vertices
            return np.array([host_array(vertices.amin(0)), host_array(vertices.amax(0))], float)
        return np.array([self.vertices.min(axis=0), self.vertices.max(axis=0)], dtype=np.float64)


def _all_finite(vertices: VertexArray) -> bool:
    """Return whether all coordinates are finite; one sum of squares tells in most cases."""
    flat = vertices.reshape(-1)
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(np.dot(flat, flat)) or np.isfinite(flat).all())


def _in_range(faces: FaceArray, count: int) -> bool:
    """Return whether all indices are at least 0 and below `count`."""
    return int(faces.view(np.uint32).max()) < count  # a negative one becomes larger than any count
