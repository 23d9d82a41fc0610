"""All labels of a padded map to meshes: the steps between the kernels, on the host."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from shared.errors import InvalidValueError
from shared.kernels import run_slabs, slab_bounds
from shared.memory import address_of, readable
from shared.mesh import Mesh
from shared.surfaces.case_rule import EDGES
from shared.surfaces.label_cells import WORD, copy_ranks, count_cells, find_cuts
from shared.surfaces.label_emission import emit_faces_of_layers, emit_vertices
from shared.surfaces.label_relaxation import LINKS, OFFSET_BYTES, link_cells, relax_cells
from shared.surfaces.sheets import CELL_MARGIN, SEPARATION, sheet_tables

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.affine import Affine
    from shared.frame import Frame
    from shared.shapes import LabelArray

LARGEST_INDEX: Final = 2**31 - 1
"""Most vertices or faces that a mesh can number: its indices are int32."""

FARTHEST: Final = 0.5 - CELL_MARGIN - SEPARATION
"""How far along each axis a vertex may be from the middle of its cell, in voxel steps."""

PASS_BAND: Final = 0.1
"""k of the frequency that neither shrinks nor grows, 1/λ + 1/μ (Taubin 1995, 0.01 to 0.1)."""

DIRECTIONS: Final = ((0, 0, -1), (0, 0, 1), (0, -1, 0), (0, 1, 0), (-1, 0, 0), (1, 0, 0))
"""Where the cell of each of the six links stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The cells of a padded label map that hold a surface.

    Parameters
    ----------
    labels
        ``[i j k]``, one layer of background around the map, rows filled up with it.
    cuts, active
        Words of cut edges ``[3 i j w]`` and of active cells, see `label_cells`.
    first_cell
        ``[i j]``: number of the first cell of each row.
    count
        Number of cells.
    others
        For each slab of layers, the number of its first cell that is not simple; and
        how many there are.
    vertex_counts, face_counts
        ``[slab label]``.
    """

    labels: LabelArray
    cuts: NDArray[np.uint64]
    active: NDArray[np.uint64]
    first_cell: NDArray[np.int64]
    count: int
    others: NDArray[np.int64]
    vertex_counts: NDArray[np.int64]
    face_counts: NDArray[np.int64]

    @property
    def where(self) -> tuple[int, tuple[int, ...], int]:
        """Address, shape and bytes of the labels, as kernels read them."""
        return _where(self.labels)

    @property
    def layers(self) -> int:
        """How many layers of cells there are."""
        return len(self.active)


def padded_labels(values: LabelArray, known: tuple[int, ...]) -> tuple[LabelArray, list[int]]:
    """Return a copy of a label map for kernels, and what each number in it stands for.

    The copy has the smallest type that holds the labels; values above 255 are replaced
    by their rank among the `known` ones.
    """
    values = readable(values)
    slices, rows, length = values.shape
    highest = max(known, default=0)
    if highest <= np.iinfo(np.uint8).max:
        labels = empty_labels(values.shape, highest + 1)
        inside = labels[1 : slices + 1, 1 : rows + 1, 1 : length + 1]

        def copy(first: int, end: int) -> None:
            inside[first:end] = values[first:end]

        run_slabs(copy, slices)
        return labels, list(range(highest + 1))
    meanings = sorted({0, *known})
    labels = empty_labels(values.shape, len(meanings))
    sorted_values = np.array(meanings, dtype=values.dtype)
    run_slabs(lambda first, end: copy_ranks(values, sorted_values, first, end, labels), slices)
    return labels, meanings


def empty_labels(shape: tuple[int, ...], count: int) -> LabelArray:
    """Return background for a padded map of `shape` and labels below `count`."""
    slices, rows, length = shape
    width = -(-(length + 1) // WORD)
    kind = np.min_scalar_type(count - 1)
    return np.zeros((slices + 2, rows + 2, WORD * width + 1), dtype=kind)


def find_cells(labels: LabelArray, count: int) -> Cells:
    """Return the cells of a padded map that hold a surface; labels are below `count`."""
    rule = sheet_tables()
    slices, rows, length = labels.shape
    width = (length - 1) // WORD
    like, at = labels.dtype.type(0), _where(labels)
    cuts = np.empty((3, slices, rows, width), dtype=np.uint64)
    run_slabs(lambda first, end: find_cuts(labels, like, first, end, cuts), slices)
    active = np.empty((slices - 1, rows - 1, width), dtype=np.uint64)
    row_counts = np.empty((slices - 1, rows - 1), dtype=np.int64)
    slabs = _slab_numbers(slices - 1)
    others = np.zeros(len(slabs) + 1, dtype=np.int64)
    vertex_counts, face_counts = np.zeros((2, len(slabs), count), dtype=np.int64)

    def count_slab(first: int, end: int) -> None:
        slab = slabs[first]
        others[slab + 1] = count_cells(
            *at, cuts, rule.simple, rule.weak_face, rule.counts, first, end,
            active, row_counts, vertex_counts[slab], face_counts[slab],
        )  # fmt: skip

    run_slabs(count_slab, slices - 1)
    vertex_counts[:, 0] = face_counts[:, 0] = 0
    ends = np.cumsum(row_counts.reshape(-1))
    return Cells(
        labels=labels,
        cuts=cuts,
        active=active,
        first_cell=(ends - row_counts.reshape(-1)).reshape(row_counts.shape),
        count=_numbered(int(ends[-1])),
        others=np.cumsum(others),
        vertex_counts=vertex_counts,
        face_counts=face_counts,
    )


def middles(cells: Cells) -> NDArray[np.float32]:
    """Return ``[v + 1, 4]`` offsets of vertices that stand in the middle of their cells."""
    return np.zeros((cells.count + 1, OFFSET_BYTES // 4), dtype=np.float32)


def relaxed(
    cells: Cells,
    offsets: NDArray[np.float32],
    last_k: int,
    iterations: int,
    relaxation: float,
    keep_size: bool,
) -> NDArray[np.float32]:
    """Return `offsets` after so many steps towards the means of their links.

    With `keep_size` every other step goes a little farther back than the last went forward.
    `last_k` is the last place along k that has a cell.
    """
    if iterations == 0 or relaxation == 0.0 or cells.count == 0:
        return offsets
    links = np.empty((cells.count, 4), dtype=np.int32)
    codes = np.empty(cells.count, dtype=np.uint16)
    run_slabs(
        lambda first, end: link_cells(
            *cells.where, cells.cuts, cells.active, cells.first_cell, cells.count,
            last_k, first, end, links, codes,
        ),
        cells.layers,
    )  # fmt: skip
    bounds = _bounds()
    growth = 1.0 / (PASS_BAND - 1.0 / relaxation) if keep_size else relaxation
    halves = [(np.float32(1.0 - share), _steps(share)) for share in (relaxation, growth)]
    source, target = offsets, np.zeros_like(offsets)
    for iteration in range(iterations):
        keep, steps = halves[iteration % 2]
        step = partial(relax_cells, source, target, links, codes, keep, steps, bounds)
        run_slabs(step, cells.count)
        source, target = target, source
    return source


def meshes(
    cells: Cells, offsets: NDArray[np.float32], affine: Affine, frame: Frame
) -> dict[int, Mesh]:
    """Return the mesh of each label that has one, by its number in the padded map."""
    first_vertex, vertex_base, vertex_count = _places(cells.vertex_counts)
    first_face, face_base, face_count = _places(cells.face_counts)
    vertices = np.empty((vertex_count, 3), dtype=np.float32)
    slots, others = _emit_vertices(cells, offsets, affine, vertex_base, first_vertex, vertices)
    faces = np.empty((face_count, 3), dtype=np.int32)
    next_face = first_face + face_base[:-1]
    metric = _metric(affine)
    slabs = _slab_numbers(cells.layers)
    run_slabs(
        lambda first, end: emit_faces_of_layers(
            *cells.where, cells.cuts, cells.active, cells.first_cell, slots, others, offsets,
            metric, affine.is_mirrored, first, end, next_face[slabs[first]], faces,
        ),
        cells.layers,
    )  # fmt: skip
    return {
        int(label): Mesh(
            vertices=vertices[vertex_base[label] : vertex_base[label + 1]],
            faces=faces[face_base[label] : face_base[label + 1]],
            frame=frame,
        )
        for label in np.flatnonzero(np.diff(face_base))
    }


def _emit_vertices(
    cells: Cells,
    offsets: NDArray[np.float32],
    affine: Affine,
    vertex_base: NDArray[np.int64],
    first_vertex: NDArray[np.int64],
    vertices: NDArray[np.float32],
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Write all vertices and return their numbers, as `label_emission` keeps them."""
    rule = sheet_tables()
    edges = np.array(EDGES, dtype=np.int64)
    slots = np.empty((cells.count, 2), dtype=np.int32)
    others = np.empty((int(cells.others[-1]), len(EDGES), 2), dtype=np.int32)
    slabs = _slab_numbers(cells.layers)
    run_slabs(
        lambda first, end: emit_vertices(
            *cells.where, cells.active, cells.first_cell, rule.simple, rule.weak_face,
            rule.counts, rule.sheet_of_edge, rule.shifts, edges, affine.matrix, offsets,
            first, end, vertex_base, first_vertex[slabs[first]], cells.others[slabs[first]],
            slots, others, vertices,
        ),
        cells.layers,
    )  # fmt: skip
    return slots, others


