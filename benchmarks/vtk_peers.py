"""What all peers of VTK share: its threads, its images, its meshes."""

from __future__ import annotations

import os
from functools import cache
from typing import Any


@cache
def use_all_threads() -> None:
    """Let VTK's filters run on all processors; its wheels use one unless told."""
    from vtkmodules.vtkCommonCore import vtkSMPTools

    threads = len(os.sched_getaffinity(0))
    if not vtkSMPTools.SetBackend("STDThread"):
        raise ImportError("this VTK has no threads")
    vtkSMPTools.Initialize(threads)
    if vtkSMPTools.GetEstimatedNumberOfThreads() != threads:
        raise ImportError("this VTK does not take all threads")


def image(values: Any) -> Any:
    """Return an array as a vtkImageData: the same memory, the same number type."""
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData

    use_all_threads()
    found = vtkImageData()
    found.SetDimensions(*values.shape[::-1])
    found.GetPointData().SetScalars(numpy_to_vtk(values.reshape(-1)))
    return found


def poly_data(vertices: Any, faces: Any) -> Any:
    """Return triangles as a vtkPolyData."""
    import numpy as np
    from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData

    use_all_threads()
    points, cells, found = vtkPoints(), vtkCellArray(), vtkPolyData()
    points.SetData(numpy_to_vtk(vertices, deep=True))
    starts = np.arange(0, 3 * len(faces) + 1, 3, dtype=np.int64)
    corners = faces.reshape(-1).astype(np.int64)
    cells.SetData(
        numpy_to_vtkIdTypeArray(starts, deep=True), numpy_to_vtkIdTypeArray(corners, deep=True)
    )
    found.SetPoints(points)
    found.SetPolys(cells)
    return found


def cell_count(found: Any) -> str:
    """Return how many faces a vtkPolyData has."""
    return f"{found.GetNumberOfCells():,} faces"
