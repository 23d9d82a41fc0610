"""Morphology by a ball in millimetres: dilate, erode, open, close."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shared.device import on_device
from shared.errors import InvalidValueError
from shared.filters.distance import require_mask, require_spacing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from shared.shapes import MaskArray


def dilate(mask: MaskArray, radius_mm: float, *, spacing_mm: Sequence[float]) -> MaskArray:
    """Return the voxels that lie within `radius_mm` of a voxel of `mask`.

    Parameters
    ----------
    mask
        bool ``[i j k]``, NumPy or on a CUDA device.
    radius_mm
        A voxel belongs to the ball around another where |offset · spacing| ≤ radius.
    spacing_mm
        Length of one index step along each array axis.

    Notes
    -----
    Exact for every spacing. What lies beyond the grid is neither inside nor outside: the
    mask does not grow in from there, and `erode` does not wear it off there.
    """
    mask = require_mask(mask)
    ball = disc_of_rows(radius_mm, spacing_mm, mask.shape)
    if on_device(mask):
        from shared.filters.cuda.morphology import dilated

        there: Any = dilated(mask, radius_mm, require_spacing(spacing_mm), ball)
        return there
    from shared.bits import pack_bits, unpack_bits

    return unpack_bits(_dilated(pack_bits(mask), mask.shape[2], ball), mask.shape[2])


def erode(mask: MaskArray, radius_mm: float, *, spacing_mm: Sequence[float]) -> MaskArray:
    """Return the voxels of `mask` that lie farther than `radius_mm` from every voxel outside.

    Parameters and border as in `dilate`.
    """
    mask = require_mask(mask)
    if on_device(mask):
        return ~dilate(~mask, radius_mm, spacing_mm=spacing_mm)
    from shared.bits import pack_bits, unpack_bits

    ball = disc_of_rows(radius_mm, spacing_mm, mask.shape)
    return unpack_bits(_eroded(pack_bits(mask), mask.shape[2], ball), mask.shape[2])


def opening(mask: MaskArray, radius_mm: float, *, spacing_mm: Sequence[float]) -> MaskArray:
    """Return the union of all balls of `radius_mm` that fit into `mask`: thin parts go.

    Parameters and border as in `dilate`: a body that the border cuts is not rounded there.
    """
    mask = require_mask(mask)
    if on_device(mask):
        inner = erode(mask, radius_mm, spacing_mm=spacing_mm)
        return dilate(inner, radius_mm, spacing_mm=spacing_mm)
    from shared.bits import pack_bits, unpack_bits

    ball, length = disc_of_rows(radius_mm, spacing_mm, mask.shape), mask.shape[2]
    eroded = _eroded(pack_bits(mask), length, ball)
    return unpack_bits(_dilated(eroded, length, ball), length)


def closing(mask: MaskArray, radius_mm: float, *, spacing_mm: Sequence[float]) -> MaskArray:
    """Return the complement of all balls of `radius_mm` that fit outside: narrow gaps fill.

    Parameters as in `dilate`. Beyond the grid is outside here, so that the gap between a
    body and the border stays open.
    """
    reach = _most_steps(radius_mm, require_spacing(spacing_mm))
    if on_device(mask):
        return _closed_on_device(mask, radius_mm, spacing_mm, reach)
    from shared.bits import pack_bits, unpack_bits

    padded = np.pad(require_mask(mask), [(n, n) for n in reach])
    ball = disc_of_rows(radius_mm, spacing_mm, padded.shape)
    length = padded.shape[2]
    closed = _eroded(_dilated(pack_bits(padded), length, ball), length, ball)
    middle = tuple(slice(n, n + size) for n, size in zip(reach, mask.shape, strict=True))
    return np.ascontiguousarray(unpack_bits(closed, length)[middle])


def _closed_on_device(
    mask: MaskArray, radius_mm: float, spacing_mm: Sequence[float], reach: tuple[int, ...]
) -> MaskArray:
    from shared.filters.cuda.morphology import padded

    wide: Any = padded(require_mask(mask), reach)
    wide = dilate(wide, radius_mm, spacing_mm=spacing_mm)
    closed: Any = erode(wide, radius_mm, spacing_mm=spacing_mm)
    middle = tuple(slice(n, n + size) for n, size in zip(reach, mask.shape, strict=True))
    found: MaskArray = closed[middle].contiguous()
    return found


def disc_of_rows(
    radius_mm: float, spacing_mm: Sequence[float], shape: Sequence[int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return a ball as row offsets ``[n 2]`` and their reach ``[n]`` along k, longest first.

    Only as much of the ball as meets a grid of `shape`.

    Raises
    ------
    InvalidValueError
        If the radius is negative or not finite, or the spacing not positive.
    """
    si, sj, sk = require_spacing(spacing_mm)
    steps = _most_steps(radius_mm, (si, sj, sk))
    ni, nj, nk = (min(n, length - 1) for n, length in zip(steps, shape, strict=True))
    i, j = np.mgrid[-ni : ni + 1, -nj : nj + 1].reshape(2, -1)
    rows = (i * si) ** 2 + (j * sj) ** 2
    within = np.sqrt(rows[:, None] + (np.arange(nk + 1) * sk) ** 2) <= radius_mm
    reaches = within.sum(axis=1) - 1
    order = np.argsort(-reaches, kind="stable")
    order = order[reaches[order] >= 0]
    return np.column_stack([i, j])[order].astype(np.int64), reaches[order].astype(np.int64)


def _most_steps(radius_mm: float, spacing_mm: Sequence[float]) -> tuple[int, ...]:
    """Return, for each axis, a number of steps that a radius does not exceed."""
    if not (np.isfinite(radius_mm) and radius_mm >= 0.0):
        raise InvalidValueError(f"A radius is a finite length in mm, not {radius_mm}.")
    return tuple(int(radius_mm / step) + 1 for step in spacing_mm)


def _dilated(
    bits: NDArray[np.uint64], length: int, ball: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> NDArray[np.uint64]:
    from shared.filters.ball import dilate_slices
    from shared.kernels import run_slabs

    offsets, reaches = ball
    slices, _, width = bits.shape
    dilated = np.empty_like(bits)
    last_word = np.uint64((1 << ((length - 1) % 64 + 1)) - 1)
    flat, out = bits.reshape(slices, -1), dilated.reshape(slices, -1)
    run_slabs(
        lambda first, end: dilate_slices(flat, width, offsets, reaches, last_word, first, end, out),
        slices,
    )
    return dilated


def _eroded(
    bits: NDArray[np.uint64], length: int, ball: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> NDArray[np.uint64]:
    from shared.bits import complement

    return complement(_dilated(complement(bits, length), length, ball), length)
