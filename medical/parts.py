"""Parts: labelled voxels and their fields become measured, closed surfaces."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from medical.report import CapReport, DeviationReport, PartReport
from medical.sides import direction_word
from shared.errors import NothingToBuildError, UsageError
from shared.finding import Finding, warning
from shared.progress import Progress, ignore_progress
from shared.scene import Part
from shared.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.concept import Label
    from shared.mesh import Mesh
    from shared.segmentation import LabelMap, LevelField, Segmentation
    from shared.shapes import MaskArray

FACES_TOLERANCE: Final = 1.05
"""Faces made over faces asked for, from which on the difference is told."""
MASK_LEVEL: Final = 0.5
"""Where a surface of a mask runs: midway between its voxels and the others."""
LISTED_PIECES: Final = 20
"""Most pieces whose volumes are told one by one."""
COUNTED_FACES: Final = 1_000_000
"""Largest mesh on which self-intersections are counted unasked: about a second."""
SMOOTHING_BOUND: Final = 0.5
"""How far smoothing may move a vertex, in smallest voxel steps: below the resolution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """What is done to a surface after it was taken from its field.

    Parameters
    ----------
    smooth
        Smooth it, no vertex moving farther than `SMOOTHING_BOUND` voxel steps.
    faces
        Simplify to this many faces in each part.
    share
        Simplify to this share (0 to 1) of each part's faces.
    deviation_mm
        Simplify as far as this deviation allows.
    self_intersections
        Whether to count the pairs of faces that pass through each other; None: on meshes
        of up to `COUNTED_FACES`.
    """

    smooth: bool = False
    faces: int | None = None
    share: float | None = None
    deviation_mm: float | None = None
    self_intersections: bool | None = None

    def __post_init__(self) -> None:
        given = [x for x in (self.faces, self.share, self.deviation_mm) if x is not None]
        if len(given) > 1:
            raise UsageError(
                "A number of faces, a share of them and a deviation exclude each other.",
                remedy="Pass one of them.",
            )
        if self.faces is not None and self.faces < 4:
            raise UsageError(
                f"No solid has {self.faces} faces.", remedy="Ask for at least 4, or a share."
            )
        if self.share is not None and not 0.0 < self.share <= 1.0:
            raise UsageError(
                f"A share of {self.share:g} of the faces makes no sense.",
                remedy="Pass more than 0 and at most 1 (100 %).",
            )
        if self.deviation_mm is not None and not 0.0 < self.deviation_mm < np.inf:
            raise UsageError(
                f"A deviation of {self.deviation_mm:g} mm makes no sense.",
                remedy="Pass a positive number of millimetres.",
            )

    @property
    def simplifies(self) -> bool:
        """Whether faces are taken away."""
        return (self.faces, self.share, self.deviation_mm) != (None, None, None)


def to_parts(
    segmentation: Segmentation,
    *,
    finish: Finish = Finish(),
    opacities: Mapping[str, float] | None = None,
    progress: Progress = ignore_progress,
) -> tuple[Part, ...]:
    """Return one part for each label: the surface of its field inside of its mask.

    Surfaces are closed 2-manifolds that look outward, closed also where the border of the
    scan cuts them; `Part.properties` holds what was measured (see
    `medical.report.PartReport`), in plain values.

    Parameters
    ----------
    segmentation
        What was found, cleaned or not.
    finish
        Smoothing, simplification, checks.
    opacities
        By label name; 1 where nothing is said.
    progress
        Told of each step.

    Raises
    ------
    NothingToBuildError
        If a label has no voxels.
    """
    built = build_parts(segmentation, finish=finish, opacities=opacities, progress=progress)
    return tuple(part for part, _ in built)


def build_parts(
    segmentation: Segmentation,
    *,
    finish: Finish,
    opacities: Mapping[str, float] | None = None,
    progress: Progress = ignore_progress,
) -> tuple[tuple[Part, PartReport], ...]:
    """Return each part with what was measured on it; see `to_parts`."""
    built = []
    for layer in segmentation.layers:
        for label in layer.labels:
            mask = layer.values == label.value
            field = segmentation.fields.get(label.name)
            mesh, report = _build(layer, label, mask, field, finish, progress)
            part = Part(
                path=f"/{label.name}",
                mesh=mesh,
                label=label,
                opacity=(opacities or {}).get(label.name, 1.0),
                properties=_properties(report),
                provenance=segmentation.provenance,
            )
            built.append((part, report))
    return tuple(built)


