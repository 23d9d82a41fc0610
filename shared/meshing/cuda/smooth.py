"""Taubin smoothing on a CUDA device."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from shared.cuda.launch import launch_over
from shared.cuda.tensors import LARGEST_INDEX, doubles
from shared.errors import InvalidValueError
from shared.meshing.cuda.relaxation import VERTICES_PER_PROGRAM, mark_closed_fans, move

MIXERS = (0x2545F4914F6CDD1D, 0x1B03738712FAD5C9, 0x5851F42D4C957F2D)
"""Odd numbers that spread the bits of three coordinates over one word; any would do."""

Neighbors = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def smoothed(
    vertices: Any, faces: Any, *, iterations: int, factors: Sequence[float], bound: float
) -> torch.Tensor:
    """Return the float32 vertices of a mesh smoothed as `shared.meshing.smooth` says.

    Parameters
    ----------
    vertices, faces
        Of the mesh, on the device.
    iterations, factors
        Pairs of steps, and the two factors of a pair.
    bound
        Farthest that a vertex may end from where it was, in the frame's unit.
    """
    first = first_of_equal(vertices)
    corners = first[faces.long()]
    starts, following, free = neighbors_of(corners, len(vertices))
    here = vertices.double()
    now, after = here.clone(), torch.empty_like(here)
    shrink, grow = (doubles([factor], here) for factor in factors)
    for _ in range(iterations):
        for source, target, factor in ((now, after, shrink), (after, now, grow)):
            launch_over(
                move, len(here), VERTICES_PER_PROGRAM,
                source, target, starts, following, free, factor, len(here),
                enable_fp_fusion=False,
            )  # fmt: skip
    return _tamed(here, _limited(here, now, bound), corners)[first]


def first_of_equal(vertices: torch.Tensor) -> torch.Tensor:
    """Return int64 ``[v]``: the first vertex at the position of each (−0 equals 0).

    Positions are mixed to one word and sorted; if two ever mixed to the same, all are
    sorted by coordinates instead.
    """
    words = (vertices + 0.0).view(torch.int32).long()
    key = sum(words[:, n] * mixer for n, mixer in enumerate(MIXERS))
    assert isinstance(key, torch.Tensor)
    key = key ^ (key >> 29)
    ordered, order = torch.sort(key, stable=True)
    same = ordered[1:] == ordered[:-1]
    equal = (words[order][1:] == words[order][:-1]).all(dim=1)
    number = torch.arange(len(vertices), device=vertices.device)
    if bool((same & ~equal).any()):
        groups = torch.unique(words, dim=0, return_inverse=True)[1]
        first = torch.full_like(number, len(number)).scatter_reduce_(0, groups, number, "amin")
        return first[groups]
    begins = torch.ones_like(ordered, dtype=torch.bool)
    begins[1:] = ~same
    group = torch.cummax(torch.where(begins, number, 0), 0).values
    return torch.empty_like(number).scatter_(0, order, order[group])


def neighbors_of(corners: torch.Tensor, count: int) -> Neighbors:
    """Return starts and neighbors of each vertex, and which have one closed fan of faces."""
    if corners.numel() > LARGEST_INDEX:
        raise InvalidValueError(
            f"A mesh of {len(corners)} faces is too large to be smoothed on a device.",
            remedy="Simplify it first, or bring it to the host.",
        )
    order = torch.sort(corners.reshape(-1).int(), stable=True).indices
    following = corners[:, [1, 2, 0]].reshape(-1)[order].int()
    preceding = corners[:, [2, 0, 1]].reshape(-1)[order].int()
    starts = torch.zeros(count + 1, dtype=torch.int32, device=corners.device)
    starts[1:] = torch.cumsum(torch.bincount(corners.reshape(-1), minlength=count), 0)
    free = torch.empty(count, dtype=torch.uint8, device=corners.device)
    launch_over(
        mark_closed_fans, count, VERTICES_PER_PROGRAM, starts, following, preceding, free, count
    )
    return starts, following, free


def _limited(first: torch.Tensor, relaxed: torch.Tensor, bound: float) -> torch.Tensor:
    """Return `relaxed`, but no farther from `first` than `bound`, once float32 rounds it."""
    if math.isinf(bound):
        return relaxed
    largest = first.abs().max().float()
    rounding = math.sqrt(3.0) * (torch.nextafter(largest, 2.0 * largest + 1.0) - largest).double()
    shift = relaxed - first
    lengths = torch.linalg.vector_norm(shift, dim=1)
    reach = (bound - rounding).clamp(min=0.0)
    shares = torch.where(lengths > reach, reach / lengths, 1.0)
    return first + shift * shares[:, None]


def _tamed(first: torch.Tensor, smoothed: torch.Tensor, corners: torch.Tensor) -> torch.Tensor:
    """Return float32 positions with which no face has turned over or lost its area.

    Vertices of such faces are taken half the way back, then where they were.
    """
    from shared.meshing.smooth import GIVING_UP, TAMING_ROUNDS

    before = _normals(first, corners)
    sound = (before * before).sum(dim=1) > 0.0
    returns = torch.zeros(len(first), dtype=torch.int64, device=first.device)
    positions = smoothed.float()
    for _ in range(TAMING_ROUNDS):
        turned = (_normals(positions.double(), corners) * before).sum(dim=1) <= 0.0
        wrong = corners[turned & sound]
        if len(wrong) == 0:  # the host waits here, once a round
            break
        back = torch.zeros(len(first), dtype=torch.bool, device=first.device)
        back[wrong.reshape(-1)] = True
        returns += back
        share = torch.where(returns >= GIVING_UP, 0.0, 0.5 ** returns.double())
        positions = (first + (smoothed - first) * share[:, None]).float()
    return positions


def _normals(positions: torch.Tensor, corners: torch.Tensor) -> torch.Tensor:
    """Return the normals ``[f 3]`` of faces, as long as twice their area."""
    a, b, c = (positions[corners[:, n]] for n in range(3))
    return torch.linalg.cross(b - a, c - a)
