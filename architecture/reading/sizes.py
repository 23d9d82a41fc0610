"""Sizes that buildings share the world over, and what a voice of the unit vote says.

All densities are mixtures with a flat floor, so that no single oddity decides, and a
drawing that is no building at all leaves the vote open.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import numpy as np

from architecture.drawing import Evidence
from architecture.reading.primitives import FloatArray

METERS_PER_UNIT: Final = MappingProxyType(
    {"mm": 0.001, "cm": 0.01, "dm": 0.1, "m": 1.0, "in": 0.0254, "ft": 0.3048}
)
"""Candidates and their lengths in metres."""
UNIT_NAMES: Final = MappingProxyType(
    {unit: unit for unit in METERS_PER_UNIT} | {"in": "inches", "ft": "feet"}
)
"""Units as they are written in sentences."""
PRIOR: Final = MappingProxyType(
    {"mm": 0.359, "cm": 0.15, "dm": 0.001, "m": 0.26, "in": 0.2, "ft": 0.03}
)
"""How often buildings are drawn in each unit."""
FLAT_SPAN: Final = 14.0
"""Width of the flat floor of all densities, in natural logarithms of a length (10⁻³ to 10³ m)."""


class Scene(StrEnum):
    """What is drawn: the same lengths mean other things on a map."""

    PLAN = "plan"
    SITE = "site"


SCENE_PRIOR: Final = MappingProxyType({Scene.PLAN: 0.95, Scene.SITE: 0.05})
"""How often a drawing is a building's plan, or a map of outlines."""


@dataclass(frozen=True, slots=True)
class Size:
    """A size that buildings share: log-normal around `center_m`, true for a `share` of
    the measurements, the rest being anything.
    """

    center_m: float
    sigma: float
    share: float

    def log_density(self, lengths_m: FloatArray) -> FloatArray:
        """Return the logarithm of the mixture's density of ln(length)."""
        z = (np.log(np.maximum(lengths_m, 1e-300)) - math.log(self.center_m)) / self.sigma
        bell = np.exp(-0.5 * z * z) / (self.sigma * math.sqrt(2.0 * math.pi))
        return np.log(self.share * bell + (1.0 - self.share) / FLAT_SPAN)


ANYTHING: Final = Size(1.0, 1.0, 0.0)
"""A length that says nothing."""
LEAF: Final = Size(0.84, 0.2, 0.75)
"""Door leaf with its line: 0.6 to 1.2 m (DIN 18101: 610 to 1235 mm; US: 24 to 48 in)."""
SWING: Final = Size(0.84, 0.2, 0.35)
"""Quarter circle without a leaf: a door, or a fillet or a fixture."""
WALL: Final = Size(0.16, 0.5, 0.6)
"""Distance between two parallel lines: wall 0.07 to 0.5 m, or anything."""
GAP: Final = Size(0.88, 0.17, 0.3)
"""Gap in a line: a door 0.65 to 1.2 m, or anything."""
FACE: Final = Size(3.5, 0.9, 0.8)
"""Side of a square of the area of a compact face, weighted by it: a room."""
SITE_FACE: Final = Size(10.0, 0.7, 0.8)
"""The same on a map: a building's outline."""
EXTENT: Final = Size(22.0, 1.1, 0.9)
"""Larger side of the drawn building: 5 to 200 m."""
SITE_EXTENT: Final = Size(300.0, 1.2, 0.9)
"""Larger side of a map: a plot to a quarter."""
LETTER: Final = Size(0.18, 0.5, 0.8)
"""Height of letters: 2.5 to 3.5 mm on paper at 1:50 or 1:100."""
SITE_LETTER: Final = Size(1.5, 0.7, 0.8)
"""Height of letters on a map: 2 to 4 mm at 1:250 to 1:1000."""
SPAN: Final = Size(1.8, 1.2, 0.9)
"""Length measured by one dimension."""
LONGEST_SPAN: Final = Size(10.0, 0.9, 0.9)
"""Longest length measured by a dimension: most of a house."""
ROUGH_ROOM: Final = Size(1.0, 0.3, 0.6)
"""Ratio of a room's printed size to the size seen around its text."""
LogWeights = dict[str, float]
"""Logarithmic likelihood by unit."""


@dataclass(frozen=True, slots=True)
class Testimony:
    """One voice: logarithmic likelihood by unit if a plan is drawn, and if a map is.

    Without `on_map` the voice says the same of both.
    """

    source: str
    log_weights: Mapping[str, float]
    message: str
    on_map: Mapping[str, float] | None = None

    def weights_in(self, scene: Scene) -> Mapping[str, float]:
        """Return the logarithmic likelihoods for what is drawn."""
        return self.log_weights if scene is Scene.PLAN or self.on_map is None else self.on_map

    def evidence(self, scene: Scene) -> Evidence:
        """Return the voice for the report: the best unit has weight 1."""
        told = self.weights_in(scene)
        best = max(told.values())
        weights = {unit: round(math.exp(value - best), 4) for unit, value in told.items()}
        return Evidence(source=self.source, weight_by_unit=weights, message=self.message)


def measured(
    lengths: FloatArray, size: Size, strength: float, weights: FloatArray | None = None
) -> LogWeights:
    """Return the weighted mean log-likelihood of lengths (drawing units) by unit."""
    return {
        unit: strength * float(np.average(size.log_density(lengths * meters), weights=weights))
        for unit, meters in METERS_PER_UNIT.items()
    }


def best_unit(log_weights: Mapping[str, float]) -> str:
    """Return the unit that is likeliest."""
    return max(log_weights, key=lambda unit: log_weights[unit])
