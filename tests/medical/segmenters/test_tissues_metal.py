"""Fat and muscle by their range inside of the body; metal by what no tissue reaches."""

from __future__ import annotations

import numpy as np
import pytest

from medical.segmenters.body import find_body
from medical.segmenters.by_structure import segment
from medical.structures import STRUCTURES, structures_named
from shared.affine import Affine
from shared.errors import NothingToBuildError, UsageError
from shared.segmentation import Segmentation
from shared.volume import Quantity, Volume
from tests.fixtures.phantoms import Capsule, Cylinder, ball, grid_matrix, voxels

SHAPE = (40, 64, 64)
FAR = 400.0
THIGH = Cylinder((0, 0, -FAR), (0, 0, FAR), 55.0)
MEAT = Cylinder((0, 0, -FAR), (0, 0, FAR), 38.0)
BONE = Cylinder((0, 0, -FAR), (0, 0, FAR), 12.0)
NAIL = Capsule((0, 0, -30), (0, 0, 30), 5.0)


def thigh() -> Volume:
    """Fat around muscle around bone with a nail in it."""
    matrix = grid_matrix(SHAPE, (2.5, 2.2, 2.2), center=(0, 8, 0))
    materials = [(THIGH, -100), (MEAT, 50), (BONE, 1200), (NAIL, 3071)]
    values = voxels(materials, SHAPE, matrix, noise_hu=5.0, samples=2)
    return Volume(values=values, affine=Affine(matrix), quantity=Quantity.HU)


def ml_of(found: Segmentation, name: str) -> float:
    layer = next(x for x in found.layers if name in {label.name for label in x.labels})
    return np.count_nonzero(layer.values) * found.affine.voxel_volume / 1000


def test_fat_and_muscle_have_the_volumes_of_their_rings():
    volume = thigh()
    found = segment(volume, structures_named(["fat", "muscle", "metal"]), body=find_body(volume))
    height = SHAPE[0] * 2.5
    fat, muscle = (np.pi * (a**2 - b**2) * height / 1000 for a, b in ((55, 38), (38, 12)))
    assert 0.8 * fat < ml_of(found, "fat") < 1.02 * fat  # less its rim beside the air
    assert ml_of(found, "muscle") == pytest.approx(muscle, rel=0.04)
    assert found.fields["fat"].level == STRUCTURES["fat"].level_hu


def test_metal_is_the_nail_and_no_bone_or_bright_spot_apart():
    volume = thigh()
    found = segment(volume, structures_named(["metal"]))
    nail = (np.pi * 5**2 * 60 + 4 / 3 * np.pi * 5**3) / 1000
    assert ml_of(found, "metal") == pytest.approx(nail, rel=0.12)
    values = volume.values.copy()
    values[values > 2000] = 1500
    with pytest.raises(NothingToBuildError, match="3000"):
        segment(
            Volume(values=values, affine=volume.affine, quantity=Quantity.HU),
            structures_named(["metal"]),
        )


def test_enamel_apart_from_metal_stays_out():
    matrix = grid_matrix(SHAPE, (2.5, 2.2, 2.2))
    tooth, clip = ball((30, 0, 0), 6.0), ball((-20, 0, 0), 5.0)
    values = voxels([(THIGH, 40), (tooth, 2600), (clip, 8000)], SHAPE, matrix, samples=2)
    volume = Volume(values=values, affine=Affine(matrix), quantity=Quantity.HU)
    found = segment(volume, structures_named(["metal"]))
    center = found.affine.apply(np.argwhere(found.layers[0].values)).mean(axis=0)
    np.testing.assert_allclose(center, (-20, 0, 0), atol=0.5)


def test_a_range_turned_over_is_refused():
    with pytest.raises(UsageError, match="nothing between"):
        segment(thigh(), structures_named(["fat"]), level=0.0)


def test_every_structure_names_its_source_code_and_color():
    for structure in STRUCTURES.values():
        assert structure.level_source
        assert structure.concept.scheme == "SCT"
        assert structure.upper_hu is None or structure.upper_hu > structure.level_hu
    assert len({s.color for s in STRUCTURES.values()}) == len(STRUCTURES)
