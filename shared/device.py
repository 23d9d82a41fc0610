"""Where arrays live, and where they should.

A field or mesh carries a NumPy array on the host or a torch tensor on an
accelerator. A primitive looks at where its array lives to choose its kernel; it
never moves arrays on its own.
"""

from __future__ import annotations

import sys
from typing import Any

from shared.errors import UsageError


def is_host(array: Any) -> bool:
    """Return whether `array` is a NumPy array (True) or a torch tensor (False)."""
    torch = sys.modules.get("torch")
    return torch is None or not isinstance(array, torch.Tensor)


def resolve_device(name: str = "auto") -> str:
    """Return ``cpu`` or ``cuda:N`` for ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.

    torch is imported only when an accelerator is in question.

    Raises
    ------
    UsageError
        If the name is unknown or the accelerator is not there.
    """
    if name == "cpu":
        return "cpu"
    if name != "auto" and not name.startswith("cuda"):
        raise UsageError(f"There is no device {name!r}.", remedy="Use auto, cpu or cuda:0.")
    count = _cuda_count()
    if name == "auto":
        return "cuda:0" if count else "cpu"
    index = name.removeprefix("cuda").removeprefix(":") or "0"
    if not index.isdigit() or int(index) >= count:
        raise UsageError(
            f"Device {name} is not here: {count} CUDA devices were found.",
            remedy="Use --device cpu.",
        )
    return f"cuda:{int(index)}"


def _cuda_count() -> int:
    try:
        import torch
    except ImportError:
        return 0
    return int(torch.cuda.device_count()) if torch.cuda.is_available() else 0
