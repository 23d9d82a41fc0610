"""Which storey a title names, in some twenty languages: its rank, and how many it stands for.

Ranks order storeys and nothing else: the ground floor is 0, the n-th floor above it n, the
n-th below it -n. Where the first floor is the one at the ground, as in North America and
East Asia, there is no storey 0, and the order is the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from architecture.understanding.layers import fold

__all__ = ["StoreyMark", "storey_mark"]

MEZZANINE: Final = 0.5
ABOVE_ALL: Final = 90.0
"""Rank of an attic: above every numbered storey."""
MOST_STOREYS: Final = 60
"""A typical plan stands for no more storeys."""
HIGHEST: Final = 200
"""No storey has a higher number."""

_NAMED: Final = (
    (-2.0, r"sub-?basement|second basement|tiefkeller|2\.\s*(?:ug|untergesch)|deuxieme sous-sol"),
    (
        -1.0,
        r"basement|cellar|\b(?:kg|ug)\b|kellergesch|untergesch|\bkeller\b|sous-?sol\b|sotano|"
        r"semisotano|seminterrato|interrato|\bcantina\b|\bcave\b|kelder|kallare|kjeller|kaelder|"
        r"kaeldre|piwnic|podziemi|suteren|sklep|bodrum|pince|alagsor|подвал|цоколь|souterrain|"
        r"soterrani",
    ),
    (
        -0.5,
        r"lower ground|lower (?:floor|level|storey|story)|garden level",
    ),
    (
        0.0,
        r"ground|\bgf\b|\beg\b|erdgesch|\brdc\b|rez[- ]de[- ]chaus|\bpb\b|planta baja|"
        r"planta baixa|\bbaja\b|terreo|res[- ]do[- ]chao|\br/c\b|piano terra|\bpt\b|"
        r"piano rialzato|begane|\bbg\b|parterre|parter|entreplan|bottenvaning|stueetage|"
        r"stue-etage|\bstuen\b|1\. etasje|zemin|foldszint|prizemi|prizem|"
        r"pohjakerros|main (?:floor|level)|entry level|street level|首层|底层|地面层|"
        r"первый этаж",
    ),
    (MEZZANINE, r"mezzanin|entresol|zwischengesch|altillo|soppalco|hochparterre|entreplanta|夹层"),
    (
        ABOVE_ALL,
        r"attic|\bloft\b|dachgesch|\bdg\b|dachboden|comble|grenier|sottotetto|mansard|"
        r"buhardilla|\batico\b|sotao|zolder|\bvind\b|vindsvaning|loftsetage|\bloftet\b|poddasz|"
        r"strych|podkrovi|cati kat|padlas|tetoter|ullakko|мансард|чердак|阁楼|penthouse",
    ),
    (1.0, r"upper (?:floor|level|storey|story)|overvaning|piso superior|planta alta|"
          r"piano superiore|bovenverdieping|obergesch(?:oss|oß)?$"),
)  # fmt: skip
"""Rank → the words for it, folded; the first that is found counts, numbers before words."""

_ORDINALS: Final = {
    1: "first|erste[rs]?|premier|primer[ao]?|primeir[ao]|prim[ao]|eerste|forsta|forste|pierwsz\\w+|"
       "birinci|prvni|elso|primul",
    2: "second|zweite[rs]?|deuxieme|segund[ao]|second[ao]|tweede|andra|anden|drugi\\w*|ikinci|"
       "druhe|masodik",
    3: "third|dritte[rs]?|troisieme|tercer[ao]?|terceir[ao]|terz[ao]|derde|tredje|trzeci\\w*|"
       "ucuncu|treti|harmadik",
    4: "fourth|vierte[rs]?|quatrieme|cuart[ao]|quart[ao]|vierde|fjarde|fjerde|czwart\\w*|dorduncu",
    5: "fifth|funfte[rs]?|cinquieme|quint[ao]|vijfde|femte|piat\\w+|besinci",
    6: "sixth|sechste[rs]?|sixieme|sext[ao]|sest[ao]|zesde|sjatte",
    7: "seventh|siebte[rs]?|septieme|septim[ao]|settim[ao]|zevende|sjunde",
    8: "eighth|achte[rs]?|huitieme|octav[ao]|ottav[ao]|attonde",
    9: "ninth|neunte[rs]?|neuvieme|noven[ao]|non[ao]|negende|nionde",
    10: "tenth|zehnte[rs]?|dixieme|decim[ao]|tiende|tionde",
}  # fmt: skip
_FLOOR: Final = (
    r"(?:floor|storey|story|level|lvl|og|obergesch\w*|etage|niveau|planta|piso|pavimento|andar|"
    r"pis|piano|verdieping|plan|vaning|etasje|sal|kerros|pietr[oa]|kondygnacj\w*|patro|podlazi|"
    r"kat|emelet|этаж|层|樓|楼|階|층)"
)
_SUFFIX: Final = r"(?:st|nd|rd|th|er|re|eme|e|\.?[ao]|:[ae])?\.?"
_TO: Final = r"\s*(?:-|–|—|to|bis|au|a|al|do|t/m|~|至)\s*"
_CHINESE: Final = {c: n for n, c in enumerate("零一二三四五六七八九十")}
_ROMAN: Final = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8}

_BELOW: Final = re.compile(
    r"(?:地下|负|지하|\bb)\s*(\d+)(?:f|层|階|층)?|\br-(\d+)\b|(\d+)\.?\s*ug\b"
)
_RANGES: Final = (
    re.compile(rf"\b(\d+){_SUFFIX}{_TO}(\d+){_SUFFIX}\s*{_FLOOR}"),
    re.compile(rf"{_FLOOR}s?\s*(\d+){_SUFFIX}{_TO}(\d+)\b"),
    re.compile(rf"\b(?:typical|regelgesch\w*|courant|tipo|标准).*?(\d+){_SUFFIX}{_TO}(\d+)"),
)
_SINGLES: Final = (
    re.compile(r"\br\s?\+\s?(\d+)\b"),
    re.compile(rf"\b(\d+){_SUFFIX}\s*{_FLOOR}"),
    re.compile(rf"\b(\d+){_SUFFIX}\s*normal\s*{_FLOOR}"),
    re.compile(rf"\b{_FLOOR}\s*(?:no\.?|nr\.?|n\.?)?\s*(\d+)[ao]?\b(?!\s*[:/=\"'])"),
    re.compile(r"\b(?:l|og|p|e|n)(\d{1,2})\b"),
    re.compile(r"\b(\d{1,2})f\b"),
)
_ROMAN_FLOOR: Final = re.compile(
    rf"\b(i{{1,3}}|iv|vi{{0,3}})\s+{_FLOOR}|{_FLOOR}\s+(i{{1,3}}|iv|vi{{0,3}})\b"
)


@dataclass(frozen=True, slots=True)
class StoreyMark:
    """Which storeys a title names.

    Parameters
    ----------
    rank
        Where the lowest of them stands among others.
    count
        How many storeys it stands for: a typical plan stands for several.
    """

    rank: float
    count: int = 1


def storey_mark(title: str) -> StoreyMark | None:
    """Return which storeys a title names, or None if it names none.

    Examples
    --------
    >>> [storey_mark(t).rank for t in ("Basement", "RDC", "1. OG", "SECOND FLOOR", "二层平面图")]
    [-1.0, 0.0, 1.0, 2.0, 2.0]
    >>> storey_mark("TYPICAL FLOOR PLAN 2-5").count
    4
    """
    words = _digits(fold(title))
    below = _BELOW.search(words)
    if below:
        return StoreyMark(-float(next(group for group in below.groups() if group)))
    several = next((m for pattern in _RANGES if (m := pattern.search(words))), None)
    if several:
        low, high = int(several.group(1)), int(several.group(2))
        if low < high <= HIGHEST and high - low < MOST_STOREYS:
            return StoreyMark(float(low), high - low + 1)
    named = next((rank for rank, stems in _NAMED if re.search(stems, words)), None)
    if named is not None and named <= MEZZANINE:
        return StoreyMark(named)
    number = _number(words)
    if number is not None:
        return StoreyMark(float(number))
    return None if named is None else StoreyMark(named)


def _number(words: str) -> int | None:
    """Return the number of a storey that is written as figures, as an ordinal, or in Roman."""
    for pattern in _SINGLES:
        found = pattern.search(words)
        if found and int(found.group(1)) <= HIGHEST:
            return int(found.group(1))
    for number, stems in _ORDINALS.items():
        if re.search(rf"\b(?:{stems})\b", words) and re.search(_FLOOR, words):
            return number
    roman = _ROMAN_FLOOR.search(words)
    return _ROMAN[roman.group(1) or roman.group(2)] if roman else None


def _digits(words: str) -> str:
    """Return the words with Chinese numerals before a storey as figures."""

    def figures(match: re.Match[str]) -> str:
        tens, found, units = match.group(1).partition("十")
        if not found:
            return str(_CHINESE[tens])
        return str(10 * (_CHINESE[tens] if tens else 1) + (_CHINESE[units] if units else 0))

    return re.sub(
        r"([一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九])(?=\s*(?:层|樓|楼|階|至|-|~))",
        figures,
        words,
    )
