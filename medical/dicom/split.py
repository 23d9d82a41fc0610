"""Split: image headers → stacks, as a radiologist would sort them.

Images that can never be slices of one volume (localizers, captures, color, projections)
stand apart with the reason. The rest is grouped by what must agree within a volume;
where positions then repeat, by what tells the repetitions apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np

from medical.dicom.find import DicomFile
from medical.dicom.headers import ImageHeader

ORIENTATION_TOLERANCE: Final = 1e-3
"""Largest difference between direction cosines that is still one orientation
(0.06°: writers round cosines, and some let them jitter)."""

SPACING_TOLERANCE: Final = 1e-3
"""Largest relative difference between pixel spacings that is still one spacing."""

COSINE_TOLERANCE: Final = 1e-2
"""Farthest that direction cosines may be from unit length and right angles."""

SECONDARY_CAPTURE: Final = "1.2.840.10008.5.1.4.1.1.7"
"""Secondary Capture Image Storage and, with suffixes, its multi-frame kin."""

LOCALIZER_WORDS: Final = frozenset({"LOCALIZER", "SCOUT", "TOPOGRAM", "SCANOGRAM", "SURVIEW"})
NO_VOLUME_CLASSES: Final = MappingProxyType(
    {
        "1.2.840.10008.5.1.4.1.1.66.4": "a segmentation object",
        "1.2.840.10008.5.1.4.1.1.66.7": "a label map segmentation object",
        "1.2.840.10008.5.1.4.1.1.481.2": "a radiotherapy dose grid",
    }
)
"""SOP classes with pixels that are not an image of the patient."""


class Apart(StrEnum):
    """Why images are no slices of a volume."""

    LOCALIZER = "localizer"
    SECONDARY_CAPTURE = "secondary-capture"
    COLOR = "color"
    OBJECT = "object"
    MOSAIC = "mosaic"
    MULTI_FRAME = "multi-frame"
    PROJECTION = "projection"
    NO_GEOMETRY = "no-geometry"
    BAD_GEOMETRY = "bad-geometry"
    AMBIGUOUS = "ambiguous-positions"
    SINGLE = "single-slice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """Images of one series that stand apart, and why.

    Parameters
    ----------
    kind
        Machine-readable reason.
    reason
        The same for people.
    images
        Number of images.
    files
        Where they are.
    uid, modality, number, description, image_type, rows, columns
        As in the headers.
    """

    kind: Apart
    reason: str
    images: int
    files: tuple[DicomFile, ...]
    uid: str
    modality: str
    number: int | None
    description: str
    image_type: tuple[str, ...]
    rows: int
    columns: int
    identity: dict[str, str]


def why_apart(header: ImageHeader) -> tuple[Apart, str] | None:
    """Return why an image can be no slice of a volume, or None if it can."""
    kind = _kind_apart(header)
    return kind or _geometry_apart(header)


def _kind_apart(header: ImageHeader) -> tuple[Apart, str] | None:
    words = set(header.image_type)
    if header.sop_class in NO_VOLUME_CLASSES:
        return Apart.OBJECT, NO_VOLUME_CLASSES[header.sop_class]
    if header.layout.samples != 1:
        return Apart.COLOR, "color picture: colors are no measured values"
    if header.layout.photometric not in ("MONOCHROME1", "MONOCHROME2"):
        return Apart.COLOR, f"{header.layout.photometric.lower()}: colors are no measured values"
    if words & LOCALIZER_WORDS:
        return Apart.LOCALIZER, "localizer (scout), taken for planning"
    if header.sop_class == SECONDARY_CAPTURE or header.sop_class.startswith(
        SECONDARY_CAPTURE + "."
    ):
        return Apart.SECONDARY_CAPTURE, "secondary capture: a screen picture, not a measurement"
    if "MOSAIC" in words and header.tile is None:
        return Apart.MOSAIC, "mosaic without the private header that places its tiles"
    return None


def _geometry_apart(header: ImageHeader) -> tuple[Apart, str] | None:
    position, cosines, spacing = header.position_mm, header.orientation, header.pixel_spacing_mm
    if header.layout.frames > 1 and not header.has_geometry_of_its_own:
        return Apart.MULTI_FRAME, "several frames without a position for each"
    if not spacing and header.has_imager_spacing:
        return Apart.PROJECTION, "projection image: spacing is known at the detector only"
    if len(position) != 3 or len(cosines) != 6:
        return Apart.NO_GEOMETRY, "position or orientation in the patient is not told"
    if len(spacing) != 2:
        return Apart.NO_GEOMETRY, "pixel spacing is not told"
    if not (min(spacing) > 0 and max(spacing) < 1e3 and max(map(abs, position)) < 1e6):
        return Apart.BAD_GEOMETRY, "spacing or position that cannot be"
    row, column = np.array(cosines).reshape(2, 3)
    off = np.array([row @ row - 1.0, column @ column - 1.0, row @ column])
    if np.abs(off).max() > COSINE_TOLERANCE:
        return Apart.BAD_GEOMETRY, "orientation whose axes are not at right angles"
    return None


def set_apart(headers: Iterable[ImageHeader]) -> tuple[list[ImageHeader], tuple[Aside, ...]]:
    """Return the images that may be slices, and the others by series and reason."""
    slices: list[ImageHeader] = []
    apart: dict[tuple[str, Apart, str], list[ImageHeader]] = {}
    for header in headers:
        why = why_apart(header)
        if why is None:
            slices.append(header)
        else:
            apart.setdefault((header.series_uid, *why), []).append(header)
    return slices, tuple(aside(kind, reason, images) for (_, kind, reason), images in apart.items())


def aside(kind: Apart, reason: str, images: list[ImageHeader]) -> Aside:
    """Return images of one series as standing apart for one reason."""
    first = images[0]
    return Aside(
        kind=kind,
        reason=reason,
        images=sum(1 if h.has_geometry_of_its_own else h.layout.frames for h in images),
        files=tuple(dict.fromkeys(h.file for h in images)),
        uid=first.series_uid,
        modality=first.modality,
        number=first.number,
        description=first.description,
        image_type=first.image_type,
        rows=first.layout.rows,
        columns=first.layout.columns,
        identity=first.identity,
    )


def merged(asides: Iterable[Aside]) -> tuple[Aside, ...]:
    """Return asides with those of one series, matrix and reason brought together."""
    groups: dict[tuple[object, ...], Aside] = {}
    for one in asides:
        key = (one.uid, one.kind, one.reason, one.rows, one.columns)
        before = groups.get(key)
        groups[key] = (
            one
            if before is None
            else replace(
                before,
                images=before.images + one.images,
                files=tuple(dict.fromkeys((*before.files, *one.files))),
            )
        )
    return tuple(groups.values())


class SeriesWide(NamedTuple):
    """What the images of one stack have in common; blank where none tells it."""

    study_uid: str
    modality: str
    frame_of_reference_uid: str


def series_wide(images: Iterable[ImageHeader]) -> SeriesWide:
    """Return what the first image that tells it says, for each field."""
    images = tuple(images)
    return SeriesWide(
        *(next((v for h in images if (v := getattr(h, name))), "") for name in SeriesWide._fields)
    )


def group_by_grid(headers: Iterable[ImageHeader]) -> list[list[ImageHeader]]:
    """Return the images of each series, matrix, spacing and orientation.

    What one image leaves blank is taken from the others of its series, if they agree.
    """
    headers = tuple(headers)
    told = _told_once(headers)
    coarse: dict[tuple[object, ...], list[ImageHeader]] = {}
    for header in headers:
        names = told.get(header.series_uid, {})
        shared = (getattr(header, name) or names.get(name, "") for name in SeriesWide._fields)
        key = (header.series_uid, *shared, matrix_of(header))
        coarse.setdefault(key, []).append(header)
    return [group for images in coarse.values() for group in _by_plane(images)]


def _told_once(headers: Iterable[ImageHeader]) -> dict[str, dict[str, str]]:
    """Return what all images of a series that tell it agree on, by series UID and name."""
    found: dict[str, dict[str, set[str]]] = {}
    for header in headers:
        if header.series_uid:
            of_series = found.setdefault(
                header.series_uid, {name: set() for name in SeriesWide._fields}
            )
            for name in SeriesWide._fields:
                of_series[name].add(getattr(header, name))
    return {
        uid: {name: next(iter(values - {""})) for name, values in names.items() if _is_one(values)}
        for uid, names in found.items()
    }


def _is_one(values: set[str]) -> bool:
    return len(values - {""}) == 1


def matrix_of(header: ImageHeader) -> tuple[int, int]:
    """Return (rows, columns) of one slice: of the tile, in a mosaic."""
    if header.tile is None:
        return header.layout.rows, header.layout.columns
    return int(header.facts["tile_rows"]), int(header.facts["tile_columns"])


def _by_plane(images: list[ImageHeader]) -> list[list[ImageHeader]]:
    """Group by orientation and spacing, within tolerance of the first of each group."""
    planes = np.array([[*h.orientation, *h.pixel_spacing_mm] for h in images])
    groups: list[list[ImageHeader]] = []
    rest = np.arange(len(images))
    while rest.size:
        first = planes[rest[0]]
        turned = np.abs(planes[rest, :6] - first[:6]).max(axis=1)
        scaled = np.abs(planes[rest, 6:] / first[6:] - 1.0).max(axis=1)
        same = (turned <= ORIENTATION_TOLERANCE) & (scaled <= SPACING_TOLERANCE)
        groups.append([images[k] for k in rest[same]])
        rest = rest[~same]
    return groups
