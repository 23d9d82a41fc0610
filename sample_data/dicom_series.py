"""Voxels to a DICOM series: one small CT-like file for each slice, the same bytes each time.

UIDs are made from words (UUID version 5 under the root 2.25), dates are fixed, and
nothing of the writing library's version enters a file.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, MRImageStorage
from pydicom.valuerep import format_number_as_ds

from sample_data.implicit_solids import Floats

NAMESPACE: Final = uuid.UUID("5f0d0c5e-6f1c-4d0f-9a55-0c9a4a3f2b10")
"""Namespace of all UIDs made here; any fixed value serves."""
SOP_CLASSES: Final = {"CT": CTImageStorage, "MR": MRImageStorage}
DATE: Final = "20240229"
TIME: Final = "120000"

Change = Callable[[Dataset, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesOptions:
    """What a series says of itself.

    Parameters
    ----------
    study, frame_of_reference, series
        Words that UIDs are made from: equal words give equal UIDs.
    patient_name, patient_id
        The identity that must not turn up in outputs.
    slice_thickness_mm
        Value of the tag; by default the distance of the slices along their normal.
    leave_out
        Slices that are not written: gaps in the stack.
    names
        One file name for each slice; by default names that do not sort in slice order.
    number_from
        Instance number of slice 0; `number_step` is added from slice to slice.
    slope, intercept
        Rescale of the stored 16-bit integers.
    change
        Called with each data set and its slice number before it is written.
    """

    modality: str = "CT"
    study: str = "study"
    series: str = "series"
    frame_of_reference: str = "frame"
    study_description: str = "Phantom"
    series_description: str = ""
    series_number: int = 1
    acquisition_number: int = 1
    patient_name: str = "Phantom^Head"
    patient_id: str = "PHANTOM-01"
    body_part: str = "HEAD"
    patient_position: str = "HFS"
    kernel: str = ""
    image_type: Sequence[str] = ("ORIGINAL", "PRIMARY", "AXIAL")
    slice_thickness_mm: float | None = None
    gantry_tilt_deg: float | None = None
    slope: float = 1.0
    intercept: float = -1024.0
    number_from: int = 1
    number_step: int = 1
    leave_out: Collection[int] = ()
    names: Sequence[str] | None = None
    change: Change | None = None


def write_dicom_series(
    folder: Path, values: NDArray[Any], matrix: Floats, **options: Any
) -> list[Path]:
    """Write each slice of `values` as one file below `folder`; return the paths in slice order.

    Parameters
    ----------
    values
        Physical values ``[slice row column]``.
    matrix
        ``[4 4]`` slice, row and column number → LPS mm. Rows and columns stand at right
        angles; slices may run any way: a step off the normal is a tilted gantry.
    options
        Fields of `SeriesOptions`.
    """
    chosen = SeriesOptions(**options)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(len(values)):
        if number in chosen.leave_out:
            continue
        dataset = slice_dataset(values[number], matrix, number, chosen)
        if chosen.change is not None:
            chosen.change(dataset, number)
        paths.append(folder / _file_name(chosen, number))
        dataset.save_as(paths[-1], enforce_file_format=True)
    return paths


def slice_dataset(
    values: NDArray[Any], matrix: Floats, number: int, options: SeriesOptions
) -> Dataset:
    """Return the data set of slice `number`."""
    dataset = Dataset()
    dataset.file_meta = _file_meta(options, number)
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID
    _set_identity(dataset, options)
    _set_series(dataset, options)
    dataset.InstanceNumber = options.number_from + options.number_step * number
    _set_geometry(dataset, matrix, number, options)
    _set_pixels(dataset, values, options)
    return dataset


def make_uid(*words: object) -> UID:
    """Return the UID that stands for `words`."""
    return UID(f"2.25.{uuid.uuid5(NAMESPACE, '/'.join(map(str, words))).int}")


def _file_name(options: SeriesOptions, number: int) -> str:
    if options.names is not None:
        return options.names[number]
    digest = hashlib.sha256(f"{options.series}/{number}".encode()).hexdigest()
    return f"{digest[:8].upper()}.dcm"


def _file_meta(options: SeriesOptions, number: int) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SOP_CLASSES[options.modality]
    meta.MediaStorageSOPInstanceUID = make_uid(options.study, options.series, number)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = make_uid("implementation")
    meta.ImplementationVersionName = "RECON_SAMPLE_1"
    return meta


def _set_identity(dataset: Dataset, options: SeriesOptions) -> None:
    dataset.PatientName = options.patient_name
    dataset.PatientID = options.patient_id
    dataset.PatientBirthDate = "19700101"
    dataset.PatientSex = "O"
    dataset.StudyInstanceUID = make_uid(options.study)
    dataset.StudyDate = dataset.SeriesDate = dataset.AcquisitionDate = dataset.ContentDate = DATE
    dataset.StudyTime = dataset.SeriesTime = dataset.AcquisitionTime = dataset.ContentTime = TIME
    dataset.ReferringPhysicianName = ""
    dataset.StudyID = "1"
    dataset.AccessionNumber = "PHANTOM-ACC-1"
    dataset.StudyDescription = options.study_description


def _set_series(dataset: Dataset, options: SeriesOptions) -> None:
    dataset.Modality = options.modality
    dataset.SeriesInstanceUID = make_uid(options.study, options.series)
    dataset.SeriesNumber = options.series_number
    dataset.SeriesDescription = options.series_description
    dataset.AcquisitionNumber = options.acquisition_number
    dataset.BodyPartExamined = options.body_part
    dataset.PatientPosition = options.patient_position
    dataset.Laterality = ""
    dataset.Manufacturer = "recon-toolkit"
    dataset.ManufacturerModelName = "analytic phantom"
    dataset.ImageType = list(options.image_type)
    dataset.FrameOfReferenceUID = make_uid(options.study, options.frame_of_reference)
    dataset.PositionReferenceIndicator = ""
    if options.modality == "CT":
        dataset.KVP = "120"
        dataset.ConvolutionKernel = options.kernel
    else:
        dataset.ScanningSequence, dataset.SequenceVariant = "SE", "NONE"
        dataset.ScanOptions, dataset.MRAcquisitionType = "", "2D"


def _set_geometry(dataset: Dataset, matrix: Floats, number: int, options: SeriesOptions) -> None:
    step, down, across = (matrix[:3, n] for n in range(3))
    row_mm, column_mm = float(np.linalg.norm(down)), float(np.linalg.norm(across))
    cosines = [*(across / column_mm), *(down / row_mm)]
    normal = np.cross(cosines[:3], cosines[3:])
    if abs(float(np.dot(cosines[:3], cosines[3:]))) > 1e-6:
        raise ValueError("DICOM images have rows and columns at right angles.")
    thickness = options.slice_thickness_mm
    dataset.SliceThickness = _decimal(abs(float(step @ normal)) if thickness is None else thickness)
    dataset.PixelSpacing = [_decimal(row_mm), _decimal(column_mm)]
    dataset.ImageOrientationPatient = [_decimal(c) for c in cosines]
    dataset.ImagePositionPatient = [_decimal(p) for p in matrix[:3, 3] + number * step]
    if options.gantry_tilt_deg is not None:
        dataset.GantryDetectorTilt = _decimal(options.gantry_tilt_deg)


def _set_pixels(dataset: Dataset, values: NDArray[Any], options: SeriesOptions) -> None:
    stored = np.rint((values - options.intercept) / options.slope)
    limits = np.iinfo(np.int16)
    if stored.min() < limits.min or stored.max() > limits.max:
        raise ValueError("The values do not fit 16 bits; choose another slope.")
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = values.shape
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = 1
    dataset.BurnedInAnnotation = "NO"
    dataset.RescaleIntercept = _decimal(options.intercept)
    dataset.RescaleSlope = _decimal(options.slope)
    if options.modality == "CT":
        dataset.RescaleType = "HU"
        dataset.WindowCenter, dataset.WindowWidth = "40", "400"
    dataset.PixelData = stored.astype("<i2").tobytes()


def _decimal(value: float) -> str:
    """Return a DICOM decimal string: at most 16 characters, no negative zero."""
    return str(format_number_as_ds(float(value) + 0.0))
