"""Mesh files of other programs, read through trimesh."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.concept import Color, Label
from shared.errors import DamagedFileError
from shared.formats.parts import UNNAMED_COLOR, snake_case
from shared.frame import Frame
from shared.mesh import Mesh
from shared.scene import Part

if TYPE_CHECKING:
    import trimesh


def load_with_trimesh(source: Path, *, frame: Frame) -> tuple[Part, ...]:
    """Return the meshes of a PLY or OBJ as parts, in `frame`.

    Raises
    ------
    DamagedFileError
        If there is not a single triangle.
    """
    scene = load(source, split_objects=True, maintain_order=True)
    parts: list[Part] = []
    for node in scene.graph.nodes_geometry:
        transform, name = scene.graph[node]
        geometry = scene.geometry[name]
        mesh = to_mesh(geometry, transform, frame)
        if mesh is not None:
            parts.append(_part(str(node), source, geometry, mesh, value=len(parts) + 1))
    if not parts:
        raise DamagedFileError(
            f"{source.name} holds no triangles.", remedy="Points and lines alone make no surface."
        )
    return tuple(parts)


def _part(node: str, source: Path, geometry: Any, mesh: Mesh, *, value: int) -> Part:
    material = getattr(getattr(geometry.visual, "material", None), "name", None) or ""
    path = node.removesuffix(f"_{material}") if material else node
    steps = [re.sub(r"\s+", "_", step) for step in path.split("/") if step.strip()] or [source.stem]
    color, opacity = material_color(geometry)
    label = Label(
        value=value,
        name=snake_case(material or steps[-1]),
        color=color if mesh.colors is None else mean_color(mesh.colors),
    )
    return Part(path="/" + "/".join(steps), mesh=mesh, label=label, opacity=opacity)


def load(source: Path, **options: Any) -> trimesh.Scene:
    """Return trimesh's scene of a file; anything it stumbles over is a damaged file."""
    import trimesh

    try:
        return trimesh.load_scene(source, process=False, **options)
    except OSError:
        raise
    except Exception as error:  # trimesh raises whatever its parsers raise
        raise DamagedFileError(
            f"{source.name} cannot be read as {source.suffix} ({type(error).__name__}).",
            remedy="The file is cut or damaged: export it again.",
        ) from error


def to_mesh(geometry: Any, transform: np.ndarray, frame: Frame) -> Mesh | None:
    """Return a trimesh geometry placed by `transform`, or None if it has no faces."""
    faces = getattr(geometry, "faces", None)
    if faces is None or len(faces) == 0:
        return None
    vertices = np.asarray(geometry.vertices, np.float64)
    if not np.array_equal(transform, np.eye(4)):
        vertices = vertices @ transform[:3, :3].T + transform[:3, 3]
        if np.linalg.det(transform[:3, :3]) < 0:
            faces = np.asarray(faces)[:, ::-1]
    used, index = np.unique(np.asarray(faces), return_inverse=True)
    colors = _vertex_colors(geometry)
    return Mesh(
        vertices=vertices[used].astype(np.float32),
        faces=index.reshape(-1, 3).astype(np.int32),
        frame=frame,
        colors=None if colors is None else colors[used],
    )


def _vertex_colors(geometry: Any) -> np.ndarray | None:
    visual = geometry.visual
    if getattr(visual, "kind", None) != "vertex" or not visual.defined:
        return None
    return np.ascontiguousarray(np.asarray(visual.vertex_colors, np.uint8)[:, :3])


def mean_color(colors: np.ndarray) -> Color:
    """Return the mean of vertex colors uint8 ``[v 3]``."""
    red, green, blue = (colors.mean(axis=0) / 255.0).tolist()
    return red, green, blue


def material_color(geometry: Any) -> tuple[Color, float]:
    """Return (sRGB color, opacity) of a trimesh geometry's material, gray where none."""
    material = getattr(geometry.visual, "material", None)
    factor = getattr(material, "baseColorFactor", None)
    if factor is None:
        factor = getattr(material, "diffuse", None)
    if factor is None:
        return UNNAMED_COLOR, 1.0
    values = np.asarray(factor, float).ravel()
    values = values / 255.0 if values.max(initial=0.0) > 1.0 else values
    red, green, blue = values[:3].clip(0, 1).tolist()
    return (red, green, blue), float(values[3].clip(0, 1)) if len(values) > 3 else 1.0