def _where(labels: LabelArray) -> tuple[int, tuple[int, ...], int]:
    return address_of(labels), labels.shape, labels.itemsize


def _metric(affine: Affine) -> tuple[np.float32, ...]:
    """Return the products of the affine's columns: ii, jj, kk and twice ij, jk, ki.

    They are given per mean step, so that no unit is too small or large for float32.
    """
    columns = affine.matrix[:3, :3] / abs(affine.determinant) ** (1 / 3)
    i, j, k = columns.T
    return tuple(np.float32(n) for n in (i @ i, j @ j, k @ k, 2 * i @ j, 2 * j @ k, 2 * k @ i))


def _places(
    counts: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Return, of counts ``[slab label]``, where each slab starts within its label's part,
    where each label's part starts and the last ends, and the sum of all.
    """
    ends = np.cumsum(counts, axis=0)
    _numbered(int(ends[-1].max()))
    base = np.concatenate([[0], np.cumsum(ends[-1])])
    return ends - counts, base, int(base[-1])


def _slab_numbers(length: int) -> dict[int, int]:
    """Return the number of each slab that `run_slabs` hands out, by its first layer."""
    return {first: number for number, (first, _end) in enumerate(slab_bounds(length))}


def _numbered(count: int) -> int:
    if count > LARGEST_INDEX:
        raise InvalidValueError(
            f"A surface would have {count} vertices or faces, more than a mesh can number.",
            remedy="Resample the label map to a coarser grid.",
        )
    return count


def _steps(share: float) -> NDArray[np.float32]:
    """Return the steps that `relax_cells` takes for each set of links."""
    steps = np.zeros((1 << LINKS, 4), dtype=np.float32)
    for links in range(1, 1 << LINKS):
        chosen = np.array([way for n, way in enumerate(DIRECTIONS) if links >> n & 1], dtype=float)
        steps[links, :3] = share * chosen.mean(axis=0)
        steps[links, 3] = share / len(chosen)
    return steps


def _bounds() -> NDArray[np.float32]:
    """Return the least and greatest offsets for each set of axes held."""
    bounds = np.zeros((8, 2, 4), dtype=np.float32)
    for held in range(8):
        for axis in range(3):
            if not held >> axis & 1:
                bounds[held, :, axis] = -FARTHEST, FARTHEST
    return bounds
