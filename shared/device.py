"""Where arrays live, and where they should.

A field or mesh carries a NumPy array on the host or a torch tensor on an
accelerator. A primitive looks at where its array lives to choose its kernel; it
never moves arrays on its own: `host_array` does, where a writer or a person asks.

Tensors on the CPU have no kernels of their own. With ``TRITON_INTERPRET=1`` in the
environment, set before Triton is first imported, they take the road of CUDA tensors
under Triton's interpreter: slow, and the same arithmetic, for tests.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def is_host(array: Any) -> bool:
    """Return whether `array` is a NumPy array (True) or a torch tensor (False)."""
    torch = sys.modules.get("torch")
    return torch is None or not isinstance(array, torch.Tensor)


def is_interpreted() -> bool:
    """Return whether Triton's kernels run under its interpreter, on the CPU."""
    return os.environ.get("TRITON_INTERPRET", "") not in ("", "0")


def on_device(array: Any) -> bool:
    """Return whether the CUDA road runs for `array`: True for a CUDA tensor, False for NumPy.

    Raises
    ------
    UsageError
        If it is a tensor elsewhere, unless kernels are interpreted.
    """
    if is_host(array):
        return False
    if not array.is_cuda and not is_interpreted():
        raise UsageError(
            f"There are no kernels for tensors on {array.device}.",
            remedy="Pass a NumPy array (tensor.numpy()) or a CUDA tensor.",
        )
    return True


def require_host(*arrays: Any) -> None:
    """Raise `UsageError` if any of the arrays is a torch tensor."""
    if not all(is_host(array) for array in arrays):
        raise UsageError(
            "This step works on NumPy arrays, and was given a tensor.",
            remedy="Bring it to the host first: shared.device.host_array, or Mesh.on_host().",
        )


def host_array(array: Any) -> NDArray[Any]:
    """Return `array` as a NumPy array, copied from the device if it lives there."""
    return np.asarray(array if is_host(array) else array.detach().cpu().numpy())


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
