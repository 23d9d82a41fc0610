"""Field → field: filters of volumes, masks and labels on their grid."""

from shared.filters.components import Components, Connectivity, components, drop_below, keep_largest
from shared.filters.distance import distance
from shared.filters.fill_holes import fill_holes
from shared.filters.gaussian import gaussian
from shared.filters.grids import respaced_grid, straight_grid
from shared.filters.morphology import closing, dilate, erode, opening
from shared.filters.resample import Interpolation, resample
from shared.filters.threshold import threshold

__all__ = [
    "Components",
    "Connectivity",
    "Interpolation",
    "closing",
    "components",
    "dilate",
    "distance",
    "drop_below",
    "erode",
    "fill_holes",
    "gaussian",
    "keep_largest",
    "opening",
    "resample",
    "respaced_grid",
    "straight_grid",
    "threshold",
]
