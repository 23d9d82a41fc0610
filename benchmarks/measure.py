"""Times, interleaved; peak memory, each in a process of its own."""

from __future__ import annotations

import gc
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np

from benchmarks.contest import Contest, Entrant, Whole, fresh

COPIED_BYTES = 1 << 28
"""How much is copied to measure the bandwidth: far more than any cache holds."""

POLL_S = 0.002
KIB = 1024


@dataclass(frozen=True, slots=True)
class Timing:
    """One repetition: seconds on the wall, and of all processors together."""

    wall_s: float
    cpu_s: float


def race(
    contest: Contest, given: Any, repetitions: int, tell: Callable[[str], None]
) -> tuple[dict[str, list[Timing]], dict[str, str], int]:
    """Return the times of each entrant, a few words on its result, and our output's bytes.

    Entrants take turns, each in every place as often as in any other, on a fresh copy of
    the input every time. One that fails is left out, with a word.
    """
    entrants = [one for one in contest.entrants if _warmed(contest, one, given, tell)]
    times: dict[str, list[Timing]] = {one.name: [] for one in entrants}
    sizes: dict[str, str] = {}
    written = 0
    for repetition in range(repetitions):
        turn = repetition % len(entrants)
        for entrant in entrants[turn:] + entrants[:turn]:
            if repetition >= entrant.at_most:
                continue
            prepared = entrant.prepare(fresh(given))
            gc.collect()
            result, timing = timed(entrant, prepared)
            times[entrant.name].append(timing)
            sizes[entrant.name] = entrant.size(result)
            if entrant is contest.entrants[0]:
                written = contest.output_bytes(result)
            del result, prepared
        tell(f"  {repetition + 1} of {repetitions}")
    return times, sizes, written


def _warmed(contest: Contest, entrant: Entrant, given: Any, tell: Callable[[str], None]) -> bool:
    """Load and compile what an entrant needs; return whether it is here."""
    try:
        timed(entrant, entrant.prepare(contest.crop(given)))
    except (ImportError, FileNotFoundError) as absent:
        tell(f"  {entrant.name} is skipped: {absent}")
        return False
    return True


def timed(entrant: Entrant, prepared: Any) -> tuple[Any, Timing]:
    """Do the job once."""
    cpu, start = _cpu_s(), time.perf_counter()
    if isinstance(prepared, Whole):
        subprocess.run(prepared, check=True, capture_output=True)
        result: Any = prepared
    else:
        result = entrant.run(prepared)
    wall = time.perf_counter() - start
    return result, Timing(wall, _cpu_s() - cpu)


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def bandwidth() -> float:
    """Return bytes read and written each second by a copy on all processors, the best of 9."""
    source = np.ones(COPIED_BYTES, dtype=np.uint8)
    target = np.ones_like(source)
    parts = os.cpu_count() or 1
    pieces = list(zip(np.array_split(source, parts), np.array_split(target, parts), strict=True))
    best = np.inf
    for _ in range(9):
        threads = [Thread(target=np.copyto, args=(to, at)) for at, to in pieces]
        start = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        best = min(best, time.perf_counter() - start)
    return 2 * COPIED_BYTES / best


def peak_bytes(title: str, entrant: str) -> int | None:
    """Return how far one entrant's memory grows over what holds the input, in a new process."""
    command = [sys.executable, "-m", "benchmarks", "--memory", title, entrant]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return int(json.loads(done.stdout)) if done.returncode == 0 else None


def memory_of(contest: Contest, entrant: Entrant) -> int:
    """Do the job once, in this process, which did nothing else; return the growth in bytes."""
    given = contest.make()
    timed(entrant, entrant.prepare(contest.crop(given)))
    prepared = entrant.prepare(given)
    if isinstance(prepared, Whole):
        return _peak_of_process(prepared)
    gc.collect()
    _forget_peak()
    before = _peak_here()
    result = entrant.run(prepared)
    after = _peak_here()
    del result
    return after - before


def _forget_peak() -> None:
    """Let the peak be what memory is held now, where the system can."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:  # then the peak so far is the baseline
        return


def _peak_here() -> int:
    """Return ru_maxrss of this process, without what it inherited from the one before."""
    return _high_water("self") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB


def _peak_of_process(command: Whole) -> int:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    highest = 0
    while process.poll() is None:
        highest = max(highest, _high_water(str(process.pid)))
        time.sleep(POLL_S)
    return highest


def _high_water(process: str) -> int:
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * KIB for line in lines if line.startswith("VmHWM")), 0)
