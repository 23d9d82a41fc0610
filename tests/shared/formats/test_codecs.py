"""What is written comes back, by our own readers and by other people's."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from shared.concept import Concept, Label
from shared.errors import (
    DamagedFileError,
    InputNotFoundError,
    NothingToBuildError,
    OutputError,
    UnknownFormatError,
)
from shared.formats import CODECS, read_scene, staged_outputs, write_scene
from shared.formats.outputs import Staging
from shared.frame import BUILDING_ENU_M, PATIENT_LPS_MM, Frame
from shared.mesh import Mesh
from shared.scene import Part, Scene


def box(center: tuple[float, float, float], size: tuple[float, float, float], frame: Frame) -> Mesh:
    made = trimesh.creation.box(extents=size)
    return Mesh(vertices=made.vertices + center, faces=made.faces, frame=frame)


def scene_of(frame: Frame, *, two: bool = True) -> Scene:
    concept = Concept(scheme="SCT", code="272673000", meaning="Bone structure")
    bone = Part(
        path="/head/bone",
        mesh=box((10.0, 20.0, 30.0), (1.0, 2.0, 3.0), frame),
        label=Label(value=1, name="bone", concept=concept, color=(0.9, 0.8, 0.5)),
        properties={"volume_ml": np.float32(0.006), "sides": ("L", "P")},
    )
    skin = Part(
        path="/head/skin",
        mesh=box((-5.0, 0.0, 7.0), (4.0, 4.0, 4.0), frame),
        label=Label(value=2, name="skin"),
        opacity=0.4,
    )
    return Scene(title="Head", frame=frame, parts=(bone, skin) if two else (bone,))


@pytest.mark.parametrize("suffix", CODECS)
@pytest.mark.parametrize("frame", [PATIENT_LPS_MM, BUILDING_ENU_M], ids=["patient", "building"])
def test_a_part_comes_back_where_it_was(suffix: str, frame: Frame, tmp_path: Path) -> None:
    scene = scene_of(frame, two=False)
    (*_, written) = write_scene(scene, tmp_path / f"model{suffix}")
    again = read_scene(tmp_path / f"model{suffix}")
    assert written.name == f"model{suffix}"
    (part,) = again.parts
    bounds_mm = [
        again.frame.to_mm(1.0) * part.mesh.bounds(),
        frame.to_mm(1.0) * scene.parts[0].mesh.bounds(),
    ]
    np.testing.assert_allclose(*bounds_mm, rtol=1e-6)
    assert again.frame.axes == frame.axes
    assert len(part.mesh.faces) == 12
    assert len(part.mesh.vertices) == 8
    assert not again.findings


@pytest.mark.parametrize("suffix", CODECS)
def test_winding_stays_outward(suffix: str, tmp_path: Path) -> None:
    write_scene(scene_of(PATIENT_LPS_MM, two=False), tmp_path / f"model{suffix}")
    loaded = trimesh.load_mesh(tmp_path / f"model{suffix}")
    assert loaded.is_watertight
    assert loaded.volume > 0


def test_gltf_keeps_tree_labels_codes_and_properties(tmp_path: Path) -> None:
    scene = scene_of(PATIENT_LPS_MM)
    write_scene(scene, tmp_path / "head.glb")
    again = read_scene(tmp_path / "head.glb")
    assert [part.path for part in again.parts] == ["/head/bone", "/head/skin"]
    assert again.parts[0].label == scene.parts[0].label
    assert again.parts[0].properties["volume_ml"] == pytest.approx(0.006)
    assert again.parts[1].opacity == pytest.approx(0.4, abs=0.005)


def gltf_json(path: Path) -> dict:
    data = path.read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    return json.loads(data[20 : 20 + length])


def test_gltf_is_y_up_in_metres(tmp_path: Path) -> None:
    write_scene(scene_of(PATIENT_LPS_MM, two=False), tmp_path / "a.glb")
    (position,) = [a for a in gltf_json(tmp_path / "a.glb")["accessors"] if "min" in a]
    np.testing.assert_allclose(position["min"], [0.0095, 0.0285, -0.021], rtol=1e-5)
    np.testing.assert_allclose(position["max"], [0.0105, 0.0315, -0.019], rtol=1e-5)


def test_two_storeys_may_have_a_wall_of_the_same_name(tmp_path: Path) -> None:
    mesh = box((0, 0, 0), (1, 1, 1), BUILDING_ENU_M)
    wall = Label(value=1, name="wall")
    paths = [f"/storey_{storey}/wall_{wall}" for storey in (0, 1) for wall in (0, 1)]
    parts = tuple(Part(path=path, mesh=mesh, label=wall) for path in paths)
    write_scene(Scene(title="House", frame=BUILDING_ENU_M, parts=parts), tmp_path / "house.glb")
    names = [node["name"] for node in gltf_json(tmp_path / "house.glb")["nodes"]]
    assert sorted(names) == ["storey_0", "storey_1", "wall_0", "wall_0", "wall_1", "wall_1"]
    assert [part.path for part in read_scene(tmp_path / "house.glb").parts] == paths


@pytest.mark.parametrize("frame", [PATIENT_LPS_MM, BUILDING_ENU_M], ids=["patient", "building"])
def test_the_khronos_validator_finds_nothing(
    frame: Frame, tmp_path: Path, run_validator: Callable[..., Any]
) -> None:
    write_scene(scene_of(frame), tmp_path / "a.glb")
    report = run_validator("validate_gltf.mjs", tmp_path / "a.glb")
    assert report["issues"]["numErrors"] == report["issues"]["numWarnings"] == 0


def test_stl_tells_slicer_its_axes_and_a_slicing_program_its_millimetres(tmp_path: Path) -> None:
    write_scene(scene_of(PATIENT_LPS_MM, two=False), tmp_path / "bone.stl")
    assert b"SPACE=LPS" in (tmp_path / "bone.stl").read_bytes()[:80]
    write_scene(scene_of(BUILDING_ENU_M, two=False), tmp_path / "wall.stl")
    header = (tmp_path / "wall.stl").read_bytes()[:80]
    assert b"SPACE=" not in header
    np.testing.assert_allclose(
        trimesh.load_mesh(tmp_path / "wall.stl").bounds.mean(axis=0), [10e3, 20e3, 30e3]
    )


@pytest.mark.parametrize("frame", [PATIENT_LPS_MM, BUILDING_ENU_M], ids=["patient", "building"])
def test_an_stl_carries_its_label_and_never_looks_like_text(frame: Frame, tmp_path: Path) -> None:
    write_scene(scene_of(frame, two=False), tmp_path / "patient 4711.stl")
    header = (tmp_path / "patient 4711.stl").read_bytes()[:80]
    axes = b"SPACE=LPS" if frame == PATIENT_LPS_MM else b"AXES=ENU"
    assert header.rstrip() == b"recon " + axes + b" UNIT=mm LABEL=bone"
    again = read_scene(tmp_path / "patient 4711.stl")
    assert (again.parts[0].label.name, again.parts[0].path, again.title) == (
        "bone",
        "/bone",
        "bone",
    )
    assert again.findings == ()


@pytest.mark.parametrize("name", ["a", "solid", "b" * 50, "b" * 51, "b" * 200])
def test_a_label_is_written_whole_or_not_at_all(name: str, tmp_path: Path) -> None:
    scene = scene_of(PATIENT_LPS_MM, two=False)
    part = replace(scene.parts[0], label=Label(value=1, name=name))
    write_scene(replace(scene, parts=(part,)), tmp_path / "model.stl")
    data = (tmp_path / "model.stl").read_bytes()
    assert len(data) == 84 + 50 * 12
    assert b"SPACE=LPS" in data[:80]
    assert not data.startswith(b"solid")
    again = read_scene(tmp_path / "model.stl").parts[0]
    assert again.label.name == (name if len(name) <= 50 else "model")


@pytest.mark.filterwarnings("error")
def test_normals_of_an_stl_are_unit_vectors_at_any_size(tmp_path: Path) -> None:
    scene = scene_of(PATIENT_LPS_MM, two=False)
    for scale in (1e-3, 1.0, 1e20, 1e36):
        mesh = replace(scene.parts[0].mesh, vertices=scene.parts[0].mesh.vertices * scale)
        large = replace(scene, parts=(replace(scene.parts[0], mesh=mesh),))
        write_scene(large, tmp_path / "a.stl")
        data = (tmp_path / "a.stl").read_bytes()[84:]
        triangles = np.frombuffer(data, np.dtype([("n", "<f4", 3), ("rest", "V38")]))
        np.testing.assert_allclose(np.linalg.norm(triangles["n"], axis=1), 1.0, rtol=1e-5)


def test_other_readers_read_an_stl_with_a_label(tmp_path: Path) -> None:
    """VTK's reader hands the header to 3D Slicer, which looks for its axes there."""
    from vtkmodules.vtkIOGeometry import vtkSTLReader

    write_scene(scene_of(PATIENT_LPS_MM, two=False), tmp_path / "bone.stl")
    reader = vtkSTLReader()
    reader.SetFileName(str(tmp_path / "bone.stl"))
    reader.Update()
    assert reader.GetOutput().GetNumberOfPolys() == 12
    assert "SPACE=LPS" in reader.GetHeader()
    assert trimesh.load_mesh(tmp_path / "bone.stl").is_watertight


