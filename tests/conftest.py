"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

settings.register_profile("default", max_examples=25, deadline=None)
settings.load_profile("default")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data; without it a skip, or a failure if RECON_REQUIRE_REAL is set."""
    folder = Path(os.environ.get("RECON_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        reason = f"no real data at {folder}; set RECON_DATA"
        if os.environ.get("RECON_REQUIRE_REAL"):
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


@pytest.fixture(scope="session")
def sample_data() -> Path:
    """The folder of generated samples."""
    return ROOT / "sample_data"
