"""Facts in an IFC file: property sets, quantities, materials."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from architecture.exchange.identity import Identity

QUANTITY_DECIMALS: Final = 6
"""Decimals written of quantities, in metres, square metres and cubic metres."""

UNSPECIFIED_MATERIAL: Final = "Not specified"
"""Plans seldom tell what walls and slabs are made of."""

_QUANTITIES: Final = {
    "length": ("IfcQuantityLength", "LengthValue"),
    "area": ("IfcQuantityArea", "AreaValue"),
    "volume": ("IfcQuantityVolume", "VolumeValue"),
}

_VALUE_TYPES: Final = {bool: "IfcBoolean", int: "IfcInteger", float: "IfcReal", str: "IfcLabel"}


class Facts:
    """Collects what is told of products and writes it once all of them stand."""

    def __init__(self, model: Any, identity: Identity) -> None:
        self._model = model
        self._identity = identity
        self._sets: defaultdict[tuple[str, tuple[tuple[str, Any], ...]], list[Any]] = defaultdict(
            list
        )
        self._layers: defaultdict[tuple[str, float], list[Any]] = defaultdict(list)

    def _make(self, entity: str, **attributes: Any) -> Any:
        return self._model.create_entity(entity, **attributes)

    def tell(self, product: Any, name: str, values: Mapping[str, Any]) -> None:
        """Give a product a property set; equal ones are shared. None and "" are left out."""
        known = tuple((key, v) for key, v in values.items() if v is not None and v != "")
        if known:
            self._sets[name, known].append(product)

    def measure(
        self, product: Any, name: str, quantities: Sequence[tuple[str, str, float]]
    ) -> None:
        """Give a product a quantity set of (name, length | area | volume, value)."""
        made = []
        for quantity, kind, value in quantities:
            entity, attribute = _QUANTITIES[kind]
            rounded = round(float(value), QUANTITY_DECIMALS) + 0.0
            made.append(self._make(entity, Name=quantity, **{attribute: rounded}))
        identifier = self._identity.of(f"{product.GlobalId}/{name}")
        definition = self._make(
            "IfcElementQuantity", GlobalId=identifier, Name=name, Quantities=made
        )
        self._define([product], definition, f"{identifier}/defines")

    def build_of(self, product: Any, kind: str, thickness_m: float) -> None:
        """Say that a wall or slab is one layer of a thickness."""
        self._layers[kind, round(thickness_m, QUANTITY_DECIMALS)].append(product)

    def write(self) -> None:
        """Write what was collected."""
        for (name, known), products in self._sets.items():
            identifier = self._identity.of(f"{products[0].GlobalId}/{name}")
            properties = [
                self._make("IfcPropertySingleValue", Name=key, NominalValue=self._value(value))
                for key, value in known
            ]
            definition = self._make(
                "IfcPropertySet", GlobalId=identifier, Name=name, HasProperties=properties
            )
            self._define(products, definition, f"{identifier}/defines")
        if self._layers:
            material = self._make("IfcMaterial", Name=UNSPECIFIED_MATERIAL)
            for (kind, thickness_m), products in self._layers.items():
                self._write_layers(material, kind, thickness_m, products)

    def _value(self, value: Any) -> Any:
        return self._model.create_entity(_VALUE_TYPES[type(value)], value)

    def _define(self, products: Sequence[Any], definition: Any, path: str) -> None:
        self._make(
            "IfcRelDefinesByProperties",
            GlobalId=self._identity.of(path),
            RelatedObjects=list(products),
            RelatingPropertyDefinition=definition,
        )

    def _write_layers(
        self, material: Any, kind: str, thickness_m: float, products: Sequence[Any]
    ) -> None:
        """Associate one layer: centred on the axis of walls, upwards from the foot of slabs."""
        is_wall = kind == "Wall"
        layer = self._make("IfcMaterialLayer", Material=material, LayerThickness=thickness_m)
        layers = self._make(
            "IfcMaterialLayerSet",
            MaterialLayers=[layer],
            LayerSetName=f"{kind} {1000 * thickness_m:g} mm",
        )
        usage = self._make(
            "IfcMaterialLayerSetUsage",
            ForLayerSet=layers,
            LayerSetDirection="AXIS2" if is_wall else "AXIS3",
            DirectionSense="POSITIVE",
            OffsetFromReferenceLine=-thickness_m / 2 if is_wall else 0.0,
        )
        self._make(
            "IfcRelAssociatesMaterial",
            GlobalId=self._identity.of(f"material/{kind}/{thickness_m}"),
            RelatedObjects=list(products),
            RelatingMaterial=usage,
        )
