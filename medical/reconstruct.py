"""Reconstruct: the whole road from a volume to a measured scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from medical.clean import Keep, clean, parse_keep
from medical.hounsfield import doubts_about, with_quantity
from medical.parts import Finish, build_parts, finish_doubts
from medical.report import ReconstructionReport, grid_report
from medical.segmenters.body import find_body
from medical.segmenters.by_structure import segment
from medical.structures import Method, Structure, structures_named
from medical.timing import StepClock
from shared.errors import UsageError
from shared.progress import Progress
from shared.scene import Scene
from shared.volume import Quantity

if TYPE_CHECKING:
    from shared.segmentation import Segmentation
    from shared.volume import Volume


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reconstruction:
    """What a run gives: the scene, and the report on it."""

    scene: Scene
    report: ReconstructionReport


def reconstruct(
    volume: Volume,
    structure: str | Sequence[str] = "bone",
    *,
    level: float | None = None,
    keep: Keep | str = "body",
    minimum_volume_ml: float | None = None,
    smooth: bool = False,
    faces: int | None = None,
    share: float | None = None,
    deviation_mm: float | None = None,
    count_self_intersections: bool | None = None,
    progress: Progress | None = None,
) -> Reconstruction:
    """Turn a scan into closed, outward, measured surfaces of its anatomy.

    Parameters
    ----------
    volume
        As `medical.read_volume` returns it.
    structure
        A name in `medical.structures.STRUCTURES`, or several.
    level
        Value on the surface, instead of each structure's own.
    keep
        ``body`` (default): couch, holder, cloth, tubes and specks go, whatever the body
        holds stays; ``all``: nothing goes; ``largest`` or a number: only the largest
        pieces in the body. The report holds every removal.
    minimum_volume_ml
        Pieces below this are specks; by default 0.1 ml of bone, 1 ml of skin.
    smooth
        Smooth, no vertex moving more than half a voxel.
    faces, share, deviation_mm
        Simplify each part to a number of faces, to a share (0 to 1) of them, or as far
        as a deviation allows; one of them at most.
    count_self_intersections
        Whether to count the pairs of faces that pass through each other, exactly; by default
        on parts of up to a million faces.
    progress
        Told of each step.

    Returns
    -------
    Reconstruction
        ``scene`` with one part a structure, and ``report``.

    Raises
    ------
    UsageError
        If arguments make no sense together, or HU levels meet values that are no HU.
    NothingToBuildError
        If nothing reaches the level, or nothing stays.

    Examples
    --------
    >>> import numpy as np
    >>> from shared.affine import Affine
    >>> from shared.volume import Quantity, Volume
    >>> values = np.full((40, 40, 40), -1000, dtype=np.int16)
    >>> values[8:32, 8:32, 8:32] = 40
    >>> values[14:26, 14:26, 14:26] = 900
    >>> affine = Affine(np.diag([2.0, 2.0, 2.0, 1.0]))
    >>> scan = Volume(values=values, affine=affine, quantity=Quantity.HU)
    >>> made = reconstruct(scan, ["bone", "skin"])
    >>> [(part.name, part.manifold) for part in made.report.parts]
    [('bone', True), ('skin', True)]
    """
    clock = StepClock(progress)
    structures, keep = structures_named(structure), parse_keep(keep)
    require_level(level, structures)
    finish = Finish(
        smooth=smooth,
        faces=faces,
        share=share,
        deviation_mm=deviation_mm,
        self_intersections=count_self_intersections,
    )
    volume = with_quantity(volume)
    doubts = doubts_about(volume, structures, level)
    minima = {s.name: s.minimum_volume_ml for s in structures}
    if minimum_volume_ml is not None:
        minima = dict.fromkeys(minima, minimum_volume_ml)

    clock("find the body", 0.0)
    fills = any(s.method is Method.BODY_SURFACE for s in structures)
    body = find_body(volume) if fills or keep != "all" else None
    found = segment(volume, structures, level=level, body=body, progress=clock)
    clock("clean", 0.0)
    is_ct = volume.quantity is Quantity.HU  # couch and holder are told by Hounsfield units
    kept = clean(found, body=body if is_ct else None, keep=keep, minimum_volume_ml=minima)
    cleaned = kept.segmentation
    opacities = opacities_of(cleaned, structures) if len(structures) > 1 else {}
    built = build_parts(cleaned, finish=finish, opacities=opacities, progress=clock)

    reports = tuple(part_report for _, part_report in built)
    body_findings = body.findings if body and is_ct else ()
    finish_findings = finish_doubts(reports, finish, step_mm=max(volume.spacing_mm))
    findings = (*cleaned.findings, *doubts, *body_findings, *finish_findings)
    parts = sorted((part for part, _ in built), key=lambda part: -part.opacity)
    scene = Scene(
        title="Anatomy",
        frame=volume.frame,
        parts=tuple(parts),
        provenance=cleaned.provenance,
        findings=findings,
    )
    report = ReconstructionReport(
        grid=grid_report(volume),
        structures=structures,
        level=level,
        request={
            "keep": keep,
            "minimum_volume_ml": minima,
            "smooth": smooth,
            "faces": faces,
            "share": share,
            "deviation_mm": deviation_mm,
        },
        parts=reports,
        removals=kept.removals,
        findings=findings,
        provenance=cleaned.provenance,
        times_s=clock.stop(),
    )
    return Reconstruction(scene=scene, report=report)


def opacities_of(segmentation: Segmentation, structures: Sequence[Structure]) -> dict[str, float]:
    """Return the opacity of each label: that of the structure with its code."""
    by_concept = {structure.concept: structure.opacity for structure in structures}
    labels = (label for layer in segmentation.layers for label in layer.labels)
    return {
        label.name: by_concept[label.concept] for label in labels if label.concept in by_concept
    }


def require_level(level: float | None, structures: Sequence[Structure]) -> None:
    """Raise `UsageError` unless a level asked for is a number meant for one structure."""
    if level is None:
        return
    if not isfinite(level):
        raise UsageError(f"{level} is no level.", remedy="Give a number, such as --level 300.")
    if len(structures) > 1:
        names = ", ".join(structure.name for structure in structures)
        raise UsageError(
            f"One level cannot serve {names} alike.",
            remedy="Ask for one structure with --level, or leave it to each structure.",
        )
