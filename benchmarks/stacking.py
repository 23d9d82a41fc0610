"""Stacking: a folder of DICOM slices becomes one uncompressed NIfTI, whole processes.

Each entrant is a command that reads the folder, places the slices and writes the file: what a
person waits for, loading of libraries included. Bytecode is kept between runs, as it is for
installed programs; files are in the system's cache for all.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import fields
from benchmarks.contest import Contest, Entrant, Whole

SLICES, ROWS, COLUMNS = 275, 512, 512
SPACING_MM = (0.6, 0.48, 0.48)
NOISE_HU = 8.0
"""Noise of a real scan, without which lossless codes would shrink too well."""

CROP = 12
"""Slices for loading everything beforehand."""

SLOW = 3
"""Repetitions of peers that take many seconds."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of slices; entrants read it, so that a copy is the folder itself."""

    path: Path

    def copy(self) -> Folder:
        """Return the folder."""
        return self

    @property
    def nbytes(self) -> int:
        """Bytes of all files."""
        return sum(file.stat().st_size for file in self.path.iterdir())


def contests() -> list[Contest]:
    """Return one contest for raw slices and one for JPEG lossless ones."""
    return [
        contest(f"Stacking: CT {SLICES}×{ROWS}×{COLUMNS}, raw, to NIfTI", raw_series),
        contest(
            f"Stacking: CT {SLICES}×{ROWS}×{COLUMNS}, JPEG lossless, to NIfTI", lossless_series
        ),
    ]


def contest(title: str, make: Callable[[], Folder]) -> Contest:
    """Return the contest on one series."""
    return Contest(
        title=title,
        make=make,
        crop=crop,
        output_bytes=lambda made: Path(made[-1]).stat().st_size,
        note="Whole processes; `peak MB` is that of the process, its libraries included.",
        entrants=(
            entrant("recon medical stack", ours),
            entrant("dcm2niix", dcm2niix),
            entrant("SimpleITK series reader", partial(script, "simpleitk")),
            entrant("highdicom volume", partial(script, "highdicom")),
            entrant("dicom2nifti", partial(script, "dicom2nifti"), at_most=SLOW),
        ),
    )


def entrant(name: str, command: Callable[[Path, Path], tuple[str, ...]], **more: Any) -> Entrant:
    """Return the entrant whose command is made of the folder and of where to write."""

    def prepare(series: Folder) -> Whole:
        output = fields.folder() / "stacked" / f"{name.split()[0]}.nii"
        output.parent.mkdir(exist_ok=True)
        output.unlink(missing_ok=True)
        return Whole((*with_bytecode(), *command(series.path, output), str(output)))

    return Entrant(name=name, run=lambda prepared: prepared, prepare=prepare, size=size, **more)


def with_bytecode() -> tuple[str, ...]:
    """Return the beginning of a command that lets Python keep what it compiled."""
    kept = f"PYTHONPYCACHEPREFIX={fields.folder() / 'bytecode'}"
    return "env", "-u", "PYTHONDONTWRITEBYTECODE", kept


def size(made: Whole) -> str:
    """Return the shape and number type of what was written."""
    import nibabel

    image: Any = nibabel.load(made[-1])
    return f"{'×'.join(map(str, image.shape))} {image.get_data_dtype()}"


def ours(series: Path, output: Path) -> tuple[str, ...]:
    return (sys.executable, "-m", "toolkit.cli.app", "medical", "stack", str(series), "-o")


def dcm2niix(series: Path, output: Path) -> tuple[str, ...]:
    from dcm2niix import bin as program  # the program itself, not the Python that starts it

    call = 'exec "$0" -z n -b n -w 1 -f dcm2niix -o "${2%/*}" "$1"'
    return "sh", "-c", call, str(program), str(series)


def script(peer: str, series: Path, output: Path) -> tuple[str, ...]:
    __import__({"simpleitk": "SimpleITK"}.get(peer, peer))  # skipped with a word if not here
    return sys.executable, str(fields.ROOT / "benchmarks" / "stacking_peers.py"), peer, str(series)


def crop(series: Folder) -> Folder:
    """Return a folder with some of the slices that lie beside each other."""
    folder = series.path.with_name(f"{series.path.name}-crop")
    if not folder.exists():
        folder.mkdir()
        for file in sorted(series.path.iterdir())[:CROP]:
            shutil.copy(file, folder)
    return Folder(folder)


def raw_series() -> Folder:
    """Return the head CT on a finer grid as a series of explicit little-endian files."""
    folder = fields.folder() / "raw-series"
    if not folder.exists():
        write(folder)
    return Folder(folder)


def lossless_series() -> Folder:
    """Return the same series in JPEG lossless, first-order prediction (process 14)."""
    folder = fields.folder() / "lossless-series"
    if not folder.exists():
        folder.mkdir()
        for file in raw_series().path.iterdir():
            code(file, folder / file.name)
    return Folder(folder)


def write(folder: Path) -> None:
    """Write the series, its files named in the order of the slices."""
    from sample_data.dicom_series import write_dicom_series

    values = finer_head()
    matrix = np.eye(4)
    matrix[:3, :3] = np.array([[0, 0, 1.0], [0, 1.0, 0], [1.0, 0, 0]]) * SPACING_MM
    names = [f"IM{k:04d}" for k in range(len(values))]
    beside = folder.with_suffix(".new")
    write_dicom_series(beside, values, matrix, names=names)
    beside.rename(folder)


def finer_head() -> Any:
    """Return the head CT, or the sample's where that is not here, sampled more finely."""
    from medical import read_volume
    from shared.affine import Affine
    from shared.filters import resample

    real = fields.real_data() / "medical" / "head_ct"
    scan = read_volume(real if real.is_dir() else fields.ROOT / "sample_data" / "head_ct")
    shape = (SLICES, ROWS, COLUMNS)
    scale = [(n - 1) / (m - 1) for n, m in zip(scan.shape, shape, strict=True)]
    finer = resample(scan, scan.affine @ Affine(np.diag([*scale, 1.0])), shape, outside=-1000.0)
    noise = np.random.default_rng(0).normal(0.0, NOISE_HU, shape)
    return np.clip(np.rint(finer.values + noise), -1024, 3071).astype(np.int16)


def code(source: Path, target: Path) -> None:
    """Write a file's pixels in JPEG lossless with GDCM."""
    import gdcm

    reader = gdcm.ImageReader()
    reader.SetFileName(os.fspath(source))
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGLosslessProcess14_1))
    if not reader.Read():
        raise RuntimeError("GDCM cannot read what was written")
    change.SetInput(reader.GetImage())
    writer = gdcm.ImageWriter()
    writer.SetFileName(os.fspath(target))
    writer.SetFile(reader.GetFile())
    if not change.Change():
        raise RuntimeError("GDCM cannot code JPEG lossless")
    writer.SetImage(change.GetOutput())
    if not writer.Write():
        raise RuntimeError("GDCM cannot write")
