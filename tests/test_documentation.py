"""What the documentation shows runs: docstrings, and the Python of the README."""

from __future__ import annotations

import doctest
import importlib
import re
import shutil
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGES = ("shared", "medical", "architecture", "toolkit")
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)
PUBLIC = (
    ("medical", "read_volume"),
    ("medical", "reconstruct"),
    ("medical", "stack"),
    ("medical", "write_image"),
    ("architecture", "read_drawing"),
    ("architecture", "understand"),
    ("architecture", "raise_building"),
    ("shared.formats", "read_scene"),
    ("shared.formats", "write_scene"),
)


@pytest.mark.parametrize("name", MODULES)
def test_docstrings_run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    results = doctest.testmod(importlib.import_module(name))
    assert results.attempted > 0
    assert results.failed == 0


@pytest.mark.parametrize(("module", "name"), PUBLIC, ids=lambda word: word)
def test_every_public_function_shows_how_it_is_used(module: str, name: str) -> None:
    function = getattr(importlib.import_module(module), name)
    examples = doctest.DocTestParser().get_examples(function.__doc__)
    assert examples
    assert not any(doctest.SKIP in example.options for example in examples)


def test_python_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert blocks
    shutil.copytree(ROOT / "sample_data", tmp_path / "sample_data")
    monkeypatch.chdir(tmp_path)
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})
    assert (tmp_path / "skull.stl").is_file()
    assert (tmp_path / "house.ifc").is_file()
