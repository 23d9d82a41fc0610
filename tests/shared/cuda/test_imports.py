"""On a machine with a GPU: values with NumPy alone, kernels with torch and Triton besides."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
BLOCKED = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        first = name.partition(".")[0]
        if first not in sys.stdlib_module_names and first not in ("numpy", "shared"):
            raise ModuleNotFoundError(f"{name} is not on this machine", name=first)
sys.meta_path.insert(0, Blocked())
import """
VALUES = ("shared.affine", "shared.volume", "shared.mesh", "shared.device", "shared.errors")
PRIMITIVES = ("shared.filters", "shared.surfaces", "shared.meshing")


def load_with_numpy_alone(*modules: str) -> None:
    script = BLOCKED + ", ".join(modules)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr


def test_values_and_primitives_load_with_numpy_alone() -> None:
    load_with_numpy_alone(*VALUES, *PRIMITIVES)


def test_host_kernels_do_not() -> None:
    with pytest.raises(AssertionError, match="not on this machine"):
        load_with_numpy_alone("shared.kernels")


def imports_of(file: Path) -> set[str]:
    """Modules that a file imports anywhere but for type checkers."""
    found = set()
    waiting: list[ast.AST] = [ast.parse(file.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module))
        waiting += ast.iter_child_nodes(node)
    return found


def test_kernels_import_torch_triton_and_what_loads_with_numpy_alone() -> None:
    files = sorted(ROOT.glob("shared/cuda/*.py")) + sorted(ROOT.glob("shared/*/cuda/*.py"))
    assert len(files) > 15
    imported = set().union(*map(imports_of, files))
    ours = {name for name in imported if name.startswith("shared.")}
    foreign = {name.partition(".")[0] for name in imported - ours} - sys.stdlib_module_names
    assert foreign == {"numpy", "torch", "triton"}
    load_with_numpy_alone(*(name for name in ours if "cuda" not in name))
