"""`recon check` says what is true, in units of the field, on a table one can read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from shared.concept import Label
from shared.formats import write_scene
from shared.frame import BUILDING_ENU_M, PATIENT_LPS_MM, Frame
from shared.mesh import Mesh
from shared.scene import Part, Scene
from tests.flows.conftest import Ran
from tests.shared.meshing.shapes import cube, flipped, plane, sphere, together

Recon = Callable[..., Ran]
WIDEST = 100
"""Columns that a table may take."""


def write(path: Path, meshes: Iterable[Mesh], frame: Frame = PATIENT_LPS_MM) -> Path:
    parts = tuple(
        Part(
            path=f"/storey_0/thing_{number}",
            mesh=replace(mesh, frame=frame),
            label=Label(value=number % 3 + 1, name=("wall", "door", "slab")[number % 3]),
        )
        for number, mesh in enumerate(meshes)
    )
    write_scene(Scene(title="Things", frame=frame, parts=parts), path)
    return path


def verdict(ran: Ran) -> str:
    assert ran.status == 0, ran.err
    assert max(map(len, ran.out.splitlines())) <= WIDEST
    return ran.out.rstrip().splitlines()[-1]


def test_a_building_is_measured_in_metres_a_line_a_class(recon: Recon, tmp_path: Path) -> None:
    cubes = [cube(2.0, corner=(5.0 * number, 0.0, 0.0)) for number in range(60)]
    ran = recon("check", write(tmp_path / "house.glb", cubes, BUILDING_ENU_M))
    assert verdict(ran) == "Verdict: prints."
    assert "Sum: volume 480 m³, area 1440 m²." in ran.out
    assert "Closed: 60 of 60 parts. Prints: 60 of 60 parts." in ran.out
    assert "ml" not in ran.out
    assert len(ran.out.splitlines()) < 15
    rows = {line.split()[0]: line.split()[1:] for line in ran.out.splitlines() if line.strip()}
    assert rows["wall"] == ["20", "20", "20", "20", "240", "160", "480"]


@pytest.mark.parametrize("count", [1, 2, 3, 20, 21])
def test_the_table_is_narrow_and_json_keeps_every_part(
    count: int, recon: Recon, tmp_path: Path
) -> None:
    cubes = [cube(10.0, corner=(50.0 * number, 0.0, 0.0)) for number in range(count)]
    file = write(tmp_path / "things.glb", cubes)
    ran = recon("check", file)
    assert verdict(ran) == "Verdict: prints."
    assert f"volume {count} ml" in ran.out
    assert "volume ml" in ran.out
    assert "area mm²" in ran.out
    made = json.loads(recon("check", file, "--json").out)
    assert made["volume_ml"] == pytest.approx(count)
    assert len(made["parts"]) == count
    for part in made["parts"]:
        assert part["volume_ml"] == pytest.approx(1.0)
        assert part["volume_m3"] == pytest.approx(1e-6)
        assert part["area_mm2"] == pytest.approx(600.0)
        assert part["extent_mm"] == pytest.approx([10.0, 10.0, 10.0])
        assert not {"volume", "area", "extent"} & set(part), "no size without its unit"


def test_an_open_surface_has_no_volume_and_the_reason_is_told(recon: Recon, tmp_path: Path) -> None:
    file = write(tmp_path / "sheet.stl", [plane(cells=4)])
    ran = recon("check", file)
    assert verdict(ran) == "Verdict: does not print: see above."
    assert "it is open: 16 edges have only one face" in ran.out
    assert "an open surface encloses no volume" in ran.out
    (part,) = json.loads(recon("check", file, "--json").out)["parts"]
    assert (part["closed"], part["manifold"], part["printable"]) == (False, True, False)
    assert (part["volume_ml"], part["volume_m3"]) == (None, None)
    assert part["volume_note"]
    assert part["area_mm2"] == pytest.approx(100.0)


def test_a_hollow_ball_prints_and_a_ball_in_a_ball_does_not(recon: Recon, tmp_path: Path) -> None:
    hollow = write(tmp_path / "hollow.stl", [together(sphere(10.0), flipped(sphere(5.0)))])
    assert verdict(recon("check", hollow)) == "Verdict: prints."
    nested = write(tmp_path / "nested.stl", [together(sphere(10.0), sphere(5.0))])
    ran = recon("check", nested)
    assert verdict(ran).startswith("Verdict: does not print")
    assert "lies inside another" in ran.out
    through = write(
        tmp_path / "through.stl", [together(sphere(10.0), sphere(5.0, center=(9, 1, 0)))]
    )
    ran = recon("check", through)
    assert verdict(ran).startswith("Verdict: does not print")
    assert "go through or touch each other" in ran.out


def test_parts_that_claim_the_same_space_do_not_print_together(
    recon: Recon, tmp_path: Path
) -> None:
    file = write(tmp_path / "both.glb", [sphere(10.0), sphere(5.0)])
    ran = recon("check", file)
    assert verdict(ran).startswith("Verdict: each part prints alone, but not all as one")
    assert "/storey_0/thing_1 lies inside /storey_0/thing_0." in ran.out
    made = json.loads(recon("check", file, "--json").out)
    assert made["printable"] is False
    assert [part["printable"] for part in made["parts"]] == [True, True]
    assert made["overlaps"][0]["inside"] is True


def test_one_body_of_two_colors_is_checked_as_one(recon: Recon, tmp_path: Path) -> None:
    """IFC and glTF give each material of a body a mesh of its own, open where they meet."""
    box = replace(cube(2.0), frame=BUILDING_ENU_M)
    label = Label(value=1, name="wall")
    halves = (
        Part(path="/wall", mesh=replace(box, faces=box.faces[:5]), label=label),
        Part(path="/wall/paint", mesh=replace(box, faces=box.faces[5:]), label=label),
    )
    file = tmp_path / "wall.glb"
    write_scene(Scene(title="Wall", frame=BUILDING_ENU_M, parts=halves), file)
    (part,) = json.loads(recon("check", file, "--json").out)["parts"]
    assert part["printable"]
    assert part["volume_m3"] == pytest.approx(8.0)


@pytest.mark.parametrize("command", ["check", "view"])
def test_a_file_of_another_kind_is_called_by_its_name(
    command: str, recon: Recon, tmp_path: Path, sample_data: Path
) -> None:
    picture = ["--screenshot", tmp_path / "a.png"] if command == "view" else []
    ran = recon(command, sample_data / "house" / "ground_floor.dxf", *picture)
    assert ran.status == 3
    assert "is a DXF drawing" in ran.err
    assert "recon architecture build" in ran.err
    ran = recon(command, sample_data / "demo.sh", *picture)
    assert ran.status == 3
    assert "demo.sh is a script" in ran.err
