"""Regrid: labels that were made on another grid, brought to that of a volume."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from shared.errors import FrameMismatchError, NothingToBuildError
from shared.finding import warning
from shared.segmentation import LevelField, Segmentation
from shared.volume import Volume

if TYPE_CHECKING:
    from shared.finding import Finding
    from shared.segmentation import LabelMap
    from shared.shapes import FieldArray


def on_grid_of(segmentation: Segmentation, volume: Volume) -> Segmentation:
    """Return `segmentation` on the grid of `volume`: nearest for labels, linear for fields.

    A grid that is the volume's already is left as it is; any other gets a finding.

    Raises
    ------
    FrameMismatchError
        If their frames of reference differ.
    NothingToBuildError
        If no labelled voxel lies in the volume.
    """
    from shared.filters import Interpolation, resample

    if not segmentation.frame.is_compatible(volume.frame):
        raise FrameMismatchError(
            "The labels belong to another frame of reference than the volume.",
            remedy="Give the scan that they were made from.",
        )
    if _is_same_grid(segmentation, volume):
        return segmentation
    layers = tuple(
        resample(layer, volume.affine, volume.shape, outside=0) for layer in segmentation.layers
    )
    layers = tuple(replace(layer, frame=volume.frame) for layer in layers)
    if not any(layer.values.any() for layer in layers):
        raise NothingToBuildError(
            "No labelled voxel lies in the volume.",
            remedy="Check that labels and scan belong together.",
        )

    def moved(values: FieldArray) -> FieldArray:
        field = Volume(values=values, affine=segmentation.affine, frame=segmentation.frame)
        return resample(
            field,
            volume.affine,
            volume.shape,
            outside=float(np.min(values)),
            interpolation=Interpolation.LINEAR,
        ).values

    fields = {
        name: LevelField(values=moved(field.values), level=field.level)
        for name, field in segmentation.fields.items()
    }
    told = _told(segmentation, layers, volume)
    return replace(
        segmentation, layers=layers, fields=fields, findings=(*segmentation.findings, *told)
    )


def _told(
    segmentation: Segmentation, layers: tuple[LabelMap, ...], volume: Volume
) -> tuple[Finding, ...]:
    """Return what is to be told of labels brought over: nothing where voxels met voxels."""
    if not _meets_voxels(segmentation, volume):
        resampled = warning(
            "labels-resampled",
            "The labels stand on another grid than the scan; each voxel took the label of the "
            "nearest.",
        )
        return (resampled,)
    before, after = (
        sum(int(np.count_nonzero(layer.values)) for layer in own)
        for own in (segmentation.layers, layers)
    )
    if before == after:
        return ()
    from medical.objects.seg import outside_finding

    return (outside_finding(before - after),)


def _meets_voxels(segmentation: Segmentation, volume: Volume) -> bool:
    """Return whether the grids differ only by the order, direction and number of voxels."""
    steps = (volume.affine.inverse() @ segmentation.affine).matrix
    whole = np.rint(steps)
    turns = np.abs(whole[:3, :3])
    is_turn = bool((turns.sum(axis=0) == 1).all() and (turns.sum(axis=1) == 1).all())
    longest = max(segmentation.layers[0].shape)
    drift = np.abs(steps - whole)
    return is_turn and float(drift[:3, :3].max()) * longest + float(drift[:3, 3].max()) <= MEETING


MEETING = 0.05
"""Farthest a voxel may lie from the one it becomes, in voxels, without a word about it."""


SAME_PLACE = 0.01
"""Farthest a corner of two grids may differ, in voxels, for them to be the same."""


def _is_same_grid(segmentation: Segmentation, volume: Volume) -> bool:
    shape = segmentation.layers[0].shape
    if shape != volume.shape:
        return False
    corners = np.stack(np.unravel_index(np.arange(8), (2, 2, 2)), axis=1) * (np.array(shape) - 1)
    places = volume.affine.inverse().apply(segmentation.affine.apply(corners))
    return bool(np.abs(places - corners).max() <= SAME_PLACE)
