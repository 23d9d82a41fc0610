"""Vector instructions of label surfaces: 64 labels compared, one vertex relaxed."""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

_FLOAT = ir.FloatType()
_FLOATS = ir.VectorType(_FLOAT, 4)
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
def relax(
    _typing: Any, own: Any, n0: Any, n1: Any, n2: Any, n3: Any, n4: Any, n5: Any,
    keep: Any, step: Any, low: Any, high: Any, place: Any,
) -> Any:  # fmt: skip
    """Write ``clip(keep · own + weight · (n0 + … + n5) + step, low, high)`` to `place`.

    All but `keep` are addresses of 4 float32; the weight is the fourth number of `step`.
    """

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        def read(address: Any) -> Any:
            return builder.load(builder.inttoptr(address, _FLOATS.as_pointer()), align=16)

        def splat(number: Any) -> Any:
            undefined = ir.Constant(_FLOATS, ir.Undefined)
            first = builder.insert_element(undefined, number, ir.Constant(ir.IntType(32), 0))
            return builder.shuffle_vector(first, undefined, _ZEROS)

        total = read(args[1])
        for address in args[2:7]:
            total = builder.fadd(total, read(address))
        moved = read(args[8])
        weight = splat(builder.extract_element(moved, ir.Constant(ir.IntType(32), 3)))
        moved = builder.fadd(moved, builder.fmul(weight, total))
        moved = builder.fadd(moved, builder.fmul(splat(args[7]), read(args[0])))
        for bound, wrong in ((read(args[9]), "<"), (read(args[10]), ">")):
            moved = builder.select(builder.fcmp_ordered(wrong, moved, bound), bound, moved)
        builder.store(moved, builder.inttoptr(args[11], _FLOATS.as_pointer()), align=16)
        return context.get_dummy_value()

    places = (types.int64,) * 7
    signature = types.void(*places, types.float32, *(types.int64,) * 4)
    return signature, generate
