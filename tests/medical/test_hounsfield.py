"""Whether values are Hounsfield units, and what is said where they are not."""

from __future__ import annotations

import numpy as np
import pytest

from medical.hounsfield import calibration_findings, spacing_findings, with_quantity
from shared.affine import Affine
from shared.finding import warning
from shared.volume import Quantity, Volume
from tests.fixtures.phantoms import plain_head


def volume_of(values: np.ndarray, **rest: object) -> Volume:
    return Volume(values=values, affine=Affine(np.eye(4)), **rest)  # type: ignore[arg-type]


def test_a_calibrated_scan_gives_no_warning() -> None:
    head = plain_head().values
    assert calibration_findings(volume_of(head, quantity=Quantity.HU)) == ()
    cut_off = np.maximum(head - 40, -1024)
    assert calibration_findings(volume_of(cut_off, quantity=Quantity.HU)) == ()


def test_a_scan_without_air_gives_no_warning() -> None:
    inside = np.full((20, 20, 20), 60, dtype=np.int16)
    inside[:4] = -90
    assert calibration_findings(volume_of(inside, quantity=Quantity.HU)) == ()


@pytest.mark.parametrize(("scale", "shift"), [(0.7, 100), (1.0, 250), (1.0, 1024), (1.3, 0)])
def test_air_in_a_wrong_place_is_warned_of(scale: float, shift: int) -> None:
    wrong = np.rint(plain_head().values * scale + shift).astype(np.int16)
    if shift == 1024:
        wrong = np.maximum(wrong, 0)
    (finding,) = calibration_findings(volume_of(wrong, quantity=Quantity.HU))
    assert finding.code == "uncalibrated-hu"
    assert finding.severity == "warning"


def test_padding_below_the_scale_does_not_count_as_air() -> None:
    padded = plain_head().values.copy()
    padded[:, :20] = -2048
    assert calibration_findings(volume_of(padded, quantity=Quantity.HU)) == ()


def test_what_the_reader_has_told_is_not_told_again() -> None:
    wrong = plain_head().values + np.int16(300)
    told = volume_of(
        wrong, quantity=Quantity.HU, findings=(warning("uncalibrated-hu", "Cone beam."),)
    )
    assert calibration_findings(told) == ()


def test_a_file_that_does_not_say_is_taken_for_ct_only_if_it_can_be_nothing_else() -> None:
    assumed = with_quantity(volume_of(plain_head().values))
    assert assumed.quantity is Quantity.HU
    assert [f.code for f in assumed.findings] == ["hounsfield-assumed"]
    magnetic = np.random.default_rng(1).integers(0, 900, (20, 20, 20)).astype(np.int16)
    assert with_quantity(volume_of(magnetic)).quantity is Quantity.NONE
    refused = volume_of(plain_head().values, findings=(warning("not-hounsfield", "Type OD."),))
    assert with_quantity(refused).quantity is Quantity.NONE


def test_slices_over_three_millimetres_are_not_for_surgery() -> None:
    thick = Volume(
        values=np.zeros((4, 4, 4), np.int16), affine=Affine(np.diag([3.2, 1.0, 1.0, 1.0]))
    )
    (finding,) = spacing_findings(thick)
    assert "not for surgical use" in finding.message
    fine = Volume(
        values=np.zeros((4, 4, 4), np.int16), affine=Affine(np.diag([3.0, 1.0, 1.0, 1.0]))
    )
    assert spacing_findings(fine) == ()
