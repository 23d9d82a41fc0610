"""What goes and what stays, and how it is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medical.clean import Keep, clean, parse_keep
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


def voxels(segmentation: Segmentation) -> int:
    return int(np.count_nonzero(segmentation.layers[0].values))


def test_small_and_large_pieces_in_the_body_stay_and_those_outside_go() -> None:
    found = pieces((2, 2, 5), (20, 4, 2), (2, 20, 6))
    cleaned = clean(found, body=left_half(), minimum_volume_ml=0.01)
    assert voxels(cleaned) == 125 + 8
    (removal,) = cleaned.findings
    assert removal.details == {"label": "bone", "volume_ml": 2.16, "reason": "outside-body"}
    assert removal.place == pytest.approx((45.0, 4.5, 22.5))
    assert "L 45.0, P 4.5, S 22.5 mm" in removal.message


def test_specks_go_and_share_one_finding() -> None:
    found = pieces((2, 2, 5), (12, 4, 1), (16, 4, 1), (20, 4, 2))
    cleaned = clean(found, body=left_half(), minimum_volume_ml=0.05)
    assert voxels(cleaned) == 125 + 8
    (specks,) = cleaned.findings
    assert specks.code == "specks-removed"
    assert specks.details["count"] == 2
    assert specks.details["volume_ml"] == pytest.approx(0.02)


def test_apparatus_is_cut_from_a_piece_that_it_touches() -> None:
    found = pieces((2, 10, 8))
    zones = np.full(SHAPE, TISSUE, dtype=np.uint8)
    zones[:, :, 15:] = APPARATUS
    cleaned = clean(found, body=body_of(zones), minimum_volume_ml=0.0)
    assert voxels(cleaned) == 8 * 8 * 5
    (removal,) = cleaned.findings
    assert removal.details["reason"] == "apparatus"
    assert removal.details["volume_ml"] == pytest.approx(8 * 8 * 3 * 0.01)


def test_thin_edges_just_outside_of_the_body_stay_with_it() -> None:
    found = pieces((2, 10, 8))
    zones = np.full(SHAPE, NEAR, dtype=np.uint8)
    zones[:, :, :15] = TISSUE
    assert voxels(clean(found, body=body_of(zones), minimum_volume_ml=0.0)) == 512


def test_all_keeps_even_specks_outside() -> None:
    found = pieces((2, 20, 1), (20, 20, 6))
    assert clean(found, body=left_half(), keep="all", minimum_volume_ml=1.0) is found


@pytest.mark.parametrize(("keep", "left"), [("largest", 125), (1, 125), (2, 125 + 27), (9, 160)])
def test_the_largest_are_chosen_among_what_lies_in_the_body(keep: Keep, left: int) -> None:
    found = pieces((2, 2, 5), (12, 4, 3), (20, 4, 2), (2, 20, 6))
    cleaned = clean(found, body=left_half(), keep=keep, minimum_volume_ml=0.0)
    assert voxels(cleaned) == left
    reasons = {f.details["reason"] for f in cleaned.findings}
    assert "outside-body" in reasons


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


def test_many_removals_are_told_one_by_one_only_up_to_a_number() -> None:
    values = np.zeros(SHAPE, dtype=np.uint8)
    values[0, :15, :15] = 1
    values[2::2, ::2, 16::2] = 1
    layer = replace(pieces().layers[0], values=values)
    cleaned = clean(Segmentation(layers=(layer,)), body=left_half(), minimum_volume_ml=0.0)
    assert len(cleaned.findings) == 51
    assert cleaned.findings[-1].details["count"] == 5 * 15 * 7 - 50


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
    told = sum(f.details["volume_ml"] for f in cleaned.findings)
    assert told + voxels(cleaned) * 0.01 == pytest.approx(voxels(found) * 0.01, abs=1e-2)
    assert not (cleaned.layers[0].values.astype(bool) & ~layer.values.astype(bool)).any()
