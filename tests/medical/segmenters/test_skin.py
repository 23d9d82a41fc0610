"""The outer surface: hollows filled, open air and the scan's own surface untouched."""

from __future__ import annotations

import numpy as np
import pytest

from medical.segmenters.body import find_body
from medical.segmenters.skin import filled_values
from medical.structures import STRUCTURES
from shared.affine import Affine
from shared.meshing import topology, volume_ml
from shared.surfaces import isosurface
from shared.volume import Quantity, Volume
from tests.fixtures.phantoms import plain_head

SKIN = STRUCTURES["skin"]


def head() -> Volume:
    values, matrix, _ = plain_head()
    return Volume(values=values, affine=Affine(matrix), quantity=Quantity.HU)


def test_only_air_inside_of_the_body_is_changed_and_the_input_is_not() -> None:
    volume = head()
    before = volume.values.copy()
    filled = filled_values(volume.values, SKIN.level_hu, find_body(volume))
    np.testing.assert_array_equal(volume.values, before)
    changed = filled != volume.values
    assert changed.any()
    assert (volume.values[changed] < SKIN.level_hu).all()
    assert (filled[changed] >= SKIN.level_hu).all()
    airway_ml = np.count_nonzero(changed) * volume.voxel_volume_ml
    assert 15.0 < airway_ml < 45.0
    assert filled.dtype == volume.values.dtype


def test_the_filled_surface_is_one_closed_surface_around_more_than_the_tissue() -> None:
    volume = head()
    filled = filled_values(volume.values, SKIN.level_hu, find_body(volume))
    whole = isosurface(Volume(values=filled, affine=volume.affine), SKIN.level_hu)
    found = topology(whole)
    assert found.solid
    assert found.components == 1
    raw = isosurface(volume, SKIN.level_hu)
    assert volume_ml(whole) > volume_ml(raw) + 15.0


def test_where_skin_meets_open_air_the_surface_is_that_of_the_values() -> None:
    volume = head()
    filled = filled_values(volume.values, SKIN.level_hu, find_body(volume))
    ours = isosurface(Volume(values=filled, affine=volume.affine), SKIN.level_hu).vertices
    raw = {tuple(v) for v in isosurface(volume, SKIN.level_hu).vertices.tolist()}
    kept = sum(tuple(v) in raw for v in ours.tolist())
    assert kept > 0.98 * len(ours)


@pytest.mark.parametrize("dtype", [np.int16, np.uint16, np.float32])
def test_the_fill_lies_above_any_level_in_any_type(dtype: type) -> None:
    values = np.zeros((24, 24, 24), dtype=dtype)
    values[4:20, 4:20, 4:20] = 900
    values[10:14, 10:14, 10:14] = 0
    volume = Volume(values=values, affine=Affine(np.diag([2.0, 2, 2, 1])))
    filled = filled_values(values, 450.5, find_body(volume))
    assert (filled[10:14, 10:14, 10:14] >= 450.5).all()
    np.testing.assert_array_equal(filled[:4], values[:4])
