from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely.affinity import rotate, translate
from shapely.geometry import MultiPolygon, Polygon, box

from shared.errors import InvalidValueError
from shared.frame import PATIENT_LPS_MM
from shared.solids import Prism, extrude, fuse
from tests.fixtures.solids import is_closed_manifold, merged_by_position, section_area, volume_of
from tests.shared.solids.test_snapping import regions


@st.composite
def cuts(draw):
    x, y = draw(st.integers(0, 9)), draw(st.integers(0, 9))
    outline = box(x, y, x + draw(st.integers(1, 6)), y + draw(st.integers(1, 6)))
    outline = rotate(outline, draw(st.sampled_from([0.0, 0.0, 31.0])))
    low, high = sorted(draw(st.lists(st.integers(-1, 5), min_size=2, max_size=2, unique=True)))
    return Prism(outline=outline, bottom=0.5 * low, top=0.5 * high)


def exact_volume(region, bottom, top, taken):
    ends = {z for cut in taken for z in (cut.bottom, cut.top) if bottom < z < top}
    volume = 0.0
    for low, high in pairwise(sorted({bottom, top, *ends})):
        active = [cut.outline for cut in taken if cut.bottom <= low and high <= cut.top]
        volume += (high - low) * region.difference(shapely.union_all(active)).area
    return volume


@given(regions(), st.lists(cuts(), max_size=3))
def test_a_solid_is_closed_and_as_large_as_its_sections(region, taken):
    assume(region.area > 0)
    mesh = extrude(region, 0.0, 2.0, cuts=taken)
    expected = exact_volume(region, 0.0, 2.0, taken)
    assume(expected > 1e-3)
    assert is_closed_manifold(mesh)
    assert volume_of(mesh) == pytest.approx(expected, rel=1e-4, abs=1e-2)


def test_a_box_has_eight_corners_and_twelve_faces():
    mesh = extrude(box(0, 0, 1, 2), 0.0, 3.0)
    assert (len(mesh.vertices), len(mesh.faces)) == (8, 12)
    assert volume_of(mesh) == pytest.approx(6.0)


def test_a_hole_gives_a_ring():
    mesh = extrude(box(0, 0, 3, 3).difference(box(1, 1, 2, 2)), 0.0, 1.0)
    assert merged_by_position(mesh).euler_number == 0
    assert volume_of(mesh) == pytest.approx(8.0)


def test_a_window_is_cut_exactly_where_it_stands():
    wall = box(0, 0, 5, 0.3)
    window = Prism(outline=box(2, -0.01, 3.2, 0.31), bottom=0.9, top=2.1)
    mesh = extrude(wall, 0.0, 2.5, cuts=[window])
    assert volume_of(mesh) == pytest.approx(5 * 0.3 * 2.5 - 1.2 * 0.3 * 1.2, rel=1e-6)
    assert section_area(mesh, 1.5) == pytest.approx(5 * 0.3 - 1.2 * 0.3, rel=1e-6)
    assert section_area(mesh, 0.5) == pytest.approx(5 * 0.3, rel=1e-6)


def test_a_door_on_the_floor_leaves_no_threshold():
    door = Prism(outline=box(1, -1, 2, 1), bottom=0.0, top=2.1)
    mesh = extrude(box(0, 0, 3, 0.2), 0.0, 2.5, cuts=[door])
    inside = mesh.vertices[(mesh.vertices[:, 0] > 1.01) & (mesh.vertices[:, 0] < 1.99)]
    assert len(inside) == 0 or inside[:, 2].min() > 2.0
    assert is_closed_manifold(mesh)


def test_an_opening_of_full_height_parts_the_wall():
    gap = Prism(outline=box(1, -1, 2, 1), bottom=0.0, top=2.5)
    mesh = extrude(box(0, 0, 3, 0.2), 0.0, 2.5, cuts=[gap])
    assert merged_by_position(mesh).body_count == 2
    assert is_closed_manifold(mesh)


def test_cuts_that_take_everything_leave_an_empty_mesh():
    assert extrude(box(0, 0, 1, 1), 0, 1, cuts=[Prism(outline=box(-1, -1, 2, 2), bottom=-1, top=2)]
                   ).is_empty  # fmt: skip


def test_parts_that_touch_in_a_corner_give_a_manifold():
    mesh = extrude(MultiPolygon([box(0, 0, 1, 1), box(1, 1, 2, 2)]), 0.0, 1.0)
    assert is_closed_manifold(mesh)


