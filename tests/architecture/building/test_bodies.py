from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from architecture import raise_building
from architecture.building.bodies import (
    PieceKind,
    axes_of,
    origin_of,
    piece_mesh,
    pieces_of,
    wall_mesh,
)
from architecture.building.elements import Opening
from architecture.plan import OpeningKind, Operation
from tests.fixtures.plans import RowHouse, row_house
from tests.fixtures.solids import is_closed_manifold, section_area, volume_of

DOOR = Opening(
    id="door_0", kind=OpeningKind.DOOR, center=(3.0, 4.0), direction=(0.6, 0.8), width_m=0.9,
    depth_m=0.2, sill_m=0.0, head_m=2.1, swing_side=1,
)  # fmt: skip


@given(
    st.sampled_from(list(OpeningKind)),
    st.floats(0.05, 6.0),
    st.floats(0.05, 3.0),
    st.floats(0.02, 1.0),
    st.sampled_from([Operation.NOTDEFINED, Operation.DOUBLE_DOOR_SINGLE_SWING]),
)
def test_what_fills_an_opening_is_closed_and_stays_inside_it(
    kind, width_m, height_m, depth_m, operation
):
    opening = replace(
        DOOR, kind=kind, width_m=width_m, head_m=height_m, depth_m=depth_m, operation=operation
    )
    for piece in pieces_of(opening):
        mesh = piece_mesh(piece, opening, floor_m=10.0)
        assert is_closed_manifold(mesh)
        offsets = mesh.vertices[:, :2] - np.array(opening.center)
        along = np.array(opening.direction)
        assert abs(offsets @ along).max() <= width_m / 2 + 1e-4
        assert abs(offsets @ [-along[1], along[0]]).max() <= depth_m / 2 + 1e-4
        assert mesh.vertices[:, 2].min() >= 10.0 - 1e-4
        assert mesh.vertices[:, 2].max() <= 10.0 + height_m + 1e-4


def test_leaf_and_frame_do_not_touch():
    frame, leaf = pieces_of(DOOR)
    assert (frame.kind, leaf.kind) == (PieceKind.FRAME, PieceKind.LEAF)
    assert frame.profile.distance(leaf.profile) == pytest.approx(0.003, abs=1e-6)


def test_double_doors_have_two_leaves_and_passages_nothing():
    double = replace(DOOR, operation=Operation.DOUBLE_DOOR_SINGLE_SWING)
    assert [p.kind for p in pieces_of(double)].count(PieceKind.LEAF) == 2
    assert pieces_of(replace(DOOR, kind=OpeningKind.PASSAGE)) == ()


@pytest.mark.parametrize("side", [1, -1])
def test_the_leaf_lies_on_the_side_it_swings_to(side):
    door = replace(DOOR, swing_side=side)
    leaf = piece_mesh(pieces_of(door)[1], door, floor_m=0.0)
    left = np.array([-0.8, 0.6])
    distance = ((leaf.vertices[:, :2] - np.array(door.center)) @ left).mean()
    assert np.sign(distance) == side


@pytest.mark.parametrize("side", [1, 0, -1])
def test_the_axes_of_an_opening_are_right_handed_and_start_at_a_jamb(side):
    door = replace(DOOR, swing_side=side)
    x, y = axes_of(door)
    assert x[0] * y[1] - x[1] * y[0] == pytest.approx(1.0)
    assert origin_of(door) + x * door.width_m / 2 == pytest.approx(door.center)


@pytest.mark.parametrize("turned_deg", [0.0, 20.0, -133.7])
def test_wall_bodies_are_closed_and_hold_the_net_volume(turned_deg):
    house = RowHouse(turned_deg=turned_deg, moved_m=(12.3, -45.6))
    for wall in raise_building(row_house(house)).storeys[0].walls:
        mesh = wall_mesh(wall, floor_m=2.7)
        assert is_closed_manifold(mesh)
        assert volume_of(mesh) == pytest.approx(wall.net_volume_m3, rel=1e-3)
        for height_m in (0.4, 1.2, 2.3):
            expected = wall.section(height_m).area
            assert section_area(mesh, 2.7 + height_m) == pytest.approx(expected, rel=2e-3)
