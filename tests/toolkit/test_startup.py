"""`recon --help` costs little and loads nothing heavy."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

HEAVY = ("torch", "vtkmodules", "pyvista", "monai", "ifcopenshell", "numba", "SimpleITK", "ezdxf")
PRINT_LOADED = (
    "import sys; from toolkit.cli.app import main\n"
    "try: main({arguments!r})\n"
    "except SystemExit: pass\n"
    "print('LOADED', *sorted({{name.split('.')[0] for name in sys.modules}}))"
)
CPU_LIMIT_S = 0.5
"""What the project promises for `recon --help`, in CPU seconds, not wall clock."""


@pytest.mark.parametrize("command", [[], ["medical"], ["architecture"], ["medical", "reconstruct"]])
def test_help_loads_nothing_heavy(command: list[str]) -> None:
    script = PRINT_LOADED.format(arguments=[*command, "--help"])
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    text, _, loaded = done.stdout.partition("LOADED")
    assert "Usage" in text
    assert not set(HEAVY) & set(loaded.split())


def test_help_answers_within_half_a_second_of_cpu_time() -> None:
    def cpu_seconds() -> float:
        before = os.times()
        subprocess.run(
            [sys.executable, "-m", "toolkit.cli.app", "--help"], capture_output=True, check=True
        )
        after = os.times()
        return (after.children_user + after.children_system) - (
            before.children_user + before.children_system
        )

    assert min(cpu_seconds() for _ in range(3)) < CPU_LIMIT_S
