"""Write DICOM segmentation objects that refer to their source (PS3.3 A.51), with highdicom."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from medical.objects.colors import dicom_lab_from_color
from medical.objects.names import SIDE_CONCEPTS, side_of_name
from medical.objects.sources import SourceImages, source_images
from shared.concept import Concept, Label
from shared.errors import FrameMismatchError, NothingToBuildError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom import Dataset

    from medical.dicom.series import Series
    from shared.affine import Affine
    from shared.formats.outputs import Staging
    from shared.segmentation import Segmentation


class SegType(StrEnum):
    """How a segmentation object holds its segments (PS3.3 C.8.20.2.3)."""

    BINARY = "BINARY"
    """A bit a voxel and segment; segments may overlap."""
    FRACTIONAL = "FRACTIONAL"
    """A probability a voxel and segment, of labels whose field is one."""
    LABELMAP = "LABELMAP"
    """A number a voxel; segments cannot overlap. Few readers know it yet."""


ANATOMY: Final = Concept(scheme="SCT", code="123037004", meaning="Anatomical Structure")
"""Category of a segment with a code (PS3.16 CID 7150)."""
TISSUE: Final = Concept(scheme="SCT", code="85756007", meaning="Tissue")
"""Category and type of a segment without a code: what 3D Slicer writes too."""

MANUFACTURER: Final = "recon-toolkit"
SERIES_NUMBER: Final = 300
"""Series number of objects: beyond those of usual scans."""
AUTOMATIC: Final = "AUTOMATIC"
SAME_PLACE_MM: Final = 0.06
"""Farthest a slice may stand from its place on the grid to be the source of that plane."""
LONGEST_LABEL: Final = 64
"""Characters of a long string, LO (PS3.5 6.2)."""


def write_seg(
    segmentation: Segmentation,
    path: Path,
    *,
    source: Series,
    kind: SegType | str = SegType.BINARY,
    deidentify: bool = False,
    staging: Staging | None = None,
) -> None:
    """Write labels as a DICOM segmentation object that refers to its source series.

    Planes that no segment shows are left out. Segments are numbered from 1 in the order
    of their values.

    Parameters
    ----------
    segmentation
        On the grid of the source: its slices, `[slice row column]`.
    path
        Where to.
    source
        The series that was segmented.
    kind
        How segments are held.
    deidentify
        Blank patient and study and use fresh UIDs throughout.
    staging
        Of a run that writes several files.

    Raises
    ------
    NothingToBuildError
        If no voxel is labelled.
    FrameMismatchError
        If the grid is not that of the source's slices.
    UsageError
        If segments overlap in a LABELMAP, or fields are no probabilities for FRACTIONAL.
    OutputError
        If the file cannot be written.
    """
    from shared.formats.outputs import staged_outputs

    made = seg_dataset(segmentation, source=source, kind=SegType(kind), deidentify=deidentify)
    if staging is not None:
        made.save_as(staging.path_for(path))
        return
    with staged_outputs() as own:
        made.save_as(own.path_for(path))


def seg_dataset(
    segmentation: Segmentation, *, source: Series, kind: SegType, deidentify: bool
) -> Dataset:
    """Return the data set that `write_seg` writes."""
    from importlib.metadata import version

    from highdicom.seg import Segmentation as SegObject
    from pydicom.uid import generate_uid

    from medical.dicom.quiet import quiet_readers

    images = source_images(source, deidentify=deidentify)
    planes = occupied_planes(segmentation)
    labels = sorted(
        (label for layer in segmentation.layers for label in layer.labels),
        key=lambda label: label.value,
    )
    pixels = _pixels(segmentation, labels, planes, kind)
    geometry = _geometry(segmentation, source, planes)
    with quiet_readers():
        made = SegObject(
            source_images=list(_referable(images)),
            pixel_array=pixels,
            segmentation_type=kind.value,
            segment_descriptions=[_description(n, label) for n, label in enumerate(labels, 1)],
            series_instance_uid=generate_uid(prefix=None),
            series_number=SERIES_NUMBER,
            sop_instance_uid=generate_uid(prefix=None),
            instance_number=1,
            manufacturer=MANUFACTURER,
            manufacturer_model_name=MANUFACTURER,
            software_versions=version(MANUFACTURER),
            device_serial_number="0",
            content_label="SEGMENTATION",
            content_description="Segmentation",
            omit_empty_frames=True,
            **geometry,
        )
        made.SeriesDescription = "Segmentation"
        made.ContentCreatorName = ""
        if deidentify:
            made.PatientIdentityRemoved = "YES"
            made.DeidentificationMethod = "Attributes left out and UIDs replaced"
    return made


def occupied_planes(segmentation: Segmentation) -> list[int]:
    """Return the indices along the first axis where anything is labelled.

    Raises
    ------
    NothingToBuildError
        If nothing is.
    """
    shown = np.zeros(segmentation.layers[0].shape[0], dtype=np.bool_)
    for layer in segmentation.layers:
        shown |= layer.values.any(axis=(1, 2))
    if not shown.any():
        raise NothingToBuildError("No voxel is labelled: there is nothing to write.")
    return [int(k) for k in np.flatnonzero(shown)]


def _pixels(
    segmentation: Segmentation, labels: list[Label], planes: list[int], kind: SegType
) -> NDArray[Any]:
    """Return the array that highdicom takes: ``[plane row column]``, or with segments last."""
    number = {label.name: n for n, label in enumerate(labels, start=1)}
    if kind is SegType.FRACTIONAL:
        return _fractions(segmentation, labels, planes)
    maps = []
    for layer in segmentation.layers:
        renumbered = np.zeros(
            int(max(layer.values.max(), max(label.value for label in layer.labels))) + 1,
            dtype=np.uint16,
        )
        for label in layer.labels:
            renumbered[label.value] = number[label.name]
        maps.append(renumbered[layer.values[planes]])
    if sum((found != 0).astype(np.uint8) for found in maps).max() <= 1:
        merged = maps[0]
        for found in maps[1:]:
            merged = np.maximum(merged, found)
        return merged if merged.max() > np.iinfo(np.uint8).max else merged.astype(np.uint8)
    if kind is SegType.LABELMAP:
        raise UsageError("Labels overlap, which a label map cannot hold.", remedy="Use BINARY.")
    stacked = np.zeros((*maps[0].shape, len(labels)), dtype=np.uint8)
    for found in maps:
        for n in np.unique(found).tolist():
            if n:
                stacked[..., n - 1] |= found == n
    return stacked


def _fractions(
    segmentation: Segmentation, labels: list[Label], planes: list[int]
) -> NDArray[np.float32]:
    shape = (len(planes), *segmentation.layers[0].shape[1:], len(labels))
    fractions = np.zeros(shape, dtype=np.float32)
    masks = {label.name: (layer, label) for layer in segmentation.layers for label in layer.labels}
    for n, label in enumerate(labels):
        field = segmentation.fields.get(label.name)
        if field is None:
            layer, own = masks[label.name]
            fractions[..., n] = layer.values[planes] == own.value
            continue
        values = field.values[planes]
        if values.min() < 0.0 or values.max() > 1.0 or field.level != 0.5:
            raise UsageError(
                f"The field of {label.name} is no probability between 0 and 1.",
                remedy="Write a BINARY object.",
            )
        fractions[..., n] = values
    return fractions


def _geometry(segmentation: Segmentation, source: Series, planes: list[int]) -> dict[str, Any]:
    """Return where the planes stand, as highdicom takes it; a slice's own place where it has one.

    Raises
    ------
    FrameMismatchError
        If rows and columns of the grid are not those of the source.
    """
    from highdicom import PixelMeasuresSequence, PlaneOrientationSequence, PlanePositionSequence

    affine = segmentation.affine
    require_grid_of_source(segmentation, source)
    positions = affine.apply([(k, 0, 0) for k in planes])
    own = source.positions_mm
    far = np.linalg.norm(positions[:, None] - own[None], axis=2)
    nearest = far.argmin(axis=1)
    is_own = far[np.arange(len(planes)), nearest] <= SAME_PLACE_MM
    positions = np.where(is_own[:, None], own[nearest], positions)
    step = float(abs(affine.matrix[:3, 0] @ source.normal))
    return {
        "plane_positions": [
            PlanePositionSequence("PATIENT", tuple(float(x) for x in p)) for p in positions
        ],
        "plane_orientation": PlaneOrientationSequence("PATIENT", source.orientation),
        "pixel_measures": PixelMeasuresSequence(
            pixel_spacing=source.pixel_spacing_mm,
            slice_thickness=source.slice_thickness_mm or step,
            spacing_between_slices=step,
        ),
    }


def require_grid_of_source(segmentation: Segmentation, source: Series) -> None:
    """Raise `FrameMismatchError` unless the grid's planes are planes of the source's images."""
    from medical.dicom.geometry import pixel_axes

    shape, affine = segmentation.layers[0].shape, segmentation.affine
    axes = pixel_axes(source)
    drift = np.abs(affine.matrix[:3, 1:3] - axes) * (np.array(shape[1:]) - 1)
    if shape[1:] != (source.rows, source.columns) or drift.max() > SAME_PLACE_MM:
        raise FrameMismatchError(
            "The labels do not stand on the grid of the source's images.",
            remedy="Bring them to the grid of the series that they shall refer to.",
        )
    if _off_line_mm(affine, source) > SAME_PLACE_MM:
        raise FrameMismatchError(
            "The planes of the labels stand beside the slices of the source.",
            remedy="Name the series that they were made from.",
        )


def _off_line_mm(affine: Affine, source: Series) -> float:
    """Return how far the first slice's corner is from the line of the grid's corners, in mm."""
    index = affine.inverse().apply(source.positions_mm)
    beside = index.copy()
    beside[:, 0] = 0.0
    return float(np.linalg.norm(beside @ affine.matrix[:3, :3].T, axis=1).max())


def _referable(images: SourceImages) -> tuple[Dataset, ...]:
    if len(images.datasets) > 1 and any("NumberOfFrames" in d for d in images.datasets):
        single = all(int(d.get("NumberOfFrames", 1)) == 1 for d in images.datasets)
        if not single:
            raise UsageError(
                "The source is spread over several multi-frame files.",
                remedy="Write NIfTI or NRRD instead.",
            )
    return images.datasets


def _description(number: int, label: Label) -> Any:
    """Return the item of the Segment Sequence for `label`."""
    from importlib.metadata import version

    from highdicom import AlgorithmIdentificationSequence
    from highdicom.seg import SegmentDescription
    from pydicom import Dataset
    from pydicom.sr.coding import Code
    from pydicom.uid import generate_uid

    def code(concept: Concept) -> Code:
        return Code(concept.code, concept.scheme, concept.meaning[:LONGEST_LABEL])

    item = SegmentDescription(
        segment_number=number,
        segment_label=label.name[:LONGEST_LABEL],
        segmented_property_category=code(ANATOMY if label.concept else TISSUE),
        segmented_property_type=code(label.concept or TISSUE),
        algorithm_type=AUTOMATIC,
        algorithm_identification=AlgorithmIdentificationSequence(
            name=MANUFACTURER,
            family=Code("123101", "DCM", "Neighborhood Analysis"),
            version=version(MANUFACTURER),
        ),
        tracking_uid=generate_uid(prefix=None),
        tracking_id=label.name,
    )
    item.RecommendedDisplayCIELabValue = list(dicom_lab_from_color(label.color))
    side = side_of_name(label.name)
    if side is not None:
        modifier = Dataset()
        concept = SIDE_CONCEPTS[side]
        modifier.CodeValue, modifier.CodeMeaning = concept.code, concept.meaning
        modifier.CodingSchemeDesignator = concept.scheme
        kind = item.SegmentedPropertyTypeCodeSequence[0]
        kind.SegmentedPropertyTypeModifierCodeSequence = [modifier]
    return item
