"""Room labels: texts that stand together and name one room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.spatial import cKDTree

from architecture.drawing import Drawing, Point, Text
from architecture.understanding.layers import LayerGuess, guess_roles
from architecture.understanding.roles import Role
from architecture.understanding.room_words import is_outdoors, is_room_word
from architecture.understanding.texts import LineKind, kind_of_line, parse_area_m2

__all__ = ["SURE_LABEL", "RoomLabel", "room_labels", "without_notes"]

LINES_APART: Final = 2.4
"""Lines of one label lie no further apart than so many text heights."""
LINE_PITCH: Final = 1.6
"""Distance of lines over the height of their letters."""
LETTER_WIDTH: Final = 0.8
"""Width of a letter over its height."""
SAME_HEIGHT: Final = 1.6
"""Texts of one label differ in height by no more than this factor."""
SAME_TURN_RAD: Final = 0.06
"""Lines of one label are turned alike."""
SURE_LABEL: Final = 0.5
"""Labels at least this sure are believed to stand in a room."""
NOT_LABELS: Final = frozenset({Role.DIMENSION, Role.TITLE, Role.GRID, Role.SECTION, Role.SITE})
"""Layers whose texts name no rooms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomLabel:
    """What texts that stand together say about the room they stand in.

    Parameters
    ----------
    position
        Centre of the texts, metres.
    name, number, area_m2
        What they say; empty or None where they do not.
    height_m
        Height of the name's letters.
    score
        How sure it is a room's label, 0 to 1.
    outdoors
        Whether the name is that of a balcony, a garden, a neighbor.
    """

    position: Point
    name: str = ""
    number: str = ""
    area_m2: float | None = None
    height_m: float = 0.0
    score: float = 0.5
    outdoors: bool = False

    @property
    def indoors(self) -> bool:
        """Whether it surely labels a room, not a note and not a place outdoors."""
        return self.score >= SURE_LABEL and not self.outdoors


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """One text with its lines told apart."""

    text: Text
    lines: tuple[tuple[LineKind, str], ...]
    role: Role
    extent: Point

    def count(self, kind: LineKind) -> int:
        return sum(1 for k, _ in self.lines if k is kind)


def room_labels(drawing: Drawing, *, taken: frozenset[int] = frozenset()) -> list[RoomLabel]:
    """Return the labels of rooms in a drawing.

    Parameters
    ----------
    drawing
        The drawing.
    taken
        Indices of texts that are known to say something else.
    """
    guesses = guess_roles(dict.fromkeys(text.layer for text in drawing.texts))
    pieces = []
    for index, text in enumerate(drawing.texts):
        piece = None if index in taken else _piece(text, guesses)
        if piece is not None:
            pieces.append(piece)
    return [label for group in _together(pieces) if (label := _label(group)) is not None]


def _piece(text: Text, guesses: Mapping[str, LayerGuess]) -> _Piece | None:
    role = guesses[text.layer].role
    if role in NOT_LABELS:
        return None
    lines = tuple(
        (kind_of_line(line), " ".join(line.split()))
        for line in text.content.split("\n")
        if line.strip()
    )
    telling = (LineKind.NAME, LineKind.NUMBER, LineKind.AREA)
    if not any(kind in telling for kind, _ in lines):
        return None
    longest = max(len(line) for _, line in lines)
    extent = (longest * text.height_m * LETTER_WIDTH, len(lines) * text.height_m * LINE_PITCH)
    return _Piece(text=text, lines=lines, role=role, extent=extent)


def _together(pieces: Sequence[_Piece]) -> list[list[_Piece]]:
    """Return pieces grouped by block or by standing under each other."""
    parent = list(range(len(pieces)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    groups: dict[int, int] = {}
    for i, piece in enumerate(pieces):
        if piece.text.group is not None:
            parent[root(i)] = root(groups.setdefault(piece.text.group, i))
    if len(pieces) > 1:
        tree = cKDTree([piece.text.position for piece in pieces])
        reach = LINES_APART * 2 * float(np.median([piece.text.height_m for piece in pieces]) + 0.1)
        pairs = sorted(
            tree.query_pairs(reach),
            key=lambda p: float(
                np.hypot(*np.subtract(pieces[p[0]].text.position, pieces[p[1]].text.position))
            ),
        )
        for i, j in pairs:
            a, b = root(i), root(j)
            if a == b or not _stacked(pieces[i], pieces[j]):
                continue
            both = [p for k, p in enumerate(pieces) if root(k) in (a, b)]
            if all(sum(p.count(k) for p in both) <= 1 for k in (LineKind.AREA, LineKind.NUMBER)):
                parent[a] = b
    found: dict[int, list[_Piece]] = {}
    for i, piece in enumerate(pieces):
        found.setdefault(root(i), []).append(piece)
    return list(found.values())


def _stacked(a: _Piece, b: _Piece) -> bool:
    """Whether two texts are lines of one label."""
    if abs(a.text.rotation - b.text.rotation) > SAME_TURN_RAD:
        return False
    low, high = sorted((a.text.height_m, b.text.height_m))
    if low <= 0 or high > SAME_HEIGHT * low:
        return False
    c, s = np.cos(a.text.rotation), np.sin(a.text.rotation)
    dx, dy = np.subtract(b.text.position, a.text.position)
    along, across = abs(c * dx + s * dy), abs(-s * dx + c * dy)
    apart = across - (a.extent[1] + b.extent[1]) / 2
    beside = along < max(a.extent[0], b.extent[0]) / 2
    return bool(beside and across > 0 and apart < (LINES_APART - LINE_PITCH) * high)


def _label(group: Sequence[_Piece]) -> RoomLabel | None:
    """Return the label that pieces make together, or None if they name no room."""
    first = group[0].text
    c, s = np.cos(first.rotation), np.sin(first.rotation)
    ordered = sorted(group, key=lambda p: s * p.text.position[0] - c * p.text.position[1])
    lines = [line for piece in ordered for line in piece.lines]
    names = [content for kind, content in lines if kind is LineKind.NAME]
    numbers = [content for kind, content in lines if kind is LineKind.NUMBER]
    areas = [parse_area_m2(content) for kind, content in lines if kind is LineKind.AREA]
    name = " ".join(names)
    named = [p for p in ordered if p.count(LineKind.NAME)] or ordered
    said = any(piece.role is Role.ROOM_AREA for piece in group)
    score = 0.3 + 0.4 * said + 0.3 * bool(areas) + 0.2 * is_room_word(name)
    if not names and not areas and not said:
        return None
    center = np.mean([p.text.position for p in group], axis=0)
    return RoomLabel(
        position=(float(center[0]), float(center[1])),
        name=name,
        number=numbers[0] if numbers else "",
        area_m2=areas[0] if areas else None,
        height_m=max(p.text.height_m for p in named),
        score=min(1.0, score),
        outdoors=is_outdoors(name),
    )


def without_notes(labels: Sequence[RoomLabel]) -> list[RoomLabel]:
    """Return the labels in one room, the best first, small print dropped beside large."""
    best = max((label.score for label in labels), default=0.0)
    tall = max((label.height_m for label in labels if label.score >= best - 0.05), default=0.0)
    kept = [
        label
        for label in labels
        if label.score >= best - 0.25 and (label.height_m >= 0.8 * tall or label.area_m2)
    ]
    return sorted(kept, key=lambda label: (-label.score, -label.height_m))