def test_cuts_that_meet_in_a_corner_give_a_manifold():
    taken = [
        Prism(outline=box(0, 0, 1, 1), bottom=-1.0, top=2.0),
        Prism(outline=box(1, 1, 2, 2), bottom=-1.0, top=2.0),
    ]
    mesh = extrude(box(0, 0, 2, 2), 0.0, 1.0, cuts=taken)
    assert is_closed_manifold(mesh)
    assert volume_of(mesh) == pytest.approx(2.0, abs=1e-4)


def test_cuts_that_meet_in_a_level_edge_give_a_manifold():
    taken = [
        Prism(outline=box(1, -1, 2, 1), bottom=0.0, top=2.0),
        Prism(outline=box(2, -1, 3, 1), bottom=2.0, top=2.3),
    ]
    mesh = extrude(box(0, 0, 5, 0.2), 0.0, 2.5, cuts=taken)
    assert is_closed_manifold(mesh)
    assert volume_of(mesh) == pytest.approx(2.5 - 0.4 - 0.06, abs=1e-4)


@given(st.lists(cuts(), min_size=1, max_size=6))
def test_fused_prisms_are_closed_and_as_large_as_their_sections(prisms):
    ends = sorted({z for prism in prisms for z in (prism.bottom, prism.top)})
    expected = 0.0
    for low, high in pairwise(ends):
        there = [p.outline for p in prisms if p.bottom <= low and high <= p.top]
        expected += (high - low) * shapely.union_all(there).area
    mesh = fuse(prisms)
    assert is_closed_manifold(mesh)
    assert volume_of(mesh) == pytest.approx(expected, rel=1e-4, abs=1e-2)


def test_prisms_on_each_other_and_side_by_side_fuse_without_inner_walls():
    stacked = fuse(
        [
            Prism(outline=box(0, 0, 1, 1), bottom=0.0, top=2.7 - 0.2),
            Prism(outline=box(0, 0, 1, 1), bottom=2.5, top=2.7),
            Prism(outline=box(1, 0, 2, 1), bottom=0.0, top=2.7),
        ]
    )
    assert merged_by_position(stacked).body_count == 1
    assert volume_of(stacked) == pytest.approx(2 * 2.7, rel=1e-5)
    assert merged_by_position(stacked).area == pytest.approx(4 + 6 * 2.7, rel=1e-5)


def test_prisms_that_meet_in_an_edge_are_joined_there():
    for other in (box(1, 1, 2, 2), box(1, 0, 2, 1)):
        level = 0.0 if other.bounds[1] else 1.0
        mesh = fuse(
            [
                Prism(outline=box(0, 0, 1, 1), bottom=0.0, top=1.0),
                Prism(outline=other, bottom=level, top=level + 1.0),
            ]
        )
        assert is_closed_manifold(mesh)
        assert merged_by_position(mesh).body_count == 1
        assert volume_of(mesh) == pytest.approx(2.0, abs=1e-4)


def test_a_turned_building_far_out_is_closed_in_single_precision():
    outline = translate(rotate(box(0, 0, 12, 0.2), 33.3), 600.0, -400.0)
    hole = translate(rotate(box(4, -1, 5, 1), 33.3, origin=box(0, 0, 12, 0.2).centroid), 600, -400)
    mesh = extrude(outline, 0.0, 2.5, cuts=[Prism(outline=hole, bottom=0.9, top=2.1)])
    assert mesh.vertices.dtype == np.float32
    assert is_closed_manifold(mesh)


def test_a_solid_that_single_precision_cannot_hold_is_refused():
    with pytest.raises(InvalidValueError, match="too far"):
        extrude(translate(box(0, 0, 0.01, 0.01), 3.0e5, 0), 0.0, 1.0)


def test_a_bottom_above_the_top_is_refused():
    with pytest.raises(InvalidValueError, match="below"):
        extrude(box(0, 0, 1, 1), 1.0, 1.0)
    with pytest.raises(InvalidValueError, match="below"):
        Prism(outline=box(0, 0, 1, 1), bottom=2.0, top=1.0)


def test_the_mesh_stands_in_the_frame_that_was_asked():
    mesh = extrude(Polygon([(0, 0), (9, 0), (0, 9)]), 0, 5, frame=PATIENT_LPS_MM, grid=1e-3)
    assert mesh.frame == PATIENT_LPS_MM
