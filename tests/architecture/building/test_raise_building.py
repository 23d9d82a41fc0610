from __future__ import annotations

from dataclasses import replace

import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from architecture import raise_building
from architecture.building.elements import SlabKind
from architecture.plan import OpeningKind
from shared.errors import NothingToBuildError, UsageError
from shared.finding import warning
from shared.solids.planar import union
from tests.fixtures.plans import OUTER_M, RowHouse, row_house


def codes(building):
    return [finding.code for finding in building.findings]


@st.composite
def houses(draw):
    widths = draw(st.lists(st.floats(2.2, 8.0), min_size=1, max_size=4))
    return RowHouse(
        widths_m=tuple(round(width, 3) for width in widths),
        depth_m=draw(st.floats(2.5, 9.0)),
        turned_deg=draw(st.sampled_from([0.0, 90.0, 31.0, -3.7])),
        moved_m=draw(st.sampled_from([(0.0, 0.0), (123.456, -45.6)])),
        column=draw(st.booleans()),
        heights_printed=draw(st.booleans()),
    )


@settings(max_examples=15)
@given(houses(), st.floats(2.4, 4.0))
def test_walls_hold_footprint_times_height_less_openings(house, height_m):
    plan = row_house(house)
    storey = raise_building([plan], storey_heights_m=height_m).storeys[0]
    assert storey.unresolved == ()
    assert len(storey.openings) == len(plan.openings)
    for wall in storey.walls:
        holes = sum(o.width_m * o.height_m * wall.thickness_m for o in wall.openings)
        expected = wall.footprint.area * (height_m - 0.2) - holes
        assert wall.net_volume_m3 == pytest.approx(expected, rel=2e-3)


@settings(max_examples=15)
@given(houses())
@example(RowHouse(widths_m=(3.0, 2.25), depth_m=3.875, turned_deg=-3.7))
def test_the_section_at_cutting_height_is_the_plan_without_its_openings(house):
    plan = row_house(house)
    storey = raise_building([plan]).storeys[0]
    section = union(wall.section(1.2) for wall in storey.walls)
    gross = union(wall.footprint for wall in plan.walls)
    thickness = {wall.id: wall.thickness_m for wall in plan.walls}
    gaps = sum(o.width_m * thickness[o.wall] for o in plan.openings)
    assert section.area == pytest.approx(gross.area - gaps, rel=1e-3)
    assert section.difference(gross.buffer(1e-3)).area == pytest.approx(0.0, abs=1e-6)


@settings(max_examples=10)
@given(houses())
def test_spaces_keep_the_area_and_names_of_rooms(house):
    plan = row_house(house)
    spaces = raise_building([plan]).storeys[0].spaces
    for room, space in zip(plan.rooms, spaces, strict=True):
        assert space.area_m2 == pytest.approx(room.area_m2, rel=1e-3)
        assert (space.name, space.number) == (room.name, room.number)


def test_storeys_stand_on_each_other_from_slab_to_slab():
    lower, upper = raise_building([row_house(), row_house()], storey_heights_m=[3.0, 2.6]).storeys
    assert (lower.elevation_m, upper.elevation_m) == (0.0, 3.0)
    assert {wall.height_m for wall in lower.walls} == {2.8}
    slab = upper.slabs[0]
    underside_m = upper.elevation_m + slab.top_m - slab.thickness_m
    assert underside_m == pytest.approx(lower.elevation_m + lower.walls[0].height_m)
    assert [s.kind for s in (*lower.slabs, *upper.slabs)] == [SlabKind.BASESLAB, SlabKind.FLOOR]
    assert {space.height_m for space in lower.spaces} == {2.8}


def test_what_the_drawing_does_not_say_is_assumed_and_said():
    building = raise_building(row_house())
    storey = building.storeys[0]
    assert storey.height_m == 2.7
    ends = {o.kind: (o.sill_m, o.head_m) for o in storey.openings}
    assert ends == {OpeningKind.DOOR: (0.0, 2.1), OpeningKind.WINDOW: (0.9, 2.1)}
    assert {
        "storey-height-assumed",
        "door-head-assumed",
        "window-head-assumed",
        "window-sill-assumed",
        "slabs-assumed",
    } <= set(codes(building))


def test_what_the_drawing_says_is_taken():
    plan = replace(row_house(RowHouse(heights_printed=True)), height_m=3.1, level_m=-0.4)
    building = raise_building(plan)
    storey = building.storeys[0]
    assert (storey.elevation_m, storey.height_m) == (-0.4, 3.1)
    windows = [o for o in storey.openings if o.kind is OpeningKind.WINDOW]
    assert {(o.sill_m, o.head_m) for o in windows} == {(0.8, 2.2)}
    assert "window-head-assumed" not in codes(building)
    assert "storey-height-assumed" not in codes(building)


def test_printed_levels_give_the_height():
    lower = replace(row_house(), level_m=0.0)
    upper = replace(row_house(), level_m=3.2)
    first, second = raise_building([lower, upper]).storeys
    assert (first.height_m, second.elevation_m) == (3.2, 3.2)


def test_a_level_that_contradicts_the_stack_is_told():
    lower = replace(row_house(), height_m=2.8)
    upper = replace(row_house(), level_m=3.5)
    building = raise_building([lower, upper])
    assert building.storeys[1].elevation_m == 2.8
    assert "level-disagrees" in codes(building)


