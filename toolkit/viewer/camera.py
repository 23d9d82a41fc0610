"""Camera: where it stands so that a model fills the picture, whatever its shape."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from shared.frame import Axes

if TYPE_CHECKING:
    from numpy.typing import NDArray

VIEW_ANGLE_DEG: Final = 30.0
"""Angle between the lower and the upper border of the picture."""
DIRECTIONS: Final = MappingProxyType(
    {
        Axes.LPS: (0.55, -1.0, 0.2),
        Axes.RAS: (-0.55, 1.0, 0.2),
        Axes.ENU: (-0.55, -0.8, 0.75),
        Axes.Y_UP: (0.5, 0.6, 1.0),
    }
)
"""From the model to the camera: a patient from the front and slightly left, a building from
above."""
LEAST_RADIUS: Final = 1e-6
"""Size given to a model of no size, in its unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A part of the picture, in coordinates from −1 (left, bottom) to 1 (right, top)."""

    left: float = -0.92
    right: float = 0.92
    bottom: float = -0.92
    top: float = 0.92


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """Where a camera stands, what it looks at, and which way is up."""

    position: tuple[float, float, float]
    focal_point: tuple[float, float, float]
    up: tuple[float, float, float]


def fit(
    points: NDArray[np.floating], axes: Axes, *, aspect: float, areas: Iterable[Area]
) -> Camera:
    """Return the nearest camera from which all `points` lie in one of the areas.

    Parameters
    ----------
    points
        ``[n 3]``, at least one.
    axes
        Of the frame: they choose the direction.
    aspect
        Width of the picture over its height.
    areas
        Parts of the picture that may be filled; the one that shows most is taken.

    Notes
    -----
    In the camera's own axes a point lies in the area if its slopes against the line of
    sight do. Each border gives one linear bound on the camera's place, so the nearest
    place is found from the extremes of four sums, exactly.
    """
    back, right, up = basis(axes)
    turned = np.asarray(points, np.float64) @ np.stack([right, up, back], axis=1)
    slope = np.tan(np.radians(VIEW_ANGLE_DEG) / 2)
    span = np.ptp(turned, axis=0).max() + LEAST_RADIUS
    eye = min((_eye(turned, area, slope, aspect) for area in areas), key=lambda eye: eye[2])
    eye[2] = max(eye[2], turned[:, 2].max() + span / 100)
    world = np.stack([right, up, back])
    position = eye @ world
    distance = eye[2] - 0.5 * (turned[:, 2].min() + turned[:, 2].max())
    return Camera(
        position=_triple(position),
        focal_point=_triple(position - back * distance),
        up=_triple(up),
    )


def _eye(
    turned: NDArray[np.float64], area: Area, slope: float, aspect: float
) -> NDArray[np.float64]:
    """Return the nearest place ``[3]`` of the camera in its own axes."""
    depth = turned[:, 2]
    borders = ((area.left, area.right, slope * aspect), (area.bottom, area.top, slope))
    bounds = [
        (
            (turned[:, axis] + low * scale * depth).min(),
            (turned[:, axis] + high * scale * depth).max(),
            low * scale,
            high * scale,
        )
        for axis, (low, high, scale) in enumerate(borders)
    ]
    z = max((high - low) / (steep - shallow) for low, high, shallow, steep in bounds)
    x, y = (
        0.5 * ((low - shallow * z) + (high - steep * z)) for low, high, shallow, steep in bounds
    )
    return np.array([x, y, z])


def basis(axes: Axes) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return unit vectors in the world: towards the camera, to its right, and its up."""
    upright = np.array((0.0, 1.0, 0.0) if axes == Axes.Y_UP else (0.0, 0.0, 1.0))
    back = np.array(DIRECTIONS[axes])
    back = back / np.linalg.norm(back)
    right = np.cross(upright, back)
    right = right / np.linalg.norm(right)
    return back, right, np.cross(back, right)


def _triple(values: NDArray[np.float64]) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z
