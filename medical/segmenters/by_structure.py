"""By structure: the segmenter that a structure's method asks for, and several at once."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING, Final

from medical.segmenters.skin import skin_segmenter
from medical.segmenters.threshold import threshold_segmenter
from medical.structures import Method, Structure
from shared.errors import UsageError
from shared.progress import Progress, ignore_progress
from shared.provenance import Provenance
from shared.segmentation import Segmentation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medical.segmenters import Segmenter
    from medical.segmenters.body import Body
    from shared.volume import Volume

LUNG: Final = "lung"
"""Name of one of the lungs, before its side."""


def segmenter_of(
    structure: Structure, *, level: float, body: Body | None, value: int = 1
) -> Segmenter:
    """Return the segmenter that finds `structure` and labels it with `value`.

    Lungs take a second value, for the right one.
    """
    label = structure.label(value)
    match structure.method:
        case Method.BODY_SURFACE:
            return skin_segmenter(label, level, body=body)
        case Method.LUNGS:
            from medical.segmenters.lungs import lungs_segmenter

            return lungs_segmenter(replace(label, name=LUNG), level, body=body)
        case Method.AIRWAYS:
            from medical.segmenters.airways import airways_segmenter

            return airways_segmenter(label, level, body=body)
        case Method.TISSUE_RANGE:
            from medical.segmenters.tissues import tissue_segmenter

            upper = inf if structure.upper_hu is None else structure.upper_hu
            return tissue_segmenter(label, level, upper, body=body)
        case Method.METAL:
            from medical.segmenters.metal import metal_segmenter

            return metal_segmenter(label, level, body=body)
    return threshold_segmenter(label, level)


def segment(
    volume: Volume,
    structures: Sequence[Structure],
    *,
    level: float | None = None,
    body: Body | None = None,
    progress: Progress = ignore_progress,
) -> Segmentation:
    """Return one segmentation of several structures, each a layer with a value of its own.

    Parameters
    ----------
    volume
        The scan.
    structures
        What to find; they may overlap.
    level
        Instead of each structure's own.
    body
        Where the patient is, if that was found already.
    progress
        Told of each structure.

    Raises
    ------
    NothingToBuildError
        If there is nothing of one of them.
    """
    found = []
    value = 1
    for structure in structures:
        progress(f"segment {structure.name}", 0.0)
        at = structure.level_hu if level is None else level
        made = segmenter_of(structure, level=at, body=body, value=value)(volume)
        found.append(made)
        value += sum(len(layer.labels) for layer in made.layers)
    return together(found)


def together(segmentations: Sequence[Segmentation]) -> Segmentation:
    """Return the layers of several segmentations of one grid as one segmentation.

    Raises
    ------
    UsageError
        If there are none.
    """
    if not segmentations:
        raise UsageError("There is no segmentation to put together.")
    findings = dict.fromkeys(id(f) for s in segmentations for f in s.findings)
    by_identity = {id(f): f for s in segmentations for f in s.findings}
    return Segmentation(
        layers=tuple(layer for s in segmentations for layer in s.layers),
        fields={name: field for s in segmentations for name, field in s.fields.items()},
        provenance=sum((s.provenance for s in segmentations), start=Provenance()),
        findings=tuple(by_identity[key] for key in findings),
    )
