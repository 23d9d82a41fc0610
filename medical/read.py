"""Read: a path becomes a volume, whichever door it takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from medical.dicom.groups import WORDS
from shared.finding import Finding, note, warning
from shared.progress import Progress, ignore_progress
from shared.volume import Volume

if TYPE_CHECKING:
    from medical.dicom.choose import Choice
    from medical.dicom.series import Series


def read_volume(
    path: Path | str,
    *,
    series: str | None = None,
    structure: str | None = None,
    time: int | None = None,
    progress: Progress | None = None,
) -> Volume:
    """Return the best series under `path` as a volume of physical values.

    Parameters
    ----------
    path
        A DICOM file; a folder with DICOM files of any name, also in nested folders; a zip
        or tar archive of one; or a ``.nii``, ``.nii.gz``, ``.nrrd`` or ``.mha`` file.
    series
        SeriesInstanceUID, SeriesNumber or a piece of the description; None to choose
        by rule.
    structure
        What shall be made of it (``bone``, ``skin``, …): matters for the kernel chosen.
    time
        Which time point, b-value or echo, from 1, where a series holds several; None: the
        first.
    progress
        Told the step and how far it is.

    Returns
    -------
    Volume
        Values ``[slice row column]`` in Hounsfield units for CT, in LPS mm. Its findings
        say which series was chosen and why, and what is unusual about it.

    Raises
    ------
    InputNotFoundError, NoDicomFoundError, NoVolumeFoundError
        If there is nothing to read.
    UnknownSeriesError, UsageError
        If there is no such series or time point.
    SliceGeometryError, UnreadablePixelsError
        If it cannot be made a volume.

    Examples
    --------
    >>> import medical
    >>> volume = medical.read_volume("sample_data/head_ct")
    >>> volume.shape, volume.spacing_mm, volume.quantity.value
    ((104, 128, 128), (2.0, 1.75, 1.75), 'HU')
    """
    from medical.images import is_image_file, read_image

    path = Path(path)
    report = progress or ignore_progress
    if is_image_file(path):
        return read_image(path)

    from medical.dicom.choose import choose_series
    from medical.dicom.stack import read_series
    from medical.dicom.study import find_series

    study = find_series(path, progress=report)
    choice = choose_series(study, wanted=series, structure=structure)
    chosen = choice.series if time is None else choice.group.numbered(time)
    volume = read_series(chosen, progress=report)
    findings = (*choice_findings(choice, chosen), *study.findings, *volume.findings)
    return replace(volume, findings=findings)


def choice_findings(choice: Choice, series: Series) -> tuple[Finding, ...]:
    """Return what is to be told of a choice of which `series` was read."""
    members = choice.group.members
    told = ""
    if len(members) > 1:
        number = next(k for k, s in enumerate(members, start=1) if s is series)
        told = f", {WORDS[choice.group.axis]} {number} of {len(members)}"
    chosen = note(
        "series-chosen",
        f"{choice.series.modality} series of {len(series.slices)} slices{told}: {choice.reason}.",
        details={
            "number": choice.series.number,
            "ties": [s.number for s in choice.ties],
            "alternatives": [s.number for s in choice.alternatives],
        },
    )
    return (chosen, *_tie_findings(len(choice.ties)))


def _tie_findings(ties: int) -> tuple[Finding, ...]:
    if not ties:
        return ()
    return (
        warning(
            "series-tied",
            f"{ties} more series {'is' if ties == 1 else 'are'} as good by every rule; pass "
            "--series to choose.",
        ),
    )
