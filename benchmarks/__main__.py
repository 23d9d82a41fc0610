"""``python -m benchmarks``: run the contests, print their tables, keep them in RESULTS.md."""

from __future__ import annotations

import argparse
import json
import sys
from importlib import import_module
from pathlib import Path

from benchmarks.contest import Contest, input_bytes
from benchmarks.machine import circumstances, machine
from benchmarks.measure import bandwidth, memory_of, peak_bytes, race
from benchmarks.table import put, section

TOPICS = (
    "isosurfaces",
    "label_maps",
    "simplification",
    "filters",
    "sampling",
    "stacking",
    "whole_job",
)
RESULTS = Path(__file__).with_name("RESULTS.md")
REPETITIONS = 9


def contests(topics: list[str]) -> list[Contest]:
    """Return the contests of some topics."""
    found = (import_module(f"benchmarks.{topic}").contests() for topic in topics)
    return [contest for some in found for contest in some]


def main() -> None:
    """Run what the command line asks for."""
    asked = _arguments()
    if asked.memory:
        title, name = asked.memory
        contest = next(one for one in contests(list(TOPICS)) if one.title == title)
        entrant = next(one for one in contest.entrants if one.name == name)
        print(json.dumps(memory_of(contest, entrant)))
        return
    speed = bandwidth()
    about = machine(speed)
    print(about)
    for contest in contests(asked.topics or list(TOPICS)):
        if asked.only.lower() in contest.title.lower():
            text = run(contest, asked.repetitions, not asked.no_memory, speed)
            put(asked.results, {contest.title: text}, about)


def run(contest: Contest, repetitions: int, memory: bool, bytes_per_s: float) -> str:
    """Run one contest and return its section."""
    print(f"\n{contest.title}", file=sys.stderr)
    when = circumstances(repetitions)
    given = contest.make()
    times, sizes, written = race(
        contest, given, repetitions, lambda word: print(word, file=sys.stderr)
    )
    floor_s = (input_bytes(given) + written) / bytes_per_s
    del given
    peaks = {name: peak_bytes(contest.title, name) for name in times if memory}
    text = section(contest.title, contest.note, times, sizes, peaks, floor_s, when)
    print(text)
    return text


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("topics", nargs="*", help=f"some of {', '.join(TOPICS)}; all without")
    parser.add_argument("--only", default="", help="only contests whose title holds this")
    parser.add_argument("--repetitions", type=int, default=REPETITIONS)
    parser.add_argument("--no-memory", action="store_true", help="leave out peak memory")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--memory", nargs=2, metavar=("TITLE", "ENTRANT"), help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
