"""Binary glTF 2.0 (ISO/IEC 12113): Y-up metres, one node a part, its facts in ``extras``.

Positions (x, y, z) of the scene become (x, z, −y) in metres. A part's path becomes
nested nodes; its label, code and properties stand in the ``extras`` of its node.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from shared.concept import Color, Concept, Label
from shared.errors import DamagedFileError
from shared.formats.foreign import load, material_color, to_mesh
from shared.formats.frames import vertices_in
from shared.formats.outputs import Staging
from shared.formats.parts import parts_with_faces, snake_case
from shared.frame import GLTF_YUP_M, Axes, Frame, Unit, target_from_source
from shared.mesh import Mesh
from shared.scene import Part, Scene

MAGIC: Final = 0x46546C67
JSON_CHUNK, BINARY_CHUNK = 0x4E4F534A, 0x004E4942
FLOAT, UINT32, UINT8 = 5126, 5125, 5121
ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963
PATIENT_AXES: Final = (Axes.LPS, Axes.RAS)


def write(scene: Scene, target: Path, staging: Staging, *, merge: bool) -> None:
    """Write the scene as one GLB; `merge` changes nothing."""
    blocks = encode(scene)
    with staging.path_for(target).open("wb") as stream:
        stream.writelines(blocks)


def encode(scene: Scene) -> tuple[bytes, ...]:
    """Return the GLB of a scene as consecutive blocks of bytes."""
    body = _Body(smooth=scene.frame.axes in PATIENT_AXES)
    for part in parts_with_faces(scene):
        body.add_part(part)
    document = {
        "asset": {
            "version": "2.0",
            "generator": "recon-toolkit",
            "extras": {
                "sourceFrame": {"axes": scene.frame.axes.value, "unit": scene.frame.unit.value},
                **plain(scene.properties),
                "provenance": plain(scene.provenance.as_dict()),
            },
        },
        "scene": 0,
        "scenes": [{"name": scene.title, "nodes": body.roots}],
        "nodes": body.nodes,
        "meshes": body.meshes,
        "materials": body.materials,
        "accessors": body.accessors,
        "bufferViews": body.views,
        "buffers": [{"byteLength": body.size}],
    }
    text = json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    return (
        struct.pack("<III", MAGIC, 2, 12 + 8 + len(text) + 8 + body.size),
        struct.pack("<II", len(text), JSON_CHUNK) + text,
        struct.pack("<II", body.size, BINARY_CHUNK),
        *body.blocks,
    )


class _Body:
    """The growing arrays of one glTF document."""

    def __init__(self, *, smooth: bool) -> None:
        self.smooth = smooth
        self.roots: list[int] = []
        self.nodes: list[dict[str, Any]] = []
        self.meshes: list[dict[str, Any]] = []
        self.materials: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []
        self.views: list[dict[str, Any]] = []
        self.blocks: list[bytes] = []
        self.size = 0
        self._node_by_path: dict[str, int] = {}
        self._material_by_look: dict[tuple[str, Color, float], int] = {}

    def add_part(self, part: Part) -> None:
        node = self.nodes[self._node(part.path)]
        node["mesh"] = len(self.meshes)
        node["extras"] = extras_of(part)
        vertices = vertices_in(part.mesh, GLTF_YUP_M)
        attributes = {"POSITION": self._accessor(vertices, FLOAT, "VEC3", bounds=True)}
        if self.smooth:
            attributes["NORMAL"] = self._accessor(
                vertex_normals(vertices, part.mesh), FLOAT, "VEC3"
            )
        if part.mesh.colors is not None:
            attributes["COLOR_0"] = self._colors(part.mesh.colors)
        indices = self._accessor(part.mesh.faces.astype("<u4").reshape(-1), UINT32, "SCALAR")
        primitive = {
            "attributes": attributes,
            "indices": indices,
            "material": self._material(part),
        }
        self.meshes.append({"name": part.name, "primitives": [primitive]})

    def _node(self, path: str) -> int:
        if path not in self._node_by_path:
            self._node_by_path[path] = index = len(self.nodes)
            parent, _, name = path.rpartition("/")
            self.nodes.append({"name": name})
            siblings = (
                self.nodes[self._node(parent)].setdefault("children", []) if parent else self.roots
            )
            siblings.append(index)
        return self._node_by_path[path]

    def _material(self, part: Part) -> int:
        look = (part.label.name, part.label.color, part.opacity)
        if look not in self._material_by_look:
            self._material_by_look[look] = len(self.materials)
            material: dict[str, Any] = {
                "name": part.label.name,
                "pbrMetallicRoughness": {
                    "baseColorFactor": [*(linear(c) for c in part.label.color), part.opacity],
                    "metallicFactor": 0.0,
                    "roughnessFactor": 0.8,
                },
            }
            if part.opacity < 1.0:
                material |= {"alphaMode": "BLEND", "doubleSided": True}
            self.materials.append(material)
        return self._material_by_look[look]

    def _colors(self, colors: np.ndarray) -> int:
        encoded = np.full((len(colors), 4), 255, np.uint8)
        encoded[:, :3] = np.round(255 * linear(colors / 255.0))
        index = self._accessor(encoded, UINT8, "VEC4")
        self.accessors[index]["normalized"] = True
        return index

    def _accessor(self, values: np.ndarray, code: int, kind: str, *, bounds: bool = False) -> int:
        block = np.ascontiguousarray(values).tobytes()
        is_index = kind == "SCALAR"
        self.views.append(
            {
                "buffer": 0,
                "byteOffset": self.size,
                "byteLength": len(block),
                "target": ELEMENT_ARRAY_BUFFER if is_index else ARRAY_BUFFER,
            }
        )
        accessor: dict[str, Any] = {
            "bufferView": len(self.views) - 1,
            "componentType": code,
            "count": len(values),
            "type": kind,
        }
        if bounds:
            accessor["min"] = values.min(axis=0).tolist()
            accessor["max"] = values.max(axis=0).tolist()
        self.accessors.append(accessor)
        self.blocks.append(block)
        self.size += len(block)
        return len(self.accessors) - 1


def linear(srgb: Any) -> Any:
    """Return linear light of sRGB components 0 to 1 (IEC 61966-2-1)."""
    srgb = np.asarray(srgb, float)
    light = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return float(light) if light.ndim == 0 else light


def srgb_of(light: float) -> float:
    """Return the sRGB component of linear light 0 to 1 (IEC 61966-2-1)."""
    return float(12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055)


def vertex_normals(vertices: np.ndarray, mesh: Mesh) -> np.ndarray:
    """Return unit normals ``[v 3]``, area-weighted means of the faces around; (0, 1, 0) if none."""
    corners = vertices[mesh.faces].astype(np.float64)
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    sums = np.stack(
        [
            np.bincount(
                mesh.faces.reshape(-1),
                weights=np.repeat(across[:, axis], 3),
                minlength=len(vertices),
            )
            for axis in range(3)
        ],
        axis=1,
    )
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    fallback = np.broadcast_to((0.0, 1.0, 0.0), sums.shape).copy()
    return np.divide(sums, lengths, out=fallback, where=lengths > 0).astype(np.float32)


def extras_of(part: Part) -> dict[str, Any]:
    """Return what a reader of the file may want to know of a part."""
    label: dict[str, Any] = {
        "name": part.label.name,
        "value": part.label.value,
        "color": list(part.label.color),
    }
    concept = part.label.concept
    if concept is not None:
        label["concept"] = {
            "scheme": concept.scheme,
            "code": concept.code,
            "meaning": concept.meaning,
        }
    return {"path": part.path, "label": label, **plain(part.properties)}


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return JSON-ready data: numpy numbers unwrapped, tuples as lists, the rest as text."""
    return {str(key): _plain(value) for key, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return plain(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value if value is None or isinstance(value, (str, bool, int)) else str(value)


def read(source: Path) -> Scene:
    """Read a GLB; positions come back in the frame they were written from, if it says so."""
    loaded = load(source)
    document = _document(source)
    frame = _source_frame(document)
    world_from_gltf = target_from_source(frame, GLTF_YUP_M)
    parts = []
    for value, node in enumerate(reversed(loaded.graph.nodes_geometry), start=1):
        transform, name = loaded.graph[node]
        geometry = loaded.geometry[name]
        mesh = to_mesh(geometry, world_from_gltf @ transform, frame)
        if mesh is None:
            continue
        extras = _node_extras(loaded, node)
        light, opacity = material_color(geometry)
        red, green, blue = (srgb_of(c) for c in light)
        label = _label_from(extras.pop("label", None), value, str(node), (red, green, blue))
        path = str(extras.pop("path", "")) or _path_of(loaded, node)
        parts.append(Part(path=path, mesh=mesh, label=label, opacity=opacity, properties=extras))
    title = (document.get("scenes") or [{}])[0].get("name") or source.stem
    return Scene(title=title, frame=frame, parts=tuple(parts))


def _document(source: Path) -> dict[str, Any]:
    with source.open("rb") as stream:
        stream.seek(12)
        length, _ = struct.unpack("<II", stream.read(8))
        document = json.loads(stream.read(length))
    if not isinstance(document, dict):
        raise DamagedFileError(f"{source.name} holds no glTF document.")
    return document


def _source_frame(document: dict[str, Any]) -> Frame:
    stated = document.get("asset", {}).get("extras", {}).get("sourceFrame")
    if not isinstance(stated, dict):
        return GLTF_YUP_M
    return Frame(axes=Axes(stated["axes"]), unit=Unit(stated["unit"]))


def _node_extras(loaded: Any, node: str) -> dict[str, Any]:
    parent = loaded.graph.transforms.parents.get(node)
    edge = loaded.graph.transforms.edge_data.get((parent, node), {})
    return dict(edge.get("metadata") or {})


def _path_of(loaded: Any, node: str) -> str:
    steps = []
    parents = loaded.graph.transforms.parents
    while node is not None and node != loaded.graph.base_frame:
        steps.append(str(node).replace("/", "_").replace(" ", "_"))
        node = parents.get(node)
    return "/" + "/".join(reversed(steps))


def _label_from(stated: Any, value: int, name: str, color: Color) -> Label:
    if not isinstance(stated, dict) or "name" not in stated:
        return Label(value=value, name=snake_case(name), color=color)
    concept = stated.get("concept")
    red, green, blue = stated.get("color", color)
    return Label(
        value=int(stated.get("value", value)),
        name=snake_case(str(stated["name"])),
        concept=Concept(**concept) if isinstance(concept, dict) else None,
        color=(float(red), float(green), float(blue)),
    )
