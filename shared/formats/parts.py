"""How parts become files where a format holds one mesh a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from shared.concept import SNAKE_CASE, Label
from shared.errors import NothingToBuildError
from shared.mesh import Mesh
from shared.scene import Part, Scene

UNNAMED_COLOR = (0.8, 0.8, 0.8)


def one_file_a_part(scene: Scene, target: Path, *, merge: bool) -> Iterator[tuple[Path, Part]]:
    """Yield where each part goes: the target itself for one, ``NAME_part`` for several.

    Raises
    ------
    NothingToBuildError
        If the scene has no faces.
    """
    parts = parts_with_faces(scene)
    if merge and len(parts) > 1:
        yield target, merged(parts, scene.title)
        return
    if len(parts) == 1:
        yield target, parts[0]
        return
    for part in parts:
        name = re.sub(r"[^\w\-]+", "_", part.path.strip("/"))
        yield target.with_name(f"{target.stem}_{name}{target.suffix}"), part


def parts_with_faces(scene: Scene) -> tuple[Part, ...]:
    """Return the parts that have faces; raise `NothingToBuildError` if none has."""
    parts = tuple(part for part in scene.parts if not part.mesh.is_empty)
    if not parts:
        raise NothingToBuildError("The scene has no faces: there is nothing to write.")
    return parts


def merged(parts: tuple[Part, ...], title: str) -> Part:
    """Return one part that holds the faces of all, uncolored and untextured."""
    starts = np.cumsum([0, *(len(part.mesh.vertices) for part in parts[:-1])])
    mesh = Mesh(
        vertices=np.concatenate([part.mesh.vertices for part in parts]),
        faces=np.concatenate(
            [part.mesh.faces + start for part, start in zip(parts, starts, strict=True)]
        ),
        frame=parts[0].mesh.frame,
    )
    name = snake_case(title)
    return replace(parts[0], path=f"/{name}", mesh=mesh, label=Label(value=1, name=name))


def snake_case(name: str) -> str:
    """Return `name` as a valid label name."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return plain if SNAKE_CASE.fullmatch(plain) else "part"
