"""Kernels run on every installation, and slabs cover the work once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import kernels

ROOT = Path(__file__).resolve().parents[2]


@given(st.integers(0, 500), st.integers(1, 9))
def test_slabs_cover_the_length_once(length, threads):
    bounds = kernels.slab_bounds(length, threads=threads)
    covered = [n for first, end in bounds for n in range(first, end)]
    assert covered == list(range(length))


def test_all_slabs_are_worked_on():
    done = []
    kernels.run_slabs(lambda first, end: done.extend(range(first, end)), 100)
    assert sorted(done) == list(range(100))


def test_an_error_in_a_slab_comes_out():
    def work(first, _end):
        if first > 0 or kernels.thread_count() == 1:
            raise ValueError("slab")

    with pytest.raises(ValueError, match="slab"):
        kernels.run_slabs(work, 100)


def test_kernels_work_without_a_writable_cache(tmp_path):
    """As in a read-only installation without a home: uncached, and said so."""
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/__init__.py").touch()
    (tmp_path / "shared/kernels.py").write_text((ROOT / "shared/kernels.py").read_text())
    (tmp_path / "shared/__pycache__").touch()  # a file: no folder can be made here
    (tmp_path / "nowhere").touch()
    code = (
        "from shared.kernels import kernel, cache_state\n"
        "from shared import probe\n"
        "print(probe.one_more(1), cache_state().is_usable)\n"
    )
    (tmp_path / "shared/probe.py").write_text(
        "from shared.kernels import kernel\n@kernel\ndef one_more(x):\n    return x + 1\n"
    )
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("NUMBA_CACHE_DIR", "PYTHONPATH", "XDG_CACHE_HOME", "IPYTHONDIR")
    }
    environment |= {"HOME": str(tmp_path / "nowhere"), "XDG_CACHE_HOME": str(tmp_path / "nowhere")}
    result = subprocess.run(
        [sys.executable, "-B", "-c", code],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.stdout.split() == ["2", "False"], result.stderr


def test_the_state_of_the_cache_is_one_sentence():
    state = kernels.cache_state()
    assert str(state)
    assert state.is_usable == (not state.note)
