"""Vector instructions of label surfaces: labels compared and copied, one vertex relaxed."""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

_FLOAT = ir.FloatType()
_FLOATS = ir.VectorType(_FLOAT, 4)
_FUSED = ("contract",)
"""One rounding for a product and a sum, where the processor can."""
_ZEROS = ir.Constant(ir.VectorType(ir.IntType(32), 4), [0] * 4)


@intrinsic  # type: ignore[untyped-decorator, unused-ignore]
def differ64(_typing: Any, one: Any, other: Any, like: Any) -> Any:
    """Return a word whose bit n says whether the n-th of 64 numbers at two addresses differ.

    The numbers stand side by side and have the type of `like`.
    """

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        lanes = ir.VectorType(context.get_value_type(like), 64)
        first, second = (
            builder.load(builder.inttoptr(address, lanes.as_pointer()), align=1)
            for address in args[:2]
        )
        return builder.bitcast(builder.icmp_unsigned("!=", first, second), ir.IntType(64))

    return types.uint64(types.int64, types.int64, like), generate


@intrinsic  # type: ignore[untyped-decorator, unused-ignore]
def matches8(_typing: Any, word: Any, byte: Any) -> Any:
    """Return a byte whose bit n says whether the n-th of the 8 bytes of a word is `byte`."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        lanes = ir.VectorType(ir.IntType(8), 8)
        number = ir.IntType(32)
        undefined = ir.Constant(lanes, ir.Undefined)
        first = builder.insert_element(undefined, args[1], ir.Constant(number, 0))
        zeros = ir.Constant(ir.VectorType(number, 8), [0] * 8)
        wanted = builder.shuffle_vector(first, undefined, zeros)
        equal = builder.icmp_unsigned("==", builder.bitcast(args[0], lanes), wanted)
        return builder.bitcast(equal, ir.IntType(8))

    return types.uint8(types.uint64, types.uint8), generate


@intrinsic  # type: ignore[untyped-decorator, unused-ignore]
def copy_bytes(_typing: Any, to: Any, source: Any, count: Any) -> Any:
    """Copy bytes from one address to another; they do not overlap."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        pointer = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [pointer, pointer, ir.IntType(64), ir.IntType(1)])
        names = [pointer, pointer, ir.IntType(64)]
        instruction = builder.module.declare_intrinsic("llvm.memcpy", names, kind)
        places = [builder.inttoptr(address, pointer) for address in args[:2]]
        builder.call(instruction, [*places, args[2], ir.Constant(ir.IntType(1), 0)])
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator, unused-ignore]
def fill_bytes(_typing: Any, to: Any, byte: Any, count: Any) -> Any:
    """Write the same byte from an address on."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        pointer, flag = ir.IntType(8).as_pointer(), ir.IntType(1)
        kind = ir.FunctionType(ir.VoidType(), [pointer, ir.IntType(8), ir.IntType(64), flag])
        names = [pointer, ir.IntType(64)]
        instruction = builder.module.declare_intrinsic("llvm.memset", names, kind)
        place = builder.inttoptr(args[0], pointer)
        builder.call(instruction, [place, args[1], args[2], ir.Constant(flag, 0)])
        return context.get_dummy_value()

    return types.void(types.int64, types.uint8, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator, unused-ignore]
def relax(
    _typing: Any, own: Any, previous: Any, following: Any, links: Any, here: Any, before: Any,
    behind: Any, keep: Any, step: Any, bounds: Any, place: Any,
) -> Any:  # fmt: skip
    """Write ``clip(keep · own + weight · (n0 + … + n5) + step, low, high)`` to `place`.

    All but `keep` are addresses; positions are 4 float32. n0 and n1 are `previous` and
    `following`; the other four stand 8 bytes times the int32 at `links` behind `here`, `here`,
    `before` and `behind`. The weight is the fourth number of `step`; `bounds` are two positions.
    """

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        def read(address: Any) -> Any:
            return builder.load(builder.inttoptr(address, _FLOATS.as_pointer()), align=16)

        def after(address: Any, count: int) -> Any:
            return builder.add(address, ir.Constant(ir.IntType(64), count))

        def linked(number: int, start: Any) -> Any:
            pointer = ir.IntType(32).as_pointer()
            link = builder.load(builder.inttoptr(after(args[3], 4 * number), pointer), align=4)
            link = builder.sext(link, ir.IntType(64))
            return read(builder.add(start, builder.mul(link, ir.Constant(ir.IntType(64), 8))))

        def splat(number: Any) -> Any:
            undefined = ir.Constant(_FLOATS, ir.Undefined)
            first = builder.insert_element(undefined, number, ir.Constant(ir.IntType(32), 0))
            return builder.shuffle_vector(first, undefined, _ZEROS)

        total = builder.fadd(read(args[1]), read(args[2]))
        across = builder.fadd(linked(0, args[4]), linked(1, args[4]))
        along = builder.fadd(linked(2, args[5]), linked(3, args[6]))
        total = builder.fadd(total, builder.fadd(across, along))
        moved = read(args[8])
        weight = splat(builder.extract_element(moved, ir.Constant(ir.IntType(32), 3)))
        for factor, term in ((weight, total), (splat(args[7]), read(args[0]))):
            moved = builder.fadd(moved, builder.fmul(factor, term, flags=_FUSED), flags=_FUSED)
        for bound, within in ((read(args[9]), ">"), (read(after(args[9], 16)), "<")):
            moved = builder.select(builder.fcmp_ordered(within, moved, bound), moved, bound)
        builder.store(moved, builder.inttoptr(args[10], _FLOATS.as_pointer()), align=16)
        return context.get_dummy_value()

    signature = types.void(*(types.int64,) * 7, types.float32, *(types.int64,) * 3)
    return signature, generate
