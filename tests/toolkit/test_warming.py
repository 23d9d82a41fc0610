"""After `recon doctor --warm` the main jobs compile nothing: every kernel they use is there."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from toolkit.warming import AIR_HU, BONE_HU, small_head

WARM_ROOMS = ("shared.surfaces.", "shared.filters.")
"""Modules of which no kernel may stay cold: networks and labels need what bone does not."""

SCRIPT = """
import importlib, pkgutil, sys
from pathlib import Path
from numba.core.registry import CPUDispatcher

def kernels():
    found = {}
    for name in ("shared", "medical", "architecture", "toolkit"):
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, name + "."):
            if ".cuda" in module.name:
                continue
            for key, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, CPUDispatcher) and value.py_func.__module__ == module.name:
                    inlined = value.targetoptions.get("no_cpython_wrapper")
                    if not inlined:
                        found[module.name + "." + key] = value
    return found

def known(kernels):
    return {name: set(kernel.signatures) for name, kernel in kernels.items()}

def run(*words):
    from toolkit.cli.app import main
    try:
        main([str(word) for word in words])
    except SystemExit as left:
        assert not left.code, words

from toolkit.warming import warm_up
found = kernels()
assert len(found) > 40, "the walk finds the kernels"
warm_up()
before = known(found)
scan, out = Path(sys.argv[1]), Path(sys.argv[2])
parts = ("--structure", "bone", "--structure", "skin")
run("medical", "reconstruct", scan, "-o", out / "a.glb", "-o", out / "a.ply", "--merge", *parts)
run("medical", "reconstruct", scan, "-o", out / "b.stl", "--smooth", "--faces", "20%")
run("check", out / "b.stl")
open_box = b"solid\\n" + b"".join(
    b"facet normal 0 0 0\\nouter loop\\n" + b"".join(b"vertex %d %d %d\\n" % p for p in face)
    + b"endloop\\nendfacet\\n"
    for face in [((0,0,0),(0,9,0),(9,0,0)), ((0,0,0),(9,0,0),(0,0,9)), ((0,0,0),(0,0,9),(0,9,0))]
) + b"endsolid\\n"
(out / "c.stl").write_bytes(open_box)
run("repair", out / "c.stl", "-o", out / "d.stl")
after = known(found)
called = {word for one in found.values() for word in one.py_func.__code__.co_names}
print()
for name in sorted(found):
    if after[name] - before[name]:
        print("NEW", name, *map(str, after[name] - before[name]))
    elif after[name]:
        print("USED", name)
    elif name.rpartition(".")[2] not in called:
        print("COLD", name)
"""


def test_the_main_jobs_compile_nothing_after_warming(tmp_path: Path, sample_data: Path) -> None:
    scan = tmp_path / "scan"
    scan.mkdir()
    for path in sorted((sample_data / "head_ct").iterdir())[::6]:
        shutil.copy(path, scan)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(scan), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith(("NEW", "USED", "COLD"))]
    assert [line for line in lines if line.startswith("NEW")] == []
    used = {line.split()[1] for line in lines if line.startswith("USED")}
    for module in ("surfaces.cells", "surfaces.label_emission", "filters.runs", "meshing.kernels"):
        assert any(f"shared.{module}" in name for name in used)
    cold = {line.split()[1] for line in lines if line.startswith("COLD")}
    assert {name for name in cold if name.startswith(WARM_ROOMS)} == set()


def test_the_small_head_has_what_a_scan_has() -> None:
    head = small_head()
    assert head.dtype == np.int16
    assert (head.min(), head.max()) == (AIR_HU, BONE_HU)
