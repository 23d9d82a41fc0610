"""Machine words as sets of 64 voxels: the instructions that Python has no name for.

Each function here becomes one or a few machine instructions inside a kernel. Arrays
are read through their address and strides in bytes, so one compiled kernel serves any
memory layout: contiguous or not, read-only or not, a view or a broadcast.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic


@intrinsic  # type: ignore[untyped-decorator, unused-ignore]
def popcount(_typing: Any, word: Any) -> Any:
    """Return how many bits of a word are set."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.int64(types.uint64), generate


@intrinsic  # type: ignore[untyped-decorator, unused-ignore]
def lowest_bit(_typing: Any, word: Any) -> Any:
    """Return the place of the lowest set bit of a word that is not 0."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), generate


@intrinsic  # type: ignore[untyped-decorator, unused-ignore]
def load(_typing: Any, address: Any, like: Any) -> Any:
    """Return the number at an address in memory; it has the type of `like`."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        kind = context.get_value_type(like)
        place = builder.inttoptr(args[0], kind.as_pointer())
        return builder.load(place, align=1)

    return like(types.int64, like), generate


@intrinsic  # type: ignore[untyped-decorator, unused-ignore]
def compare64(_typing: Any, address: Any, threshold: Any) -> Any:
    """Return a word whose bit n says whether the n-th of 64 numbers is ≥ `threshold`.

    The numbers stand side by side from `address` on and have the threshold's type. A
    NaN is not ≥ anything. On processors with vector compares this is a few instructions.
    """

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        kind = context.get_value_type(threshold)
        lanes = ir.VectorType(kind, 64)
        values = builder.load(builder.inttoptr(args[0], lanes.as_pointer()), align=1)
        first = builder.insert_element(
            ir.Constant(lanes, ir.Undefined), args[1], ir.Constant(ir.IntType(32), 0)
        )
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), 64), [0] * 64)
        limit = builder.shuffle_vector(first, ir.Constant(lanes, ir.Undefined), zeros)
        if isinstance(threshold, types.Float):
            inside = builder.fcmp_ordered(">=", values, limit)
        elif threshold.signed:
            inside = builder.icmp_signed(">=", values, limit)
        else:
            inside = builder.icmp_unsigned(">=", values, limit)
        return builder.bitcast(inside, ir.IntType(64))

    return types.uint64(types.int64, threshold), generate


@intrinsic  # type: ignore[untyped-decorator, unused-ignore]
def store64(_typing: Any, address: Any, word: Any) -> Any:
    """Write the 64 bits of a word as 64 bytes of 0 or 1, from `address` on."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        lanes = ir.VectorType(ir.IntType(8), 64)
        flags = builder.bitcast(args[1], ir.VectorType(ir.IntType(1), 64))
        place = builder.inttoptr(args[0], lanes.as_pointer())
        builder.store(builder.zext(flags, lanes), place, align=1)
        return context.get_dummy_value()

    return types.void(types.int64, types.uint64), generate


@intrinsic  # type: ignore[untyped-decorator, unused-ignore]
def store(_typing: Any, address: Any, value: Any) -> Any:
    """Write a number to an address in memory, as its type has it."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        place = builder.inttoptr(args[0], args[1].type.as_pointer())
        builder.store(args[1], place, align=1)
        return context.get_dummy_value()

    return types.void(types.int64, value), generate


@intrinsic  # type: ignore[untyped-decorator, unused-ignore]
def prefetch(_typing: Any, address: Any) -> Any:
    """Ask for the memory at an address to be at hand soon; nothing need be there."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        pointer, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [pointer, number, number, number])
        instruction = builder.module.declare_intrinsic("llvm.prefetch", [pointer], kind)
        to_read, keep, data = (ir.Constant(number, flag) for flag in (0, 2, 1))
        builder.call(instruction, [builder.inttoptr(args[0], pointer), to_read, keep, data])
        return context.get_dummy_value()

    return types.void(types.int64), generate
