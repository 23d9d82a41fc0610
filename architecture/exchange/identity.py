"""Identities of IFC entities, derived from what they stand for.

The same building gives the same identifiers, so that issues pinned to an element find
it again in the next export of the same drawing.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from architecture.building.elements import Building

NAMESPACE: Final = uuid.UUID("6f1a3c9e-5a0b-5d0e-9b57-1f1b7a3c2d40")
"""Namespace of every identifier made here (RFC 9562, version 5)."""

_DECIMALS: Final = 4
"""Coordinates count to a tenth of a millimetre."""


class Identity:
    """Gives global identifiers for one building.

    Two elements of one building never share one: the path of each is unique.
    """

    def __init__(self, building: Building) -> None:
        self._seed = _seed_of(building)

    def of(self, path: str, shape: BaseGeometry | None = None) -> str:
        """Return the 22-character GlobalId of what stands at `path` with this outline."""
        import ifcopenshell.guid

        outline = "" if shape is None else _digest_of(shape)
        identifier = uuid.uuid5(NAMESPACE, f"{self._seed}|{path}|{outline}")
        return str(ifcopenshell.guid.compress(identifier.hex))


def _seed_of(building: Building) -> str:
    """Return what tells this building from others: its sources, else its whole outline."""
    sources = [source.sha256 for source in building.provenance.sources]
    if sources:
        return "+".join(sources)
    shapes = [
        _digest_of(shape)
        for storey in building.storeys
        for shape in (
            *(wall.footprint for wall in storey.walls),
            *(space.outline for space in storey.spaces),
            *(slab.footprint for slab in storey.slabs),
        )
    ]
    return hashlib.sha256("|".join([building.name, *shapes]).encode()).hexdigest()


def _digest_of(shape: BaseGeometry) -> str:
    coordinates = np.round(shapely.get_coordinates(shape), _DECIMALS) + 0.0
    return hashlib.sha256(coordinates.astype("<f8").tobytes()).hexdigest()
