"""Blocks put in their places: nested, mirrored, scaled, arrayed, within a budget.

A block is read once; every insert moves its lines by one matrix. The number of lines
an insert would give is known before it is expanded, so that a file that nests blocks a
million deep costs no more than any other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from architecture.reading.block_graph import BlockGraph
from architecture.reading.entities import Content
from architecture.reading.layer_states import LayerTable
from architecture.reading.primitives import (
    FloatArray,
    Pen,
    RawDimension,
    RawInsert,
    in_range,
    moved_dimension,
    moved_text,
    transformed,
)
from architecture.reading.unscaled import PlacedInsert, PlacedStroke, PlacedText

MAX_STROKES: Final = 500_000
"""Most lines, texts and blocks placed from one drawing."""
MAX_DEPTH: Final = 64
"""Deepest nesting of blocks."""
MIN_SCALE: Final = 1e-9
"""Inserts scaled smaller than this are nothing."""


@dataclass(slots=True, eq=False)
class Expanded:
    """Everything at its place, and what was left out on the way."""

    strokes: list[PlacedStroke] = field(default_factory=list)
    texts: list[PlacedText] = field(default_factory=list)
    inserts: list[PlacedInsert] = field(default_factory=list)
    dimensions: list[RawDimension] = field(default_factory=list)
    hidden: Counter[str] = field(default_factory=Counter)
    """Layer → lines and texts on it that are not shown."""
    recursive: Counter[str] = field(default_factory=Counter)
    too_deep: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    too_many: Counter[str] = field(default_factory=Counter)
    """Blocks left out because they would exceed the budget."""
    clipped: Counter[str] = field(default_factory=Counter)
    """Blocks of which a clipping boundary hides a part that was read all the same."""
    out_of_range: int = 0
    """Lines and texts that blocks carry out of all range."""
    flattened: int = 0
    """Inserts with no size."""


class Expansion:
    """Walks from the layout into its blocks.

    Parameters
    ----------
    blocks
        Folded block name → content.
    layers
        Layer table that decides what is shown.
    true_names
        Name of an anonymous block → name of the dynamic block it shows.
    """

    def __init__(
        self,
        blocks: Mapping[str, Content],
        layers: LayerTable,
        *,
        true_names: Mapping[str, str],
    ) -> None:
        self._blocks = dict(blocks)
        self._layers = layers
        self._true_names = true_names
        self._graph = BlockGraph(self._blocks)
        self._pens: dict[tuple[Pen, Pen | None], Pen] = {}
        self._result = Expanded()

    def run(self, layout: Content) -> Expanded:
        """Return everything in the layout at its place."""
        self._place(layout, matrix=None, context=None, group=None, block=None, path=())
        return self._result

    def _placed(self) -> int:
        result = self._result
        return len(result.strokes) + len(result.texts) + len(result.inserts)

    def _pen(self, pen: Pen, context: Pen | None) -> Pen:
        key = (pen, context)
        if key not in self._pens:
            self._pens[key] = self._layers.resolve(pen, context)
        return self._pens[key]

    def _is_hidden(self, pen: Pen) -> bool:
        if not self._layers.state(pen.layer).hidden:
            return False
        self._result.hidden[pen.layer] += 1
        return True

    def _place(
        self,
        content: Content,
        *,
        matrix: FloatArray | None,
        context: Pen | None,
        group: int | None,
        block: int | None,
        path: tuple[str, ...],
    ) -> None:
        for primitive in content.primitives:
            pen = self._pen(primitive.pen, context)
            if self._is_hidden(pen):
                continue
            moved = primitive if matrix is None else transformed(primitive, matrix)
            if matrix is not None and not in_range(moved.loop.points):
                self._result.out_of_range += 1
                continue
            self._result.strokes.append(PlacedStroke(replace(moved, pen=pen), group, block))
        for text in content.texts:
            pen = self._pen(text.pen, context)
            if self._is_hidden(pen):
                continue
            placed = text if matrix is None else moved_text(text, matrix)
            if not in_range(placed.center):
                self._result.out_of_range += 1
                continue
            self._result.texts.append(PlacedText(replace(placed, pen=pen), group))
        for dimension in content.dimensions:
            pen = self._pen(dimension.pen, context)
            if self._is_hidden(pen):
                continue
            measured = dimension if matrix is None else moved_dimension(dimension, matrix)
            if not in_range(np.concatenate([measured.start, measured.end])):
                self._result.out_of_range += 1
                continue
            self._result.dimensions.append(replace(measured, pen=pen))
        for insert in content.inserts:
            self._insert(insert, matrix, context, group, block, path)

    def _insert(
        self,
        insert: RawInsert,
        parent_matrix: FloatArray | None,
        context: Pen | None,
        group: int | None,
        block: int | None,
        path: tuple[str, ...],
    ) -> None:
        key = insert.block.casefold()
        pen = self._pen(insert.pen, context)
        if self._layers.state(pen.layer).frozen:
            self._result.hidden[pen.layer] += 1
            return
        content = self._blocks.get(key)
        if content is None:
            self._result.missing[insert.name] += 1
        if self._graph.is_circular(path[-1] if path else None, key):
            self._result.recursive[insert.name] += 1
            return
        if len(path) >= MAX_DEPTH:
            self._result.too_deep[insert.name] += 1
            return
        if not _has_size(insert.matrix):
            self._result.flattened += 1
            return
        if insert.clipped:
            self._result.clipped[insert.name] += 1
        cells = 1 if insert.array is None else insert.array.cells
        if cells * self._graph.size(key).total > MAX_STROKES - self._placed():
            self._result.too_many[insert.name] += 1
            return
        for cell in _cells(insert):
            matrix = cell if parent_matrix is None else parent_matrix @ cell
            if not in_range(matrix):
                self._result.out_of_range += 1
                continue
            self._insert_once(insert, content, cell, parent_matrix, matrix, pen, group, block, path)

    def _insert_once(
        self,
        insert: RawInsert,
        content: Content | None,
        cell: FloatArray,
        parent_matrix: FloatArray | None,
        matrix: FloatArray,
        pen: Pen,
        group: int | None,
        block: int | None,
        path: tuple[str, ...],
    ) -> None:
        index = len(self._result.inserts)
        name = self._true_names.get(insert.block.casefold(), insert.name)
        self._result.inserts.append(
            PlacedInsert(name, matrix, pen, block, insert.attributes, insert.handle)
        )
        top = index if group is None else group
        shift = cell[:3, 3] - insert.matrix[:3, 3]
        for text in insert.texts:
            text_pen = self._pen(text.pen, pen)
            if not text.visible or self._is_hidden(text_pen):
                continue
            placed = replace(text, center=text.center + shift, pen=text_pen)
            placed = placed if parent_matrix is None else moved_text(placed, parent_matrix)
            self._result.texts.append(PlacedText(placed, top))
        if content is not None and self._graph.size(insert.block.casefold()).lines:
            self._place(
                content,
                matrix=matrix,
                context=pen,
                group=top,
                block=index,
                path=(*path, insert.block.casefold()),
            )


def _cells(insert: RawInsert) -> Iterator[FloatArray]:
    array = insert.array
    if array is None:
        yield insert.matrix
        return
    for row in range(array.rows):
        for column in range(array.columns):
            matrix = insert.matrix.copy()
            matrix[:3, 3] += column * array.column_step + row * array.row_step
            yield matrix


def _has_size(matrix: FloatArray) -> bool:
    """Whether a map leaves more than a point in plan."""
    scale = float(np.abs(matrix[:2, :3]).max())
    return bool(np.isfinite(matrix).all()) and scale > MIN_SCALE
