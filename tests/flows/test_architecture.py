"""From plans to a building, as a person does it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trimesh

from shared.formats import read_scene
from tests.flows.conftest import Ran

Recon = Callable[..., Ran]


@pytest.fixture(scope="module")
def truth(sample_data: Path) -> list[dict[str, Any]]:
    found = json.loads((sample_data / "house.truth.json").read_text())
    return found["plans"]


def test_inspect_tells_layers_unit_and_texts(recon: Recon, sample_data: Path) -> None:
    ran = recon("architecture", "inspect", sample_data / "house" / "ground_floor.dxf", "--json")
    assert ran.status == 0, ran.err
    made = json.loads(ran.out)
    assert made["unit"]["decided"] == "mm"
    assert {layer["name"]: layer["role"] for layer in made["layers"]}["A-WALL"] == "wall"
    assert "Living Room" in {text["content"] for text in made["texts"]}
    assert recon("architecture", "inspect", sample_data / "house" / "ground_floor.dxf").status == 0


def test_two_plans_become_the_house_they_mean(
    recon: Recon,
    sample_data: Path,
    truth: list[dict[str, Any]],
    tmp_path: Path,
    run_validator: Callable[..., Any],
) -> None:
    plans = [sample_data / "house" / f"{name}.dxf" for name in ("ground_floor", "upper_floor")]
    outputs = [tmp_path / f"house{suffix}" for suffix in (".ifc", ".glb", ".obj", ".stl", ".ply")]
    words = [word for output in outputs for word in ("-o", output)]
    report = tmp_path / "house.json"
    ran = recon("architecture", "build", *plans, *words, "--merge", "--report", report)
    assert ran.status == 0, ran.err
    storeys = json.loads(report.read_text())["storeys"]
    for storey, plan in zip(storeys, truth, strict=True):
        assert storey["doors"] == len(plan["doors"])
        assert storey["windows"] == len(plan["windows"])
        areas = {room["name"]: room["area_m2"] for room in storey["rooms"]}
        assert set(areas) == {room["name"] for room in plan["rooms"]}
        for room in plan["rooms"]:
            assert areas[room["name"]] == pytest.approx(room["area_m2"], rel=0.01)
        assert not storey["unresolved"]
    for output in outputs:
        assert output.stat().st_size > 1000
    extent = trimesh.load_mesh(tmp_path / "house.stl").extents
    assert extent[0] == pytest.approx(truth[0]["extent_m"][0] * 1000, abs=2), "an STL is in mm"
    for merged, mm in ((outputs[3], 1000.0), (outputs[4], 1.0)):
        assert_is_the_union(merged, outputs[1], mm)
    issues = run_validator("validate_gltf.mjs", tmp_path / "house.glb")["issues"]
    assert issues["numErrors"] == 0


def assert_is_the_union(merged: Path, parts: Path, scale: float) -> None:
    """A merged file is one closed body with the volume of the union of the parts."""
    from shared.meshing.measure import measure
    from shared.solids import unite

    united = unite([part.mesh for part in read_scene(parts).parts])
    solid = trimesh.load_mesh(merged)
    assert solid.is_watertight
    assert solid.is_winding_consistent
    assert solid.volume == pytest.approx(measure(united).volume_m3 * scale**3, rel=1e-4)


def test_a_building_can_be_looked_at_and_checked(
    recon: Recon, sample_data: Path, tmp_path: Path
) -> None:
    house = tmp_path / "house.glb"
    plan = sample_data / "house" / "ground_floor.dxf"
    assert recon("architecture", "build", plan, "-o", house).status == 0
    assert recon("view", house, "--screenshot", tmp_path / "house.png").status == 0
    ran = recon("check", house, "--json")
    assert ran.status == 0, ran.err
    assert all(part["closed"] and part["manifold"] for part in json.loads(ran.out)["parts"])


def test_a_unit_given_is_a_unit_taken(recon: Recon, sample_data: Path, tmp_path: Path) -> None:
    report = tmp_path / "house.json"
    plan = sample_data / "house" / "ground_floor.dxf"
    words = ("architecture", "build", plan, "-o", tmp_path / "a.glb", "--report", report)
    assert recon(*words, "--unit", "mm", "--storey-height", "3.1").status == 0
    (storey,) = json.loads(report.read_text())["storeys"]
    assert storey["unit"]["decided"] == "mm"
    assert storey["height_m"] == 3.1


@pytest.fixture(scope="module")
def sheet(sample_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both plans of the sample house in one model space, the upper one 30 m to the right."""
    import ezdxf
    from ezdxf.addons import Importer

    document = ezdxf.readfile(sample_data / "house" / "upper_floor.dxf")
    for entity in document.modelspace():
        entity.translate(30_000, 0, 0)
    lower = ezdxf.readfile(sample_data / "house" / "ground_floor.dxf")
    importer = Importer(lower, document)
    importer.import_modelspace()
    importer.finalize()
    path = tmp_path_factory.mktemp("sheet") / "sheet.dxf"
    document.saveas(path)
    return path


