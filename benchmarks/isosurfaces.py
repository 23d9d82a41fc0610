"""Isosurfaces: the head CT at 300 HU, a gyroid, noise."""

from __future__ import annotations

from functools import partial
from typing import Any

from benchmarks import fields, vtk_peers
from benchmarks.contest import (
    Contest,
    Entrant,
    Whole,
    coarse,
    mesh_bytes,
    mesh_size,
)

BONE_HU = 300.0
SLOW = 3
"""Repetitions of peers that take seconds."""


def contests() -> list[Contest]:
    """Return one contest for each field."""
    return [
        contest("Isosurface: head CT 512×512×216 int16 at 300 HU", fields.head_ct, BONE_HU),
        contest("Isosurface: gyroid 256³ float32 at 0", fields.gyroid, 0.0),
        contest("Isosurface: noise 256³ float32 at 0.5", fields.noise, 0.5),
    ]


def contest(title: str, make: Any, level: float) -> Contest:
    """Return the contest of one field and level."""
    return Contest(
        title=title,
        make=make,
        crop=coarse,
        output_bytes=mesh_bytes,
        note="VTK without normals, gradients and scalars; surfaces end open at the border.",
        entrants=(
            Entrant(
                name="recon `isosurface`", prepare=volume, run=partial(ours, level), size=mesh_size
            ),
            Entrant(
                name="vtkFlyingEdges3D",
                prepare=vtk_peers.image,
                run=partial(flying_edges, level),
                size=vtk_peers.cell_count,
            ),
            Entrant(
                name="scikit-image `marching_cubes`",
                run=partial(scikit_image, level),
                size=lambda found: f"{len(found[1]):,} faces",
                at_most=SLOW,
            ),
            Entrant(
                name="PyMCubes",
                run=partial(pymcubes, level),
                size=lambda found: f"{len(found[1]):,} faces",
                at_most=SLOW,
            ),
            Entrant(
                name="niimath `-mesh`, whole process",
                prepare=partial(niimath, level),
                run=lambda command: command,
                at_most=SLOW,
            ),
        ),
    )


def volume(values: Any) -> Any:
    from shared.affine import Affine
    from shared.volume import Volume

    return Volume(values=values, affine=Affine.from_spacing(fields.HEAD_SPACING_MM))


def ours(level: float, given: Any) -> Any:
    from shared.surfaces import isosurface

    return isosurface(given, level, close_border=False)


def flying_edges(level: float, given: Any) -> Any:
    from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

    job = vtkFlyingEdges3D()
    job.SetInputData(given)
    job.ComputeNormalsOff()
    job.ComputeGradientsOff()
    job.ComputeScalarsOff()
    job.InterpolateAttributesOff()
    job.SetValue(0, level)
    job.Update()
    return job.GetOutput()


def scikit_image(level: float, values: Any) -> Any:
    from skimage.measure import marching_cubes

    return marching_cubes(values, level)


def pymcubes(level: float, values: Any) -> Any:
    import mcubes

    return mcubes.marching_cubes(values, level)


def niimath(level: float, values: Any) -> Any:
    """Return the command that reads the field from a file and writes a mesh."""
    import SimpleITK
    from niimath import bin as program

    field, mesh = fields.folder() / "niimath.nii", fields.folder() / "niimath.mz3"
    picture = SimpleITK.GetImageFromArray(values)
    picture.SetSpacing(fields.HEAD_SPACING_MM[::-1])
    SimpleITK.WriteImage(picture, str(field))
    options = ("-i", str(level), "-p", "0", "-l", "0", "-b", "0", "-r", "1", "-v", "0")
    return Whole((program, str(field), "-mesh", *options, str(mesh)))
