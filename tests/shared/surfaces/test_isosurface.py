"""The isosurface is a solid for every field, stands where the field says, and looks outward."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.spatial import cKDTree

from shared.affine import Affine
from shared.errors import InvalidValueError
from shared.meshing import self_intersections, topology
from shared.surfaces import isosurface
from shared.surfaces.case_table import CASES
from shared.volume import Volume
from tests.fixtures.strategies import affines
from tests.reference.isosurface import isosurface_by_rule

SCAN = Affine(
    np.array([[0, 0, 0.47, -120.3], [0, 0.47, 0, -244.1], [1.5, 0, 0, -80.7], [0, 0, 0, 1.0]])
)
"""Mirrored, anisotropic and off the origin, as an ordinary scan is."""


def volume(values, affine=SCAN):
    return Volume(values=np.asarray(values), affine=affine)


def enclosed(mesh):
    corners = mesh.vertices.astype(float)[mesh.faces]
    return np.einsum("fc,fc->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6


def reread(mesh, folder):
    """The mesh as another library reads its STL, not merged by it."""
    import trimesh

    path = folder / "mesh.stl"
    trimesh.Trimesh(mesh.vertices, mesh.faces, process=False).export(path)
    return trimesh.load_mesh(path, process=False)


levels = st.sampled_from([1, 2])
shapes = hnp.array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=5)
counts = hnp.arrays(np.int16, shapes, elements=st.integers(0, 3))
"""Small integers: saddles and values equal to the level are everywhere."""
numbers = hnp.arrays(
    np.float32,
    shapes,
    elements=st.one_of(
        st.sampled_from([0.0, 1.0, 2.0, np.nan, np.inf, -np.inf]), st.floats(-3, 3, width=32)
    ),
)
masks = hnp.arrays(bool, shapes)

SADDLE = np.zeros((2, 2, 2), np.int16)
SADDLE[0, 0, 0] = SADDLE[0, 1, 1] = SADDLE[1, 0, 1] = SADDLE[1, 1, 0] = 3


@given(st.one_of(counts, numbers), levels, affines())
@example(SADDLE, 1, SCAN)
@example(3 - SADDLE, 1, SCAN)
@example(np.full((1, 1, 1), 5, np.int16), 5, SCAN)
@example(np.full((3, 1, 2), 5, np.int16), 1, SCAN)
def test_every_field_gives_a_solid(values, level, affine):
    assume(min(affine.spacing) > 0.3)  # or else float32 cannot tell the vertices apart
    mesh = isosurface(volume(values, affine), level)
    assert mesh.is_empty == (not (values >= level).any())
    if not mesh.is_empty:
        assert topology(mesh).solid
        assert enclosed(mesh) > 0


@given(
    st.one_of(counts, numbers),
    levels,
    masks,
    st.sampled_from([SCAN, Affine.identity()]),
    st.booleans(),
)
def test_the_surface_is_the_one_that_the_rule_draws(values, level, mask, affine, close_border):
    mask = np.resize(mask, values.shape)
    mesh = isosurface(volume(values, affine), level, mask=mask, close_border=close_border)
    vertices, faces = isosurface_by_rule(values, affine.matrix, level, mask, close_border)
    assert len(mesh.vertices) == len(vertices)
    assert len(mesh.faces) == len(faces)
    if vertices:
        distance, twin_of = cKDTree(vertices).query(mesh.vertices)
        assert distance.max() < 5e-5
        assert len(set(twin_of)) == len(vertices)
        assert {turned(face) for face in twin_of[mesh.faces]} == {turned(face) for face in faces}


def turned(face):
    """A face that starts with its smallest vertex."""
    first = int(np.argmin(face))
    return tuple(int(face[(first + n) % 3]) for n in range(3))


@pytest.mark.parametrize("place", [0, 61, 62, 63, 64])
def test_each_of_the_256_cells_has_the_triangles_of_its_case(place):
    for case, digits in enumerate(CASES.split(",")):
        values = np.zeros((2, 2, place + 2), np.int16)
        values[..., place:] = np.array([case >> n & 1 for n in range(8)]).reshape(2, 2, 2)
        values[..., :place] = values[..., place : place + 1]
        mesh = isosurface(volume(values, Affine.identity()), 1, close_border=False)
        in_cell = (mesh.vertices[mesh.faces][..., 2] >= place).all(axis=1)
        assert in_cell.sum() == len(digits) // 3


@given(counts, levels)
def test_the_surface_without_caps_ends_on_the_border_only(values, level):
    mesh = isosurface(volume(values, Affine.identity()), level, close_border=False)
    assume(not mesh.is_empty)
    edges = np.sort(
        np.concatenate([mesh.faces[:, [0, 1]], mesh.faces[:, [1, 2]], mesh.faces[:, [2, 0]]])
    )
    edges, faces = np.unique(edges, axis=0, return_counts=True)
    assert faces.max() <= 2
    ends = mesh.vertices[edges[faces == 1]]
    on_border = (ends == 0) | (ends == np.array(values.shape) - 1)
    assert (on_border.all(axis=1)).any(axis=1).all()


@given(counts, levels)
def test_vertices_stay_away_from_the_corners_of_the_grid(values, level):
    mesh = isosurface(volume(values, Affine.identity()), level)
    offsets = np.sort(np.abs(mesh.vertices - np.round(mesh.vertices)), axis=1)
    assert (offsets[:, :2] < 1e-6).all()
    assert (offsets[:, 2] > 0.99e-3).all()


def test_a_solid_written_as_stl_is_watertight_to_another_library(tmp_path):
    values = np.random.default_rng(3).integers(0, 4, (20, 30, 40)).astype(np.int16)
    mesh = reread(isosurface(volume(values), 2), tmp_path)
    mesh.merge_vertices(digits_vertex=9)
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert mesh.volume > 0
    assert mesh.area_faces.min() > 0


LAYOUTS = {
    "fortran": np.asfortranarray,
    "reversed": lambda a: a[::-1, ::-1, ::-1].copy()[::-1, ::-1, ::-1],
    "strided": lambda a: np.repeat(a, 2, axis=2)[:, :, ::2],
    "transposed": lambda a: np.ascontiguousarray(a.transpose(2, 0, 1)).transpose(1, 2, 0),
    "foreign byte order": lambda a: a.astype(a.dtype.newbyteorder(">")),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_memory_layout_does_not_matter(layout):
    values = np.random.default_rng(1).integers(-9, 9, (4, 5, 150)).astype(np.int16)
    other = LAYOUTS[layout](values)
    other.setflags(write=False)
    one, two = isosurface(volume(values), 2), isosurface(volume(other), 2)
    np.testing.assert_array_equal(one.vertices, two.vertices)
    np.testing.assert_array_equal(one.faces, two.faces)


@pytest.mark.parametrize("dtype", ["i2", "u1", "i8", "f2", "f4", "f8", "g"])
def test_every_real_type_gives_the_same_surface(dtype):
    values = np.random.default_rng(2).integers(0, 9, (5, 5, 5))
    expected = isosurface(volume(values.astype(np.float64)), 4.5)
    mesh = isosurface(volume(values.astype(dtype)), 4.5)
    np.testing.assert_array_equal(mesh.vertices, expected.vertices)
    np.testing.assert_array_equal(mesh.faces, expected.faces)


def test_a_mask_of_booleans_is_a_field():
    mask = np.zeros((3, 3, 3), bool)
    mask[1, 1, 1] = True
    mesh = isosurface(volume(mask, Affine.identity()), 0.5)
    assert len(mesh.faces) == 8
    assert enclosed(mesh) == pytest.approx(1 / 6)


@pytest.mark.parametrize(("level", "inside"), [(-1e9, True), (1e9, False), (32767.5, False)])
def test_levels_outside_of_a_type_are_answered(level, inside):
    assert isosurface(volume(np.full((2, 2, 2), 32767, np.int16)), level).is_empty != inside


@pytest.mark.parametrize("level", [np.nan, np.inf, -np.inf])
def test_a_level_that_is_no_number_is_refused(level):
    with pytest.raises(InvalidValueError, match="finite"):
        isosurface(volume(SADDLE), level)


@pytest.mark.parametrize("mask", [np.ones((2, 2, 3), bool), np.ones((2, 2, 2), np.int8)])
def test_a_mask_that_does_not_fit_is_refused(mask):
    with pytest.raises(InvalidValueError, match="mask"):
        isosurface(volume(SADDLE), 1, mask=mask)


def test_a_voxel_of_the_level_itself_is_inside():
    values = np.zeros((3, 3, 3))
    values[1, 1, 1] = 1.0
    mesh = isosurface(volume(values, Affine.identity()), 1.0)
    assert len(mesh.faces) == 8
    np.testing.assert_allclose(np.abs(mesh.vertices - 1).sum(axis=1), 1e-3, rtol=1e-3)


def test_a_mask_cuts_midway_through_the_inside_and_follows_the_field_elsewhere():
    values = np.array([0.0, 10.0, 10.0, 10.0, 0.0]).reshape(1, 1, 5)
    mask = np.array([False, True, True, False, False]).reshape(1, 1, 5)
    mesh = isosurface(volume(values, Affine.identity()), 4.0, mask=mask)
    assert mesh.vertices[:, 2].min() == pytest.approx(0.4)
    assert mesh.vertices[:, 2].max() == pytest.approx(2.5)


@pytest.mark.parametrize("kind", ["noise", "steps"])
def test_the_surface_never_passes_through_itself(kind):
    random = np.random.default_rng(11)
    shape = (12, 13, 14)
    values = random.normal(size=shape) if kind == "noise" else random.integers(0, 4, shape)
    assert len(self_intersections(isosurface(volume(values), 1))) == 0


def ball(size, radius):
    grid = (np.indices((size,) * 3) + 0.5) / size * 2 - 1
    return radius - np.sqrt((grid**2).sum(axis=0))


def torus(size, major=0.55, minor=0.27):
    x, y, z = (np.indices((size,) * 3) + 0.5) / size * 2 - 1
    return minor - np.hypot(np.hypot(x, y) - major, z)


TRUE_VOLUMES = [
    (lambda size: ball(size, 0.7), 4 / 3 * np.pi * 0.7**3),
    (torus, 2 * np.pi**2 * 0.55 * 0.27**2),
]


@pytest.mark.parametrize(("field", "truth"), TRUE_VOLUMES, ids=["sphere", "torus"])
def test_volume_converges_at_second_order(field, truth):
    errors = []
    for size in (16, 32, 64):
        mesh = isosurface(volume(field(size), Affine.from_parts(
            spacing=(2 / size,) * 3, origin=(0, 0, 0), direction=np.eye(3))), 0.0)  # fmt: skip
        errors.append(abs(enclosed(mesh) - truth) / truth)
    assert errors[2] < 3e-3
    assert errors[0] / errors[1] > 3.5
    assert errors[1] / errors[2] > 3.5


def test_a_torus_has_one_handle():
    assert topology(isosurface(volume(torus(32)), 0.0)).genus == 1


@pytest.mark.parametrize("signs", list(product((1, -1), repeat=3)))
@pytest.mark.parametrize("shear", [0.0, 0.4])
def test_surfaces_look_outward_in_world(signs, shear):
    matrix = np.diag([*signs, 1.0]).astype(float)
    matrix[1, 0] = shear
    affine = Affine(matrix)
    mesh = isosurface(volume(ball(16, 0.6), affine), 0.0)
    assert enclosed(mesh) == pytest.approx(4 / 3 * np.pi * (0.6 * 8) ** 3, rel=0.03)
    assert topology(mesh).outward


def test_an_axis_of_many_voxels_needs_no_memory_for_the_empty_part():
    values = np.zeros((3, 30_000, 30_000), np.uint8)  # pages that are never written take no memory
    values[2, 29_990:29_992, 29_997:] = 1
    mesh = isosurface(volume(values, Affine.identity()), 0.5)
    assert topology(mesh).solid
    np.testing.assert_allclose(mesh.vertices.max(axis=0), (2, 29_991.5, 29_999), atol=2e-2)
    np.testing.assert_allclose(mesh.vertices.min(axis=0), (1.5, 29_989.5, 29_996.5), atol=2e-2)


def test_more_vertices_than_a_mesh_can_number_are_refused(monkeypatch):
    import shared.surfaces.isosurface  # noqa: F401

    module = __import__("sys").modules["shared.surfaces.isosurface"]
    monkeypatch.setattr(module, "LARGEST_INDEX", 100)
    with pytest.raises(InvalidValueError, match="more than a mesh can number"):
        isosurface(volume(torus(16)), 0.0)
