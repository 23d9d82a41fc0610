"""Connected components on a CUDA device: found, measured, chosen and painted there."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import torch
import triton

from shared.cuda.bits import pack_bits
from shared.cuda.launch import launch_over
from shared.cuda.tensors import LARGEST_INDEX, number_type, readable
from shared.cuda.words import VOXELS_PER_WORD
from shared.errors import InvalidValueError
from shared.filters.cuda.unions import (
    NODES_PER_PROGRAM,
    WORDS_PER_PROGRAM,
    count_runs,
    find_roots,
    list_runs,
    mark_meetings,
    mark_runs,
    paint_runs,
    sum_sizes,
    unite_runs,
)

MOST_STEPS = {6: 1, 18: 2, 26: 3}
"""By number of neighbors: along how many axes a neighbor may lie apart."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Runs:
    """The pieces of a mask, or of labels, as runs of voxels within words of 32.

    Parameters
    ----------
    shape
        Of the mask.
    bits, starts
        int32 ``[words]``: the inside, and the first voxels of runs.
    first_node
        int32 ``[words]``: number of the first run of each word.
    roots
        int64 ``[runs]``: the first run of each run's piece.
    row, begins, ends
        int32 ``[runs]``: where it lies: row, first voxel, and the one after its last.
    """

    shape: tuple[int, int, int]
    bits: torch.Tensor
    starts: torch.Tensor
    first_node: torch.Tensor
    roots: torch.Tensor
    row: torch.Tensor
    begins: torch.Tensor
    ends: torch.Tensor

    def sums(self, numbers: torch.Tensor, piece: torch.Tensor, count: int) -> torch.Tensor:
        """Return int64 ``[count]``: the sums of runs' numbers over each piece."""
        zeros = torch.zeros(count, dtype=torch.int64, device=piece.device)
        return zeros.index_add_(0, piece, numbers.long())

    def sizes(self) -> torch.Tensor:
        """Return int64 ``[runs]``: voxels of the piece of which a run is the root, or 0."""
        count = len(self.roots)
        sizes = torch.zeros(count, dtype=torch.int64, device=self.roots.device)
        launch_over(
            sum_sizes, count, NODES_PER_PROGRAM, self.roots, self.begins, self.ends, sizes, count
        )
        return sizes

    def extremes(
        self, numbers: torch.Tensor, piece: torch.Tensor, count: int, which: str
    ) -> torch.Tensor:
        """Return int64 ``[count]``: the smallest or largest of runs' numbers over each piece."""
        zeros = torch.zeros(count, dtype=torch.int64, device=piece.device)
        return zeros.scatter_reduce_(0, piece, numbers.long(), which, include_self=False)

    def painted(self, paints: torch.Tensor) -> torch.Tensor:
        """Return ``[i j k]`` in which every run has its entry of `paints` ``[runs]``."""
        found = torch.empty(self.shape, dtype=paints.dtype, device=paints.device)
        total, width, length = len(self.bits), _width(self.shape), self.shape[2]
        launch_over(
            paint_runs, total, WORDS_PER_PROGRAM,
            self.bits, self.starts, self.first_node, paints, found, total, width, length,
        )  # fmt: skip
        return found

    def mask_of(self, keep: torch.Tensor) -> torch.Tensor:
        """Return the bool ``[i j k]`` of the pieces whose roots `keep` ``[runs]`` names."""
        return self.painted(keep[self.roots].view(torch.uint8)).view(torch.bool)

    def boxes(self, piece: torch.Tensor, count: int) -> torch.Tensor:
        """Return int64 ``[count 3 2]``: first and end index of each piece along each axis."""
        i, j = self.row // self.shape[1], self.row % self.shape[1]
        lows = [self.extremes(n, piece, count, "amin") for n in (i, j, self.begins)]
        ends = [self.extremes(n, piece, count, "amax") for n in (i + 1, j + 1, self.ends)]
        return torch.stack([torch.stack(lows, -1), torch.stack(ends, -1)], -1)


