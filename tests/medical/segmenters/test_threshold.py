"""Thresholds and several structures at once."""

from __future__ import annotations

import numpy as np
import pytest

from medical.segmenters import threshold_segmenter
from medical.segmenters.by_structure import segment, together
from medical.structures import STRUCTURES, structures_named
from shared.affine import Affine
from shared.concept import Label
from shared.errors import NothingToBuildError, UsageError
from shared.volume import Quantity, Volume


def ramp() -> Volume:
    values = np.arange(-1000, 1000, 10, dtype=np.int16).reshape(2, 10, 10)
    return Volume(values=values, affine=Affine(np.eye(4)), quantity=Quantity.HU)


def test_a_value_at_the_level_is_inside_and_the_field_is_no_copy() -> None:
    volume = ramp()
    label = Label(value=3, name="dense")
    found = threshold_segmenter(label, 300.0)(volume)
    np.testing.assert_array_equal(found.layers[0].values == 3, volume.values >= 300)
    assert found.fields["dense"].values is volume.values
    assert found.fields["dense"].level == 300.0


def test_an_empty_threshold_tells_the_range_and_a_remedy() -> None:
    with pytest.raises(NothingToBuildError, match=r"-1000 to 990 HU") as caught:
        threshold_segmenter(Label(value=1, name="metal"), 5000.0)(ramp())
    assert caught.value.remedy is not None
    assert "--level" in caught.value.remedy


def test_several_structures_are_layers_that_may_overlap() -> None:
    values = np.full((20, 20, 20), -1000, dtype=np.int16)
    values[4:16, 4:16, 4:16] = 40
    values[8:12, 8:12, 8:12] = 900
    volume = Volume(values=values, affine=Affine(np.diag([2.0, 2, 2, 1])), quantity=Quantity.HU)
    found = segment(volume, structures_named(["bone", "skin"]))
    assert [label.name for layer in found.layers for label in layer.labels] == ["bone", "skin"]
    bone, skin = (layer.values > 0 for layer in found.layers)
    assert (skin & bone == bone).all()
    assert skin.sum() == 12**3
    with pytest.raises(UsageError):
        together([])


def test_every_structure_has_a_source_for_its_level_and_a_code() -> None:
    for structure in STRUCTURES.values():
        assert structure.level_source
        assert structure.concept.scheme == "SCT"
        assert structure.label(1).name == structure.name
    assert STRUCTURES["bone"].level_hu == 300.0
    assert STRUCTURES["skin"].level_hu == -200.0


def test_structures_are_taken_by_name_once_each() -> None:
    assert [s.name for s in structures_named(["Skin", "bone", "skin"])] == ["skin", "bone"]
    with pytest.raises(UsageError, match="liver"):
        structures_named("liver")
    with pytest.raises(UsageError):
        structures_named([])
