"""What a layer's name says about what is drawn on it.

A prior, never a proof: half of all drawings name layers after pens, after people or
not at all. The standards are tried first (AIA / National CAD Standard, ISO 13567 with
NL-SfB or BSAB, BS 1192 with Uniclass), then plain words of some twenty languages.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from architecture.understanding.layer_words import (
    AIA_MAJOR,
    AIA_MINOR,
    BSAB_ELEMENTS,
    PRECEDENCE,
    PRESENTATION,
    SFB_ELEMENTS,
    UNICLASS,
    vocabulary,
)
from architecture.understanding.roles import ROLE_SYNONYMS, Role
from shared.errors import UsageError

__all__ = [
    "LayerGuess",
    "Role",
    "RoleOverride",
    "guess_role",
    "guess_roles",
    "local_name",
    "parse_override",
]

STANDARD_SCORE: Final = 0.95
"""A name that follows a published layer standard."""
CODE_SCORE: Final = 0.75
"""A name that looks like a published code, which other codes share."""
WORD_SCORE: Final = 0.85
"""A whole word."""
STEM_SCORE: Final = 0.65
"""A part of a longer word."""
WEAK_WORD_SCORE: Final = 0.55
"""A whole word that also means something else."""
ROOM_WORD_SCORE: Final = 0.5
"""The name of a room as the name of a layer."""
DISCIPLINES: Final = frozenset("ABCEFGHILMPQRSTWVXZ")
"""AIA discipline letters."""
ISO_13567_ELEMENT_WIDTHS: Final = (6, 7)
"""Characters of the element field, padded with dashes; Swedish names have seven."""
_BSAB_CODE: Final = re.compile(r"\d\d[A-Z]")
_RANK: Final = {role: rank for rank, role in enumerate(PRECEDENCE)}
_LETTERS: Final = str.maketrans(
    {"ß": "ss", "ø": "o", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe", "đ": "d", "þ": "th"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerGuess:
    """What a layer probably holds.

    Parameters
    ----------
    role
        The role, `Role.OTHER` where the name says nothing.
    score
        0 the name says nothing, 1 a person said so.
    reason
        One phrase for a table.
    """

    role: Role
    score: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleOverride:
    """A person's word on layers: every layer whose name matches the pattern has the role."""

    pattern: str
    role: Role

    def matches(self, layer: str) -> bool:
        """Whether the pattern (``*``, ``?``, ``[…]``, any case) fits the layer's name."""
        pattern = self.pattern.casefold()
        names = {layer.casefold(), local_name(layer).casefold()}
        return any(name == pattern or fnmatchcase(name, pattern) for name in names)


def parse_override(text: str) -> RoleOverride:
    """Return the override that ``PATTERN=ROLE`` asks for.

    Raises
    ------
    UsageError
        If there is no pattern or no such role.

    Examples
    --------
    >>> parse_override("M_*=wall").role
    <Role.WALL: 'wall'>
    """
    pattern, separator, word = text.rpartition("=")
    role = _role_named(word.strip())
    if not separator or not pattern.strip() or role is None:
        raise UsageError(
            f"{text!r} does not say which layers have which role.",
            remedy=f"Write PATTERN=ROLE; roles are {', '.join(Role)}.",
        )
    return RoleOverride(pattern=pattern.strip(), role=role)


def guess_role(layer: str, *, overrides: Sequence[RoleOverride] = ()) -> LayerGuess:
    """Return what is probably drawn on a layer of that name, and why.

    Parameters
    ----------
    layer
        Name as in the file; the prefix of a bound reference (``house$0$A-WALL``) is
        ignored.
    overrides
        A person's word; the last that fits wins.

    Examples
    --------
    >>> guess_role("A-WALL-PATT").role, guess_role("xref$0$Außenwände").role
    (<Role.HATCH: 'hatch'>, <Role.WALL: 'wall'>)
    """
    return _overridden(layer, overrides) or _guess(local_name(layer))


