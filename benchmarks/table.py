"""Times as tables, and `RESULTS.md` out of them."""

from __future__ import annotations

import re
from pathlib import Path
from statistics import median

from benchmarks.measure import Timing

HEAD = (
    "| | wall ms | × ours | CPU ms | × ours | CPU / wall | peak MB | result |\n"
    "|---|---:|---:|---:|---:|---:|---:|---|"
)
PREFACE = """# Benchmarks

Made by `make bench`. Entrants take turns within one process run; every repetition gets a fresh
copy of the input, and nothing is kept between calls. `wall` and `CPU` are medians; `× ours`
is the median of the ratios of repetitions side by side (above 1: ours is faster). On a machine
shared with other work the ratio of CPU times is the more robust one. `CPU / wall` says how many
processors were busy. `peak MB` is how far memory grows beyond what holds the input, each in a
process of its own. The *floor* is one read of the input and one write of our output at the
bandwidth measured for a copy. Peers are benchmarks only, never part of the toolkit.
"""


def section(
    title: str,
    note: str,
    times: dict[str, list[Timing]],
    sizes: dict[str, str],
    peaks: dict[str, int | None],
    floor_s: float,
    circumstances: str,
) -> str:
    """Return one contest's section of the results."""
    ours = next(iter(times.values()))
    rows = [
        _row(name, ours, found, peaks.get(name), sizes.get(name, ""))
        for name, found in times.items()
        if found
    ]
    rows.append(f"| *floor* | {floor_s * 1e3:.1f} | | | | | | |")
    lines = [f"## {title}", "", f"{note} {circumstances}".strip(), "", HEAD, *rows, ""]
    return "\n".join(lines)


def _row(name: str, ours: list[Timing], found: list[Timing], peak: int | None, size: str) -> str:
    wall, cpu = ([getattr(one, what) for one in found] for what in ("wall_s", "cpu_s"))
    pairs = list(zip(found, ours, strict=False))
    walls = median(one.wall_s / other.wall_s for one, other in pairs)
    cpus = median(one.cpu_s / max(other.cpu_s, 1e-9) for one, other in pairs)
    busy = sum(cpu) / sum(wall)
    memory = "" if peak is None else f"{peak / 1e6:.0f}"
    return (
        f"| {name} | {median(wall) * 1e3:.1f} | {walls:.2f} | {median(cpu) * 1e3:.1f} "
        f"| {cpus:.2f} | {busy:.2f} | {memory} | {size} |"
    )


def put(path: Path, sections: dict[str, str], machine: str) -> None:
    """Write sections to a file of results, in place of those of the same title."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    kept = {
        part.split("\n", 1)[0]: part for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    }
    found = {title: f"## {part.rstrip()}\n" for title, part in kept.items()}
    found.update({title: part.rstrip() + "\n" for title, part in sections.items()})
    found["Machine"] = f"## Machine\n\n{machine}\n"
    order = ["Machine", *(title for title in found if title != "Machine")]
    beside = path.with_suffix(".new")
    beside.write_text("\n".join([PREFACE, *(found[title] for title in order)]), encoding="utf-8")
    beside.replace(path)