def test_two_plans_on_one_sheet_become_the_house_they_mean(
    recon: Recon, sheet: Path, truth: list[dict[str, Any]], tmp_path: Path
) -> None:
    report = tmp_path / "house.json"
    ran = recon("architecture", "build", sheet, "-o", tmp_path / "a.ifc", "--report", report)
    assert ran.status == 0, ran.err
    made = json.loads(report.read_text())
    assert len(made["storeys"]) == len(truth)
    for storey, plan in zip(made["storeys"], truth, strict=True):
        assert storey["doors"] == len(plan["doors"])
        assert storey["windows"] == len(plan["windows"])
        assert {r["name"] for r in storey["rooms"]} == {r["name"] for r in plan["rooms"]}
    (aligned,) = [f for f in made["findings"] if f["code"] == "storey-aligned"]
    assert aligned["details"]["shift_m"] == pytest.approx([-30.0, 0.0], abs=0.002)
    assert "2 plans" in ran.out


def test_a_person_may_choose_plans_or_a_region_of_a_sheet(
    recon: Recon, sheet: Path, tmp_path: Path
) -> None:
    report = tmp_path / "house.json"
    words = ("architecture", "build", sheet, "-o", tmp_path / "a.glb", "--report", report)

    def storeys(*more: str) -> list[str]:
        ran = recon(*words, *more)
        assert ran.status == 0, ran.err
        return [storey["name"] for storey in json.loads(report.read_text())["storeys"]]

    both = storeys()
    assert storeys("--storeys", "2") == both[1:]
    assert storeys("--region=-5,-10,20,20") == both[:1]
    for wrong in (("--storeys", "3"), ("--region", "1,2,3")):
        assert recon(*words, *wrong).status == 2
    assert recon(*words, "--region", "900,900,910,910").status == 4


THRESHOLD = 0.9
"""F1 that rooms, doors and windows of plans cut from IFC models must reach."""


@pytest.mark.real
@pytest.mark.parametrize("name", ["duplex_L1", "duplex_L2", "samplehouse_GF"])
def test_real_plans_are_what_their_truth_says(
    name: str, recon: Recon, real_data: Path, scorers: Path, tmp_path: Path
) -> None:
    import subprocess
    import sys

    folder = real_data / "architecture" / "ifc_sections"
    model = tmp_path / f"{name}.ifc"
    assert recon("architecture", "build", folder / f"{name}.dxf", "-o", model).status == 0
    done = subprocess.run(
        [sys.executable, scorers / "score_plan.py", folder / f"{name}.json", model, "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    score = json.loads(done.stdout)
    for figure in ("room_F1", "door_F1", "win_F1"):
        assert score[figure] >= THRESHOLD, figure
    assert abs(score["scale_err_%"]) < 1
