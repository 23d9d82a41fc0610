"""What is body and what lies around it, on phantoms of difficult cases."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medical.segmenters.body import APPARATUS, CAVITY, TISSUE, Body, find_body
from shared.affine import Affine
from shared.volume import Quantity, Volume
from tests.fixtures.phantoms import (
    BothSides,
    Box,
    Capsule,
    Cylinder,
    Ellipsoid,
    Grown,
    Material,
    Union,
    Vector,
    grid_matrix,
    head_on_couch,
    thighs_and_arms,
    voxels,
)

SOFT, BONE, LUNG, FOAM, SHELL = 40, 700, -850, -950, 150
Z = 400.0
"""Beyond every scan: what reaches it is cut at both ends."""


def scan(
    materials: Sequence[Material],
    shape: tuple[int, int, int],
    spacing_mm: tuple[float, float, float] = (3.0, 2.0, 2.0),
) -> Volume:
    matrix = grid_matrix(shape, spacing_mm)
    values = voxels(materials, shape, matrix, samples=3, noise_hu=8.0)
    return Volume(values=values, affine=Affine(matrix), quantity=Quantity.HU)


def along_z(x: float, y: float, radius: float) -> Capsule:
    return Capsule((x, y, -Z), (x, y, Z), radius)


def board(y: float, half_width: float, half_height: float) -> Box:
    return Box((0.0, y, 0.0), (half_width, half_height, Z))


def zone_at(body: Body, volume: Volume, point_mm: Vector) -> int:
    index = np.rint(volume.affine.inverse().apply(point_mm)).astype(int)
    i, j, k = index.tolist()
    return int(body.zones_of_voxels()[i, j, k])


def test_two_limbs_and_a_hollow_couch_beneath_them() -> None:
    shell = board(60.0, 120.0, 22.0)
    limbs = Union((along_z(50.0, -10.0, 40.0), along_z(-50.0, -10.0, 40.0)))
    volume = scan([(limbs, SOFT), (shell, SHELL), (Grown(shell, -4.0), FOAM)], (36, 96, 128))
    body = find_body(volume)
    assert body.pieces == 2
    for x in (50.0, -50.0):
        assert zone_at(body, volume, (x, -10.0, 0.0)) == TISSUE
    assert zone_at(body, volume, (0.0, 39.5, 0.0)) == APPARATUS
    assert zone_at(body, volume, (0.0, 60.0, 0.0)) not in (TISSUE, CAVITY)
    assert not body.findings


def test_a_solid_board_is_no_body() -> None:
    volume = scan(
        [(along_z(0.0, -20.0, 40.0), SOFT), (board(50.0, 110.0, 10.0), SOFT)], (40, 80, 120)
    )
    body = find_body(volume)
    assert body.pieces == 1
    assert zone_at(body, volume, (0.0, 50.0, 0.0)) == APPARATUS


def test_a_couch_that_a_flat_back_lies_on_is_cut_off_under_the_back() -> None:
    torso = Box((0.0, -30.0, 0.0), (80.0, 50.0, Z), rounding=35.0)
    lungs = BothSides(Ellipsoid((38.0, -35.0, 0.0), (24.0, 30.0, 90.0)))
    couch = board(22.0, 120.0, 3.0)
    volume = scan([(couch, SHELL), (torso, SOFT), (lungs, LUNG)], (40, 80, 130))
    body = find_body(volume)
    assert body.pieces == 1
    for x in (-100.0, -30.0, 0.0, 30.0, 100.0):
        assert zone_at(body, volume, (x, 23.0, 0.0)) == APPARATUS, x
    assert zone_at(body, volume, (0.0, 15.0, 0.0)) == TISSUE
    assert zone_at(body, volume, (38.0, -35.0, 0.0)) == CAVITY
    assert [f.code for f in body.findings] == ["apparatus-touches-body"]


def test_a_couch_that_a_head_lies_on_in_one_spot_is_cut_off_there_too() -> None:
    values, matrix, truth = head_on_couch()
    volume = Volume(values=values, affine=Affine(matrix), quantity=Quantity.HU)
    body = find_body(volume)
    assert body.pieces == 1
    inside_shell = truth["couch_top_y_mm"] + 2.5
    assert zone_at(body, volume, (0.0, inside_shell, 0.0)) == APPARATUS
    assert zone_at(body, volume, (0.0, truth["couch_top_y_mm"] - 6.0, 0.0)) == TISSUE


def test_a_hand_on_a_plate_keeps_its_fingers() -> None:
    fingers = [
        Capsule((x, -8.0, 0.0), (1.7 * x, -8.0, 75.0), 7.5) for x in (-30.0, -10.0, 10.0, 30.0)
    ]
    palm = Ellipsoid((0.0, -10.0, -20.0), (42.0, 14.0, 50.0))
    plate = board(6.0, 85.0, 2.5)
    volume = scan([(plate, SHELL), (Union((palm, *fingers)), SOFT)], (64, 36, 90))
    body = find_body(volume)
    assert body.pieces == 1
    for finger in fingers:
        x, y, z = finger.end
        assert zone_at(body, volume, (x, y, z - 3.0)) == TISSUE
    assert zone_at(body, volume, (70.0, 6.0, -50.0)) == APPARATUS


def test_fingers_that_the_scan_cuts_off_their_hand_are_kept_in_doubt() -> None:
    fingers = [Capsule((x, 0.0, -80.0), (x, 0.0, 20.0), 6.5) for x in (-36.0, -12.0, 12.0, 36.0)]
    body = find_body(scan([(Union(tuple(fingers)), SOFT)], (20, 24, 60), (3.0, 1.8, 1.8)))
    assert body.pieces == 4
    assert {f.code for f in body.findings} <= {"doubtful-piece"}


def test_a_tube_beside_an_arm_is_apparatus() -> None:
    volume = scan(
        [(along_z(0.0, 0.0, 22.0), SOFT), (along_z(40.0, -12.0, 3.0), SHELL)], (60, 40, 60)
    )
    body = find_body(volume)
    assert body.pieces == 1
    assert zone_at(body, volume, (40.0, -12.0, 0.0)) == APPARATUS


def test_a_dry_skull_in_a_holder_is_a_body_and_its_holder_is_not() -> None:
    skull = Ellipsoid((0.0, 0.0, 0.0), (70.0, 88.0, 80.0))
    holder = Cylinder((0.0, 0.0, -Z), (0.0, 0.0, Z), 104.0) - Cylinder(
        (0.0, 0.0, -Z), (0.0, 0.0, Z), 99.0
    )
    behind = Box((0.0, 120.0, 0.0), (200.0, 110.0, Z))
    volume = scan(
        [(holder & behind, SHELL), (skull, BONE), (Grown(skull, -7.0), -1000)], (50, 110, 106)
    )
    body = find_body(volume)
    assert body.pieces == 1
    assert zone_at(body, volume, (0.0, 84.0, 0.0)) == TISSUE
    assert zone_at(body, volume, (0.0, 0.0, 0.0)) == CAVITY
    assert zone_at(body, volume, (0.0, 101.5, 0.0)) == APPARATUS


def test_a_newborn_with_thin_walls_keeps_chest_and_arms() -> None:
    chest = Ellipsoid((0.0, 0.0, 0.0), (50.0, 42.0, 500.0))
    lungs = BothSides(Ellipsoid((24.0, -3.0, 0.0), (19.0, 28.0, 50.0)))
    arms = BothSides(along_z(66.0, 5.0, 11.0))
    volume = scan([(chest, SOFT), (lungs, -700), (arms, SOFT)], (40, 60, 90), (3.0, 1.8, 1.8))
    body = find_body(volume)
    assert body.pieces == 3
    assert zone_at(body, volume, (24.0, -3.0, 0.0)) == CAVITY
    assert zone_at(body, volume, (45.5, 0.0, 0.0)) == TISSUE
    assert not (body.zones == APPARATUS).any()


def test_air_between_two_thighs_and_in_folds_stays_outside() -> None:
    thighs = Union((along_z(41.0, 0.0, 42.0), along_z(-41.0, 0.0, 42.0)))
    volume = scan([(thighs, SOFT)], (40, 60, 100))
    body = find_body(volume)
    assert not (body.zones == CAVITY).any()


def test_windpipe_and_lungs_that_the_scan_cuts_are_inside() -> None:
    chest = Ellipsoid((0.0, 0.0, 0.0), (90.0, 70.0, 900.0))
    windpipe, lungs = along_z(0.0, -10.0, 9.0), BothSides(along_z(45.0, 0.0, 28.0))
    body = find_body(scan([(chest, SOFT), (windpipe, -1000), (lungs, LUNG)], (30, 80, 100)))
    volume_ml = (body.zones == CAVITY).sum() * np.prod(body.factors) * 3.0 * 2.0 * 2.0 / 1000.0
    true_ml = np.pi * (9.0**2 + 2 * 28.0**2) * 30 * 3.0 / 1000.0
    assert volume_ml == pytest.approx(true_ml, rel=0.06)


def test_nothing_but_air_has_no_body() -> None:
    body = find_body(scan([], (12, 14, 16)))
    assert body.pieces == 0
    assert [f.code for f in body.findings] == ["no-body"]
    assert not body.zones.any()


def test_nothing_but_tissue_is_one_body() -> None:
    values = np.full((20, 20, 20), 40, dtype=np.int16)
    volume = Volume(values=values, affine=Affine(np.diag([2.0, 2, 2, 1])), quantity=Quantity.HU)
    body = find_body(volume)
    assert body.pieces == 1
    assert (body.zones == TISSUE).all()


def test_values_that_are_no_hu_are_parted_by_their_histogram() -> None:
    values = np.full((40, 40, 40), 30, dtype=np.uint16)
    values[8:32, 8:32, 8:32] = 900
    volume = Volume(values=values, affine=Affine(np.diag([2.0, 2, 2, 1])))
    body = find_body(volume)
    assert body.pieces == 1
    assert (body.zones == TISSUE).sum() == 24**3


@settings(max_examples=8)
@given(st.sampled_from(list(permutations(range(3)))), st.tuples(*[st.sampled_from([1, -1])] * 3))
def test_the_body_does_not_depend_on_array_order(
    order: tuple[int, int, int], steps: tuple[int, int, int]
) -> None:
    values, matrix, _ = thighs_and_arms()
    plain = find_body(Volume(values=values, affine=Affine(matrix), quantity=Quantity.HU))
    flips = tuple(slice(None, None, step) for step in steps)
    turned = np.eye(4)
    turned[:3, :3] = matrix[:3, :3][:, order] * np.array(steps)
    volume = Volume(
        values=values.transpose(order)[flips], affine=Affine(turned), quantity=Quantity.HU
    )
    found = find_body(volume)
    assert found.pieces == plain.pieces == 4
    expected = (plain.zones_of_voxels() == TISSUE).transpose(order)[flips]
    differing = np.count_nonzero(expected != (found.zones_of_voxels() == TISSUE))
    assert differing <= 0.02 * np.count_nonzero(expected)
