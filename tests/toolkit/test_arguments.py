from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import UsageError
from toolkit.cli.arguments import parse_faces, spread_outputs


def test_several_words_after_one_output_option_are_outputs() -> None:
    words = ["build", "-o", "a.ifc", "b.glb", "c.stl", "plan.dxf", "--unit", "mm"]
    assert spread_outputs(words) == [
        *("build", "-o", "a.ifc", "-o", "b.glb", "-o", "c.stl", "plan.dxf", "--unit", "mm")
    ]


def test_a_model_to_look_at_is_no_output() -> None:
    assert spread_outputs(["view", "a.glb", "--html", "b.html"]) == [
        "view",
        "a.glb",
        "--html",
        "b.html",
    ]


@given(st.lists(st.sampled_from(["-o", "a.stl", "b.glb", "--smooth", "ct", "--output"])))
def test_spreading_twice_is_spreading_once(words: list[str]) -> None:
    once = spread_outputs(words)
    assert spread_outputs(once) == once


@given(st.integers(4, 10**9))
def test_a_number_of_faces_is_a_number(count: int) -> None:
    assert parse_faces(str(count)) == (count, None)


@given(st.integers(1, 100))
def test_a_percentage_is_a_share(percent: int) -> None:
    assert parse_faces(f"{percent}%") == (None, percent / 100)


@pytest.mark.parametrize("text", ["", "many", "0", "-5", "0%", "101%", "%", "3.5", "nan%"])
def test_other_words_are_no_faces(text: str) -> None:
    with pytest.raises(UsageError):
        parse_faces(text)
