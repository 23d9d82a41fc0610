"""How the isosurface converges: volume, area and vertices of spheres, tori and gyroids.

``python -m benchmarks.convergence`` draws the errors against the resolution and writes
``docs/convergence.png``. All bodies lie in the cube from −1 to 1; their fields are curved, so that
linear interpolation is not exact anywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "convergence.png"
RESOLUTIONS = (16, 24, 32, 48, 64, 96, 128)
"""Voxels along an edge of the cube."""

RADIUS, RING, TUBE = 0.73, 0.6, 0.27
GYROID_LEVEL = 0.4
GYROID_SAMPLES = 3000
FINE = (128, 256)
"""Grids from which the gyroid's area is extrapolated, as no formula is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A field whose level set is known.

    Parameters
    ----------
    field
        Its value at x, y, z; the body is where it is at least `level`.
    distance
        How far points ``[n 3]`` stand from the true surface.
    volume, area
        The truth within the cube.
    """

    name: str
    field: Callable[[Any, Any, Any], Any]
    level: float
    distance: Callable[[Any], Any]
    volume: Callable[[], float]
    area: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Errors:
    """Relative errors of volume and area, and the largest distance of a vertex."""

    volume: float
    area: float
    vertex: float


def bodies() -> tuple[Body, ...]:
    """Return the bodies that are looked at."""
    sphere = Body(
        name="sphere",
        field=lambda x, y, z: RADIUS**2 - (x**2 + y**2 + z**2),
        level=0.0,
        distance=lambda at: np.abs(np.linalg.norm(at, axis=1) - RADIUS),
        volume=lambda: 4.0 / 3.0 * np.pi * RADIUS**3,
        area=lambda: 4.0 * np.pi * RADIUS**2,
    )
    torus = Body(
        name="torus",
        field=lambda x, y, z: TUBE**2 - (np.hypot(x, y) - RING) ** 2 - z**2,
        level=0.0,
        distance=lambda at: np.abs(np.hypot(np.hypot(at[:, 0], at[:, 1]) - RING, at[:, 2]) - TUBE),
        volume=lambda: 2.0 * np.pi**2 * RING * TUBE**2,
        area=lambda: 4.0 * np.pi**2 * RING * TUBE,
    )
    gyroid = Body(
        name="gyroid",
        field=gyroid_field,
        level=GYROID_LEVEL,
        distance=gyroid_distance,
        volume=gyroid_volume,
        area=gyroid_area,
    )
    return sphere, torus, gyroid


def gyroid_field(x: Any, y: Any, z: Any) -> Any:
    """Return the gyroid's field; the cube is one period."""
    x, y, z = np.pi * x, np.pi * y, np.pi * z
    return np.sin(x) * np.cos(y) + np.sin(y) * np.cos(z) + np.sin(z) * np.cos(x)


def gyroid_distance(at: Any) -> Any:
    """Return the distance from the gyroid, to first order."""
    x, y, z = np.pi * at.T
    slope = np.pi * np.array(
        [
            np.cos(x) * np.cos(y) - np.sin(z) * np.sin(x),
            np.cos(y) * np.cos(z) - np.sin(x) * np.sin(y),
            np.cos(z) * np.cos(x) - np.sin(y) * np.sin(z),
        ]
    )
    return np.abs(gyroid_field(*at.T) - GYROID_LEVEL) / np.linalg.norm(slope, axis=0)


@cache
def gyroid_volume() -> float:
    """Return the volume within the cube: along x the field is a sine, whose share is known."""
    at = np.pi * (2.0 * (np.arange(GYROID_SAMPLES) + 0.5) / GYROID_SAMPLES - 1.0)
    y, z = at[:, None], at[None, :]
    height = np.hypot(np.cos(y), np.sin(z))
    share = np.arccos(np.clip((GYROID_LEVEL - np.sin(y) * np.cos(z)) / height, -1.0, 1.0)) / np.pi
    return float(8.0 * share.mean())


