"""The command line under hard conditions: closed pipes, full disks, poor encodings, Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shared.frame import BUILDING_ENU_M
from tests.flows.test_check import write as write_cubes
from tests.shared.meshing.shapes import cube

RECON = [sys.executable, "-m", "toolkit.cli.app"]
ROOT = Path(__file__).resolve().parents[2]


def environment(**words: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "NUMBA_CACHE_DIR") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), **words}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cubes(tmp_path_factory.mktemp("a b") / "Häuser ✓.glb", [cube(2.0)], BUILDING_ENU_M)


def test_a_reader_that_goes_away_ends_the_run_quietly() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*RECON, "--help"], stdout=writing, stderr=subprocess.PIPE, env=environment(), check=False
    )
    os.close(writing)
    assert done.returncode == 128 + signal.SIGPIPE
    assert done.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_under_the_output_is_told_as_such() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*RECON, "--help"],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(),
            text=True,
            check=False,
        )
    assert done.returncode == 3
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


def test_units_stay_readable_where_the_encoding_is_poor(house: Path) -> None:
    done = subprocess.run(
        [*RECON, "check", str(house)],
        capture_output=True,
        env=environment(PYTHONIOENCODING="ascii", LC_ALL="C"),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode("ascii")
    assert "Sum: volume 8 m3, area 24 m2." in text
    assert "\x1b" not in text, "no color where nobody looks"


def test_no_home_no_locale_no_matter(house: Path, tmp_path: Path) -> None:
    picture = tmp_path / "Bild ✓.png"
    done = subprocess.run(
        [*RECON, "view", str(house), "--screenshot", str(picture)],
        capture_output=True,
        env=environment(),
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == f"wrote {picture}\n"
    assert picture.stat().st_size > 1000


def test_an_interrupt_leaves_no_file_and_no_traceback(sample_data: Path, tmp_path: Path) -> None:
    words = ("medical", "reconstruct", str(sample_data / "head_ct"), "--smooth")
    outputs = ("-o", str(tmp_path / "a.stl"), "-o", str(tmp_path / "a.glb"))
    begun = "import sys; from toolkit.cli.app import main; print('begun', flush=True); main()"
    running = subprocess.Popen(
        [sys.executable, "-c", begun, *words, *outputs],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        text=True,
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "begun\n"
    time.sleep(0.7)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 128 + signal.SIGINT
    assert err == "Error: Stopped.\n"
    assert out == ""
    assert not list(tmp_path.iterdir())
