"""Fixtures that every test may use, and the rule that nothing is skipped in CI."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

os.environ.setdefault("TRITON_INTERPRET", "1")
"""CUDA kernels run under Triton's interpreter, unless 0 asks for the GPU; before any import."""

settings.register_profile("default", max_examples=25, deadline=None)
settings.load_profile("default")


def absent(reason: str, required_by: str) -> None:
    """Skip with a reason, or fail where the named environment variable forbids skipping."""
    if os.environ.get(required_by):
        pytest.fail(f"{reason} ({required_by} is set)")
    pytest.skip(reason)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Turn any other skip of a `real` test into a failure where RECON_REQUIRE_REAL is set."""
    outcome = yield
    report = outcome.get_result()
    forbidden = os.environ.get("RECON_REQUIRE_REAL") and item.get_closest_marker("real")
    if forbidden and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"a test on real data was skipped: {report.longrepr}"


@pytest.fixture(scope="session")
def device() -> str:
    """Where CUDA kernels are tested: the CPU, interpreted; a GPU with TRITON_INTERPRET=0."""
    if importlib.util.find_spec("triton") is None:
        if sys.platform == "linux":
            pytest.fail("triton is not installed: pip install -c constraints.txt -e '.[test]'")
        pytest.skip(f"triton has no wheels for {sys.platform}")
    if os.environ["TRITON_INTERPRET"] != "1":
        return "cuda"
    from triton.runtime import interpreter

    with suppress(AttributeError):  # words wrap on purpose; looking out for it takes long
        object.__setattr__(interpreter.interpreter_builder.options, "sanitize_overflow", False)
    return "cpu"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data."""
    folder = Path(os.environ.get("RECON_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        absent(f"no real data at {folder}; set RECON_DATA", "RECON_REQUIRE_REAL")
    return folder


@pytest.fixture(scope="session")
def scorers(real_data: Path) -> Path:
    """The folder of scripts that hold a result against its truth, beside the real data."""
    folder = real_data.parent / "tools"
    if not folder.is_dir():
        absent(f"no scorers at {folder}", "RECON_REQUIRE_REAL")
    return folder


@pytest.fixture(scope="session")
def run_validator() -> Callable[..., Any]:
    """A function that runs a script of tests/validators on Node.js and returns its JSON."""
    folder = ROOT / "tests" / "validators"
    node = shutil.which("node")
    if node is None or not (folder / "node_modules").is_dir():
        absent("validators are not installed; run: make validators", "RECON_REQUIRE_VALIDATORS")

    def run(script: str, *arguments: object) -> Any:
        command = [str(node), script, *map(str, arguments)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout[done.stdout.index("{") :])

    return run


@pytest.fixture(scope="session")
def sample_data() -> Path:
    """The folder of generated samples."""
    return ROOT / "sample_data"
