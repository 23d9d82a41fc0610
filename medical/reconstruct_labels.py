"""Reconstruct labels: surfaces of what somebody has segmented, on the scan it belongs to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from medical.clean import clean, parse_keep
from medical.hounsfield import spacing_findings, with_quantity
from medical.parts import Finish, build_parts, finish_doubts
from medical.reconstruct import Reconstruction
from medical.report import ReconstructionReport, grid_report
from medical.timing import StepClock
from shared.affine import Affine
from shared.scene import Scene

if TYPE_CHECKING:
    from medical.clean import Keep
    from shared.progress import Progress
    from shared.segmentation import LevelField, Segmentation
    from shared.volume import Volume


def reconstruct_labels(
    volume: Volume,
    labels: Path,
    *,
    table: Path | None = None,
    keep: Keep | str = "all",
    minimum_volume_ml: float = 0.0,
    finish: Finish | None = None,
    progress: Progress | None = None,
) -> Reconstruction:
    """Turn labels into closed, outward, measured surfaces; names, colors and codes are theirs.

    Parameters
    ----------
    volume
        The scan that they belong to.
    labels
        DICOM SEG or RTSTRUCT, ``.seg.nrrd``, or a label map.
    table
        What the values of a label map stand for, instead of what stands beside it.
    keep, minimum_volume_ml
        Which pieces stay; by default all: somebody has drawn them.
    finish
        Smoothing and simplification.
    progress
        Told of each step.

    Raises
    ------
    ToolkitError
        As `medical.objects.read_labels` and `medical.clean.clean`.
    """
    from medical.objects import read_labels

    clock, finish = StepClock(progress), finish or Finish()
    keep = parse_keep(keep)
    volume = with_quantity(volume)
    clock("read labels", 0.0)
    found = read_labels(labels, source=volume, table=table)
    clock("clean", 0.0)
    kept = clean(found, body=None, keep=keep, minimum_volume_ml=minimum_volume_ml)
    cleaned = kept.segmentation
    built = build_parts(padded(cleaned), finish=finish, progress=clock)
    reports = tuple(report for _, report in built)
    provenance = volume.provenance + cleaned.provenance
    findings = (
        *volume.findings,
        *cleaned.findings,
        *spacing_findings(volume),
        *finish_doubts(reports, finish, step_mm=max(volume.spacing_mm)),
    )
    scene = Scene(
        title="Anatomy",
        frame=volume.frame,
        parts=tuple(part for part, _ in built),
        provenance=provenance,
        findings=findings,
    )
    report = ReconstructionReport(
        grid=grid_report(volume),
        structures=(),
        level=None,
        request={
            "labels": True,
            "keep": keep,
            "minimum_volume_ml": minimum_volume_ml,
            "smooth": finish.smooth,
            "faces": finish.faces,
            "share": finish.share,
            "deviation_mm": finish.deviation_mm,
        },
        parts=reports,
        removals=kept.removals,
        findings=findings,
        provenance=provenance,
        times_s=clock.stop(),
    )
    return Reconstruction(scene=scene, report=report)


def padded(segmentation: Segmentation) -> Segmentation:
    """Return `segmentation` with an empty voxel more on every side of its grid.

    A label whose voxels touch the border ends with them: its surface runs around whole
    voxels, not through the centres of the last ones.
    """
    matrix = np.array(segmentation.affine.matrix)
    matrix[:3, 3] -= matrix[:3, :3].sum(axis=1)
    affine = Affine(matrix)
    layers = tuple(
        replace(layer, values=np.pad(layer.values, 1), affine=affine)
        for layer in segmentation.layers
    )
    fields = {name: _padded_field(field) for name, field in segmentation.fields.items()}
    return replace(segmentation, layers=layers, fields=fields)


def _padded_field(field: LevelField) -> LevelField:
    outside = min(float(np.min(field.values)), field.level - 1.0)
    return replace(field, values=np.pad(field.values, 1, constant_values=outside))
