"""Surfaces straight from the fields of labels: a network's own boundary, between voxels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.device import is_host
from shared.errors import InvalidValueError, UsageError
from shared.frame import PATIENT_LPS_MM, Frame
from shared.volume import require_grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.affine import Affine
    from shared.mesh import Mesh
    from shared.shapes import FieldArray, LabelArray
    from shared.surfaces.label_net import Cells


def probability_surfaces(
    fields: NDArray[Any] | Sequence[FieldArray],
    values: Sequence[int],
    affine: Affine,
    *,
    frame: Frame = PATIENT_LPS_MM,
    background: float | None = None,
) -> Mapping[int, Mesh]:
    """Return the surface of each label, standing where its field equals its rival's.

    Each voxel belongs to the label whose field is the largest there, the first of equals;
    between two voxels of different labels the border stands where their two fields,
    interpolated linearly, are equal. The surfaces are the dual ones of `label_surfaces`
    with every vertex at the mean of the borders that cross the edges of its cell, so the
    borders of a network's output are kept to a fraction of a voxel and need no smoothing.

    Parameters
    ----------
    fields
        Probabilities or logits ``[label i j k]``, or any sequence of arrays ``[i j k]``: of
        any real type and memory layout. Only one is looked at at a time, each twice, so
        a sequence may make or load its items when they are asked for.
    values
        Label value of each field, different and not negative; 0 is background and gets
        no surface.
    affine
        Index of a voxel center → world.
    frame
        The world.
    background
        Where no field stands for background: the number that a label's field must exceed
        (0.5 for probabilities that do not exclude each other, 0 for their logits). None
        leaves background to the field of value 0; without one there is no background.

    Returns
    -------
    Mapping of int to Mesh
        For each label that is the largest in a voxel, ordered by value, with all that
        `label_surfaces` promises: closed, 2-manifold and outward each by itself, borders of
        neighbors identical, every vertex in its cell, flat on the border of the grid. A
        plane border comes out plane, to 0.01 of a step; smooth borders converge at second
        order in the spacing. A third label that is the largest only between voxels is not
        seen.

    Raises
    ------
    InvalidValueError
        If fields and values do not fit, or a surface needs more than 2³¹ − 1 vertices
        or faces.

    Notes
    -----
    Where one voxel's field is NaN or infinite the border runs midway. Takes one number
    and one label for each voxel beside the field at hand, and what the surfaces take.

    References
    ----------
    Gibson: Constrained Elastic Surface Nets, MICCAI 1998, doi:10.1007/BFb0056277 (the
    dual surface); crossings as in Lorensen, Cline: Marching Cubes, SIGGRAPH 1987,
    doi:10.1145/37402.37422.
    """
    from shared.surfaces.label_net import find_cells, meshes

    meanings = _meanings(fields, values, background)
    ranked = _Fields(fields, [meanings.index(value) for value in values], background)
    labels = _largest(ranked, len(meanings))
    slices, rows, length = ranked.shape
    inside = labels[1 : slices + 1, 1 : rows + 1, 1 : length + 1]
    cells = find_cells(inside, len(meanings))
    found = meshes(cells, _offsets(cells, labels, ranked), affine, frame)
    return MappingProxyType({meanings[number]: mesh for number, mesh in found.items()})


def _meanings(fields: Any, values: Sequence[int], background: float | None) -> list[int]:
    """Return the label values in order, 0 first; refuse what does not fit."""
    if len(fields) == 0 or len(fields) != len(values):
        raise InvalidValueError(f"{len(fields)} fields cannot have {len(values)} label values.")
    if len(set(values)) != len(values) or min(values) < 0:
        raise InvalidValueError("Label values are different and not negative.")
    if background is not None and (0 in values or not np.isfinite(background)):
        raise InvalidValueError(
            "A level of background is finite, and stands in place of a field of value 0.",
            remedy="Leave out one of both.",
        )
    return sorted({0, *(int(value) for value in values)})


class _Fields:
    """The fields one after the other with the rank of their label, background first."""

    def __init__(self, fields: Any, ranks: list[int], background: float | None) -> None:
        self._fields = fields
        self._ranks = ranks
        self._background = background
        first = fields[0]
        require_grid(first)
        self.shape: tuple[int, int, int] = tuple(first.shape)

    def __iter__(self) -> Iterator[tuple[int, NDArray[Any]]]:
        from shared.memory import readable

        if self._background is not None:
            yield 0, np.broadcast_to(np.float64(self._background), self.shape)
        for number, rank in enumerate(self._ranks):
            field = self._fields[number]
            if not is_host(field):
                raise UsageError("These surfaces work on NumPy arrays.", remedy="Move to host.")
            require_grid(field)
            if tuple(field.shape) != self.shape:
                raise InvalidValueError(
                    f"The fields of all labels have one shape: {self.shape}, not {field.shape}."
                )
            yield rank, readable(field)


def _largest(fields: _Fields, count: int) -> LabelArray:
    """Return the padded map of the labels whose field is the largest."""
    from shared.kernels import run_slabs
    from shared.memory import address_of, real_type
    from shared.surfaces.label_crossings import take_larger

    labels: LabelArray | None = None
    best: NDArray[np.floating[Any]] | None = None
    for rank, field in fields:
        if labels is None or best is None:
            labels = _padded_background(fields.shape, count)
            best = np.full(field.shape, -np.inf, dtype=real_type(field.dtype))
        elif real_type(field.dtype) is np.float64 and best.dtype != np.float64:
            best = best.astype(np.float64)
        address, strides, like = address_of(field), field.strides, field.dtype.type(0)

        def take(
            first: int,
            end: int,
            address: int = address,
            strides: tuple[int, ...] = strides,
            like: Any = like,
            rank: int = rank,
            best: Any = best,
            labels: Any = labels,
        ) -> None:
            take_larger(address, strides, like, rank, first, end, best, labels)

        run_slabs(take, len(best))
    assert labels is not None
    return labels


def _padded_background(shape: tuple[int, ...], count: int) -> LabelArray:
    """Return a map with one layer around, and rows filled up to whole words, all background."""
    from shared.surfaces.label_cells import WORD

    slices, rows, length = shape
    width = -(-(length + 1) // WORD)
    kind = np.min_scalar_type(count - 1)
    return np.zeros((slices + 2, rows + 2, WORD * width + 1), dtype=kind)


def _offsets(cells: Cells, labels: LabelArray, fields: _Fields) -> NDArray[np.float32]:
    """Return where the vertex of each cell stands: at the mean of its crossings.

    `labels` is the padded map.
    """
    from shared.kernels import run_slabs
    from shared.memory import address_of
    from shared.surfaces.label_crossings import (
        add_field,
        count_edges,
        find_cuts,
        place_cells,
        share_of_margins,
    )
    from shared.surfaces.label_net import FARTHEST, middles

    slices = len(labels)
    where = address_of(labels), labels.shape, labels.itemsize
    nothing = labels.dtype.type(0)
    cuts = np.empty((3, *labels.shape[:2], cells.active.shape[2]), dtype=np.uint64)
    run_slabs(lambda first, end: find_cuts(labels, nothing, first, end, cuts), slices)
    counts = np.empty(cuts.shape[:3], dtype=np.int64)
    run_slabs(lambda first, end: count_edges(cuts, first, end, counts), slices)
    ends = np.cumsum(counts.reshape(-1))
    first_edge = (ends - counts.reshape(-1)).reshape(counts.shape)
    margins = np.zeros((int(ends[-1]), 2))
    extent = fields.shape
    for rank, field in fields:
        like = field.dtype.type(0)

        def add(
            first: int,
            end: int,
            field: NDArray[Any] = field,
            rank: int = rank,
            like: Any = like,
        ) -> None:
            add_field(
                address_of(field), field.strides, like, rank, extent, *where,
                cuts, first_edge, first, end, margins,
            )  # fmt: skip

        run_slabs(add, slices)
    run_slabs(lambda first, end: share_of_margins(margins, first, end), len(margins))
    offsets = middles(cells)
    run_slabs(
        lambda first, end: place_cells(
            cuts, first_edge, margins, cells.active, cells.first_cell, extent,
            FARTHEST, first, end, offsets,
        ),
        cells.layers,
    )  # fmt: skip
    return offsets
