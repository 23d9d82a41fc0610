"""The surfaces of all labels of a label map at once, with shared borders."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from shared.device import is_host
from shared.errors import InvalidValueError, UsageError

if TYPE_CHECKING:
    from shared.mesh import Mesh
    from shared.segmentation import LabelMap

DEFAULT_ITERATIONS: Final = 24
"""Steps that take the staircase of voxels off a surface: 8° of normals are left on a ball."""
DEFAULT_RELAXATION: Final = 0.63
"""λ: share of the way to the mean of its neighbors that a vertex goes (Taubin 1995)."""
MOST_RELAXATION: Final = 2.0 / 3.0
"""Largest λ with which no pattern of offsets grows when steps go forward and back."""


def label_surfaces(
    label_map: LabelMap,
    *,
    iterations: int = DEFAULT_ITERATIONS,
    relaxation: float = DEFAULT_RELAXATION,
    keep_size: bool = True,
) -> Mapping[int, Mesh]:
    """Return the surface of every label that has voxels, by its value.

    Surface nets for all labels at once: each cell between 8 voxels that are not all of
    one label holds one vertex, which all labels there share, and each edge of the grid
    between two labels one quad, cut into the same two triangles for both. The
    vertices are then smoothed together, each within its own cell.

    Parameters
    ----------
    label_map
        Integer labels of any type and memory layout; 0 is background and gets no surface.
        Bytes are read where they lie; of other types or strides along k one copy is made, in
        the smallest type that holds the labels.
    iterations
        Steps of smoothing; with 0 the surfaces run midway between voxel centers.
    relaxation
        Share of the way to the mean of its neighbors that a vertex goes in one step, from
        0 to 1.
    keep_size
        Let every other step go a little farther back than the last went forward, so that
        bodies keep their volume (Taubin; relaxation up to 2/3). If False, all steps go
        forward, as in VTK's surface nets: 16 steps of 0.5 are smoother than the default
        here, but take an eighth of the volume of a ball of 8 voxels' radius.

    Returns
    -------
    Mapping of int to Mesh
        Ordered by value, in the map's frame. For every label map whatever:

        - each mesh is closed and 2-manifold by itself, also when written as float32,
          read and merged by position, and counter-clockwise seen from outside in
          world;
        - neighbors have identical vertices and triangles (turned around) where they
          touch, so there is neither a crack nor an overlap;
        - but where voxels of one label touch only diagonally, across a corner, an edge or
          an ambiguous face, that label has a vertex for each of its sheets in the cell,
          moved apart from the others by `SEPARATION` (0.001 of a voxel step) from where
          its neighbors have theirs: no other difference between neighbors exists;
        - no vertex comes closer than `CELL_MARGIN` (0.01) of a step to the walls of its
          cell, so the surface winds around the same voxel centers as the label does;
        - at the border of the grid bodies end flat, on the outer faces of the voxels.

    Raises
    ------
    InvalidValueError
        If the smoothing is out of range or a surface needs more than 2³¹ − 1 vertices
        or faces.

    Notes
    -----
    Where three labels or more meet, vertices are smoothed along the curve on which they
    meet. Vertices are float32: the guarantee on merging holds as long as 0.001 of the
    smallest spacing exceeds the resolution of float32 at the coordinates: spacing of
    0.3 mm within 2 m of the origin, say. Meshes of one map are views of one array.
    Triangles of a smoothed surface can in rare places pass through one another.

    References
    ----------
    Gibson: Constrained Elastic Surface Nets, MICCAI 1998, doi:10.1007/BFb0056277.
    Taubin: A signal processing approach to fair surface design, SIGGRAPH 1995,
    doi:10.1145/218380.218473.
    Schroeder, Tsalikis, Halle, Frisken: A High-Performance SurfaceNets Discrete
    Isocontouring Algorithm, 2024, arXiv:2401.14906. The sheets: `shared.surfaces.sheets`.
    """
    from shared.surfaces.label_net import dense_labels, find_cells, meshes, middles, relaxed

    most = MOST_RELAXATION if keep_size else 1.0
    if iterations < 0 or not 0.0 <= relaxation <= most:
        raise InvalidValueError(
            f"Smoothing takes 0 or more steps and a relaxation from 0 to {most:.4g}, "
            f"not {iterations} and {relaxation}."
        )
    if not is_host(label_map.values):
        raise UsageError("Label surfaces work on NumPy arrays.", remedy="Move the map to host.")
    labels, meanings = dense_labels(label_map.values, tuple(label_map.labels.values))
    cells = find_cells(labels, len(meanings))
    offsets = relaxed(cells, middles(cells), iterations, relaxation, keep_size)
    found = meshes(cells, offsets, label_map.affine, label_map.frame)
    return MappingProxyType({meanings[number]: mesh for number, mesh in found.items()})
