"""What grows from seeds, what a watershed parts, and what Otsu tells apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medical.segmenters import Seed, growing_segmenter, otsu_segmenter, parse_seed
from medical.segmenters.otsu import otsu_levels
from medical.segmenters.seeds import watershed_segmenter
from shared.affine import Affine
from shared.errors import NothingToBuildError, UsageError
from shared.volume import Quantity, Volume
from tests.fixtures.phantoms import ball, grid_matrix, voxels

SHAPE = (40, 44, 48)
BALLS = {"one": ball((-12.0, 0.0, 0.0), 9.0), "other": ball((12.0, 3.0, 2.0), 10.0)}


def two_balls(gap: bool = True, noise: float = 12.0) -> Volume:
    """Two balls of 300 in 100; without a gap, a bridge joins them."""
    matrix = grid_matrix(SHAPE, (1.5, 1.2, 1.2), orientation="axial")
    materials = [(solid, 300) for solid in BALLS.values()]
    if not gap:
        from tests.fixtures.phantoms import Capsule

        materials.append((Capsule((-12, 0, 0), (12, 3, 2), 3.0), 300))
    values = voxels(materials, SHAPE, matrix, background=100, noise_hu=noise, samples=2)
    return Volume(values=values, affine=Affine(matrix), quantity=Quantity.NONE)


def volume_ml_of(found, name: str) -> float:
    for layer in found.layers:
        for label in layer.labels:
            if label.name == name:
                voxels = np.count_nonzero(layer.values == label.value)
                return voxels * layer.affine.voxel_volume / 1000
    raise AssertionError(name)


def test_regions_grow_through_alike_values_and_no_farther():
    seeds = [Seed(place_mm=(-12, 0, 0), name="one"), Seed(place_mm=(12, 3, 2), name="other")]
    found = growing_segmenter(seeds, low=200)(two_balls())
    for name, solid in BALLS.items():
        assert volume_ml_of(found, name) == pytest.approx(solid.volume_mm3 / 1000, rel=0.03)
    assert [f.code for f in found.findings][:1] == ["seeds-placed"]


def test_without_a_range_likeness_is_taken_from_the_seed():
    found = growing_segmenter([Seed(place_mm=(12, 3, 2), name="other")])(two_balls())
    assert volume_ml_of(found, "other") == pytest.approx(10**3 * 4.18879 / 1000, rel=0.15)


def test_the_surface_of_a_grown_ball_runs_between_the_voxels():
    from medical.parts import to_parts

    found = growing_segmenter([Seed(place_mm=(12, 3, 2))], low=200)(two_balls(noise=0.0))
    (part,) = to_parts(found)
    far = np.linalg.norm(part.mesh.vertices - np.array([12.0, 3.0, 2.0]), axis=1)
    assert np.abs(far - 10.0).mean() < 0.15  # a tenth of a voxel


def test_a_watershed_parts_what_touches():
    outside = Seed(place_mm=(0.0, -24.0, -25.0), name="background")
    seeds = [
        Seed(place_mm=(-12, 0, 0), name="one"),
        Seed(place_mm=(12, 3, 2), name="other"),
        outside,
    ]
    found = watershed_segmenter(seeds)(two_balls(gap=False))
    (layer,) = found.layers
    assert [label.name for label in layer.labels] == ["one", "other"]
    for name, solid in BALLS.items():
        assert volume_ml_of(found, name) == pytest.approx(solid.volume_mm3 / 1000, rel=0.12)
    with pytest.raises(UsageError, match="two names"):
        watershed_segmenter(seeds[:1])(two_balls())


def test_seeds_out_of_place_are_told_with_the_extent_of_the_scan():
    with pytest.raises(UsageError, match=r"outside of the scan.*R 28\.2"):
        growing_segmenter([Seed(place_mm=(500, 0, 0))])(two_balls())
    with pytest.raises(UsageError, match="outside of the range"):
        growing_segmenter([Seed(place_mm=(12, 3, 2))], low=500)(two_balls())
    with pytest.raises(UsageError, match="no seed"):
        growing_segmenter([])(two_balls())


@given(st.tuples(*[st.floats(-500, 500).map(lambda x: round(x, 2) + 0.0)] * 3))
def test_seeds_in_ras_are_the_same_points_turned(place):
    x, y, z = place
    words = f"{-x},{-y},{z}=Left lung"
    assert parse_seed(words, space="RAS") == parse_seed(f"{x},{y},{z}=lung left")


@pytest.mark.parametrize("words", ["", "1,2", "a,b,c=d", "1,2,nan=x", "1,2,3,4=x"])
def test_words_that_are_no_seed_are_told(words):
    with pytest.raises(UsageError, match="no seed"):
        parse_seed(words)


def test_otsu_finds_the_level_between_two_populations_in_any_unit():
    volume = two_balls()
    (level,) = otsu_levels(volume)
    assert 150 < level < 250
    found = otsu_segmenter("balls")(volume)
    truth = sum(solid.volume_mm3 for solid in BALLS.values()) / 1000
    assert volume_ml_of(found, "balls") == pytest.approx(truth, rel=0.05)
    scaled = Volume(values=volume.values * np.float32(0.01), affine=volume.affine)
    assert otsu_levels(scaled)[0] == pytest.approx(level * 0.01, rel=0.05)


def test_otsu_of_several_classes_makes_bands_and_refuses_nonsense():
    volume = two_balls(noise=0.0)
    values = volume.values.copy()
    values[:, :4] = 700
    three = otsu_segmenter("band", classes=3)(Volume(values=values, affine=volume.affine))
    assert [x.name for x in three.layers[0].labels] == ["band_1", "band_2"]
    np.testing.assert_array_equal(three.layers[0].values == 2, values > 500)
    with pytest.raises(UsageError):
        otsu_levels(volume, classes=9)
    flat = Volume(values=np.ones((4, 4, 4), np.int16), affine=volume.affine)
    with pytest.raises(NothingToBuildError):
        otsu_levels(flat)
