from __future__ import annotations

from dataclasses import replace

import pytest
import shapely
from shapely.geometry import LineString, box

from architecture.building.elements import overlaps
from architecture.building.footprints import fit_rooms, fit_walls
from architecture.plan import Opening, OpeningKind, Room, Wall


def wall(name, start, end, thickness_m=0.2):
    axis = LineString([start, end])
    return Wall(
        id=name, axis=axis, thickness_m=thickness_m,
        footprint=axis.buffer(thickness_m / 2, cap_style="flat"),
    )  # fmt: skip


LONG = wall("wall_0", (0, 0), (6, 0), 0.3)
ACROSS = wall("wall_1", (3, -2), (3, 2), 0.1)


def test_walls_that_cross_share_nothing_and_leave_no_hole():
    result = fit_walls([ACROSS, LONG], [])
    regions = list(result.regions.values())
    assert overlaps(regions) == []
    both = shapely.union_all([LONG.footprint, ACROSS.footprint])
    assert shapely.union_all(regions).area == pytest.approx(both.area, rel=1e-6)
    assert result.regions["wall_0"].area == pytest.approx(LONG.footprint.area)


def test_the_wall_with_an_opening_there_keeps_a_common_place():
    door = Opening(
        id="door_0", kind=OpeningKind.DOOR, wall="wall_1", center=(3, 0), direction=(0, 1),
        width_m=0.9,
    )  # fmt: skip
    result = fit_walls([LONG, ACROSS], [door])
    assert result.regions["wall_1"].area == pytest.approx(ACROSS.footprint.area)


def test_a_wall_drawn_twice_stands_once():
    result = fit_walls([LONG, replace(LONG, id="wall_9")], [])
    assert list(result.regions) == ["wall_0"]
    assert [f.code for f in result.findings] == ["wall-within-walls"]


def test_rooms_that_overlap_are_parted_in_favor_of_the_smaller():
    hall = Room(id="room_0", outline=box(0, 0, 10, 10))
    closet = Room(id="room_1", outline=box(4, 4, 6, 6))
    result = fit_rooms([hall, closet])
    assert result.regions["room_1"].area == pytest.approx(4.0)
    assert result.regions["room_0"].area == pytest.approx(96.0)
    assert [f.code for f in result.findings] == ["rooms-overlap"]


def test_the_same_room_twice_is_one_room():
    room = Room(id="room_0", outline=box(0, 0, 3, 3))
    result = fit_rooms([room, replace(room, id="room_1")])
    assert len(result.regions) == 1
    assert "room-vanished" in [f.code for f in result.findings]
