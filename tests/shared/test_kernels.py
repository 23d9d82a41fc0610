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


KERNEL = "from shared.kernels import kernel, inlined, cache_state\n"


def installation(folder, **modules):
    """A copy of the kernel module with some modules beside it."""
    (folder / "shared").mkdir()
    (folder / "shared/__init__.py").touch()
    (folder / "shared/kernels.py").write_text((ROOT / "shared/kernels.py").read_text())
    for name, source in modules.items():
        (folder / f"shared/{name}.py").write_text(KERNEL + source)
    return folder


def run(folder, code, **changes):
    hidden = ("NUMBA_CACHE_DIR", "PYTHONPATH", "XDG_CACHE_HOME")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    result = subprocess.run(
        [sys.executable, "-B", "-c", code],
        cwd=folder, env=environment | changes, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    return result.stdout.split()


def test_kernels_work_without_a_writable_cache(tmp_path):
    """As in a read-only installation without a home: uncached, and said so."""
    source = "@kernel\ndef one_more(x):\n    return x + 1\n"
    folder = installation(tmp_path, probe=source)
    (folder / "shared/__pycache__").touch()  # a file: no folder can be made here
    (folder / "nowhere").touch()
    nowhere = str(folder / "nowhere")
    code = "from shared.probe import *\nprint(one_more(1), cache_state().is_usable)"
    assert run(folder, code, HOME=nowhere, XDG_CACHE_HOME=nowhere) == ["2", "False"]


def test_kept_kernels_are_not_used_when_a_kernel_they_call_has_changed(tmp_path):
    inner = "@inlined\ndef step():\n    return {}\n"
    outer = "from shared.inner import step\n@kernel\ndef more(x):\n    return x + step()\n"
    folder = installation(tmp_path, inner=inner.format(1), outer=outer)
    code = "from shared.outer import more\nprint(more(1), sum(more.stats.cache_hits.values()))"
    assert run(folder, code) == ["2", "0"]
    assert run(folder, code) == ["2", "1"]
    (folder / "shared/inner.py").write_text(KERNEL + inner.format(5))
    assert run(folder, code) == ["6", "0"]


@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_spoilt_kernels_are_compiled_again(suffix, share, tmp_path):
    """As another version leaves them, whose classes are gone, or a full disk."""
    folder = installation(tmp_path, probe="@kernel\ndef one_more(x):\n    return x + 1\n")
    code = (
        "from shared.probe import one_more\n"
        "print(one_more(1), sum(one_more.stats.cache_hits.values()))"
    )
    assert run(folder, code) == ["2", "0"]
    for kept in (folder / "shared/__pycache__").glob(f"*.{suffix}"):
        data = kept.read_bytes()
        kept.write_bytes(data[: int(share * len(data))])
    assert run(folder, code) == ["2", "0"]
    assert run(folder, code) == ["2", "1"]


def test_the_state_of_the_cache_is_one_sentence():
    state = kernels.cache_state()
    assert str(state)
    assert state.is_usable == (not state.note)


def test_the_first_kernel_loads_neither_scipy_nor_torch():
    program = (
        "import sys, numpy as np\n"
        "from shared.bits import pack_bits\n"
        "assert pack_bits(np.ones((1, 1, 3), bool)).tolist() == [[[7]]]\n"
        "assert not {'scipy.linalg', 'scipy.special', 'torch'} & set(sys.modules)\n"
        "from numba.np import arraymath, linalg\n"
        "linalg.ensure_blas()\n"
        "assert arraymath.ensure_blas is linalg.ensure_blas\n"
        "assert 'scipy.linalg.cython_blas' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)
