"""Threshold: everything at or above a level, with the field that carries its surface."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shared.concept import Label, LabelTable
from shared.errors import NothingToBuildError
from shared.segmentation import LabelMap, LevelField, Segmentation

if TYPE_CHECKING:
    from medical.segmenters import Segmenter
    from shared.shapes import FieldArray
    from shared.volume import Volume


def threshold_segmenter(label: Label, level: float) -> Segmenter:
    """Return a segmenter that labels every voxel whose value is at least `level`.

    The segmentation keeps the volume's own values as the label's field, not a copy, so
    its surface runs where the field crosses the level, between the voxels.

    Parameters
    ----------
    label
        What is found.
    level
        In the volume's quantity (HU for CT).
    """

    def segment(volume: Volume) -> Segmentation:
        return segmentation_of(volume, volume.values, label, level)

    return segment


def segmentation_of(volume: Volume, values: FieldArray, label: Label, level: float) -> Segmentation:
    """Return the segmentation of ``values >= level`` on the grid of `volume`.

    Raises
    ------
    NothingToBuildError
        If no value reaches the level, or every value does: neither has a surface.
    """
    inside = values >= level
    if not inside.any() or inside.all():
        raise nothing_at(volume, label, level)
    number = inside.view(np.uint8)
    layer = LabelMap(
        values=number if label.value == 1 else number * np.uint8(label.value),
        affine=volume.affine,
        frame=volume.frame,
        labels=LabelTable((label,)),
    )
    return Segmentation(
        layers=(layer,),
        fields={label.name: LevelField(values=values, level=level)},
        provenance=volume.provenance.with_step("threshold", label=label.name, level=level),
        findings=volume.findings,
    )


def nothing_at(volume: Volume, label: Label, level: float) -> NothingToBuildError:
    """Return the error that says what values there are, and what to ask for instead."""
    finite = volume.values[np.isfinite(volume.values)]
    if not finite.size:
        return NothingToBuildError(
            "The volume holds no finite value.", remedy="Check how the series was exported."
        )
    low, high = float(finite.min()), float(finite.max())
    unit = f" {volume.quantity}" if volume.quantity != "none" else ""
    which = "Nothing reaches" if level > high else "Everything is above"
    return NothingToBuildError(
        f"{which} the level {level:g}{unit} of {label.name}: the values run from "
        f"{low:g} to {high:g}{unit}.",
        remedy=f"Pass a level between them, for instance --level {low + 0.5 * (high - low):.0f}.",
    )
