"""Affine: where the centre of a voxel stands in the world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from shared.errors import InvalidValueError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from shared.shapes import Matrix4, PointArray


@dataclass(frozen=True, slots=True, eq=False)
class Affine:
    """``world_from_index``: index of a voxel **centre** → world position.

    The columns stand in **array order**: column 0 is the world step of one index
    along array axis 0 (for DICOM, one slice), column 2 along axis 2 (one column of
    pixels). For ordinary scans this makes the determinant negative, so surfaces
    taken from the array must flip their winding (see `is_mirrored`).

    Parameters
    ----------
    matrix
        float64 ``[4 4]``, finite, invertible, last row 0 0 0 1. Copied; read-only.
    """

    matrix: Matrix4

    def __post_init__(self) -> None:
        matrix = np.array(self.matrix, dtype=np.float64)
        if matrix.shape != (4, 4):
            raise InvalidValueError(f"An affine is a 4×4 matrix, not one of {matrix.shape}.")
        if not np.isfinite(matrix).all():
            raise InvalidValueError("An affine must be finite.")
        if not np.array_equal(matrix[3], (0.0, 0.0, 0.0, 1.0)):
            raise InvalidValueError("The last row of an affine is 0 0 0 1.")
        lengths = np.linalg.norm(matrix[:3, :3], axis=0)
        volume = abs(np.linalg.det(matrix[:3, :3]))
        if not lengths.all() or volume <= 1e-9 * lengths.prod():
            raise InvalidValueError("An affine must be invertible: two of its axes coincide.")
        matrix.setflags(write=False)
        object.__setattr__(self, "matrix", matrix)

    @classmethod
    def from_parts(cls, *, spacing: ArrayLike, origin: ArrayLike, direction: ArrayLike) -> Self:
        """Return the affine with these steps.

        Parameters
        ----------
        spacing
            ``[3]`` lengths of one index step, in array order.
        origin
            ``[3]`` world position of the centre of voxel (0, 0, 0).
        direction
            ``[3 3]``; column n is the unit vector of array axis n in world.
        """
        matrix = np.eye(4)
        matrix[:3, :3] = np.asarray(direction, float) * np.asarray(spacing, float)
        matrix[:3, 3] = np.asarray(origin, float)
        return cls(matrix)

    @classmethod
    def identity(cls) -> Self:
        """Return the affine that leaves everything where it is."""
        return cls(np.eye(4))

    @classmethod
    def from_spacing(cls, spacing_mm: ArrayLike) -> Self:
        """Return the affine of an upright grid that starts at the origin of the world.

        Parameters
        ----------
        spacing_mm
            ``[3]`` lengths of one index step, in array order, in a frame of millimeters.
        """
        return cls.from_parts(spacing=spacing_mm, origin=(0.0, 0.0, 0.0), direction=np.eye(3))

    @property
    def spacing(self) -> tuple[float, float, float]:
        """Length of one index step along each array axis, in the frame's unit."""
        i, j, k = np.linalg.norm(self.matrix[:3, :3], axis=0)
        return float(i), float(j), float(k)

    @property
    def origin(self) -> PointArray:
        """World position ``[3]`` of the centre of voxel (0, 0, 0)."""
        return np.array(self.matrix[:3, 3])

    @property
    def direction(self) -> PointArray:
        """``[3 3]``; column n is the unit world vector of array axis n."""
        return np.array(self.matrix[:3, :3] / np.asarray(self.spacing))

    @property
    def determinant(self) -> float:
        """Signed volume of one voxel, in the frame's unit cubed."""
        return float(np.linalg.det(self.matrix[:3, :3]))

    @property
    def voxel_volume(self) -> float:
        """Volume of one voxel, in the frame's unit cubed (sheared ones too)."""
        return abs(self.determinant)

    @property
    def is_mirrored(self) -> bool:
        """Whether array order is left-handed in world: surfaces then flip their winding."""
        return self.determinant < 0.0

    def is_orthogonal(self, *, tolerance: float = 1e-4) -> bool:
        """Return whether the array axes stand at right angles (False for gantry tilt)."""
        direction = self.direction
        return bool(np.abs(direction.T @ direction - np.eye(3)).max() <= tolerance)

    def inverse(self) -> Affine:
        """Return ``index_from_world``."""
        return Affine(np.asarray(np.linalg.inv(self.matrix), dtype=np.float64))

    def __matmul__(self, other: Affine) -> Affine:
        """Return the affine that applies `other` first, then this one."""
        return Affine(self.matrix @ other.matrix)

    def apply(self, points: ArrayLike) -> PointArray:
        """Return ``[… 3]`` points taken through this affine, in float64."""
        points = np.asarray(points, dtype=np.float64)
        return np.asarray(points @ self.matrix[:3, :3].T + self.matrix[:3, 3])

    def isclose(self, other: Affine, *, tolerance: float = 1e-6) -> bool:
        """Return whether both matrices agree within `tolerance`, entry by entry."""
        return bool(np.abs(self.matrix - other.matrix).max() <= tolerance)

    def __repr__(self) -> str:
        rows = "; ".join(" ".join(f"{x:g}" for x in row) for row in self.matrix[:3])
        return f"Affine({rows})"
