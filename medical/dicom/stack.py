"""Stack: the slices of a series decoded into one volume of physical values."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medical.dicom.calibration import quantity_of
from medical.dicom.direct import is_plain, read_plain
from medical.dicom.find import DicomFile
from medical.dicom.gaps import Lost, lost_finding
from medical.dicom.geometry import StackGeometry, measure
from medical.dicom.padding import fill_padding
from medical.dicom.pixels import (
    NotExactError,
    StoredSlice,
    is_exact_in_int16,
    read_stored,
    stored_range,
    write_physical,
)
from medical.dicom.quiet import load_leniently, quiet_readers
from medical.dicom.series import Series
from medical.errors import UnreadablePixelsError
from shared.finding import Finding, note
from shared.frame import PATIENT_LPS_MM, Frame
from shared.progress import Progress, ignore_progress
from shared.provenance import Provenance, Source
from shared.volume import Quantity, Volume

RUN: Final = 4
"""Slices a thread decodes in one go: handing over takes as long as reading a small one."""

MOST_WORKERS: Final = 8
"""Decoding threads; more than this only wait for memory."""

BRIGHT_HU: Final = 200.0
DARK_HU: Final = -500.0
"""Corners of a CT slice are air: darker than the one, and never brighter than the other."""

FRAME_UID_LENGTH: Final = 16
"""Hexadecimal digits kept of the digest that stands for a frame of reference."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Decoded:
    """Physical values ``[n row column]`` of the slices that could be read."""

    values: NDArray[Any]
    kept: list[int]
    digests: list[bytes]
    padding: dict[int, NDArray[np.bool_]]
    problem: UnreadablePixelsError | None


def read_series(
    series: Series, *, with_digest: bool = True, progress: Progress = ignore_progress
) -> Volume:
    """Return a series as a volume of physical values on a regular grid.

    Values are int16 where that is exact, else float32. The grid keeps the slices' own
    places: a gantry tilt stays as shear. Missing slices are interpolated and uneven ones
    resampled, linearly, and the volume says so.

    Parameters
    ----------
    series
        What `find_series` found and `choose_series` chose.
    with_digest
        Whether the provenance shall name the source by the digest of its pixels.
    progress
        Told how far the decoding is.

    Raises
    ------
    SliceGeometryError
        If the slices cannot be placed as one volume.
    UnreadablePixelsError
        If no slice can be decoded, or too few for a volume.
    """
    measure(series)
    quantity, findings = quantity_of(series)
    is_inverse = _is_inverse(series)
    is_turned = is_inverse and quantity is not Quantity.HU
    with quiet_readers():
        decode = partial(_decode, series, with_digest=with_digest, progress=progress)
        decoded = decode(is_turned=is_turned)
        if is_inverse and not is_turned and _air_is_bright(decoded, series):
            is_turned = True
            decoded = decode(is_turned=True)
    if len(decoded.kept) < 2 and decoded.problem is not None:
        raise decoded.problem
    kept = replace(series, slices=tuple(series.slices[k] for k in decoded.kept))
    geometry = measure(kept)
    values = decoded.values
    if decoded.padding:
        values, padded = fill_padding(values, decoded.padding, quantity=quantity)
        findings += padded
    if is_turned:
        findings += (_turned_finding(),)
    values = on_grid(_as_uptake(values, series), geometry)
    values.setflags(write=False)
    return Volume(
        values=values,
        affine=geometry.affine,
        frame=frame_of(series),
        quantity=quantity,
        provenance=_provenance(kept, geometry, decoded.digests),
        findings=(*series.findings, *_lost(series, kept, decoded), *geometry.findings, *findings),
    )


def _as_uptake(values: NDArray[Any], series: Series) -> NDArray[Any]:
    """Return PET values as SUVbw where the series tells how; other values as they are."""
    factor = None if series.uptake is None else series.uptake.factor
    if factor is None or factor == 1.0:
        return values
    return values.astype(np.float32, copy=False) * np.float32(factor)


def frame_of(series: Series) -> Frame:
    """Return the patient's frame; a digest of the frame of reference tells its origin."""
    uid = series.frame_of_reference_uid
    if not uid:
        return PATIENT_LPS_MM
    digest = hashlib.sha256(uid.encode()).hexdigest()[:FRAME_UID_LENGTH]
    return replace(PATIENT_LPS_MM, uid=digest)


def on_grid(values: NDArray[Any], geometry: StackGeometry) -> NDArray[Any]:
    """Return slices ``[n row column]`` at their places on the regular grid.

    Grid slices between two slices are interpolated linearly, along the line of positions.
    Whole numbers stay whole where only single grid slices are missing.
    """
    if geometry.is_even and not geometry.missing:
        return values
    dtype = values.dtype if geometry.is_even else np.dtype(np.float32)
    grid = np.empty((geometry.slices, *values.shape[1:]), dtype)
    upper = np.searchsorted(geometry.places, np.arange(geometry.slices), side="left")
    for k, above in enumerate(upper):
        place = geometry.places[above]
        if place == k:
            grid[k] = values[above]
            continue
        below = geometry.places[above - 1]
        weight = np.float32((k - below) / (place - below))
        between = values[above - 1] * (1 - weight) + values[above] * weight
        grid[k] = np.rint(between) if dtype.kind == "i" else between
    return grid


def _decode(series: Series, *, is_turned: bool, with_digest: bool, progress: Progress) -> _Decoded:
    decode = partial(
        _decode_as, series, is_turned=is_turned, with_digest=with_digest, progress=progress
    )
    if all(is_exact_in_int16(s) for s in series.slices):
        try:
            return decode(dtype=np.int16)
        except NotExactError:
            pass
    return decode(dtype=np.float32)


