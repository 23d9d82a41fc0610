"""A person's word on layers that meets no layer: said, with the names that are nearest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import Final

from architecture.drawing import Drawing
from architecture.understanding.layers import RoleOverride, fold, local_name
from shared.finding import Finding, warning

__all__ = ["about_patterns", "layers_of", "nearest_names"]

NAMES_TOLD: Final = 3
"""So many near names are told."""
LEAST_LIKENESS: Final = 0.4
"""Names less alike than this (ratio of Ratcliff and Obershelp) are not near."""


def layers_of(drawing: Drawing) -> tuple[str, ...]:
    """Return every layer of a drawing: those in its table and those that are drawn on."""
    drawn = (stroke.layer for stroke in drawing.strokes)
    written = (text.layer for text in drawing.texts)
    return tuple(dict.fromkeys((*drawing.layers, *drawn, *written)))


def about_patterns(overrides: Sequence[RoleOverride], drawing: Drawing) -> tuple[Finding, ...]:
    """Return a warning for each pattern that no layer's name matches."""
    layers = layers_of(drawing)
    return tuple(
        _about(override, layers)
        for override in overrides
        if not any(override.matches(layer) for layer in layers)
    )


def _about(override: RoleOverride, layers: Sequence[str]) -> Finding:
    near = nearest_names(override.pattern, layers)
    told = f"the nearest are {', '.join(near)}" if near else f"there are {len(layers)} others"
    return warning(
        "layer-pattern-unmatched",
        f"No layer matches {override.pattern}={override.role}: {told}.",
        details={"pattern": override.pattern, "nearest": list(near)},
    )


def nearest_names(pattern: str, layers: Iterable[str]) -> tuple[str, ...]:
    """Return the layer names most like a pattern, the nearest first.

    Examples
    --------
    >>> nearest_names("A-WAL*", ["0", "A-DOOR", "A-WALL", "Möbel"])
    ('A-WALL',)
    """
    wanted = fold(pattern).strip("*?")
    likeness = {
        name: SequenceMatcher(None, wanted, fold(local_name(name)), autojunk=False).ratio()
        for name in layers
    }
    near = [name for name, ratio in likeness.items() if ratio >= LEAST_LIKENESS]
    return tuple(sorted(near, key=lambda name: -likeness[name])[:NAMES_TOLD])
