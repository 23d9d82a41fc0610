"""Tables stay readable where a terminal is narrow."""

from __future__ import annotations

import pytest
from rich.console import Console

from toolkit.cli import console
from toolkit.cli.architecture import print_summary

WIDTH = 60


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "console", lambda: Console(width=WIDTH, highlight=False))


def test_what_inspect_tells_of_layers_and_plans_fits_sixty_columns(
    narrow, sample_data, capsys
) -> None:
    from architecture.inspect import inspect
    from architecture.reading.read import read_drawing

    summary = inspect(read_drawing(sample_data / "house" / "ground_floor.dxf"))
    print_summary(summary)
    text = capsys.readouterr().out
    table = text[text.index("Layers") : text.index("Texts")].splitlines()
    assert max(map(len, table)) <= WIDTH
    firsts = [line.split()[0] for line in table if line[1:2].strip()]
    for layer in summary.layers:
        assert layer.name in firsts, "a layer's name is on one line"
    row = next(line for line in table if line.split()[:1] == ["A-FLOR-STRS"])
    assert "stair" in row
    assert "23 strokes" in row


def test_a_long_name_is_broken_only_past_what_a_narrow_terminal_can_give(narrow, capsys) -> None:
    long = "N" * 40
    console.print_table("T", ("name", "why"), [(long, "because " * 12)])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= WIDTH
    pieces = [len(line.split()[0]) for line in lines if line.strip().startswith("N")]
    assert sum(pieces) == len(long)
    assert pieces[0] >= console.UNBROKEN_LETTERS
