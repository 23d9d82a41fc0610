"""The whole road on real scans, beside VTK."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import medical
from shared.meshing import topology
from shared.volume import Volume

pytestmark = pytest.mark.real

VTK_SAMPLES = 20_000


@pytest.fixture(scope="module")
def head(real_data: Path) -> Volume:
    return medical.read_volume(real_data / "medical" / "head_ct" / "dicom")


def vtk_isosurface(volume: Volume, level: float):  # type: ignore[no-untyped-def]
    """The surface by vtkFlyingEdges3D, closed by a border of air, in LPS."""
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

    padded = np.pad(volume.values, 1, constant_values=-1024)
    image = vtk.vtkImageData()
    image.SetDimensions(*padded.shape[::-1])
    image.SetOrigin(-1, -1, -1)
    image.GetPointData().SetScalars(numpy_to_vtk(padded.ravel(), deep=True))
    edges = vtk.vtkFlyingEdges3D()
    edges.SetInputData(image)
    edges.SetValue(0, level)
    edges.ComputeNormalsOff()
    edges.ComputeGradientsOff()
    edges.Update()
    surface = edges.GetOutput()
    kji = vtk_to_numpy(surface.GetPoints().GetData()).astype(np.float64)
    lps = volume.affine.apply(kji[:, ::-1])
    surface.GetPoints().SetData(numpy_to_vtk(lps, deep=True))
    mass = vtk.vtkMassProperties()
    mass.SetInputData(surface)
    mass.Update()
    return surface, mass.GetVolume() / 1000.0


def test_everything_at_300_hu_agrees_with_flying_edges(head: Volume) -> None:
    import vtk

    made = medical.reconstruct(head, level=300.0, keep="all")
    (part,) = made.report.parts
    assert part.closed
    assert part.manifold
    assert part.outward
    surface, volume_ml = vtk_isosurface(head, 300.0)
    assert part.volume_ml == pytest.approx(volume_ml, rel=0.005)
    locator = vtk.vtkStaticCellLocator()
    locator.SetDataSet(surface)
    locator.BuildLocator()
    mesh = made.scene.parts[0].mesh
    chosen = np.random.default_rng(1).choice(len(mesh.vertices), VTK_SAMPLES, replace=False)
    nearest, cell = [0.0, 0.0, 0.0], vtk.vtkGenericCell()
    number, part_of_cell, square = vtk.mutable(0), vtk.mutable(0), vtk.mutable(0.0)
    squares = []
    for vertex in mesh.vertices[chosen].tolist():
        locator.FindClosestPoint(vertex, nearest, cell, number, part_of_cell, square)
        squares.append(float(square))
    assert np.percentile(np.sqrt(squares), 95) <= 0.1


def test_by_default_the_head_holder_goes_and_the_skull_with_its_jaw_is_one_piece(
    head: Volume,
) -> None:
    made = medical.reconstruct(head)
    (bone,) = made.report.parts
    assert bone.pieces == 1
    assert bone.voxel_volume_ml == pytest.approx(554.0, rel=0.01)
    assert topology(made.scene.parts[0].mesh).solid
    gone = [f.details["volume_ml"] for f in made.report.findings if f.code == "piece-removed"]
    assert sorted(gone) == [pytest.approx(25.4, abs=0.5), pytest.approx(25.7, abs=0.5)]
    assert made.report.warnings == ()


def test_the_skin_is_one_closed_head_with_both_ears_and_the_nose(head: Volume) -> None:
    made = medical.reconstruct(head, "skin")
    (skin,) = made.report.parts
    assert (skin.pieces, skin.cavities) == (1, 0)
    assert skin.closed
    assert skin.manifold
    assert 3150.0 < skin.volume_ml < 3250.0
    (low_x, low_y, _), (high_x, _, _) = skin.bounds_mm
    everything = medical.reconstruct(head, "skin", keep="all").report.parts[0]
    assert everything.pieces >= 3
    assert high_x - low_x == pytest.approx(192.0, abs=3.0)  # over the ears
    assert low_y == pytest.approx(everything.bounds_mm[0][1], abs=0.01)  # the tip of the nose


def test_the_couch_goes_from_bone_and_skin_of_a_chest(real_data: Path) -> None:
    chest = medical.read_volume(real_data / "medical" / "chest_ct" / "chest.nii.gz")
    made = medical.reconstruct(chest, ["bone", "skin"])
    bone, skin = made.report.parts
    assert (skin.pieces, skin.cavities) == (1, 0)
    assert bone.manifold
    assert skin.manifold
    couch = {
        f.details["label"]: f
        for f in made.report.findings
        if f.code == "piece-removed" and f.details["volume_ml"] > 50.0
    }
    assert set(couch) == {"bone", "skin"}
    assert all(f.details["reason"] == "apparatus" for f in couch.values())
    assert skin.bounds_mm[1][1] < couch["skin"].place[1]  # type: ignore[index]


def test_a_plastic_head_is_kept_and_its_holder_is_not(real_data: Path) -> None:
    volume = medical.read_volume(real_data / "medical" / "tilted_head_ct" / "dicom")
    made = medical.reconstruct(volume)
    (bone,) = made.report.parts
    assert bone.voxel_volume_ml == pytest.approx(298.5, rel=0.01)
    assert bone.manifold
    assert made.report.grid.tilt_deg == pytest.approx(18.5, abs=0.1)
    gone = [f.details["volume_ml"] for f in made.report.findings if f.code == "piece-removed"]
    assert sorted(gone) == [pytest.approx(20.7, abs=0.5), pytest.approx(22.2, abs=0.5)]
