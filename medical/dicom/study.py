"""Study: all series under a path, what stands apart, and what could not be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np

from medical.dicom.dicomdir import contents_findings, is_dicomdir
from medical.dicom.find import DicomFile, list_files
from medical.dicom.gaps import Lost, lost_finding
from medical.dicom.geometry import LARGEST_GAP_MM, measure
from medical.dicom.groups import SeriesGroup, group_series
from medical.dicom.headers import ImageHeader, Skipped, headers_in
from medical.dicom.parsing import FileHead, Unopened, load_head
from medical.dicom.phases import Stack, digest_pixels, places_of, separate
from medical.dicom.quiet import quiet_readers
from medical.dicom.quirks import Quirk, assumptions, is_skewed
from medical.dicom.series import Series, SliceHeader
from medical.dicom.split import (
    Apart,
    Aside,
    aside,
    group_by_grid,
    matrix_of,
    merged,
    series_wide,
    set_apart,
)
from medical.dicom.suv import uptake_of
from medical.errors import NoDicomFoundError, SliceGeometryError, UnreadablePixelsError
from shared.finding import Finding, note, warning
from shared.progress import Progress, ignore_progress

SINGLE_REASON: Final = "a single slice of its orientation, which has no depth"

HEADER_WORKERS: Final = 8
"""Threads that load the beginnings of files: their time goes to waiting for the disk."""

B_VALUE_TAGS: Final = ("b_value", "siemens_b_value", "philips_b_value", "ge_b_value")
"""Where writers tell the diffusion weighting, the standard's own tag first."""

RUN: Final = 8
"""Files a thread loads in one go."""

