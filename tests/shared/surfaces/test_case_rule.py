"""The case table is what the rule says, and the rule keeps its promises."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from shared.surfaces import case_rule, case_table


def decoded():
    cases = [[int(digit, 16) for digit in digits] for digits in case_table.CASES.split(",")]
    return [[tuple(case[n : n + 3]) for n in range(0, len(case), 3)] for case in cases]


def directed_edges(triangles):
    return Counter(pair for a, b, c in triangles for pair in ((a, b), (b, c), (c, a)))


def test_the_table_in_the_repository_is_the_one_that_the_script_writes():
    assert case_rule.table_source(case_rule.case_table()) == case_table.__loader__.get_source(
        case_table.__name__
    )


def test_every_cut_edge_carries_a_vertex_and_no_other():
    for case, triangles in enumerate(decoded()):
        cut = {
            edge
            for edge, (low, high) in enumerate(case_rule.EDGES)
            if (case >> low & 1) != (case >> high & 1)
        }
        assert {edge for triangle in triangles for edge in triangle} == cut


def test_a_case_is_bounded_by_the_segments_of_its_faces_alone():
    for case, triangles in enumerate(decoded()):
        edges = directed_edges(triangles)
        assert not edges or max(edges.values()) == 1
        border = {(a, b) for a, b in edges if (b, a) not in edges}
        segments = {s for cycle in case_rule.FACES for s in case_rule.face_segments(case, cycle)}
        assert border == segments


def test_no_inner_edge_of_a_case_lies_in_a_face_of_the_cell():
    for triangles in decoded():
        edges = directed_edges(triangles)
        for a, b in edges:
            if (b, a) in edges:
                assert not case_rule.FACES_OF_EDGE[a] & case_rule.FACES_OF_EDGE[b]


def test_both_cells_beside_a_face_draw_the_same_segments_turned_round():
    for axis, weight in enumerate((4, 2, 1)):
        low, high = case_rule.FACES[2 * axis], case_rule.FACES[2 * axis + 1]
        assert {corner + weight for corner in low} == set(high)
        for pattern in range(16):
            there = sum(1 << corner for n, corner in enumerate(low) if pattern >> n & 1)
            segments = named(there, low)
            assert named(there << weight, high, shift=weight) == {(b, a) for a, b in segments}


def named(case, cycle, shift=0):
    """The segments of a face as pairs of pairs of corners."""
    return {
        tuple(frozenset(corner - shift for corner in case_rule.EDGES[edge]) for edge in segment)
        for segment in case_rule.face_segments(case, cycle)
    }


def test_inside_corners_that_meet_diagonally_stay_apart_on_a_face():
    for cycle in case_rule.FACES:
        segments = case_rule.face_segments((1 << cycle[0]) | (1 << cycle[2]), cycle)
        for corner, segment in zip((cycle[0], cycle[2]), sorted_by(segments, cycle), strict=True):
            assert all(corner in case_rule.EDGES[edge] for edge in segment)


def sorted_by(segments, cycle):
    return sorted(segments, key=lambda segment: cycle[0] not in case_rule.EDGES[segment[0]])


@pytest.mark.parametrize("end_weight", [0.2, 1.0])
def test_triangles_of_a_case_never_pass_through_each_other(end_weight):
    random = np.random.default_rng(7)
    share = np.clip(random.beta(end_weight, end_weight, (300, 12)), 1e-3, 1 - 1e-3)
    low, high = (
        np.array([case_rule.corner_position(edge[end]) for edge in case_rule.EDGES])
        for end in (0, 1)
    )
    vertices = low + share[..., None] * (high - low)
    for triangles in decoded():
        assert len(triangles) < 2 or case_rule.count_crossings(triangles, vertices) == 0


def test_the_count_of_crossings_sees_a_crossing():
    vertices = np.zeros((1, 12, 3))
    vertices[0, :6] = [
        (0, 0, 0),
        (1, 0, 0),
        (0, 1, 0),
        (0.2, 0.2, -1),
        (0.2, 0.2, 1),
        (0.3, 0.2, 1),
    ]
    assert case_rule.count_crossings([(0, 1, 2), (3, 4, 5)], vertices) == 1


def test_a_single_inside_corner_is_cut_off_outward():
    middles = np.array(
        [
            np.mean([case_rule.corner_position(corner) for corner in edge], axis=0)
            for edge in case_rule.EDGES
        ]
    )
    for corner in range(8):
        (triangle,) = decoded()[1 << corner]
        a, b, c = middles[list(triangle)]
        away = (a + b + c) / 3 - case_rule.corner_position(corner)
        assert np.cross(b - a, c - a) @ away > 0


def test_loops_follow_the_segments():
    for case in range(256):
        segments = {s for cycle in case_rule.FACES for s in case_rule.face_segments(case, cycle)}
        walked = {
            step for loop in case_rule.case_loops(case) for step in pairwise([*loop, loop[0]])
        }
        assert walked == segments