def guess_roles(
    layers: Iterable[str], *, overrides: Sequence[RoleOverride] = ()
) -> Mapping[str, LayerGuess]:
    """Return the guess for each layer name of one drawing.

    The names are seen together: a Swedish set is told by its BSAB letters, so that
    its bare numbers are not read as NL-SfB.
    """
    names = list(layers)
    swedish = any(re.match(r"^[A-ZÅÄÖ]-\d\d[A-Z]", local_name(name).upper()) for name in names)
    return MappingProxyType(
        {
            name: _overridden(name, overrides) or _guess(local_name(name), swedish=swedish)
            for name in names
        }
    )


def local_name(layer: str) -> str:
    """Return the layer's name without the prefix of a bound or attached reference.

    Examples
    --------
    >>> local_name("house$0$A-WALL"), local_name("house|A-WALL")
    ('A-WALL', 'A-WALL')
    """
    return re.sub(r"^.*(?:\$\d+\$|\|)", "", layer) or layer


def _overridden(layer: str, overrides: Sequence[RoleOverride]) -> LayerGuess | None:
    for override in reversed(overrides):
        if override.matches(layer):
            said = f"you said {override.pattern}={override.role}"
            return LayerGuess(role=override.role, score=1.0, reason=said)
    return None


def fold(text: str) -> str:
    """Return text in lower case without accents, so that ``Wände`` meets ``wande``."""
    spread = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    bare = "".join(c for c in spread if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", bare).translate(_LETTERS)


@lru_cache(maxsize=4096)
def _guess(name: str, *, swedish: bool = False) -> LayerGuess:
    return (
        _plain(name)
        or _by_uniclass(name)
        or _by_aia(name)
        or _by_iso_13567(name, swedish=swedish)
        or _by_words(name)
        or LayerGuess(role=Role.OTHER, score=0.0, reason="the name says nothing")
    )


def _plain(name: str) -> LayerGuess | None:
    if name.casefold() == "defpoints":
        return LayerGuess(role=Role.TITLE, score=STANDARD_SCORE, reason="never plotted")
    if re.fullmatch(r"[\d\s._-]*", name):
        return LayerGuess(role=Role.OTHER, score=0.0, reason="a number says nothing")
    return None


def _by_aia(name: str) -> LayerGuess | None:
    """AIA / NCS: discipline letter, major group of four letters, minor groups."""
    fields = [field for field in re.split(r"[-_ ]", name.upper()) if field]
    if len(fields) < 2 or len(fields[0]) > 2 or fields[0][0] not in DISCIPLINES:
        return None
    major = AIA_MAJOR.get(fields[1])
    if major is None:
        return None
    role, word = major, fields[1]
    for field in fields[2:]:
        minor = AIA_MINOR.get(field)
        if minor is None or (role is Role.ROOM_AREA and minor is Role.TEXT):
            continue
        general = role in (Role.FLOOR, Role.TEXT, Role.OTHER)
        if general or _RANK[minor] < _RANK[role]:
            role, word = minor, f"{fields[1]}-{field}"
    score = STANDARD_SCORE if role is not Role.OTHER else 0.2
    return LayerGuess(role=role, score=score, reason=f"AIA group {word}")


def _by_uniclass(name: str) -> LayerGuess | None:
    """BS 1192: role, Uniclass 2015 code, presentation letter, description."""
    match = re.match(
        r"^(?:[A-Z]{1,2}[-_])?(EF|SS|PR|SL|EN|AC|FI|ZZ|FF)[-_ ]?((?:\d\d[-_]?)+)(.*)$", name.upper()
    )
    if match is None:
        return None
    rest = name[match.start(3) :]
    presentation = re.match(r"^[-_ ]?([A-Z])[-_ ]", rest.upper())
    letter = presentation.group(1) if presentation else ""
    words = _by_words(rest[presentation.end() :] if presentation else rest)
    if letter in ("H", "D", "T", "G", "B"):
        shown = PRESENTATION[letter]
        if letter == "T" and words is not None and words.role is Role.ROOM_AREA:
            shown = Role.ROOM_AREA
        return LayerGuess(role=shown, score=STANDARD_SCORE, reason=f"BS 1192 presentation {letter}")
    if words is not None:
        return LayerGuess(role=words.role, score=STANDARD_SCORE, reason=f"BS 1192, {words.reason}")
    code = match.group(1) + re.sub(r"\D", "", match.group(2))
    role = _longest_prefix(UNICLASS, code)
    if role is None:
        return None
    return LayerGuess(role=role, score=CODE_SCORE, reason=f"Uniclass 2015 {code}")


def _by_iso_13567(name: str, *, swedish: bool) -> LayerGuess | None:
    """ISO 13567: agent (2), element (6), presentation (2), padded with dashes."""
    upper = name.upper()
    match = re.match(r"^[A-ZÅÄÖ][A-Z0-9-]([^-_ ]{1,7}-{0,5})([A-Z])(?:[A-Z0-9-]|$)", upper)
    if match is None or len(match.group(1)) not in ISO_13567_ELEMENT_WIDTHS:
        return None
    element, letter = match.group(1).rstrip("-"), match.group(2)
    padding = len(match.group(1)) - len(element)
    if padding < 2 and not re.match(r"\d\d", element):
        return None
    words = _by_words(element)
    stated = (Role.OVERHEAD, Role.TITLE, Role.SECTION, Role.SITE, Role.ROOM_AREA)
    if words is not None and (words.role in stated or letter not in PRESENTATION):
        return LayerGuess(role=words.role, score=CODE_SCORE, reason=f"ISO 13567, {words.reason}")
    if letter in PRESENTATION:
        role = PRESENTATION[letter]
        return LayerGuess(role=role, score=CODE_SCORE, reason=f"ISO 13567 presentation {letter}")
    swedish = swedish or _BSAB_CODE.match(element) is not None
    found = _longest_prefix(BSAB_ELEMENTS if swedish else SFB_ELEMENTS, element)
    if found is None:
        return None
    table = "BSAB" if swedish else "NL-SfB"
    return LayerGuess(role=found, score=CODE_SCORE, reason=f"ISO 13567, {table} element {element}")


def _by_words(name: str) -> LayerGuess | None:
    """Plain words: the most telling role of all words that are known."""
    tokens = _tokens(name)
    joined = ["".join(pair) for pair in pairwise(tokens)]
    hits = [hit for token in tokens for hit in _hits(token)]
    hits += [hit for pair in joined if pair in vocabulary().words for hit in _hits(pair)]
    if not hits:
        return None
    strong = [hit for hit in hits if hit.score >= STEM_SCORE] or hits
    return min(strong, key=lambda hit: (_RANK[hit.role], -hit.score))


def _hits(token: str) -> list[LayerGuess]:
    known = vocabulary()
    roles = known.words.get(token)
    if roles:
        score = WEAK_WORD_SCORE if token in known.weak else WORD_SCORE
        return [LayerGuess(role=role, score=score, reason=f"word “{token}”") for role in roles]
    if token in known.rooms:
        return [
            LayerGuess(role=Role.ROOM_AREA, score=ROOM_WORD_SCORE, reason=f"room name “{token}”")
        ]
    parts = [(stem, role) for stem, role in known.stems if stem in token]
    longest = [p for p in parts if not any(p[0] != q[0] and p[0] in q[0] for q in parts)]
    return [
        LayerGuess(role=role, score=STEM_SCORE, reason=f"“{stem}” in “{token}”")
        for stem, role in longest
    ]


def _tokens(name: str) -> list[str]:
    """Return the words of a name, folded; camel case and digits part words."""
    spaced = re.sub(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])", " ", name)
    return [token for token in re.split(r"[\W\d_]+", fold(spaced)) if token]


def _longest_prefix(table: Mapping[str, Role], code: str) -> Role | None:
    for length in range(len(code), 1, -1):
        if code[:length] in table:
            return table[code[:length]]
    return None


def _role_named(word: str) -> Role | None:
    folded = word.casefold()
    if folded in set(Role):
        return Role(folded)
    return ROLE_SYNONYMS.get(folded)
