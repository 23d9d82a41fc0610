"""Field → field: filters of volumes, masks and labels on their grid."""

from shared.filters.components import Components, Connectivity, components, drop_below, keep_largest
from shared.filters.fill_holes import fill_holes

__all__ = [
    "Components",
    "Connectivity",
    "components",
    "drop_below",
    "fill_holes",
    "keep_largest",
]
