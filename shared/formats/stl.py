"""Binary STL: triangles without unit, color or name; the 80-byte header tells all three.

The header reads ``recon SPACE=LPS UNIT=mm LABEL=bone``: 3D Slicer looks for SPACE, other
readers pass over it. It never begins with ``solid``, by which many tell an ASCII STL.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import numpy as np

from shared.concept import Label
from shared.errors import DamagedFileError
from shared.formats.frames import BUILDING_ENU_MM, frame_from_mark, mark_of, vertices_in
from shared.formats.outputs import Staging
from shared.formats.parts import UNNAMED_COLOR, one_file_a_part, snake_case
from shared.frame import PATIENT_LPS_MM, Axes
from shared.mesh import Mesh
from shared.scene import Part, Scene

HEADER_BYTES: Final = 80
LARGEST_PLAIN: Final = 1e9
"""Coordinates from which products of three would overflow float32."""
LABEL: Final = re.compile(r"\bLABEL=([a-z0-9_]+)")
TRIANGLE: Final = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


def write(scene: Scene, target: Path, staging: Staging, *, merge: bool) -> None:
    """Write one binary STL a part, in mm: anatomy LPS, buildings Z-up."""
    frame = BUILDING_ENU_MM if scene.frame.axes == Axes.ENU else PATIENT_LPS_MM
    for final, part in one_file_a_part(scene, target, merge=merge):
        corners = vertices_in(part.mesh, frame)[part.mesh.faces]
        triangles = np.zeros(len(corners), TRIANGLE)
        triangles["corners"] = corners
        triangles["normal"] = _unit_normals(corners)
        with staging.path_for(final).open("wb") as stream:
            stream.write(_header(mark_of(frame), part.label.name))
            stream.write(np.uint32(len(triangles)).tobytes())
            stream.write(triangles.data)


def _header(mark: str, name: str) -> bytes:
    """Return the 80 bytes; a label too long for them is left out, since a piece would lie."""
    plain = f"recon {mark}"
    named = f"{plain} LABEL={name}"
    return (named if len(named) <= HEADER_BYTES else plain).encode("ascii").ljust(HEADER_BYTES)


def _unit_normals(corners: np.ndarray) -> np.ndarray:
    largest = np.abs(corners).max(initial=0.0)
    if largest > LARGEST_PLAIN:
        corners = corners / largest
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.divide(normals, lengths, out=np.zeros_like(normals), where=lengths > 0)


def read(source: Path) -> Scene:
    """Read a binary or ASCII STL; vertices are merged by exact position.

    The part is called what the header calls it, else as the file is.
    """
    with source.open("rb") as stream:
        head = stream.read(HEADER_BYTES + 4)
    size = source.stat().st_size
    count = int(np.frombuffer(head[HEADER_BYTES:], "<u4")[0]) if len(head) == 84 else -1
    if count >= 0 and size == 84 + count * TRIANGLE.itemsize:
        corners = np.fromfile(source, TRIANGLE, offset=84)["corners"].reshape(-1, 3)
    elif head.lstrip()[:5].lower() == b"solid":
        corners = _ascii_corners(source)
    else:
        expected = 84 + count * TRIANGLE.itemsize
        raise DamagedFileError(
            f"{source.name} has {size} bytes where its header promises {expected}.",
            remedy="The file is cut or damaged: export it again.",
        )
    header = head[:HEADER_BYTES].decode("ascii", "replace")
    frame, findings = frame_from_mark(header)
    vertices, faces = weld_corners(corners)
    stated = LABEL.search(header)
    name = snake_case(stated[1] if stated else source.stem)
    part = Part(
        path=f"/{name}",
        mesh=Mesh(vertices=vertices, faces=faces, frame=frame),
        label=Label(value=1, name=name, color=UNNAMED_COLOR),
    )
    return Scene(title=name, frame=frame, parts=(part,), findings=findings)


def _ascii_corners(source: Path) -> np.ndarray:
    words = source.read_bytes().split()
    places = [at for at, word in enumerate(words) if word.lower() == b"vertex"]
    if not places or len(places) % 3:
        raise DamagedFileError(
            f"{source.name} is an ASCII STL without whole triangles.",
            remedy="The file is cut or damaged: export it again.",
        )
    numbers = [words[at + 1 : at + 4] for at in places]
    return np.array(numbers, dtype=np.float32)


def weld_corners(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return vertices ``[v 3]`` and faces ``[f 3]`` of triangle corners ``[3f 3]``."""
    exact = np.ascontiguousarray(corners, dtype=np.float32) + np.float32(0)  # −0 becomes 0
    keys = exact.view(np.uint32).astype(np.uint64)
    order = np.lexsort(keys.T)
    ordered = keys[order]
    starts = np.concatenate([[True], (ordered[1:] != ordered[:-1]).any(axis=1)])
    index = np.empty(len(exact), np.int64)
    index[order] = np.cumsum(starts) - 1
    return exact[order[starts]], index.reshape(-1, 3).astype(np.int32)
