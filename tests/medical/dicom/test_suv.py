"""PET becomes SUVbw where the tags allow it; where not, the reason is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

import medical
from medical.dicom import describe, find_series
from shared.volume import Quantity
from tests.fixtures.phantoms import grid_matrix, write_dicom_series

SHAPE = (4, 5, 6)
MATRIX = grid_matrix(SHAPE, (3.0, 4.0, 4.0))
HALF_LIFE_S = 6586.2  # fluorine-18
DOSE_BQ, WEIGHT_KG = 3.5e8, 72.0


def counts() -> np.ndarray:
    return np.random.default_rng(8).integers(0, 30000, SHAPE).astype(np.int16)


def write_pet(folder: Path, change=None, **options) -> None:
    """Write a series injected at 09:00 and scanned from 10:00 on, each slice with its rescale."""

    def set_tags(dataset: Dataset, number: int) -> None:
        given = Dataset()
        given.RadiopharmaceuticalStartTime = "090000.00"
        given.RadionuclideTotalDose = DOSE_BQ
        given.RadionuclideHalfLife = HALF_LIFE_S
        dataset.RadiopharmaceuticalInformationSequence = Sequence([given])
        dataset.Modality, dataset.Units = "PT", "BQML"
        dataset.CorrectedImage = ["NORM", "ATTN", "DECY", "SCAT"]
        dataset.DecayCorrection = "START"
        dataset.PatientWeight = WEIGHT_KG
        dataset.SeriesDate = dataset.AcquisitionDate = "20240105"
        dataset.SeriesTime = "100000"
        dataset.AcquisitionTime = f"10{number:02d}00.000"
        dataset.RescaleSlope, dataset.RescaleIntercept = 0.5 + number, 0
        if change is not None:
            change(dataset, given)

    write_dicom_series(
        folder, counts(), MATRIX, modality="MR", intercept=0.0, change=set_tags, **options
    )


def activity() -> np.ndarray:
    return counts() * (0.5 + np.arange(SHAPE[0]))[:, None, None]


def test_activity_becomes_suv_with_the_dose_decayed_to_the_scan(tmp_path):
    write_pet(tmp_path)
    volume = medical.read_volume(tmp_path)
    left = DOSE_BQ * 2.0 ** (-3600.0 / HALF_LIFE_S)
    np.testing.assert_allclose(volume.values, activity() * WEIGHT_KG * 1e3 / left, rtol=1e-5)
    assert volume.quantity is Quantity.SUV_BW
    (told,) = [f for f in volume.findings if f.code == "suv"]
    assert "60 min" in told.message
    plain = str([f.as_dict() for f in volume.findings]) + str(volume.provenance.as_dict())
    shown = str([s.as_dict() for s in describe(find_series(tmp_path))])
    for private in ("20240105", "090000", str(DOSE_BQ), str(WEIGHT_KG)):
        assert private not in plain + shown


def test_activity_corrected_to_the_injection_takes_the_whole_dose(tmp_path):
    write_pet(tmp_path, lambda d, g: d.__setattr__("DecayCorrection", "ADMIN"))
    expected = activity() * WEIGHT_KG * 1e3 / DOSE_BQ
    np.testing.assert_allclose(medical.read_volume(tmp_path).values, expected, rtol=1e-5)


def test_an_injection_before_midnight_is_an_hour_before_not_a_day_after(tmp_path):
    def change(dataset, given):
        given.RadiopharmaceuticalStartTime = "233000"
        dataset.SeriesTime = "003000"
        dataset.AcquisitionTime = "003000"

    write_pet(tmp_path, change)
    (told,) = [f for f in medical.read_volume(tmp_path).findings if f.code == "suv"]
    assert "60 min" in told.message


def test_a_series_written_later_counts_from_its_acquisition(tmp_path):
    write_pet(tmp_path, lambda d, g: d.__setattr__("SeriesTime", "180000"))
    codes = {f.code: f for f in medical.read_volume(tmp_path).findings}
    assert "60 min" in codes["suv"].message
    assert codes["suv-from-acquisition"].severity == "warning"


def test_units_that_are_suv_already_stay(tmp_path):
    write_pet(tmp_path, lambda d, g: d.__setattr__("Units", "GML"))
    volume = medical.read_volume(tmp_path)
    np.testing.assert_allclose(volume.values, activity(), rtol=1e-6)
    assert volume.quantity is Quantity.SUV_BW


def test_counts_take_the_scanners_own_factor(tmp_path):
    def change(dataset, given):
        dataset.Units = "CNTS"
        dataset.add_new(0x70530010, "LO", "Philips PET Private Group")
        dataset.add_new(0x70531000, "DS", "0.00125")

    write_pet(tmp_path, change)
    np.testing.assert_allclose(medical.read_volume(tmp_path).values, activity() * 0.00125, 1e-6)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d, g: d.__setattr__("PatientWeight", None), "weight is not told"),
        (lambda d, g: d.__setattr__("PatientWeight", 72000), "no patient has the weight"),
        (lambda d, g: g.__setattr__("RadionuclideTotalDose", 350), "dose of 350 Bq cannot be"),
        (lambda d, g: g.__delattr__("RadionuclideTotalDose"), "dose is not told"),
        (lambda d, g: g.__delattr__("RadionuclideHalfLife"), "half-life"),
        (lambda d, g: g.__setattr__("RadiopharmaceuticalStartTime", ""), "time of the injection"),
        (lambda d, g: d.__setattr__("CorrectedImage", ["DECY"]), "not corrected for attenuation"),
        (lambda d, g: d.__setattr__("DecayCorrection", "NONE"), "to which moment"),
        (lambda d, g: d.__setattr__("Units", "CNTS"), "they are in CNTS"),
        (lambda d, g: d.__delattr__("Units"), "unit is not told"),
        (lambda d, g: d.__delattr__("RadiopharmaceuticalInformationSequence"), "dose is not told"),
        (
            lambda d, g: g.__setattr__("RadiopharmaceuticalStartDateTime", "20240105170000"),
            "do not fit together",
        ),
    ],
)
def test_without_what_it_needs_values_stay_and_the_reason_is_told(tmp_path, change, reason):
    write_pet(tmp_path, change)
    volume = medical.read_volume(tmp_path)
    np.testing.assert_allclose(volume.values, activity(), rtol=1e-6)
    assert volume.quantity is Quantity.NONE
    (told,) = [f for f in volume.findings if f.code == "no-suv"]
    assert reason in told.message
