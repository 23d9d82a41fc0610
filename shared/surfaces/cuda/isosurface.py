"""The isosurface on a CUDA device: bits, counts, then a mesh, all where the field lies."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import torch
import triton

from shared.cuda.bits import pack_bits
from shared.cuda.launch import lanes, launch, launch_over
from shared.cuda.tensors import (
    LARGEST_INDEX,
    doubles,
    number_type,
    readable,
    require_beside,
    starts_of,
)
from shared.errors import InvalidValueError
from shared.surfaces.case_table import CASES
from shared.surfaces.cuda.cells import WORDS_PER_PROGRAM, count_words, list_cells
from shared.surfaces.cuda.emission import CELLS_PER_PROGRAM, emit_cells
from shared.surfaces.isosurface import inside_threshold

if TYPE_CHECKING:
    from shared.shapes import Matrix4

END_MARGIN: Final = 1e-3
"""Smallest distance of a vertex from the ends of its edge, in edges."""


def surface(
    values: Any,
    level: float,
    mask: Any,
    *,
    close_border: bool,
    matrix: Matrix4,
    mirrored: bool,
) -> tuple[Any, Any]:
    """Return float32 vertices ``[v 3]`` and int32 faces ``[f 3]`` of the isosurface.

    The field is read once as a whole, for its bits, and again where the surface is. The
    host waits once, for the numbers of vertices, faces and cells.

    Parameters
    ----------
    values
        Tensor of real numbers ``[i j k]`` of any memory layout.
    level, mask, close_border
        As in `shared.surfaces.isosurface`; the mask on the field's device.
    matrix, mirrored
        The affine, and whether faces change their winding.

    Raises
    ------
    InvalidValueError
        If the mask does not fit, or the surface needs more vertices or faces than int32
        can number.
    """
    if mask is not None:
        require_beside(mask, values)
    values = readable(values)
    threshold = inside_threshold(number_type(values), level)
    if threshold is None or not (close_border or min(values.shape) > 1):
        nothing = torch.empty((0, 3), dtype=torch.float32, device=values.device)
        return nothing, nothing.int()
    bits = pack_bits(values, threshold.item(), mask)
    return _triangles(
        values, bits, level, close_border=close_border, matrix=matrix, mirrored=mirrored
    )


def _triangles(
    values: torch.Tensor,
    bits: torch.Tensor,
    level: float,
    *,
    close_border: bool,
    matrix: Matrix4,
    mirrored: bool,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return vertices and faces between the inside and the outside of `bits`."""
    pad = 1 if close_border else 0
    slices, rows, width = bits.shape
    length = values.shape[2]
    total = (slices + pad) * (rows + pad) * (width + pad)
    if total > LARGEST_INDEX:
        raise InvalidValueError(f"A grid of {tuple(values.shape)} voxels is too large.")
    cases = _cases(values.device, mirrored)
    block = lanes(WORDS_PER_PROGRAM)
    programs = triton.cdiv(total, block)
    grid = (total, programs, slices, rows, width, length)
    sums = torch.empty((3, programs), dtype=torch.int32, device=values.device)
    blocks = {"PAD": pad, "BLOCK": block}
    launch(count_words, programs, bits, cases, sums, *grid, **blocks)
    starts, ends = starts_of(sums)
    vertex_count, face_count, cell_count = ends.tolist()
    if max(vertex_count, face_count) > LARGEST_INDEX:
        raise InvalidValueError(
            f"The surface would have {face_count} faces, more than a mesh can number.",
            remedy="Resample the field to a coarser grid.",
        )
    first_vertex = torch.empty(total, dtype=torch.int64, device=values.device)
    cell_words = torch.empty(cell_count, dtype=torch.int64, device=values.device)
    first_face = torch.empty(cell_count, dtype=torch.int32, device=values.device)
    vertices = torch.empty((vertex_count, 3), dtype=torch.float32, device=values.device)
    faces = torch.empty((face_count, 3), dtype=torch.int32, device=values.device)
    launch(
        list_cells, programs if cell_count else 0,
        bits, cases, starts, first_vertex, cell_words, first_face, *grid, **blocks,
    )  # fmt: skip
    numbers = doubles([level, END_MARGIN, 1.0 - END_MARGIN, *matrix[:3].ravel()], values)
    launch_over(
        emit_cells, cell_count, CELLS_PER_PROGRAM,
        bits, values, cases, numbers, first_vertex, cell_words, first_face, vertices, faces,
        cell_count, slices, rows, width, length, *values.stride(),
        PAD=pad, enable_fp_fusion=False,
    )  # fmt: skip
    return vertices, faces


@cache
def _cases(device: torch.device, mirrored: bool) -> torch.Tensor:
    """Return int64 ``[256]``: the edges of a case's triangles, 4 bits each, and their number.

    Of a mirrored affine, every triangle is turned.
    """
    words = []
    for digits in CASES.split(","):
        corners = [int(digit, 16) for digit in digits]
        if mirrored:
            corners = [edge for n in range(0, len(corners), 3) for edge in corners[n : n + 3][::-1]]
        edges = sum(edge << (4 * n) for n, edge in enumerate(corners))
        words.append(edges | (len(corners) // 3) << 60)
    return torch.tensor(words, dtype=torch.int64, device=device)
