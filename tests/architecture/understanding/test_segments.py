"""Segments: broken and doubled lines become one; lines enclose faces."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from architecture.understanding.bundles import bundles_of, no_wall_faces
from architecture.understanding.ends import close_ends, loose_ends
from architecture.understanding.segments import Segments, arrange, merge_collinear

Line = tuple[float, float, float, float]


def segments(*lines: Line) -> Segments:
    drawn = np.array(lines, dtype=float).reshape(-1, 4)
    return Segments(start=drawn[:, :2], end=drawn[:, 2:], source=np.arange(len(drawn)))


def turned(found: Segments, degrees: float, moved: tuple[float, float]) -> Segments:
    a = np.radians(degrees)
    turn = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    start, end = (p @ turn.T + np.array(moved) for p in (found.start, found.end))
    return Segments(start=start, end=end, source=found.source)


angles = st.floats(0, 360)
offsets = st.tuples(*[st.floats(-200, 200)] * 2)


@given(degrees=angles, moved=offsets)
def test_overlapping_doubled_and_broken_lines_are_one(
    degrees: float, moved: tuple[float, float]
) -> None:
    drawn = segments((0, 0, 2, 0), (1.9, 0, 4, 0), (4.008, 0, 6, 0), (5, 0.001, 3, 0.001))
    merged = merge_collinear(turned(drawn, degrees, moved))
    assert len(merged) == 1
    assert merged.length[0] == pytest.approx(6.0, abs=2e-3)


def test_lines_apart_stay_apart() -> None:
    drawn = segments((0, 0, 2, 0), (2.1, 0, 4, 0), (0, 0.05, 4, 0.05), (0, 0, 0, 3))
    assert len(merge_collinear(drawn)) == 4


def test_lines_that_miss_by_millimetres_enclose_a_face() -> None:
    (face,) = arrange(
        segments((0.005, 0, 3.994, 0), (4, 0.006, 4, 3), (4.004, 3, 0, 3), (0, 2.996, 0, 0.003))
    )
    assert face.area == pytest.approx(12.0, rel=1e-3)


def test_an_end_that_misses_a_corner_is_carried_on_to_it() -> None:
    closed = close_ends(segments((0, 0, 4, 0), (4.06, -1, 4.06, 3)))
    assert np.hypot(*(closed.end - [4.06, 0]).T).min() < 0.02


def test_open_faces_of_a_wall_are_capped() -> None:
    drawn = segments((0, 0, 4, 0), (0, 0.2, 4, 0.2))
    assert loose_ends(drawn).all()
    (face,) = arrange(close_ends(drawn))
    assert face.area == pytest.approx(0.8, rel=1e-2)


@given(count=st.integers(3, 6), degrees=angles, moved=offsets)
def test_panes_are_a_bundle_and_walls_are_none(
    count: int, degrees: float, moved: tuple[float, float]
) -> None:
    panes: list[Line] = [(1.0, float(y), 2.5, float(y)) for y in np.linspace(0.0, 0.3, count)]
    walls: list[Line] = [
        (-2, 0, 1, 0),
        (-2, 0.3, 1.05, 0.3),
        (2.5, 0, 6, 0),
        (2.5, 0.3, 6.2, 0.3),
    ]
    drawn = turned(segments(*panes, *walls), degrees, moved)
    assert no_wall_faces(drawn).tolist() == [True] * count + [False] * 4
    assert max(len(bundle) for bundle in bundles_of(drawn)) == count


def test_two_lines_within_jambs_are_a_pane_and_a_pier_is_none() -> None:
    jambs: list[Line] = [(0, 0, 0, 0.3), (1, 0, 1, 0.3), (2, 0, 2, 0.3)]
    pane: list[Line] = [(0, 0.1, 1, 0.1), (0, 0.2, 1, 0.2)]
    pier: list[Line] = [(1, 0, 2, 0), (1, 0.3, 2, 0.3)]
    found = no_wall_faces(segments(*jambs, *pane, *pier))
    assert found.tolist() == [False] * 3 + [True] * 2 + [False] * 2
