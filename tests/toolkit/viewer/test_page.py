"""The standalone page, opened in a real browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest

from shared.concept import Concept, Label
from shared.formats import staged_outputs
from shared.frame import PATIENT_LPS_MM
from shared.scene import Part, Scene
from tests.conftest import absent
from tests.shared.meshing.shapes import sphere
from toolkit.viewer.page import write_page

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader"),
    *("--use-gl=angle", "--use-angle=swiftshader", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-quic"),
    *("--virtual-time-budget=4000", "--window-size=1200,800", "--dump-dom"),
)
PROPERTIES = {
    "volume_ml": 525.2255,
    "closed": True,
    "piece_volumes_ml": [488.1, 36.0],
    "bounding_box_mm": {"x": {"R": -66.9, "L": 66.9}, "z": {"I": -126.0}},
    "caps": [{"side": "I", "area_mm2": 396.0, "place_mm": [1.0, 2.0, 3.0]}, {"side": "S"}],
    "openings": [],
    "note": "<b>5 & 6</b>",
    "nothing": None,
}


@pytest.fixture
def dom(tmp_path: Path) -> Callable[[Path, str], str]:
    """Open a page at a fragment, and return the document once its script has run."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        absent("there is no Chromium", "RECON_REQUIRE_VALIDATORS")

    def opened(page: Path, fragment: str) -> str:
        command = [str(browser), *FLAGS, f"--user-data-dir={tmp_path / 'profile'}"]
        done = subprocess.run(
            [*command, f"{page.as_uri()}#{fragment}"], capture_output=True, text=True, timeout=120
        )
        return done.stdout

    return opened


def scene() -> Scene:
    concept = Concept(scheme="SCT", code="272673000", meaning="Bone")
    part = Part(
        path="/head/skull bone",
        mesh=sphere(10.0),
        label=Label(value=1, name="bone", concept=concept),
        properties=PROPERTIES,
    )
    return Scene(title="Head <1>", frame=PATIENT_LPS_MM, parts=(part,))


def rows_of(document: str) -> list[tuple[int, str, str]]:
    """The pick panel's rows: indent in pixels, key, value."""
    panel = document.partition('id="picked"')[2].partition('id="axes"')[0]
    found = re.findall(
        r'<tr><td style="padding-left: (\d+)px;">(.*?)</td><td>(.*?)</td></tr>', panel
    )
    return [(int(indent), unescape(key), unescape(value)) for indent, key, value in found]


def test_a_picked_part_is_told_in_nested_rows_with_units(
    dom: Callable[[Path, str], str], tmp_path: Path
) -> None:
    page = tmp_path / "head.html"
    with staged_outputs() as staging:
        write_page(scene(), page, staging)
    document = dom(page, "/head/skull%20bone")
    rows = rows_of(document)
    told = [(indent > 0, key, value) for indent, key, value in rows]
    assert told[:3] == [
        (False, "label", "bone"),
        (False, "meaning", "Bone (SCT 272673000)"),
        (False, "path", "/head/skull bone"),
    ]
    for row in (
        (False, "volume", "525.226 ml"),
        (False, "closed", "yes"),
        (False, "piece volumes", "488.1, 36 ml"),
        (False, "bounding box", ""),
        (True, "R", "-66.9 mm"),
        (True, "I", "-126 mm"),
        (False, "caps", ""),
        (True, "area", "396 mm²"),
        (True, "place", "1, 2, 3 mm"),
        (False, "openings", "none"),
        (False, "note", "<b>5 & 6</b>"),
        (False, "nothing", "–"),
    ):
        assert row in told
    assert not any(sign in value for _, _, value in rows for sign in "{}[]"), "no raw JSON"
    indents = {key: indent for indent, key, _ in rows}
    assert indents["bounding box"] < indents["x"] < indents["R"]
    assert "Head &lt;1&gt;" in document
    assert 'id="picked" style="display: block;"' in document
