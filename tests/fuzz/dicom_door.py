"""Damage DICOM files in thousands of ways and see that the door holds.

Run ``python -m tests.fuzz.dicom_door --cases 2000``. Every case writes a small series of
which one file (or all, alike) is damaged, and reads it as a person would. It must end in a
volume or in a `ToolkitError`, within `LONGEST_S`, within `MOST_BYTES` of memory, and slices
that were not touched must come out as they went in. Damage to elements that are neither
geometry nor pixels must still stack.
"""

from __future__ import annotations

import argparse
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

import medical
from shared.errors import ToolkitError
from shared.volume import Volume
from tests.fixtures.phantoms import grid_matrix, write_dicom_series

SHAPE: Final = (6, 40, 36)
MATRIX: Final = grid_matrix(SHAPE, (2.0, 1.0, 1.0))
LONGEST_S: Final = 20
MOST_BYTES: Final = 1 << 30
SECRETS: Final = ("Hidden^Name", "HIDDEN-ID")

HARMFUL_GROUPS: Final = frozenset({0x0002, 0x0028, 0x7FE0})
HARMFUL_TAGS: Final = frozenset(
    {
        0x00080005,  # the character set
        0x00080008,  # image type: a damaged one may be another kind of image
        0x00080016,
        0x00080060,
        0x0020000D,
        0x0020000E,
        0x00200032,
        0x00200037,
        0x00200052,
    }
)
"""Identity of the series, geometry, and what pixels are: damage there may cost the slice."""

Rng = np.random.Generator
Damage = Callable[[bytes, Rng], tuple[bytes, bool]]
"""Returns the damaged file, and whether the damage is outside of geometry and pixels."""


def flip_anywhere(data: bytes, rng: Rng) -> tuple[bytes, bool]:
    """Change up to 32 bytes anywhere."""
    return _flipped(data, rng, len(data)), False


def flip_header(data: bytes, rng: Rng) -> tuple[bytes, bool]:
    """Change up to 32 bytes among the first 1,500."""
    return _flipped(data, rng, min(len(data), 1500)), False


def _flipped(data: bytes, rng: Rng, end: int) -> bytes:
    changed = bytearray(data)
    for at in rng.integers(0, end, int(rng.integers(1, 33))):
        changed[at] = int(rng.integers(256))
    return bytes(changed)


def cut(data: bytes, rng: Rng) -> tuple[bytes, bool]:
    """End the file early."""
    return data[: int(rng.integers(0, len(data)))], False


def insert_junk(data: bytes, rng: Rng) -> tuple[bytes, bool]:
    """Put junk between two bytes."""
    at = int(rng.integers(0, len(data)))
    return data[:at] + rng.bytes(int(rng.integers(1, 64))) + data[at:], False


def remove_tag(data: bytes, rng: Rng) -> tuple[bytes, bool]:
    """Leave an element out."""
    dataset = dcmread(BytesIO(data), force=True)
    tag = rng.choice([int(t) for t in dataset.keys()])  # noqa: SIM118 - a Dataset is no dict
    del dataset[int(tag)]
    return _written(dataset, data), is_harmless(int(tag))


def junk_value(data: bytes, rng: Rng) -> tuple[bytes, bool]:
    """Fill an element's value with junk of its length."""
    place = _element(data, rng)
    if place is None:
        return flip_header(data, rng)
    tag, start, length = place
    return data[:start] + rng.bytes(length) + data[start + length :], is_harmless(tag)


def double_tag(data: bytes, rng: Rng) -> tuple[bytes, bool]:
    """Write an element twice."""
    place = _element(data, rng)
    if place is None:
        return flip_header(data, rng)
    tag, start, length = place
    whole = data[start - 8 : start + length]
    return data[: start - 8] + whole + data[start - 8 :], is_harmless(tag)


def huge_length(data: bytes, rng: Rng) -> tuple[bytes, bool]:
    """Declare an element to be longer than the file."""
    place = _element(data, rng)
    if place is None:
        return cut(data, rng)
    _, start, _ = place
    return data[: start - 2] + b"\xfe\xff" + data[start:], False


