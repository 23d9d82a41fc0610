"""All labels of a map to meshes: the steps between the kernels, on the host."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Final

import numpy as np

from shared.errors import InvalidValueError
from shared.kernels import run_slabs, slab_bounds, thread_count
from shared.memory import address_of, readable
from shared.mesh import Mesh
from shared.surfaces.case_rule import EDGES, corner_position
from shared.surfaces.label_cells import WORD, copy_ranks, describe_cells, find_active
from shared.surfaces.label_emission import emit_layers
from shared.surfaces.label_relaxation import LINKS, OFFSET_BYTES, link_cells, relax_layers
from shared.surfaces.sheets import CELL_MARGIN, SEPARATION, sheet_tables

if TYPE_CHECKING:
    from collections.abc import Callable

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

STEPS_PER_SWEEP: Final = 4
"""How many steps of smoothing are taken at once; even. The layers kept fit into a core's cache."""

SWEEP_SLABS_PER_THREAD: Final = 3
"""Few, as slabs overlap by the steps of a sweep, but enough to even out the load."""

DIRECTIONS: Final = ((0, 0, -1), (0, 0, 1), (0, -1, 0), (0, 1, 0), (-1, 0, 0), (1, 0, 0))
"""Where the cell of each of the six links stands."""


Grid = tuple[int, int, int, int, int, int, int]
"""A label map as kernels read it: address, strides along i and j, shape, bytes of a label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The cells of a label map that hold a surface.

    Parameters
    ----------
    labels
        ``[i j k]``, rows without gaps.
    active
        Words of active cells ``[i j w]``, see `label_cells`.
    first_cell
        ``[i j]``: number of the first cell of each row.
    gaps
        ``[i + 1]``: the numbers left out before each layer, and how many numbers there are.
    cases, codes, several
        What `describe_cells` says of each cell and layer.
    vertex_counts, vertices_before_last, face_counts
        ``[slab label]``: for the slabs of layers that `run_slabs` hands out.
    """

    labels: LabelArray
    active: NDArray[np.uint64]
    first_cell: NDArray[np.int64]
    gaps: NDArray[np.int64]
    cases: NDArray[np.uint8]
    codes: NDArray[np.uint16]
    several: NDArray[np.int64]
    vertex_counts: NDArray[np.int64]
    vertices_before_last: NDArray[np.int64]
    face_counts: NDArray[np.int64]

    @property
    def layers(self) -> int:
        """How many layers of cells there are."""
        return len(self.active)

    @property
    def numbers(self) -> int:
        """How many numbers cells have, with those left out."""
        return int(self.gaps[-1])


def dense_labels(values: LabelArray, known: tuple[int, ...]) -> tuple[LabelArray, list[int]]:
    """Return a label map that kernels can read, and what each number in it stands for.

    The map itself if it is of bytes side by side; else a copy of the smallest type that
    holds the labels. Values above 255 are replaced by their rank among the `known` ones.
    """
    values = readable(values)
    highest = max(known, default=0)
    if highest <= np.iinfo(np.uint8).max:
        meanings = list(range(highest + 1))
        if values.itemsize == 1 and values.strides[2] == 1:
            return values.view(np.uint8), meanings
        labels = np.empty(values.shape, dtype=np.uint8)

        def copy(first: int, end: int) -> None:
            labels[first:end] = values[first:end]

        run_slabs(copy, len(values))
        return labels, meanings
    meanings = sorted({0, *known})
    labels = np.empty(values.shape, dtype=np.min_scalar_type(len(meanings) - 1))
    sorted_values = np.array(meanings, dtype=values.dtype)
    run_slabs(lambda first, end: copy_ranks(values, sorted_values, first, end, labels), len(values))
    return labels, meanings


