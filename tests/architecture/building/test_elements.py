from __future__ import annotations

from dataclasses import replace

import pytest
from shapely.geometry import LineString, Polygon, box

from architecture.building.elements import (
    Building,
    Column,
    Opening,
    Slab,
    SlabKind,
    Space,
    Storey,
    Wall,
)
from architecture.plan import OpeningKind
from shared.errors import InvalidValueError

WINDOW = Opening(
    id="window_0", kind=OpeningKind.WINDOW, center=(2.0, 0.0), direction=(1.0, 0.0),
    width_m=1.2, depth_m=0.2, sill_m=0.9, head_m=2.1,
)  # fmt: skip
WALL = Wall(
    id="wall_0", axis=LineString([(0, 0), (5, 0)]), thickness_m=0.2,
    footprint=box(0, -0.1, 5, 0.1), height_m=2.5, openings=(WINDOW,),
)  # fmt: skip
STOREY = Storey(name="Ground floor", elevation_m=0.0, height_m=2.7, walls=(WALL,))


def with_opening(**changes):
    return replace(WALL, openings=(replace(WINDOW, **changes),))


def test_the_volume_of_a_wall_is_its_footprint_times_height_less_its_openings():
    assert WALL.gross_volume_m3 == pytest.approx(5 * 0.2 * 2.5)
    assert WALL.net_volume_m3 == pytest.approx(5 * 0.2 * 2.5 - 1.2 * 0.2 * 1.2)


def test_the_section_of_a_wall_shows_the_openings_at_that_height():
    assert WALL.section(1.2).area == pytest.approx((5 - 1.2) * 0.2)
    assert WALL.section(0.5).area == pytest.approx(5 * 0.2)
    assert WALL.section(2.3).area == pytest.approx(5 * 0.2)


@pytest.mark.parametrize(
    "changes",
    [
        {"head_m": 2.6},
        {"sill_m": -0.2},
        {"center": (4.6, 0.0)},
        {"center": (2.0, 0.3)},
        {"center": (9.0, 0.0)},
        {"width_m": 6.0},
        {"direction": (0.0, 1.0)},
    ],
)
def test_an_opening_outside_its_wall_is_refused(changes):
    with pytest.raises(InvalidValueError, match="window_0"):
        with_opening(**changes)


def test_an_opening_may_end_where_its_wall_ends_and_is_then_cut_through_the_end():
    wall = with_opening(center=(4.4, 0.0))
    assert wall.net_volume_m3 == pytest.approx(WALL.net_volume_m3)
    assert wall.hole(wall.openings[0]).bounds == pytest.approx((3.8, -0.11, 5.01, 0.11))
    assert WALL.hole(WINDOW).bounds == pytest.approx((1.4, -0.11, 2.6, 0.11))


def test_openings_that_overlap_are_refused_and_stacked_ones_are_not():
    beside = replace(WINDOW, id="window_1", center=(2.8, 0.0))
    with pytest.raises(InvalidValueError, match="overlap"):
        replace(WALL, openings=(WINDOW, beside))
    above = replace(WINDOW, id="window_1", sill_m=2.1, head_m=2.4)
    touching = replace(WINDOW, id="window_2", center=(3.2, 0.0))
    assert len(replace(WALL, openings=(WINDOW, above, touching)).openings) == 3


@pytest.mark.parametrize(
    "changes", [{"sill_m": 2.1}, {"width_m": 0.0}, {"depth_m": -1.0}, {"direction": (1.0, 1.0)}]
)
def test_an_opening_without_extent_or_direction_is_refused(changes):
    with pytest.raises(InvalidValueError):
        replace(WINDOW, **changes)


@pytest.mark.parametrize(
    "changes", [{"footprint": Polygon()}, {"height_m": 0.0}, {"thickness_m": 0.0}]
)
def test_a_wall_without_extent_is_refused(changes):
    with pytest.raises(InvalidValueError, match="wall_0"):
        replace(WALL, openings=(), **changes)


def test_spaces_are_disjoint():
    left = Space(id="room_0", outline=box(0, 0, 4, 4), height_m=2.5)
    beside = Space(id="room_1", outline=box(4, 0, 8, 4), height_m=2.5)
    assert len(replace(STOREY, spaces=(left, beside)).spaces) == 2
    over = Space(id="room_1", outline=box(3.9, 0, 8, 4), height_m=2.5)
    with pytest.raises(InvalidValueError, match=r"room_0 and room_1 share 0\.400"):
        replace(STOREY, spaces=(left, over))


def test_ids_of_a_storey_are_unique_over_all_classes():
    with pytest.raises(InvalidValueError, match="same id"):
        replace(STOREY, columns=(Column(id="window_0", footprint=box(0, 0, 1, 1), height_m=2.5),))


def test_elevations_increase():
    upper = replace(STOREY, elevation_m=2.7)
    assert len(Building(name="B", storeys=(STOREY, upper)).storeys) == 2
    with pytest.raises(InvalidValueError, match="elevations"):
        Building(name="B", storeys=(upper, STOREY))
    with pytest.raises(InvalidValueError, match="at least one"):
        Building(name="B", storeys=())


def test_slabs_and_storeys_have_a_thickness():
    with pytest.raises(InvalidValueError):
        Slab(id="s", kind=SlabKind.FLOOR, footprint=box(0, 0, 1, 1), top_m=0, thickness_m=0)
    with pytest.raises(InvalidValueError):
        replace(STOREY, height_m=0.0)