def runs_of(values: Any, neighbors: int) -> Runs:
    """Return the pieces of a bool mask, or of every value but 0 of an array of integers.

    The host waits once, for the number of runs.

    Raises
    ------
    InvalidValueError
        If the values are neither bools nor integers, or there are too many runs.
    """
    kind = number_type(readable(values))
    if kind.kind not in "iu":
        raise InvalidValueError(f"A mask is bool and labels are integers, not {values.dtype}.")
    shape = tuple(int(n) for n in values.shape)
    total, width = shape[0] * shape[1] * _width(shape), _width(shape)
    if total > LARGEST_INDEX:
        raise InvalidValueError(f"A grid of {shape} voxels is too large for a device.")
    bits, starts = _bits_and_starts(values, total, width)
    counts = torch.empty(total, dtype=torch.int32, device=values.device)
    launch_over(count_runs, total, WORDS_PER_PROGRAM, starts, counts, total)
    ends = torch.cumsum(counts, 0)
    count = int(ends[-1])
    if count > LARGEST_INDEX:
        raise InvalidValueError("The mask is too torn: it has more than 2³¹ − 1 runs of voxels.")
    first_node = (ends - counts).int()
    parents = torch.arange(count, dtype=torch.int32, device=values.device)
    for step in _earlier_neighbors(neighbors):
        meetings = _meetings(values, total, width, step)
        launch_over(
            unite_runs, total if count else 0, WORDS_PER_PROGRAM,
            bits, starts, first_node, bits if meetings is None else meetings, parents,
            total, shape[0], shape[1], width, *step, MEETINGS=meetings is not None,
        )  # fmt: skip
    roots, row, begins, stops = (torch.empty_like(parents) for _ in range(4))
    launch_over(find_roots, count, NODES_PER_PROGRAM, parents, roots, count)
    launch_over(
        list_runs, total if count else 0, WORDS_PER_PROGRAM,
        bits, starts, first_node, row, begins, stops, total, width,
    )  # fmt: skip
    return Runs(
        shape=(shape[0], shape[1], shape[2]), bits=bits, starts=starts, first_node=first_node,
        roots=roots.long(), row=row, begins=begins, ends=stops,
    )  # fmt: skip


def _width(shape: tuple[int, ...]) -> int:
    return int(triton.cdiv(shape[2], VOXELS_PER_WORD))