@pytest.mark.parametrize("suffix", [".stl", ".ply"])
def test_several_parts_are_several_files_unless_merged(suffix: str, tmp_path: Path) -> None:
    scene = scene_of(PATIENT_LPS_MM)
    written = write_scene(scene, tmp_path / f"m{suffix}")
    assert [path.name for path in written] == [f"m_head_bone{suffix}", f"m_head_skin{suffix}"]
    (merged,) = write_scene(scene, tmp_path / f"m{suffix}", merge=True)
    assert merged.name == f"m{suffix}"
    assert len(read_scene(merged).parts[0].mesh.faces) == 24


def test_vertex_colors_come_back_from_ply(tmp_path: Path) -> None:
    scene = scene_of(PATIENT_LPS_MM, two=False)
    colors = np.arange(24, dtype=np.uint8).reshape(8, 3)
    part = replace(scene.parts[0], mesh=replace(scene.parts[0].mesh, colors=colors))
    write_scene(replace(scene, parts=(part,)), tmp_path / "a.ply")
    np.testing.assert_array_equal(read_scene(tmp_path / "a.ply").parts[0].mesh.colors, colors)


def test_a_file_without_axes_and_unit_is_read_with_a_warning(tmp_path: Path) -> None:
    trimesh.creation.box().export(tmp_path / "plain.stl")
    (finding,) = read_scene(tmp_path / "plain.stl").findings
    assert finding.code == "unit-assumed"


