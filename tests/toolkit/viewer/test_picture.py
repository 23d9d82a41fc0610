"""Pictures show the whole model, large, and a legend that stays inside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from shared.affine import Affine
from shared.concept import Label
from shared.frame import BUILDING_ENU_M, PATIENT_LPS_MM, Frame
from shared.scene import Part, Scene
from shared.volume import Volume
from tests.shared.meshing.shapes import cube, sphere
from toolkit.viewer.actors import BACKGROUND
from toolkit.viewer.legend import NAME_LIMIT, ROWS_LIMIT, entries_of
from toolkit.viewer.picture import make_plotter

RED = (0.9, 0.1, 0.1)
GROUND = [int(BACKGROUND[n : n + 2], 16) for n in (1, 3, 5)]


def scene_of(count: int, name: str = "bone", frame: Frame = PATIENT_LPS_MM) -> Scene:
    ball = replace(sphere(20.0) if frame == PATIENT_LPS_MM else cube(3.0), frame=frame)
    parts = tuple(
        Part(
            path=f"/{name}_{number}",
            mesh=ball,
            label=Label(value=number + 1, name=f"{name}_{number}" if number else name, color=RED),
        )
        for number in range(count)
    )
    return Scene(title="Model", frame=frame, parts=parts)


def drawn(scene: Scene, size: tuple[int, int], volume: Volume | None = None) -> np.ndarray:
    plotter = make_plotter(scene, volume, off_screen=True, size=size)
    try:
        return np.asarray(plotter.screenshot(return_img=True), int)
    finally:
        plotter.close()


def is_red(pixels: np.ndarray) -> np.ndarray:
    return (pixels[..., 0] > pixels[..., 1] + 60) & (pixels[..., 0] > pixels[..., 2] + 60)


@pytest.mark.parametrize(
    ("size", "frame"),
    [((640, 480), PATIENT_LPS_MM), ((300, 600), BUILDING_ENU_M), ((900, 300), PATIENT_LPS_MM)],
    ids=["wide", "tall", "very wide"],
)
def test_the_model_fills_the_picture_and_nothing_runs_off(
    size: tuple[int, int], frame: Frame
) -> None:
    pixels = drawn(scene_of(1, frame=frame), size)
    for border in (pixels[-6:], pixels[:, -6:]):
        assert (np.abs(border - GROUND) < 4).all(), "something runs off the picture"
    red = is_red(pixels)
    height = np.ptp(np.flatnonzero(red.any(axis=1))) / pixels.shape[0]
    legend_width_px = 200  # the column that the legend may keep for itself, and its swatch
    width = np.ptp(np.flatnonzero(red[:, :-legend_width_px].any(axis=0))) / pixels.shape[1]
    assert max(height, width) > 0.6


@pytest.mark.parametrize("name", ["bone", "w" * 40], ids=["short", "long"])
def test_a_legend_is_as_wide_as_its_longest_name(name: str) -> None:
    pixels = drawn(scene_of(3, name=name), (700, 400))
    assert (np.abs(pixels[:, -6:] - GROUND) < 4).all()
    white = (pixels > 252).all(axis=-1)  # the panel under the letters
    columns = np.flatnonzero(white.sum(axis=0) > 20)
    assert columns[-1] < pixels.shape[1] - 8
    rows = np.flatnonzero(white.sum(axis=1) > 20)
    inside = pixels[rows[0] : rows[-1], columns[0] : columns[-1]]
    dark = (inside < 90).all(axis=-1)
    assert dark.any(), "names are written on the panel"
    letters = np.flatnonzero(dark.any(axis=0))
    assert letters[0] > 4
    assert letters[-1] < inside.shape[1] - 4


def test_a_long_legend_says_how_many_more() -> None:
    rows = entries_of(scene_of(60))
    assert len(rows) == ROWS_LIMIT
    assert rows[-1] == (f"and {60 - ROWS_LIMIT + 1} more", ())
    assert len(entries_of(scene_of(2, name="w" * 80))[0][0]) == NAME_LIMIT


def test_a_label_whose_parts_differ_in_color_shows_each_color_once() -> None:
    scene = scene_of(3)
    blue, green = (0.1, 0.2, 0.9), (0.1, 0.8, 0.2)
    parts = tuple(
        replace(part, label=Label(value=1, name="bone", color=color))
        for part, color in zip(scene.parts, (green, blue, blue), strict=True)
    )
    mixed = replace(scene, parts=parts)
    assert entries_of(mixed) == [("bone", (blue, green))]
    pixels = drawn(mixed, (640, 480))[-100:, -200:]  # where the legend is
    red, grass, sky = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    swatch = [(grass > red + 60) & (grass > sky + 60), (sky > red + 60) & (sky > grass + 60)]
    columns = [np.flatnonzero(mask.any(axis=0)) for mask in swatch]
    assert columns[1].max() <= columns[0].min()


def test_slices_stand_around_the_model_not_around_empty_air() -> None:
    values = np.full((80, 160, 160), -1000.0, np.float32)
    affine = Affine.from_parts(
        spacing=(2.0, 2.0, 2.0), origin=(-80.0, -160.0, -160.0), direction=np.eye(3)
    )
    volume = Volume(values=values, affine=affine)
    from toolkit.viewer.actors import add_slices
    from toolkit.viewer.engine import load_pyvista

    plotter = load_pyvista().Plotter(off_screen=True)
    try:
        corners = np.concatenate(add_slices(plotter, volume, scene_of(1)))
    finally:
        plotter.close()
    assert np.ptp(corners, axis=0).max() < 2 * (20 + 25 + 4)
    assert np.ptp(corners, axis=0).min() > 2 * 20


def test_a_scan_without_a_surface_is_shown_by_its_slices() -> None:
    values = np.zeros((20, 30, 40), np.float32)
    values[:, ::2] = 100.0
    affine = Affine.from_parts(
        spacing=(1.0, 1.0, 1.0), origin=(500.0, -900.0, 1e4), direction=np.eye(3)
    )
    empty = Scene(title="Scan", frame=PATIENT_LPS_MM, parts=())
    pixels = drawn(empty, (300, 300), Volume(values=values, affine=affine))
    gray = (np.ptp(pixels, axis=-1) < 12) & (np.abs(pixels - GROUND).max(axis=-1) > 40)
    assert gray.mean() > 0.1
