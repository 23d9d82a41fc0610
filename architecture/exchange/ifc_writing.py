"""Write a building as IFC4 (ISO 16739-1), with walls, voids, fillings, slabs and spaces.

Entities are created directly, in the building's order, with identifiers made of their
content: the same building and timestamp give the same bytes. No file name, user or
machine is told; the time is that of writing unless it is given (`moments.time_to_tell`).
"""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from architecture.building.elements import Building, Storey
from architecture.exchange.identity import Identity
from architecture.exchange.ifc_elements import Elements
from architecture.exchange.ifc_geometry import Shapes, length
from architecture.exchange.ifc_properties import Facts
from architecture.exchange.moments import time_to_tell
from shared.formats.outputs import Staging, staged_outputs

VIEW_DEFINITION: Final = "ViewDefinition [DesignTransferView_V1.0]"

LOCAL_CRS: Final = "Drawing coordinates"
"""Name of the coordinates a drawing states without saying where on earth they are."""


def write_ifc(
    building: Building,
    target: str | Path,
    *,
    timestamp: datetime | None = None,
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
        Time in the header; None takes ``SOURCE_DATE_EPOCH`` where it is set, else now.
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
    UsageError
        If ``SOURCE_DATE_EPOCH`` is set to no number of seconds.

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


def ifc_model(building: Building, *, timestamp: datetime | None = None) -> Any:
    """Return a building as an `ifcopenshell.file`; see `write_ifc`."""
    import ifcopenshell

    model = ifcopenshell.file(schema="IFC4")
    _write_header(model, time_to_tell(timestamp))
    _Writer(model, building).write()
    return model


def _write_header(model: Any, written_at: str) -> None:
    try:
        own = f"recon-toolkit {version('recon-toolkit')}"
    except PackageNotFoundError:
        own = "recon-toolkit"
    model.header.file_description.description = (VIEW_DEFINITION,)
    name = model.header.file_name
    name.name = ""
    name.time_stamp = written_at
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
        self._elements = Elements(model, self._identity, self._shapes, self._facts)

    def _make(self, entity: str, **attributes: Any) -> Any:
        return self._model.create_entity(entity, **attributes)

    def write(self) -> None:
        shapes, name = self._shapes, self._building.name
        project = self._elements.root(
            "IfcProject",
            "/project",
            Name=name,
            RepresentationContexts=[shapes.model_context],
            UnitsInContext=self._units(),
        )
        self._write_map_conversion()
        ground = shapes.placement(None, (0.0, 0.0, 0.0), (1.0, 0.0))
        site = self._elements.root(
            "IfcSite", "/site", Name="Site", ObjectPlacement=ground, CompositionType="ELEMENT"
        )
        house = self._elements.root(
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
            self._elements.root(
                "IfcRelAggregates",
                f"{path}/aggregates",
                RelatingObject=whole,
                RelatedObjects=parts,
            )

    def _storey(self, storey: Storey, number: int, house: Any) -> Any:
        path = f"/storey_{number}"
        placement = self._shapes.placement(house, (0.0, 0.0, storey.elevation_m), (1.0, 0.0))
        entity = self._elements.root(
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
        contained = [self._elements.slab(slab, path, placement) for slab in storey.slabs]
        for wall in storey.walls:
            contained += self._elements.wall(wall, path, placement)
        contained += [self._elements.column(column, path, placement) for column in storey.columns]
        if contained:
            self._elements.root(
                "IfcRelContainedInSpatialStructure",
                f"{path}/contains",
                RelatedElements=contained,
                RelatingStructure=entity,
            )
        spaces = [self._elements.space(space, storey, path, placement) for space in storey.spaces]
        self._aggregate(entity, spaces, path)
        return entity
