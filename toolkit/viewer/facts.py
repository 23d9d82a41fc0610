"""What a part says of itself when it is clicked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from shared.scene import Part

LINE_LETTERS: Final = 48
"""Letters of a line shown; more would hide the model."""
TOLD_ABOVE: Final = frozenset({"class", "name"})
"""Properties that the first lines tell already."""


def describe(part: Part) -> list[str]:
    """Return name, meaning, path and properties of a part, a line each.

    Property sets are told below their names; what is empty is left out.
    """
    concept = part.label.concept
    label = part.label.name.replace("_", " ")
    meaning = label if concept is None else f"{concept.meaning} ({concept.scheme} {concept.code})"
    name = str(part.properties.get("name") or part.path.rsplit("/", 1)[-1])
    lines = [name, meaning, part.path]
    rest = {key: value for key, value in part.properties.items() if key not in TOLD_ABOVE}
    lines += _lines(rest)
    return [_short(line) for line in lines]


def _lines(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield plain values first, then groups of them below their names."""
    groups = {key: value for key, value in values.items() if isinstance(value, Mapping)}
    for key, value in values.items():
        told = "" if key in groups else _told(value)
        if told:
            yield f"{key}: {told}"
    for key, group in groups.items():
        below = [(name, _told(value)) for name, value in group.items()]
        if any(told for _, told in below):
            yield key
            yield from (f"    {name}: {told}" for name, told in below if told)


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        pairs = ((key, _told(inner)) for key, inner in value.items())
        return ", ".join(f"{key} {told}" for key, told in pairs if told)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(filter(None, map(_told, value)))
    return "" if value is None else str(value).strip()


def _short(line: str) -> str:
    line = " ".join(line.splitlines())
    return line if len(line) <= LINE_LETTERS else f"{line[: LINE_LETTERS - 1]}…"
