"""Sources: the headers of the images that an object of labels was made from.

Objects carry over patient and study of their source and name each image they are about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from shared.errors import UsageError

if TYPE_CHECKING:
    from pydicom import Dataset

    from medical.dicom.series import Series

BLANKS: Final = (
    "PatientID",
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
    "AccessionNumber",
    "StudyID",
    "StudyDate",
    "StudyTime",
    "ReferringPhysicianName",
)
"""Type 2 attributes of patient and study (PS3.3 C.7.1.1, C.7.2.1): present, maybe empty."""

IDENTITIES: Final = (
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SOPInstanceUID",
    "FrameOfReferenceUID",
)
"""Attributes that tell one study, series, image or origin from all others."""

GEOMETRY: Final = (
    "SOPClassUID",
    "Modality",
    "Rows",
    "Columns",
    "NumberOfFrames",
    "InstanceNumber",
    "PixelSpacing",
    "ImageOrientationPatient",
    "ImagePositionPatient",
    "SliceThickness",
    "SpacingBetweenSlices",
    "ImageType",
    "SpecificCharacterSet",
    "PositionReferenceIndicator",
    "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
    "DimensionOrganizationSequence",
    "DimensionIndexSequence",
)
"""What is kept of a source besides its patient and study: where its pixels stand."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SourceImages:
    """Headers of a series, one data set a file, in the order of its slices.

    Parameters
    ----------
    datasets
        Without pixels, reduced to patient, study, identity and geometry.
    slice_index
        For each slice of the series, the data set it is in.
    """

    datasets: tuple[Dataset, ...]
    slice_index: tuple[int, ...]


def source_images(series: Series, *, deidentify: bool) -> SourceImages:
    """Return the headers that objects made from `series` refer to.

    Parameters
    ----------
    series
        The source, as `medical.dicom.find_series` found it.
    deidentify
        Blank patient and study, and put fresh UIDs in the place of all others, the same
        for the same: nothing leads back to the source, which is then referred to no more.

    Raises
    ------
    UsageError
        If the slices are tiles of a mosaic, which objects cannot refer to.
    """
    from pydicom import dcmread

    from medical.dicom.quiet import quiet_readers

    if any(header.tile is not None for header in series.slices):
        raise UsageError(
            "The source is a mosaic, whose tiles no DICOM object can refer to.",
            remedy="Write NIfTI or NRRD instead.",
        )
    fresh: dict[str, str] = {}
    place: dict[Any, int] = {}
    datasets: list[Dataset] = []
    slice_index = []
    with quiet_readers():
        for header in series.slices:
            if header.file not in place:
                place[header.file] = len(datasets)
                whole = dcmread(header.file, stop_before_pixels=True, force=True)
                datasets.append(_reduced(whole, fresh if deidentify else None))
            slice_index.append(place[header.file])
    return SourceImages(datasets=tuple(datasets), slice_index=tuple(slice_index))


def _reduced(whole: Dataset, fresh: dict[str, str] | None) -> Dataset:
    """Return patient, study, identity and geometry of an image; anew where `fresh` is given."""
    from pydicom import Dataset
    from pydicom.uid import generate_uid

    kept = Dataset()
    for keyword in GEOMETRY:
        if keyword in whole:
            kept[keyword] = whole[keyword]
    for keyword in BLANKS:
        value = whole.get(keyword) if fresh is None else None
        setattr(kept, keyword, "" if value is None else value)
    for keyword in IDENTITIES:
        uid = str(whole.get(keyword) or "")
        if fresh is not None or not uid:
            # without a UID of its own, an image is told by the others: never two alike
            key = f"{keyword} {uid}"
            table = {} if fresh is None else fresh
            uid = table.setdefault(key, generate_uid(prefix=None))
        setattr(kept, keyword, uid)
    return kept
