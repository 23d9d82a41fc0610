"""Which blocks hold which: what each gives in all, and which hold themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from architecture.reading.entities import Content


@dataclass(frozen=True, slots=True)
class BlockSize:
    """How many lines (and texts) and how many inserts a block gives with all it holds."""

    lines: int
    inserts: int

    @property
    def total(self) -> int:
        """Both together."""
        return self.lines + self.inserts


class BlockGraph:
    """Sizes of blocks by their folded names, known before anything is expanded.

    Inserts that close a circle (a block that holds itself, directly or not) are cut:
    the graph without them has no circles, so sizes follow from the leaves upward.
    """

    def __init__(self, blocks: Mapping[str, Content]) -> None:
        self._circle = _circles(blocks)
        self._sizes: dict[str, BlockSize] = {}
        for name in blocks:
            self._measure(name, blocks)

    def is_circular(self, outer: str | None, inner: str) -> bool:
        """Whether an insert of `inner` in `outer` leads back to `outer`."""
        if outer is None or outer not in self._circle or inner not in self._circle:
            return False
        return outer == inner or self._circle[outer] == self._circle[inner]

    def size(self, name: str) -> BlockSize:
        """Return what a block gives; an unknown one gives nothing."""
        return self._sizes.get(name, BlockSize(0, 1))

    def _measure(self, name: str, blocks: Mapping[str, Content]) -> None:
        """Measure a block after all blocks it holds, without recursion."""
        waiting = [name]
        while waiting:
            current = waiting[-1]
            if current in self._sizes:
                waiting.pop()
                continue
            held = {
                insert.block.casefold()
                for insert in blocks[current].inserts
                if not self.is_circular(current, insert.block.casefold())
            }
            missing = [inner for inner in held if inner in blocks and inner not in self._sizes]
            if missing:
                waiting += missing
            else:
                self._sizes[current] = self._sum(current, blocks[current])
                waiting.pop()

    def _sum(self, name: str, content: Content) -> BlockSize:
        lines = len(content.primitives) + len(content.texts) + len(content.dimensions)
        inserts = 1
        for insert in content.inserts:
            inner_name = insert.block.casefold()
            if self.is_circular(name, inner_name):
                continue
            cells = 1 if insert.array is None else insert.array.cells
            inner = self.size(inner_name)
            lines += cells * (inner.lines + len(insert.texts))
            inserts += cells * (inner.inserts if inner.lines else 1)
        return BlockSize(lines, inserts)


def _circles(blocks: Mapping[str, Content]) -> dict[str, int]:
    """Return a label for each block: equal labels hold each other."""
    index = {name: number for number, name in enumerate(blocks)}
    edges = [
        (index[name], index[insert.block.casefold()])
        for name, content in blocks.items()
        for insert in content.inserts
        if insert.block.casefold() in index
    ]
    if not edges:
        return {}
    rows, columns = np.array(edges).T
    matrix = coo_array((np.ones(len(edges)), (rows, columns)), shape=(len(index), len(index)))
    _, labels = connected_components(matrix.tocsr(), directed=True, connection="strong")
    return {name: int(labels[number]) for name, number in index.items()}
