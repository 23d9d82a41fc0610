"""Arrays inside kernels without a reference count.

Numba counts references to an array whenever one compiled function calls another with
it. The counts are atomic: two threads that work on the same array wait for each other at
every call. A borrowed array is the same memory without a count; whoever called the
kernel keeps it alive.
"""

from __future__ import annotations

from typing import Any

from numba.core import cgutils
from numba.extending import intrinsic


@intrinsic  # type: ignore[untyped-decorator, unused-ignore]
def borrowed(_typing: Any, array: Any) -> Any:
    """Return the same array without a reference count."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        found = context.make_array(signature.args[0])(context, builder, value=args[0])
        found.meminfo = cgutils.get_null_value(found.meminfo.type)
        found.parent = cgutils.get_null_value(found.parent.type)
        return found._getvalue()

    return array(array), generate