def test_storeys_drawn_with_different_origins_come_together():
    near, far = row_house(), replace(row_house(), offset_m=(100.0, 0.0))
    moved = row_house(RowHouse(moved_m=(-100.0, 0.0)))
    building = raise_building([near, replace(moved, offset_m=(100.0, 0.0))])
    boxes = [shapely.union_all([w.footprint for w in s.walls]).bounds for s in building.storeys]
    assert boxes[0] == pytest.approx(boxes[1], abs=1e-3)
    assert "storey-centred" not in codes(building)
    apart = raise_building([near, far])
    boxes = [shapely.union_all([w.footprint for w in s.walls]).bounds for s in apart.storeys]
    assert boxes[0] == pytest.approx(boxes[1], abs=1e-3)
    assert "storey-aligned" in codes(apart)
    other = row_house(RowHouse(widths_m=(1.7,), depth_m=2.2, turned_deg=17.0))
    unlike = raise_building([near, replace(other, offset_m=(100.0, 0.0))])
    assert "storey-centred" in codes(unlike)


def test_a_building_far_from_the_origin_gets_a_local_one():
    here = raise_building(row_house())
    there = raise_building(row_house(RowHouse(moved_m=(4_500_000.0, 5_700_000.0))))
    assert max(abs(c) for c in there.storeys[0].slabs[0].footprint.bounds) < 50
    for one, other in zip(here.storeys[0].walls, there.storeys[0].walls, strict=True):
        back = shapely.affinity.translate(other.footprint, *there.offset_m)
        back = shapely.affinity.translate(back, -4_500_000.0, -5_700_000.0)
        assert one.footprint.symmetric_difference(back).area < 2e-3


def test_a_smaller_storey_leaves_a_terrace_under_a_flat_roof():
    lower, upper = row_house(), row_house(RowHouse(widths_m=(4.0,)))
    storeys = raise_building([lower, upper], flat_roof=True).storeys
    roofs = [s for s in storeys[0].slabs if s.kind is SlabKind.ROOF]
    ground = storeys[0].slabs[0].footprint.area
    assert sum(r.footprint.area for r in roofs) + storeys[1].slabs[0].footprint.area == (
        pytest.approx(ground, rel=1e-3)
    )
    assert [s.top_m for s in storeys[1].slabs if s.kind is SlabKind.ROOF] == [2.7]
    assert not [s for s in raise_building([lower]).storeys[0].slabs if s.kind is SlabKind.ROOF]


def test_a_hole_for_a_stair_is_cut_into_the_floor_it_leads_to():
    stair = box(1, 1, 2, 4)
    storeys = raise_building([row_house(), row_house()], slab_holes={1: [stair]}).storeys
    assert storeys[0].slabs[0].footprint.area - storeys[1].slabs[0].footprint.area == (
        pytest.approx(stair.area)
    )


def test_what_was_unresolved_before_stays_so_with_its_place():
    lost = warning("opening-without-wall", "A door stands in no wall.", place=(1.0, 2.0))
    plan = replace(row_house(), unresolved=(lost,))
    moved = replace(plan, offset_m=(10.0, 0.0))
    storeys = raise_building([plan, moved]).storeys
    assert storeys[0].unresolved == (lost,)
    x, y = storeys[1].unresolved[0].place
    shift = storeys[1].walls[0].footprint.bounds[0] - row_house().walls[0].footprint.bounds[0]
    assert (x - 1.0, y) == (pytest.approx(shift), 2.0)


def test_plans_without_walls_and_rooms_give_no_building():
    empty = replace(row_house(), walls=(), openings=(), rooms=())
    with pytest.raises(NothingToBuildError):
        raise_building(empty)
    with pytest.raises(NothingToBuildError, match="Attic"):
        raise_building([row_house(), replace(empty, name="Attic")])


@pytest.mark.parametrize(
    "options",
    [
        {"storey_heights_m": [2.7, 2.7]},
        {"storey_heights_m": -1.0},
        {"storey_heights_m": 0.4},
        {"names": ["a", "b"]},
        {"slab_thickness_m": 0.0},
        {"slab_thickness_m": 2.6},
    ],
)
def test_options_that_do_not_fit_are_refused(options):
    with pytest.raises(UsageError):
        raise_building(row_house(), **options)


def test_the_floor_lies_under_the_outer_walls():
    house = RowHouse()
    slab = raise_building(replace(row_house(house), outline=None)).storeys[0].slabs[0]
    expected = (house.length_m + 2 * OUTER_M) * (house.depth_m + 2 * OUTER_M)
    assert slab.footprint.area == pytest.approx(expected, rel=1e-3)
    assert len(slab.footprint.interiors) == 0


def test_a_height_that_no_storey_has_is_refused_and_one_that_is_drawn_is_not_believed():
    for height_m in (0.0, -3.0, float("nan"), 2700.0):
        with pytest.raises(UsageError, match="1 to 100 m"):
            raise_building(row_house(), storey_heights_m=height_m)
    building = raise_building(replace(row_house(), height_m=0.03))
    assert building.storeys[0].height_m == 2.7
    (finding,) = [f for f in building.findings if f.code == "storey-height-assumed"]
    assert "0.03" in finding.message