def other_vr(data: bytes, rng: Rng) -> tuple[bytes, bool]:
    """Give an element another type."""
    place = _element(data, rng)
    if place is None:
        return flip_header(data, rng)
    tag, start, _ = place
    vrs = (b"DS", b"IS", b"LO", b"US", b"UL", b"FD", b"UN", b"XX", b"SQ", b"OW", b"UI")
    return data[: start - 4] + vrs[int(rng.integers(len(vrs)))] + data[start - 2 :], is_harmless(
        tag
    )


def huge_matrix(data: bytes, rng: Rng) -> tuple[bytes, bool]:
    """Declare more rows, columns or frames than there are."""
    dataset = dcmread(BytesIO(data), force=True)
    if rng.integers(2):
        dataset.Rows = dataset.Columns = 65535
    else:
        dataset.NumberOfFrames = str(int(rng.integers(2, 2**31)))
    return _written(dataset, data), False


def _element(data: bytes, rng: Rng) -> tuple[int, int, int] | None:
    """Return (tag, first byte, length) of one short explicit little-endian element."""
    found = list(_short_elements(data))
    return found[int(rng.integers(len(found)))] if found else None


def _short_elements(data: bytes) -> Iterator[tuple[int, int, int]]:
    at = 132 if data[128:132] == b"DICM" else 0
    while at + 8 <= len(data):
        tag = int.from_bytes(data[at : at + 2], "little") << 16
        tag |= int.from_bytes(data[at + 2 : at + 4], "little")
        vr = data[at + 4 : at + 6]
        if not (vr.isalpha() and vr.isupper()) or tag >= 0x7FE00000:
            return
        if vr in (b"OB", b"OW", b"SQ", b"UN", b"UT", b"OF", b"OD"):
            length = int.from_bytes(data[at + 8 : at + 12], "little")
            if length == 0xFFFFFFFF:
                return
            at += 12 + length
            continue
        length = int.from_bytes(data[at + 6 : at + 8], "little")
        yield tag, at + 8, length
        at += 8 + length