def find_cells(labels: LabelArray, count: int) -> Cells:
    """Return the cells of a dense map that hold a surface; labels are below `count`."""
    rule, grid = sheet_tables(), _grid(labels)
    slices, rows, length = labels.shape
    active = np.empty((slices + 1, rows + 1, -(-(length + 1) // WORD)), dtype=np.uint64)
    row_counts = np.empty(active.shape[:2], dtype=np.int64)
    layers = len(active)
    run_slabs(lambda first, end: find_active(grid, first, end, active, row_counts), layers)
    first_cell, gaps = _numbers(row_counts)
    cases = np.empty(_numbered(int(gaps[-1])), dtype=np.uint8)
    codes = np.empty(len(cases), dtype=np.uint16)
    several = np.empty(layers, dtype=np.int64)
    slabs = _slab_numbers(layers)
    counts = np.zeros((3, len(slabs), count), dtype=np.int64)

    def describe(first: int, end: int) -> None:
        describe_cells(
            grid, active, first_cell, rule.simple, rule.weak_face, rule.counts, links_of_case(),
            first, end, cases, codes, several, *counts[:, slabs[first]],
        )  # fmt: skip

    run_slabs(describe, layers)
    counts[:, :, 0] = 0
    return Cells(
        labels=labels,
        active=active,
        first_cell=first_cell,
        gaps=gaps,
        cases=cases,
        codes=codes,
        several=several,
        vertex_counts=counts[0],
        vertices_before_last=counts[1],
        face_counts=counts[2],
    )


def middles(cells: Cells) -> NDArray[np.float32]:
    """Return ``[v 4]`` offsets of vertices that stand in the middle of their cells."""
    return np.zeros((cells.numbers, OFFSET_BYTES // 4), dtype=np.float32)


def relaxed(
    cells: Cells,
    offsets: NDArray[np.float32],
    iterations: int,
    relaxation: float,
    keep_size: bool,
) -> NDArray[np.float32]:
    """Return `offsets` after so many steps towards the means of their links.

    With `keep_size` every other step goes a little farther back than the last went forward.
    """
    if iterations == 0 or relaxation == 0.0 or cells.numbers == cells.layers:
        return offsets
    _numbered(2 * cells.numbers)  # links are twice a number
    links, codes = np.empty((cells.numbers, 4), dtype=np.int32), cells.codes
    run_slabs(
        lambda first, end: link_cells(
            cells.active, cells.first_cell, cells.gaps, cells.labels.shape[2], first, end,
            links, codes,
        ),
        cells.layers,
    )  # fmt: skip
    growth = 1.0 / (PASS_BAND - 1.0 / relaxation) if keep_size else relaxation
    keeps = np.array([1.0 - relaxation, 1.0 - growth], dtype=np.float32)
    steps = np.stack([_steps(relaxation), _steps(growth)])
    slabs, bounds = _equal_slabs(cells.gaps), _bounds()
    source, target = offsets, np.zeros_like(offsets)
    for done in range(0, iterations, STEPS_PER_SWEEP):
        turns = np.arange(done, min(done + STEPS_PER_SWEEP, iterations)) % 2
        sweep = partial(
            relax_layers,
            source,
            target,
            links,
            codes,
            cells.gaps,
            keeps[turns],
            steps[turns],
            bounds,
        )

        def relax(first: int, end: int, sweep: Callable[[int, int], None] = sweep) -> None:
            for slab in range(first, end):
                sweep(slabs[slab], slabs[slab + 1])

        run_slabs(relax, len(slabs) - 1)
        source, target = target, source
    return source


def meshes(
    cells: Cells, offsets: NDArray[np.float32], affine: Affine, frame: Frame
) -> dict[int, Mesh]:
    """Return the mesh of each label that has one, by its number in the map."""
    first_vertex, vertex_base, vertex_count = _places(cells.vertex_counts)
    first_face, face_base, face_count = _places(cells.face_counts)
    start_vertex = first_vertex.copy()
    start_vertex[1:] = first_vertex[:-1] + cells.vertices_before_last[:-1]
    next_face = first_face + face_base[:-1]
    vertices = np.empty((vertex_count, 3), dtype=np.float32)
    faces = np.empty((face_count, 3), dtype=np.int32)
    rule, slabs = sheet_tables(), _slab_numbers(cells.layers)
    tables = (rule.weak_face, rule.counts, rule.sheet_of_edge, rule.shifts, np.array(EDGES))

    def emit(first: int, end: int) -> None:
        slab = slabs[first]
        emit_layers(
            _grid(cells.labels), cells.active, cells.first_cell, cells.gaps, cells.cases,
            cells.several, tables, affine.matrix, offsets, _metrics(affine), affine.is_mirrored,
            first, end, vertex_base, start_vertex[slab], next_face[slab], vertices, faces,
        )  # fmt: skip

    run_slabs(emit, cells.layers)
    labels = [int(label) for label in np.flatnonzero(np.diff(face_base))]
    found: dict[int, Mesh] = {}

    def gather(first: int, end: int) -> None:
        for label in labels[first:end]:
            found[label] = Mesh(
                vertices=vertices[vertex_base[label] : vertex_base[label + 1]],
                faces=faces[face_base[label] : face_base[label + 1]],
                frame=frame,
            )

    run_slabs(gather, len(labels))
    return {label: found[label] for label in labels}


def _grid(labels: LabelArray) -> Grid:
    return address_of(labels), *labels.strides[:2], *labels.shape, labels.itemsize


def _numbers(row_counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the number of the first cell of each row, and the one left out before each layer."""
    layers = np.arange(1, len(row_counts) + 1)
    ends = np.cumsum(row_counts.reshape(-1)).reshape(row_counts.shape)
    gaps = np.concatenate([[0], ends[:, -1] + layers])
    return ends - row_counts + layers[:, None], gaps


def _equal_slabs(gaps: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where slabs of layers start and the last ends, with about as many cells each."""
    layers = len(gaps) - 1
    wanted = max(1, min(thread_count() * SWEEP_SLABS_PER_THREAD, layers // STEPS_PER_SWEEP))
    marks = np.searchsorted(gaps, np.arange(1, wanted) * (gaps[-1] / wanted))
    return np.unique(np.concatenate([[0], marks, [layers]]))


def _metrics(affine: Affine) -> NDArray[np.float32]:
    """Return what `length_in` takes for the quads around edges along i, j and k.

    Those are the products of the affine's columns along the quad's axes and the edge: of each
    with itself, and twice those of each with the next. They are given per mean step, so that
    no unit is too small or large for float32.
    """
    columns = affine.matrix[:3, :3] / abs(affine.determinant) ** (1 / 3)
    i, j, k = columns.T
    turns = ((j, k, i), (k, i, j), (i, j, k))
    found = [(a @ a, b @ b, c @ c, 2 * a @ b, 2 * b @ c, 2 * c @ a) for a, b, c in turns]
    return np.array(found, dtype=np.float32)


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


@cache
def links_of_case() -> NDArray[np.uint16]:
    """Return for each case of a cell of two labels which faces a border runs through."""
    links = np.zeros(256, dtype=np.uint16)
    for case in range(256):
        for bit, way in enumerate(DIRECTIONS):
            axis = next(n for n in range(3) if way[n])
            face = [c for c in range(8) if corner_position(c)[axis] == (way[axis] > 0)]
            links[case] |= (len({case >> corner & 1 for corner in face}) - 1) << bit
    return links


def _steps(share: float) -> NDArray[np.float32]:
    """Return the steps that `relax_layers` takes for each set of links."""
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
