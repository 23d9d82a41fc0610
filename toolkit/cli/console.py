"""How the command line talks: results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.finding import Finding, Severity

if TYPE_CHECKING:
    from rich.console import Console

    from shared.formats import Staging
    from shared.progress import Progress

LONGEST_JSON_LINE = 120
"""Lists of plain values up to this long stay on one line of a report."""

UNBROKEN_LETTERS = 16
"""Letters of a name that a narrow terminal keeps on one line."""

MAXIMUM_FILES_SHOWN = 12
"""Written files named on the terminal."""
MAXIMUM_FINDINGS_SHOWN = 30
"""Findings printed on the terminal; the JSON report holds all."""


def console(*, stderr: bool = False) -> Console:
    """Return a console that wraps nothing away when it is not a terminal."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else 160
    return Console(stderr=stderr, width=width, highlight=False, soft_wrap=not stream.isatty())


def say_error(problem: str, remedy: str | None = None) -> None:
    """Print one problem and its remedy to stderr."""
    text = f"Error: {problem}" if remedy is None else f"Error: {problem}\n{remedy}"
    print_plain(text)


def print_plain(text: str) -> None:
    """Print a line to stderr without any markup."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def print_json(value: Any) -> None:
    """Print plain data as JSON to stdout."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_json(value: Any, target: Path, staging: Staging) -> None:
    """Write plain data as JSON through `staging`."""
    staging.path_for(target).write_text(f"{json_text(value)}\n", encoding="utf-8")


def json_text(value: Any, *, indent: int = 0) -> str:
    """Return plain data as JSON with short lists of plain values on one line.

    >>> print(json_text({"place": [1.5, 2, 3], "rows": [["a", 1], ["b", 2]]}))
    {
      "place": [1.5, 2, 3],
      "rows": [["a", 1], ["b", 2]]
    }
    """
    is_dict = isinstance(value, Mapping)
    if not value or not (is_dict or isinstance(value, list | tuple)):
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    if not (is_dict or any(isinstance(item, Mapping) for item in value)):
        line = json.dumps(value, ensure_ascii=False, allow_nan=False)
        if len(line) <= LONGEST_JSON_LINE:
            return line
    space = " " * (indent + 2)
    inner = [json_text(v, indent=indent + 2) for v in (value.values() if is_dict else value)]
    if is_dict:
        inner = [f"{json.dumps(str(k))}: {text}" for k, text in zip(value, inner, strict=True)]
    opening, closing = "{}" if is_dict else "[]"
    return f"{opening}\n{space}" + f",\n{space}".join(inner) + f"\n{' ' * indent}{closing}"


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table to stdout; the first column names the row and is broken last of all."""
    from rich import box
    from rich.table import Table

    cells = [[_cell(value) for value in row] for row in rows]
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    longest = max((len(row[0]) for row in cells), default=0)
    table.add_column(columns[0], overflow="fold", min_width=min(longest, UNBROKEN_LETTERS))
    for column in columns[1:]:
        table.add_column(column, overflow="fold")
    for row in cells:
        table.add_row(*row)
    console().print(table)


def _cell(value: object) -> str:
    from rich.markup import escape

    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:.1f}"
    return escape(str(value))


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    >>> counted(1, "file"), counted(3, "file")
    ('1 file', '3 files')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def print_line(text: str) -> None:
    """Print one line of a result to stdout."""
    sys.stdout.write(f"{text}\n")


def print_findings(findings: Iterable[Finding]) -> None:
    """Print warnings first, then notes, to stdout."""
    from rich.markup import escape

    out = console()
    ordered = sorted(findings, key=lambda finding: finding.severity != Severity.WARNING)
    for finding in ordered[:MAXIMUM_FINDINGS_SHOWN]:
        style = "bold yellow" if finding.severity == Severity.WARNING else "dim"
        place = ", ".join(f"{x:.2f}" for x in finding.place or ())
        told = f"{finding.message} [at {place}]" if place else finding.message
        out.print(f"[{style}]{finding.severity.value}[/] {escape(told)}")
    if len(ordered) > MAXIMUM_FINDINGS_SHOWN:
        out.print(f"… and {len(ordered) - MAXIMUM_FINDINGS_SHOWN} more: see the report (--report).")


def print_written(paths: Iterable[Path]) -> None:
    """Say where the outputs are, to stderr; of many the first ones, and how many more."""
    written = list(paths)
    shown = written if len(written) <= MAXIMUM_FILES_SHOWN else written[: MAXIMUM_FILES_SHOWN - 1]
    for path in shown:
        print_plain(f"wrote {path}")
    if len(shown) < len(written):
        print_plain(f"wrote {len(written) - len(shown)} more beside them")


def note_on_kernels() -> None:
    """Say to stderr where compiled kernels cannot be kept: each run then compiles anew."""
    from shared.kernels import cache_state

    state = cache_state()
    if not state.is_usable:
        print_plain(f"note: {state}")


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Yield a `Progress` that draws a bar on a terminal, and stays silent elsewhere."""
    if not sys.stderr.isatty():
        from shared.progress import ignore_progress

        yield ignore_progress
        return
    from rich import progress as rich_progress

    with rich_progress.Progress(
        rich_progress.TextColumn("{task.description}"),
        rich_progress.BarColumn(),
        rich_progress.TimeElapsedColumn(),
        console=console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("starting", total=1.0)

        def tell(step: str, share: float) -> None:
            bar.update(task, description=step, completed=share)

        yield tell
