"""`recon medical stack`: the slices of a scan as one volume in one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from toolkit.cli.arguments import ReportPath, require_distinct, require_scan
from toolkit.cli.console import print_line, print_written, progress_bar, write_json

if TYPE_CHECKING:
    from medical.stacking import Stacked


def stack(
    path: Annotated[
        Path, typer.Argument(help="A folder of DICOM files (any names, nested), or one image file.")
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="File to write: .nii, .nii.gz, .nrrd or .mha.")
    ],
    series: Annotated[
        str | None, typer.Option(help="Series UID, number, or a piece of its description.")
    ] = None,
    time: Annotated[
        str | None,
        typer.Option(
            help="Which time point (echo, b-value, phase), from 1; all: every one, as 4-D NIfTI.",
            metavar="N|all",
        ),
    ] = None,
    spacing: Annotated[
        float | None, typer.Option(help="Resample to this spacing in mm along all axes.")
    ] = None,
    keep_shear: Annotated[
        bool,
        typer.Option(
            "--keep-shear", help="Keep a tilted gantry as shear in the affine; nothing resampled."
        ),
    ] = False,
    report: ReportPath = None,
) -> None:
    """Stack the slices of a scan into one volume that keeps its place in the patient.

    Tilted and uneven series become a regular grid, resampled where they were measured.
    """
    from shared.formats.outputs import require_writable, staged_outputs

    require_scan(path)
    _require_image_name(output)
    outputs = [target for target in (output, report) if target is not None]
    require_distinct(outputs, [path])
    for target in outputs:
        require_writable(target)
    from medical.images import write_image
    from medical.stacking import stack as stack_volumes

    with progress_bar() as progress:
        made = stack_volumes(
            path,
            series=series,
            time=time,
            spacing_mm=spacing,
            keep_shear=keep_shear,
            with_digest=report is not None,
            progress=progress,
        )
    with staged_outputs() as staging:
        write_image(made.volumes, output, step_s=made.step_s, staging=staging)
        if report is not None:
            request = {"spacing_mm": spacing, "keep_shear": keep_shear, "time": time}
            write_json(_with_request(made.as_dict(), request), report, staging)
        finals = staging.finals
    _print_stacked(made)
    print_written(finals)


def _require_image_name(output: Path) -> None:
    from medical.images.formats import format_of

    format_of(output)


def _with_request(plain: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    asked = {key: value for key, value in request.items() if value is not None}
    return {"schema": plain["schema"], "request": asked, **plain}


def _print_stacked(made: Stacked) -> None:
    """Print the grid and what is doubtful, plainly: a table would cost more than the stack."""
    volume = made.volume
    shape = " × ".join(str(n) for n in volume.shape[::-1])
    spacing = " × ".join(f"{step:.4g}" for step in volume.spacing_mm[::-1])
    times = f", {len(made.volumes)} time points" if len(made.volumes) > 1 else ""
    print_line(f"{shape} voxels of {spacing} mm{times}")
    for finding in sorted(made.findings, key=lambda f: f.severity.value, reverse=True):
        print_line(f"{finding.severity}: {finding.message}")
