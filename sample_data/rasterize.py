"""Solids to voxels with partial volume, and solids to volumes in mm³.

A voxel that a surface crosses takes the mean of ``samples``³ points inside it, as a
scanner's detector averages what lies in its beam. All sums are sums of whole numbers,
so the result is the same to the last bit on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sample_data.implicit_solids import Floats, Solid, Vector

Indices = NDArray[np.intp]
Material = tuple[Solid, int]
"""A solid and its value in Hounsfield units."""

BLOCK: Final = 8
"""Voxels along the edge of the blocks that are looked at first."""
COARSEST_MM: Final = 32.0
"""Edge of the cells that a volume integral starts from."""


def rasterize(
    materials: Sequence[Material],
    shape: tuple[int, int, int],
    matrix: Floats,
    *,
    background: int = -1000,
    samples: int = 4,
) -> Floats:
    """Return values ``[slice row column]`` of painted solids.

    Parameters
    ----------
    materials
        Solids with whole-numbered values; a later one covers an earlier one.
    shape
        Number of slices, rows and columns.
    matrix
        ``[4 4]`` index of a voxel centre, in array order → LPS mm. May be oblique or sheared.
    background
        Value where there is no solid.
    samples
        Points along each edge of a voxel that a surface crosses; a power of two keeps
        the means exact.
    """
    levels = np.array([background, *(value for _, value in materials)], np.int64)
    owner = np.zeros(int(np.prod(shape)), np.uint8)
    row_of_voxel = np.full(owner.size, -1, np.int32)
    table = np.zeros((0, samples**3), np.uint8)
    for number, (solid, _) in enumerate(materials, start=1):
        inside, border, hits = _cover(solid, shape, matrix, samples)
        owner[inside] = number
        row_of_voxel[inside] = -1
        fresh = border[row_of_voxel[border] < 0]
        row_of_voxel[fresh] = np.arange(len(table), len(table) + fresh.size)
        table = np.concatenate([table, np.repeat(owner[fresh][:, None], samples**3, axis=1)])
        rows = row_of_voxel[border]
        table[rows] = np.where(hits, np.uint8(number), table[rows])
    values = levels[owner].astype(np.float64)
    mixed = np.flatnonzero(row_of_voxel >= 0)
    values[mixed] = levels[table[row_of_voxel[mixed]]].sum(axis=1) / samples**3
    return values.reshape(shape)


def blur(values: Floats) -> Floats:
    """Return `values` smoothed by (1 14 1)/16 along each axis: standard deviation 0.35 voxels."""
    for axis in range(3):
        padded = np.concatenate([values.take([0], axis), values, values.take([-1], axis)], axis)
        padded = padded.swapaxes(0, axis)
        smooth = (padded[:-2] + 14.0 * padded[1:-1] + padded[2:]) / 16.0
        values = np.ascontiguousarray(smooth.swapaxes(0, axis))
    return values


def gaussian_noise(shape: tuple[int, ...], deviation: float, seed: int) -> Floats:
    """Return noise of the given standard deviation, the same on every machine.

    Sums of twelve uniform 16-bit words (Irwin-Hall) from PCG64's raw stream, which
    NumPy promises never to change, unlike the stream of its normal distribution.
    """
    size = int(np.prod(shape))
    words = np.random.PCG64(seed).random_raw(3 * size).view(np.uint16)
    sums = words.reshape(size, 12).sum(axis=1, dtype=np.int64)
    noise: Floats = (sums - 6 * 65535) * (deviation / 65536.0)
    return noise.reshape(shape)


def volume_mm3(
    solid: Solid, low: Vector, high: Vector, *, finest_mm: float
) -> tuple[float, Vector]:
    """Return the volume of `solid` inside the box `low`..`high`, and its centroid.

    The box is cut into cells; a cell that the bound shows to be wholly inside counts
    whole, one that the surface may cross is halved along each axis until its edges are
    not above `finest_mm`. Of those last cells the part is taken that a plane at the
    bound's distance would cut off. That errs to either side alike, so the error falls
    with the square of `finest_mm`.
    """
    size = np.array(high) - np.array(low)
    steps = np.maximum(np.ceil(size / COARSEST_MM), 1).astype(int)
    edge = size / steps
    index = np.stack(np.unravel_index(np.arange(steps.prod()), tuple(steps)), axis=1)
    centers = np.array(low) + (index + 0.5) * edge
    radius = float(np.linalg.norm(edge)) / 2
    bound = solid.bound(*_columns(centers))
    inside = centers[bound <= -radius]
    total = np.prod(edge) * np.array([len(inside), *inside.sum(axis=0)])
    crossed = centers[np.abs(bound) < radius]
    _, solids = solid.near(*_columns(crossed), radius)
    for place, nearby in enumerate(solids):
        total += _integrate(nearby, crossed[place : place + 1], edge, finest_mm)
    x, y, z = (total[1:] / total[0]).tolist() if total[0] else (np.nan,) * 3
    return float(total[0]), (x, y, z)


def _integrate(solid: Solid, centers: Floats, edge: Floats, finest_mm: float) -> Floats:
    """Return volume and first moments of `solid` within the cells around `centers`."""
    total = np.zeros(4)
    halves = np.stack(np.unravel_index(np.arange(8), (2, 2, 2)), axis=1) / 2.0 - 0.25
    while edge.max() > finest_mm and len(centers):
        centers = (centers[:, None, :] + halves * edge).reshape(-1, 3)
        edge = edge / 2
        radius = float(np.linalg.norm(edge)) / 2
        bound = solid.bound(*_columns(centers))
        inside = centers[bound <= -radius]
        total += np.prod(edge) * np.array([len(inside), *inside.sum(axis=0)])
        centers = centers[np.abs(bound) < radius]
    bound = solid.bound(*_columns(centers))
    part = np.clip(0.5 - bound / float(np.cbrt(np.prod(edge))), 0.0, 1.0)
    total += np.prod(edge) * np.array([part.sum(), *(part @ centers)])
    return total


def _cover(
    solid: Solid, shape: tuple[int, int, int], matrix: Floats, samples: int
) -> tuple[Indices, Indices, NDArray[np.bool_]]:
    """Return voxels `solid` fills, voxels it may cross, and which of their samples it holds."""
    counts = [-(-n // BLOCK) for n in shape]
    blocks = np.stack(np.unravel_index(np.arange(np.prod(counts)), counts), axis=1) * BLOCK
    offsets = np.stack(np.unravel_index(np.arange(BLOCK**3), (BLOCK,) * 3), axis=1)
    steps = (np.arange(samples) + 0.5) / samples - 0.5
    subs = steps[np.stack(np.unravel_index(np.arange(samples**3), (samples,) * 3), axis=1)]
    radius = _cell_radius(matrix)
    reach = BLOCK * radius
    bound = solid.bound(*_world(blocks + (BLOCK - 1) / 2, matrix))
    blocks, bound = blocks[bound < reach], bound[bound < reach]
    _, solids = solid.near(*_world(blocks + (BLOCK - 1) / 2, matrix), reach)
    insides, borders = [np.zeros(0, np.intp)], [np.zeros(0, np.intp)]
    hits = [np.zeros((0, samples**3), np.bool_)]
    for block, middle, nearby in zip(blocks, bound, solids, strict=True):
        voxels = block + offsets
        voxels = voxels[(voxels < np.array(shape)).all(axis=1)]
        depth = np.full(len(voxels), middle)
        if middle > -reach:
            depth = nearby.bound(*_world(voxels, matrix))
        crossed = voxels[np.abs(depth) < radius]
        insides.append(np.ravel_multi_index(tuple(voxels[depth <= -radius].T), shape))
        borders.append(np.ravel_multi_index(tuple(crossed.T), shape))
        points = (crossed[:, None, :] + subs).reshape(-1, 3)
        hits.append((nearby.bound(*_world(points, matrix)) < 0).reshape(-1, samples**3))
    return np.concatenate(insides), np.concatenate(borders), np.concatenate(hits)


def _world(index: NDArray[Any], matrix: Floats) -> tuple[Floats, Floats, Floats]:
    """Return x, y and z of array indices ``[n 3]``, written out so that no BLAS reorders it."""
    i, j, k = _columns(index.astype(np.float64))
    x, y, z = (row[0] * i + row[1] * j + row[2] * k + row[3] for row in matrix[:3])
    return x, y, z


def _columns(points: Floats) -> tuple[Floats, Floats, Floats]:
    x, y, z = (np.ascontiguousarray(points[:, n]) for n in range(3))
    return x, y, z


def _cell_radius(matrix: Floats) -> float:
    """Return the distance from the centre of a voxel to its farthest corner."""
    corners = np.array([(1, i, j) for i in (-1, 1) for j in (-1, 1)]) / 2.0
    return float(np.linalg.norm(corners @ matrix[:3, :3].T, axis=1).max())