@cache
def gyroid_area() -> float:
    """Return the area within the cube, extrapolated from two fine grids."""
    gyroid = Body(
        name="", field=gyroid_field, level=GYROID_LEVEL, distance=gyroid_distance,
        volume=gyroid_volume, area=lambda: 1.0,
    )  # fmt: skip
    coarse, fine = (area_of(surface(gyroid, voxels, close_border=False)) for voxels in FINE)
    ratio = ((FINE[1] - 1) / (FINE[0] - 1)) ** 2
    return float((ratio * fine - coarse) / (ratio - 1.0))


def surface(body: Body, voxels: int, *, close_border: bool) -> tuple[Any, Any]:
    """Return vertices (float64) and faces of a body's isosurface on a grid of the cube."""
    from shared.affine import Affine
    from shared.surfaces import isosurface
    from shared.volume import Volume

    at = np.linspace(-1.0, 1.0, voxels)
    values = body.field(at[:, None, None], at[None, :, None], at[None, None, :])
    step = 2.0 / (voxels - 1)
    affine = Affine.from_parts(spacing=(step,) * 3, origin=(-1.0,) * 3, direction=np.eye(3))
    volume = Volume(values=np.ascontiguousarray(values), affine=affine)
    mesh = isosurface(volume, body.level, close_border=close_border)
    return mesh.vertices.astype(np.float64), mesh.faces


def area_of(mesh: tuple[Any, Any]) -> float:
    """Return the area of all faces."""
    corners = mesh[0][mesh[1]]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return float(np.linalg.norm(normals, axis=1).sum() / 2.0)


def volume_of(mesh: tuple[Any, Any]) -> float:
    """Return the enclosed volume; caps are brought to where the cube ends."""
    corners = np.clip(mesh[0], -1.0, 1.0)[mesh[1]]
    flux = np.einsum("fc,fc->f", corners[:, 0], np.cross(corners[:, 1], corners[:, 2]))
    return float(flux.sum() / 6.0)


def errors(body: Body, voxels: int) -> Errors:
    """Return the errors of a body's isosurface on a grid of so many voxels along an edge."""
    solid = surface(body, voxels, close_border=True)
    bare = surface(body, voxels, close_border=False)
    return Errors(
        volume=abs(volume_of(solid) / body.volume() - 1.0),
        area=abs(area_of(bare) / body.area() - 1.0),
        vertex=float(body.distance(bare[0]).max()),
    )


def order(resolutions: tuple[int, ...], found: list[float]) -> float:
    """Return the power of the spacing with which errors fall, fitted to all of them."""
    spacing = 2.0 / (np.array(resolutions) - 1.0)
    return float(np.polyfit(np.log(spacing), np.log(found), 1)[0])


def main() -> None:
    """Draw the picture and print the orders."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
    titles = {
        "volume": "volume, relative",
        "area": "area, relative",
        "vertex": "the farthest vertex",
    }
    for body in bodies():
        found = [errors(body, voxels) for voxels in RESOLUTIONS]
        for panel, (name, title) in zip(panels, titles.items(), strict=True):
            values = [getattr(one, name) for one in found]
            power = order(RESOLUTIONS, values)
            panel.loglog(RESOLUTIONS, values, "o-", label=f"{body.name}: order {power:.2f}")
            panel.set_title(f"error of {title}")
            print(f"{body.name} {name}: order {power:.2f}")
    for panel in panels:
        low, high = panel.get_ylim()
        guide = high * 0.5 * (RESOLUTIONS[0] / np.array(RESOLUTIONS)) ** 2
        panel.loglog(RESOLUTIONS, guide, "k:", label="second order")
        panel.set_ylim(low * 0.7, high)
        panel.set_xticks(RESOLUTIONS, [str(n) for n in RESOLUTIONS], minor=False)
        panel.minorticks_off()
        panel.set_xlabel("voxels along an edge of a cube from −1 to 1")
        panel.legend()
    figure.savefig(PICTURE, dpi=110)


if __name__ == "__main__":
    main()
