"""Simplification of the skull to a quarter of its faces."""

from __future__ import annotations

from typing import Any

from benchmarks import fields, vtk_peers
from benchmarks.contest import Contest, Entrant, Whole, mesh_bytes, mesh_size

SHARE = 0.25
CROPPED_FACES = 2000
MZ3_MAGIC = 23117
MZ3_FACES_AND_VERTICES = 3


def contests() -> list[Contest]:
    """Return the one contest."""
    return [
        Contest(
            title="Simplification: bone of the head CT to 25 % of its faces",
            make=fields.skull,
            crop=lambda given: (given[0], given[1][:CROPPED_FACES]),
            output_bytes=mesh_bytes,
            note="Only ours and niimath's are closed, manifold and free of self-intersections.",
            entrants=(
                Entrant(name="recon `simplify`", prepare=mesh, run=ours, size=mesh_size),
                Entrant(
                    name="niimath `-r 0.25 -q 2`, whole process",
                    prepare=niimath,
                    run=lambda command: command,
                ),
                Entrant(name="vtkQuadricDecimation", prepare=poly_data, run=vtk_quadric,
                        size=vtk_peers.cell_count, at_most=3),
                Entrant(name="fast-simplification", run=fast_simplification, size=pair_size),
                Entrant(name="pyfqmr", run=pyfqmr, size=pair_size),
                Entrant(name="manifold3d", prepare=mesh, run=manifold, at_most=3),
            ),
        )
    ]  # fmt: skip


def pair_size(found: Any) -> str:
    return f"{len(found[1]):,} faces"


def mesh(given: Any) -> Any:
    from shared.mesh import Mesh

    return Mesh(vertices=given[0], faces=given[1])


def ours(given: Any) -> Any:
    from shared.meshing import simplify

    return simplify(given, share=SHARE)


def niimath(given: Any) -> Any:
    """Return the command that reads the mesh from a file and writes another."""
    import struct

    from niimath import bin as program

    before, after = fields.folder() / "before.mz3", fields.folder() / "after.mz3"
    vertices, faces = given
    head = struct.pack("<HHIII", MZ3_MAGIC, MZ3_FACES_AND_VERTICES, len(faces), len(vertices), 0)
    before.write_bytes(head + faces.tobytes() + vertices.tobytes())
    return Whole((program, str(before), "-r", str(SHARE), "-q", "2", "-v", "0", str(after)))


def poly_data(given: Any) -> Any:
    return vtk_peers.poly_data(*given)


def vtk_quadric(given: Any) -> Any:
    from vtkmodules.vtkFiltersCore import vtkQuadricDecimation

    job = vtkQuadricDecimation()
    job.SetInputData(given)
    job.SetTargetReduction(1.0 - SHARE)
    job.Update()
    return job.GetOutput()


def fast_simplification(given: Any) -> Any:
    import fast_simplification as peer

    return peer.simplify(*given, target_count=int(SHARE * len(given[1])))


def pyfqmr(given: Any) -> Any:
    import pyfqmr as peer

    job = peer.Simplify()
    job.setMesh(*given)
    job.simplify_mesh(target_count=int(SHARE * len(given[1])), verbose=False)
    return job.getMesh()


def manifold(given: Any) -> Any:
    import manifold3d as peer
    import numpy as np

    faces = given.faces.astype(np.uint32)
    solid = peer.Manifold(peer.Mesh(vert_properties=given.vertices, tri_verts=faces))
    return solid.simplify(0.1)