def _bits_and_starts(
    values: torch.Tensor, total: int, width: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return int32 ``[words]``: the inside, and where runs of one value begin in a word."""
    if values.dtype == torch.bool:
        bits = pack_bits(values).view(-1)
        return bits, bits & ~(bits << 1)
    bits, starts = (torch.empty(total, dtype=torch.int32, device=values.device) for _ in range(2))
    launch_over(
        mark_runs, total, WORDS_PER_PROGRAM,
        values, bits, starts, total, values.shape[1], values.shape[2], width, *values.stride(),
    )  # fmt: skip
    return bits, starts


def _meetings(
    values: torch.Tensor, total: int, width: int, step: tuple[int, int, int]
) -> torch.Tensor | None:
    """Return where voxels have the value of the one a step on; None for masks: bits tell."""
    if values.dtype == torch.bool:
        return None
    meetings = torch.empty(total, dtype=torch.int32, device=values.device)
    launch_over(
        mark_meetings, total, WORDS_PER_PROGRAM,
        values, meetings, total, *values.shape, width, *values.stride(), *step,
    )  # fmt: skip
    return meetings


def _earlier_neighbors(neighbors: int) -> list[tuple[int, int, int]]:
    """Return the steps to the neighbors that a scan meets before a voxel."""
    steps = product((-1, 0, 1), (-1, 0, 1), (-1, 0, 1))
    most = MOST_STEPS[neighbors]
    return [step for step in steps if step < (0, 0, 0) and sum(map(abs, step)) <= most]


def measured(values: Any, neighbors: int) -> dict[str, Any]:
    """Return the fields of `shared.filters.Components`, as tensors; labels are int32."""
    runs = runs_of(values, neighbors)
    is_root = runs.roots == torch.arange(len(runs.roots), device=values.device)
    numbers = torch.cumsum(is_root, 0)
    count = int(numbers[-1]) if len(numbers) else 0
    piece = numbers[runs.roots]
    sizes = runs.ends - runs.begins
    centers = (
        (runs.row // runs.shape[1]).long() * sizes,
        (runs.row % runs.shape[1]).long() * sizes,
        (runs.begins + runs.ends - 1).long() * sizes // 2,
    )
    voxels = int(np.prod(runs.shape))
    totals = runs.sums(sizes, piece, count + 1)
    moments = torch.stack([runs.sums(n, piece, count + 1) for n in centers], -1)
    totals[0] = voxels - totals.sum()
    boxes = runs.boxes(piece, count + 1)
    for axis, length in enumerate(runs.shape):
        whole = voxels // length * (length * (length - 1) // 2)
        moments[0, axis] = whole - moments[:, axis].sum()
        boxes[0, axis, 0], boxes[0, axis, 1] = 0, length
    return {
        "labels": runs.painted(piece.int()),
        "sizes": totals,
        "boxes": boxes,
        "centroids": moments.double() / totals.clamp(min=1)[:, None],
        "values": _values_of(values, runs, is_root),
    }


def _values_of(values: torch.Tensor, runs: Runs, is_root: torch.Tensor) -> torch.Tensor:
    """Return the value of the input in each piece, entry 0 for the background."""
    row, k = runs.row[is_root].long(), runs.begins[is_root].long()
    of_piece = values[row // runs.shape[1], row % runs.shape[1], k]
    return torch.cat([torch.zeros(1, dtype=values.dtype, device=values.device), of_piece])


def largest_kept(values: Any, neighbors: int, count: int) -> torch.Tensor:
    """Return `values` with only the `count` largest pieces of the mask, or of each label."""
    runs = runs_of(values, neighbors)
    sizes = runs.sizes()
    if values.dtype == torch.bool and count == 1 and len(sizes):
        keep = torch.zeros(len(sizes), dtype=torch.bool, device=values.device)
        keep[sizes.argmax()] = True  # of equals the first
        return runs.mask_of(keep)
    order = torch.sort(sizes, descending=True, stable=True).indices
    rank = torch.arange(len(order), device=values.device)
    if values.dtype != torch.bool and len(order):
        row = runs.row[order].long()
        of_run = values[row // runs.shape[1], row % runs.shape[1], runs.begins[order].long()]
        by_value = torch.sort(of_run.long(), stable=True)
        order = order[by_value.indices]
        new = torch.ones_like(rank, dtype=torch.bool)
        new[1:] = by_value.values[1:] != by_value.values[:-1]
        rank = rank - torch.cummax(torch.where(new, rank, 0), 0).values
    keep = torch.zeros(len(order), dtype=torch.bool, device=values.device)
    keep[order] = rank < count
    return _kept(values, runs, keep & (sizes > 0))


def large_kept(values: Any, neighbors: int, minimum_ml: float, voxel_ml: float) -> torch.Tensor:
    """Return `values` without the pieces smaller than `minimum_ml`."""
    runs = runs_of(values, neighbors)
    return _kept(values, runs, runs.sizes().double() * voxel_ml >= minimum_ml)


def holes_filled(mask: Any, neighbors: int) -> torch.Tensor:
    """Return `mask` with the pieces of background that do not reach the border of the grid."""
    runs = runs_of(~mask, neighbors)
    boxes = runs.boxes(runs.roots, len(runs.roots))
    shape = torch.tensor(runs.shape, device=mask.device)
    enclosed = ((boxes[..., 0] > 0) & (boxes[..., 1] < shape)).all(dim=1)
    filled: torch.Tensor = mask | runs.mask_of(enclosed)
    return filled


def _kept(values: torch.Tensor, runs: Runs, keep: torch.Tensor) -> torch.Tensor:
    mask = runs.mask_of(keep)
    return mask if values.dtype == torch.bool else torch.where(mask, values, 0).to(values.dtype)
