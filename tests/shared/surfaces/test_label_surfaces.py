"""Every label's surface is a solid of its own, and neighbors share their borders."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.spatial import cKDTree

from shared.affine import Affine
from shared.concept import Label, LabelTable
from shared.errors import InvalidValueError
from shared.meshing import self_intersections, topology
from shared.segmentation import LabelMap
from shared.surfaces import label_surfaces
from shared.surfaces.sheets import CELL_MARGIN, SEPARATION, sheet_tables
from tests.fixtures.strategies import affines
from tests.reference.label_surfaces import label_surfaces_by_rule

SCAN = Affine(
    np.array([[0, 0, 0.47, -120.3], [0, 0.47, 0, -244.1], [1.5, 0, 0, -80.7], [0, 0, 0, 1.0]])
)
"""Mirrored, anisotropic and off the origin, as an ordinary scan is."""


def label_map(values, affine=SCAN):
    values = np.asarray(values)
    present = (int(value) for value in np.unique(values) if value)
    labels = tuple(Label(value=value, name=f"label_{value}") for value in present)
    return LabelMap(values=values, affine=affine, labels=LabelTable(labels))


def enclosed(mesh):
    corners = mesh.vertices.astype(float)[mesh.faces]
    return np.einsum("fc,fc->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6


def noise(shape, count, seed=0):
    return np.random.default_rng(seed).integers(0, count, shape).astype(np.uint8)


def regions(size=24, count=7, seed=4):
    """Regions around random seeds in a ball: smooth borders, curves where three meet."""
    random = np.random.default_rng(seed)
    grid = np.indices((size,) * 3).reshape(3, -1).T
    _, nearest = cKDTree(random.uniform(0, size, (count, 3))).query(grid)
    inside = np.linalg.norm(grid - (size - 1) / 2, axis=1) < 0.45 * size
    return ((nearest + 1) * inside).reshape((size,) * 3).astype(np.uint8)


shapes = hnp.array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=5)
maps = st.integers(1, 4).flatmap(
    lambda most: hnp.arrays(np.uint8, shapes, elements=st.integers(0, most))
)
"""Few labels at random: they touch themselves across corners, edges and saddles everywhere."""

CHECKERBOARD = (np.indices((3, 3, 3)).sum(axis=0) % 2).astype(np.uint8)
CORNERS = np.zeros((2, 2, 2), np.uint8)
CORNERS[0, 0, 0] = CORNERS[1, 1, 1] = 1
EDGES = np.zeros((2, 2, 1), np.uint8)
EDGES[0, 0] = EDGES[1, 1] = 1
TUNNELS = np.ones((2, 4, 2), np.uint8)
TUNNELS[0, 1:3, 0] = TUNNELS[1, 1:3, 1] = 0


@given(maps, affines(), st.sampled_from([0, 1, 16]), st.booleans())
@example(CHECKERBOARD, SCAN, 16, True)
@example(CHECKERBOARD + np.uint8(1), SCAN, 16, False)
@example(CORNERS, SCAN, 16, True)
@example(2 - CORNERS, SCAN, 16, True)
@example(EDGES, SCAN, 16, False)
@example(TUNNELS, SCAN, 16, True)
@example(np.ones((1, 1, 1), np.uint8), SCAN, 16, False)
def test_every_label_of_every_map_is_a_solid(values, affine, iterations, keep_size):
    assume(min(affine.spacing) > 0.3)  # or else float32 cannot tell the vertices apart
    surfaces = label_surfaces(label_map(values, affine), iterations=iterations, keep_size=keep_size)
    assert list(surfaces) == sorted(set(values.reshape(-1).tolist()) - {0})
    for mesh in surfaces.values():
        assert topology(mesh).solid
        assert enclosed(mesh) > 0


@pytest.mark.parametrize("count", [2, 3, 9])
def test_noise_of_many_rows_and_slabs_is_solid(count):
    surfaces = label_surfaces(label_map(noise((33, 20, 131), count)))
    assert all(topology(mesh).solid for mesh in surfaces.values())


def quads_of(faces):
    """The quads that pairs of triangles make, as four numbers from the least on."""
    quads = set()
    for one, two in faces.reshape(-1, 2, 3).tolist():
        quad = (*one, two[2]) if one[2] == two[1] else (*two, one[2])
        first = quad.index(min(quad))
        quads.add(quad[first:] + quad[:first])
    return quads


@settings(max_examples=15)
@given(maps, st.sampled_from([SCAN, Affine.identity()]), st.sampled_from([0, 1, 5]), st.booleans())
@example(CHECKERBOARD, SCAN, 2, True)
@example(TUNNELS, SCAN, 2, False)
@example(np.tile(np.array([1, 1, 2, 0, 3], np.uint8), (2, 2, 26)), SCAN, 2, True)
def test_the_surfaces_are_those_that_the_rule_draws(values, affine, iterations, keep_size):
    found = label_surfaces(
        label_map(values, affine), iterations=iterations, relaxation=0.4, keep_size=keep_size
    )
    expected = label_surfaces_by_rule(values, affine.matrix, iterations, 0.4, keep_size)
    assert set(found) == set(expected)
    for value, (vertices, quads) in expected.items():
        mesh = found[value]
        assert len(mesh.vertices) == len(vertices)
        distance, twin_of = cKDTree(vertices).query(mesh.vertices)
        assert distance.max() < 5e-5
        assert len(set(twin_of)) == len(vertices)
        assert quads_of(twin_of[mesh.faces]) == quads_of(
            np.array([(a, b, c, a, c, d) for a, b, c, d in quads])
        )


@given(maps, st.sampled_from([0, 3, 40]))
def test_no_vertex_leaves_its_cell(values, iterations):
    surfaces = label_surfaces(label_map(values, Affine.identity()), iterations=iterations)
    for mesh in surfaces.values():
        to_wall = np.abs(mesh.vertices - np.round(mesh.vertices))
        assert to_wall.min() > CELL_MARGIN - 1e-5


@given(maps)
def test_the_volumes_of_all_labels_are_that_of_their_voxels(values):
    surfaces = label_surfaces(label_map(values), iterations=0)
    for value, mesh in surfaces.items():
        voxels = np.count_nonzero(values == value)
        assert enclosed(mesh) == pytest.approx(voxels * SCAN.voxel_volume, rel=8 * SEPARATION)


def triangles_at(mesh):
    """Triangles as three positions, the least first: equal from whichever mesh they come."""
    corners = mesh.vertices[mesh.faces]
    return [turned(tuple(map(tuple, triangle))) for triangle in corners.tolist()]


def turned(triangle):
    first = triangle.index(min(triangle))
    return triangle[first:] + triangle[:first]


@pytest.mark.parametrize("values", [regions(), noise((5, 6, 7), 3)], ids=["regions", "noise"])
def test_neighbors_share_their_triangles_but_where_a_label_touches_itself(values):
    surfaces = label_surfaces(label_map(values, Affine.identity()))
    owners = {t: value for value, mesh in surfaces.items() for t in triangles_at(mesh)}
    assert len(owners) == sum(len(mesh.faces) for mesh in surfaces.values())
    cells = {value: cells_of(mesh.vertices) for value, mesh in surfaces.items()}
    contacts = {cell for found in cells.values() for cell in found if found.count(cell) > 1}
    alone = [t for t in owners if turned(t[::-1]) not in owners]
    free = [t for t in alone if not contacts & set(cells_of(np.array(t)))]
    centers = np.array([np.mean(t, axis=0) for t in free])
    padded = np.pad(values, 1)
    for center in centers:  # a triangle without a twin lies beside the background
        low, high = np.floor(center + 1).astype(int), np.ceil(center + 1).astype(int)
        assert (padded[tuple(slice(a, b + 1) for a, b in zip(low, high, strict=True))] == 0).any()
    if not contacts:
        assert len(alone) == 2 * faces_between(values > 0)


def cells_of(vertices):
    return [tuple(cell) for cell in np.floor(vertices).astype(int).tolist()]


def faces_between(mask):
    return sum(np.count_nonzero(np.diff(np.pad(mask, 1).astype(int), axis=n)) for n in range(3))


def test_neighbors_without_contacts_share_everything():
    values = np.ones((6, 7, 8), np.uint8)
    values[3:] = 2
    values[:, 4:, 3:] = 3
    values[2:, :2, 5:] = 0
    surfaces = label_surfaces(label_map(values))
    owners = {t for mesh in surfaces.values() for t in triangles_at(mesh)}
    outer = [t for t in owners if turned(t[::-1]) not in owners]
    assert len(outer) == 2 * faces_between(values > 0)
    outside = np.array(outer, dtype=float)
    whole = np.einsum("fc,fc->", outside[:, 0], np.cross(outside[:, 1], outside[:, 2])) / 6
    assert sum(enclosed(mesh) for mesh in surfaces.values()) == pytest.approx(whole, rel=1e-6)


@given(maps, st.sampled_from([0, 16]))
def test_all_vertices_of_a_cell_stand_within_the_separation(values, iterations):
    surfaces = label_surfaces(label_map(values, Affine.identity()), iterations=iterations)
    assume(surfaces)
    vertices = np.concatenate([mesh.vertices for mesh in surfaces.values()])
    _, cell = np.unique(np.floor(vertices), axis=0, return_inverse=True)
    for number in range(cell.max() + 1):
        assert np.ptp(vertices[cell.reshape(-1) == number], axis=0).max() < 2.01 * SEPARATION


@pytest.mark.parametrize("affine", [SCAN, Affine.identity()])
def test_what_meets_only_across_a_corner_or_an_edge_stays_apart_by_the_separation(affine):
    for values in (CORNERS, EDGES):
        mesh = label_surfaces(label_map(values, affine))[1]
        assert topology(mesh).components == 2
        index = affine.inverse().apply(mesh.vertices)
        middle = index - (np.array(values.shape) - 1) / 2
        nearest = np.linalg.norm(middle[:, : 3 if values is CORNERS else 2], axis=1).min()
        assert 0.75 * SEPARATION < nearest < 1.05 * SEPARATION


def test_the_sheets_of_a_cell_are_apart_and_all_cut_edges_have_one():
    rule = sheet_tables()
    for case in range(256):
        for joined in (0, 1):
            count = rule.counts[case, joined]
            shifts = rule.shifts[case, joined, :count]
            for one in range(count):
                assert (rule.sheet_of_edge[case, joined] == one).any()
                for other in range(one):
                    assert np.linalg.norm(shifts[one] - shifts[other]) > SEPARATION


def test_bodies_end_flat_on_the_border_of_the_grid():
    values = np.zeros((5, 6, 7), np.uint8)
    values[1:4, 2:, 3] = 1
    values[1:4, 2:, 4:] = 2
    for mesh in label_surfaces(label_map(values, Affine.identity())).values():
        assert mesh.vertices[:, 1].max() == 5.5
        at_end = mesh.vertices[:, 1] > 5
        assert (mesh.vertices[at_end, 1] == 5.5).all()


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 1, 70), (70, 1, 1), (1, 66, 2), (2, 1, 63)])
def test_short_axes_are_closed(shape):
    surfaces = label_surfaces(label_map(noise(shape, 3) + np.uint8(1)))
    assert all(topology(mesh).solid for mesh in surfaces.values())


@pytest.mark.parametrize("length", [62, 63, 64, 65, 127, 128])
def test_rows_of_every_length_against_words_give_the_same_surface(length):
    values = noise((2, 3, 3), 3)
    wide = np.zeros((2, 3, length), np.uint8)
    wide[:, :, -3:] = values
    expected = label_surfaces(
        label_map(np.pad(values, ((0, 0), (0, 0), (1, 0))), Affine.identity())
    )
    for value, mesh in label_surfaces(label_map(wide, Affine.identity())).items():
        moved = mesh.vertices - np.array([0, 0, length - 4], np.float32)
        np.testing.assert_allclose(moved, expected[value].vertices, atol=2e-5)
        assert len(mesh.faces) == len(expected[value].faces)


LAYOUTS = {
    "fortran": np.asfortranarray,
    "reversed": lambda a: a[::-1, ::-1, ::-1].copy()[::-1, ::-1, ::-1],
    "strided": lambda a: np.repeat(a, 2, axis=2)[:, :, ::2],
    "foreign byte order": lambda a: a.astype(np.dtype(np.int32).newbyteorder(">")),
    **{kind: lambda a, kind=kind: a.astype(kind) for kind in ("i1", "i2", "u2", "i4", "i8", "u8")},
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_type_and_memory_layout_do_not_matter(layout):
    values = noise((4, 5, 70), 3)
    other = LAYOUTS[layout](values)
    other.setflags(write=False)
    expected, found = label_surfaces(label_map(values)), label_surfaces(label_map(other))
    assert set(found) == set(expected)
    for value, mesh in found.items():
        np.testing.assert_array_equal(mesh.vertices, expected[value].vertices)
        np.testing.assert_array_equal(mesh.faces, expected[value].faces)


@pytest.mark.parametrize("top", [300, 70_000, 2**40])
def test_any_value_can_be_a_label(top):
    values = noise((5, 6, 7), 4)
    large = np.array([0, 7, top - 1, top])[values]
    expected, found = label_surfaces(label_map(values)), label_surfaces(label_map(large))
    assert list(found) == [7, top - 1, top]
    for one, other in zip(expected.values(), found.values(), strict=True):
        np.testing.assert_array_equal(one.vertices, other.vertices)
        np.testing.assert_array_equal(one.faces, other.faces)


def test_thousands_of_labels_of_one_voxel_each():
    values = np.arange(1, 4097).reshape(16, 16, 16)
    surfaces = label_surfaces(label_map(values), iterations=0)
    assert len(surfaces) == 4096
    assert {len(mesh.faces) for mesh in surfaces.values()} == {12}
    assert sum(enclosed(mesh) for mesh in surfaces.values()) == pytest.approx(
        4096 * SCAN.voxel_volume, rel=1e-4
    )


def test_background_alone_has_no_surface():
    assert not label_surfaces(label_map(np.zeros((3, 4, 5), np.uint8)))


def test_a_ball_of_voxels_approaches_the_ball():
    errors = []
    for radius in (8, 16, 32):
        grid = np.indices((2 * radius + 5,) * 3) - (radius + 2)
        values = (np.linalg.norm(grid, axis=0) <= radius).astype(np.uint8)
        mesh = label_surfaces(label_map(values, Affine.identity()))[1]
        distance = np.linalg.norm(mesh.vertices - (radius + 2), axis=1) / radius - 1
        errors.append(np.sqrt(np.mean(distance**2)))
        assert enclosed(mesh) == pytest.approx(np.count_nonzero(values), rel=0.1 / radius)
    assert errors[0] > 1.5 * errors[1] > 1.5**2 * errors[2]


def test_smooth_borders_do_not_cross_themselves():
    for mesh in label_surfaces(label_map(regions())).values():
        assert len(self_intersections(mesh)) == 0


def test_a_solid_written_as_stl_is_watertight_to_another_library(tmp_path):
    import trimesh

    for value, mesh in label_surfaces(label_map(noise((9, 10, 11), 3))).items():
        path = tmp_path / f"{value}.stl"
        trimesh.Trimesh(mesh.vertices, mesh.faces, process=False).export(path)
        read = trimesh.load_mesh(path, process=False)
        read.merge_vertices(digits_vertex=9)
        assert read.is_watertight
        assert read.is_winding_consistent
        assert read.volume > 0
        assert read.area_faces.min() > 0


def test_a_map_of_bytes_is_read_where_it_lies():
    values = np.zeros((160, 160, 160), np.uint8)
    values[70:80, 70:80, 70:80] = 1
    known = label_map(values)
    label_surfaces(label_map(CORNERS))  # loads the kernels
    tracemalloc.start()
    try:
        label_surfaces(known)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < values.nbytes / 2  # one bit for each cell, three numbers for each row


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_number_of_threads_does_not_matter(threads, monkeypatch):
    from shared import kernels

    expected = label_surfaces(label_map(regions()))
    monkeypatch.setattr(kernels, "thread_count", lambda: threads)
    for value, mesh in label_surfaces(label_map(regions())).items():
        np.testing.assert_array_equal(mesh.vertices, expected[value].vertices)


@pytest.mark.parametrize("wrong", [{"iterations": -1}, {"relaxation": 0.7}, {"relaxation": -0.1}])
def test_smoothing_out_of_range_is_refused(wrong):
    with pytest.raises(InvalidValueError, match="Smoothing"):
        label_surfaces(label_map(CORNERS), **wrong)


def test_more_faces_than_a_mesh_can_number_are_refused(monkeypatch):
    from shared.surfaces import label_net

    monkeypatch.setattr(label_net, "LARGEST_INDEX", 10)
    with pytest.raises(InvalidValueError, match="more than a mesh can number"):
        label_surfaces(label_map(CORNERS))
