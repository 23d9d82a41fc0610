"""Whatever triangles come in, nothing breaks, and promises that can be kept are kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.mesh import Mesh
from shared.meshing import (
    compare,
    components,
    measure,
    select_faces,
    self_intersections,
    simplify,
    smooth,
    split,
    topology,
    weld,
)
from tests.shared.meshing.shapes import bumpy_ball, sphere, together


@st.composite
def any_triangles(draw):
    """Few points, many faces between them: open, pinched, doubled, crossing, flat."""
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    points = random.integers(0, 4, size=(draw(st.integers(3, 40)), 3)).astype(float)
    points += draw(st.sampled_from([0.0, 0.05])) * random.normal(size=points.shape)
    faces = random.integers(0, len(points), size=(draw(st.integers(1, 120)), 3))
    return Mesh(vertices=points, faces=faces)


@settings(max_examples=60)
@given(any_triangles(), st.sampled_from([0.7, 0.3, 0.01]))
def test_simplifying_breaks_on_nothing_and_adds_no_defect(mesh, share):
    corners = mesh.vertices[mesh.faces]
    pointed = (corners == np.roll(corners, 1, axis=1)).all(axis=2).any(axis=1)
    mesh = select_faces(mesh, ~pointed)
    if mesh.is_empty:
        return
    before, simpler = topology(mesh), simplify(mesh, share=share)
    after = topology(simpler)
    assert len(simpler.faces) <= len(mesh.faces)
    assert after.boundary_edges == before.boundary_edges
    assert after.components == before.components
    assert compare(simpler, mesh, samples=500).max_mm <= simpler.deviation_bound_mm + 1e-6


@settings(max_examples=40)
@given(any_triangles())
def test_smoothing_breaks_on_nothing_and_adds_no_crossing(mesh):
    smoothed = smooth(mesh, within_mm=0.3)
    before = set(map(tuple, self_intersections(mesh).tolist()))
    after = set(map(tuple, self_intersections(smoothed).tolist()))
    assert after <= before
    assert np.linalg.norm(smoothed.vertices - mesh.vertices, axis=1).max(initial=0.0) <= 0.3


@settings(max_examples=40)
@given(any_triangles())
def test_pieces_have_all_faces_and_their_areas_add_up(mesh):
    pieces = split(mesh)
    assert sum(len(p.faces) for p in pieces) == len(mesh.faces) == components(mesh).faces.sum()
    area = sum(measure(p).area_mm2 for p in pieces)
    assert area == pytest.approx(measure(mesh).area_mm2)
    assert topology(weld(mesh)) == topology(mesh)


def open_bowl():
    """Half of a wavy ball: a large open surface of no particular volume."""
    ball = bumpy_ball()
    low = ball.vertices[ball.faces][:, :, 2].max(axis=1) < 15.5
    return Mesh(vertices=ball.vertices, faces=ball.faces[low])


def test_an_open_surface_is_simplified_as_well_as_a_closed_one():
    bowl = open_bowl()
    simpler = simplify(bowl, share=0.3)
    assert len(simpler.faces) < 0.32 * len(bowl.faces)
    assert simpler.self_intersections == 0
    assert topology(simpler).boundary_edges == topology(bowl).boundary_edges
    assert compare(simpler, bowl, samples=5000).mean_mm < 0.05


def test_an_open_surface_inside_a_solid_disturbs_nothing():
    both = together(sphere(40.0, 4, (16.0, 16.0, 16.0)), open_bowl())
    assert len(simplify(both, share=0.3).faces) < 0.31 * len(both.faces)
    assert np.median(np.linalg.norm(smooth(both).vertices - both.vertices, axis=1)) > 0.0