def test_ascii_stl_is_read(tmp_path: Path) -> None:
    trimesh.creation.box().export(tmp_path / "a.stl", file_type="stl_ascii")
    assert len(read_scene(tmp_path / "a.stl").parts[0].mesh.faces) == 12


@pytest.mark.parametrize("suffix", CODECS)
def test_a_file_cut_in_half_is_a_damaged_file(suffix: str, tmp_path: Path) -> None:
    write_scene(scene_of(PATIENT_LPS_MM, two=False), tmp_path / f"a{suffix}")
    data = (tmp_path / f"a{suffix}").read_bytes()
    (tmp_path / f"cut{suffix}").write_bytes(data[: len(data) // 2])
    if suffix == ".obj":
        data = data[: data.index(b"f ")]
        (tmp_path / "cut.obj").write_bytes(data)
    with pytest.raises(DamagedFileError):
        read_scene(tmp_path / f"cut{suffix}")


def test_what_is_not_there_or_unknown_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputNotFoundError):
        read_scene(tmp_path / "none.stl")
    with pytest.raises(UnknownFormatError):
        write_scene(scene_of(PATIENT_LPS_MM), tmp_path / "a.xyz")


def test_an_empty_scene_is_not_written(tmp_path: Path) -> None:
    empty = Mesh(vertices=np.zeros((0, 3)), faces=np.zeros((0, 3)))
    part = Part(path="/bone", mesh=empty, label=Label(value=1, name="bone"))
    with pytest.raises(NothingToBuildError):
        write_scene(Scene(title="t", frame=PATIENT_LPS_MM, parts=(part,)), tmp_path / "a.glb")
    assert not list(tmp_path.iterdir())


def test_a_failed_run_leaves_nothing_behind(tmp_path: Path) -> None:
    def fail(staging: Staging) -> None:
        staging.path_for(tmp_path / "a.txt").write_text("half")
        staging.path_for(tmp_path / "b.txt").write_text("half")
        raise RuntimeError

    with pytest.raises(RuntimeError), staged_outputs() as staging:
        fail(staging)
    assert not list(tmp_path.iterdir())


def test_an_old_file_survives_a_failed_run(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(OutputError), staged_outputs() as staging:
        staging.path_for(tmp_path / "a.txt").write_text("new")
        staging.path_for(tmp_path / "nowhere" / "b.txt")
    assert (tmp_path / "a.txt").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_two_outputs_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError), staged_outputs() as staging:
        staging.path_for(tmp_path / "a.txt")
        staging.path_for(tmp_path / "a.txt")