def _build(
    layer: LabelMap,
    label: Label,
    mask: MaskArray,
    field: LevelField | None,
    finish: Finish,
    progress: Progress,
) -> tuple[Mesh, PartReport]:
    """Return the final mesh of a label and its report."""
    from shared.surfaces import border_caps, isosurface

    voxels = int(np.count_nonzero(mask))
    if not voxels:
        raise NothingToBuildError(
            f"There is nothing of {label.name}.", remedy="Try another level or --keep all."
        )
    progress(f"surface of {label.name}", 0.0)
    if field is None:
        volume = Volume(values=mask, affine=layer.affine, frame=layer.frame)
        level, limits = MASK_LEVEL, None
    else:
        volume = Volume(values=field.values, affine=layer.affine, frame=layer.frame)
        level, limits = field.level, mask
    exact = isosurface(volume, level, mask=limits)
    caps = tuple(
        CapReport(side=direction_word(c.outward), area_mm2=c.area_mm2, place_mm=c.centroid)
        for c in border_caps(volume, level, mask=limits)
    )
    final = _finished(exact, finish, min(volume.spacing_mm), label, progress)
    report = _measured(final, exact, finish, label, progress)
    progress(f"measure {label.name}", 1.0)
    return final.mesh, replace(
        report,
        level=None if field is None else field.level,
        voxel_volume_ml=voxels * volume.voxel_volume_ml,
        caps=caps,
    )


def finish_doubts(
    parts: Sequence[PartReport], finish: Finish, *, step_mm: float
) -> tuple[Finding, ...]:
    """Return warnings where simplifying stopped early or left the scan's own detail."""
    found = []
    for part in parts:
        if finish.faces is not None and part.faces > FACES_TOLERANCE * finish.faces:
            message = (
                f"{part.name} has {part.faces} faces where {finish.faces} were asked for: fewer "
                "would break its surface."
            )
            found.append(warning("faces-not-reached", message))
        if part.deviation.max_mm > step_mm:
            message = (
                f"{part.name} lies up to {part.deviation.max_mm:.2g} mm from the scanned surface, "
                f"more than a voxel ({step_mm:.2g} mm): small pieces are deformed or lost. "
                "Ask for more faces, or for --deviation."
            )
            found.append(warning("deviates-from-scan", message))
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Finished:
    """A final mesh, and how far it is at most from its isosurface."""

    mesh: Mesh
    bound_mm: float
    self_intersections: int | None = None


def _finished(
    exact: Mesh, finish: Finish, step_mm: float, label: Label, progress: Progress
) -> _Finished:
    """Return the isosurface smoothed and simplified as asked for."""
    mesh, bound_mm = exact, 0.0
    if finish.smooth:
        from shared.meshing import smooth

        progress(f"smooth {label.name}", 0.0)
        bound_mm += SMOOTHING_BOUND * step_mm
        mesh = smooth(mesh, within_mm=bound_mm)
    if not finish.simplifies:
        return _Finished(mesh=mesh, bound_mm=bound_mm)
    from shared.meshing import simplify

    progress(f"simplify {label.name}", 0.0)
    less = simplify(mesh, faces=finish.faces, share=finish.share, deviation_mm=finish.deviation_mm)
    return _Finished(
        mesh=less.mesh,
        bound_mm=bound_mm + less.deviation_bound_mm,
        self_intersections=less.self_intersections,
    )


def _measured(
    final: _Finished, exact: Mesh, finish: Finish, label: Label, progress: Progress
) -> PartReport:
    """Return what is measured on the final mesh; the label's own facts are added later."""
    from shared.meshing import components, measure, self_intersections, topology

    progress(f"measure {label.name}", 0.0)
    mesh, crossings = final.mesh, final.self_intersections
    counts = finish.self_intersections
    if counts is None:
        counts = len(mesh.faces) <= COUNTED_FACES
    if counts and crossings is None:
        crossings = len(self_intersections(mesh))
    with ThreadPoolExecutor(max_workers=1) as beside:
        deviation = beside.submit(_deviation, final, exact)
        found = topology(mesh)
        sizes = measure(mesh)
        volumes = components(mesh).volumes_ml
    outer = np.sort(volumes[volumes > 0.0])[::-1]
    bounds = sizes.bounds_mm
    if bounds is None:  # an isosurface of at least one voxel has faces
        raise NothingToBuildError(f"The surface of {label.name} has no faces.")
    return PartReport(
        name=label.name,
        level=None,
        vertices=found.vertices,
        faces=found.faces,
        closed=found.closed,
        manifold=found.manifold,
        outward=found.outward,
        self_intersections=crossings,
        pieces=len(outer),
        cavities=found.components - len(outer),
        piece_volumes_ml=tuple(float(ml) for ml in outer[:LISTED_PIECES]),
        volume_ml=sizes.volume_ml,
        voxel_volume_ml=0.0,
        area_mm2=sizes.area_mm2,
        bounds_mm=bounds,
        caps=(),
        deviation=deviation.result(),
    )


def _deviation(final: _Finished, exact: Mesh) -> DeviationReport:
    if final.mesh is exact:
        return DeviationReport()
    from shared.meshing import compare

    found = compare(final.mesh, exact)
    return DeviationReport(
        mean_mm=found.mean_mm,
        p95_mm=found.p95_mm,
        max_mm=found.max_mm,
        bound_mm=final.bound_mm,
    )


def _properties(report: PartReport) -> dict[str, Any]:
    """Return what files say of a part: its report, without what the files show themselves."""
    plain = report.as_dict()
    for key in ("name", "vertices", "faces"):
        del plain[key]
    return plain
