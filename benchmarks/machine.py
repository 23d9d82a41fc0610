"""What the times were measured on."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = (
    "numpy", "numba", "llvmlite", "scipy", "vtk", "scikit-image", "SimpleITK", "PyMCubes",
    "niimath", "edt", "connected-components-3d", "fast-simplification", "pyfqmr", "manifold3d",
    "torch",
)  # fmt: skip


def machine(bytes_per_s: float) -> str:
    """Return processor, memory, bandwidth and versions as a Markdown list."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    found = ", ".join(f"{name} {number}" for name in LIBRARIES if (number := _version(name)))
    return (
        f"- {_processor()}, {len(os.sched_getaffinity(0))} processors, {memory:.0f} GiB\n"
        f"- copy bandwidth {bytes_per_s / 1e9:.1f} GB/s (bytes read and written)\n"
        f"- {platform.system()} {platform.release()}, Python {platform.python_version()}\n"
        f"- {found}"
    )


def circumstances(repetitions: int) -> str:
    """Return when and under what load a contest was run."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"{repetitions} repetitions, {now}, {_commit()}, load {os.getloadavg()[0]:.1f}."


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    here = Path(__file__).parent
    done = subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "no commit"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())
