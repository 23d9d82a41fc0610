"""Geometry of an IFC file: placements, profiles, solids, representations, styles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from shared.concept import Label

PRECISION_M: Final = 1e-5
"""Points closer than this are one to a reader (IfcGeometricRepresentationContext)."""

DECIMALS: Final = 6
"""Decimals written of lengths in metres: a thousandth of a millimetre."""

DIRECTION_DECIMALS: Final = 12

Vector = NDArray[np.float64]


class Frame2:
    """A place in plan: an origin and the direction of its x axis."""

    def __init__(self, origin: Sequence[float] | Vector, along: Sequence[float] | Vector) -> None:
        self.origin = np.asarray(origin, dtype=np.float64)
        along = np.asarray(along, dtype=np.float64)
        self.along = along / np.hypot(*along)
        self.axes = np.array([self.along, [-self.along[1], self.along[0]]])

    def local(self, points: Any) -> Vector:
        """Return ``[… 2]`` plan positions as seen from here."""
        return (np.asarray(points, dtype=np.float64) - self.origin) @ self.axes.T

    def local_direction(self, direction: Any) -> Vector:
        """Return a plan direction as seen from here."""
        return np.asarray(self.axes @ np.asarray(direction, dtype=np.float64))

    def local_region(self, region: BaseGeometry) -> BaseGeometry:
        """Return an outline as seen from here."""
        return shapely.transform(region, self.local)


def length(value: float) -> float:
    """Return a length as it is written."""
    return round(float(value), DECIMALS) + 0.0


class Shapes:
    """Makes geometric entities in one IFC file, and shares those that are alike."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._directions: dict[tuple[float, ...], Any] = {}
        self._styles: dict[tuple[str, float], Any] = {}
        self.origin = self.place3()
        self.model_context = self._make(
            "IfcGeometricRepresentationContext",
            ContextType="Model",
            CoordinateSpaceDimension=3,
            Precision=PRECISION_M,
            WorldCoordinateSystem=self.origin,
        )
        self.contexts = {
            name: self._make(
                "IfcGeometricRepresentationSubContext",
                ContextIdentifier=name,
                ContextType="Model",
                ParentContext=self.model_context,
                TargetView=view,
            )
            for name, view in (
                ("Body", "MODEL_VIEW"),
                ("Axis", "GRAPH_VIEW"),
                ("FootPrint", "MODEL_VIEW"),
            )
        }

    def _make(self, entity: str, **attributes: Any) -> Any:
        return self._model.create_entity(entity, **attributes)

    def point(self, *coordinates: float) -> Any:
        """Return an IfcCartesianPoint."""
        return self._make("IfcCartesianPoint", Coordinates=[length(c) for c in coordinates])

    def direction(self, *ratios: float) -> Any:
        """Return an IfcDirection, one for all that are equal."""
        key = tuple(round(float(r), DIRECTION_DECIMALS) + 0.0 for r in ratios)
        if key not in self._directions:
            self._directions[key] = self._make("IfcDirection", DirectionRatios=key)
        return self._directions[key]

    def place3(
        self,
        at: Sequence[float] = (0.0, 0.0, 0.0),
        *,
        up: Sequence[float] = (0.0, 0.0, 1.0),
        along: Sequence[float] = (1.0, 0.0, 0.0),
    ) -> Any:
        """Return an IfcAxis2Placement3D: an origin, its z axis and its x axis."""
        return self._make(
            "IfcAxis2Placement3D",
            Location=self.point(*at),
            Axis=self.direction(*up),
            RefDirection=self.direction(*along),
        )

    def placement(self, parent: Any, at: Sequence[float], along: Sequence[float] | Vector) -> Any:
        """Return an IfcLocalPlacement at a point, turned about z only."""
        relative = self.place3(at, along=(along[0], along[1], 0.0))
        return self._make("IfcLocalPlacement", PlacementRelTo=parent, RelativePlacement=relative)

    def curve(self, points: Any, *, closed: bool) -> Any:
        """Return a two-dimensional polyline."""
        rows = [[length(x), length(y)] for x, y in np.asarray(points).tolist()]
        listed = self._make("IfcCartesianPointList2D", CoordList=rows)
        order = [*range(1, len(rows) + 1), *([1] if closed else [])]
        line = self._model.create_entity("IfcLineIndex", order)
        return self._make("IfcIndexedPolyCurve", Points=listed, Segments=[line])

    def rings(self, polygon: Polygon) -> list[Any]:
        """Return the outer border and the holes of a polygon as closed curves."""
        return [
            self.curve(_from_leftmost(ring), closed=True)
            for ring in (polygon.exterior, *polygon.interiors)
        ]

    def profile(self, polygon: Polygon) -> Any:
        """Return a polygon as a closed profile, with voids if it has holes."""
        outer, *inner = self.rings(polygon)
        if not inner:
            return self._make("IfcArbitraryClosedProfileDef", ProfileType="AREA", OuterCurve=outer)
        return self._make(
            "IfcArbitraryProfileDefWithVoids",
            ProfileType="AREA",
            OuterCurve=outer,
            InnerCurves=inner,
        )

    def solid(self, polygon: Polygon, depth: float, *, place: Any = None) -> Any:
        """Return a polygon pushed along the z axis of `place` (the origin by default)."""
        return self._make(
            "IfcExtrudedAreaSolid",
            SweptArea=self.profile(polygon),
            Position=self.origin if place is None else place,
            ExtrudedDirection=self.direction(0.0, 0.0, 1.0),
            Depth=length(depth),
        )

    def solids(self, region: BaseGeometry, depth: float) -> list[Any]:
        """Return one solid for each polygon of a region, standing on its plane."""
        return [self.solid(polygon, depth) for polygon in shapely.get_parts(region)]

    def body(self, solids: Sequence[Any]) -> Any:
        """Return swept solids as a body."""
        return self._representation("Body", "SweptSolid", solids)

    def axis(self, points: Any, *, closed: bool = False) -> Any:
        """Return a polyline as the axis of an element."""
        return self._representation("Axis", "Curve2D", [self.curve(points, closed=closed)])

    def footprint(self, region: BaseGeometry) -> Any:
        """Return the borders of a region as the footprint of an element."""
        curves = [c for polygon in shapely.get_parts(region) for c in self.rings(polygon)]
        if len(curves) == 1:
            return self._representation("FootPrint", "Curve2D", curves)
        gathered = self._make("IfcGeometricCurveSet", Elements=curves)
        return self._representation("FootPrint", "GeometricCurveSet", [gathered])

    def _representation(self, identifier: str, kind: str, items: Sequence[Any]) -> Any:
        return self._make(
            "IfcShapeRepresentation",
            ContextOfItems=self.contexts[identifier],
            RepresentationIdentifier=identifier,
            RepresentationType=kind,
            Items=list(items),
        )

    def shape(self, *representations: Any) -> Any:
        """Return the representations of one product."""
        return self._make("IfcProductDefinitionShape", Representations=list(representations))

    def paint(self, items: Iterable[Any], label: Label, *, opacity: float = 1.0) -> None:
        """Give geometric items the color of a label."""
        style = self._style(label, opacity)
        for item in items:
            self._make("IfcStyledItem", Item=item, Styles=[style])

    def _style(self, label: Label, opacity: float) -> Any:
        key = (label.name, opacity)
        if key not in self._styles:
            red, green, blue = label.color
            rendering = self._make(
                "IfcSurfaceStyleRendering",
                SurfaceColour=self._make("IfcColourRgb", Red=red, Green=green, Blue=blue),
                Transparency=round(1.0 - opacity, DECIMALS),
                ReflectanceMethod="NOTDEFINED",
            )
            self._styles[key] = self._make(
                "IfcSurfaceStyle", Name=label.name, Side="BOTH", Styles=[rendering]
            )
        return self._styles[key]


def _from_leftmost(ring: shapely.LinearRing) -> Vector:
    """Return the corners of a ring from its leftmost one on.

    OpenCASCADE leaves faces without triangles for some outlines that have several sides
    on one line, depending on where they start; from here it never did in thousands.
    """
    corners = np.round(shapely.get_coordinates(ring)[:-1], DECIMALS)
    return np.roll(corners, -int(np.lexsort(corners.T[::-1])[0]), axis=0)
