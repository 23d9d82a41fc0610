"""Lungs left and right apart, the tree of air from the windpipe, and where they end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from medical.hounsfield import with_quantity
from medical.segmenters.airways import airways_mask
from medical.segmenters.body import find_body
from medical.segmenters.by_structure import segment
from medical.segmenters.flooding import DRY, flood
from medical.segmenters.lungs import lung_masks
from medical.structures import STRUCTURES, structures_named
from shared.errors import NothingToBuildError, UsageError
from shared.filters import Connectivity, components, dilate
from shared.volume import Quantity
from tests.fixtures.chest import chest
from tests.fixtures.phantoms import plain_head


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return float(2 * np.count_nonzero(one & other) / (one.sum() + other.sum()))


def test_lungs_that_touch_are_parted_and_the_airways_end_before_the_leak():
    scan = chest("coronal")
    before = scan.volume.values.copy()
    body = find_body(scan.volume)
    air = body.part_in(scan.volume.values < -400, 1, 2)
    joined = components(air)
    a, b = (joined.labels[side & air] for side in (scan.left, scan.right))
    assert np.bincount(a).argmax() == np.bincount(b).argmax(), "the phantom's lungs are one piece"

    masks, _ = lung_masks(scan.volume, body)
    assert set(masks) == {"left", "right"}
    assert dice(masks["left"], scan.left) > 0.985
    assert dice(masks["right"], scan.right) > 0.985
    assert not (masks["left"] & masks["right"]).any()

    airways, (told,) = airways_mask(scan.volume, body)
    assert "burst" in told.message
    assert components(airways, connectivity=Connectivity.FACE).count == 1
    assert dice(airways, scan.airways) > 0.9
    beyond = airways & ~scan.airways & (scan.left | scan.right)
    assert beyond.sum() < 0.02 * airways.sum()
    assert not (airways & (masks["left"] | masks["right"])).any()
    np.testing.assert_array_equal(scan.volume.values, before)


def test_a_single_lung_is_called_by_its_place_in_the_body_with_a_warning():
    scan = chest("coronal")
    values = scan.volume.values.copy()
    left = dilate(scan.left, 12.0, spacing_mm=scan.volume.spacing_mm) & (values > -960)
    values[left & (values < -300) & ~scan.right & ~scan.airways] = 40
    lame = replace(scan.volume, values=values)
    masks, findings = lung_masks(lame, find_body(lame))
    assert set(masks) == {"right"}
    assert "one-lung" in {f.code for f in findings}


def test_the_surfaces_are_closed_and_hold_the_volume_of_the_solids():
    from medical.parts import to_parts

    scan = chest("coronal")
    found = segment(scan.volume, structures_named(["lungs", "airways"]))
    labels = [label for layer in found.layers for label in layer.labels]
    assert [(x.value, x.name) for x in labels] == [
        (1, "lung_left"),
        (2, "lung_right"),
        (3, "airways"),
    ]
    voxel_ml = scan.volume.voxel_volume_ml
    for part, truth in zip(to_parts(found), (scan.left, scan.right, scan.airways), strict=True):
        assert part.properties["closed"]
        assert part.properties["outward"]
        assert part.properties["volume_ml"] == pytest.approx(truth.sum() * voxel_ml, rel=0.06)


def test_a_head_has_no_lung_and_a_scan_without_hounsfield_units_is_refused():
    values, matrix, _ = plain_head()
    scan = chest("coronal").volume
    head = replace(scan, values=values, affine=type(scan.affine)(matrix))
    with pytest.raises(NothingToBuildError, match="lung"):
        segment(head, structures_named(["lungs"]))
    mr = replace(scan, quantity=Quantity.NONE)
    for name in ("lungs", "airways", "fat", "metal"):
        with pytest.raises(UsageError, match="Hounsfield"):
            segment(mr, structures_named([name]), level=STRUCTURES[name].level_hu)


def test_gas_in_the_belly_is_no_windpipe_and_lungs_are_found_without_one():
    scan = chest("coronal")
    below = slice(72, None)  # rows run downwards: from under the ends of the bronchi
    part = replace(scan.volume, values=scan.volume.values[:, below])
    body = find_body(part)
    with pytest.raises(NothingToBuildError, match="windpipe"):
        airways_mask(part, body)
    masks, findings = lung_masks(part, body)
    assert "no-trachea" in {f.code for f in findings}
    for side, truth in (("left", scan.left), ("right", scan.right)):
        assert dice(masks[side], truth[:, below]) > 0.97


def test_flooding_levels_are_the_lowest_pass_to_the_seed():
    """Against thresholds and components, level by level."""
    values = np.random.default_rng(3).integers(0, 12, (7, 8, 9)).astype(np.int16)
    seeds = np.zeros(values.shape, bool)
    seeds[3, 3, 3] = True
    flooded = flood(values, seeds, low=0, high=11, most=10**6)
    for level in range(int(values[3, 3, 3]), 12):
        pieces = components(values <= level)
        expected = pieces.labels == pieces.labels[3, 3, 3]
        np.testing.assert_array_equal(flooded.reached(level), expected)
        assert flooded.volume(level) == expected.sum()
    assert flood(values, seeds, low=0, high=11, most=20).counts.sum() == 20
    assert (flood(values, seeds, low=0, high=-1 + int(values[3, 3, 3]), most=9).levels == DRY).all()


@pytest.mark.real
def test_a_real_chest(real_data):
    """Labels of a network's answer: lobes, and a windpipe with the main bronchi."""
    import medical
    from medical.objects import read_labels

    folder = real_data / "medical" / "chest_ct"
    whole = with_quantity(medical.read_volume(folder / "chest.nii.gz"))
    coarser = whole.affine.matrix * [1.0, 2.0, 2.0, 1.0]  # every second row and column: quicker
    values = np.ascontiguousarray(whole.values[:, ::2, ::2])
    volume = replace(whole, values=values, affine=type(whole.affine)(coarser))
    body = find_body(volume)
    truth = read_labels(folder / "labels.nii.gz", table=folder / "structures.csv", source=volume)
    layer = truth.layers[0]

    def mask_of(words: str) -> np.ndarray:
        numbers = [x.value for x in layer.labels if all(w in x.name for w in words.split())]
        return np.isin(layer.values, numbers)

    masks, _ = lung_masks(volume, body)
    for side in ("left", "right"):
        assert dice(masks[side], mask_of(f"lung {side}")) > 0.98
    airways, _ = airways_mask(volume, body)
    assert components(airways, connectivity=Connectivity.FACE).count == 1
    windpipe = mask_of("trachea")
    assert (airways & windpipe).sum() > 0.85 * windpipe.sum()
    ml = airways.sum() * volume.voxel_volume_ml
    assert 20.0 < ml < 80.0
    assert not (airways & (masks["left"] | masks["right"])).any()
