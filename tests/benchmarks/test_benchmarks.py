"""The benchmark's own rules: turns, pairs, skipped peers, sections that are replaced."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks.contest import Contest, Entrant
from benchmarks.fields import regions
from benchmarks.measure import Timing, peak_bytes, race
from benchmarks.table import put, section


def contest(*entrants):
    return Contest(
        title="Sums",
        make=lambda: np.ones(10),
        crop=lambda given: given[:2].copy(),
        output_bytes=lambda found: 8,
        entrants=entrants,
    )


def test_entrants_take_turns_on_fresh_inputs():
    seen = []

    def spoil(name, given):
        seen.append((name, float(given.sum())))
        given[:] = 0.0

    found = contest(*(Entrant(name=n, run=lambda given, n=n: spoil(n, given)) for n in "ab"))
    times, _, written = race(found, np.ones(10), 2, lambda word: None)
    assert seen == [("a", 2.0), ("b", 2.0), ("a", 10.0), ("b", 10.0), ("b", 10.0), ("a", 10.0)]
    assert {name: len(found) for name, found in times.items()} == {"a": 2, "b": 2}
    assert written == 8


def test_a_peer_that_is_not_here_is_skipped_with_a_word():
    def absent(given):
        raise ImportError("no such library")

    words = []
    found = contest(Entrant(name="ours", run=np.sum), Entrant(name="peer", run=absent))
    times, _, _ = race(found, np.ones(10), 1, words.append)
    assert list(times) == ["ours"]
    assert any("peer is skipped: no such library" in word for word in words)


def test_ratios_are_taken_side_by_side():
    ours = [Timing(1.0, 2.0), Timing(10.0, 20.0), Timing(1.0, 2.0)]
    peer = [Timing(3.0, 2.0), Timing(30.0, 20.0), Timing(3.0, 2.0)]
    text = section("Sums", "", {"ours": ours, "peer": peer}, {}, {"peer": 5_000_000}, 0.5, "")
    assert "| peer | 3000.0 | 3.00 | 2000.0 | 1.00 | 0.67 | 5 |" in text
    assert "| *floor* | 500.0 |" in text


def test_a_section_replaces_the_one_of_its_title_alone(tmp_path):
    path = tmp_path / "RESULTS.md"
    put(path, {"One": "## One\n\nold\n", "Two": "## Two\n\nkept\n"}, "- a machine")
    put(path, {"One": "## One\n\nnew\n"}, "- another")
    text = path.read_text()
    assert text.count("## One") == text.count("## Two") == text.count("## Machine") == 1
    assert "new" in text
    assert "kept" in text
    assert "\n\nold" not in text
    assert "- another" in text


def test_all_contests_have_their_own_titles():
    titles = [one.title for one in command.contests(list(command.TOPICS))]
    assert len(titles) == len(set(titles)) >= 10


def test_memory_is_that_of_the_job_alone():
    title = "Distance: blobs 192×256×256, anisotropic"
    grown = peak_bytes(title, "recon `distance`")
    assert grown == pytest.approx(4 * 192 * 256 * 256, rel=0.6)


def test_regions_are_many_and_whole():
    found = regions(24, 5)
    assert set(np.unique(found)) == set(range(6))
