"""The skull of a head CT: some 670,000 faces, thin walls, hundreds of cavities and handles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from shared.affine import Affine
from shared.meshing import (
    compare,
    components,
    measure,
    repair,
    select_faces,
    self_intersections,
    simplify,
    smooth,
    thickness,
    topology,
)
from shared.surfaces import isosurface
from shared.volume import Volume

pytestmark = pytest.mark.real

BONE_HU = 300.0


@pytest.fixture(scope="module")
def head(real_data):
    import SimpleITK

    reader = SimpleITK.ImageSeriesReader()
    folder = str(real_data / "medical" / "head_ct" / "dicom")
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(folder))
    image = reader.Execute()
    affine = Affine.from_parts(
        spacing=image.GetSpacing()[::-1],
        origin=image.GetOrigin(),
        direction=np.reshape(image.GetDirection(), (3, 3))[:, ::-1],
    )
    return Volume(values=SimpleITK.GetArrayFromImage(image), affine=affine)


@pytest.fixture(scope="module")
def skull(head):
    return isosurface(head, BONE_HU)


@pytest.fixture(scope="module")
def face(head):
    """The thin walls around nose and eyes: the hardest fifth of the skull."""
    return isosurface(replace(head, values=head.values[28:50]), BONE_HU)


@pytest.fixture(scope="module")
def quarter(skull):
    return simplify(skull, share=0.25)


def kind(mesh):
    found = topology(mesh)
    return found.solid, found.genus, found.components, found.cavities


def test_the_skull_is_a_solid_that_does_not_cross_itself(skull):
    assert topology(skull).solid
    assert len(self_intersections(skull)) == 0
    assert measure(skull).volume_ml == pytest.approx(609.0, rel=0.005)
    assert components(skull).volumes_ml[0] == pytest.approx(565.0, rel=0.01)


def test_a_quarter_of_its_faces_are_the_same_solid(skull, quarter):
    assert kind(quarter) == kind(skull)
    assert len(quarter.faces) == pytest.approx(0.25 * len(skull.faces), rel=1e-3)
    assert quarter.self_intersections == len(self_intersections(quarter)) == 0
    assert measure(quarter).volume_ml == pytest.approx(measure(skull).volume_ml, rel=1e-3)


def test_a_quarter_of_its_faces_are_within_half_a_millimetre(skull, quarter):
    found = compare(quarter, skull)
    assert found.mean_mm < 0.018
    assert found.p95_mm < 0.05
    assert found.max_mm < 0.6
    assert found.max_mm <= quarter.deviation_bound_mm


def test_a_deviation_is_held_and_saves_faces(face):
    simpler = simplify(face, deviation_mm=0.2)
    assert kind(simpler) == kind(face)
    assert simpler.self_intersections == 0
    assert len(simpler.faces) < 0.4 * len(face.faces)
    assert compare(simpler, face).max_mm <= simpler.deviation_bound_mm <= 0.2


def test_smoothing_keeps_the_solid_its_volume_and_its_distance(face):
    smoothed = smooth(face, within_mm=0.4)
    assert kind(smoothed) == kind(face)
    assert len(self_intersections(smoothed)) == 0
    assert measure(smoothed).volume_ml == pytest.approx(measure(face).volume_ml, rel=0.005)
    assert np.linalg.norm(smoothed.vertices - face.vertices, axis=1).max() <= 0.4
    assert compare(smoothed, face).max_mm <= 0.4


def test_missing_and_turned_faces_are_repaired_to_the_same_solid(face):
    random = np.random.default_rng(0)
    damaged = select_faces(face, random.random(len(face.faces)) > 0.005)
    some = random.random(len(damaged.faces)) < 0.1
    faces = np.where(some[:, None], damaged.faces[:, ::-1], damaged.faces)
    repaired = repair(replace(damaged, faces=faces))
    assert kind(repaired) == kind(face)
    assert len(self_intersections(repaired)) == 0
    assert measure(repaired).volume_ml == pytest.approx(measure(face).volume_ml, rel=1e-4)
    assert repair(face).changes == ()


def test_walls_around_nose_and_eyes_are_thin(face):
    by_ray, by_ball = (thickness(face, by=by, samples=3000) for by in ("ray", "sphere"))
    assert by_ray.unmeasured == by_ball.unmeasured == 0
    assert 1.0 < by_ball.percentile_mm(50) < by_ray.percentile_mm(50) < 6.0
    assert (by_ball.values_mm <= by_ray.values_mm * (1.0 + 1e-9)).all()
