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

NO_STOREY: Final = "no storey"
"""First step of the path of what stands on none, such as a site."""

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
        In metres, Z up. The path of a part is its storey and its name, or its class
        where it has none; its label is its class, as `architecture.parts.LABELS` names
        it; its properties hold class, name, GlobalId, storey and property sets. A
        product of several styles gives a part for each: the first under its own path,
        the others below it by the names of their styles. What is seen through in a
        window that is not seen through as a whole is glass. Products far from the
        origin are moved; ``offset_m`` in the scene's properties says how far.

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
        self._paths = _Unique()
        self._storeys = _Unique()
        self._step_by_storey: dict[int, str] = {}
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
                        (_style_name(self._model, material), *look_of(material))
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
        kind = label_name(element)
        path = self._paths.of(f"{self._place(element)}/{_step(element.Name or kind)}")
        styles = shape.styles if len(shape.styles) else np.full(len(shape.faces), -1)
        looks = {style: shape.looks[style] for style in np.unique(styles) if style >= 0}
        order = sorted(np.unique(styles), key=lambda n: n in looks and looks[n][2] < 1.0)
        for number, style in enumerate(order):
            used, index = np.unique(shape.faces[styles == style], return_inverse=True)
            name, color, opacity = looks.get(style, ("part", *look_of(None)))
            is_pane = kind == "window" and number > 0 and opacity < 1.0
            yield Part(
                path=path if number == 0 else self._paths.of(f"{path}/{_step(name)}"),
                mesh=Mesh(
                    vertices=vertices[used].astype(np.float32),
                    faces=index.reshape(-1, 3).astype(np.int32),
                    frame=BUILDING_ENU_M,
                ),
                label=self._label(element, "glass" if is_pane else kind, color),
                opacity=opacity,
                properties=facts,
            )

    def _place(self, element: Any) -> str:
        """Return the path of a product's storey; two storeys of one name are two."""
        storey = storey_of(element)
        if storey is None:
            return f"/{NO_STOREY}"
        number = storey.id()
        if number not in self._step_by_storey:
            self._step_by_storey[number] = self._storeys.of(f"/{_step(storey.Name or 'storey')}")
        return self._step_by_storey[number]

    def _label(self, element: Any, name: str, color: Color) -> Label:
        value = self._values.setdefault(name, len(self._values) + 1)
        meaning = name.replace("_", " ").capitalize()
        concept = Concept(scheme=self._model.schema, code=element.is_a(), meaning=meaning)
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


class _Unique:
    """Gives every name once: the second of a kind is called "name (2)"."""

    def __init__(self) -> None:
        self._used: Counter[str] = Counter()

    def of(self, name: str) -> str:
        free = name
        while self._used[free]:
            self._used[name] += 1
            free = f"{name} ({self._used[name]})"
        self._used[free] += 1
        return free


def _style_name(model: Any, material: Any) -> str:
    """Return what an author called a geometry material; the kernel names it by its number."""
    number = material.instance_id()
    named = getattr(model.by_id(number), "Name", None) if number else None
    return str(named) if named else "surface"


def label_name(element: Any) -> str:
    """Return the label of a product: its class in words, or roof for the slab of one."""
    plain = _SUBCLASS_NAME.sub("", element.is_a().removeprefix("Ifc"))
    if plain == "Slab" and getattr(element, "PredefinedType", None) == "ROOF":
        return "roof"
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain).lower()


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


def storey_of(element: Any) -> Any | None:
    """Return the storey that holds a product, or what it is part of."""
    import ifcopenshell.util.element as elements

    storey = elements.get_container(element) or elements.get_aggregate(element)
    while storey is not None and not storey.is_a("IfcBuildingStorey"):
        storey = elements.get_aggregate(storey) or elements.get_container(storey)
    return storey


def facts_of(element: Any) -> dict[str, Any]:
    """Return class, name, identifiers, storey and property sets of a product."""
    import ifcopenshell.util.element as elements

    storey = storey_of(element)
    facts: dict[str, Any] = {
        "class": element.is_a(),
        "name": element.Name,
        "global_id": element.GlobalId,
        "storey": storey.Name if storey is not None else None,
        "long_name": getattr(element, "LongName", None),
        "tag": getattr(element, "Tag", None),
        "type": getattr(element, "ObjectType", None),
    }
    facts = {key: value for key, value in facts.items() if value}
    for name, values in elements.get_psets(element).items():
        facts[name] = {key: value for key, value in values.items() if key != "id"}
    return facts
