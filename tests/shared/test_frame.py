from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import FrameMismatchError, InvalidValueError
from shared.frame import (
    BUILDING_ENU_M,
    GLTF_YUP_M,
    PATIENT_LPS_MM,
    Axes,
    Frame,
    Unit,
    target_from_source,
)

PATIENTS = [Frame(axes=a, unit=u) for a in (Axes.LPS, Axes.RAS, Axes.Y_UP) for u in Unit]
BUILDINGS = [Frame(axes=a, unit=u) for a in (Axes.ENU, Axes.Y_UP) for u in Unit]


@pytest.mark.parametrize("family", [PATIENTS, BUILDINGS], ids=["patient", "building"])
def test_going_around_any_two_frames_comes_back(family: list[Frame]) -> None:
    for a, b in itertools.product(family, family):
        back = target_from_source(a, b) @ target_from_source(b, a)
        np.testing.assert_allclose(back, np.eye(4), atol=1e-12)


@pytest.mark.parametrize("family", [PATIENTS, BUILDINGS], ids=["patient", "building"])
def test_going_over_a_third_frame_changes_nothing(family: list[Frame]) -> None:
    for a, b, c in itertools.product(family[::2], family[::3], family[::2]):
        over = target_from_source(c, b) @ target_from_source(b, a)
        np.testing.assert_allclose(over, target_from_source(c, a), rtol=1e-12, atol=1e-12)


def test_no_change_of_frame_mirrors() -> None:
    for a, b in itertools.product(PATIENTS, PATIENTS):
        assert np.linalg.det(target_from_source(a, b)[:3, :3]) > 0


def test_patient_reaches_gltf_as_the_design_says() -> None:
    x, y, z = 10.0, 20.0, 30.0
    moved = target_from_source(GLTF_YUP_M, PATIENT_LPS_MM) @ [x, y, z, 1.0]
    np.testing.assert_allclose(moved[:3], [0.001 * x, 0.001 * z, -0.001 * y])


def test_left_in_lps_is_negative_in_ras() -> None:
    ras = target_from_source(Frame(axes=Axes.RAS, unit=Unit.MM), PATIENT_LPS_MM)
    np.testing.assert_allclose(ras @ [1.0, 2.0, 3.0, 1.0], [-1.0, -2.0, 3.0, 1.0])


def test_up_stays_up_for_a_building() -> None:
    moved = target_from_source(GLTF_YUP_M, BUILDING_ENU_M) @ [0.0, 0.0, 2.7, 1.0]
    np.testing.assert_allclose(moved, [0.0, 2.7, 0.0, 1.0])


def test_patients_and_buildings_do_not_mix() -> None:
    with pytest.raises(FrameMismatchError):
        target_from_source(BUILDING_ENU_M, PATIENT_LPS_MM)
    assert not BUILDING_ENU_M.is_compatible(PATIENT_LPS_MM)


def test_known_origins_must_agree_and_unknown_ones_may() -> None:
    one, two = (Frame(axes=Axes.LPS, unit=Unit.MM, uid=uid) for uid in ("1.2", "1.3"))
    assert one.is_compatible(PATIENT_LPS_MM)
    assert not one.is_compatible(two)
    with pytest.raises(FrameMismatchError):
        target_from_source(one, two)


@given(st.sampled_from(list(Unit)), st.floats(-1e6, 1e6))
def test_millimetres_come_back(unit: Unit, length_mm: float) -> None:
    frame = Frame(axes=Axes.ENU, unit=unit)
    assert frame.to_mm(frame.from_mm(length_mm)) == pytest.approx(length_mm, rel=1e-12, abs=1e-12)


def test_unknown_words_are_refused() -> None:
    with pytest.raises(InvalidValueError):
        Frame(axes="XYZ", unit="mm")  # type: ignore[arg-type]
    with pytest.raises(InvalidValueError):
        Frame(axes=Axes.LPS, unit="yard")  # type: ignore[arg-type]
