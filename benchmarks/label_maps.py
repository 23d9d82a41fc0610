"""All labels of a map at once, at equal smoothing."""

from __future__ import annotations

from functools import partial
from typing import Any

from benchmarks import fields, vtk_peers
from benchmarks.contest import Contest, Entrant, coarse, mesh_bytes, mesh_size

RELAXATION = 0.5
STEPS = 16
"""VTK's own default."""


def contests() -> list[Contest]:
    """Return the contests without and with smoothing, and with our default."""
    return [
        contest("Label surfaces: 60 labels in 384³ uint8, not smoothed", 0),
        contest(f"Label surfaces: 60 labels in 384³ uint8, {STEPS} steps of {RELAXATION}", STEPS),
        default_contest(),
    ]


def contest(title: str, iterations: int) -> Contest:
    """Return the contest with so many steps of smoothing, the same for all."""
    return Contest(
        title=title,
        make=fields.organs,
        crop=coarse,
        output_bytes=mesh_bytes,
        note="Ours are meshes closed each by itself, so borders of two labels count twice; "
        "VTK gives one mesh with the two labels of each face.",
        entrants=(
            Entrant(
                name="recon `label_surfaces`",
                prepare=label_map,
                run=partial(ours, iterations=iterations, relaxation=RELAXATION, keep_size=False),
                size=mesh_size,
            ),
            surface_nets_entrant(iterations),
        ),
    )


def default_contest() -> Contest:
    """Return the contest of each with its own default smoothing."""
    return Contest(
        title="Label surfaces: 60 labels in 384³ uint8, each by default",
        make=fields.organs,
        crop=coarse,
        output_bytes=mesh_bytes,
        note="Ours takes more steps, forward and back, which keep the volume.",
        entrants=(
            Entrant(name="recon `label_surfaces`", prepare=label_map, run=ours, size=mesh_size),
            surface_nets_entrant(STEPS),
        ),
    )


def surface_nets_entrant(iterations: int) -> Entrant:
    """Return VTK with so many steps of smoothing."""
    return Entrant(
        name="vtkSurfaceNets3D",
        prepare=vtk_peers.image,
        run=partial(surface_nets, iterations),
        size=vtk_peers.cell_count,
    )


def label_map(values: Any) -> Any:
    from shared.affine import Affine
    from shared.concept import Label, LabelTable
    from shared.segmentation import LabelMap

    labels = (Label(value=n, name=f"label_{n}") for n in range(1, fields.LABELS + 1))
    table = LabelTable(tuple(labels))
    return LabelMap(values=values, affine=Affine.from_spacing((1.0, 1.0, 1.0)), labels=table)


def ours(given: Any, **smoothing: Any) -> Any:
    from shared.surfaces import label_surfaces

    return label_surfaces(given, **smoothing)


def surface_nets(iterations: int, given: Any) -> Any:
    from vtkmodules.vtkFiltersCore import vtkSurfaceNets3D

    job = vtkSurfaceNets3D()
    job.SetInputData(given)
    for number in range(fields.LABELS):
        job.SetValue(number, number + 1)
    job.SetSmoothing(iterations > 0)
    job.SetNumberOfIterations(iterations)
    job.SetRelaxationFactor(RELAXATION)
    job.SetOutputMeshTypeToTriangles()
    job.Update()
    return job.GetOutput()
