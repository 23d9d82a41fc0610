"""`recon doctor` tells what is installed, and fails if something the jobs need is broken."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flows.conftest import Ran
from toolkit.cli import doctor

ROOT = Path(__file__).resolve().parents[2]


def test_a_sound_installation_is_told_with_every_package(recon: Callable[..., Ran]) -> None:
    ran = recon("doctor", "--json")
    assert ran.status == 0, ran.err
    facts = json.loads(ran.out)
    assert facts["rendering"].startswith("off screen works")
    assert "broken" not in ran.out
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = {doctor.REQUIREMENT_NAME.match(line)[0] for line in declared["dependencies"]}  # type: ignore[index]
    assert len(named & set(facts["packages"])) > 20
    assert all(facts["packages"].values())


def test_a_broken_part_is_named_and_fails(
    recon: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> str:
        raise OSError("libGL is missing")

    monkeypatch.setattr(doctor, "_rendering", broken)
    monkeypatch.setattr(doctor, "required_packages", lambda: ("numpy", "no-such-package"))
    ran = recon("doctor")
    assert ran.status == 1
    assert "rendering" in ran.err
    assert "no-such-package is missing" in ran.err
    assert "libGL is missing" in ran.out
