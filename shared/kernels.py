"""Compiled kernels: how they are made, where they are cached, how they share the cores.

`kernel` compiles a function at its first call for the types it meets, and keeps the
machine code in Numba's cache (beside the source, else in the user's cache folder), so
that the next process only loads it. Where no such folder can be written, as in a
read-only installation without a home, the kernels work all the same and are compiled
in every process: `cache_state` tells which, for ``recon doctor`` and for reports.

Kernels let go of Python's lock. `run_slabs` hands slabs of work to a few Python
threads, each taking the next slab when it is done with one, so that no thread waits
for the slowest part of a scan.

Import this module only where kernels are needed: it imports Numba.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import count, pairwise
from pathlib import Path
from threading import Thread
from typing import Any, Final

import numba


def _load_without_blas() -> None:
    """Load Numba's array functions without asking SciPy for its BLAS.

    Numba asks once, at the first kernel, only to know whether it is there: that would load
    all of ``scipy.linalg``, 0.1 s of every command. Whoever compiles a matrix product
    asks again.
    """
    try:
        from numba.np import linalg

        ask = linalg.ensure_blas
        linalg.ensure_blas = lambda: None
        try:
            from numba.np import arraymath
        finally:
            linalg.ensure_blas = ask
        arraymath.ensure_blas = ask
    except (ImportError, AttributeError):  # another version of Numba: it loads what it likes
        return


_load_without_blas()

SLABS_PER_THREAD: Final = 8
"""How many slabs each thread is given on average: small enough to even out the load."""


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `function` compiled on first call, without Python's lock, cached if possible."""
    try:
        compiled = numba.njit(nogil=True, error_model="numpy", cache=True)(function)
        cache_file = compiled._cache._cache_file
        cache_file._source_stamp = _digest(*_sources(function))
        cache_file._load_index = _or_nothing(cache_file._load_index, {})
        cache_file._load_data = _or_nothing(cache_file._load_data, None)
    except (RuntimeError, OSError, AttributeError):  # no folder for the cache can be written
        return numba.njit(nogil=True, error_model="numpy")(function)
    return compiled


def _or_nothing(load: Callable[..., Any], nothing: Any) -> Callable[..., Any]:
    """Return `load` for a cache that another version, or a full disk, may have spoilt.

    What cannot be loaded is compiled again and overwritten, never an error.
    """

    def loaded(*arguments: Any) -> Any:
        try:
            return load(*arguments)
        except Exception:  # unpickling raises whatever the pickle makes it raise
            return nothing

    return loaded


def _sources(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the source files of a kernel: its own, and those of all kernels it may call.

    Numba looks at a kernel's own file only when it asks whether the machine code it kept
    is still right; code from other files that became part of it would go stale.
    """
    found: set[str] = set()
    waiting: list[Any] = [function]
    while waiting:
        one = waiting.pop()
        if one.__code__.co_filename not in found:
            found.add(one.__code__.co_filename)
            for value in one.__globals__.values():
                inner = getattr(value, "py_func", None) or getattr(value, "_defn", None)
                if hasattr(inner, "__code__"):
                    waiting.append(inner)
    return tuple(sorted(found))


@cache
def _digest(*files: str) -> str:
    return sha256(b"".join(Path(file).read_bytes() for file in files)).hexdigest()


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `function` for use in kernels only: it becomes part of those that call it."""
    return numba.njit(
        nogil=True,
        error_model="numpy",
        forceinline=True,
        no_cpython_wrapper=True,
        no_cfunc_wrapper=True,
    )(function)


def part(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `function` for use in kernels only: called, and not callable from Python.

    Nothing is made for Python's sake, which for functions of many arrays is most of what
    there is to compile. Nothing is cached but as part of the kernels that call it.
    """
    return numba.njit(
        nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True
    )(function)


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheState:
    """Whether compiled kernels outlive the process.

    Parameters
    ----------
    folder
        Where they are kept, or None if nowhere can be written.
    note
        One sentence for a person; empty if all is well.
    """

    folder: Path | None
    note: str = ""

    @property
    def is_usable(self) -> bool:
        """Whether the next process will find the kernels of this one."""
        return self.folder is not None

    def __str__(self) -> str:
        return self.note or "compiled kernels are kept for the next run"


def cache_state() -> CacheState:
    """Return whether and where compiled kernels are kept."""
    try:
        folder = Path(kernel(_probe)._cache.cache_path)  # type: ignore[attr-defined]
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return CacheState(folder=folder)
    except (RuntimeError, OSError, TypeError, AttributeError):
        return CacheState(
            folder=None,
            note="No folder for compiled kernels can be written, so they are compiled anew in "
            "every run; set NUMBA_CACHE_DIR to a writable folder to avoid that.",
        )


def _probe() -> int:
    return 0


def thread_count() -> int:
    """Return how many threads kernels run on: the cores this process may use."""
    try:
        return max(1, len(os.sched_getaffinity(0)))
    except AttributeError:  # not on this operating system
        return max(1, os.cpu_count() or 1)


def slab_bounds(length: int, *, threads: int | None = None) -> list[tuple[int, int]]:
    """Return (first, end) of slabs that cover ``range(length)`` for `run_slabs`."""
    threads = thread_count() if threads is None else threads
    slabs = 1 if threads == 1 else min(length, threads * SLABS_PER_THREAD)
    edges = [length * n // slabs for n in range(slabs + 1)] if slabs else [0]
    return list(pairwise(edges))


def run_slabs(work: Callable[[int, int], object], length: int) -> None:
    """Call ``work(first, end)`` for slabs that cover ``range(length)``, on all threads.

    Raises
    ------
    Exception
        The first one that a slab raised, after the other threads have stopped.
    """
    bounds = slab_bounds(length)
    threads = min(thread_count(), len(bounds))
    following = count()
    failures: list[BaseException] = []

    def take_slabs() -> None:
        while not failures and (slab := next(following)) < len(bounds):
            try:
                work(*bounds[slab])
            except BaseException as failure:  # raised again below
                failures.append(failure)

    others = [Thread(target=take_slabs, daemon=True) for _ in range(threads - 1)]
    for thread in others:
        thread.start()
    take_slabs()
    for thread in others:
        thread.join()
    if failures:
        raise failures[0]
