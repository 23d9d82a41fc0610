"""The inputs: made once, kept in a folder for the processes that measure memory."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "RECON_BENCH_FIELDS"
"""Environment variable that names the folder; a new temporary one without it."""

HEAD_SPACING_MM = (0.75, 0.4785, 0.4785)
"""Half of the scan's: the head is up-sampled twofold."""

HEAD_SHAPE = (216, 512, 512)
PERIODS = 4
"""How often the gyroid repeats along each axis."""

LABELS = 60
WARP = 0.04
"""How far the seeds' regions are warped, as a share of the grid."""


@cache
def folder() -> Path:
    """Return where inputs are kept during the run."""
    if FOLDER not in os.environ:
        held = tempfile.TemporaryDirectory(prefix="recon-bench-")
        _HELD.append(held)
        os.environ[FOLDER] = held.name
    return Path(os.environ[FOLDER])


_HELD: list[tempfile.TemporaryDirectory[str]] = []


def kept(make: Callable[[], Any]) -> Callable[[], Any]:
    """Return `make`, which works once; later calls and other processes read its arrays."""

    @wraps(make)
    def load() -> Any:
        path = folder() / f"{make.__module__}.{make.__name__}.npz"
        if not path.exists():
            made = make()
            arrays = made if isinstance(made, tuple) else (made,)
            np.savez(path, *arrays)
        with np.load(path) as archive:
            arrays = tuple(archive[name] for name in archive.files)
        return arrays if len(arrays) > 1 else arrays[0]

    return load


def real_data() -> Path:
    """Return the folder of real scans."""
    return Path(os.environ.get("RECON_DATA", ROOT.parent / "shared" / "data"))


@kept
def head_ct() -> Any:
    """Return the head CT sampled twice as finely, int16 HU ``[216 512 512]``."""
    from medical import read_volume
    from shared.affine import Affine
    from shared.filters import resample

    scan = read_volume(real_data() / "medical" / "head_ct")
    half = np.diag([(n - 1) / (m - 1) for n, m in zip(scan.shape, HEAD_SHAPE, strict=True)] + [1.0])
    finer = resample(scan, Affine(scan.affine.matrix @ half), HEAD_SHAPE, outside=-1000.0)
    return np.rint(finer.values).astype(np.int16)


@kept
def gyroid() -> Any:
    """Return a gyroid, float32 ``[256 256 256]``, whose level is 0."""
    at = np.linspace(0.0, 2.0 * np.pi * PERIODS, 256, dtype=np.float32)
    x, y, z = np.meshgrid(at, at, at, indexing="ij", sparse=True)
    return np.sin(x) * np.cos(y) + np.sin(y) * np.cos(z) + np.sin(z) * np.cos(x)


@kept
def noise() -> Any:
    """Return independent numbers from 0 to 1, float32 ``[256 256 256]``."""
    return np.random.default_rng(7).random((256, 256, 256), dtype=np.float32)


@kept
def organs() -> Any:
    """Return regions around warped seeds in a ball, uint8 ``[384 384 384]``: 60 labels."""
    return regions(384, LABELS)


def regions(size: int, labels: int) -> Any:
    """Return a map of as many regions, blob-like as organs are, in a ball of background."""
    from scipy.ndimage import zoom
    from scipy.spatial import cKDTree

    random = np.random.default_rng(0)
    seeds = cKDTree(random.uniform(0.0, size, (labels, 3)))
    coarse = random.normal(size=(3, 7, 7, 7)) * size * WARP
    warp = [zoom(one, size / 7, order=3)[:size, :size, :size].astype(np.float32) for one in coarse]
    found = np.empty((size, size, size), dtype=np.uint8)
    plane = np.indices((size, size)).reshape(2, -1)
    for i in range(size):
        at = np.stack([np.full(plane.shape[1], i), *plane]) + [one[i].reshape(-1) for one in warp]
        found[i] = (seeds.query(at.T, workers=-1)[1] + 1).reshape(size, size)
    axis = (np.arange(size) - (size - 1) / 2) ** 2
    found[axis[:, None, None] + axis[:, None] + axis > (0.47 * size) ** 2] = 0
    return found


@kept
def blobs() -> Any:
    """Return a mask of smooth blobs, bool ``[192 256 256]``."""
    from scipy.ndimage import gaussian_filter

    field = gaussian_filter(np.random.default_rng(3).normal(size=(192, 256, 256)), 4.0)
    return field > 0.3 * field.std()


@kept
def skull() -> Any:
    """Return the bone surface of the head CT at 300 HU: vertices and faces."""
    from medical import read_volume
    from shared.surfaces import isosurface

    mesh = isosurface(read_volume(real_data() / "medical" / "head_ct"), 300.0)
    return mesh.vertices, mesh.faces