def _written(dataset: Dataset, original: bytes) -> bytes:
    out = BytesIO()
    try:
        dataset.save_as(out, enforce_file_format=False)
    except Exception:  # pydicom cannot write it: damage it otherwise
        return original[: len(original) // 2]
    return out.getvalue()


def is_harmless(tag: int) -> bool:
    """Return whether an element is neither geometry nor pixels nor identity of the series."""
    return (tag >> 16) not in HARMFUL_GROUPS and tag not in HARMFUL_TAGS


DAMAGES: Final = (
    flip_anywhere,
    flip_header,
    cut,
    insert_junk,
    remove_tag,
    junk_value,
    double_tag,
    huge_length,
    other_vr,
    huge_matrix,
)


def _coded(syntax: str) -> Callable[[Dataset, int], None]:
    return lambda dataset, _: dataset.compress(syntax, generate_instance_uid=False)


def _rewritten(syntax: str) -> Callable[[Dataset, int], None]:
    def change(dataset: Dataset, _: int) -> None:
        if syntax == ExplicitVRBigEndian:
            dataset.PixelData = np.frombuffer(dataset.PixelData, "<i2").astype(">i2").tobytes()
        dataset.file_meta.TransferSyntaxUID = syntax

    return change


SYNTAXES: Final = MappingProxyType(
    {
        "raw": None,
        "implicit": _rewritten(ImplicitVRLittleEndian),
        "big endian": _rewritten(ExplicitVRBigEndian),
        "deflated": _rewritten(DeflatedExplicitVRLittleEndian),
        "RLE": _coded(RLELossless),
        "JPEG-LS": _coded(JPEGLSLossless),
        "JPEG 2000": _coded(JPEG2000Lossless),
    }
)


@dataclass(slots=True)
class Tally:
    """What came of all cases."""

    volumes: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    harmless: int = 0
    harmless_stacked: int = 0
    failures: list[str] = field(default_factory=list)
    slowest_s: float = 0.0

    @property
    def cases(self) -> int:
        """How many there were."""
        return self.volumes + sum(self.errors.values()) + len(self.failures)

    def lines(self) -> list[str]:
        """Return the result in words."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        share = self.harmless_stacked / max(1, self.harmless)
        return [
            f"{self.cases} cases: {self.volumes} volumes, {sum(self.errors.values())} clear "
            f"errors, {len(self.failures)} failures",
            f"damage outside of geometry and pixels: {self.harmless_stacked} of {self.harmless} "
            f"stacked ({share:.1%})",
            f"slowest {self.slowest_s:.2f} s, peak memory {peak:.0f} MiB",
            *(f"  {count} × {name}" for name, count in self.errors.most_common()),
            *self.failures,
        ]


def numbers() -> np.ndarray:
    """Return the values that all series hold."""
    return np.random.default_rng(5).integers(-1000, 1500, SHAPE).astype(np.int16)


def originals(folder: Path) -> dict[str, list[bytes]]:
    """Return the undamaged files of a series in each transfer syntax, slice by slice."""
    found = {}
    for name, change in SYNTAXES.items():
        paths = write_dicom_series(
            folder / name.replace(" ", "-"),
            numbers(),
            MATRIX,
            patient_name=SECRETS[0],
            patient_id=SECRETS[1],
            change=change,
        )
        found[name] = [path.read_bytes() for path in paths]
    return found


def run(cases: int, *, seed: int = 0) -> Tally:
    """Return what came of `cases` damaged series."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        series = originals(folder / "whole")
        target = folder / "damaged"
        target.mkdir()
        for case in range(cases):
            _run_case(case, np.random.default_rng([seed, case]), series, target, tally)
    return tally


def _run_case(
    case: int, rng: Rng, series: dict[str, list[bytes]], target: Path, tally: Tally
) -> None:
    syntax = list(series)[case % len(series)]
    damage = DAMAGES[case // len(series) % len(DAMAGES)]
    files = list(series[syntax])
    hurt = range(len(files)) if rng.random() < 0.15 else [int(rng.integers(len(files)))]
    seed, harmless = int(rng.integers(2**32)), True
    for k in hurt:
        files[k], is_outside = damage(files[k], np.random.default_rng(seed))
        harmless &= is_outside
    for k, data in enumerate(files):
        (target / f"{k}").write_bytes(data)
    label = f"case {case} ({syntax}, {damage.__name__}, {len(hurt)} of {len(files)} files)"
    started = time.perf_counter()
    volume = _read(target, label, tally)
    tally.slowest_s = max(tally.slowest_s, time.perf_counter() - started)
    tally.harmless += harmless
    if volume is None:
        return
    tally.volumes += 1
    tally.harmless_stacked += harmless
    untouched = [k for k in range(len(files)) if k not in set(hurt)]
    problem = _wrong(volume, untouched)
    if problem:
        tally.failures.append(f"{label}: {problem}")


def _read(target: Path, label: str, tally: Tally) -> Volume | None:
    def stop(*_: Any) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(LONGEST_S)
    try:
        return medical.read_volume(target)
    except ToolkitError as error:
        tally.errors[type(error).__name__] += 1
        if not error.remedy:
            tally.failures.append(f"{label}: an error without a remedy: {error}")
    except BaseException as error:  # exactly what must not happen
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(last.filename).name}:{last.lineno}"
        tally.failures.append(f"{label}: {type(error).__name__} at {place}: {error}")
    finally:
        signal.alarm(0)
    return None


def _wrong(volume: Volume, untouched: list[int]) -> str:
    """Return what is wrong with a volume, empty if nothing can be told to be."""
    told = str([f.as_dict() for f in volume.findings]) + str(volume.provenance.as_dict())
    if any(secret in told for secret in SECRETS):
        return "it tells who the patient is"
    if volume.shape[1:] != SHAPE[1:]:
        return "" if not untouched else f"its slices are {volume.shape[1:]}"
    codes = {f.code for f in volume.findings}
    if "uneven-slices" in codes or len(untouched) < 2:
        return ""
    whole = numbers()
    for k in untouched:
        at = np.rint(volume.affine.inverse().apply(MATRIX[:3, 3] + k * MATRIX[:3, 0])).astype(int)
        inside = 0 <= at[0] < volume.shape[0]
        if inside and not np.array_equal(volume.values[at[0]], whole[k]):
            return f"slice {k} is not what was written"
    return ""


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    tally = run(chosen.cases, seed=chosen.seed)
    print("\n".join(tally.lines()))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return int(bool(tally.failures) or peak > MOST_BYTES)


if __name__ == "__main__":
    sys.exit(main())
