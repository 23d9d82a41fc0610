"""Binary PLY: one mesh with optional vertex colors; comments tell axes and unit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from shared.formats.foreign import load_with_trimesh
from shared.formats.frames import frame_from_mark, mark_of, vertices_in
from shared.formats.outputs import Staging
from shared.formats.parts import one_file_a_part, snake_case
from shared.frame import BUILDING_ENU_M, PATIENT_LPS_MM, Axes
from shared.scene import Part, Scene

FACE = np.dtype([("count", "u1"), ("corners", "<i4", 3)])
HEADER_LIMIT_BYTES = 1 << 16


def write(scene: Scene, target: Path, staging: Staging, *, merge: bool) -> None:
    """Write one PLY a part: anatomy LPS mm, buildings Z-up metres."""
    frame = BUILDING_ENU_M if scene.frame.axes == Axes.ENU else PATIENT_LPS_MM
    for final, part in one_file_a_part(scene, target, merge=merge):
        mesh = part.mesh
        fields = [("position", "<f4", 3)] + ([] if mesh.colors is None else [("color", "u1", 3)])
        vertices = np.zeros(len(mesh.vertices), fields)
        vertices["position"] = vertices_in(mesh, frame)
        if mesh.colors is not None:
            vertices["color"] = mesh.colors
        faces = np.zeros(len(mesh.faces), FACE)
        faces["count"] = 3
        faces["corners"] = mesh.faces
        with staging.path_for(final).open("wb") as stream:
            stream.write(_header(part, mark_of(frame)).encode("ascii", "replace"))
            stream.write(vertices.tobytes())
            stream.write(faces.tobytes())


def _header(part: Part, mark: str) -> str:
    colors = ("red", "green", "blue") if part.mesh.colors is not None else ()
    return "\n".join(
        (
            "ply",
            "format binary_little_endian 1.0",
            "comment recon-toolkit",
            f"comment {mark}",
            f"comment LABEL={part.label.name}",
            f"element vertex {len(part.mesh.vertices)}",
            *(f"property float {axis}" for axis in "xyz"),
            *(f"property uchar {color}" for color in colors),
            f"element face {len(part.mesh.faces)}",
            "property list uchar int vertex_indices",
            "end_header\n",
        )
    )


def read(source: Path) -> Scene:
    """Read a PLY of triangles or polygons."""
    with source.open("rb") as stream:
        head = stream.read(HEADER_LIMIT_BYTES).split(b"end_header", 1)[0].decode("ascii", "replace")
    frame, findings = frame_from_mark(head)
    stated = next(
        (line[14:] for line in head.splitlines() if line.startswith("comment LABEL=")), ""
    )
    (part,) = load_with_trimesh(source, frame=frame)
    name = snake_case(stated or source.stem)
    named = replace(part, path=f"/{name}", label=replace(part.label, name=name))
    return Scene(title=name, frame=frame, parts=(named,), findings=findings)
