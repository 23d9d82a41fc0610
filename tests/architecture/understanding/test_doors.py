"""Door symbols, and how IFC4 calls the way they swing."""

from __future__ import annotations

import numpy as np
import pytest
from shapely.geometry import MultiPolygon, Polygon, box

from architecture.drawing import Drawing, Stroke, StrokeKind, UnitVote
from architecture.plan import Operation
from architecture.understanding.doors import (
    DoorSymbol,
    Leaf,
    door_leaves,
    paired_leaves,
    readings,
)
from architecture.understanding.gaps import Gap
from architecture.understanding.openings import doors_between_walls, swing
from architecture.understanding.roles import Role
from architecture.understanding.sorting import sort_strokes

METRES = UnitVote(unit="m", meters_per_unit=1.0, confidence=1.0, declared="m")
GAP = Gap(
    quad=box(0, 0, 1, 0.2),
    center=(0.5, 0.1),
    direction=(1.0, 0.0),
    width_m=1.0,
    thickness_m=0.2,
    ends=2,
)


def leaf(hinge: tuple[float, float], strike: tuple[float, float], up: float) -> Leaf:
    return Leaf(
        hinge=hinge,
        strike=strike,
        open_end=(hinge[0], hinge[1] + up),
        sure=True,
        role=Role.DOOR,
        group=None,
        stroke=0,
    )


@pytest.mark.parametrize(
    ("hinge", "strike", "up", "operation", "side"),
    [
        ((0, 0.2), (1, 0.2), 1.0, Operation.SINGLE_SWING_LEFT, 1),
        ((1, 0.2), (0, 0.2), 1.0, Operation.SINGLE_SWING_RIGHT, 1),
        ((0, 0.0), (1, 0.0), -1.0, Operation.SINGLE_SWING_RIGHT, -1),
        ((1, 0.0), (0, 0.0), -1.0, Operation.SINGLE_SWING_LEFT, -1),
    ],
)
def test_a_hinge_on_the_left_of_who_walks_with_the_leaf_is_a_left_door(
    hinge: tuple[float, float],
    strike: tuple[float, float],
    up: float,
    operation: Operation,
    side: int,
) -> None:
    assert swing([leaf(hinge, strike, up)], GAP) == (operation, side)


def test_leaves_that_meet_are_a_double_door() -> None:
    pair = [leaf((0, 0.2), (0.5, 0.2), 0.5), leaf((1, 0.2), (0.5, 0.2), 0.5)]
    (door,) = paired_leaves(pair)
    assert door.width_m == pytest.approx(1.0)
    assert swing(door.leaves, GAP) == (Operation.DOUBLE_DOOR_SINGLE_SWING, 1)


def test_leaves_on_both_sides_swing_both_ways() -> None:
    four = [leaf((x, y), (0.5, y), up) for x in (0, 1) for y, up in ((0.0, -0.5), (0.2, 0.5))]
    assert swing(four, GAP)[0] is Operation.DOUBLE_DOOR_DOUBLE_SWING
    assert swing(four[:2], GAP)[0] in (Operation.DOUBLE_SWING_LEFT, Operation.DOUBLE_SWING_RIGHT)


def drawing(*strokes: Stroke) -> Drawing:
    return Drawing(strokes=strokes, texts=(), inserts=(), unit=METRES)


def arc(radius: float, *, sweep: float = np.pi / 2) -> Stroke:
    angles = np.linspace(0, sweep, 9)
    points = radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return Stroke(kind=StrokeKind.ARC, points=points, layer="0", arc=(0, 0, radius, 0.0, sweep))


def test_the_leaf_line_tells_which_end_stands_open() -> None:
    line = Stroke(kind=StrokeKind.LINE, points=np.array([[0, 0], [0, 0.9]]), layer="0")
    (found,) = door_leaves(sort_strokes(drawing(arc(0.9), line)))
    assert found.sure
    assert found.strike == pytest.approx((0.9, 0.0))
    assert found.open_end == pytest.approx((0.0, 0.9))


def test_an_arc_without_a_leaf_is_read_both_ways() -> None:
    (found,) = door_leaves(sort_strokes(drawing(arc(0.9))))
    assert not found.sure
    (door,) = paired_leaves([found])
    assert {reading.end for reading in readings(door)} == {found.strike, found.open_end}


@pytest.mark.parametrize("stroke", [arc(0.2), arc(2.5), arc(0.9, sweep=3.0)])
def test_fillets_landings_and_half_circles_are_no_doors(stroke: Stroke) -> None:
    assert door_leaves(sort_strokes(drawing(stroke))) == []


@pytest.mark.parametrize("flips", [(False, False), (True, False), (True, True)])
def test_two_unsure_leaves_are_read_so_that_they_meet(flips: tuple[bool, bool]) -> None:
    left = Leaf(hinge=(0.0, 0.0), strike=(0.45, 0.0), open_end=(0.0, 0.45), sure=False,
                role=Role.OTHER, group=None, stroke=0)  # fmt: skip
    right = Leaf(hinge=(0.9, 0.0), strike=(0.45, 0.0), open_end=(0.9, 0.45), sure=False,
                 role=Role.OTHER, group=None, stroke=1)  # fmt: skip
    drawn = [
        leaf.flipped() if flip else leaf for leaf, flip in zip((left, right), flips, strict=True)
    ]
    (door,) = paired_leaves(drawn)
    assert door.width_m == pytest.approx(0.9)
    assert len(door.leaves) == 2


def double_door(width: float = 0.9, *, at: tuple[float, float] = (0.0, 0.0)) -> DoorSymbol:
    x, y = at
    leaves = [
        Leaf(hinge=(x + h, y), strike=(x + width / 2, y), open_end=(x + h, y + width / 2),
             sure=True, role=Role.DOOR, group=None, stroke=0)
        for h in (0.0, width)
    ]  # fmt: skip
    (door,) = paired_leaves(leaves)
    return door


def test_a_door_between_pointed_walls_closes_from_end_to_end() -> None:
    left = Polygon([(-2, -0.1), (-0.1, -0.1), (0.0, 0.0), (-0.1, 0.1), (-2, 0.1)])
    right = Polygon([(3, -0.1), (1.0, -0.1), (0.9, 0.0), (1.0, 0.1), (3, 0.1)])
    (found,), used = doors_between_walls([double_door()], MultiPolygon([left, right]))
    assert used == {0}
    assert found.width_m == pytest.approx(0.9)
    assert found.center == pytest.approx((0.45, 0.0), abs=0.01)
    closed = MultiPolygon([left, right]).union(found.quad)
    assert closed.buffer(1e-6).geom_type == "Polygon", "the door closes the wall"


def test_a_door_on_a_wall_that_runs_on_or_in_the_open_closes_no_gap() -> None:
    running = MultiPolygon([box(-2, -0.1, 3, 0.1)])
    far = MultiPolygon([box(-2, -0.1, -0.5, 0.1), box(1.5, -0.1, 3, 0.1)])
    for body in (running, far):
        assert doors_between_walls([double_door()], body) == ([], set())
