"""`recon check`: tell whether a mesh would print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shared.errors import DamagedFileError, InputNotFoundError
from toolkit.cli.arguments import AsJson
from toolkit.cli.console import print_findings, print_json, print_table

if TYPE_CHECKING:
    from shared.scene import Part


def check(
    file: Annotated[Path, typer.Argument(help="A .stl, .ply, .obj, .glb or .ifc file.")],
    as_json: AsJson = False,
) -> None:
    """Check each part of a mesh file: closed, manifold, winding, self-intersections, size.

    Vertices are merged by position first, as a slicer does. Exit status 0 whatever is
    found; read the answer in the table or with --json.
    """
    if not file.is_file():
        raise InputNotFoundError(f"There is no file {file}.", remedy="Check the path.")
    from shared.progress import ignore_progress
    from toolkit.opening import open_viewable

    scene = open_viewable(file, progress=ignore_progress).scene
    parts = [part for part in scene.parts if not part.mesh.is_empty]
    if not parts:
        raise DamagedFileError(f"{file.name} holds no triangles.", remedy="Export it again.")
    checks = [check_part(part) for part in parts]
    sound = all(part["printable"] for part in checks)
    if as_json:
        frame = {"axes": scene.frame.axes.value, "unit": scene.frame.unit.value}
        findings = [finding.as_dict() for finding in scene.findings]
        print_json({"printable": sound, "frame": frame, "parts": checks, "findings": findings})
        return
    keys = [key for key in checks[0] if key != "path"]
    if len(checks) <= 4:
        columns = ("", *(part["path"] for part in checks))
        rows = [(key.replace("_", " "), *(part[key] for part in checks)) for key in keys]
    else:
        columns = ("path", *(key.replace("_", " ") for key in keys))
        rows = [tuple(part.values()) for part in checks]
    print_table(file.name, columns, rows)
    print_findings(scene.findings)


def check_part(part: Part) -> dict[str, Any]:
    """Return what is true of one part's mesh, as plain data."""
    from shared.meshing import measure, self_intersections, topology

    shape = topology(part.mesh)
    size = measure(part.mesh)
    crossings = len(self_intersections(part.mesh))
    return {
        "path": part.path,
        "printable": bool(shape.closed and shape.manifold and shape.outward and not crossings),
        "closed": shape.closed,
        "manifold": shape.manifold,
        "oriented": shape.oriented,
        "outward": shape.outward,
        "self_intersections": crossings,
        "components": shape.components,
        "faces": shape.faces,
        "vertices": shape.vertices,
        "boundary_edges": shape.boundary_edges,
        "non_manifold_edges": shape.non_manifold_edges,
        "degenerate_faces": shape.degenerate_faces,
        "duplicate_faces": shape.duplicate_faces,
        "genus": shape.genus,
        "volume_ml": size.volume_ml,
        "area_mm2": size.area_mm2,
    }
