"""The isosurface of a scalar field: a closed 2-manifold by construction."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from shared.device import on_device
from shared.errors import InvalidValueError
from shared.memory import address_of, readable
from shared.mesh import Mesh
from shared.surfaces.case_table import CASES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.shapes import FieldArray, MaskArray
    from shared.volume import Volume

LARGEST_INDEX: Final = 2**31 - 1
"""Most vertices or faces that a mesh can number: its indices are int32."""


def isosurface(
    volume: Volume, level: float, *, mask: MaskArray | None = None, close_border: bool = True
) -> Mesh:
    """Return the surface on which the field of `volume` has the value `level`.

    Marching cubes with one rule for ambiguous faces, so that the result is closed and
    2-manifold for every field whatever: a voxel is inside if its value is at least the
    level (a NaN is outside); inside voxels that only meet diagonally across the face of
    a cell are kept apart, seen the same from both sides; every cut edge of the grid
    carries one vertex, placed by linear interpolation but never within 1e-3 of an edge
    from its ends; no triangle's edge crosses a cell's face; and triangles of one cell do
    not pass through each other. The surface of a smooth field converges to the true one
    at second order in the spacing.

    Parameters
    ----------
    volume
        The field. Its values are read where they lie: any real type, any memory layout,
        no copy (but for float16, extended and foreign byte orders, which are converted).
        NumPy, or a CUDA tensor: then the mesh holds tensors on its device.
    level
        Value on the surface; finite.
    mask
        bool ``[i j k]``, beside the field: only the part of the inside that lies in the
        mask is taken.
        Between a voxel of it and one that the mask takes away the surface runs midway,
        unless the latter is outside by its value: then the field decides as ever.
    close_border
        Close the surface where the inside reaches the border of the grid, by a cap
        1e-3 of a voxel step beyond the centres of the border voxels: the body ends
        there only on the scan (see `shared.surfaces.border_caps`). Otherwise the
        surface is open there.

    Returns
    -------
    Mesh
        In the volume's frame; counter-clockwise seen from outside **in world**, also if
        the affine is mirrored. Empty if nothing is inside.

    Raises
    ------
    InvalidValueError
        If the level is not finite, the mask does not fit, or the surface needs more
        than 2³¹ − 1 vertices or faces.

    Notes
    -----
    Vertices are float32. Two vertices near one corner of the grid are at least 1.4e-3
    of the smallest spacing apart, so the surface stays manifold when written and merged
    by position as long as that exceeds the resolution of float32 at the coordinates:
    spacing of 0.3 mm within 3.5 m of the origin, say.

    On CUDA the vertices and faces are the same, in another order (`shared.surfaces.cuda`;
    tested under Triton's interpreter, no speed measured on a GPU yet).

    References
    ----------
    Lorensen, Cline: Marching Cubes, SIGGRAPH 1987, doi:10.1145/37402.37422; the case
    table comes from `shared.surfaces.case_rule`.
    """
    if not np.isfinite(level):
        raise InvalidValueError(f"The level of an isosurface must be finite, not {level}.")
    if on_device(volume.values):
        return _on_device(volume, float(level), mask, close_border=close_border)
    if mask is not None and (mask.shape != volume.values.shape or mask.dtype != np.bool_):
        raise InvalidValueError(
            f"A mask is bool and of the field's shape {volume.values.shape}, "
            f"not {mask.dtype} {mask.shape}."
        )
    values = readable(volume.values)
    pad = 1 if close_border else 0
    has_cells = close_border or min(values.shape) > 1
    words = inside_words(values, float(level), mask, pad) if has_cells else None
    matrix = volume.affine.matrix
    sizes, table = case_arrays(mirrored=volume.affine.is_mirrored)
    if words is None:
        nothing = np.empty((0, 3), dtype=np.float32)
        return Mesh(vertices=nothing, faces=nothing.astype(np.int32), frame=volume.frame)
    vertices, faces = _triangles(values, float(level), words, pad, matrix, sizes, table)
    return Mesh(vertices=vertices, faces=faces, frame=volume.frame)


def _on_device(volume: Volume, level: float, mask: Any, *, close_border: bool) -> Mesh:
    """Return the isosurface of a field that lives on a device."""
    from shared.surfaces.cuda.isosurface import surface

    vertices, faces = surface(
        volume.values,
        level,
        mask,
        close_border=close_border,
        matrix=volume.affine.matrix,
        mirrored=volume.affine.is_mirrored,
    )
    return Mesh(vertices=vertices, faces=faces, frame=volume.frame)


def inside_threshold(dtype: np.dtype[Any], level: float) -> Any | None:
    """Return the smallest number of a type that is ≥ `level`, or None if there is none."""
    if dtype.kind == "f":
        with np.errstate(over="ignore"):
            threshold = dtype.type(level)
        if float(threshold) < level:
            threshold = np.nextafter(threshold, dtype.type(np.inf))
        return threshold
    limits = np.iinfo(dtype)
    smallest = max(int(np.ceil(level)), int(limits.min))
    return dtype.type(smallest) if smallest <= limits.max else None


def inside_words(
    values: FieldArray, level: float, mask: MaskArray | None, pad: int
) -> NDArray[np.uint64] | None:
    """Return the inside of a field as words of bits (see `shared.surfaces.cells`), or None."""
    from shared.kernels import run_slabs
    from shared.surfaces.cells import CELLS_PER_WORD, pack_rows

    threshold = inside_threshold(values.dtype, level)
    if threshold is None:
        return None
    slices, rows, length = values.shape
    width = -(-(length + pad) // CELLS_PER_WORD)
    words = np.zeros((slices + 2 * pad, rows + 2 * pad, width), dtype=np.uint64)
    sources = [(values, threshold, False)]
    if mask is not None:
        sources.append((mask.view(np.uint8), np.uint8(1), True))

    def pack(first: int, end: int) -> None:
        for source, limit, keep in sources:
            pack_rows(
                address_of(source), source.strides, source.itemsize, source.shape,
                limit, pad, keep, first, end, words,
            )  # fmt: skip

    run_slabs(pack, slices)
    return words


@cache
def case_arrays(*, mirrored: bool) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the number of triangles ``[256]`` of each case and their lanes ``[256 16]``.

    A lane is where `shared.surfaces.triangle_store` holds the vertex of an edge.
    """
    from shared.surfaces.triangle_store import LANE_OF_EDGE

    cases = CASES.split(",")
    sizes = np.array([len(digits) // 3 for digits in cases], dtype=np.uint8)
    lanes = np.zeros((len(cases), 16), dtype=np.uint8)
    for case, digits in enumerate(cases):
        corners = np.array([LANE_OF_EDGE[int(digit, 16)] for digit in digits]).reshape(-1, 3)
        lanes[case, : corners.size] = (corners[:, ::-1] if mirrored else corners).reshape(-1)
    return sizes, lanes


def _triangles(
    values: FieldArray,
    level: float,
    words: NDArray[np.uint64],
    pad: int,
    matrix: NDArray[np.float64],
    sizes: NDArray[np.uint8],
    table: NDArray[np.uint8],
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Return vertices and faces between the inside and the outside of `words`."""
    from shared.kernels import run_slabs
    from shared.surfaces.cells import count_rows
    from shared.surfaces.emission import emit_rows

    slices, rows, _width = words.shape
    cells = values.shape[2] - 1 + 2 * pad
    cut_counts = np.empty((slices, rows, 3), dtype=np.int64)
    face_counts = np.empty((slices, rows), dtype=np.int64)
    run_slabs(
        lambda first, end: count_rows(words, cells, sizes, first, end, cut_counts, face_counts),
        slices,
    )
    first_vertex, vertex_count = _running_sum(cut_counts)
    first_face, face_count = _running_sum(face_counts)
    if max(vertex_count, face_count) > LARGEST_INDEX:
        raise InvalidValueError(
            f"The surface would have {face_count} faces, more than a mesh can number.",
            remedy="Resample the field to a coarser grid.",
        )
    vertices = np.empty((vertex_count, 3), dtype=np.float32)
    faces = np.empty((face_count, 3), dtype=np.int32)
    like = values.dtype.type(0)

    def emit(first: int, end: int) -> None:
        emit_rows(
            words, cells, sizes, table, first_vertex, first_face,
            address_of(values), values.strides, values.itemsize, values.shape,
            level, like, pad, matrix, first, end, vertices, faces,
        )  # fmt: skip

    run_slabs(emit, slices)
    return vertices, faces


def _running_sum(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    """Return, for each entry, the sum of those before it, and the sum of all."""
    sums = np.cumsum(counts.reshape(-1))
    total = int(sums[-1])
    sums -= counts.reshape(-1)
    return sums.reshape(counts.shape), total
