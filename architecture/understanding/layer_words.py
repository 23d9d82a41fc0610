"""Words and codes that layer names are made of, by role.

Tables only; `architecture.understanding.layers` reads them.

Sources: US National CAD Standard / AIA CAD Layer Guidelines (major and minor
groups), ISO 13567-2 with NL-SfB and BSAB 96 element tables, BS 1192 with Uniclass
2015, Tianzheng (TArch) layer names, and the plain words drafters use.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from architecture.understanding.roles import Role

PRECEDENCE: Final = (
    Role.DIMENSION,
    Role.TITLE,
    Role.ROOM_AREA,
    Role.TEXT,
    Role.HATCH,
    Role.SYMBOL,
    Role.SITE,
    Role.SECTION,
    Role.OVERHEAD,
    Role.GRID,
    Role.ROOF,
    Role.FOUNDATION,
    Role.RAILING,
    Role.STAIR,
    Role.FIXTURE,
    Role.FURNITURE,
    Role.SERVICES,
    Role.FINISH,
    Role.DOOR,
    Role.WINDOW,
    Role.OPENING,
    Role.COLUMN,
    Role.WALL,
    Role.FLOOR,
    Role.OTHER,
)
"""Which role wins when a name speaks of several: how a thing is shown ("wall hatch",
"door text") comes before the thing, and the part ("wall finish") before the whole."""

AIA_MAJOR: Final = MappingProxyType(
    {
        **dict.fromkeys(("WALL", "PART", "PRTN"), Role.WALL),
        **dict.fromkeys(("DOOR",), Role.DOOR),
        **dict.fromkeys(("GLAZ", "WNDW", "WIND", "CURT"), Role.WINDOW),
        **dict.fromkeys(("OPNG",), Role.OPENING),
        **dict.fromkeys(("COLS", "COLM", "PILR"), Role.COLUMN),
        **dict.fromkeys(("STRS", "STAIR", "RAMP", "ELEV", "EVTR", "LIFT"), Role.STAIR),
        **dict.fromkeys(("RAIL", "HRAL", "HNDR"), Role.RAILING),
        **dict.fromkeys(("FURN", "EQPM", "CASE", "SPCQ", "APPL", "WDWK", "MILL"), Role.FURNITURE),
        **dict.fromkeys(("FIXT", "PFIX", "SANR", "TPTN"), Role.FIXTURE),
        **dict.fromkeys(
            ("LITE", "POWR", "HVAC", "DUCT", "DOMW", "COMM", "FIRE", "ELEC", "DIFF", "PIPE"),
            Role.SERVICES,
        ),
        **dict.fromkeys(("FLOR", "SLAB", "DECK"), Role.FLOOR),
        **dict.fromkeys(("ROOF",), Role.ROOF),
        **dict.fromkeys(("FNDN", "FTNG", "FOOT", "STEM"), Role.FOUNDATION),
        **dict.fromkeys(("BEAM", "CLNG", "OVHD", "JOIS", "FRAM", "TRUS", "LNTL"), Role.OVERHEAD),
        **dict.fromkeys(("PATT", "HATC"), Role.HATCH),
        **dict.fromkeys(("DIMS",), Role.DIMENSION),
        **dict.fromkeys(("ANNO", "NOTE", "TEXT", "IDEN", "TAGS", "SCHD"), Role.TEXT),
        **dict.fromkeys(("AREA", "SPCE", "ROOM"), Role.ROOM_AREA),
        **dict.fromkeys(("GRID",), Role.GRID),
        **dict.fromkeys(("SYMB", "NRTH", "MARK"), Role.SYMBOL),
        **dict.fromkeys(("SECT", "ELVN", "DETL"), Role.SECTION),
        **dict.fromkeys(("TTLB", "NPLT", "SHBD", "LEGN", "VPRT"), Role.TITLE),
        **dict.fromkeys(
            ("PROP", "BLDG", "SITE", "TOPO", "ROAD", "PKNG", "PLNT", "TREE", "WALK", "FENC"),
            Role.SITE,
        ),
        **dict.fromkeys(("GENM", "GENF"), Role.OTHER),
    }
)
"""Major (and stand-alone) groups of the AIA / National CAD Standard."""

AIA_MINOR: Final = MappingProxyType(
    {
        **dict.fromkeys(("PATT", "HTCH", "FILL"), Role.HATCH),
        **dict.fromkeys(("DIMS",), Role.DIMENSION),
        **dict.fromkeys(
            ("TEXT", "NOTE", "KEYN", "REVS", "SCHD", "LEGN", "ANNO", "TAGS"), Role.TEXT
        ),
        **dict.fromkeys(("IDEN",), Role.TEXT),
        **dict.fromkeys(("SYMB", "NRTH", "MARK"), Role.SYMBOL),
        **dict.fromkeys(("TTLB", "NPLT"), Role.TITLE),
        **dict.fromkeys(("FNSH", "CAVI", "INSU"), Role.FINISH),
        **dict.fromkeys(("STRS", "EVTR", "RAMP", "ESCL"), Role.STAIR),
        **dict.fromkeys(("HRAL", "RAIL"), Role.RAILING),
        **dict.fromkeys(("OVHD", "HEAD", "ABOV"), Role.OVERHEAD),
        **dict.fromkeys(("PFIX", "FIXT", "TPTN"), Role.FIXTURE),
        **dict.fromkeys(("CASE", "WDWK", "FURN", "EQPM", "APPL"), Role.FURNITURE),
        **dict.fromkeys(("GRID",), Role.GRID),
        **dict.fromkeys(("GLAZ",), Role.WINDOW),
        **dict.fromkeys(("WALL",), Role.WALL),
    }
)
"""Minor groups that change what the major group says."""

SFB_ELEMENTS: Final = MappingProxyType(
    {
        **dict.fromkeys(("21", "22"), Role.WALL),
        **dict.fromkeys(("13", "23"), Role.FLOOR),
        "24": Role.STAIR,
        **dict.fromkeys(("16", "17"), Role.FOUNDATION),
        "27": Role.ROOF,
        "28": Role.COLUMN,
        "31": Role.WINDOW,
        "32": Role.DOOR,
        "34": Role.RAILING,
        **dict.fromkeys(("41", "42"), Role.FINISH),
        "43": Role.FLOOR,
        "45": Role.OVERHEAD,
        "47": Role.ROOF,
        **dict.fromkeys(("52", "53", "54", "55", "56", "57", "61", "62", "63"), Role.SERVICES),
        **dict.fromkeys(("71", "72", "73", "75", "76", "82"), Role.FURNITURE),
        "74": Role.FIXTURE,
        "90": Role.SITE,
    }
)
"""NL-SfB (CI/SfB table 1) building elements, used inside ISO 13567 names."""

BSAB_ELEMENTS: Final = MappingProxyType(
    {
        "15": Role.FOUNDATION,
        "27B": Role.WALL,
        "27C": Role.WALL,
        "27D": Role.COLUMN,
        "27E": Role.COLUMN,
        "27F": Role.OVERHEAD,
        "27G": Role.FINISH,
        "41": Role.ROOF,
        "42B": Role.WALL,
        "42C": Role.WALL,
        "42D": Role.WINDOW,
        "43CB": Role.WALL,
        "43CC": Role.DOOR,
        "43D": Role.FINISH,
        "43E": Role.OVERHEAD,
        "44": Role.FLOOR,
        "45": Role.STAIR,
        "75": Role.FURNITURE,
        "76": Role.FURNITURE,
        "77": Role.FURNITURE,
    }
)
"""BSAB 96 building parts, used in Swedish ISO 13567 names; the longest prefix counts."""

PRESENTATION: Final = MappingProxyType(
    {
        "D": Role.DIMENSION,
        "M": Role.DIMENSION,
        "T": Role.TEXT,
        "N": Role.TEXT,
        "H": Role.HATCH,
        "P": Role.OVERHEAD,
        "B": Role.TITLE,
        "R": Role.TITLE,
        "V": Role.TITLE,
        "F": Role.OVERHEAD,
        "G": Role.GRID,
        "L": Role.GRID,
        "S": Role.SYMBOL,
        "J": Role.SYMBOL,
    }
)
"""Presentation letters of ISO 13567-2 and its national habits; E is the element itself."""

UNICLASS: Final = MappingProxyType(
    {
        **dict.fromkeys(("EF2510", "EF251", "SS2510", "SS2511", "SS2512", "SS2513"), Role.WALL),
        **dict.fromkeys(("SS2514", "SS2515", "SS2517"), Role.WALL),
        **dict.fromkeys(("SS2520", "SS2525", "SS2545"), Role.FINISH),
        **dict.fromkeys(("EF2530", "SS2530", "SS2532", "SS2538"), Role.OPENING),
        **dict.fromkeys(("PR305924",), Role.DOOR),
        **dict.fromkeys(("PR305998",), Role.WINDOW),
        **dict.fromkeys(("PR3059",), Role.OPENING),
        **dict.fromkeys(("SS2020",), Role.OVERHEAD),
        **dict.fromkeys(("SS2030",), Role.COLUMN),
        **dict.fromkeys(("SS2005", "EF2005"), Role.FOUNDATION),
        **dict.fromkeys(("SS3010", "EF3010"), Role.ROOF),
        **dict.fromkeys(("SS3012", "SS3020", "EF3020"), Role.FLOOR),
        **dict.fromkeys(("SS3042",), Role.HATCH),
        **dict.fromkeys(("SS3025",), Role.OVERHEAD),
        **dict.fromkeys(("SS3510", "SS3580", "EF3510"), Role.STAIR),
        **dict.fromkeys(("SS3590", "PR25"), Role.RAILING),
        **dict.fromkeys(("SS4015", "PR4020"), Role.FIXTURE),
        **dict.fromkeys(("SS40", "PR4030", "PR4050", "EF40", "FF40"), Role.FURNITURE),
        **dict.fromkeys(("SS55", "SS60", "SS65", "SS70", "PR60", "PR65", "PR70"), Role.SERVICES),
        **dict.fromkeys(("SL",), Role.ROOM_AREA),
    }
)
"""Uniclass 2015 codes without separators; the longest prefix counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Plain words of layer names in some twenty languages.

    Parameters
    ----------
    words
        Whole word → roles it may mean.
    stems
        (part of a longer word, role).
    weak
        Words that also mean something else.
    rooms
        Names of rooms.
    """

    words: Mapping[str, tuple[Role, ...]]
    stems: tuple[tuple[str, Role], ...]
    weak: frozenset[str]
    rooms: frozenset[str]


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """Return the words of ``layer_words.toml``: English, German, French, Spanish, Italian,
    Portuguese, Catalan, Dutch, Swedish, Norwegian, Danish, Finnish, Polish, Czech,
    Hungarian, Turkish, Russian, Ukrainian, Chinese, Japanese, Korean, and the short
    codes that drafters use.
    """
    table = tomllib.loads((files(__package__) / "layer_words.toml").read_text(encoding="utf-8"))
    words: dict[str, tuple[Role, ...]] = {}
    for role, listed in table["words"].items():
        for word in listed.split():
            words[word] = (*words.get(word, ()), Role(role))
    stems = tuple(
        (stem, Role(role)) for role, text in table["stems"].items() for stem in text.split()
    )
    return Vocabulary(
        words=MappingProxyType(words),
        stems=stems,
        weak=frozenset(table["weak"]["words"].split()),
        rooms=frozenset(table["rooms"]["words"].split()),
    )
