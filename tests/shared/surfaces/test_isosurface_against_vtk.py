"""On a real scan the surface is the one that VTK finds, but closed."""

from __future__ import annotations

import numpy as np
import pytest

from shared.affine import Affine
from shared.meshing import topology
from shared.surfaces import isosurface
from shared.volume import Volume

LEVEL_HU = 300.0
AIR_HU = -1024


@pytest.fixture(scope="module")
def head(real_data):
    import pydicom

    slices = [
        pydicom.dcmread(path) for path in sorted((real_data / "medical/head_ct/dicom").iterdir())
    ]
    slices.sort(key=lambda one: float(one.ImagePositionPatient[2]))
    first, second = (np.array(one.ImagePositionPatient, float) for one in slices[:2])
    row_mm, column_mm = (float(step) for step in slices[0].PixelSpacing)
    matrix = np.eye(4)
    matrix[:3, :3] = np.transpose([second - first, (0, row_mm, 0), (column_mm, 0, 0)])
    matrix[:3, 3] = first
    values = np.stack(
        [one.pixel_array * one.RescaleSlope + one.RescaleIntercept for one in slices]
    ).astype(np.int16)
    return Volume(values=values, affine=Affine(matrix))


@pytest.fixture(scope="module")
def vtk_surface(head):
    """Vertices, faces and volume of `vtkFlyingEdges3D` on the padded scan."""
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D, vtkMassProperties

    padded = np.pad(head.values, 1, constant_values=AIR_HU)
    image = vtkImageData()
    image.SetDimensions(*padded.shape[::-1])
    image.SetSpacing(*head.affine.spacing[::-1])
    image.SetOrigin(*(head.affine.origin - np.array(head.affine.spacing)[::-1]))
    image.GetPointData().SetScalars(numpy_to_vtk(padded.ravel()))
    edges = vtkFlyingEdges3D()
    edges.SetInputData(image)
    edges.SetValue(0, LEVEL_HU)
    edges.ComputeNormalsOff()
    edges.Update()
    mass = vtkMassProperties()
    mass.SetInputConnection(edges.GetOutputPort())
    return vtk_to_numpy(edges.GetOutput().GetPoints().GetData()), mass.GetVolume()


@pytest.mark.real
def test_the_skull_is_a_solid_of_the_volume_and_place_that_vtk_finds(head, vtk_surface):
    from scipy.spatial import cKDTree

    points, vtk_volume = vtk_surface
    mesh = isosurface(head, LEVEL_HU)
    state = topology(mesh)
    assert state.solid
    corners = mesh.vertices.astype(float)[mesh.faces]
    enclosed = np.einsum("fc,fc->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
    assert enclosed == pytest.approx(vtk_volume, rel=5e-3)
    some = mesh.vertices[:: max(1, len(mesh.vertices) // 20_000)]
    distance, _ = cKDTree(points).query(some)
    assert np.quantile(distance, 0.95) < 0.1
