"""Sums over the faces of a mesh on a CUDA device: bounds, volume, area, first moments."""

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl

from shared.cuda.launch import lanes, launch

FACES_PER_PROGRAM = 256
SUMS = 8
"""Volume, its three first moments, area, its three first moments."""


def face_integrals(vertices: Any, faces: Any) -> list[float]:
    """Return the bounds (3 low, 3 high) and the `SUMS` about their middle, in float64.

    The host waits once, for these 14 numbers. Sums are made program by program and then of
    all programs: the result does not depend on timing.
    """
    block = lanes(FACES_PER_PROGRAM)
    programs = triton.cdiv(len(faces), block)
    ends = torch.empty((6, programs), dtype=torch.float32, device=vertices.device)
    launch(face_bounds, programs, vertices, faces, ends, len(faces), programs, BLOCK=block)
    bounds = torch.cat([ends[:3].amin(dim=1), ends[3:].amax(dim=1)]).double()
    middle = 0.5 * (bounds[:3] + bounds[3:])
    parts = torch.empty((SUMS, programs), dtype=torch.float64, device=vertices.device)
    launch(face_sums, programs, vertices, faces, middle, parts, len(faces), programs, BLOCK=block)
    found: list[float] = torch.cat([bounds, parts.sum(dim=1)]).tolist()
    return found


@triton.jit
def corner(vertices, faces, face, n, axis, wanted):  # type: ignore[no-untyped-def]
    """Return one coordinate of corner `n` of faces."""
    vertex = tl.load(faces + face * 3 + n, mask=wanted, other=0).to(tl.int64)
    return tl.load(vertices + vertex * 3 + axis, mask=wanted, other=0.0)


@triton.jit(do_not_specialize=["count", "programs"])
def face_bounds(vertices, faces, ends, count, programs, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def]
    """Write the smallest and largest coordinates of each program's faces."""
    face = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    there = face < count
    for axis in tl.static_range(3):
        low = tl.full((BLOCK,), float("inf"), tl.float32)
        high = tl.full((BLOCK,), float("-inf"), tl.float32)
        for n in tl.static_range(3):
            at = corner(vertices, faces, face, n, axis, there)
            low = tl.where(there, tl.minimum(low, at), low)
            high = tl.where(there, tl.maximum(high, at), high)
        tl.store(ends + axis * programs + tl.program_id(0), tl.min(low, 0))
        tl.store(ends + (3 + axis) * programs + tl.program_id(0), tl.max(high, 0))


@triton.jit(do_not_specialize=["count", "programs"])
def face_sums(vertices, faces, origin, parts, count, programs, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def]
    """Write volume, volume × centroid, area, area × centroid about `origin`, by program."""
    face = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    there = face < count
    x, y, z = tl.load(origin), tl.load(origin + 1), tl.load(origin + 2)
    ax = corner(vertices, faces, face, 0, 0, there).to(tl.float64) - x
    ay = corner(vertices, faces, face, 0, 1, there).to(tl.float64) - y
    az = corner(vertices, faces, face, 0, 2, there).to(tl.float64) - z
    bx = corner(vertices, faces, face, 1, 0, there).to(tl.float64) - x
    by = corner(vertices, faces, face, 1, 1, there).to(tl.float64) - y
    bz = corner(vertices, faces, face, 1, 2, there).to(tl.float64) - z
    cx = corner(vertices, faces, face, 2, 0, there).to(tl.float64) - x
    cy = corner(vertices, faces, face, 2, 1, there).to(tl.float64) - y
    cz = corner(vertices, faces, face, 2, 2, there).to(tl.float64) - z
    nx = (by - ay) * (cz - az) - (bz - az) * (cy - ay)
    ny = (bz - az) * (cx - ax) - (bx - ax) * (cz - az)
    nz = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    volume = tl.where(there, (ax * nx + ay * ny + az * nz) / 6.0, 0.0)
    area = tl.where(there, tl.sqrt(nx * nx + ny * ny + nz * nz) * 0.5, 0.0)
    at = parts + tl.program_id(0)
    tl.store(at, tl.sum(volume, 0))
    tl.store(at + programs, tl.sum(volume * (ax + bx + cx) / 4.0, 0))
    tl.store(at + 2 * programs, tl.sum(volume * (ay + by + cy) / 4.0, 0))
    tl.store(at + 3 * programs, tl.sum(volume * (az + bz + cz) / 4.0, 0))
    tl.store(at + 4 * programs, tl.sum(area, 0))
    tl.store(at + 5 * programs, tl.sum(area * (ax + bx + cx) / 3.0, 0))
    tl.store(at + 6 * programs, tl.sum(area * (ay + by + cy) / 3.0, 0))
    tl.store(at + 7 * programs, tl.sum(area * (az + bz + cz) / 3.0, 0))