def _decode_as(
    series: Series, *, dtype: Any, is_turned: bool, with_digest: bool, progress: Progress
) -> _Decoded:
    values = _empty(series, dtype)
    opened = _open_coded_frames(series)

    def decode(index: int) -> tuple[bytes, NDArray[np.bool_] | None] | UnreadablePixelsError:
        header = series.slices[index]
        try:
            if dtype is np.int16 and not is_turned and is_plain(header):
                return read_plain(values[index], header, with_digest=with_digest), None
            stored: StoredSlice = read_stored(header, dataset=opened.get(header.file))
        except UnreadablePixelsError as error:
            return error
        write_physical(values[index], stored, header, is_turned=is_turned)
        digest = hashlib.sha256(stored.data).digest() if with_digest else b""
        return digest, stored.padding

    digests: list[bytes] = []
    padding: dict[int, NDArray[np.bool_]] = {}
    kept: list[int] = []
    problem: UnreadablePixelsError | None = None
    for index, result in _in_threads(decode, len(series.slices), progress):
        if isinstance(result, UnreadablePixelsError):
            problem = result
            continue
        if result[1] is not None:
            padding[len(kept)] = result[1]
        kept.append(index)
        digests.append(result[0])
    if len(kept) < len(values):
        values = values[kept]
    return _Decoded(values=values, kept=kept, digests=digests, padding=padding, problem=problem)


def _empty(series: Series, dtype: Any) -> NDArray[Any]:
    try:
        return np.empty(series.shape, dtype)
    except (MemoryError, ValueError) as error:  # too many bytes, or more than can be counted
        slices, rows, columns = series.shape
        raise UnreadablePixelsError(
            f"The series says that it has {slices} × {rows} × {columns} voxels: more than there "
            "is memory for.",
            remedy="Check its matrix with recon medical inspect; if it is true, use a machine "
            "with more memory.",
        ) from error


def _open_coded_frames(series: Series) -> dict[DicomFile, Any]:
    """Return the data sets of files with many coded frames, opened once for all frames."""
    files = {
        s.file
        for s in series.slices
        if s.layout is not None and not s.layout.is_direct and s.layout.frames > 1
    }
    if not files:
        return {}
    load_leniently()
    from pydicom import dcmread

    opened: dict[DicomFile, Any] = {}
    for file in files:
        try:
            with file.open("rb") as stream:
                opened[file] = dcmread(stream, force=True)
        except Exception:  # told slice by slice, when decoding fails
            continue
    return opened


def _in_threads(work: Any, count: int, progress: Progress) -> Iterator[tuple[int, Any]]:
    """Yield (index, result) in order, worked out by threads."""
    pool = ThreadPoolExecutor(min(MOST_WORKERS, count, 2 * (os.cpu_count() or 1)))
    try:
        runs = [range(k, min(k + RUN, count)) for k in range(0, count, RUN)]
        results = chain.from_iterable(pool.map(lambda run: [work(k) for k in run], runs))
        for index, result in enumerate(results):
            yield index, result
            progress("read slices", (index + 1) / count)
    finally:
        pool.shutdown(cancel_futures=True)


def _is_inverse(series: Series) -> bool:
    layout = series.slices[0].layout
    return layout is not None and layout.photometric == "MONOCHROME1"


def _air_is_bright(decoded: _Decoded, series: Series) -> bool:
    """Return whether CT numbers make sense only when turned: air around a body is dark.

    MONOCHROME1 is about display, and rescaled CT numbers should mean the same either
    way; some writers turn the numbers themselves.
    """
    layout = series.slices[0].layout
    if layout is None or not decoded.values.size:
        return False
    slope, intercept = series.slices[0].slope, series.slices[0].intercept
    corners = decoded.values[:, [0, 0, -1, -1], [0, -1, 0, -1]]
    corner = float(np.median(corners))
    turned = sum(stored_range(layout)) * slope + 2 * intercept - corner
    return corner > BRIGHT_HU and turned < DARK_HU


def _turned_finding() -> Finding:
    return note(
        "monochrome1-turned",
        "The images are stored with low values bright (MONOCHROME1); turned, so that high is "
        "bright.",
    )


def _lost(series: Series, kept: Series, decoded: _Decoded) -> tuple[Finding, ...]:
    present = set(decoded.kept)
    lost = [
        Lost(
            position_mm=s.position_mm,
            instance_number=s.instance_number,
            why=decoded.problem.problem.rstrip(".").lower(),
        )
        for k, s in enumerate(series.slices)
        if k not in present and decoded.problem is not None
    ]
    return (lost_finding(kept, lost),) if lost else ()


def _provenance(series: Series, geometry: StackGeometry, digests: list[bytes]) -> Provenance:
    sources: tuple[Source, ...] = ()
    if all(digests):
        total = hashlib.sha256(b"".join(digests)).hexdigest()
        files = len({s.file for s in series.slices})
        sources = (Source(kind="dicom-series", sha256=total, files=files),)
    return Provenance(sources=sources).with_step(
        "stack",
        modality=series.modality,
        slices=len(series.slices),
        matrix=[series.rows, series.columns],
        pixel_spacing_mm=list(series.pixel_spacing_mm),
        slice_spacing_mm=round(geometry.spacing_mm, 6),
        tilt_deg=round(geometry.tilt_deg, 4),
        missing=len(geometry.missing),
        resampled=not geometry.is_even,
    )
