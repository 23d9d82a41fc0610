"""Write the elements of a storey as IFC4 entities: slabs, walls, fillings, spaces.

Each method writes one element below the placement of its storey and returns its entity.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from shapely.geometry import Point, Polygon, box

from architecture.building.bodies import PieceKind, axes_of, origin_of, pieces_of
from architecture.building.elements import (
    CUT_MARGIN_M,
    Column,
    Opening,
    Slab,
    SlabKind,
    Space,
    Storey,
    Wall,
)
from architecture.exchange.identity import Identity
from architecture.exchange.ifc_geometry import PRECISION_M, Frame2, Shapes, length
from architecture.exchange.ifc_properties import Facts
from architecture.parts import GLASS_OPACITY, LABELS, SPACE_OPACITY
from architecture.plan import OpeningKind
from shared.solids.planar import union


class Elements:
    """Writes elements into one model."""

    def __init__(self, model: Any, identity: Identity, shapes: Shapes, facts: Facts) -> None:
        self._model = model
        self._identity = identity
        self._shapes = shapes
        self._facts = facts

    def root(self, entity: str, path: str, outline: Any = None, **attributes: Any) -> Any:
        """Return a new entity with an identifier of its own."""
        identifier = self._identity.of(path, outline)
        return self._model.create_entity(entity, GlobalId=identifier, **attributes)

    def slab(self, slab: Slab, path: str, storey: Any) -> Any:
        """Write a slab."""
        shapes = self._shapes
        solids = shapes.solids(slab.footprint, slab.thickness_m)
        shapes.paint(solids, LABELS.by_name("roof" if slab.kind is SlabKind.ROOF else "slab"))
        entity = self.root(
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

    def column(self, column: Column, path: str, storey: Any) -> Any:
        """Write a column."""
        shapes = self._shapes
        center = column.footprint.centroid
        frame = Frame2((center.x, center.y), (1.0, 0.0))
        solids = shapes.solids(frame.local_region(column.footprint), column.height_m)
        shapes.paint(solids, LABELS.by_name("column"))
        entity = self.root(
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

    def wall(self, wall: Wall, path: str, storey: Any) -> list[Any]:
        """Write a wall and what its openings hold; return what the storey contains."""
        shapes = self._shapes
        frame = wall_frame(wall)
        solids = shapes.solids(frame.local_region(wall.footprint), wall.height_m)
        shapes.paint(solids, LABELS.by_name("wall"))
        axis = frame.local(shapely.get_coordinates(wall.axis))
        closed = bool(np.allclose(axis[0], axis[-1], atol=1e-6))
        entity = self.root(
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
        foot_m = -CUT_MARGIN_M if opening.sill_m < PRECISION_M else 0.0
        over_m = CUT_MARGIN_M if opening.head_m > wall.height_m - PRECISION_M else 0.0
        inside = Frame2(origin_of(opening), axes_of(opening)[0])
        hole = shapes.solid(
            box(*inside.local_region(wall.hole(opening)).bounds),
            opening.height_m + over_m - foot_m,
            place=shapes.place3((0.0, 0.0, foot_m)) if foot_m else None,
        )
        void = self.root(
            "IfcOpeningElement",
            f"{place}/opening",
            Point(opening.center),
            Name=opening.id,
            ObjectPlacement=placement,
            Representation=shapes.shape(shapes.body([hole])),
            Tag=opening.id,
            PredefinedType="OPENING",
        )
        self.root(
            "IfcRelVoidsElement",
            f"{place}/voids",
            RelatingBuildingElement=host,
            RelatedOpeningElement=void,
        )
        if opening.kind is OpeningKind.PASSAGE:
            return None
        fill = self._fill(opening, placement, place)
        self.root(
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
        fill = self.root(
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

    def space(self, space: Space, storey: Storey, path: str, placement: Any) -> Any:
        """Write a space with its body and floor areas."""
        shapes = self._shapes
        solids = shapes.solids(space.outline, space.height_m)
        shapes.paint(solids, LABELS.by_name("space"), opacity=SPACE_OPACITY)
        entity = self.root(
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
    whole = union([space.outline, *columns]).intersection(filled)
    return float(whole.area)
