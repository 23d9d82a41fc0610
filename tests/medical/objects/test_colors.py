"""Colors survive the way through CIELab and look as other programs show them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medical.objects.colors import color_from_dicom_lab, dicom_lab_from_color
from medical.objects.names import label_name, with_unique_names
from shared.concept import SNAKE_CASE, Label

channels = st.integers(0, 255).map(lambda n: n / 255)


@given(st.tuples(channels, channels, channels))
def test_every_screen_color_survives(color):
    back = color_from_dicom_lab(dicom_lab_from_color(color))
    assert back == pytest.approx(color, abs=0.004)


@given(st.tuples(channels, channels, channels))
def test_highdicom_sees_the_same_color(color):
    from highdicom.color import CIELabColor

    theirs = CIELabColor.from_rgb(*[round(c * 255) for c in color]).value
    assert dicom_lab_from_color(color) == pytest.approx(theirs, abs=40)


def test_the_liver_of_3d_slicer_has_its_color():
    assert color_from_dicom_lab((41661, 41167, 40792)) == pytest.approx(
        (221 / 255, 130 / 255, 101 / 255), abs=0.003
    )


@given(st.text(), st.integers(1, 300))
def test_any_words_become_a_name(words, number):
    name = label_name(words, number=number)
    assert SNAKE_CASE.fullmatch(name)
    assert label_name(name, number=number) == name


def test_names_given_twice_are_told_apart():
    labels = [Label(value=n, name=name) for n, name in ((1, "a"), (2, "a"), (7, "a_2"))]
    assert [label.name for label in with_unique_names(labels)] == ["a", "a_2", "a_2_7"]
