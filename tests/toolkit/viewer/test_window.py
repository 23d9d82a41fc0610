"""A click in the window names the part it hits and tells its properties."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from shared.concept import Concept, Label
from shared.errors import OutputError
from shared.frame import BUILDING_ENU_M
from shared.scene import Part, Scene
from tests.shared.meshing.shapes import cube
from toolkit.viewer.facts import LINE_LETTERS, describe
from toolkit.viewer.picture import make_plotter
from toolkit.viewer.window import HINT, Picking, require_display

SIZE = (640, 480)
FACTS = {
    "class": "IfcWall",
    "name": "Outer wall",
    "length_m": 4.25,
    "layer": "",
    "openings": ["door_1", "door_2"],
    "caps": [{"side": "I", "area_mm2": 395.96}, {"side": "S", "area_mm2": 12.0}],
    "Pset_WallCommon": {"IsExternal": True, "FireRating": None, "Box": {"x": 1.25, "y": 2}},
}


def box_at(east_m: float, path: str, name: str, opacity: float = 1.0, side_m: float = 2.0) -> Part:
    mesh = cube(side_m)
    moved = mesh.vertices + np.array([east_m, 0.0, 0.0], np.float32)
    label = Label(
        value=1,
        name="wall",
        concept=Concept(scheme="IFC4", code="IfcWall", meaning="Wall"),
        color=(0.9, 0.1, 0.1),
    )
    return Part(
        path=path,
        mesh=replace(mesh, vertices=moved, frame=BUILDING_ENU_M),
        label=label,
        opacity=opacity,
        properties=FACTS | {"name": name},
    )


BOXES = (box_at(0.0, "/ground/wall_1", "Outer wall"), box_at(6.0, "/ground/pane", "Pane", 0.35))
INSIDE = box_at(6.0, "/ground/shelf", "Shelf behind the pane", side_m=0.5)


@pytest.fixture
def picking() -> Iterator[tuple[Picking, object]]:
    scene = Scene(title="Two boxes", frame=BUILDING_ENU_M, parts=(*BOXES, INSIDE))
    plotter = make_plotter(scene, None, off_screen=True, size=SIZE)
    picking = Picking(plotter, scene)
    picking.listen()
    plotter.show(auto_close=False, interactive=False)
    yield picking, plotter
    plotter.close()


def click(plotter, x: float, y: float) -> None:
    """Press and release the left button as a mouse does."""
    interactor = plotter.iren.interactor
    interactor.SetEventInformation(round(x), round(y))
    interactor.LeftButtonPressEvent()
    interactor.LeftButtonReleaseEvent()


def pixel_of(plotter, part: Part) -> tuple[float, float]:
    from vtkmodules.vtkRenderingCore import vtkCoordinate

    place = vtkCoordinate()
    place.SetCoordinateSystemToWorld()
    place.SetValue(*(float(c) for c in np.mean(part.mesh.bounds(), axis=0)))
    return place.GetComputedDisplayValue(plotter.renderer)


@pytest.mark.parametrize("part", BOXES, ids=["solid", "seen through"])
def test_a_click_on_a_part_tells_its_name_and_properties_and_outlines_it(picking, part) -> None:
    picker, plotter = picking
    click(plotter, *pixel_of(plotter, part))
    assert picker.picked is part
    lines = picker.told().splitlines()
    assert lines[:3] == [part.properties["name"], "Wall (IFC4 IfcWall)", part.path]
    assert "length_m: 4.25" in lines
    assert "    IsExternal: yes" in lines
    low, high = part.mesh.bounds()
    bounds = np.reshape(picker.outline.GetBounds(), (3, 2))
    np.testing.assert_allclose(bounds, np.stack([low, high], axis=1), atol=1e-6)


def test_clicks_on_one_place_go_through_what_lies_behind_and_begin_anew(picking) -> None:
    picker, plotter = picking
    place = pixel_of(plotter, INSIDE)
    told = []
    for _ in range(3):
        click(plotter, *place)
        told.append(picker.picked.path)
    assert told == ["/ground/pane", "/ground/shelf", "/ground/pane"]
    click(plotter, place[0] + 8, place[1])
    assert picker.picked.path == "/ground/pane"


def test_a_click_on_the_background_takes_the_choice_back(picking) -> None:
    picker, plotter = picking
    click(plotter, *pixel_of(plotter, BOXES[0]))
    click(plotter, 2, plotter.window_size[1] / 2)
    assert picker.picked is None
    assert picker.told() == HINT
    assert picker.outline is None


def test_what_is_told_leaves_out_what_is_empty_and_fits_the_window(picking) -> None:
    picker, plotter = picking
    assert not any("layer" in line or "FireRating" in line for line in describe(BOXES[0]))
    assert "openings: door_1, door_2" in describe(BOXES[0])
    assert "caps: side I, area_mm2 396, side S, area_mm2 12" in describe(BOXES[0])
    assert "    Box: x 1.25, y 2" in describe(BOXES[0])
    many = {f"property_{number}": "w" * 90 for number in range(200)}
    picker.picked = replace(BOXES[0], properties=many)
    lines = picker.told().splitlines()
    assert len(lines) < plotter.window_size[1] / 20
    assert lines[-1] == f"and {203 - len(lines) + 1} more"
    assert max(map(len, lines)) == LINE_LETTERS


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="X only")
@pytest.mark.parametrize("display", [None, ":4093"], ids=["none", "not there"])
def test_without_a_display_the_error_names_picture_and_page(monkeypatch, display) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    if display is not None:
        monkeypatch.setenv("DISPLAY", display)
    with pytest.raises(OutputError) as caught:
        require_display()
    assert caught.value.exit_status == 3
    assert "--screenshot" in caught.value.remedy
    assert "--html" in caught.value.remedy
