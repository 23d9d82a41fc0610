"""Read any IFC file as a scene to look at: every product that has a body, in metres."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from architecture.parts import LABELS
from shared.concept import Color, Concept, Label
from shared.errors import DamagedFileError, InputNotFoundError, NothingToBuildError
from shared.finding import Finding, warning
from shared.frame import BUILDING_ENU_M
from shared.mesh import Mesh
from shared.progress import Progress, ignore_progress
from shared.provenance import Provenance, Source, digest_file
from shared.scene import Part, Scene

UNSEEN_CLASSES: Final = ("IfcOpeningElement", "IfcVirtualElement", "IfcAnnotation", "IfcGrid")
"""Products that have shapes but are nothing one can touch."""

FAR_M: Final = 1000.0
"""Distance from the origin beyond which a scene gets a local origin: float32 resolves
0.06 mm there."""

UNSTYLED_COLOR: Final[Color] = (0.8, 0.8, 0.8)

_SUBCLASS_NAME: Final = re.compile(r"(StandardCase|ElementedCase)$")


def read_ifc(
    source: str | Path, *, spaces: bool = False, progress: Progress = ignore_progress
) -> Scene:
    """Read an IFC file of any schema as labelled parts.

    Parameters
    ----------
    source
        An ``.ifc`` file.
    spaces
        Also give the bodies of rooms.
    progress
        Told the share of products meshed.

    Returns
    -------
    Scene
        In metres, Z up. The path of a part is its storey and its name; its label's
        concept is its class; its properties hold name, GlobalId, storey and property
        sets. A product of several materials gives a part for each. Products far from
        the origin are moved; ``offset_m`` in the scene's properties says how far.

    Raises
    ------
    InputNotFoundError
        If there is no such file.
    DamagedFileError
        If it is no IFC file or cannot be read.
    NothingToBuildError
        If no product has a body.
    """
    source = Path(source)
    model = open_ifc(source)
    shapes = _Shapes(model, spaces=spaces)
    parts = tuple(shapes.parts(progress))
    if not parts:
        raise NothingToBuildError(
            "No product of the IFC file has a body.",
            remedy="Export it with geometry (a reference or design transfer view).",
        )
    project = next(iter(model.by_type("IfcProject")), None)
    return Scene(
        title=getattr(project, "Name", None) or source.stem,
        frame=BUILDING_ENU_M,
        parts=parts,
        provenance=Provenance().with_source(Source(kind="ifc", sha256=digest_file(source))),
        findings=shapes.findings(),
        properties={"schema": model.schema, "offset_m": shapes.offset_m.tolist()},
    )


def open_ifc(source: Path) -> Any:
    """Return an IFC file opened by IfcOpenShell; errors as in `read_ifc`."""
    import ifcopenshell

    if not source.is_file():
        raise InputNotFoundError(f"There is no file {source}.", remedy="Check the path.")
    try:
        model = ifcopenshell.open(str(source))
    except Exception as error:  # the library raises its own and plain errors alike
        raise DamagedFileError(
            f"{source.name} is cut or damaged, or not an IFC file.", remedy="Export it again."
        ) from error
    if not model.by_type("IfcRoot"):
        raise DamagedFileError(f"{source.name} holds no IFC entities.", remedy="Export it again.")
    return model


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Shape:
    """What the geometry kernel made of one product.

    `looks` holds name, color and opacity of each style; `styles` gives each face's, -1
    for none.
    """

    element: int
    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]
    styles: NDArray[np.int64]
    looks: tuple[tuple[str, Color, float], ...]


class _Shapes:
    """Meshes the products of one model."""

    def __init__(self, model: Any, *, spaces: bool) -> None:
        self._model = model
        unseen = UNSEEN_CLASSES if spaces else (*UNSEEN_CLASSES, "IfcSpace")
        self._unseen = [name for name in unseen if _has_class(model, name)]
        self._seen: set[int] = set()
        self._used: Counter[str] = Counter()
        self._values: dict[str, int] = {label.name: label.value for label in LABELS}
        self.offset_m: NDArray[np.float64] = np.zeros(3)

    def parts(self, progress: Progress) -> Iterator[Part]:
        shapes = sorted(self._meshed(progress), key=lambda shape: shape.element)
        if not shapes:
            return
        middle = shapes[0].vertices.mean(axis=0)
        if np.abs(middle).max() > FAR_M:
            self.offset_m = np.round(middle)
        for shape in shapes:
            self._seen.add(shape.element)
            yield from self._parts_of(shape)

    def _meshed(self, progress: Progress) -> Iterator[_Shape]:
        """Mesh every product, in whatever order the threads of IfcOpenShell end."""
        import ifcopenshell.geom

        settings = ifcopenshell.geom.settings()
        settings.set("use-world-coords", True)
        iterator = ifcopenshell.geom.iterator(
            settings, self._model, os.cpu_count() or 1, exclude=self._unseen or None
        )
        if not iterator.initialize():
            return
        while True:
            shape = iterator.get()
            geometry = shape.geometry
            if len(geometry.faces):
                yield _Shape(
                    element=shape.id,
                    vertices=np.array(geometry.verts, np.float64).reshape(-1, 3),
                    faces=np.array(geometry.faces, np.int64).reshape(-1, 3),
                    styles=np.array(geometry.material_ids, np.int64),
                    looks=tuple(
                        (_step(material.name), *look_of(material))
                        for material in geometry.materials
                    ),
                )
            progress("meshing", iterator.progress() / 100)
            if not iterator.next():
                return

    def _parts_of(self, shape: _Shape) -> Iterator[Part]:
        element = self._model.by_id(shape.element)
        vertices = shape.vertices - self.offset_m
        facts = facts_of(element)
        path = self._path(facts)
        styles = shape.styles
        for number, style in enumerate(np.unique(styles) if len(styles) else (-1,)):
            chosen = shape.faces[styles == style] if len(styles) else shape.faces
            used, index = np.unique(chosen, return_inverse=True)
            name, color, opacity = shape.looks[style] if style >= 0 else ("part", *look_of(None))
            yield Part(
                path=path if number == 0 else f"{path}/{name}_{number}",
                mesh=Mesh(
                    vertices=vertices[used].astype(np.float32),
                    faces=index.reshape(-1, 3).astype(np.int32),
                    frame=BUILDING_ENU_M,
                ),
                label=self._label(element, color),
                opacity=opacity,
                properties=facts,
            )

    def _path(self, facts: dict[str, Any]) -> str:
        path = f"/{_step(facts['storey'] or 'no storey')}/{_step(facts['name'])}"
        self._used[path] += 1
        return path if self._used[path] == 1 else f"{path} ({self._used[path]})"

    def _label(self, element: Any, color: Color) -> Label:
        code = element.is_a()
        plain = _SUBCLASS_NAME.sub("", code.removeprefix("Ifc"))
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain).lower()
        value = self._values.setdefault(name, len(self._values) + 1)
        concept = Concept(scheme=self._model.schema, code=code, meaning=name.replace("_", " "))
        return Label(value=value, name=name, concept=concept, color=color)

    def findings(self) -> tuple[Finding, ...]:
        """Return which products have a representation that gave no shape."""
        unseen = {e.id() for name in self._unseen for e in self._model.by_type(name)}
        missing = [
            product
            for product in self._model.by_type("IfcProduct")
            if getattr(product, "Representation", None) is not None
            and product.id() not in self._seen | unseen
        ]
        if not missing:
            return ()
        counts = Counter(product.is_a() for product in missing)
        told = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
        return (
            warning(
                "shape-missing",
                f"{len(missing)} products with a representation gave no shape: {told}.",
                details=dict(counts),
            ),
        )


def _has_class(model: Any, name: str) -> bool:
    try:
        return bool(model.by_type(name))
    except RuntimeError:  # not a class of this schema
        return False


def _step(name: str) -> str:
    return name.strip().replace("/", "_") or "unnamed"


def look_of(material: Any) -> tuple[Color, float]:
    """Return color and opacity of a geometry material."""
    if material is None:
        return UNSTYLED_COLOR, 1.0
    components = (material.diffuse.r(), material.diffuse.g(), material.diffuse.b())
    if not all(np.isfinite(components)) or min(components) < 0:
        components = UNSTYLED_COLOR
    transparency = float(material.transparency)
    opacity = 1.0 - transparency if np.isfinite(transparency) else 1.0
    red, green, blue = (min(max(float(c), 0.0), 1.0) for c in components)
    return (red, green, blue), min(max(opacity, 0.0), 1.0)


def facts_of(element: Any) -> dict[str, Any]:
    """Return class, name, identifiers, storey and property sets of a product."""
    import ifcopenshell.util.element as elements

    storey = elements.get_container(element) or elements.get_aggregate(element)
    while storey is not None and not storey.is_a("IfcBuildingStorey"):
        storey = elements.get_aggregate(storey) or elements.get_container(storey)
    facts: dict[str, Any] = {
        "class": element.is_a(),
        "name": element.Name or element.GlobalId,
        "global_id": element.GlobalId,
        "storey": storey.Name if storey is not None else None,
    }
    for attribute, key in (("LongName", "long_name"), ("Tag", "tag"), ("ObjectType", "type")):
        if getattr(element, attribute, None):
            facts[key] = str(getattr(element, attribute))
    for name, values in elements.get_psets(element).items():
        facts[name] = {key: value for key, value in values.items() if key != "id"}
    return facts
