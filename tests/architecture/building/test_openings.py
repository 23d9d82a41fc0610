from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Polygon, box

from architecture import plan, raise_building
from architecture.building.openings import NEAR_MISS_M, fit_openings
from architecture.plan import OpeningKind
from tests.fixtures.plans import METRES

DOOR = plan.Opening(
    id="door_0", kind=OpeningKind.DOOR, wall="wall_0", center=(2.0, 0.0), direction=(1.0, 0.0),
    width_m=0.9,
)  # fmt: skip
FOOTPRINT = box(0, -0.1, 5, 0.1)


def fitted(*openings, footprint=FOOTPRINT, height_m=2.5):
    return fit_openings(
        openings, wall="wall_0", footprint=footprint, thickness_m=0.2, height_m=height_m
    )


def test_an_opening_drawn_beside_the_axis_moves_to_the_middle_of_its_wall():
    opening = fitted(replace(DOOR, center=(2.0, 0.07))).openings[0]
    assert opening.center == pytest.approx((2.0, 0.0))
    assert (opening.width_m, opening.depth_m) == pytest.approx((0.9, 0.2))


def test_an_opening_that_reaches_out_of_its_wall_is_cut_to_it_and_told():
    result = fitted(replace(DOOR, center=(4.8, 0.0)))
    assert result.openings[0].width_m == pytest.approx(0.65)
    assert [f.code for f in result.findings] == ["opening-clipped"]


def test_an_opening_beside_its_wall_is_unresolved_with_its_place():
    for center in ((2.0, 1.0), (5.3, 0.0), (-3.0, 0.0)):
        result = fitted(replace(DOOR, center=center))
        assert result.openings == ()
        assert [f.place for f in result.unresolved] == [center]


def test_of_two_openings_in_one_place_the_surer_stays():
    doubt = replace(DOOR, id="door_1", center=(2.3, 0.0), confidence=0.4)
    result = fitted(doubt, DOOR)
    assert [o.id for o in result.openings] == ["door_0"]
    assert "overlaps door_0" in result.unresolved[0].message


@pytest.mark.parametrize(
    ("kind", "sill_m", "head_m", "expected"),
    [
        (OpeningKind.DOOR, None, None, (0.0, 2.1)),
        (OpeningKind.PASSAGE, None, None, (0.0, 2.1)),
        (OpeningKind.WINDOW, None, None, (0.9, 2.1)),
        (OpeningKind.WINDOW, 0.1, None, (0.1, 2.1)),
        (OpeningKind.WINDOW, 1.7, None, (1.7, 2.1)),
        (OpeningKind.WINDOW, 1.9, None, (1.9, 2.5)),
        (OpeningKind.WINDOW, None, 2.3, (0.9, 2.3)),
        (OpeningKind.WINDOW, None, 0.8, (0.2, 0.8)),
        (OpeningKind.DOOR, None, 2.01, (0.0, 2.01)),
        (OpeningKind.DOOR, 0.0, 2.9, (0.0, 2.5)),
        (OpeningKind.DOOR, 0.0, 2.498, (0.0, 2.5)),
        (OpeningKind.WINDOW, 0.007, None, (0.0, 2.1)),
        (OpeningKind.WINDOW, 2.6, None, (2.2, 2.5)),
    ],
)
def test_sill_and_head_are_printed_or_assumed_and_stay_below_the_wall(
    kind, sill_m, head_m, expected
):
    opening = fitted(replace(DOOR, kind=kind, sill_m=sill_m, head_m=head_m)).openings[0]
    assert (opening.sill_m, opening.head_m) == pytest.approx(expected)


def test_a_height_that_does_not_fit_is_told():
    result = fitted(replace(DOOR, sill_m=0.0, head_m=2.9))
    assert [f.code for f in result.findings] == ["opening-head-changed"]


@given(st.floats(-2.0, 2.0), st.sampled_from([0.0, 2e-5, -4e-5, 9e-5, 3e-4]))
def test_no_jamb_almost_coincides_with_a_corner_of_the_wall(x, miss):
    jamb = 2.0 + x / 4
    notched = Polygon(
        [(0, -0.1), (jamb, -0.1), (jamb + 0.003, -0.102), (5, -0.102), (5, 0.1), (0, 0.1)]
    )
    door = replace(DOOR, center=(jamb + miss + 0.45, 0.0))
    opening = fitted(door, footprint=notched).openings[0]
    ends = opening.center[0] + np.array([-0.5, 0.5]) * opening.width_m
    corners = np.array(notched.exterior.coords)[:, 0]
    distances = np.abs(ends[:, None] - corners)
    within, beyond = NEAR_MISS_M
    assert ((distances <= within * 1.001) | (distances >= beyond * 0.999)).all()
    assert opening.width_m == pytest.approx(0.9, abs=5e-4)


def test_an_opening_that_would_take_its_whole_wall_leaves_a_lintel():
    wall = plan.Wall(
        id="wall_0", axis=LineString([(0, 0), (0.9, 0)]), thickness_m=0.2,
        footprint=box(0, -0.1, 0.9, 0.1),
    )  # fmt: skip
    door = replace(DOOR, center=(0.45, 0.0), head_m=2.5)
    house = plan.Plan(name="G", walls=(wall,), openings=(door,), rooms=(), unit=METRES)
    building = raise_building(house)
    raised = building.storeys[0].walls[0]
    assert raised.openings[0].head_m == pytest.approx(2.45)
    assert raised.net_volume_m3 == pytest.approx(0.9 * 0.2 * 0.05, rel=1e-3)
    assert "opening-takes-wall" in [f.code for f in building.findings]


def test_an_opening_in_a_curved_wall_goes_right_through():
    angles = np.linspace(0, np.pi / 2, 19)
    axis = LineString(np.column_stack([4 * np.cos(angles), 4 * np.sin(angles)]))
    ring = axis.buffer(0.15, cap_style="flat")
    middle = np.array([np.cos(np.pi / 4), np.sin(np.pi / 4)])
    door = replace(
        DOOR, center=tuple(4 * middle), direction=(-middle[1], middle[0]), width_m=1.2,
    )  # fmt: skip
    opening = fit_openings(
        [door], wall="wall_0", footprint=ring, thickness_m=0.3, height_m=2.5
    ).openings[0]
    assert len(ring.difference(opening.footprint(beside_m=0.01)).geoms) == 2
