"""The isosurface of a tensor is the host's, vertex for vertex and face for face."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from shared.affine import Affine
from shared.cuda import launch
from shared.errors import InvalidValueError, UsageError
from shared.filters import components
from shared.meshing import topology
from shared.surfaces import isosurface
from shared.surfaces.cuda.emission import CELLS_PER_PROGRAM
from shared.volume import Volume
from tests.fixtures.strategies import affines
from tests.fixtures.triangles import canonical
from tests.reference.isosurface import isosurface_by_rule

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning:triton")

MIRRORED = Affine(
    np.array([[0, 0, 0.47, -120.3], [0, 0.47, 0, -244.1], [1.5, 0, 0, -80.7], [0, 0, 0, 1.0]])
)
SHEARED = Affine(
    np.array([[1.1, 0.2, 0, 5.5], [0, 0.9, 0.1, 3.25], [0, 0.3, 1.2, 1.0], [0, 0, 0, 1.0]])
)
SADDLE = np.zeros((2, 2, 2), np.float32)
SADDLE[0, 0, 0] = SADDLE[0, 1, 1] = SADDLE[1, 0, 1] = SADDLE[1, 1, 0] = 2
NOT_NUMBERS = np.array([0, 1, 2, np.nan, np.inf, -np.inf], np.float32)
random = np.random.default_rng(4)


def on(device, values):
    return torch.as_tensor(values, device=device)


def both(device, values, level, affine=MIRRORED, mask=None, close_border=True):
    """The mesh of the host, and that of the device, brought over."""
    volume = Volume(values=values, affine=affine)
    host = isosurface(volume, level, mask=mask, close_border=close_border)
    there = replace(volume, values=on(device, values))
    mask = None if mask is None else on(device, mask)
    mesh = isosurface(there, level, mask=mask, close_border=close_border)
    assert isinstance(mesh.vertices, torch.Tensor)
    assert mesh.vertices.device.type == device
    return host, mesh.on_host()


def assert_same(host, mesh):
    for ours, theirs in zip(
        canonical(mesh.vertices, mesh.faces), canonical(host.vertices, host.faces), strict=True
    ):
        assert np.array_equal(ours, theirs)


CASES = {
    "noise over words": (
        random.standard_normal((4, 5, 70)).astype(np.float32) * 5 + np.linspace(-60, 60, 70),
        0.3,
        {"affine": SHEARED},
    ),
    "no numbers, within a mask": (
        random.choice(NOT_NUMBERS, (4, 5, 9)),
        1,
        {"mask": random.random((4, 5, 9)) < 0.7},
    ),
    "long integers": (
        random.integers(-(2**40), 2**40, (2, 3, 5)),
        2.0**20 + 0.5,
        {},
    ),
    "half precision, a row of one word": (
        (random.standard_normal((3, 3, 32)) + np.linspace(-9, 5, 32)).astype(np.float16),
        -0.1,
        {"close_border": False},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_tensor_has_the_surface_of_the_host(device, name):
    values, level, options = CASES[name]
    host, mesh = both(device, values, level, **options)
    assert not host.is_empty
    assert_same(host, mesh)
    if options.get("close_border", True):
        assert topology(mesh).solid


fields = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=3, max_dims=3, max_side=3),
    elements=st.sampled_from([0.0, 1.0, 2.0, np.nan, np.inf, -np.inf, 0.75, 1.25]),
)


@settings(max_examples=4)
@given(fields, affines(), st.booleans())
@example(SADDLE, MIRRORED, True)
@example(2 - SADDLE, MIRRORED, False)
def test_any_field_has_the_surface_of_the_host(device, values, affine, close_border):
    assume(min(affine.spacing) > 0.3)  # or else float32 cannot tell the vertices apart
    assert_same(*both(device, values, 1.0, affine, close_border=close_border))


def test_programs_go_on_where_the_one_before_ends(device, monkeypatch):
    monkeypatch.setattr(launch, "INTERPRETED_LANES", 1)
    values = np.zeros((10, 11, 70), np.float32)
    values[1:3, 2, 29:35] = values[8:, 9, 60:] = random.uniform(0.5, 2.0)
    host, mesh = both(device, values, 0.4)
    assert len(host.faces) > CELLS_PER_PROGRAM
    assert_same(host, mesh)


def test_a_tensor_has_the_surface_of_the_rule(device):
    values = random.integers(0, 3, (3, 2, 3)).astype(np.int16)
    _, mesh = both(device, values, 1)
    vertices, faces = canonical(*isosurface_by_rule(values, MIRRORED.matrix, 1))
    ours = canonical(mesh.vertices, mesh.faces)
    assert np.array_equal(ours[1], faces)
    assert np.allclose(ours[0], vertices, rtol=0, atol=2e-5)


@pytest.mark.parametrize(
    ("values", "level", "options", "faces"),
    [
        (np.ones((1, 1, 1), np.int16), 1, {}, 8),
        (np.zeros((2, 3, 4), np.float32), 1, {}, 0),
        (np.ones((2, 3, 4), np.float32), 1, {"close_border": False}, 0),
        (np.ones((1, 3, 4), np.float32), 1, {"close_border": False}, 0),
        (np.ones((2, 2, 2), np.int16), 40000, {}, 0),
    ],
)
def test_fields_without_variety(device, values, level, options, faces):
    host, mesh = both(device, values, level, **options)
    assert len(mesh.faces) == faces
    assert_same(host, mesh)


def test_a_field_of_any_layout_and_of_more_than_two_billion_numbers_is_read_in_place(device):
    if device == "cuda":
        pytest.skip("the GPU would have to hold the memory between the rows")
    span = 2**31 + 64  # numbers from slice to slice; memory that nobody touches is not there
    memory = torch.empty(2 * span + 100, dtype=torch.int8)
    field = memory.as_strided((2, 3, 5), (span, 2, 7))
    values = random.integers(0, 3, (2, 3, 5)).astype(np.int16)
    field.copy_(torch.from_numpy(values))
    mesh = isosurface(Volume(values=field, affine=SHEARED), 1)
    assert_same(isosurface(Volume(values=values, affine=SHEARED), 1), mesh.on_host())


def test_a_grid_of_more_words_than_int32_numbers_is_refused_before_any_memory_is_taken(device):
    huge = torch.zeros((1, 1, 1), device=device).expand(2**16, 2**16, 64)
    with pytest.raises(InvalidValueError, match="too large"):
        isosurface(Volume(values=huge, affine=MIRRORED), 1)
    with pytest.raises(InvalidValueError, match="too large"):
        components(huge[:1, :1, :1].bool().expand(2**16, 2**16, 64))


def test_what_a_device_cannot_do_is_said(device, monkeypatch):
    values = torch.zeros((2, 2, 2))
    with pytest.raises(InvalidValueError, match="mask"):
        isosurface(
            Volume(values=values.to(device), affine=MIRRORED), 1, mask=np.ones((2, 2, 2), bool)
        )
    with pytest.raises(InvalidValueError, match="real numbers"):
        isosurface(Volume(values=values.to(torch.complex64), affine=MIRRORED), 1)
    monkeypatch.setenv("TRITON_INTERPRET", "0")
    with pytest.raises(UsageError, match="no kernels"):
        isosurface(Volume(values=values, affine=MIRRORED), 1)
