"""Meshes that live on a device: smoothed and measured there, brought over to be written."""

from __future__ import annotations

import numpy as np
import pytest

from shared import meshing
from shared.affine import Affine
from shared.concept import Label
from shared.errors import InvalidValueError, UsageError
from shared.formats import read_scene, write_scene
from shared.mesh import Mesh
from shared.meshing import measure, smooth
from shared.meshing.cuda import smooth as cuda_smooth
from shared.meshing.smooth import GROW, SHRINK
from shared.scene import Part, Scene
from shared.surfaces import isosurface
from shared.volume import Volume
from tests.reference.meshing_smooth import taubin

torch = pytest.importorskip("torch")
random = np.random.default_rng(3)

RADIUS = np.linalg.norm(np.mgrid[-3:4, -3:4, -3:4], axis=0)
BALL = isosurface(
    Volume(
        values=(-RADIUS + 0.3 * random.random(RADIUS.shape)).astype(np.float32),
        affine=Affine.from_spacing((1.0, 0.7, 1.2)),
    ),
    -2.0,
)


def there(device, mesh):
    return Mesh(
        vertices=torch.as_tensor(mesh.vertices, device=device),
        faces=torch.as_tensor(mesh.faces, device=device),
        frame=mesh.frame,
    )


def unwelded(mesh):
    return Mesh(
        vertices=mesh.vertices[mesh.faces].reshape(-1, 3),
        faces=np.arange(3 * len(mesh.faces)).reshape(-1, 3),
    )


def test_smoothing_is_that_of_the_twin(device):
    found = smooth(there(device, BALL), iterations=2)
    assert isinstance(found.vertices, torch.Tensor)
    twin = taubin(BALL.vertices, BALL.faces, 2, SHRINK, GROW)
    assert np.allclose(found.on_host().vertices, twin, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("mesh", "within_mm"),
    [
        (unwelded(BALL), 0.1),
        (Mesh(vertices=BALL.vertices, faces=BALL.faces[:-4]), None),
    ],
    ids=["seams", "a hole"],
)
def test_smoothing_is_that_of_the_host(device, mesh, within_mm):
    found = smooth(there(device, mesh), iterations=2, within_mm=within_mm).on_host()
    host = smooth(mesh, iterations=2, within_mm=within_mm)
    assert np.allclose(found.vertices, host.vertices, rtol=0, atol=1e-6)
    if within_mm is not None:
        assert np.linalg.norm(found.vertices - mesh.vertices, axis=1).max() <= within_mm


def test_positions_that_mix_to_the_same_word_stay_apart(monkeypatch):
    monkeypatch.setattr(cuda_smooth, "MIXERS", (0, 0, 1))
    vertices = torch.tensor([[1.0, 2, 3], [1, 2, 3], [0, 2, 3], [0, 0, -0.0], [0, 0, 0]])
    assert cuda_smooth.first_of_equal(vertices).tolist() == [0, 0, 2, 3, 3]


def test_no_face_turns_over(device, monkeypatch):
    rough = BALL.vertices + random.normal(0.0, 0.3, BALL.vertices.shape).astype(np.float32)
    mesh = Mesh(vertices=rough, faces=BALL.faces)

    def turned():
        found = smooth(there(device, mesh), iterations=1).on_host()
        after, before = (
            np.cross(*(v[mesh.faces[:, n]].astype(float) - v[mesh.faces[:, 0]] for n in (1, 2)))
            for v in (found.vertices, rough)
        )
        return int((np.einsum("fc,fc->f", after, before) <= 0).sum())

    assert turned() == 0
    monkeypatch.setattr(cuda_smooth, "_tamed", lambda first, smoothed, corners: smoothed.float())
    assert turned() > 0


@pytest.mark.parametrize("mesh", [BALL, Mesh(vertices=BALL.vertices + 1e3, faces=BALL.faces[:9])])
def test_measures_are_those_of_the_host(device, mesh):
    found, host = measure(there(device, mesh)), measure(mesh)
    assert found.volume_ml == pytest.approx(host.volume_ml, rel=1e-12)
    assert found.area_mm2 == pytest.approx(host.area_mm2, rel=1e-12)
    assert found.centroid_mm == pytest.approx(host.centroid_mm, rel=1e-12)
    assert found.bounds_mm == host.bounds_mm


def test_an_empty_mesh_is_measured(device):
    empty = Mesh(vertices=np.empty((0, 3)), faces=np.empty((0, 3), int))
    assert measure(there(device, empty)) == measure(empty)
    assert smooth(there(device, empty)).is_empty


def test_writers_bring_a_mesh_over(device, tmp_path):
    part = Part(path="/ball", mesh=there(device, BALL), label=Label(value=1, name="ball"))
    scene = Scene(title="Ball", frame=BALL.frame, parts=(part,))
    write_scene(scene, tmp_path / "ball.ply")
    read = read_scene(tmp_path / "ball.ply").parts[0].mesh
    assert np.array_equal(read.vertices, BALL.vertices)
    assert np.array_equal(read.faces, BALL.faces)
    assert np.array_equal(part.mesh.bounds(), BALL.bounds())


@pytest.mark.parametrize(
    ("vertices", "faces", "reason"),
    [
        (np.eye(3), [[0, 1, 3]], "not there"),
        (np.eye(3), [[0, 1, -1]], "not there"),
        (np.diag([1, np.nan, 1]), [[0, 1, 2]], "finite"),
        (np.eye(4), [[0, 1, 2]], "three columns"),
    ],
)
def test_a_mesh_of_tensors_is_valid_from_birth(device, vertices, faces, reason):
    with pytest.raises(InvalidValueError, match=reason):
        Mesh(
            vertices=torch.as_tensor(vertices, device=device),
            faces=torch.as_tensor(faces, device=device),
        )
    with pytest.raises(InvalidValueError, match="one device"):
        Mesh(vertices=torch.as_tensor(vertices, device=device), faces=np.asarray(faces))


@pytest.mark.parametrize(
    "step",
    [
        lambda mesh: meshing.compare(mesh, BALL),
        lambda mesh: meshing.compare(BALL, mesh),
        meshing.components,
        meshing.split,
        lambda mesh: meshing.select_faces(mesh, np.array([0])),
        lambda mesh: meshing.hausdorff_bound_mm(mesh, BALL),
        meshing.repair,
        meshing.self_intersections,
        lambda mesh: meshing.simplify(mesh, faces=10),
        meshing.thickness,
        meshing.topology,
        meshing.weld,
        lambda mesh: meshing.measure(mesh, genus=True),
    ],
)
def test_steps_of_the_host_say_what_to_do_with_a_tensor(device, step):
    with pytest.raises(UsageError, match="on_host"):
        step(there(device, BALL))
