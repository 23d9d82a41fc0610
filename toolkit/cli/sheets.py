"""`recon medical inspect --sheet`: the stacks as thumbnails in one picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from toolkit.cli.arguments import require_outputs
from toolkit.cli.console import counted, print_plain, print_written, progress_bar

if TYPE_CHECKING:
    from medical.dicom import Study
    from medical.planes import Stills

SheetPath = Annotated[
    Path | None,
    typer.Option("--sheet", help="Write a PNG with the middle slices of each stack, sides marked."),
]


def require_sheet(sheet: Path | None, path: Path) -> None:
    """Raise before any work if the sheet cannot be written."""
    if sheet is not None:
        require_outputs([sheet], None, frozenset({".png"}), inputs=[path])


def write_study_sheet(study: Study, sheet: Path | None) -> None:
    """Write the stacks of a study, and say what was left out."""
    if sheet is None:
        return
    from medical.planes import has_text, stills_of

    with progress_bar() as progress:
        stills = stills_of(study.groups, progress=progress)
    _write(stills, sheet)
    with_text = sum(map(has_text, study.groups))
    apart = sum(aside.images for aside in study.asides)
    left_out = [
        words
        for count, words in (
            (with_text, f"{counted(with_text, 'stack')} that may have text in the pictures"),
            (apart, f"{counted(apart, 'image')} of no stack"),
        )
        if count
    ]
    if left_out:
        print_plain(f"not on the sheet: {', '.join(left_out)}")


def write_image_sheet(path: Path, sheet: Path | None) -> None:
    """Write the middle slices of an image file that is not DICOM."""
    if sheet is None:
        return
    from medical import read_volume
    from medical.planes import Stills, middle_planes

    volume = read_volume(path)
    stills = Stills(
        row=1,
        number=None,
        modality="image",
        shape=volume.shape,
        spacing_mm=volume.spacing_mm,
        planes=middle_planes(volume),
    )
    _write((stills,), sheet)


def _write(stills: tuple[Stills, ...], sheet: Path) -> None:
    from shared.formats.outputs import staged_outputs
    from toolkit.sheet import write_sheet

    with staged_outputs() as staging:
        write_sheet(stills, sheet, staging)
        finals = staging.finals
    print_written(finals)
