"""Field → mesh: isosurfaces of scalar fields, closed and manifold by construction."""

from shared.surfaces.caps import BorderCap, border_caps
from shared.surfaces.isosurface import isosurface
from shared.surfaces.label_surfaces import label_surfaces
from shared.surfaces.probability_surfaces import probability_surfaces

__all__ = ["BorderCap", "border_caps", "isosurface", "label_surfaces", "probability_surfaces"]
