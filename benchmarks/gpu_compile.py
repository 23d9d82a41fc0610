"""Do all Triton kernels compile for a GPU? Asked on any Linux machine, without one.

    python benchmarks/gpu_compile.py [--capability 90]

The chain of `gpu_chain` runs on tiny fields under Triton's interpreter, which runs more than
the compiler takes; every launch is noted with the types of its arguments. A second process
compiles each kernel as it would be specialized on a GPU, and prints its registers, the
bytes it spills to the stack, and its shared memory. The exit status is 1 if one fails.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SIZES = (9, 16)
"""Lengths of axes: one that no vector of numbers divides, and one that they do."""
OPTIONS = ("num_warps", "num_stages", "enable_fp_fusion")


def noted_launches() -> list[dict[str, Any]]:
    """Run everything small, interpreted, and return each kind of launch once."""
    os.environ["TRITON_INTERPRET"] = "1"
    import torch
    from triton.runtime.interpreter import GridExecutor

    from benchmarks.gpu_chain import grids, gyroid, steps_of
    from shared.affine import Affine
    from shared.cuda.launch import INTERPRETED_LANES
    from shared.filters import components, fill_holes, opening
    from shared.surfaces import isosurface
    from shared.volume import Volume

    noted: dict[str, dict[str, Any]] = {}
    execute = GridExecutor.__call__

    def note(executor: Any, *values: Any, **options: Any) -> Any:
        given = {name: value for name, value in options.items() if name not in OPTIONS}
        named = inspect.signature(executor.fn).bind(*values, **given).arguments
        arguments = {name: _described(value) for name, value in named.items()}
        for name in {"BLOCK", "ROWS"} & set(arguments):  # as many as on a GPU
            arguments[name] = named[name] // INTERPRETED_LANES
        launch = {
            "kernel": (executor.fn.__module__, executor.fn.__name__),
            "arguments": arguments,
            "options": {name: options[name] for name in OPTIONS if name in options},
        }
        noted[json.dumps(launch)] = launch
        return execute(executor, *values, **options)

    GridExecutor.__call__ = note
    for size in SIZES:
        source, grid, small = grids(size)
        like = torch.empty(0)
        volume = Volume(values=gyroid(small, like), affine=source)
        for step in steps_of(gyroid(size, like), volume, grid, size)[0][:-1]:
            step.call()
    one = torch.ones((1, 1, 1), dtype=torch.int16)
    for close_border in (True, False):
        field = Volume(values=one, affine=Affine.identity())
        isosurface(field, 1, mask=one > 0, close_border=close_border)
    components(one)
    fill_holes(one > 0)
    opening(one > 0, 1.0, spacing_mm=(1.0, 1.0, 1.0))
    return list(noted.values())


def _described(value: Any) -> Any:
    """Return an argument as the compiler sees it: a number type, or a constant."""
    import torch

    if isinstance(value, torch.Tensor):
        kind = re.sub(r"^torch\.", "", str(value.dtype))
        return "*" + re.sub(r"^float", "fp", kind).replace("uint", "u").replace("int", "i")
    return value


def compiled(launch: dict[str, Any], capability: int) -> str:
    """Compile one kernel and return what it takes."""
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    module, name = launch["kernel"]
    function = getattr(importlib.import_module(module), name)
    types, constants, hints = {}, {}, {}
    for n, parameter in enumerate(function.params):
        value = launch["arguments"][parameter.name]
        fixed = parameter.is_constexpr or (value == 1 and not parameter.do_not_specialize)
        if isinstance(value, str) or (not fixed and value % 16 == 0):
            hints[(n,)] = [["tt.divisibility", 16]]
        if isinstance(value, str):
            types[parameter.name] = value
        elif fixed:
            types[parameter.name], constants[(n,)] = "constexpr", value
        else:
            types[parameter.name] = "i32" if value < 2**31 else "i64"
            if parameter.do_not_specialize:
                hints.pop((n,), None)
    source = ASTSource(fn=function, signature=types, constexprs=constants, attrs=hints)
    kernel = triton.compile(
        source, target=GPUTarget("cuda", capability, 32), options=launch["options"]
    )
    tool = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "cuobjdump"
    with tempfile.NamedTemporaryFile(suffix=".cubin") as cubin:
        cubin.write(kernel.asm["cubin"])
        cubin.flush()
        told = subprocess.run(
            [tool, "-res-usage", cubin.name], capture_output=True, text=True, check=True
        )
    usage = re.search(r"REG:(\d+) STACK:(\d+)", told.stdout)
    registers, stack = usage.groups() if usage else ("?", "?")
    shared = kernel.metadata.shared
    return f"{name:20s} registers {registers:>4s}  stack {stack:>4s}  shared {shared:6d}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--capability", type=int, default=90, help="compute capability, 90: Hopper")
    parser.add_argument("--launches", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    sys.path[0] = str(ROOT)  # not this folder, whose modules would hide others
    if options.launches is None:
        launches = noted_launches()
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(launches, file)
            file.flush()
            command = [sys.executable, __file__, "--capability", str(options.capability)]
            rest = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
            again = [*command, "--launches", file.name]
            sys.exit(subprocess.run(again, env=rest, check=False).returncode)
    failed = 0
    for launch in json.loads(options.launches.read_text(encoding="utf-8")):
        try:
            print(compiled(launch, options.capability))
        except Exception as error:  # the compiler raises what it likes; the rest is still asked
            failed += 1
            print("FAILED", launch["kernel"], type(error).__name__, error)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
