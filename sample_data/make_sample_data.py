"""Write the sample data: a scan of a head, a house of two storeys, their truth, a manifest.

Run ``python sample_data/make_sample_data.py [FOLDER]``; without a folder the files go
beside this script. Every run writes the same bytes.
"""

from __future__ import annotations

import argparse
import errno
import hashlib
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any, Final

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sample_data import head_phantom, house_plan, house_truth
from sample_data.dicom_series import write_dicom_series
from sample_data.house_drawings import drawing_bytes

HEAD_FOLDER: Final = "head_ct"
HEAD_TRUTH: Final = "head_ct.truth.json"
HOUSE_TRUTH: Final = "house.truth.json"
MANIFEST: Final = "manifest.json"
NUMBERS: Final = re.compile(r"\[\s*-?[\d.]+(?:,\s*-?[\d.]+)*\s*\]")
"""Lists of numbers, which stand on one line."""


def write_sample_data(folder: Path) -> list[Path]:
    """Write everything below `folder`; return the paths, the manifest last."""
    folder.mkdir(parents=True, exist_ok=True)
    require_ours(folder)
    paths = [*write_head_ct(folder), *write_house(folder)]
    paths.append(write_manifest(folder, paths))
    return paths


def require_ours(folder: Path) -> None:
    """Raise `FileExistsError` if what would be replaced below `folder` is not ours."""
    manifest = folder / MANIFEST
    files = json.loads(manifest.read_bytes()).get("files", {}) if manifest.is_file() else {}
    for found in sorted((folder / HEAD_FOLDER).rglob("*")):
        if found.is_file() and found.relative_to(folder).as_posix() not in files:
            raise FileExistsError(
                errno.EEXIST, f"would be deleted, and {MANIFEST} does not list it", str(found)
            )


def write_head_ct(folder: Path) -> list[Path]:
    """Write the DICOM series of the head phantom and its truth."""
    head = head_phantom.make_head()
    shutil.rmtree(folder / HEAD_FOLDER, ignore_errors=True)
    paths = write_dicom_series(
        folder / HEAD_FOLDER,
        head_phantom.scan(head),
        head_phantom.index_to_lps(),
        study="head phantom",
        study_description="Head phantom",
        series_description="Head 2.0 mm",
        kernel="H30s",
        slice_thickness_mm=head_phantom.SLICE_STEP_MM,
    )
    return [*paths, write_json(folder / HEAD_TRUTH, head_phantom.truth(head))]


def write_house(folder: Path) -> list[Path]:
    """Write the two drawings of the house and their truth."""
    paths = []
    for storey in house_plan.STOREYS:
        path = folder / storey.file
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(drawing_bytes(storey))
        paths.append(path)
    return [*paths, write_json(folder / HOUSE_TRUTH, house_truth.truth())]


def write_manifest(folder: Path, paths: list[Path]) -> Path:
    """Write size and SHA-256 of each file."""
    files = {}
    for path in sorted(paths):
        content = path.read_bytes()
        files[path.relative_to(folder).as_posix()] = {
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
    return write_json(folder / MANIFEST, {"schema": "sample-manifest/1", "files": files})


def write_json(path: Path, value: Any) -> Path:
    """Write `value` as indented UTF-8 JSON with Unix line ends."""
    text = json.dumps(value, indent=1, ensure_ascii=False)
    text = NUMBERS.sub(lambda found: f"[{' '.join(found.group()[1:-1].split())}]", text)
    path.write_bytes((text + "\n").encode())
    return path


def main(arguments: list[str] | None = None) -> None:
    """Write the sample data where the command line says."""
    parser = argparse.ArgumentParser(
        prog="make_sample_data.py",
        description="Write the sample data: a scan of a head, a house of two storeys, their "
        "truth, a manifest. Every run writes the same bytes.",
    )
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=Path(__file__).resolve().parent,
        help="where to write; by default beside this script",
    )
    folder = parser.parse_args(arguments).folder
    if folder.exists() and not folder.is_dir():
        parser.error(f"{folder} is a file, not a folder")
    try:
        paths = write_sample_data(folder)
    except OSError as error:
        parser.exit(3, f"Error: {error.filename or folder}: {error.strerror}\n")
    print(f"wrote {len(paths)} files below {folder}")


if __name__ == "__main__":
    main()
