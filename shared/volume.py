"""Volume: a scalar field of physical values on a grid in the world."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from shared.affine import Affine
from shared.errors import InvalidValueError
from shared.finding import Finding
from shared.frame import PATIENT_LPS_MM, Frame
from shared.provenance import Provenance

if TYPE_CHECKING:
    from shared.shapes import FieldArray


class Quantity(StrEnum):
    """What the values measure."""

    HU = "HU"
    """Hounsfield units: air −1000, water 0."""
    SUV_BW = "SUVbw"
    """Standardized uptake value, body weight, g/ml."""
    NONE = "none"
    """Numbers without a physical unit (MR, uncalibrated CT)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Volume:
    """Values ``[i j k]`` whose voxel centres stand at ``affine.apply(index)``.

    Parameters
    ----------
    values
        Real numbers ``[i j k]``: physical values after rescale, never stored
        integers without it. For DICOM ``[slice, row, column]``.
    affine
        Index of a voxel centre → world.
    frame
        The world they stand in.
    quantity
        What the values measure.
    provenance, findings
        Where they come from; what was assumed on the way.
    """

    values: FieldArray
    affine: Affine
    frame: Frame = PATIENT_LPS_MM
    quantity: Quantity = Quantity.NONE
    provenance: Provenance = Provenance()
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        require_grid(self.values)
        object.__setattr__(self, "quantity", Quantity(self.quantity))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of voxels along each array axis."""
        i, j, k = self.values.shape
        return int(i), int(j), int(k)

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Length of one index step along each array axis, in mm."""
        i, j, k = (self.frame.to_mm(step) for step in self.affine.spacing)
        return i, j, k

    @property
    def voxel_volume_ml(self) -> float:
        """Volume of one voxel in millilitres."""
        return self.affine.voxel_volume * self.frame.to_mm(1.0) ** 3 * 1e-3


def require_grid(values: Any) -> None:
    """Raise `InvalidValueError` unless `values` is a non-empty real array ``[i j k]``."""
    shape = tuple(getattr(values, "shape", ()))
    if len(shape) != 3 or 0 in shape:
        raise InvalidValueError(f"A field is a non-empty array [i j k], not one of shape {shape}.")
    kind = getattr(getattr(values, "dtype", None), "kind", "f")
    if kind not in "biuf":
        raise InvalidValueError(f"A field holds real numbers, not {values.dtype}.")
