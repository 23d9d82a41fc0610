"""`recon repair` writes a solid and says what it changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from shared.concept import Label
from shared.formats import read_scene, write_scene
from shared.frame import PATIENT_LPS_MM
from shared.mesh import Mesh
from shared.meshing import select_faces, topology
from shared.scene import Part, Scene
from tests.flows.conftest import Ran
from tests.shared.meshing.shapes import cube, flipped, sphere

Recon = Callable[..., Ran]


def write(path: Path, mesh: Mesh) -> Path:
    part = Part(path="/ball", mesh=mesh, label=Label(value=1, name="ball"))
    write_scene(Scene(title="Ball", frame=PATIENT_LPS_MM, parts=(part,)), path)
    return path


def test_a_ball_with_holes_turned_inside_out_is_written_as_a_solid(
    recon: Recon, tmp_path: Path
) -> None:
    ball = flipped(sphere(10.0))
    source = write(tmp_path / "ball.stl", select_faces(ball, np.arange(len(ball.faces)) % 100 > 0))
    target, report = tmp_path / "solid.stl", tmp_path / "report.json"
    ran = recon("repair", source, "-o", target, "--report", report)
    assert ran.status == 0, ran.err
    assert ran.out.rstrip().endswith("Closed, manifold and outward: 1 of 1 part.")
    assert topology(read_scene(target).parts[0].mesh).solid
    told = json.loads(report.read_text())["parts"][0]
    assert told["solid"]
    counts = {change["what"]: change["count"] for change in told["changes"]}
    assert counts["filled_holes"] == len(told["holes"]) == 13
    assert counts["turned_faces"] > 1200
    assert str(tmp_path) not in report.read_text()


def test_holes_above_the_limit_stay_and_are_told(recon: Recon, tmp_path: Path) -> None:
    source = write(tmp_path / "box.stl", select_faces(cube(20.0), np.arange(2, 12)))
    ran = recon("repair", source, "-o", tmp_path / "out.stl")
    assert "1 hole not filled, up to 80 mm around." in ran.out
    assert "0 of 1 part" in ran.out
    ran = recon("repair", source, "-o", tmp_path / "out.stl", "--holes", "90")
    assert "1 of 1 part" in ran.out


def test_the_input_is_never_overwritten_and_bad_limits_are_refused(
    recon: Recon, tmp_path: Path
) -> None:
    source = write(tmp_path / "box.stl", cube(20.0))
    before = source.read_bytes()
    assert recon("repair", source, "-o", source).status == 2
    assert source.read_bytes() == before
    ran = recon("repair", source, "-o", tmp_path / "out.stl", "--holes", "-1")
    assert ran.status == 2
    assert not (tmp_path / "out.stl").exists()
