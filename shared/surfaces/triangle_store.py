"""All triangles of a cell at once, in vector instructions."""

from __future__ import annotations

from typing import Any, Final

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

LANE_OF_EDGE: Final = (0, 1, 2, 3, 4, 12, 5, 13, 6, 14, 7, 15)
"""Where `store_triangles` holds the vertex of each of a cell's 12 edges.

The 8 runs of edges that a row of cells touches fill the first 8 lanes. The last 8 hold
the next vertex of each run, if the edge at the cell is cut: for the runs along j and i
that is the vertex on the far side of the cell.
"""

STORED_BYTES: Final = 64
"""How far `store_triangles` writes: 16 vertex numbers, of which a case uses up to 15."""

_WORD = ir.IntType(64)
_NUMBER = ir.IntType(32)
_WORDS = ir.VectorType(_WORD, 8)
_NUMBERS = ir.VectorType(_NUMBER, 8)
_ENDS = ir.VectorType(_NUMBER, 16)
_CORNERS = ir.VectorType(ir.IntType(8), 16)


@intrinsic  # type: ignore[untyped-decorator, unused-ignore]
def store_triangles(
    _typing: Any, cuts: Any, numbers: Any, bit: Any, corners: Any, place: Any
) -> Any:
    """Write the vertex numbers of the triangles of the cell at `bit` to `place`.

    All arguments but `bit` are addresses: of the 8 words of cut edges, of the number of
    the first vertex of each (8 words), of the 16 lanes that the case's triangles name
    (bytes), and of the 16 int32 to write.

    A vertex's number is the first of its run plus the count of cut edges before the
    cell. Lanes are then brought to their places by one permutation where the processor
    has one.
    """

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        cut = builder.load(builder.inttoptr(args[0], _WORDS.as_pointer()), align=8)
        first = builder.load(builder.inttoptr(args[1], _WORDS.as_pointer()), align=8)
        at = _splat(builder, args[2])
        one = ir.Constant(_WORDS, [1] * 8)
        before = builder.and_(cut, builder.sub(builder.shl(one, at), one))
        near = builder.add(first, _popcounts(builder, before))
        far = builder.add(near, builder.and_(builder.lshr(cut, at), one))
        halves = (builder.trunc(near, _NUMBERS), builder.trunc(far, _NUMBERS))
        ends = builder.shuffle_vector(*halves, ir.Constant(_ENDS, list(range(16))))
        which = builder.load(builder.inttoptr(args[3], _CORNERS.as_pointer()), align=1)
        chosen = _permuted(builder, ends, builder.zext(which, _ENDS))
        builder.store(chosen, builder.inttoptr(args[4], _ENDS.as_pointer()), align=4)
        return context.get_dummy_value()

    signature = (types.int64, types.int64, types.uint64, types.int64, types.int64)
    return types.void(*signature), generate


def _splat(builder: Any, word: Any) -> Any:
    """Return eight times the same word."""
    first = builder.insert_element(ir.Constant(_WORDS, ir.Undefined), word, ir.Constant(_NUMBER, 0))
    zeros = ir.Constant(_NUMBERS, [0] * 8)
    return builder.shuffle_vector(first, ir.Constant(_WORDS, ir.Undefined), zeros)


def _popcounts(builder: Any, words: Any) -> Any:
    """Return the number of set bits of each of eight words."""
    name = "llvm.ctpop.v8i64"
    known = builder.module.globals.get(name)
    kind = ir.FunctionType(_WORDS, [_WORDS])
    return builder.call(known or ir.Function(builder.module, kind, name), [words])


def _permuted(builder: Any, ends: Any, which: Any) -> Any:
    """Return the lanes of `ends` in the order that `which` names."""
    found = ir.Constant(_ENDS, ir.Undefined)
    for n in range(16):
        lane = ir.Constant(_NUMBER, n)
        end = builder.extract_element(ends, builder.extract_element(which, lane))
        found = builder.insert_element(found, end, lane)
    return found
