"""DXF drawings come back as they were drawn, in metres."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ezdxf
import numpy as np
import pytest
from ezdxf.math import Matrix44

from architecture.drawing import Drawing, Stroke, StrokeKind
from architecture.reading.read import read_drawing

Draw = Callable[[Any], None]


def save(
    folder: Path, draw: Draw, *, unit: str = "m", release: str = "R2010", **header: int
) -> Path:
    document = ezdxf.new(release)
    document.header["$INSUNITS"] = {"mm": 4, "cm": 5, "m": 6, "in": 1, "ft": 2}[unit]
    for name, value in header.items():
        document.header[f"${name}"] = value
    draw(document)
    path = folder / "plan.dxf"
    document.saveas(path)
    return path


def read(folder: Path, draw: Draw, *, unit: str = "m", **rest: Any) -> Drawing:
    return read_drawing(save(folder, draw, unit=unit, **rest), unit=unit)


def only(drawing: Drawing) -> Stroke:
    assert len(drawing.strokes) == 1
    return drawing.strokes[0]


# ---------------------------------------------------------------- single entities


def test_a_line_keeps_its_ends_layer_and_handle(tmp_path: Path) -> None:
    stroke = only(
        read(
            tmp_path,
            lambda d: d.modelspace().add_line((1000, 2000), (4000, 6000), {"layer": "A-WALL"}),
            unit="mm",
        )
    )
    assert stroke.kind is StrokeKind.LINE
    assert stroke.layer == "A-WALL"
    assert stroke.handle
    np.testing.assert_allclose(stroke.points, [[1, 2], [4, 6]])


def test_an_arc_keeps_its_center_radius_and_angles(tmp_path: Path) -> None:
    stroke = only(
        read(tmp_path, lambda d: d.modelspace().add_arc((1, 2), 0.9, 30.0, 120.0), unit="m")
    )
    assert stroke.kind is StrokeKind.ARC
    assert stroke.arc == pytest.approx((1, 2, 0.9, math.radians(30), math.radians(120)))
    reach = np.hypot(*(stroke.points - [1, 2]).T)
    np.testing.assert_allclose(reach, 0.9)


@pytest.mark.parametrize("radius", [0.05, 0.9, 12.0, 250.0])
def test_arcs_are_flattened_within_half_a_millimetre(tmp_path: Path, radius: float) -> None:
    stroke = only(read(tmp_path, lambda d: d.modelspace().add_circle((0, 0), radius)))
    middles = (stroke.points + np.roll(stroke.points, -1, axis=0)) / 2.0
    sagitta = radius - np.hypot(*middles.T).min()
    assert sagitta <= 0.0005 + 1e-9
    assert stroke.kind is StrokeKind.CIRCLE
    assert stroke.closed
    assert stroke.arc == pytest.approx((0, 0, radius, 0, 2 * math.pi))


def test_bulges_of_a_polyline_are_arcs_of_the_same_radius(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        points = [(0, 0, 0), (4, 0, math.tan(math.pi / 8)), (5, 1, 0), (5, 3, 0)]
        document.modelspace().add_lwpolyline(points, format="xyb")

    stroke = only(read(tmp_path, draw))
    assert stroke.kind is StrokeKind.POLYLINE
    assert len(stroke.arcs) == 1
    assert stroke.arcs[0] == pytest.approx((4, 1, 1, 1.5 * math.pi, 2 * math.pi))
    np.testing.assert_allclose(stroke.points[[0, -1]], [[0, 0], [5, 3]])


def test_a_polyline_of_one_bulge_is_an_arc(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        points = [(1, 0, math.tan(math.pi / 8)), (0, 1, 0)]
        document.modelspace().add_lwpolyline(points, format="xyb")

    stroke = only(read(tmp_path, draw))
    assert stroke.kind is StrokeKind.ARC
    assert stroke.arc == pytest.approx((0, 0, 1, 0, math.pi / 2))


def test_an_old_polyline_reads_like_a_light_one(tmp_path: Path) -> None:
    points = [(0, 0), (4, 0), (4, 3), (0, 3)]
    (tmp_path / "old").mkdir()
    light = only(read(tmp_path, lambda d: d.modelspace().add_lwpolyline(points, close=True)))
    old = only(read(tmp_path / "old", lambda d: d.modelspace().add_polyline2d(points, close=True)))
    np.testing.assert_allclose(light.points, old.points)
    assert light.closed
    assert old.closed


def test_the_width_of_a_polyline_is_kept(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        line = document.modelspace().add_lwpolyline([(0, 0), (4000, 0)])
        line.dxf.const_width = 240

    assert only(read(tmp_path, draw, unit="mm")).width_m == pytest.approx(0.24)


def test_an_ellipse_stays_on_its_curve_and_a_round_one_is_an_arc(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        document.modelspace().add_ellipse((1, 1), (3, 0), ratio=0.5)
        document.modelspace().add_ellipse((0, 0), (0, 2), 1.0, 0.0, math.pi / 2)

    drawing = read(tmp_path, draw)
    oval, arc = drawing.strokes
    x, y = (oval.points - [1, 1]).T
    np.testing.assert_allclose((x / 3) ** 2 + (y / 1.5) ** 2, 1.0, atol=1e-9)
    assert arc.arc == pytest.approx((0, 0, 2, math.pi / 2, math.pi))


def test_a_spline_passes_through_its_fit_points(tmp_path: Path) -> None:
    fit = [(0, 0, 0), (2, 1, 0), (4, 0, 0), (6, -1, 0)]
    stroke = only(read(tmp_path, lambda d: d.modelspace().add_spline(fit)))
    assert stroke.kind is StrokeKind.CURVE
    for x, y, _ in fit:
        ends = stroke.points
        along = np.clip(
            np.einsum("ij,ij->i", np.array([x, y]) - ends[:-1], np.diff(ends, axis=0))
            / np.einsum("ij,ij->i", np.diff(ends, axis=0), np.diff(ends, axis=0)),
            0,
            1,
        )
        nearest = ends[:-1] + along[:, None] * np.diff(ends, axis=0)
        assert np.hypot(*(nearest - [x, y]).T).min() < 2e-3


def test_a_solid_is_a_fill_whose_corners_go_around(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        document.modelspace().add_solid([(0, 0), (2, 0), (0, 1), (2, 1)])

    stroke = only(read(tmp_path, draw))
    assert stroke.fill == "solid"
    assert area(stroke.points) == pytest.approx(2.0)


def area(points: np.ndarray[Any, Any]) -> float:
    x, y = points.T
    return abs(float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))) / 2.0


# ---------------------------------------------------------------- hatches


def test_a_hatch_with_an_island_has_a_hole_and_one_in_the_hole_fills_again(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        hatch = document.modelspace().add_hatch()
        for low, high in ((0, 10), (2, 8), (4, 6)):
            corners = [(low, low), (high, low), (high, high), (low, high)]
            hatch.paths.add_polyline_path(corners, is_closed=True)

    outer, inner = sorted(read(tmp_path, draw).strokes, key=lambda s: -area(s.points))
    assert (area(outer.points), area(inner.points)) == pytest.approx((100, 4))
    assert [area(hole) for hole in outer.holes] == pytest.approx([36])
    assert inner.holes == ()


def test_a_hatch_of_every_edge_kind_has_the_area_of_its_boundary(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        hatch = document.modelspace().add_hatch()
        hatch.set_pattern_fill("ANSI31")
        path = hatch.paths.add_edge_path()
        path.add_line((0, 0), (4, 0))
        path.add_arc((4, 1), 1, -90, 90)
        path.add_line((4, 2), (0, 2))
        path.add_ellipse((0, 1), (0, 1), 0.5, 0, 180)

    stroke = only(read(tmp_path, draw))
    assert stroke.fill == "ansi31"
    expected = 8 + math.pi / 2 + math.pi * 0.5 / 2
    assert area(stroke.points) == pytest.approx(expected, rel=2e-3)


def test_a_hatch_bounded_by_bulges_has_their_area(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        hatch = document.modelspace().add_hatch()
        hatch.paths.add_polyline_path([(0, 0, 1), (2, 0, 1)], is_closed=True)

    assert area(only(read(tmp_path, draw)).points) == pytest.approx(math.pi, rel=2e-3)


# ---------------------------------------------------------------- object coordinates


def test_an_entity_drawn_from_below_is_mirrored_and_its_arc_turns_with_it(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        flip = {"extrusion": (0, 0, -1)}
        document.modelspace().add_arc((1, 0), 1, 0, 90, dxfattribs=flip)

    stroke = only(read(tmp_path, draw))
    assert stroke.arc == pytest.approx((-1, 0, 1, math.pi / 2, math.pi))


def test_a_line_seen_on_its_end_is_left_out(tmp_path: Path) -> None:
    drawing = read(tmp_path, lambda d: d.modelspace().add_line((1, 1, 0), (1, 1, 3)))
    assert drawing.strokes == ()


# ---------------------------------------------------------------- texts and dimensions


@pytest.mark.parametrize(
    ("align", "expected"),
    [("LEFT", (1, 0.5)), ("MIDDLE_CENTER", (0, 0)), ("TOP_RIGHT", (-1, -0.5))],
)
def test_the_place_of_a_text_is_the_middle_of_its_box(
    tmp_path: Path, align: str, expected: tuple[float, float]
) -> None:
    from ezdxf.enums import TextEntityAlignment

    def draw(document: Any) -> None:
        text = document.modelspace().add_text("BATH", height=1.0)
        text.set_placement((10, 20), align=TextEntityAlignment[align])

    text = read(tmp_path, draw).texts[0]
    x, y = text.position
    assert np.sign([round(x - 10, 6), y - 20]).tolist() == np.sign(expected).tolist()
    assert y - 20 == pytest.approx(expected[1])
    assert text.height_m == 1.0


def test_mtext_loses_its_codes_and_keeps_its_lines(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        text = r"{\fArial|b1;Wohnen}\P\H0.7x;22,07 m²"
        attributes = {"char_height": 0.2, "attachment_point": 5, "insert": (3, 4), "rotation": 90}
        document.modelspace().add_mtext(text, attributes)

    text = read(tmp_path, draw).texts[0]
    assert text.content == "Wohnen\n22,07 m²"
    assert text.position == pytest.approx((3, 4))
    assert text.rotation == pytest.approx(math.pi / 2)


def test_codes_for_characters_are_characters(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        document.modelspace().add_text(r"12 m\U+00B2 %%c", height=0.2)
        document.modelspace().add_text(r"\M+5B7BF\M+5BCE4", height=0.2)
        document.modelspace().add_mtext(r"K\U+00FCche\P\M+5B7BF", {"char_height": 0.2})

    contents = [text.content for text in read(tmp_path, draw).texts]
    assert contents == ["12 m² Ø", "房间", "Küche\n房"]


def test_multilines_faces_and_leaders_with_text_are_read(tmp_path: Path) -> None:
    from ezdxf.math import Vec2
    from ezdxf.render.mleader import ConnectionSide

    def draw(document: Any) -> None:
        space = document.modelspace()
        style = document.mline_styles.new("WALL")
        style.elements.append(0.12)
        style.elements.append(-0.12)
        space.add_mline([(0, 0), (5, 0)], dxfattribs={"style_name": "WALL"})
        space.add_3dface([(0, 0, 0), (2, 0, 0), (2, 1, 0), (0, 1, 0)])
        builder = space.add_multileader_mtext("Standard")
        builder.set_content("Bath", char_height=0.2)
        builder.add_leader_line(ConnectionSide.left, [Vec2(-2, -1)])
        builder.build(insert=Vec2(5, 5))

    drawing = read(tmp_path, draw)
    lines = [s for s in drawing.strokes if s.kind is StrokeKind.LINE]
    low, high = sorted(float(s.points[0, 1]) for s in lines)
    assert high - low == pytest.approx(0.24)
    faces = [s for s in drawing.strokes if s.kind is StrokeKind.POLYLINE]
    assert [area(s.points) for s in faces] == pytest.approx([2.0])
    assert [text.content for text in drawing.texts] == ["Bath"]


def test_a_dimension_measures_along_its_direction_and_draws_no_strokes(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        space = document.modelspace()
        space.add_linear_dim(base=(0, 5), p1=(0, 0), p2=(3, 1), angle=0).render()
        space.add_linear_dim(base=(0, 5), p1=(0, 0), p2=(4, 0), text="4.00 m").render()
        space.add_aligned_dim(p1=(0, 0), p2=(3, 4), distance=1).render()

    drawing = read(tmp_path, draw)
    assert [d.measured_m for d in drawing.dimensions] == pytest.approx([3, 4, 5])
    assert [d.printed for d in drawing.dimensions] == ["", "4.00 m", ""]
    assert drawing.dimensions[1].shown == "4.00 m"
    assert drawing.strokes == ()
    assert drawing.texts == ()


# ---------------------------------------------------------------- layers


def test_layers_off_or_frozen_are_left_out_and_said(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        document.layers.add("shown")
        document.layers.add("dark").off()
        document.layers.add("cold").freeze()
        for layer in ("shown", "dark", "cold"):
            document.modelspace().add_line((0, 0), (1, 0), {"layer": layer})

    drawing = read(tmp_path, draw)
    assert [stroke.layer for stroke in drawing.strokes] == ["shown"]
    (finding,) = [f for f in drawing.findings if f.code == "layers-hidden"]
    assert finding.details["layers"] == ["cold", "dark"]


def test_with_all_layers_off_everything_is_read_and_said(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        document.layers.add("dark").off()
        document.modelspace().add_line((0, 0), (1, 0), {"layer": "dark"})

    drawing = read(tmp_path, draw)
    assert len(drawing.strokes) == 1
    assert "layers-all-hidden" in {f.code for f in drawing.findings}


def test_line_type_and_color_come_through_layer_and_block(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        document.linetypes.add("DASHED", [0.5, 0.25, -0.25])
        document.layers.add("beams", color=3, linetype="DASHED")
        block = document.blocks.new("B")
        block.add_line((0, 0), (1, 0), {"layer": "0"})
        block.add_line((0, 1), (1, 1), {"layer": "0", "color": 0, "linetype": "BYBLOCK"})
        document.modelspace().add_blockref("B", (0, 0), {"layer": "beams", "color": 5})

    by_layer, by_block = read(tmp_path, draw).strokes
    assert (by_layer.layer, by_layer.color, by_layer.linetype) == ("beams", 3, "DASHED")
    assert (by_block.layer, by_block.color, by_block.linetype) == ("beams", 5, "DASHED")


# ---------------------------------------------------------------- origin, releases, models


@pytest.mark.parametrize("release", ["R12", "R2000", "R2004", "R2007", "R2018"])
def test_every_release_reads_the_same(tmp_path: Path, release: str) -> None:
    def draw(document: Any) -> None:
        document.modelspace().add_line((0, 0), (5, 0), {"layer": "Wände"})
        document.modelspace().add_text("Küche", height=0.2)

    drawing = read(tmp_path, draw, release=release)
    assert only(drawing).layer == "Wände"
    assert drawing.texts[0].content == "Küche"


def test_a_binary_file_reads_like_a_text_file(tmp_path: Path) -> None:
    document = ezdxf.new()
    document.modelspace().add_line((0, 0), (5, 0))
    document.saveas(tmp_path / "binary.dxf", fmt="bin")
    np.testing.assert_allclose(
        only(read_drawing(tmp_path / "binary.dxf", unit="m")).points, [[0, 0], [5, 0]]
    )


@pytest.mark.parametrize("unit", ["mm", "m", "in"])
def test_a_house_far_away_is_the_house_at_the_origin(tmp_path: Path, unit: str) -> None:
    meters = {"mm": 0.001, "m": 1.0, "in": 0.0254}[unit]

    def draw_at(x: float, y: float) -> Draw:
        def draw(document: Any) -> None:
            space = document.modelspace()
            corners = [(0, 0), (8.123, 0), (8.123, 6.456), (0, 6.456)]
            space.add_lwpolyline([((x + a) / meters, (y + b) / meters) for a, b in corners])
            space.add_arc(((x + 3) / meters, (y + 3) / meters), 0.9 / meters, 0, 90)

        return draw

    near = read(tmp_path, draw_at(0, 0), unit=unit)
    far = read(tmp_path, draw_at(1e7, -4e6), unit=unit)
    shift = np.array(far.offset_m) - [1e7, -4e6]
    assert near.offset_m == (0.0, 0.0)
    assert all(value == round(value) for value in far.offset_m)
    for here, there in zip(near.strokes, far.strokes, strict=True):
        np.testing.assert_allclose(there.points + shift, here.points, atol=1e-4)
    assert far.bounds() is not None
    assert max(abs(value) for value in far.bounds() or ()) < 1000


def test_an_empty_model_space_gives_the_sheet(tmp_path: Path) -> None:
    drawing = read(tmp_path, lambda d: d.layout("Layout1").add_line((0, 0), (1, 0)))
    assert len(drawing.strokes) == 1
    assert "paper-space-read" in {f.code for f in drawing.findings}


def test_an_empty_drawing_is_a_drawing_without_strokes(tmp_path: Path) -> None:
    drawing = read_drawing(save(tmp_path, lambda d: None))
    assert drawing.strokes == ()
    assert drawing.bounds() is None
    assert "scale-unresolved" in {f.code for f in drawing.findings}


def test_the_reading_is_told_in_rising_steps_and_kept_in_the_provenance(tmp_path: Path) -> None:
    path = save(tmp_path, lambda d: d.modelspace().add_line((0, 0), (5, 0)))
    told: list[float] = []
    drawing = read_drawing(path, unit="m", progress=lambda _, share: told.append(share))
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert drawing.provenance.sources[0].kind == "dxf"
    assert drawing.provenance.steps[0].parameters["unit"] == "m"
    assert drawing.name == "plan"


def test_kinds_that_are_not_read_are_named(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        with document.modelspace().add_mesh().edit_data() as mesh:
            mesh.vertices, mesh.faces = [(0, 0, 0), (1, 0, 0), (0, 1, 0)], [(0, 1, 2)]
        document.modelspace().add_line((0, 0), (1, 0))

    (finding,) = [f for f in read(tmp_path, draw).findings if f.code == "entities-not-read"]
    assert finding.details["names"] == {"MESH": 1}


def test_a_moved_drawing_is_the_drawing_moved(tmp_path: Path) -> None:
    """Moving every entity in the file moves every stroke: an oracle outside this reader."""

    def draw_with(matrix: Matrix44) -> Draw:
        def draw(document: Any) -> None:
            space = document.modelspace()
            for entity in (
                space.add_line((0, 0), (3, 1)),
                space.add_arc((1, 1), 2, 10, 100),
                space.add_lwpolyline([(0, 0, 0.3), (2, 0, 0), (2, 2, -0.5)], format="xyb"),
                space.add_ellipse((0, 0), (2, 1), 0.4, 0.2, 3.0),
            ):
                entity.transform(matrix)

        return draw

    move = Matrix44.chain(
        Matrix44.scale(-2, 2, 1), Matrix44.z_rotate(0.7), Matrix44.translate(5, 6, 0)
    )
    here = read(tmp_path, draw_with(Matrix44()))
    there = read(tmp_path, draw_with(move))
    for one, other in zip(here.strokes, there.strokes, strict=True):
        moved = np.array([tuple(move.transform((x, y, 0)))[:2] for x, y in one.points])
        for point in moved[[0, -1]]:
            assert np.hypot(*(other.points - point).T).min() < 1e-6
