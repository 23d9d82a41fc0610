"""Meshes in, meshes or numbers out: measure, check, compare, smooth, simplify.

One public function an idea, one file each. Compiled kernels are loaded when a
function runs, so importing this package is cheap.
"""

from shared.meshing.compare import Deviation, Distances, compare
from shared.meshing.components import Components, components, select_faces, split
from shared.meshing.hausdorff import hausdorff_bound_mm
from shared.meshing.measure import Measures, area_mm2, measure, volume_ml
from shared.meshing.repair import Change, Hole, HoleState, Mend, Repaired, repair
from shared.meshing.self_intersections import self_intersections
from shared.meshing.simplify import Simplified, simplify
from shared.meshing.smooth import smooth
from shared.meshing.thickness import Thickness, ThicknessBy, thickness
from shared.meshing.topology import Topology, topology
from shared.meshing.weld import weld

__all__ = [
    "Change",
    "Components",
    "Deviation",
    "Distances",
    "Hole",
    "HoleState",
    "Measures",
    "Mend",
    "Repaired",
    "Simplified",
    "Thickness",
    "ThicknessBy",
    "Topology",
    "area_mm2",
    "compare",
    "components",
    "hausdorff_bound_mm",
    "measure",
    "repair",
    "select_faces",
    "self_intersections",
    "simplify",
    "smooth",
    "split",
    "thickness",
    "topology",
    "volume_ml",
    "weld",
]
