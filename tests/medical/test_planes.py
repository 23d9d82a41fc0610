"""The middle slices show the patient the way round that the letters say."""

from __future__ import annotations

import numpy as np
import pytest

from medical.dicom import find_series
from medical.planes import middle_planes, stills_of
from shared.affine import Affine
from shared.progress import ignore_progress
from shared.volume import Quantity, Volume
from tests.fixtures.phantoms import ORIENTATIONS, grid_matrix, rotation_about, write_dicom_series

SHAPE = (16, 24, 30)
SPACING = (3.0, 1.5, 1.0)
LETTERS = {"R": (0, -1), "L": (0, 1), "A": (1, -1), "P": (1, 1), "I": (2, -1), "S": (2, 1)}


def ramp(axis: int, orientation: str, **options) -> Volume:
    """A volume whose values rise along x, y or z of LPS."""
    matrix = grid_matrix(SHAPE, SPACING, orientation=orientation, **options)
    index = np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), axis=-1)
    values = Affine(matrix).apply(index)[..., axis].astype(np.float32)
    return Volume(values=values, affine=Affine(matrix))


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("lean", [{}, {"tilt_deg": 15.0}, {"rotation": rotation_about("x", 12.0)}])
def test_values_rise_towards_the_letter_of_their_side(orientation, lean):
    for axis in range(3):
        planes = middle_planes(ramp(axis, orientation, **lean))
        assert [plane.name for plane in planes] == ["axial", "coronal", "sagittal"]
        for plane in planes:
            shades = plane.shades[plane.shades.shape[0] // 4 : -plane.shades.shape[0] // 4]
            shades = shades[:, shades.shape[1] // 4 : -shades.shape[1] // 4].astype(float)
            to_right = np.diff(shades, axis=1).mean()
            down = np.diff(shades, axis=0).mean()
            left, right, top, bottom = plane.sides
            for rise, letter, opposite in ((to_right, right, left), (down, bottom, top)):
                along, sign = LETTERS[letter]
                assert LETTERS[opposite] == (along, -sign)
                if along == axis:
                    assert rise * sign > 0.5


def test_the_patients_right_is_on_the_left_and_front_and_head_are_up():
    planes = middle_planes(ramp(0, "axial"))
    sides = {plane.name: plane.sides for plane in planes}
    assert sides["axial"] == ("R", "L", "A", "P")
    assert sides["coronal"] == ("R", "L", "S", "I")
    assert sides["sagittal"] == ("A", "P", "S", "I")


@pytest.mark.parametrize("orientation", ["axial", "sagittal", "coronal"])
def test_pictures_have_the_size_of_what_they_show(orientation):
    matrix = grid_matrix(SHAPE, SPACING, orientation=orientation)
    volume = Volume(values=np.zeros(SHAPE, np.int16), affine=Affine(matrix))
    extent = np.abs(matrix[:3, :3]) @ np.array(SHAPE)
    x, y, z = extent.tolist()
    sizes = {plane.name: plane.size_mm for plane in middle_planes(volume)}
    assert sizes["axial"] == pytest.approx((y, x))
    assert sizes["coronal"] == pytest.approx((z, x))
    assert sizes["sagittal"] == pytest.approx((z, y))


def test_ct_is_shown_in_a_soft_tissue_window_and_the_rest_by_its_own_values():
    values = np.full((5, 5, 5), -1000.0, np.float32)
    values[:, 2, 2] = [np.nan, 40, 240, 1000, 3000]
    for quantity, shades in ((Quantity.HU, [0, 128, 255, 255, 255]), (Quantity.NONE, None)):
        volume = Volume(values=values, affine=Affine.identity(), quantity=quantity)
        shown = middle_planes(volume)[0].shades[2].tolist()
        if shades is None:
            assert 0 == shown[0] < shown[1] < shown[2] < shown[3] < shown[4]
        else:
            assert shown == shades
    flat = Volume(values=np.full((3, 3, 3), 7, np.int16), affine=Affine.identity())
    assert len(middle_planes(flat)) == 3


def test_captures_and_pictures_with_text_have_no_stills(tmp_path):
    def write(name: str, number: int, **attributes) -> None:
        def change(dataset, _):
            for keyword, value in attributes.items():
                setattr(dataset, keyword, value)

        values = np.zeros(SHAPE, np.int16)
        matrix = grid_matrix(SHAPE, SPACING)
        words = {"series": name, "series_number": number, "change": change}
        write_dicom_series(tmp_path / name, values, matrix, **words)

    write("scan", 3)
    write("text", 4, BurnedInAnnotation="YES")
    write("ultrasound", 6, Modality="US")
    write("capture", 5, SOPClassUID="1.2.840.10008.5.1.4.1.1.7")
    stills = stills_of(find_series(tmp_path).groups, progress=ignore_progress)
    assert [one.number for one in stills] == [3]
    assert stills[0].shape == SHAPE
    assert stills[0].spacing_mm == pytest.approx(SPACING)


def test_a_stack_that_cannot_be_read_says_why(tmp_path):
    def bent(dataset, number):
        x, y, z = dataset.ImagePositionPatient
        dataset.ImagePositionPatient = [x + 5.0 * (number == 2), y, z]

    write_dicom_series(
        tmp_path, np.zeros(SHAPE, np.int16), grid_matrix(SHAPE, SPACING), change=bent
    )
    (one,) = stills_of(find_series(tmp_path).groups, progress=ignore_progress)
    assert not one.planes
    assert "line" in one.obstacle
