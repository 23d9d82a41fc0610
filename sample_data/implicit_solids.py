# ruff: noqa: D102 (`bound` and `near` are documented by `Solid`)
"""Solids given by a function of place: negative inside, positive outside, zero on the surface.

Every solid here returns a *bound*: a function that never changes faster than the
distance walked (it is 1-Lipschitz). Where ``abs(bound)`` is larger than the radius
of a cell, the whole cell is on one side; only the other cells need a closer look.
That single fact carries the rasterizer and the volume integral.

All lengths are millimetres, all points stand in LPS: +x left, +y posterior, +z superior.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Vector = tuple[float, float, float]
Rotation = tuple[Vector, Vector, Vector]
"""Rows of an orthogonal matrix; its columns are the directions of the turned axes."""
Nearby = tuple[Floats, list["Solid"]]
"""For each of several places its bound, and the solid as it looks from there."""

UNTURNED: Final[Rotation] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


class Solid(ABC):
    """A region of space. ``a | b``, ``a & b`` and ``a - b`` combine regions."""

    __slots__ = ()

    @abstractmethod
    def bound(self, x: Floats, y: Floats, z: Floats) -> Floats:
        """Return a signed lower bound of the distance (mm) from each point to the surface."""

    def near(self, x: Floats, y: Floats, z: Floats, radius: float) -> Nearby:
        """Return, for each point, the bound there and an equal solid for its neighborhood.

        The returned solid agrees with this one within `radius` of the point; members
        that are too far off to matter there are left out.
        """
        return self.bound(x, y, z), [self] * len(x)

    def __or__(self, other: Solid) -> Solid:
        return Union((self, other))

    def __and__(self, other: Solid) -> Solid:
        return Intersection((self, other))

    def __sub__(self, other: Solid) -> Solid:
        return Intersection((self, Outside(other)))


@dataclass(frozen=True, slots=True)
class Ellipsoid(Solid):
    """Ellipsoid with its own axes turned by `rotation`."""

    center: Vector
    radii: Vector
    rotation: Rotation = UNTURNED

    def bound(self, x: Floats, y: Floats, z: Floats) -> Floats:
        a, b, c = _to_own_axes(x, y, z, self.center, self.rotation)
        a, b, c = a / self.radii[0], b / self.radii[1], c / self.radii[2]
        return (np.sqrt(a * a + b * b + c * c) - 1.0) * min(self.radii)

    @property
    def volume_mm3(self) -> float:
        """Exact volume."""
        return 4.0 / 3.0 * math.pi * math.prod(self.radii)


def ball(center: Vector, radius: float) -> Ellipsoid:
    """Return the ball around `center`."""
    return Ellipsoid(center, (radius, radius, radius))


@dataclass(frozen=True, slots=True)
class Box(Solid):
    """Box with half edge lengths `half`; its edges are rounded with radius `rounding`."""

    center: Vector
    half: Vector
    rotation: Rotation = UNTURNED
    rounding: float = 0.0

    def bound(self, x: Floats, y: Floats, z: Floats) -> Floats:
        own = _to_own_axes(x, y, z, self.center, self.rotation)
        a, b, c = (np.abs(v) - (h - self.rounding) for v, h in zip(own, self.half, strict=True))
        outside = np.sqrt(np.maximum(a, 0) ** 2 + np.maximum(b, 0) ** 2 + np.maximum(c, 0) ** 2)
        inside = np.minimum(np.maximum(np.maximum(a, b), c), 0.0)
        depth: Floats = outside + inside - self.rounding
        return depth


@dataclass(frozen=True, slots=True)
class Capsule(Solid):
    """All points within `radius` of the segment from `start` to `end`."""

    start: Vector
    end: Vector
    radius: float

    def bound(self, x: Floats, y: Floats, z: Floats) -> Floats:
        a, b, c = x - self.start[0], y - self.start[1], z - self.start[2]
        u, v, w = (e - s for s, e in zip(self.start, self.end, strict=True))
        t = np.clip((a * u + b * v + c * w) / (u * u + v * v + w * w), 0.0, 1.0)
        a, b, c = a - t * u, b - t * v, c - t * w
        return np.sqrt(a * a + b * b + c * c) - self.radius

    @property
    def volume_mm3(self) -> float:
        """Exact volume."""
        length = math.dist(self.start, self.end)
        return math.pi * self.radius**2 * (length + 4.0 / 3.0 * self.radius)


@dataclass(frozen=True, slots=True)
class Cylinder(Solid):
    """Round cylinder with flat ends."""

    start: Vector
    end: Vector
    radius: float

    def bound(self, x: Floats, y: Floats, z: Floats) -> Floats:
        length = math.dist(self.start, self.end)
        u, v, w = ((e - s) / length for s, e in zip(self.start, self.end, strict=True))
        a, b, c = x - self.start[0], y - self.start[1], z - self.start[2]
        along = a * u + b * v + c * w
        a, b, c = a - along * u, b - along * v, c - along * w
        sideways = np.sqrt(a * a + b * b + c * c) - self.radius
        return np.maximum(sideways, np.abs(along - length / 2) - length / 2)

    @property
    def volume_mm3(self) -> float:
        """Exact volume."""
        return math.pi * self.radius**2 * math.dist(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Union(Solid):
    """Points in any of the members."""

    members: tuple[Solid, ...]

    def bound(self, x: Floats, y: Floats, z: Floats) -> Floats:
        result = self.members[0].bound(x, y, z)
        for member in self.members[1:]:
            result = np.minimum(result, member.bound(x, y, z))
        return result

    def near(self, x: Floats, y: Floats, z: Floats, radius: float) -> Nearby:
        seen = [member.near(x, y, z, radius) for member in self.members]
        least = np.min([bound for bound, _ in seen], axis=0)
        return least, _keep(seen, [bound <= least + 2 * radius for bound, _ in seen], Union)


@dataclass(frozen=True, slots=True)
class Intersection(Solid):
    """Points in all of the members."""

    members: tuple[Solid, ...]

    def bound(self, x: Floats, y: Floats, z: Floats) -> Floats:
        result = self.members[0].bound(x, y, z)
        for member in self.members[1:]:
            result = np.maximum(result, member.bound(x, y, z))
        return result

    def near(self, x: Floats, y: Floats, z: Floats, radius: float) -> Nearby:
        seen = [member.near(x, y, z, radius) for member in self.members]
        most = np.max([bound for bound, _ in seen], axis=0)
        return most, _keep(seen, [bound >= most - 2 * radius for bound, _ in seen], Intersection)


@dataclass(frozen=True, slots=True)
class Blend(Solid):
    """Union whose creases are filled over about `width` (quadratic smooth minimum).

    The gradient is a convex mean of the members' gradients, so the bound holds.
    """

    members: tuple[Solid, ...]
    width: float

    def bound(self, x: Floats, y: Floats, z: Floats) -> Floats:
        result = self.members[0].bound(x, y, z)
        for member in self.members[1:]:
            result = self._merge(result, member.bound(x, y, z))
        return result

    def near(self, x: Floats, y: Floats, z: Floats, radius: float) -> Nearby:
        seen = [member.near(x, y, z, radius) for member in self.members]
        least = np.min([bound for bound, _ in seen], axis=0)
        result = seen[0][0]
        for bound, _ in seen[1:]:
            result = self._merge(result, bound)
        reach = 2 * radius + self.width * len(self.members)
        kept = [bound <= least + reach for bound, _ in seen]
        return result, _keep(seen, kept, lambda members: Blend(members, self.width))

    def _merge(self, a: Floats, b: Floats) -> Floats:
        overlap = np.maximum(self.width - np.abs(a - b), 0.0)
        return np.minimum(a, b) - overlap * overlap / (4.0 * self.width)


@dataclass(frozen=True, slots=True)
class Outside(Solid):
    """Points that are not in `inner`."""

    inner: Solid

    def bound(self, x: Floats, y: Floats, z: Floats) -> Floats:
        return -self.inner.bound(x, y, z)

    def near(self, x: Floats, y: Floats, z: Floats, radius: float) -> Nearby:
        bound, solids = self.inner.near(x, y, z, radius)
        return -bound, [Outside(solid) for solid in solids]


@dataclass(frozen=True, slots=True)
class Grown(Solid):
    """Points where the bound of `inner` is below `amount`: `inner` made at least that larger."""

    inner: Solid
    amount: float

    def bound(self, x: Floats, y: Floats, z: Floats) -> Floats:
        return self.inner.bound(x, y, z) - self.amount

    def near(self, x: Floats, y: Floats, z: Floats, radius: float) -> Nearby:
        bound, solids = self.inner.near(x, y, z, radius)
        return bound - self.amount, [Grown(solid, self.amount) for solid in solids]


@dataclass(frozen=True, slots=True)
class Placed(Solid):
    """`inner`, turned by `rotation` about the origin, then moved by `offset`."""

    inner: Solid
    offset: Vector
    rotation: Rotation = UNTURNED

    def bound(self, x: Floats, y: Floats, z: Floats) -> Floats:
        return self.inner.bound(*_to_own_axes(x, y, z, self.offset, self.rotation))

    def near(self, x: Floats, y: Floats, z: Floats, radius: float) -> Nearby:
        own = _to_own_axes(x, y, z, self.offset, self.rotation)
        bound, solids = self.inner.near(*own, radius)
        return bound, [Placed(solid, self.offset, self.rotation) for solid in solids]


@dataclass(frozen=True, slots=True)
class BothSides(Solid):
    """The half of `inner` at x > 0, and its mirror image at x < 0.

    Evaluated once, at ``abs(x)``, which moves no two points apart: the bound holds.
    """

    inner: Solid

    def bound(self, x: Floats, y: Floats, z: Floats) -> Floats:
        return self.inner.bound(np.abs(x), y, z)

    def near(self, x: Floats, y: Floats, z: Floats, radius: float) -> Nearby:
        bound, solids = self.inner.near(np.abs(x), y, z, radius)
        return bound, [BothSides(solid) for solid in solids]


def moved(solid: Solid, offset: Vector) -> Solid:
    """Return `solid` shifted by `offset`."""
    return Placed(solid, offset)


def turned(
    solid: Solid, pivot: Vector, rotation: Rotation, *, offset: Vector = (0.0, 0.0, 0.0)
) -> Solid:
    """Return `solid` turned about the point `pivot`, then shifted by `offset`."""
    held = (sum(rotation[i][j] * pivot[j] for j in range(3)) for i in range(3))
    x, y, z = (p - h + o for p, h, o in zip(pivot, held, offset, strict=True))
    return Placed(solid, (x, y, z), rotation)


def shell(solid: Solid, thickness_mm: float) -> Solid:
    """Return the outermost layer of `solid`, at least `thickness_mm` thick."""
    return solid - Grown(solid, -thickness_mm)


def chain(points: list[Vector], radius: float) -> Solid:
    """Return capsules from each point to the next."""
    return Union(tuple(Capsule(start, end, radius) for start, end in pairwise(points)))


def rotation_about(axis: str, degrees: float) -> Rotation:
    """Return the right-handed rotation about the axis ``x``, ``y`` or ``z``."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    if axis == "x":
        return ((1.0, 0.0, 0.0), (0.0, c, -s), (0.0, s, c))
    if axis == "y":
        return ((c, 0.0, s), (0.0, 1.0, 0.0), (-s, 0.0, c))
    return ((c, -s, 0.0), (s, c, 0.0), (0.0, 0.0, 1.0))


def _keep(
    seen: list[Nearby],
    kept: list[NDArray[np.bool_]],
    join: Callable[[tuple[Solid, ...]], Solid],
) -> list[Solid]:
    """Return, for each place, the members that matter there joined."""
    result = []
    for place, flags in enumerate(np.array(kept).T.tolist()):
        members = tuple(s[place] for (_, s), flag in zip(seen, flags, strict=True) if flag)
        result.append(members[0] if len(members) == 1 else join(members))
    return result


def _to_own_axes(
    x: Floats, y: Floats, z: Floats, center: Vector, rotation: Rotation
) -> tuple[Floats, Floats, Floats]:
    a, b, c = x - center[0], y - center[1], z - center[2]
    if rotation is UNTURNED:
        return a, b, c
    (m00, m01, m02), (m10, m11, m12), (m20, m21, m22) = rotation
    return (
        m00 * a + m10 * b + m20 * c,
        m01 * a + m11 * b + m21 * c,
        m02 * a + m12 * b + m22 * c,
    )
