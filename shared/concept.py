"""Concepts and labels: what a thing is, in a public vocabulary.

A SNOMED CT "Bone structure" of an anatomy and an ``IfcWall`` of a building are one
kind of thing: a code in a scheme with a meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from shared.errors import InvalidValueError

Color = tuple[float, float, float]
"""Red, green and blue between 0 and 1, sRGB."""

SNAKE_CASE: Final = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """A coded meaning, as in DICOM's Code Sequence macro (PS3.3 8.8).

    Parameters
    ----------
    scheme
        Coding scheme designator: ``SCT`` (SNOMED CT), ``IFC4``, …
    code
        Code value in that scheme.
    meaning
        The words for people.
    """

    scheme: str
    code: str
    meaning: str

    def __post_init__(self) -> None:
        if not (self.scheme and self.code and self.meaning):
            raise InvalidValueError("A concept needs scheme, code and meaning.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What one value of a label map, or one part of a scene, stands for.

    Parameters
    ----------
    value
        Positive integer in the label map; 0 is background and has no label.
    name
        ``snake_case``, sides as a suffix ``_left`` or ``_right``.
    concept
        Coded meaning, or None where none is known.
    color
        Display color, sRGB 0 to 1.
    """

    value: int
    name: str
    concept: Concept | None = None
    color: Color = (0.8, 0.8, 0.8)

    def __post_init__(self) -> None:
        if self.value < 1:
            raise InvalidValueError(
                f"Label {self.name!r} has value {self.value}; labels start at 1."
            )
        if not SNAKE_CASE.fullmatch(self.name):
            raise InvalidValueError(f"Label name {self.name!r} is not snake_case.")
        if len(self.color) != 3 or not all(0.0 <= c <= 1.0 for c in self.color):
            raise InvalidValueError(f"Color {self.color} is not three numbers between 0 and 1.")


@dataclass(frozen=True, slots=True)
class LabelTable:
    """Labels with unique values and unique names, in order."""

    labels: tuple[Label, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", tuple(self.labels))
        values = [label.value for label in self.labels]
        names = [label.name for label in self.labels]
        if len(set(values)) != len(values) or len(set(names)) != len(names):
            raise InvalidValueError("Values and names of a label table must be unique.")

    def __iter__(self) -> Iterator[Label]:
        return iter(self.labels)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def values(self) -> frozenset[int]:
        """Every value that has a label."""
        return frozenset(label.value for label in self.labels)

    def by_value(self, value: int) -> Label:
        """Return the label of `value`; raise `InvalidValueError` if there is none."""
        for label in self.labels:
            if label.value == value:
                return label
        raise InvalidValueError(f"No label has the value {value}.")

    def by_name(self, name: str) -> Label:
        """Return the label called `name`; raise `InvalidValueError` if there is none."""
        for label in self.labels:
            if label.name == name:
                return label
        known = ", ".join(label.name for label in self.labels)
        raise InvalidValueError(f"No label is called {name!r}; there are {known}.")
