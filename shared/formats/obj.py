"""Wavefront OBJ with its MTL: named objects and plain colors; comments tell axes and unit."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from shared.formats.foreign import load_with_trimesh
from shared.formats.frames import frame_from_mark, mark_of, vertices_in
from shared.formats.outputs import Staging
from shared.formats.parts import parts_with_faces, snake_case
from shared.frame import BUILDING_ENU_M, PATIENT_LPS_MM, Axes
from shared.scene import Part, Scene

ROWS_AT_ONCE = 1 << 16


def write(scene: Scene, target: Path, staging: Staging, *, merge: bool) -> None:
    """Write all parts as objects of one OBJ: anatomy LPS mm, buildings Z-up metres.

    A ``NAME.mtl`` with the labels' colors stands beside it. `merge` changes nothing.
    """
    frame = BUILDING_ENU_M if scene.frame.axes == Axes.ENU else PATIENT_LPS_MM
    materials = target.with_suffix(".mtl")
    parts = parts_with_faces(scene)
    by_name = {part.label.name: part for part in reversed(parts)}
    text = "".join(_material(part) for _, part in sorted(by_name.items()))
    staging.path_for(materials).write_text(f"# recon-toolkit\n{text}", encoding="ascii")
    start = 1
    with staging.path_for(target).open("wb") as stream:
        stream.write(f"# recon-toolkit\n# {mark_of(frame)}\nmtllib {materials.name}\n".encode())
        for part in parts:
            name = part.path.strip("/").replace(" ", "_")
            stream.write(f"o {name}\nusemtl {part.label.name}\n".encode())
            _write_rows(stream, b"v %.9g %.9g %.9g\n", vertices_in(part.mesh, frame))
            _write_rows(stream, b"f %d %d %d\n", part.mesh.faces.astype(np.int64) + start)
            start += len(part.mesh.vertices)


def _write_rows(stream: object, row: bytes, values: np.ndarray) -> None:
    for at in range(0, len(values), ROWS_AT_ONCE):
        block = values[at : at + ROWS_AT_ONCE]
        stream.write(row * len(block) % tuple(block.ravel().tolist()))  # type: ignore[attr-defined]


def _material(part: Part) -> str:
    red, green, blue = part.label.color
    return f"newmtl {part.label.name}\nKd {red:.4f} {green:.4f} {blue:.4f}\nd {part.opacity:.3f}\n"


def read(source: Path) -> Scene:
    """Read an OBJ; each object or material becomes a part."""
    with source.open("rb") as stream:
        head = stream.read(1024).decode("utf-8", "replace")
    frame, findings = frame_from_mark(head)
    parts = load_with_trimesh(source, frame=frame)
    return Scene(title=snake_case(source.stem), frame=frame, parts=parts, findings=findings)
