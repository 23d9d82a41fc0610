"""The camera stands as near as it can with the whole model in the picture."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shared.frame import Axes
from toolkit.viewer.camera import VIEW_ANGLE_DEG, Area, Camera, fit

AREA = Area(left=-0.9, right=0.5, bottom=-0.8, top=0.7)


def seen(points: np.ndarray, camera: Camera, aspect: float) -> np.ndarray:
    """Where points come to lie in the picture, −1 to 1: an ordinary look-at and perspective."""
    position, focal, up = (np.array(v) for v in (camera.position, camera.focal_point, camera.up))
    forward = (focal - position) / np.linalg.norm(focal - position)
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    moved = points - position
    depth = moved @ forward
    assert (depth > 0).all(), "nothing is behind the camera"
    reach = np.tan(np.radians(VIEW_ANGLE_DEG) / 2)
    x = moved @ right / (depth * reach * aspect)
    return np.stack([x, moved @ np.cross(right, forward) / (depth * reach)], axis=1)


@given(
    st.sampled_from(list(Axes)),
    st.floats(0.3, 3.0),
    st.tuples(*[st.floats(0.01, 100.0)] * 3),
    st.tuples(*[st.floats(-1e4, 1e4)] * 3),
    st.integers(0, 2**32 - 1),
)
def test_everything_is_seen_and_reaches_two_borders(axes, aspect, size, place, seed):
    points = np.random.default_rng(seed).random((50, 3)) * size + place
    at = seen(points, fit(points, axes, aspect=aspect, areas=[AREA]), aspect)
    low, high = at.min(axis=0), at.max(axis=0)
    assert (low >= np.array([AREA.left, AREA.bottom]) - 1e-3).all()
    assert (high <= np.array([AREA.right, AREA.top]) + 1e-3).all()
    spans = (high - low) / [AREA.right - AREA.left, AREA.top - AREA.bottom]
    assert spans.max() > 0.99, "the model could be larger"


def test_of_two_areas_the_one_that_shows_more_is_taken():
    tall = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 10.0]])
    low, narrow = Area(top=0.0), Area(right=0.0)
    alone = fit(tall, Axes.ENU, aspect=1.0, areas=[narrow])
    assert fit(tall, Axes.ENU, aspect=1.0, areas=[low, narrow]) == alone


def test_a_single_point_can_be_looked_at():
    camera = fit(np.zeros((1, 3)), Axes.LPS, aspect=1.0, areas=[Area()])
    assert np.isfinite([*camera.position, *camera.focal_point]).all()
    assert camera.position != camera.focal_point
