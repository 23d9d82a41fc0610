"""Segmentation: which voxel is what, and where its boundary runs between voxels.

A label map says which voxels belong to a label; a `LevelField` says where, between
two voxels, the boundary runs. Surfaces are taken from the field inside the label,
and from the blocky mask only where there is no field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from shared.affine import Affine
from shared.concept import LabelTable
from shared.device import is_host
from shared.errors import FrameMismatchError, InvalidValueError
from shared.finding import Finding
from shared.frame import PATIENT_LPS_MM, Frame
from shared.provenance import Provenance
from shared.volume import require_grid

if TYPE_CHECKING:
    from shared.shapes import FieldArray, LabelArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelMap:
    """Integers ``[i j k]``: 0 is background, every other value present has a label.

    Parameters
    ----------
    values
        Integer labels ``[i j k]``.
    affine, frame
        Where the voxel centres stand.
    labels
        What each value stands for.
    """

    values: LabelArray
    affine: Affine
    frame: Frame = PATIENT_LPS_MM
    labels: LabelTable = LabelTable()

    def __post_init__(self) -> None:
        require_grid(self.values)
        if is_host(self.values):
            if self.values.dtype.kind not in "iu":
                raise InvalidValueError(f"Labels are integers, not {self.values.dtype}.")
            unnamed = _present(self.values) - self.labels.values
            if unnamed:
                raise InvalidValueError(f"Values {sorted(unnamed)} of the label map have no label.")

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of voxels along each array axis."""
        i, j, k = self.values.shape
        return int(i), int(j), int(k)


def _present(values: LabelArray) -> set[int]:
    if values.dtype.itemsize == 1:
        counts = np.zeros(256, dtype=np.int64)
        for layer in values:  # slice by slice: bincount makes a copy eight times as large
            counts += np.bincount(layer.reshape(-1).view(np.uint8), minlength=256)
        found = np.flatnonzero(counts).astype(np.uint8).view(values.dtype)
    else:
        found = np.unique(values)
    return {int(value) for value in found} - {0}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LevelField:
    """A scalar field on the label map's grid whose level set is the boundary.

    Parameters
    ----------
    values
        Real numbers ``[i j k]`` (HU, probability, signed distance).
    level
        Value on the boundary; a value equal to the level is inside.
    """

    values: FieldArray
    level: float

    def __post_init__(self) -> None:
        require_grid(self.values)
        if not np.isfinite(self.level):
            raise InvalidValueError("The level of a field must be finite.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segmentation:
    """What a segmenter returns: label maps on one grid, with optional fields.

    Parameters
    ----------
    layers
        One or more label maps on the same grid; labels of different layers may
        overlap, and their names are unique over all layers.
    fields
        For a label's name, the field whose level set is its boundary.
    provenance, findings
        Where it comes from; what was assumed, dropped or doubtful.
    """

    layers: tuple[LabelMap, ...]
    fields: Mapping[str, LevelField] = field(default_factory=dict)
    provenance: Provenance = Provenance()
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(self.layers))
        object.__setattr__(self, "fields", MappingProxyType(dict(self.fields)))
        if not self.layers:
            raise InvalidValueError("A segmentation has at least one layer.")
        first = self.layers[0]
        for layer in self.layers[1:]:
            if layer.shape != first.shape or not layer.affine.isclose(first.affine):
                raise FrameMismatchError("The layers of a segmentation share one grid.")
            if not layer.frame.is_compatible(first.frame):
                raise FrameMismatchError("The layers of a segmentation share one frame.")
        names = [label.name for layer in self.layers for label in layer.labels]
        if len(set(names)) != len(names):
            raise InvalidValueError("Label names are unique over all layers.")
        for name, level_field in self.fields.items():
            if name not in names:
                raise InvalidValueError(f"The field {name!r} belongs to no label.")
            if tuple(level_field.values.shape) != first.shape:
                raise InvalidValueError(f"The field {name!r} is not on the segmentation's grid.")

    @property
    def affine(self) -> Affine:
        """The grid's ``world_from_index``."""
        return self.layers[0].affine

    @property
    def frame(self) -> Frame:
        """The frame of every layer."""
        return self.layers[0].frame
