"""Write RT structure sets that refer to their source (PS3.3 A.19)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from medical.objects.outlines import outlines_of
from medical.objects.rtstruct import CONTOUR_DATA, RT_STRUCTURE_SET
from medical.objects.seg_writing import MANUFACTURER, occupied_planes, require_grid_of_source
from medical.objects.sources import BLANKS, source_images

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom import Dataset

    from medical.dicom.series import Series
    from medical.objects.sources import SourceImages
    from shared.concept import Concept, Label
    from shared.formats.outputs import Staging
    from shared.segmentation import LabelMap, LevelField, Segmentation

STUDY_COMPONENT: Final = "1.2.840.10008.3.1.2.3.1"
"""SOP class by which structure sets name their study: retired, and still asked for."""
COORDINATE_DECIMALS: Final = 4
"""Decimals of millimetres: finer than any voxel, within the 16 characters of a DS."""
CLEARANCE: Final = 0.005
"""Nearest a contour comes to the centre of a voxel, as a share of the way to the next one:
so that no rounding moves a voxel across it."""
MASK_LEVEL: Final = 0.5
SAME_SLICE_MM: Final = 0.06
"""Farthest a contour may stand from the image that it is said to lie in."""


def write_rtstruct(
    segmentation: Segmentation,
    path: Path,
    *,
    source: Series,
    deidentify: bool = False,
    staging: Staging | None = None,
) -> None:
    """Write labels as the contours of an RT structure set on the slices of their source.

    Contours run where the field of a label crosses its level, between voxels; without a
    field, midway. Holes are joined to the outer contour by keyholes, as CLOSED_PLANAR asks.

    Parameters
    ----------
    segmentation
        On the grid of the source, ``[slice row column]``.
    path
        Where to.
    source
        The series that was segmented.
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
    OutputError
        If the file cannot be written.
    """
    from shared.formats.outputs import staged_outputs

    occupied_planes(segmentation)
    require_grid_of_source(segmentation, source)
    made = _structure_set(segmentation, source, deidentify=deidentify)
    if staging is not None:
        made.save_as(staging.path_for(path), enforce_file_format=True)
        return
    with staged_outputs() as own:
        made.save_as(own.path_for(path), enforce_file_format=True)


def _structure_set(segmentation: Segmentation, source: Series, *, deidentify: bool) -> Dataset:
    images = source_images(source, deidentify=deidentify)
    made = _head(images, deidentify=deidentify)
    first = images.datasets[0]
    frame_uid = str(first.FrameOfReferenceUID)
    made.ReferencedFrameOfReferenceSequence = [_reference(images, frame_uid)]
    made.StructureSetROISequence, made.ROIContourSequence = [], []
    made.RTROIObservationsSequence = []
    layers = [(layer, label) for layer in segmentation.layers for label in layer.labels]
    layers.sort(key=lambda pair: pair[1].value)
    for number, (layer, label) in enumerate(layers, start=1):
        roi = _item(
            ROINumber=number,
            ReferencedFrameOfReferenceUID=frame_uid,
            ROIName=label.name[:64],
            ROIGenerationAlgorithm="AUTOMATIC",
        )
        made.StructureSetROISequence.append(roi)
        contours = _contours(layer, label, segmentation.fields.get(label.name), source, images)
        colored = _item(
            ROIDisplayColor=[round(255 * channel) for channel in label.color],
            ContourSequence=contours,
            ReferencedROINumber=number,
        )
        made.ROIContourSequence.append(colored)
        made.RTROIObservationsSequence.append(_observation(number, label))
    return made


def _head(images: SourceImages, *, deidentify: bool) -> Dataset:
    """Return patient, study, series and equipment of the set."""
    from datetime import datetime
    from importlib.metadata import version

    from pydicom import Dataset
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ImplicitVRLittleEndian, generate_uid

    first = images.datasets[0]
    made = Dataset()
    made.file_meta = FileMetaDataset()
    # an explicit VR leaves 64 kB for the points of a contour, which skin exceeds
    made.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    made.file_meta.MediaStorageSOPClassUID = RT_STRUCTURE_SET
    made.SOPClassUID = RT_STRUCTURE_SET
    made.SOPInstanceUID = generate_uid(prefix=None)
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    if "SpecificCharacterSet" in first:
        made.SpecificCharacterSet = first.SpecificCharacterSet
    for keyword in (*BLANKS, "StudyInstanceUID"):
        setattr(made, keyword, first.get(keyword, ""))
    made.Modality = "RTSTRUCT"
    made.SeriesInstanceUID = generate_uid(prefix=None)
    made.SeriesNumber, made.InstanceNumber = 301, 1
    made.SeriesDescription = "Structures"
    made.OperatorsName = ""
    made.Manufacturer = made.ManufacturerModelName = MANUFACTURER
    made.SoftwareVersions = version(MANUFACTURER)
    now = datetime.now()
    made.StructureSetLabel = "STRUCTURES"
    made.StructureSetDate, made.StructureSetTime = now.strftime("%Y%m%d"), now.strftime("%H%M%S")
    made.SeriesDate, made.SeriesTime = made.StructureSetDate, made.StructureSetTime
    made.FrameOfReferenceUID = first.FrameOfReferenceUID
    made.PositionReferenceIndicator = first.get("PositionReferenceIndicator", "")
    made.ApprovalStatus = "UNAPPROVED"
    if deidentify:
        made.PatientIdentityRemoved = "YES"
        made.DeidentificationMethod = "Attributes left out and UIDs replaced"
    return made


def _item(**values: Any) -> Dataset:
    from pydicom import Dataset

    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def _reference(images: SourceImages, frame_uid: str) -> Dataset:
    """Return the item that names study, series and images of the source."""
    first = images.datasets[0]
    named = [
        _item(
            ReferencedSOPClassUID=image.SOPClassUID,
            ReferencedSOPInstanceUID=image.SOPInstanceUID,
        )
        for image in images.datasets
    ]
    series = _item(SeriesInstanceUID=first.SeriesInstanceUID, ContourImageSequence=named)
    study = _item(
        ReferencedSOPClassUID=STUDY_COMPONENT,
        ReferencedSOPInstanceUID=first.StudyInstanceUID,
        RTReferencedSeriesSequence=[series],
    )
    return _item(FrameOfReferenceUID=frame_uid, RTReferencedStudySequence=[study])


def _observation(number: int, label: Label) -> Dataset:
    item = _item(
        ObservationNumber=number,
        ReferencedROINumber=number,
        RTROIInterpretedType="",
        ROIInterpreter="",
    )
    if label.concept is not None:
        item.RTROIIdentificationCodeSequence = [_code(label.concept)]
    return item


def _code(concept: Concept) -> Dataset:
    return _item(
        CodeValue=concept.code,
        CodingSchemeDesignator=concept.scheme,
        CodeMeaning=concept.meaning[:64],
    )


def _contours(
    layer: LabelMap,
    label: Label,
    field: LevelField | None,
    source: Series,
    images: SourceImages,
) -> list[Dataset]:
    """Return the contours of a label, slice by slice, each naming its image."""
    contours = []
    own = source.positions_mm
    whole = layer.values == label.value
    rows = _span(whole.any(axis=(0, 2)))
    columns = _span(whole.any(axis=(0, 1)))
    for k in np.flatnonzero(whole.any(axis=(1, 2))).tolist():
        values = None if field is None else field.values[k, rows, columns]
        outlines = [
            outline + np.array((rows.start, columns.start))
            for outline in _plane_outlines(whole[k, rows, columns], values, field)
        ]
        far = np.linalg.norm(own - layer.affine.apply((k, 0, 0)), axis=1)
        nearest = int(far.argmin())
        for outline in outlines:
            index = np.column_stack([np.full(len(outline), float(k)), outline])
            points = np.round(layer.affine.apply(index), COORDINATE_DECIMALS)
            contour = _item(
                ContourGeometricType="CLOSED_PLANAR",
                NumberOfContourPoints=len(points),
            )
            contour[CONTOUR_DATA] = _decimal_strings(points)
            if far[nearest] <= SAME_SLICE_MM:
                contour.ContourImageSequence = [_image(images, source, nearest)]
            contours.append(contour)
    return contours


def _decimal_strings(points: NDArray[np.float64]) -> Any:
    """Return points as the bytes of decimal strings: their check one by one would take minutes."""
    from pydicom.dataelem import RawDataElement
    from pydicom.tag import Tag

    words = "\\".join(f"{x:.{COORDINATE_DECIMALS}f}" for x in points.ravel().tolist())
    data = (words + " " * (len(words) % 2)).encode("ascii")
    return RawDataElement(Tag(CONTOUR_DATA), "DS", len(data), data, 0, True, True)


def _span(shown: NDArray[np.bool_]) -> slice:
    """Return the indices from the first to the last that is shown, and one beside each."""
    at = np.flatnonzero(shown)
    if not len(at):
        return slice(0, 0)
    return slice(max(0, int(at[0]) - 1), min(len(shown), int(at[-1]) + 2))


def _image(images: SourceImages, source: Series, index: int) -> Dataset:
    dataset = images.datasets[images.slice_index[index]]
    item = _item(
        ReferencedSOPClassUID=dataset.SOPClassUID, ReferencedSOPInstanceUID=dataset.SOPInstanceUID
    )
    if int(dataset.get("NumberOfFrames", 1) or 1) > 1:
        item.ReferencedFrameNumber = source.slices[index].frame + 1
    return item


def _plane_outlines(
    mask: NDArray[np.bool_], values: NDArray[Any] | None, field: LevelField | None
) -> list[NDArray[np.float64]]:
    """Return outlines around the centres of `mask`, along the field where it agrees."""
    if values is None or field is None:
        return outlines_of(mask.astype(np.float64), MASK_LEVEL)
    above = np.asarray(values, dtype=np.float64) - field.level
    scale = float(np.median(np.abs(above[mask]))) or 1.0
    above = np.clip(above / scale, -1.0, 1.0)
    inside = np.where(mask, np.maximum(above, CLEARANCE), np.minimum(above, -CLEARANCE))
    return outlines_of(inside, 0.0)