BATCH: Final = 128
"""Files loaded ahead of the parser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What there is under a path.

    Parameters
    ----------
    series
        Every stack of slices, also those that cannot become a volume (see `obstacle_of`).
    asides
        Images that stand apart, with the reason.
    skipped
        Number of files that gave no image, by reason.
    damaged
        Files that should have given one.
    files
        Number of files looked at.
    remarks
        What was found out about the files themselves.
    """

    series: tuple[Series, ...]
    asides: tuple[Aside, ...] = ()
    skipped: dict[str, int] = field(default_factory=dict)
    damaged: tuple[Skipped, ...] = ()
    files: int = 0
    remarks: tuple[Finding, ...] = ()

    @property
    def groups(self) -> tuple[SeriesGroup, ...]:
        """The series, with time points, b-values and echoes of one scan brought together."""
        return group_series(self.series)

    def group_of(self, series: Series) -> SeriesGroup:
        """Return the group that a series of this study is a member of."""
        return next(g for g in self.groups if any(s is series for s in g.members))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was not read, and why."""
        found = [*self.remarks, *_mixed_findings(*self.series, *self.asides)]
        for reason, count in sorted(self.skipped.items()):
            is_damage = any(d.reason == reason for d in self.damaged)
            make = warning if is_damage else note
            files = "1 file" if count == 1 else f"{count} files"
            found.append(
                make(
                    "damaged-files" if is_damage else "files-skipped",
                    f"{files} left out: {reason}.",
                    details={"reason": reason, "files": count},
                )
            )
        return tuple(found)


def find_series(path: Path | str, *, progress: Progress = ignore_progress) -> Study:
    """Return every series under `path`, from headers alone.

    Parameters
    ----------
    path
        A folder, with any names and folders in it; a file; a DICOMDIR, which stands for its
        folder; or a zip or tar archive, which is not unpacked.
    progress
        Told how far the reading of headers is.

    Raises
    ------
    InputNotFoundError
        If there is no such path.
    DamagedFileError, UnsafeArchiveError
        If it is an archive that cannot or should not be read.
    NoDicomFoundError
        If nothing under it is a DICOM file.
    UnreadablePixelsError
        If there are DICOM images, and all of them are damaged.
    """
    path = Path(path)
    files = list_files(path.parent if is_dicomdir(path) else path)
    headers, skipped = read_all_headers(files, progress=progress)
    _require_images(path, files, headers, skipped)
    study = sort_headers(headers, skipped, files=len(files))
    return replace(study, remarks=contents_findings(files))


def read_all_headers(
    files: Iterable[DicomFile], *, progress: Progress = ignore_progress
) -> tuple[list[ImageHeader], list[Skipped]]:
    """Return the header of every image in `files`, and the files that gave none."""
    files = tuple(files)
    headers: list[ImageHeader] = []
    skipped: list[Skipped] = []
    workers = min(HEADER_WORKERS, max(1, len(files)))
    batches = [files[k : k + BATCH] for k in range(0, len(files), BATCH)]
    with quiet_readers(), ThreadPoolExecutor(workers) as pool:
        ahead = [pool.map(_load_heads, _runs(batch)) for batch in batches[:1]]
        for k, batch in enumerate(batches):
            heads = ahead.pop()
            ahead += [pool.map(_load_heads, _runs(b)) for b in batches[k + 1 : k + 2]]
            for result in map(headers_in, chain.from_iterable(heads)):
                if isinstance(result, Skipped):
                    skipped.append(result)
                else:
                    headers.extend(result)
            progress("read headers", min(1.0, (k * BATCH + len(batch)) / len(files)))
    return headers, skipped


def _runs(files: tuple[DicomFile, ...]) -> list[tuple[DicomFile, ...]]:
    return [files[k : k + RUN] for k in range(0, len(files), RUN)]


def _load_heads(files: tuple[DicomFile, ...]) -> list[FileHead | Unopened]:
    return [load_head(file) for file in files]


def sort_headers(
    headers: Iterable[ImageHeader], skipped: Iterable[Skipped] = (), *, files: int = 0
) -> Study:
    """Return headers sorted into series and asides."""
    images, asides = set_apart(headers)
    skipped = tuple(skipped)
    series: list[Series] = []
    others = list(asides)
    for group in group_by_grid(images):
        stacks, left = separate(group, digest=digest_pixels, largest_gap_mm=LARGEST_GAP_MM)
        if left:
            others.append(_ambiguous(left))
        whole = [s for s in stacks if len(s.images) > 1]
        loose = [image for s in stacks if len(s.images) == 1 for image in s.images]
        if loose:
            others.append(aside(Apart.SINGLE, SINGLE_REASON, loose))
        series.extend(series_of(stack) for stack in whole)
    damaged = tuple(s for s in skipped if s.is_damaged)
    series = [_with_losses(s, damaged) for s in series]
    series.sort(key=lambda s: (s.number is None, s.number or 0, s.uid, s.facts.get("stack", 0)))
    return Study(
        series=tuple(series),
        asides=merged(others),
        skipped=dict(Counter(s.reason for s in skipped)),
        damaged=damaged,
        files=files,
    )


def _ambiguous(images: list[ImageHeader]) -> Aside:
    if int(places_of(images).max()) == 0:
        reason = f"all {len(images)} images say that they stand at one position"
    else:
        reason = "positions that hold several different images, which nothing tells apart"
    return aside(Apart.AMBIGUOUS, reason, images)


def series_of(stack: Stack) -> Series:
    """Return a stack as a series, with the orientation made exactly orthonormal."""
    first = stack.images[0]
    told = series_wide(stack.images)
    rows, columns = matrix_of(first)
    facts = dict(first.facts)
    facts.pop("tile_rows", None)
    facts.pop("tile_columns", None)
    if stack.count > 1:
        facts |= {"stack": stack.index + 1, "stacks": stack.count, "told_apart_by": stack.phase}
    b_value = next((first.phases[tag] for tag in B_VALUE_TAGS if tag in first.phases), None)
    if b_value is not None:
        facts["b_value"] = b_value
    pets = [h.pet for h in stack.images if h.pet is not None]
    thickness = {h.thickness_mm for h in stack.images}
    series = Series(
        slices=tuple(_slice(h) for h in stack.images),
        rows=rows,
        columns=columns,
        orientation=_orthonormal(first.orientation),
        pixel_spacing_mm=(first.pixel_spacing_mm[0], first.pixel_spacing_mm[1]),
        uid=first.series_uid,
        modality=told.modality,
        number=first.number,
        frame_of_reference_uid=told.frame_of_reference_uid or None,
        study_uid=told.study_uid or None,
        description=first.description,
        body_part=first.body_part,
        kernel=first.kernel,
        protocol=first.protocol,
        image_type=first.image_type,
        slice_thickness_mm=thickness.pop() if len(thickness) == 1 else first.thickness_mm,
        uptake=uptake_of(pets) if pets else None,
        identity=first.identity,
        facts=facts | ({"burned_in": True} if any(h.is_burned_in for h in stack.images) else {}),
        findings=(*stack.findings, *_assumptions(stack)),
    )
    return series


def _assumptions(stack: Stack) -> tuple[Finding, ...]:
    images = stack.images
    told = (_probe_frame(),) if images[0].facts.get("frame_of_probe") else ()
    quirks = [quirk for image in images for quirk in image.quirks]
    uids = Counter((h.sop_instance_uid, h.frame, h.tile) for h in images if h.sop_instance_uid)
    quirks += [Quirk.SAME_UID for count in uids.values() if count > 1 for _ in range(count)]
    quirks += [Quirk.SKEWED for image in images if is_skewed(image.orientation)]
    return (*told, *assumptions(quirks, images=len(images)))


def _probe_frame() -> Finding:
    return warning(
        "sides-unknown",
        "The volume stands in the frame of the ultrasound probe, not of the patient: left, right, "
        "front, back, head and feet are not known, whatever letters say.",
    )


def obstacle_of(series: Series) -> SliceGeometryError | None:
    """Return why a series cannot become a volume, or None if it can."""
    try:
        measure(series)
    except SliceGeometryError as error:
        return error
    return None


def _slice(header: ImageHeader) -> SliceHeader:
    x, y, z = header.position_mm
    return SliceHeader(
        file=header.file,
        position_mm=(x, y, z),
        instance_number=header.instance_number,
        sop_instance_uid=header.sop_instance_uid,
        frame=header.frame,
        tile=header.tile,
        tile_shape=None if header.tile is None else matrix_of(header),
        layout=header.layout,
        slope=1.0 if header.slope is None else header.slope,
        intercept=0.0 if header.intercept is None else header.intercept,
        padding=header.padding,
        table=header.table,
    )


def _orthonormal(
    cosines: tuple[float, ...],
) -> tuple[float, float, float, float, float, float]:
    """Return direction cosines at exactly unit length and right angles."""
    row, column = np.array(cosines, float).reshape(2, 3)
    row = row / np.linalg.norm(row)
    column = column - (column @ row) * row
    column = column / np.linalg.norm(column)
    a, b, c, d, e, f = (float(x) for x in (*row, *column))
    return a, b, c, d, e, f


def _with_losses(series: Series, damaged: tuple[Skipped, ...]) -> Series:
    """Return a series with a finding for its files that were damaged."""
    lost = [
        Lost(position_mm=d.position_mm, instance_number=d.instance_number, why=d.reason)
        for d in damaged
        if d.series_uid and d.series_uid == series.uid
    ]
    if not lost:
        return series
    return replace(series, findings=(*series.findings, lost_finding(series, lost)))


def _mixed_findings(*images: Series | Aside) -> tuple[Finding, ...]:
    """Return a warning if the images belong to several patients."""
    patients = {i.identity.get("patient_id") or i.identity.get("patient_name") for i in images}
    patients -= {None, ""}
    if len(patients) < 2:
        return ()
    return (
        warning(
            "several-patients",
            f"The images belong to {len(patients)} different patients; check that the right "
            "series is used.",
            details={"patients": len(patients)},
        ),
    )


def _require_images(
    path: Path, files: tuple[DicomFile, ...], headers: list[ImageHeader], skipped: list[Skipped]
) -> None:
    if headers:
        return
    counts = Counter(s.reason for s in skipped)
    reasons = ", ".join(f"{count} {reason}" for reason, count in counts.most_common())
    damaged = [s for s in skipped if s.is_damaged]
    if damaged:
        raise UnreadablePixelsError(
            f"No image can be read: {reasons}.",
            remedy="Copy the files again from their source; these are incomplete.",
        )
    if not files:
        raise NoDicomFoundError(
            f"The folder {path} is empty.", remedy="Name the folder that holds the DICOM files."
        )
    raise NoDicomFoundError(
        f"No DICOM image among {len(files)} file{'s' if len(files) > 1 else ''} in {path}: "
        f"{reasons}.",
        remedy=_remedy_without_images(files),
    )


def _remedy_without_images(files: tuple[DicomFile, ...]) -> str:
    """Return what to do where nothing is DICOM, but other images may be there."""
    from medical.images import is_image_file

    others = [file.name for file in files if is_image_file(Path(file.name))]
    if not others:
        return "Name the folder that holds the DICOM files of the scan."
    return f"Name one of its {len(others)} image files itself, such as {others[0]}."
