"""What goes and what stays, and how it is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medical.clean import Cleaned, Keep, clean, parse_keep
from medical.removals import Reason, removals_table, tell
from medical.segmenters.body import APPARATUS, NEAR, OUTSIDE, TISSUE, Body
from shared.affine import Affine
from shared.concept import Label, LabelTable
from shared.errors import NothingToBuildError, UsageError
from shared.segmentation import LabelMap, Segmentation

BONE = Label(value=1, name="bone")
SHAPE = (12, 30, 30)


def pieces(*boxes: tuple[int, int, int]) -> Segmentation:
    """A box of (size) voxels of 10 mm³ … at (j, k) for each (j, k, size)."""
    values = np.zeros(SHAPE, dtype=np.uint8)
    for j, k, size in boxes:
        values[2 : 2 + size, j : j + size, k : k + size] = 1
    layer = LabelMap(
        values=values, affine=Affine(np.diag([10.0, 1, 1, 1])), labels=LabelTable((BONE,))
    )
    return Segmentation(layers=(layer,))


def body_of(zones: np.ndarray) -> Body:
    return Body(zones=zones, factors=(1, 1, 1), shape=SHAPE, pieces=1)


def left_half() -> Body:
    zones = np.full(SHAPE, OUTSIDE, dtype=np.uint8)
    zones[:, :, :15] = TISSUE
    return body_of(zones)


def voxels(cleaned: Cleaned | Segmentation) -> int:
    segmentation = cleaned.segmentation if isinstance(cleaned, Cleaned) else cleaned
    return int(np.count_nonzero(segmentation.layers[0].values))


def test_small_and_large_pieces_in_the_body_stay_and_those_outside_go() -> None:
    found = pieces((2, 2, 5), (20, 4, 2), (2, 20, 6))
    cleaned = clean(found, body=left_half(), minimum_volume_ml=0.01)
    assert voxels(cleaned) == 125 + 8
    (removal,) = cleaned.segmentation.findings
    assert removal.details == {"label": "bone", "volume_ml": 2.16, "reason": "outside-body"}
    assert removal.place == pytest.approx((45.0, 4.5, 22.5))
    assert "L 45.0, P 4.5, S 22.5 mm" in removal.message


def test_every_speck_is_listed_with_its_volume_and_place_and_told_in_one_sentence() -> None:
    found = pieces((2, 2, 5), (12, 4, 1), (16, 4, 1), (20, 4, 2))
    cleaned = clean(found, body=left_half(), minimum_volume_ml=0.05)
    assert voxels(cleaned) == 125 + 8
    specks = [(r.label, r.reason, r.volume_ml) for r in cleaned.removals]
    assert specks == [("bone", Reason.BELOW_MINIMUM, pytest.approx(0.01))] * 2
    assert sorted(r.place_mm for r in cleaned.removals) == [(20.0, 12.0, 4.0), (20.0, 16.0, 4.0)]
    (told,) = cleaned.segmentation.findings
    assert told.code == "pieces-removed"
    assert told.details["count"] == 2
    assert told.details["volume_ml"] == pytest.approx(0.02)
    assert "removals" in told.message


def test_what_a_large_minimum_hides_is_told_piece_by_piece() -> None:
    found = pieces((2, 2, 8), (12, 2, 5), (20, 4, 3))
    cleaned = clean(found, body=left_half(), minimum_volume_ml=5.0)
    told = cleaned.segmentation.findings
    assert [f.details["volume_ml"] for f in told] == pytest.approx([1.25, 0.27])
    assert {f.details["reason"] for f in told} == {"below-minimum"}
    assert [f.place for f in told] == [r.place_mm for r in cleaned.removals]


def test_apparatus_is_cut_from_a_piece_that_it_touches() -> None:
    found = pieces((2, 10, 8))
    zones = np.full(SHAPE, TISSUE, dtype=np.uint8)
    zones[:, :, 15:] = APPARATUS
    cleaned = clean(found, body=body_of(zones), minimum_volume_ml=0.0)
    assert voxels(cleaned) == 8 * 8 * 5
    (removal,) = cleaned.segmentation.findings
    assert removal.details["reason"] == "apparatus"
    assert removal.details["volume_ml"] == pytest.approx(8 * 8 * 3 * 0.01)


def test_thin_edges_just_outside_of_the_body_stay_with_it() -> None:
    found = pieces((2, 10, 8))
    zones = np.full(SHAPE, NEAR, dtype=np.uint8)
    zones[:, :, :15] = TISSUE
    assert voxels(clean(found, body=body_of(zones), minimum_volume_ml=0.0)) == 512


def test_all_keeps_even_specks_outside() -> None:
    found = pieces((2, 20, 1), (20, 20, 6))
    cleaned = clean(found, body=left_half(), keep="all", minimum_volume_ml=1.0)
    assert cleaned.segmentation is found
    assert not cleaned.removals


@pytest.mark.parametrize(("keep", "left"), [("largest", 125), (1, 125), (2, 125 + 27), (9, 160)])
def test_the_largest_are_chosen_among_what_lies_in_the_body(keep: Keep, left: int) -> None:
    found = pieces((2, 2, 5), (12, 4, 3), (20, 4, 2), (2, 20, 6))
    cleaned = clean(found, body=left_half(), keep=keep, minimum_volume_ml=0.0)
    assert voxels(cleaned) == left
    assert Reason.OUTSIDE_BODY in {r.reason for r in cleaned.removals}


def test_without_a_body_nothing_lies_outside() -> None:
    found = pieces((2, 2, 5), (2, 20, 6))
    nobody = replace(left_half(), pieces=0)
    assert voxels(clean(found, body=nobody, minimum_volume_ml=0.0)) == 125 + 216
    assert voxels(clean(found, body=None, minimum_volume_ml=0.0)) == 125 + 216


def test_when_nothing_stays_the_error_says_why() -> None:
    found = pieces((2, 20, 6))
    with pytest.raises(NothingToBuildError, match=r"2\.16 ml .* outside of the body"):
        clean(found, body=left_half(), minimum_volume_ml=0.0)
    with pytest.raises(NothingToBuildError, match="smaller than the minimum"):
        clean(pieces((2, 2, 2)), body=left_half(), minimum_volume_ml=5.0)


def test_many_removals_are_told_one_by_one_only_up_to_a_number_and_all_are_listed() -> None:
    values = np.zeros(SHAPE, dtype=np.uint8)
    values[0, :15, :15] = 1
    values[2::2, ::2, 16::2] = 1
    layer = replace(pieces().layers[0], values=values)
    layer = replace(layer, affine=Affine(np.diag([10.0, 10.0, 10.0, 1.0])))
    cleaned = clean(Segmentation(layers=(layer,)), body=left_half(), minimum_volume_ml=0.0)
    findings = cleaned.segmentation.findings
    assert [f.code for f in findings] == ["piece-removed"] * 10 + ["pieces-removed"]
    assert findings[-1].details["count"] == 5 * 15 * 7 - 10
    table = removals_table(cleaned.removals)
    assert table["count"] == len(table["rows"]) == 5 * 15 * 7
    assert all(len(row) == len(table["columns"]) for row in table["rows"])
    assert table["volume_ml"] == pytest.approx(5 * 15 * 7)


def test_each_label_and_reason_is_told_apart() -> None:
    specks = clean(pieces((2, 2, 5), (20, 4, 1)), body=None, minimum_volume_ml=0.05).removals
    other = [replace(specks[0], label="skin"), replace(specks[0], reason=Reason.OUTSIDE_BODY)]
    told = {(f.details["label"], f.details["reason"]) for f in tell((*specks, *other))}
    assert told == {("bone", "below-minimum"), ("skin", "below-minimum"), ("bone", "outside-body")}


@pytest.mark.parametrize("words", ["body", "all", "largest", " 3 ", "Largest", 4])
def test_words_for_what_to_keep_are_understood(words: str | int) -> None:
    assert parse_keep(words) in ("body", "all", "largest", 3, 4)


@pytest.mark.parametrize("words", ["", "0", "none", "-1", 0, -2, True, "2.5"])
def test_other_words_are_refused(words: str | int) -> None:
    with pytest.raises(UsageError, match="keep"):
        parse_keep(words)


@pytest.mark.parametrize("minimum", [-1.0, np.nan, np.inf])
def test_a_minimum_that_is_no_volume_is_refused(minimum: float) -> None:
    with pytest.raises(UsageError, match="ml"):
        clean(pieces((2, 2, 5)), body=None, minimum_volume_ml=minimum)


@given(st.integers(0, 2**32 - 1), st.floats(0.0, 0.2))
def test_what_stays_and_what_is_told_make_up_what_was_found(seed: int, minimum: float) -> None:
    rng = np.random.default_rng(seed)
    layer = replace(pieces().layers[0], values=(rng.random(SHAPE) < 0.2).astype(np.uint8))
    found = Segmentation(layers=(layer,))
    zones = rng.integers(0, 5, (3, 3, 3)).astype(np.uint8).repeat(4, 0).repeat(10, 1).repeat(10, 2)
    try:
        cleaned = clean(found, body=body_of(zones), minimum_volume_ml=minimum)
    except NothingToBuildError:
        return
    gone = (voxels(found) - voxels(cleaned)) * 0.01
    listed = removals_table(cleaned.removals)
    assert sum(r.volume_ml for r in cleaned.removals) == pytest.approx(gone)
    assert sum(row[2] for row in listed["rows"]) == pytest.approx(gone, abs=1e-6)
    told = sum(f.details["volume_ml"] for f in cleaned.segmentation.findings)
    assert told == pytest.approx(gone, abs=1e-3)
    kept = cleaned.segmentation.layers[0].values.astype(bool)
    assert not (kept & ~layer.values.astype(bool)).any()
