"""Our primitives on a GPU: the isosurface, each filter, and the whole chain from field to mesh.

One command, which needs torch, Triton, NumPy and this repository:

    python benchmarks/gpu_chain.py                        # 512³ on a CUDA device
    python benchmarks/gpu_chain.py --size 24 --interpret  # does everything run? no GPU needed

Times are those of CUDA events around each call, host gaps included, medians over
repetitions with the caches flushed in between; beside them stand the time of the kernels
alone (torch's profiler) and the floor: what must be read and written, at the bandwidth of
a copy measured in the same run. Where the host's own dependencies (Numba, edt) are
installed, the same chain runs on the host and the results are compared. Times under the
interpreter mean nothing, and are marked so.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FLUSH_BYTES = 2**28
"""Written between repetitions: several times the cache of a GPU."""
COPY_BYTES = 2**30
"""Copied to measure the bandwidth."""
GYROID_PERIODS = 2.2
"""Periods of the gyroid along an axis: about 4 million faces at 512³."""
SOURCE_SHARE = 0.75
"""Size of the field that the chain begins with, as a share of the grid it is brought to."""
SMOOTHING_PAIRS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to time: its name, the call, and the bytes that it must move at least."""

    name: str
    call: Callable[[], Any]
    floor_bytes: int


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=512, help="voxels along each axis")
    parser.add_argument("--repetitions", type=int, default=10)
    parser.add_argument("--interpret", action="store_true", help="run on the CPU, interpreted")
    parser.add_argument("--host", action="store_true", help="time the host's chain beside it")
    parser.add_argument("--json", type=Path, default=ROOT / "out" / "gpu_chain.json")
    return parser.parse_args()


def gyroid(size: int, like: Any) -> Any:
    """Return a float32 gyroid ``[size size size]``, on the device of `like`."""
    import torch

    turns = torch.linspace(0.0, 2.0 * torch.pi * GYROID_PERIODS, size, device=like.device)
    x, y, z = turns[:, None, None], turns[None, :, None], turns[None, None, :]
    return x.sin() * y.cos() + y.sin() * z.cos() + z.sin() * x.cos()


def grids(size: int) -> tuple[Any, Any, int]:
    """Return the source's affine, the sheared grid's, and the source's size."""
    import numpy as np

    from shared.affine import Affine

    small = max(8, round(size * SOURCE_SHARE))
    source = Affine.from_spacing((1.0, 0.8, 0.8))
    scale = (small - 1) / (size - 1)
    matrix = source.matrix @ np.diag([scale, scale, scale, 1.0])
    matrix[1, 0] += 0.02 * scale  # a gantry tilt
    matrix[:3, 3] += 0.01
    return source, Affine(matrix), small


def chain(volume: Any, grid: Any, size: int) -> dict[str, Any]:
    """Return every stage of the road from a field to a smooth mesh, wherever the field lives."""
    from shared.filters import distance, keep_largest, resample, threshold
    from shared.meshing import smooth
    from shared.surfaces import isosurface
    from shared.volume import Volume

    fine = resample(volume, grid, (size, size, size), outside=-2.0)
    mask = threshold(fine.values, lowest=0.0)
    body = keep_largest(mask)
    depth = distance(body, spacing_mm=grid.spacing)
    solid = isosurface(Volume(values=depth, affine=grid), 0.5 * min(grid.spacing))
    return {
        "fine": fine,
        "mask": mask,
        "body": body,
        "depth": depth,
        "solid": solid,
        "mesh": smooth(solid, iterations=SMOOTHING_PAIRS, within_mm=0.5),
    }


