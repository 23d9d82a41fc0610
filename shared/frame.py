"""Frames: which way the axes point, in which unit, around which origin.

A number without a frame is not a position. Two values may be brought together only
if their frames are compatible; frames change only in the doors of the house
(`shared.formats`, `medical.images`), through `convert_points` matrices made here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from shared.errors import FrameMismatchError, InvalidValueError

if TYPE_CHECKING:
    from shared.shapes import Matrix4


class Axes(StrEnum):
    """Where +x, +y and +z point."""

    LPS = "LPS"
    """Patient left, posterior, superior: DICOM PS3.3 C.7.6.2.1.1."""
    RAS = "RAS"
    """Patient right, anterior, superior: NIfTI-1."""
    ENU = "ENU"
    """East, north, up: buildings, IFC."""
    Y_UP = "Y_UP"
    """glTF 2.0: +y up, +z towards the viewer."""


class Unit(StrEnum):
    """Length units a frame can have."""

    MM = "mm"
    CM = "cm"
    M = "m"
    IN = "in"
    FT = "ft"


METERS_PER_UNIT: Final = MappingProxyType(
    {Unit.MM: 1e-3, Unit.CM: 1e-2, Unit.M: 1.0, Unit.IN: 0.0254, Unit.FT: 0.3048}
)
"""Exact by definition (international yard and pound agreement of 1959)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A right-handed world coordinate system.

    Parameters
    ----------
    axes
        Where +x, +y and +z point.
    unit
        Unit of length of every coordinate.
    uid
        Identity of the origin (DICOM Frame of Reference UID, or a digest of it),
        or None where nothing says which origin it is.
    """

    axes: Axes
    unit: Unit
    uid: str | None = None

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "axes", Axes(self.axes))
            object.__setattr__(self, "unit", Unit(self.unit))
        except ValueError as error:
            raise InvalidValueError(f"{self.axes}/{self.unit} is no known frame.") from error

    @property
    def meters_per_unit(self) -> float:
        """Return the length of one unit in metres."""
        return METERS_PER_UNIT[self.unit]

    def from_mm(self, length_mm: float) -> float:
        """Return a length given in millimetres in this frame's unit."""
        return length_mm * 1e-3 / self.meters_per_unit

    def to_mm(self, length: float) -> float:
        """Return a length given in this frame's unit in millimetres."""
        return length * self.meters_per_unit * 1e3

    def is_compatible(self, other: Frame) -> bool:
        """Return whether positions of both frames may be mixed.

        Axes and unit must agree; the origins must agree where both are known.
        """
        same_origin = self.uid is None or other.uid is None or self.uid == other.uid
        return self.axes == other.axes and self.unit == other.unit and same_origin


PATIENT_LPS_MM: Final = Frame(axes=Axes.LPS, unit=Unit.MM)
BUILDING_ENU_M: Final = Frame(axes=Axes.ENU, unit=Unit.M)
GLTF_YUP_M: Final = Frame(axes=Axes.Y_UP, unit=Unit.M)


_Y_UP_FROM_Z_UP: Final = ((1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, -1.0, 0.0))
_RAS_FROM_LPS: Final = ((-1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, 1.0))
_Z_UP_FROM_AXES: Final = MappingProxyType(
    {
        Axes.LPS: np.eye(3),
        Axes.RAS: np.array(_RAS_FROM_LPS).T,
        Axes.ENU: np.eye(3),
        Axes.Y_UP: np.array(_Y_UP_FROM_Z_UP).T,
    }
)
_PATIENT_AXES: Final = frozenset({Axes.LPS, Axes.RAS})


def target_from_source(target: Frame, source: Frame) -> Matrix4:
    """Return the 4×4 matrix that takes positions in `source` to `target`.

    Anatomy and buildings both reach glTF's axes, (x, y, z) → (x, z, −y), each at its
    own scale: (x, y, z) LPS mm becomes 0.001·(x, z, −y).

    Raises
    ------
    FrameMismatchError
        If the origins are known and differ, or one is a patient and one a building.
    """
    if not (source.uid is None or target.uid is None or source.uid == target.uid):
        raise FrameMismatchError("The two frames have different origins.")
    kinds = {source.axes in _PATIENT_AXES, target.axes in _PATIENT_AXES}
    if len(kinds) == 2 and Axes.Y_UP not in (source.axes, target.axes):
        raise FrameMismatchError(f"{source.axes} and {target.axes} have no common axes.")
    rotation = _Z_UP_FROM_AXES[target.axes].T @ _Z_UP_FROM_AXES[source.axes]
    matrix = np.eye(4)
    matrix[:3, :3] = rotation * (source.meters_per_unit / target.meters_per_unit)
    return matrix
