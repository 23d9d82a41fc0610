"""Parts: what the elements of a building look like, and what they are called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from architecture.building.bodies import (
    PieceKind,
    piece_mesh,
    piece_prisms,
    pieces_of,
    wall_mesh,
    wall_prisms,
)
from architecture.building.elements import (
    Building,
    Column,
    Opening,
    Slab,
    SlabKind,
    Space,
    Storey,
    Wall,
)
from architecture.plan import OpeningKind
from shared.concept import Color, Concept, Label, LabelTable
from shared.frame import BUILDING_ENU_M
from shared.mesh import Mesh
from shared.scene import Part, Scene
from shared.solids import Prism, extrude, fuse

GLASS_OPACITY: Final = 0.35
SPACE_OPACITY: Final = 0.25


def _label(value: int, name: str, code: str, meaning: str, color: Color) -> Label:
    return Label(
        value=value,
        name=name,
        concept=Concept(scheme="IFC4", code=code, meaning=meaning),
        color=color,
    )


LABELS: Final = LabelTable(
    (
        _label(1, "wall", "IfcWall", "Wall", (0.88, 0.86, 0.82)),
        _label(2, "door", "IfcDoor", "Door", (0.62, 0.43, 0.27)),
        _label(3, "window", "IfcWindow", "Window", (0.95, 0.95, 0.94)),
        _label(4, "glass", "IfcWindow", "Pane of a window", (0.55, 0.75, 0.86)),
        _label(5, "slab", "IfcSlab", "Floor slab", (0.70, 0.69, 0.67)),
        _label(6, "roof", "IfcSlab", "Roof slab", (0.55, 0.38, 0.33)),
        _label(7, "column", "IfcColumn", "Column", (0.66, 0.66, 0.70)),
        _label(8, "space", "IfcSpace", "Space", (0.96, 0.80, 0.45)),
        _label(9, "building", "IfcBuilding", "Building", (0.88, 0.86, 0.82)),
    )
)
"""Every label of a building's parts; the code is the IFC4 class."""


def to_scene(building: Building, *, spaces: bool = False) -> Scene:
    """Return a building as labelled parts, one an element.

    Parameters
    ----------
    building
        What to show.
    spaces
        Also give the bodies of rooms. They fill the building, so mesh files leave
        them out.

    Returns
    -------
    Scene
        In metres, Z up, around the building's local origin (``offset_m`` in its
        properties). A window's pane is a part of its own below the window's path,
        because it is seen through. Every mesh is a closed 2-manifold.
    """
    return _scene(building, to_parts(building, spaces=spaces))


def _scene(building: Building, parts: tuple[Part, ...]) -> Scene:
    return Scene(
        title=building.name,
        frame=BUILDING_ENU_M,
        parts=parts,
        provenance=building.provenance,
        findings=building.findings,
        properties={
            "offset_m": list(building.offset_m),
            "storeys": [
                {
                    "path": f"/{storey_path(number)}",
                    "name": storey.name,
                    "elevation_m": storey.elevation_m,
                    "height_m": storey.height_m,
                }
                for number, storey in enumerate(building.storeys)
            ],
        },
    )


def to_solid(building: Building) -> Scene:
    """Return a building as one part: everything solid fused, as a printer wants it.

    Parameters
    ----------
    building
        What to fuse.

    Returns
    -------
    Scene
        One closed 2-manifold ``/building`` without inner walls; leaves and panes are
        bodies of their own, as they do not touch their frames.
    """
    mesh = fuse([prism for storey in building.storeys for prism in _prisms_of(storey)])
    facts = {"class": "IfcBuilding", "name": building.name}
    return _scene(building, (_part("/building", mesh, "building", facts),))


def _prisms_of(storey: Storey) -> Iterator[Prism]:
    floor_m = storey.elevation_m
    for slab in storey.slabs:
        top_m = floor_m + slab.top_m
        yield Prism(outline=slab.footprint, bottom=top_m - slab.thickness_m, top=top_m)
    for column in storey.columns:
        yield Prism(outline=column.footprint, bottom=floor_m, top=floor_m + column.height_m)
    for wall in storey.walls:
        yield from wall_prisms(wall, floor_m=floor_m)
        for opening in wall.openings:
            for piece in pieces_of(opening):
                yield from piece_prisms(piece, opening, floor_m=floor_m)


def to_parts(building: Building, *, spaces: bool = False) -> tuple[Part, ...]:
    """Return the parts of a building from the bottom up; see `to_scene`."""
    return tuple(
        part
        for number, storey in enumerate(building.storeys)
        for part in _parts_of(storey, f"/{storey_path(number)}", spaces=spaces)
    )


def storey_path(number: int) -> str:
    """Return the first step of the path of everything on a storey."""
    return f"storey_{number}"


def _parts_of(storey: Storey, place: str, *, spaces: bool) -> Iterator[Part]:
    floor_m = storey.elevation_m
    for slab in storey.slabs:
        yield _slab_part(slab, storey, place)
    for wall in storey.walls:
        yield _part(
            f"{place}/{_step(wall.id)}",
            wall_mesh(wall, floor_m=floor_m),
            "wall",
            wall_properties(wall) | {"storey": storey.name},
        )
        for opening in wall.openings:
            yield from _fill_parts(opening, wall, storey, place)
    for column in storey.columns:
        mesh = extrude(column.footprint, floor_m, floor_m + column.height_m)
        facts = column_properties(column) | {"storey": storey.name}
        yield _part(f"{place}/{_step(column.id)}", mesh, "column", facts)
    for space in storey.spaces if spaces else ():
        mesh = extrude(space.outline, floor_m, floor_m + space.height_m)
        facts = space_properties(space) | {"storey": storey.name}
        yield _part(f"{place}/{_step(space.id)}", mesh, "space", facts, opacity=SPACE_OPACITY)


