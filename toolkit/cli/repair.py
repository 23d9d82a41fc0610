"""`recon repair`: make a damaged mesh a solid again, and say what was changed."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from shared.errors import DamagedFileError, UsageError
from toolkit.cli.arguments import Merge, OutputPaths, ReportPath, require_exists, require_outputs
from toolkit.cli.console import (
    counted,
    print_findings,
    print_line,
    print_table,
    print_written,
    progress_bar,
    write_json,
)

if TYPE_CHECKING:
    from shared.frame import Frame
    from shared.meshing import Repaired
    from shared.scene import Scene

PLACES_TOLD: Final = 100
"""Places of each kind of change that the report lists."""


def repair(
    file: Annotated[Path, typer.Argument(help="A .stl, .ply, .obj or .glb file.")],
    output: OutputPaths,
    holes: Annotated[
        float, typer.Option(help="Longest perimeter of a hole that is filled, in mm; 0: none.")
    ] = 30.0,
    weld: Annotated[
        float, typer.Option(help="Widest gap between borders that is closed, in mm.")
    ] = 0.01,
    merge: Merge = False,
    report: ReportPath = None,
) -> None:
    """Close, weld and turn the surfaces of a mesh file, and say what was changed.

    Nothing is invented: a hole gets triangles between the vertices of its border, and only
    up to the size given. What is a solid already is written as it is.
    """
    from shared.formats import CODECS, staged_outputs, write_scene
    from shared.meshing import repair as repair_mesh
    from toolkit.opening import open_model

    require_exists(file)
    for name, length_mm in (("--holes", holes), ("--weld", weld)):
        if not 0.0 <= length_mm < inf:
            raise UsageError(f"{name} {length_mm:g} is no length.", remedy="Give mm, 0 or more.")
    require_outputs(output, report, frozenset(CODECS), inputs=[file])
    with progress_bar() as progress:
        scene = open_model(file, progress=progress)
        if all(part.mesh.is_empty for part in scene.parts):
            raise DamagedFileError(f"{file.name} holds no triangles.", remedy="Export it again.")
        found = []
        for number, part in enumerate(scene.parts):
            progress(f"repairing {part.name}", number / len(scene.parts))
            found.append(repair_mesh(part.mesh, maximum_hole_mm=holes, weld_mm=weld))
    parts = tuple(
        replace(part, mesh=repaired.mesh) for part, repaired in zip(scene.parts, found, strict=True)
    )
    with staged_outputs() as staging:
        for target in output:
            write_scene(replace(scene, parts=parts), target, merge=merge, staging=staging)
        if report is not None:
            write_json(_report(file, scene, found), report, staging)
        written = staging.commit()
    _say(scene, found)
    print_findings(scene.findings)
    print_written(written)


def _say(scene: Scene, found: list[Repaired]) -> None:
    from shared.meshing import self_intersections

    rows = [
        (part.path, change.mend.value.replace("_", " "), change.count)
        for part, repaired in zip(scene.parts, found, strict=True)
        for change in repaired.changes
    ]
    if rows:
        print_table("Changes", ("part", "what", "count"), rows)
    left = [hole for repaired in found for hole in repaired.holes if hole.state != "filled"]
    if left:
        largest = max(hole.perimeter_mm for hole in left)
        print_line(f"{counted(len(left), 'hole')} not filled, up to {largest:.4g} mm around.")
    if crossings := sum(len(self_intersections(repaired)) for repaired in found):
        print_line(f"{counted(crossings, 'self-intersection')} left: no repair of shapes is made.")
    solid = sum(repaired.topology.solid for repaired in found)
    print_line(f"Closed, manifold and outward: {solid} of {counted(len(found), 'part')}.")


def _report(file: Path, scene: Scene, found: list[Repaired]) -> dict[str, Any]:
    frame = {"axes": scene.frame.axes.value, "unit": scene.frame.unit.value}
    parts = [
        {"path": part.path, **_plain(repaired, scene.frame)}
        for part, repaired in zip(scene.parts, found, strict=True)
    ]
    findings = [finding.as_dict() for finding in scene.findings]
    return {"file": file.name, "frame": frame, "parts": parts, "findings": findings}


def _plain(repaired: Repaired, frame: Frame) -> dict[str, Any]:
    """Return what was done to a mesh, as plain data; places in the frame's unit."""
    return {
        "solid": repaired.topology.solid,
        "boundary_edges": repaired.topology.boundary_edges,
        "changes": [
            {
                "what": change.mend.value,
                "count": change.count,
                "largest_move_mm": change.largest_move_mm,
                "places": [[round(x, 4) for x in p] for p in change.places[:PLACES_TOLD].tolist()],
            }
            for change in repaired.changes
        ],
        "holes": [
            {
                "state": hole.state.value,
                "edges": hole.edges,
                "perimeter_mm": round(hole.perimeter_mm, 4),
                "area_mm2": None if hole.area_mm2 is None else round(hole.area_mm2, 4),
                "place": [round(x, 4) for x in hole.place],
            }
            for hole in repaired.holes
        ],
    }
