"""The cut between a body and what it lies on is as smooth as skin, and changes nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from medical.cutting import REACH_MM, smooth_cut
from shared.affine import Affine
from shared.segmentation import LevelField
from shared.surfaces import isosurface
from shared.volume import Volume

SHAPE = (40, 44, 48)
LEVEL = -200.0
NORMAL = np.array([0.25, 1.0, 0.15]) / np.linalg.norm([0.25, 1.0, 0.15])


def height() -> np.ndarray:
    """Height of each voxel centre over a slanting plane through the middle, in voxels."""
    places = np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), axis=-1)
    return np.asarray((places - np.array(SHAPE) / 2) @ NORMAL)


def in_blocks(mask: np.ndarray, factor: int = 2) -> np.ndarray:
    """Return a mask that is as one of its corners says throughout each block."""
    coarse = mask[::factor, ::factor, ::factor]
    for axis in range(3):
        coarse = np.repeat(coarse, factor, axis=axis)
    return coarse[: SHAPE[0], : SHAPE[1], : SHAPE[2]]


def contact(dtype: str) -> tuple[np.ndarray, np.ndarray, LevelField]:
    """Tissue everywhere within 15 voxels of the plane; what is below it goes, in blocks."""
    over = height()
    mask = np.abs(over) < 15.0
    removed = mask & in_blocks(over + 0.5 < 0.0)
    field = np.where(mask, 40, -1000).astype(dtype)
    return mask, removed, LevelField(values=field, level=LEVEL)


def heights_of(mask: np.ndarray, field: LevelField) -> np.ndarray:
    """Height over the plane of the surface of a mask, near the plane, away from the rim."""
    volume = Volume(values=field.values, affine=Affine(np.eye(4)))
    vertices = isosurface(volume, field.level, mask=mask).vertices.astype(float)
    middle = np.array(SHAPE) / 2
    inner = (np.abs(vertices - middle) < np.array([8.0, 99.0, 10.0])).all(axis=1)
    found = (vertices[inner] - middle) @ NORMAL
    return found[np.abs(found) < 6.0]


@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_a_cut_in_blocks_becomes_the_plane_that_it_follows(dtype: str) -> None:
    mask, removed, field = contact(dtype)
    before = heights_of(mask & ~removed, field)
    cut = smooth_cut(mask, removed, field, spacing_mm=(1.0, 1.0, 1.0))
    after = heights_of(mask & ~cut.removed, cut.field)
    assert np.ptp(before) > 1.5
    assert np.ptp(after) < 0.35
    assert abs(np.median(after) - np.median(before)) < 0.5


@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_mask_and_field_agree_and_nothing_changes_away_from_the_contact(dtype: str) -> None:
    mask, removed, field = contact(dtype)
    cut = smooth_cut(mask, removed, field, spacing_mm=(1.0, 1.0, 1.0))
    assert not (cut.removed & ~mask).any()
    assert (cut.field.values[mask & ~cut.removed] >= LEVEL).all()
    far = np.abs(height()) > REACH_MM + 3.0
    np.testing.assert_array_equal(cut.removed[far], removed[far])
    np.testing.assert_array_equal(cut.field.values[far], field.values[far])
    assert (cut.field.values <= field.values).all()


def test_what_touches_nothing_goes_as_it_is() -> None:
    mask, removed, field = contact("int16")
    apart = removed & (height() < -3.0)
    cut = smooth_cut(apart | (mask & (height() > 3.0)), apart, field, spacing_mm=(1.0, 1.0, 1.0))
    assert cut.removed is apart
    assert cut.field is field