def _step(name: str) -> str:
    """Return an element's id as a step of a path."""
    return name.strip().replace("/", "_") or "unnamed"


def _part(
    path: str, mesh: Mesh, label: str, properties: dict[str, Any], *, opacity: float = 1.0
) -> Part:
    return Part(
        path=path,
        mesh=mesh,
        label=LABELS.by_name(label),
        opacity=opacity,
        properties={key: value for key, value in properties.items() if value not in (None, "")},
    )


def _slab_part(slab: Slab, storey: Storey, place: str) -> Part:
    top_m = storey.elevation_m + slab.top_m
    mesh = extrude(slab.footprint, top_m - slab.thickness_m, top_m)
    label = "roof" if slab.kind is SlabKind.ROOF else "slab"
    facts = slab_properties(slab) | {"storey": storey.name}
    return _part(f"{place}/{_step(slab.id)}", mesh, label, facts)


def _fill_parts(opening: Opening, wall: Wall, storey: Storey, place: str) -> Iterator[Part]:
    pieces = pieces_of(opening)
    path = f"{place}/{_step(opening.id)}"
    facts = opening_properties(opening, wall) | {"storey": storey.name}
    solid = [piece for piece in pieces if piece.kind is not PieceKind.PANE]
    panes = [piece for piece in pieces if piece.kind is PieceKind.PANE]
    if solid:
        meshes = [piece_mesh(piece, opening, floor_m=storey.elevation_m) for piece in solid]
        label = "door" if opening.kind is OpeningKind.DOOR else "window"
        yield _part(path, joined(meshes), label, facts)
    if panes:
        meshes = [piece_mesh(piece, opening, floor_m=storey.elevation_m) for piece in panes]
        facts = {"class": "IfcWindow", "name": facts["name"], "part_of": opening.id}
        yield _part(f"{path}/pane", joined(meshes), "glass", facts, opacity=GLASS_OPACITY)


def joined(meshes: Sequence[Mesh]) -> Mesh:
    """Return several meshes that do not touch as one."""
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes[:-1])])
    return Mesh(
        vertices=np.concatenate([mesh.vertices for mesh in meshes]),
        faces=np.concatenate([mesh.faces + n for mesh, n in zip(meshes, starts, strict=True)]),
        frame=meshes[0].frame,
    )


def _m(value: float) -> float:
    """Return a length, area or volume to print: to a tenth of a millimetre."""
    return round(float(value), 4)


def wall_properties(wall: Wall) -> dict[str, Any]:
    """Return what is told of a wall."""
    return {
        "class": "IfcWall",
        "name": wall.id,
        "external": wall.external,
        "length_m": _m(wall.axis.length),
        "thickness_m": _m(wall.thickness_m),
        "height_m": _m(wall.height_m),
        "footprint_m2": _m(wall.footprint.area),
        "gross_volume_m3": _m(wall.gross_volume_m3),
        "net_volume_m3": _m(wall.net_volume_m3),
        "openings": [opening.id for opening in wall.openings],
        "confidence": _m(wall.confidence),
        "evidence": wall.evidence,
        "layer": wall.layer,
    }


def opening_properties(opening: Opening, wall: Wall) -> dict[str, Any]:
    """Return what is told of a door, window or passage."""
    operation = opening.operation.value if opening.kind is OpeningKind.DOOR else None
    return {
        "class": IFC_CLASS_BY_KIND[opening.kind],
        "name": opening.name or opening.id,
        "wall": wall.id,
        "external": wall.external,
        "width_m": _m(opening.width_m),
        "height_m": _m(opening.height_m),
        "sill_m": _m(opening.sill_m),
        "head_m": _m(opening.head_m),
        "operation": operation,
        "confidence": _m(opening.confidence),
        "evidence": opening.evidence,
    }


IFC_CLASS_BY_KIND: Final = {
    OpeningKind.DOOR: "IfcDoor",
    OpeningKind.WINDOW: "IfcWindow",
    OpeningKind.PASSAGE: "IfcOpeningElement",
}


def slab_properties(slab: Slab) -> dict[str, Any]:
    """Return what is told of a slab."""
    return {
        "class": "IfcSlab",
        "name": slab.id,
        "kind": slab.kind.value,
        "area_m2": _m(slab.footprint.area),
        "thickness_m": _m(slab.thickness_m),
        "volume_m3": _m(slab.footprint.area * slab.thickness_m),
    }


def column_properties(column: Column) -> dict[str, Any]:
    """Return what is told of a column."""
    return {
        "class": "IfcColumn",
        "name": column.id,
        "height_m": _m(column.height_m),
        "footprint_m2": _m(column.footprint.area),
    }


def space_properties(space: Space) -> dict[str, Any]:
    """Return what is told of a space."""
    return {
        "class": "IfcSpace",
        "name": space.name or space.id,
        "names": list(space.names) if len(space.names) > 1 else None,
        "number": space.number,
        "numbers": list(space.numbers) if len(space.numbers) > 1 else None,
        "area_m2": _m(space.area_m2),
        "printed_area_m2": None if space.printed_area_m2 is None else _m(space.printed_area_m2),
        "perimeter_m": _m(space.outline.length),
        "height_m": _m(space.height_m),
        "volume_m3": _m(space.area_m2 * space.height_m),
    }