def steps_of(field: Any, volume: Any, grid: Any, size: int) -> tuple[list[Step], dict[str, Any]]:
    """Return what is timed, and the stages of the chain."""
    from shared.filters import distance, gaussian, keep_largest, resample, threshold
    from shared.meshing import measure, smooth
    from shared.surfaces import isosurface
    from shared.volume import Volume

    whole = Volume(values=field, affine=grid)
    whole_int16 = Volume(values=(field * 1e3).short(), affine=grid)
    surface = isosurface(whole, 0.0)
    stages = chain(volume, grid, size)
    fine, mask, depth, solid = (stages[name] for name in ("fine", "mask", "depth", "solid"))
    count = field.numel()
    corners, points = 3 * len(surface.faces), 3 * len(surface.vertices)
    each_pair = 2 * (6 * 8 * len(solid.vertices) + 3 * 4 * len(solid.faces))
    shape, spacing = (size, size, size), grid.spacing
    steps = [
        Step(
            name="isosurface",
            call=lambda: isosurface(whole, 0.0),
            floor_bytes=4 * (count + corners + points),
        ),
        Step(
            name="isosurface of int16",
            call=lambda: isosurface(whole_int16, 0.0),
            floor_bytes=2 * count + 4 * (corners + points),
        ),
        Step(
            name="resample linear",
            call=lambda: resample(volume, grid, shape, outside=-2.0),
            floor_bytes=4 * (count + volume.values.numel()),
        ),
        Step(
            name="resample cubic",
            call=lambda: resample(volume, grid, shape, outside=-2.0, interpolation="cubic"),
            floor_bytes=4 * (count + volume.values.numel()),
        ),
        Step(
            name="gaussian of one step",
            call=lambda: gaussian(field, spacing[0], spacing_mm=spacing),
            floor_bytes=8 * count,
        ),
        Step(name="threshold", call=lambda: threshold(fine.values, 0.0), floor_bytes=5 * count),
        Step(name="keep largest", call=lambda: keep_largest(mask), floor_bytes=2 * count),
        Step(
            name="distance",
            call=lambda: distance(stages["body"], spacing_mm=spacing),
            floor_bytes=5 * count,
        ),
        Step(
            name="isosurface of the distance",
            call=lambda: isosurface(Volume(values=depth, affine=grid), 0.5 * min(spacing)),
            floor_bytes=4 * (count + 3 * len(solid.faces) + 3 * len(solid.vertices)),
        ),
        Step(
            name=f"smooth, {SMOOTHING_PAIRS} pairs",
            call=lambda: smooth(solid, iterations=SMOOTHING_PAIRS, within_mm=0.5),
            floor_bytes=SMOOTHING_PAIRS * each_pair,
        ),
        Step(
            name="measure",
            call=lambda: measure(solid),
            floor_bytes=12 * (len(solid.faces) + len(solid.vertices)),
        ),
        Step(
            name="chain",
            call=lambda: chain(volume, grid, size),
            floor_bytes=4 * (volume.values.numel() + 3 * len(solid.faces)),
        ),
    ]
    return steps, stages


def event_time_ms(call: Callable[[], Any], repetitions: int, flush: Any) -> float:
    """Return the median time of a call between two events on the device, after one to warm up."""
    import torch

    call()
    times = []
    for _ in range(repetitions):
        flush.zero_()
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        torch.cuda.synchronize()
        start.record()
        call()
        end.record()
        torch.cuda.synchronize()
        times.append(start.elapsed_time(end))
    return statistics.median(times)


def kernel_times_ms(call: Callable[[], Any]) -> dict[str, float]:
    """Return the time of each kernel of a call by torch's profiler; empty where it cannot."""
    import torch

    try:
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profile:
            call()
            torch.cuda.synchronize()
        events = profile.key_averages()
    except RuntimeError:
        return {}
    times = {event.key[:60]: event.self_device_time_total / 1e3 for event in events}
    return {name: ms for name, ms in sorted(times.items(), key=lambda item: -item[1]) if ms > 0}


def wall_time_ms(call: Callable[[], Any], repetitions: int) -> float:
    times = []
    for _ in range(repetitions):
        start = time.perf_counter()
        call()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)


