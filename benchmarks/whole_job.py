"""The whole job: a folder of DICOM slices becomes an STL of bone at a quarter of its faces."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks import fields
from benchmarks.contest import Contest, Entrant, Whole
from benchmarks.stacking import CROP, Folder, with_bytecode

BONE_HU = "300"
STL_HEAD_BYTES, STL_FACE_BYTES = 84, 50


def contests() -> list[Contest]:
    """Return the one contest."""
    return [
        Contest(
            title="Whole job: head CT folder to a bone STL at 25 % of the faces",
            make=head,
            crop=crop,
            output_bytes=lambda made: Path(made[-1]).stat().st_size,
            note="Whole processes, files in the system's cache. Ours reads, checks the geometry, "
            "extracts, simplifies, checks the mesh and measures; `-q 2` guards against "
            "self-intersections, `-q 0` checks nothing.",
            entrants=(
                entrant("recon medical reconstruct", ours),
                entrant("dcm2niix, niimath -q 2", partial(niimath, "2")),
                entrant("dcm2niix, niimath -q 0", partial(niimath, "0")),
            ),
        )
    ]


def head() -> Folder:
    """Return the folder of the real head CT."""
    folder = fields.real_data() / "medical" / "head_ct"
    return Folder(next(path for path in (folder / "dicom", folder) if path.is_dir()))


def crop(series: Folder) -> Folder:
    """Return a folder with some slices from the middle."""
    folder = fields.folder() / "whole-job-crop"
    if not folder.exists():
        folder.mkdir()
        files = sorted(path for path in series.path.rglob("*") if path.suffix == ".dcm")
        for file in files[len(files) // 2 :][:CROP]:
            shutil.copy(file, folder)
    return Folder(folder)


def entrant(name: str, command: Callable[[Path], tuple[str, ...]]) -> Entrant:
    """Return the entrant whose command is made of the folder; where to write comes last."""

    def prepare(series: Folder) -> Whole:
        output = fields.folder() / "whole job" / f"{name.replace(' ', '_')}.stl"
        shutil.rmtree(output.parent, ignore_errors=True)
        output.parent.mkdir()
        return Whole((*with_bytecode(), *command(series.path), str(output)))

    return Entrant(name=name, run=lambda prepared: prepared, prepare=prepare, size=size)


def size(made: Whole) -> str:
    """Return how many faces were written."""
    return f"{(Path(made[-1]).stat().st_size - STL_HEAD_BYTES) // STL_FACE_BYTES:,} faces"


def ours(series: Path) -> tuple[str, ...]:
    options = ("--level", BONE_HU, "--keep", "all", "--faces", "25%", "-o")
    return sys.executable, "-m", "toolkit.cli.app", "medical", "reconstruct", str(series), *options


def niimath(quality: str, series: Path) -> tuple[str, ...]:
    from dcm2niix import bin as stack
    from niimath import bin as program

    mesh = f"-mesh -i {BONE_HU} -p 0 -l 0 -b 0 -r 0.25 -q {quality} -v 0"
    call = (
        'out="${3%/*}"; "$0" -z n -b n -w 1 -f stacked -o "$out" "$2" && '
        f'exec "$1" "$out/stacked.nii" {mesh} "$3"'
    )
    return "sh", "-c", call, str(stack), str(program), str(series)
