"""Write a building as IFC4 (ISO 16739-1), with walls, voids, fillings, slabs and spaces.

Entities are created directly, in the building's order, with identifiers made of their
content: the same building and timestamp give the same bytes. No file name, user or
machine is told.
"""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry import Point, Polygon, box

from architecture.building.bodies import PieceKind, axes_of, origin_of, pieces_of
from architecture.building.elements import (
    CUT_MARGIN_M,
    Building,
    Column,
    Opening,
    Slab,
    SlabKind,
    Space,
    Storey,
    Wall,
)
from architecture.exchange.identity import Identity
from architecture.exchange.ifc_geometry import Frame2, Shapes, length
from architecture.exchange.ifc_properties import Facts
from architecture.parts import GLASS_OPACITY, LABELS, SPACE_OPACITY
from architecture.plan import OpeningKind
from shared.formats.outputs import Staging, staged_outputs

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Timestamp of files written without one, so that equal models are equal files."""

VIEW_DEFINITION: Final = "ViewDefinition [DesignTransferView_V1.0]"

LOCAL_CRS: Final = "Drawing coordinates"
"""Name of the coordinates a drawing states without saying where on earth they are."""


def write_ifc(
    building: Building,
    target: str | Path,
    *,
    timestamp: datetime = EPOCH,
    staging: Staging | None = None,
) -> tuple[Path, ...]:
    """Write a building as an IFC4 file in metres.

    Parameters
    ----------
    building
        What to write.
    target
        ``NAME.ifc``.
    timestamp
        Time in the header.
    staging
        Outputs of a longer run, to appear together with this one.

    Returns
    -------
    tuple of Path
        Where the file stands (empty if `staging` was given).

    Raises
    ------
    OutputError
        If the place cannot be written.

    Notes
    -----
    The building stands around its local origin; `Building.offset_m` becomes an
    IfcMapConversion. A passage is an opening without filling. Net and gross floor areas
    of spaces are in Qto_SpaceBaseQuantities.
    """
    model = ifc_model(building, timestamp=timestamp)
    own = staged_outputs() if staging is None else nullcontext(staging)
    with own as stage:
        model.write(str(stage.path_for(Path(target))))
        return stage.commit() if staging is None else ()


def ifc_model(building: Building, *, timestamp: datetime = EPOCH) -> Any:
    """Return a building as an `ifcopenshell.file`; see `write_ifc`."""
    import ifcopenshell

    model = ifcopenshell.file(schema="IFC4")
    _write_header(model, timestamp)
    _Writer(model, building).write()
    return model


def _write_header(model: Any, timestamp: datetime) -> None:
    try:
        own = f"recon-toolkit {version('recon-toolkit')}"
    except PackageNotFoundError:
        own = "recon-toolkit"
    model.header.file_description.description = (VIEW_DEFINITION,)
    name = model.header.file_name
    name.name = ""
    name.time_stamp = timestamp.strftime("%Y-%m-%dT%H:%M:%S")
    name.author = ("",)
    name.organization = ("",)
    name.preprocessor_version = f"IfcOpenShell {version('ifcopenshell')}"
    name.originating_system = own
    name.authorization = ""


class _Writer:
    """Writes one building into one model."""

    def __init__(self, model: Any, building: Building) -> None:
        self._model = model
        self._building = building
        self._identity = Identity(building)
        self._shapes = Shapes(model)
        self._facts = Facts(model, self._identity)

    def _make(self, entity: str, **attributes: Any) -> Any:
        return self._model.create_entity(entity, **attributes)

    def _root(self, entity: str, path: str, outline: Any = None, **attributes: Any) -> Any:
        return self._make(entity, GlobalId=self._identity.of(path, outline), **attributes)

    def write(self) -> None:
        shapes, name = self._shapes, self._building.name
        project = self._root(
            "IfcProject",
            "/project",
            Name=name,
            RepresentationContexts=[shapes.model_context],
            UnitsInContext=self._units(),
        )
        self._write_map_conversion()
        ground = shapes.placement(None, (0.0, 0.0, 0.0), (1.0, 0.0))
        site = self._root(
            "IfcSite", "/site", Name="Site", ObjectPlacement=ground, CompositionType="ELEMENT"
        )
        house = self._root(
            "IfcBuilding",
            "/building",
            Name=name,
            ObjectPlacement=shapes.placement(ground, (0.0, 0.0, 0.0), (1.0, 0.0)),
            CompositionType="ELEMENT",
        )
        self._aggregate(project, [site], "/project")
        self._aggregate(site, [house], "/site")
        storeys = [
            self._storey(storey, number, house.ObjectPlacement)
            for number, storey in enumerate(self._building.storeys)
        ]
        self._aggregate(house, storeys, "/building")
        self._facts.write()

    def _units(self) -> Any:
        units = [
            self._make("IfcSIUnit", UnitType=kind, Name=name)
            for kind, name in (
                ("LENGTHUNIT", "METRE"),
                ("AREAUNIT", "SQUARE_METRE"),
                ("VOLUMEUNIT", "CUBIC_METRE"),
                ("PLANEANGLEUNIT", "RADIAN"),
            )
        ]
        return self._make("IfcUnitAssignment", Units=units)

    def _write_map_conversion(self) -> None:
        east_m, north_m = self._building.offset_m
        if not (east_m or north_m):
            return
        target = self._make(
            "IfcProjectedCRS",
            Name=LOCAL_CRS,
            Description="Metres as in the source drawing; no geodetic reference is known.",
        )
        self._make(
            "IfcMapConversion",
            SourceCRS=self._shapes.model_context,
            TargetCRS=target,
            Eastings=length(east_m),
            Northings=length(north_m),
            OrthogonalHeight=0.0,
        )

    def _aggregate(self, whole: Any, parts: list[Any], path: str) -> None:
        if parts:
            self._root(
                "IfcRelAggregates",
                f"{path}/aggregates",
                RelatingObject=whole,
                RelatedObjects=parts,
            )

    def _storey(self, storey: Storey, number: int, house: Any) -> Any:
        path = f"/storey_{number}"
        placement = self._shapes.placement(house, (0.0, 0.0, storey.elevation_m), (1.0, 0.0))
        entity = self._root(
            "IfcBuildingStorey",
            path,
            Name=storey.name,
            ObjectPlacement=placement,
            CompositionType="ELEMENT",
            Elevation=length(storey.elevation_m),
        )
        self._facts.measure(
            entity,
            "Qto_BuildingStoreyBaseQuantities",
            [
                ("GrossHeight", "length", storey.height_m),
                ("NetFloorArea", "area", sum(space.area_m2 for space in storey.spaces)),
            ],
        )
        contained = [self._slab(slab, path, placement) for slab in storey.slabs]
        for wall in storey.walls:
            contained += self._wall(wall, path, placement)
        contained += [self._column(column, path, placement) for column in storey.columns]
        if contained:
            self._root(
                "IfcRelContainedInSpatialStructure",
                f"{path}/contains",
                RelatedElements=contained,
                RelatingStructure=entity,
            )
        spaces = [self._space(space, storey, path, placement) for space in storey.spaces]
        self._aggregate(entity, spaces, path)
        return entity

    def _slab(self, slab: Slab, path: str, storey: Any) -> Any:
        shapes = self._shapes
        solids = shapes.solids(slab.footprint, slab.thickness_m)
        shapes.paint(solids, LABELS.by_name("roof" if slab.kind is SlabKind.ROOF else "slab"))
        entity = self._root(
            "IfcSlab",
            f"{path}/{slab.id}",
            slab.footprint,
            Name=slab.id,
            ObjectPlacement=shapes.placement(
                storey, (0.0, 0.0, slab.top_m - slab.thickness_m), (1.0, 0.0)
            ),
            Representation=shapes.shape(shapes.footprint(slab.footprint), shapes.body(solids)),
            Tag=slab.id,
            PredefinedType=slab.kind.value,
        )
        self._facts.build_of(entity, "Slab", slab.thickness_m)
        area_m2 = slab.footprint.area
        self._facts.measure(
            entity,
            "Qto_SlabBaseQuantities",
            [
                ("Depth", "length", slab.thickness_m),
                ("Perimeter", "length", slab.footprint.exterior.length),
                ("GrossArea", "area", Polygon(slab.footprint.exterior).area),
                ("NetArea", "area", area_m2),
                ("NetVolume", "volume", area_m2 * slab.thickness_m),
            ],
        )
        return entity

    def _column(self, column: Column, path: str, storey: Any) -> Any:
        shapes = self._shapes
        center = column.footprint.centroid
        frame = Frame2((center.x, center.y), (1.0, 0.0))
        solids = shapes.solids(frame.local_region(column.footprint), column.height_m)
        shapes.paint(solids, LABELS.by_name("column"))
        entity = self._root(
            "IfcColumn",
            f"{path}/{column.id}",
            column.footprint,
            Name=column.id,
            ObjectPlacement=shapes.placement(storey, (center.x, center.y, 0.0), (1.0, 0.0)),
            Representation=shapes.shape(shapes.body(solids)),
            Tag=column.id,
            PredefinedType="COLUMN",
        )
        self._facts.measure(
            entity,
            "Qto_ColumnBaseQuantities",
            [
                ("Length", "length", column.height_m),
                ("CrossSectionArea", "area", column.footprint.area),
                ("NetVolume", "volume", column.footprint.area * column.height_m),
            ],
        )
        return entity

    def _wall(self, wall: Wall, path: str, storey: Any) -> list[Any]:
        """Write a wall and what its openings hold; return what the storey contains."""
        shapes = self._shapes
        frame = wall_frame(wall)
        solids = shapes.solids(frame.local_region(wall.footprint), wall.height_m)
        shapes.paint(solids, LABELS.by_name("wall"))
        axis = frame.local(shapely.get_coordinates(wall.axis))
        closed = bool(np.allclose(axis[0], axis[-1], atol=1e-6))
        entity = self._root(
            "IfcWall",
            f"{path}/{wall.id}",
            wall.footprint,
            Name=wall.id,
            ObjectPlacement=shapes.placement(storey, (*frame.origin, 0.0), frame.along),
            Representation=shapes.shape(
                shapes.axis(axis[:-1] if closed else axis, closed=closed), shapes.body(solids)
            ),
            Tag=wall.id,
            PredefinedType="STANDARD" if len(axis) == 2 else "NOTDEFINED",
        )
        self._facts.build_of(entity, "Wall", wall.thickness_m)
        if wall.external is not None:
            self._facts.tell(entity, "Pset_WallCommon", {"IsExternal": bool(wall.external)})
        self._tell_recognition(entity, wall, layer=wall.layer)
        self._facts.measure(
            entity,
            "Qto_WallBaseQuantities",
            [
                ("Length", "length", wall.axis.length),
                ("Width", "length", wall.thickness_m),
                ("Height", "length", wall.height_m),
                ("GrossFootprintArea", "area", wall.footprint.area),
                ("GrossVolume", "volume", wall.gross_volume_m3),
                ("NetVolume", "volume", wall.net_volume_m3),
            ],
        )
        fills = [self._opening(o, wall, entity, frame, path) for o in wall.openings]
        return [entity, *(fill for fill in fills if fill is not None)]

    def _tell_recognition(self, entity: Any, element: Any, *, layer: str = "") -> None:
        """Say how sure an element is, and how it was recognized."""
        self._facts.tell(
            entity,
            "ReconToolkit_Recognition",
            {
                "Confidence": round(float(element.confidence), 4),
                "Evidence": element.evidence,
                "Layer": layer,
            },
        )

    def _opening(
        self, opening: Opening, wall: Wall, host: Any, frame: Frame2, path: str
    ) -> Any | None:
        """Write a void and its filling; return the door or window, if one fills it."""
        shapes, place = self._shapes, f"{path}/{opening.id}"
        x, y = frame.local(origin_of(opening))
        along = frame.local_direction(axes_of(opening)[0])
        placement = shapes.placement(host.ObjectPlacement, (x, y, opening.sill_m), along)
        foot_m = -CUT_MARGIN_M if opening.sill_m < CUT_MARGIN_M else 0.0
        over_m = CUT_MARGIN_M if opening.head_m > wall.height_m - CUT_MARGIN_M else 0.0
        reach_m = opening.depth_m / 2 + CUT_MARGIN_M
        hole = shapes.solid(
            box(0.0, -reach_m, opening.width_m, reach_m),
            opening.height_m + over_m - foot_m,
            place=shapes.place3((0.0, 0.0, foot_m)) if foot_m else None,
        )
        void = self._root(
            "IfcOpeningElement",
            f"{place}/opening",
            Point(opening.center),
            Name=opening.id,
            ObjectPlacement=placement,
            Representation=shapes.shape(shapes.body([hole])),
            Tag=opening.id,
            PredefinedType="OPENING",
        )
        self._root(
            "IfcRelVoidsElement",
            f"{place}/voids",
            RelatingBuildingElement=host,
            RelatedOpeningElement=void,
        )
        if opening.kind is OpeningKind.PASSAGE:
            return None
        fill = self._fill(opening, placement, place)
        self._root(
            "IfcRelFillsElement",
            f"{place}/fills",
            RelatingOpeningElement=void,
            RelatedBuildingElement=fill,
        )
        if wall.external is not None:
            common = f"Pset_{opening.kind.value.title()}Common"
            self._facts.tell(fill, common, {"IsExternal": bool(wall.external)})
        self._tell_recognition(fill, opening)
        return fill

    def _fill(self, opening: Opening, placement: Any, place: str) -> Any:
        shapes = self._shapes
        is_door = opening.kind is OpeningKind.DOOR
        solids = []
        for piece in pieces_of(opening):
            at = shapes.place3((0.0, piece.far_m, 0.0), up=(0.0, -1.0, 0.0))
            solid = shapes.solid(piece.profile, piece.far_m - piece.near_m, place=at)
            is_pane = piece.kind is PieceKind.PANE
            label = "glass" if is_pane else "door" if is_door else "window"
            opacity = GLASS_OPACITY if is_pane else 1.0
            shapes.paint([solid], LABELS.by_name(label), opacity=opacity)
            solids.append(solid)
        kind = (
            {"PredefinedType": "DOOR", "OperationType": opening.operation.value}
            if is_door
            else {"PredefinedType": "WINDOW", "PartitioningType": "SINGLE_PANEL"}
        )
        fill = self._root(
            "IfcDoor" if is_door else "IfcWindow",
            place,
            Point(opening.center),
            Name=opening.name or opening.id,
            ObjectPlacement=shapes.placement(placement, (0.0, 0.0, 0.0), (1.0, 0.0)),
            Representation=shapes.shape(shapes.body(solids)),
            Tag=opening.id,
            OverallHeight=length(opening.height_m),
            OverallWidth=length(opening.width_m),
            **kind,
        )
        self._facts.measure(
            fill,
            "Qto_DoorBaseQuantities" if is_door else "Qto_WindowBaseQuantities",
            [
                ("Width", "length", opening.width_m),
                ("Height", "length", opening.height_m),
                ("Area", "area", opening.width_m * opening.height_m),
            ],
        )
        return fill

    def _space(self, space: Space, storey: Storey, path: str, placement: Any) -> Any:
        shapes = self._shapes
        solids = shapes.solids(space.outline, space.height_m)
        shapes.paint(solids, LABELS.by_name("space"), opacity=SPACE_OPACITY)
        entity = self._root(
            "IfcSpace",
            f"{path}/{space.id}",
            space.outline,
            Name=space.number or space.id,
            ObjectPlacement=shapes.placement(placement, (0.0, 0.0, 0.0), (1.0, 0.0)),
            Representation=shapes.shape(shapes.footprint(space.outline), shapes.body(solids)),
            LongName=" / ".join(space.names) or None,
            CompositionType="ELEMENT",
            PredefinedType="INTERNAL",
        )
        printed = {"PrintedArea": space.printed_area_m2, "Id": space.id}
        self._facts.tell(entity, "ReconToolkit_Recognition", printed)
        self._facts.measure(
            entity,
            "Qto_SpaceBaseQuantities",
            [
                ("Height", "length", space.height_m),
                ("NetPerimeter", "length", space.outline.length),
                ("GrossFloorArea", "area", gross_floor_area_m2(space, storey)),
                ("NetFloorArea", "area", space.area_m2),
                ("NetVolume", "volume", space.area_m2 * space.height_m),
            ],
        )
        return entity


def wall_frame(wall: Wall) -> Frame2:
    """Return the place of a wall: at the start of its axis, x towards its end."""
    points = shapely.get_coordinates(wall.axis)
    along = points[-1] - points[0]
    if np.hypot(*along) < 1e-6 * wall.axis.length:
        along = points[1] - points[0]
    return Frame2(points[0], along)


def gross_floor_area_m2(space: Space, storey: Storey) -> float:
    """Return the floor area with the columns that stand in holes of the space."""
    filled = Polygon(space.outline.exterior)
    columns = [c.footprint for c in storey.columns if filled.intersects(c.footprint)]
    whole = shapely.union_all([space.outline, *columns]).intersection(filled)
    return float(whole.area)