def copy_bandwidth(device: str, repetitions: int, flush: Any) -> float:
    """Return bytes read and written a second by a copy on the device."""
    import torch

    source = torch.ones(COPY_BYTES // 4, device=device)
    target = torch.empty_like(source)
    ms = event_time_ms(lambda: target.copy_(source), repetitions, flush)
    return 2 * COPY_BYTES / (ms * 1e-3)


def on_the_host(stages: dict[str, Any], volume: Any, grid: Any, size: int) -> dict[str, Any]:
    """Run the chain on the host; return its time and how its stages differ from the device's."""
    import numpy as np

    from shared.device import host_array
    from shared.meshing import measure
    from shared.volume import Volume

    host_volume = Volume(values=host_array(volume.values), affine=volume.affine)
    try:
        chain(host_volume, grid, size)  # compiles what is not compiled yet
    except ImportError as missing:
        return {"left_out": f"the host road needs {missing.name}"}
    start = time.perf_counter()
    host = chain(host_volume, grid, size)
    ms = 1e3 * (time.perf_counter() - start)
    depth, wanted = host_array(stages["depth"]), host["depth"]
    sizes, wanted_sizes = measure(stages["mesh"]), measure(host["mesh"])
    return {
        "time_ms": ms,
        "threads": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        "resampled_equal": bool(
            np.array_equal(host_array(stages["fine"].values), host["fine"].values)
        ),
        "body_equal": bool(np.array_equal(host_array(stages["body"]), host["body"])),
        "distance_relative": float(np.max(np.abs(depth - wanted) / np.maximum(wanted, 1e-30))),
        "faces": [len(stages["solid"].faces), len(host["solid"].faces)],
        "volume_ml": [sizes.volume_ml, wanted_sizes.volume_ml],
        "area_mm2": [sizes.area_mm2, wanted_sizes.area_mm2],
    }


def main() -> None:
    options = arguments()
    if options.interpret:
        os.environ["TRITON_INTERPRET"] = "1"
    sys.path[0] = str(ROOT)  # not this folder, whose modules would hide others
    import torch
    import triton

    from shared.volume import Volume

    device = "cpu" if options.interpret else "cuda"
    if device == "cuda" and not torch.cuda.is_available():
        sys.exit("There is no CUDA device here; --interpret --size 24 runs without one.")
    source, grid, small = grids(options.size)
    like = torch.empty(0, device=device)
    field, volume = gyroid(options.size, like), Volume(values=gyroid(small, like), affine=source)
    steps, stages = steps_of(field, volume, grid, options.size)
    surface = steps[0].call()
    report: dict[str, Any] = {
        "device": torch.cuda.get_device_name()
        if device == "cuda"
        else "none: Triton's interpreter",
        "times_mean_something": device == "cuda",
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "triton": triton.__version__,
        },
        "size": options.size,
        "faces": len(surface.faces),
        "vertices": len(surface.vertices),
        "steps": {},
    }
    if device == "cuda":
        flush = torch.empty(FLUSH_BYTES, dtype=torch.uint8, device=device)
        bandwidth = copy_bandwidth(device, options.repetitions, flush)
        report["copy_bandwidth_bytes_per_s"] = bandwidth
    print(f"{report['device']}, {options.size}³, {report['faces']} faces")
    for step in steps:
        if device == "cuda":
            ms = event_time_ms(step.call, options.repetitions, flush)
            floor = 1e3 * step.floor_bytes / bandwidth
            kernels = kernel_times_ms(step.call)
        else:
            ms, floor, kernels = wall_time_ms(step.call, 1), None, {}
        entry = {"time_ms": ms, "floor_bytes": step.floor_bytes, "floor_ms": floor}
        report["steps"][step.name] = entry | {"kernels_ms": kernels}
        beside = (
            "" if floor is None else f"{floor:10.3f}{ms / floor:8.1f}×{sum(kernels.values()):10.3f}"
        )
        print(f"{step.name:28s}{ms:12.3f} ms{beside}")
    if device == "cuda":
        rate = report["faces"] / (report["steps"]["isosurface"]["time_ms"] * 1e-3)
        report["isosurface_faces_per_s"] = rate
        print(f"isosurface: {rate / 1e9:.2f} billion faces a second")
    if options.host:
        report["host_chain"] = on_the_host(stages, volume, grid, options.size)
        print("host:", json.dumps(report["host_chain"]))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
