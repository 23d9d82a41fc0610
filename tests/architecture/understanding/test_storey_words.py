"""Titles name storeys in many languages; their ranks put them in order."""

from __future__ import annotations

import pytest

from architecture.understanding.storey_words import StoreyMark, storey_mark
from architecture.understanding.view_words import ViewKind, view_kind

BUILDINGS = [
    ("Basement", "Lower ground floor", "GROUND FLOOR PLAN", "Mezzanine", "First Floor", "Attic"),
    ("B1F", "1F", "2F", "3F"),
    ("LEVEL 1 FLOOR PLAN  1:100", "LEVEL 2 FLOOR PLAN 1:100", "Level 3"),
    ("Tiefkeller", "Kellergeschoss", "Grundriss EG", "1.OG", "2. Obergeschoss", "Dachgeschoss"),
    ("Sous-sol", "Rez-de-chaussée", "1er étage", "2ème étage", "Combles"),
    ("RDC", "R+1", "R+2"),
    ("Sótano", "PLANTA BAJA", "PLANTA PRIMERA", "PLANTA 2ª", "Planta tercera", "Ático"),
    ("Piano interrato", "PIANTA PIANO TERRA", "PIANTA PIANO PRIMO", "PIANTA SOTTOTETTO"),
    ("CAVE", "PLANTA DO R/C", "PLANTA DO 1.º PISO", "PLANTA DO 2.º PISO"),
    ("kelder", "begane grond", "1e verdieping", "tweede verdieping", "zolder"),
    ("Källare", "PLAN 1", "PLAN 2", "Vind"),
    ("Kjeller", "1. etasje", "2. etasje", "Loft"),
    ("Piwnica", "RZUT PARTERU", "RZUT I PIĘTRA", "RZUT II PIĘTRA", "Poddasze"),
    ("BODRUM KAT", "ZEMİN KAT PLANI", "1. KAT PLANI", "2. NORMAL KAT", "ÇATI KATI PLANI"),
    ("地下一层平面图", "一层平面图", "二层平面图", "三层平面图", "十二层平面图"),
    ("地下1階", "1階平面図", "2階平面図"),
    ("지하1층", "1층 평면도", "2층 평면도"),
]


@pytest.mark.parametrize("titles", BUILDINGS, ids=lambda titles: titles[1])
def test_titles_from_the_bottom_up_have_rising_ranks(titles: tuple[str, ...]) -> None:
    marks = [storey_mark(title) for title in titles]
    assert all(mark is not None for mark in marks)
    ranks = [mark.rank for mark in marks if mark is not None]
    assert ranks == sorted(set(ranks))


@pytest.mark.parametrize(
    "title", ["FLOOR PLAN", "Floor plan 1:100", 'PLAN 1/4" = 1\'-0"', "SECTION A-A", "Kitchen"]
)
def test_a_title_that_names_no_storey_has_no_rank(title: str) -> None:
    assert storey_mark(title) is None


@pytest.mark.parametrize(
    ("title", "rank", "count"),
    [
        ("TYPICAL FLOOR PLAN 2-5", 2.0, 4),
        ("2nd to 4th floor", 2.0, 3),
        ("TYPICAL 2–5", 2.0, 4),
        ("1.-3. OG", 1.0, 3),
        ("étages 2 à 4", 2.0, 3),
        ("三至五层平面图", 3.0, 3),
    ],
)
def test_a_typical_plan_stands_for_several_storeys(title: str, rank: float, count: int) -> None:
    assert storey_mark(title) == StoreyMark(rank, count)


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("SECTION A-A", ViewKind.SECTION),
        ("Schnitt 1-1", ViewKind.SECTION),
        ("COUPE BB'", ViewKind.SECTION),
        ("FRONT ELEVATION", ViewKind.ELEVATION),
        ("Südansicht", ViewKind.ELEVATION),
        ("ALZADO PRINCIPAL", ViewKind.ELEVATION),
        ("Prospetto nord", ViewKind.ELEVATION),
        ("南立面图", ViewKind.ELEVATION),
        ("ROOF PLAN", ViewKind.ROOF),
        ("PLANTA DE CUBIERTA", ViewKind.ROOF),
        ("SITE PLAN", ViewKind.SITE),
        ("Lageplan", ViewKind.SITE),
        ("FOUNDATION PLAN", ViewKind.FOUNDATION),
        ("REFLECTED CEILING PLAN", ViewKind.CEILING),
        ("GROUND FLOOR PLAN", None),
        ("Grundriss 1. OG", None),
        ("PIANTA SOTTOTETTO", None),
        ("ÇATI KATI PLANI", None),
    ],
)
def test_a_title_says_what_is_drawn(title: str, kind: ViewKind | None) -> None:
    assert view_kind(title) is kind
