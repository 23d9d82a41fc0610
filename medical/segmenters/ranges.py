"""Ranges: what lies between two values, with a field that has its surface at both ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shared.concept import Label, LabelTable
from shared.errors import UsageError
from shared.segmentation import LabelMap, LevelField, Segmentation
from shared.volume import Quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from shared.finding import Finding
    from shared.shapes import MaskArray
    from shared.volume import Volume


def range_field(values: NDArray[Any], low: float, high: float) -> LevelField:
    """Return the field that stands above its level where `values` lie between `low` and `high`.

    It is the values themselves, folded back half-way: its level is `low`, and it meets it
    again where the values meet `high`. Either end may be infinite; without a lower one the
    values are mirrored at `high`, which is the level. Whole numbers stay whole where both
    ends are.

    Raises
    ------
    UsageError
        If no value lies between, or no end is finite.
    """
    if not low <= high or not (np.isfinite(low) or np.isfinite(high)):
        raise UsageError(
            f"There is nothing between {low:g} and {high:g}.",
            remedy="Give a range from low to high.",
        )
    ends = [end for end in (low, high) if np.isfinite(end)]
    is_whole = values.dtype.kind in "iu" and all(float(end).is_integer() for end in ends)
    kind = np.int32 if is_whole else np.float32
    own: NDArray[Any] = values.astype(kind)
    level = low if np.isfinite(low) else high
    if np.isfinite(high):
        mirrored = kind(level + high) - own
        own = np.minimum(own, mirrored) if np.isfinite(low) else mirrored
    own.setflags(write=False)
    return LevelField(values=own, level=level)


def require_hu(volume: Volume, label: Label) -> None:
    """Raise `UsageError` unless the values of `volume` are Hounsfield units."""
    if volume.quantity is not Quantity.HU:
        raise UsageError(
            f"The values are no Hounsfield units, by which {label.name} is told.",
            remedy="Give a CT scan, or grow from seeds, which any scan allows.",
        )


def segmentation_of_masks(
    volume: Volume,
    found: Sequence[tuple[Label, MaskArray, LevelField | None]],
    step: str,
    *,
    findings: tuple[Finding, ...] = (),
    **parameters: Any,
) -> Segmentation:
    """Return a segmentation of masks that do not overlap, with their fields."""
    largest = max(label.value for label, _, _ in found)
    values = np.zeros(volume.shape, dtype=np.uint8 if largest <= 255 else np.uint16)
    for label, mask, _ in found:
        values[mask] = label.value
    values.setflags(write=False)
    labels = LabelTable(tuple(label for label, _, _ in found))
    layer = LabelMap(values=values, affine=volume.affine, frame=volume.frame, labels=labels)
    names = [label.name for label in labels]
    return Segmentation(
        layers=(layer,),
        fields={label.name: field for label, _, field in found if field is not None},
        provenance=volume.provenance.with_step(step, labels=names, **parameters),
        findings=(*volume.findings, *findings),
    )
