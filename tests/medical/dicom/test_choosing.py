"""The best reconstruction of a scan is chosen, and the reason said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from medical.dicom import choose_series, find_series
from medical.dicom.kernels import Sharpness, sharpness_of
from medical.errors import NoVolumeFoundError, UnknownSeriesError
from tests.fixtures.phantoms import grid_matrix, write_dicom_series


def write(
    folder: Path,
    number: int,
    *,
    slices: int = 20,
    spacing_mm: float = 1.0,
    orientation: str = "axial",
    **rest: Any,
) -> None:
    shape = (slices, 3, 4)
    write_dicom_series(
        folder / str(number),
        np.full(shape, number, np.int16),
        grid_matrix(shape, (spacing_mm, 1.0, 1.0), orientation=orientation),
        series=f"series {number}",
        series_number=number,
        **rest,
    )


def chosen(folder: Path, **how: Any) -> tuple[int | None, str]:
    choice = choose_series(find_series(folder), **how)
    return choice.series.number, choice.reason


def five_reconstructions(folder: Path) -> None:
    write(folder, 1, slices=12, spacing_mm=5.0, kernel="B30s")
    write(folder, 2, slices=12, spacing_mm=5.0, kernel="B70s")
    write(folder, 3, slices=60, spacing_mm=1.0, kernel="B30s")
    write(folder, 4, slices=60, spacing_mm=1.0, kernel="B70s")
    write(folder, 5, slices=60, spacing_mm=0.8, orientation="coronal",
          image_type=("DERIVED", "SECONDARY", "MPR"))  # fmt: skip


def test_five_reconstructions_of_one_scan(tmp_path):
    five_reconstructions(tmp_path)
    number, reason = chosen(tmp_path, structure="bone")
    assert number == 4
    for words in ("primary", "thinnest", "sharp kernel for bone"):
        assert words in reason
    assert chosen(tmp_path, structure="skin")[0] == 3


def test_equal_series_are_listed_as_ties(tmp_path):
    five_reconstructions(tmp_path)
    choice = choose_series(find_series(tmp_path))
    assert [s.number for s in (choice.series, *choice.ties)] == [3, 4]
    assert sorted(s.number for s in choice.alternatives) == [1, 2, 4, 5]
    assert "equal to 1 other" in choice.reason


def test_a_few_thin_slices_are_not_the_scan(tmp_path):
    write(tmp_path, 1, slices=4, spacing_mm=0.6)
    write(tmp_path, 2, slices=15, spacing_mm=0.6)
    write(tmp_path, 3, slices=30, spacing_mm=3.0)
    number, reason = chosen(tmp_path)
    assert number == 3
    assert "covers the scan" in reason


def test_a_hole_in_the_thin_series_makes_it_a_thick_one(tmp_path):
    write(tmp_path, 1, slices=40, spacing_mm=1.0, leave_out=range(20, 26))
    write(tmp_path, 2, slices=16, spacing_mm=2.5)
    assert chosen(tmp_path)[0] == 2


def test_wider_coverage_wins_among_equally_thin(tmp_path):
    write(tmp_path, 1, slices=30)
    write(tmp_path, 2, slices=50)
    number, reason = chosen(tmp_path)
    assert number == 2
    assert "widest coverage" in reason


def test_a_series_is_named_by_uid_number_or_description(tmp_path):
    write(tmp_path, 7, series_description="Kopf duenn")
    write(tmp_path, 12, slices=30, series_description="7 mm Kopf")
    study = find_series(tmp_path)
    for series in study.series:
        assert choose_series(study, wanted=series.uid).series is series
    assert chosen(tmp_path, wanted="7")[0] == 7  # a number before a piece of text
    assert chosen(tmp_path, wanted="DUENN")[0] == 7
    assert chosen(tmp_path, wanted="7 mm")[0] == 12
    assert chosen(tmp_path, wanted="kopf")[0] == 12


def test_asking_for_what_is_not_there_lists_what_is(tmp_path):
    write(tmp_path, 7, series_description="Mueller^Hans")
    with pytest.raises(UnknownSeriesError) as raised:
        chosen(tmp_path, wanted="99")
    assert "7 (CT, 20 slices" in str(raised.value)
    assert "Mueller" not in str(raised.value)


def test_asking_for_a_localizer_says_what_it_is(tmp_path):
    write(tmp_path, 1, image_type=("ORIGINAL", "PRIMARY", "LOCALIZER"))
    write(tmp_path, 2)
    with pytest.raises(NoVolumeFoundError, match="localizer"):
        chosen(tmp_path, wanted="1")


@pytest.mark.parametrize(
    ("kernel", "sharpness"),
    [
        ("B70s", Sharpness.SHARP), ("B30f", Sharpness.SOFT), ("H60s", Sharpness.SHARP),
        ("H31s", Sharpness.SOFT), ("Br40d\\3", Sharpness.SOFT), ("Hr64h", Sharpness.SHARP),
        ("I70f", Sharpness.SHARP), ("BONEPLUS", Sharpness.SHARP), ("BONE", Sharpness.SHARP),
        ("STANDARD", Sharpness.SOFT), ("SOFT", Sharpness.SOFT), ("EDGE", Sharpness.SHARP),
        ("FC30", Sharpness.SHARP), ("FC08", Sharpness.SOFT), ("FC81", Sharpness.SHARP),
        ("UB", Sharpness.SOFT), ("YC", Sharpness.SHARP), ("", Sharpness.UNKNOWN),
        ("something", Sharpness.UNKNOWN),
    ],
)  # fmt: skip
def test_kernels_are_known_by_their_makers_names(kernel, sharpness):
    assert sharpness_of(kernel) is sharpness
