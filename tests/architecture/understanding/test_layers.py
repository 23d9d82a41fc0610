"""Layer names say what they say in many standards and languages, and no more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from architecture.understanding.layer_words import PRECEDENCE, vocabulary
from architecture.understanding.layers import (
    Role,
    fold,
    guess_role,
    guess_roles,
    local_name,
    parse_override,
)
from architecture.understanding.overrides import about_patterns
from shared.errors import UsageError
from tests.fixtures.houses import Habit, draw, random_house

NAMES = [
    # AIA / National CAD Standard
    ("A-WALL", Role.WALL),
    ("A-WALL-FULL-N", Role.WALL),
    ("A-WALL-PATT", Role.HATCH),
    ("A-WALL-FNSH", Role.FINISH),
    ("I-WALL", Role.WALL),
    ("A-GLAZ-CURT", Role.WINDOW),
    ("A-FLOR-STRS", Role.STAIR),
    ("A-FLOR-HRAL", Role.RAILING),
    ("A-FLOR-OVHD", Role.OVERHEAD),
    ("A-FLOR-PFIX", Role.FIXTURE),
    ("A-ANNO-DIMS", Role.DIMENSION),
    ("A-AREA-IDEN", Role.ROOM_AREA),
    ("G-ANNO-TTLB", Role.TITLE),
    ("S-GRID", Role.GRID),
    ("S-BEAM", Role.OVERHEAD),
    ("C-PROP", Role.SITE),
    # ISO 13567 with NL-SfB
    ("A-21----E-", Role.WALL),
    ("A-22----H-", Role.HATCH),
    ("A-31----E1", Role.WINDOW),
    ("A-32----E-", Role.DOOR),
    ("A-24----E-", Role.STAIR),
    ("A-00----T-", Role.TEXT),
    # ISO 13567 with BSAB
    ("A-27B----E-", Role.WALL),
    ("A-43CC---E-", Role.DOOR),
    ("A-42D----E-", Role.WINDOW),
    # BS 1192 with Uniclass
    ("A-Ss2512-M_Walls", Role.WALL),
    ("A-Ss_25_10-M", Role.WALL),
    ("A-Ss2512-H_Walls", Role.HATCH),
    ("A-Pr3059-M_Doors", Role.DOOR),
    ("A-Zz30-T_RoomTags", Role.ROOM_AREA),
    # plain words
    ("Walls", Role.WALL),
    ("External Walls", Role.WALL),
    ("wall dimensions", Role.DIMENSION),
    ("Door Tags", Role.TEXT),
    ("GARAGE-DOOR", Role.DOOR),
    ("CURTWALL", Role.WINDOW),
    ("Außenwände", Role.WALL),
    ("AR_Innenwand_tragend", Role.WALL),
    ("Fenster", Role.WINDOW),
    ("Türen", Role.DOOR),
    ("TUEREN", Role.DOOR),
    ("Treppen", Role.STAIR),
    ("Bemaßung", Role.DIMENSION),
    ("Möbel", Role.FURNITURE),
    ("Wand_Schraffur", Role.HATCH),
    ("Raumstempel", Role.ROOM_AREA),
    ("Unterzüge", Role.OVERHEAD),
    ("Stützen", Role.COLUMN),
    ("Cloisons", Role.WALL),
    ("Murs porteurs", Role.WALL),
    ("Fenêtres", Role.WINDOW),
    ("Escaliers", Role.STAIR),
    ("Cotations", Role.DIMENSION),
    ("Muros", Role.WALL),
    ("Tabiquería", Role.WALL),
    ("Ventanas", Role.WINDOW),
    ("Cotas", Role.DIMENSION),
    ("Mobiliario", Role.FURNITURE),
    ("TRAMEZZI", Role.WALL),
    ("PORTE", Role.DOOR),
    ("FINESTRE", Role.WINDOW),
    ("QUOTE", Role.DIMENSION),
    ("Pilastri", Role.COLUMN),
    ("Alvenaria", Role.WALL),
    ("Janelas", Role.WINDOW),
    ("Envans", Role.WALL),
    ("Finestres", Role.WINDOW),
    ("Binnenwanden", Role.WALL),
    ("Kozijnen", Role.WINDOW),
    ("Maatvoering", Role.DIMENSION),
    ("Vägg", Role.WALL),
    ("Dörrar", Role.DOOR),
    ("Fönster", Role.WINDOW),
    ("Innervegger", Role.WALL),
    ("Vinduer", Role.WINDOW),
    ("Døre", Role.DOOR),
    ("Ściany", Role.WALL),
    ("Drzwi", Role.DOOR),
    ("Schody", Role.STAIR),
    ("Duvarlar", Role.WALL),
    ("Kapı", Role.DOOR),
    ("Pencere", Role.WINDOW),
    ("墙体", Role.WALL),
    ("BS-窗", Role.WINDOW),
    ("楼梯", Role.STAIR),
    ("SH-尺寸", Role.DIMENSION),
    ("轴线", Role.GRID),
    ("間仕切壁", Role.WALL),
    ("建具", Role.DOOR),
    ("通り芯", Role.GRID),
    ("벽체", Role.WALL),
    ("창호", Role.WINDOW),
    ("계단", Role.STAIR),
    ("Стены", Role.WALL),
    # nothing
    ("0", Role.OTHER),
    ("47", Role.OTHER),
    ("PEN_025", Role.OTHER),
    ("E14-348G", Role.OTHER),
]


@pytest.mark.parametrize(("name", "role"), NAMES, ids=[name for name, _ in NAMES])
def test_a_name_has_the_role_its_standard_or_language_gives_it(name: str, role: Role) -> None:
    assert guess_role(name).role is role


def test_a_bound_reference_prefix_is_ignored() -> None:
    assert guess_role("xref-House-08$0$A-WALL") == guess_role("A-WALL")
    assert local_name("a$0$b$1$DOORS") == "DOORS"


def test_a_meaningless_name_has_no_weight() -> None:
    assert guess_role("0").score == 0.0
    assert guess_role("qwrtz").score == 0.0


def test_standards_count_more_than_words_and_words_more_than_parts() -> None:
    scores = [guess_role(name).score for name in ("A-WALL", "Walls", "xyzwallxyz", "0")]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)


def test_a_swedish_set_reads_bare_numbers_as_bsab() -> None:
    guesses = guess_roles(["A-27B----E-", "A-45-----E-"])
    assert guesses["A-45-----E-"].role is Role.STAIR
    assert "BSAB" in guesses["A-45-----E-"].reason


def test_a_person_has_the_last_word() -> None:
    overrides = (parse_override("A-WALL*=grid"), parse_override("a-wall-p?tt=furniture"))
    assert guess_role("A-WALL", overrides=overrides).role is Role.GRID
    assert guess_role("x$0$A-WALL-PATT", overrides=overrides).role is Role.FURNITURE
    assert guess_role("A-DOOR", overrides=overrides).role is Role.DOOR
    assert guess_role("A-WALL", overrides=overrides).score == 1.0


def test_an_override_takes_synonyms_and_layers_with_an_equals_sign() -> None:
    assert parse_override("pen=3=glazing").role is Role.WINDOW
    assert parse_override("pen=3=glazing").pattern == "pen=3"


@pytest.mark.parametrize("text", ["A-WALL", "=wall", "A-WALL=", "A-WALL=wal"])
def test_an_override_that_names_no_role_is_refused_with_the_roles(text: str) -> None:
    with pytest.raises(UsageError, match="room-area"):
        parse_override(text)


@given(st.text(max_size=40))
def test_any_name_at_all_gets_a_guess(name: str) -> None:
    guess = guess_role(name)
    assert 0.0 <= guess.score <= 1.0
    assert guess.reason


def test_every_role_has_its_place_in_the_order_and_every_word_is_folded() -> None:
    assert set(PRECEDENCE) == set(Role)
    known = vocabulary()
    assert known.weak <= set(known.words)
    for word in known.words:
        assert fold(word) == word


def test_a_pattern_that_meets_no_layer_is_told_with_the_nearest_names() -> None:
    drawing = draw(random_house(1), Habit(layers="aia"))
    said = [parse_override("a-wal=wall"), parse_override("A-DOOR=door")]
    (finding,) = about_patterns(said, drawing)
    assert finding.details["pattern"] == "a-wal"
    assert finding.details["nearest"][0] == "A-WALL"
