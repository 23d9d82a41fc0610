from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.solids.overlap import overlaps
from tests.shared.meshing.shapes import cube, sphere


@given(st.floats(0.1, 9.9))
def test_two_boxes_share_the_box_they_have_in_common(shift):
    (found,) = overlaps([cube(10.0), cube(10.0, corner=(shift, 0.0, 0.0))])
    assert found.volume_ml == pytest.approx((10.0 - shift) * 100.0 / 1e3, rel=1e-4)
    assert not found.inside


@given(st.floats(-1e3, 1e3))
def test_boxes_that_touch_share_nothing(place):
    """Even where rounding to float32 lets them overlap by micrometres."""
    first = cube(10.0, corner=(place, place, 0.0))
    second = cube(10.0, corner=(float(np.float32(place + 10.0)) - 1e-5, place, 0.0))
    assert overlaps([first, second]) == ()


def test_a_ball_in_a_box_lies_inside_whatever_the_order():
    ball, box = sphere(2.0, center=(5.0, 5.0, 5.0)), cube(10.0)
    for solids, smaller in (([ball, box], 0), ([box, ball], 1)):
        (found,) = overlaps(solids)
        assert found.inside
        assert found.smaller == smaller
        assert found.share == pytest.approx(1.0)


def test_solids_apart_and_single_solids_share_nothing():
    assert overlaps([cube(), cube(corner=(5.0, 5.0, 5.0))]) == ()
    assert overlaps([cube()]) == ()
    assert overlaps([]) == ()
