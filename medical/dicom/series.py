"""Series: the checked headers of one stack of slices, without pixels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medical.dicom.find import DicomFile
from medical.dicom.suv import Uptake
from shared.errors import InvalidValueError
from shared.finding import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelLayout:
    """How the pixels of one file are stored (PS3.3 C.7.6.3, PS3.5 8).

    Parameters
    ----------
    transfer_syntax
        UID of the coding.
    rows, columns
        Matrix of one frame.
    bits_allocated, bits_stored, high_bit, is_signed
        Layout of one sample.
    photometric
        PhotometricInterpretation.
    samples
        Samples per pixel: 1 for everything that can become a volume.
    element
        ``int`` for PixelData, ``float`` or ``double`` for (Double) Float Pixel Data.
    frames
        Frames in the file.
    offset
        Byte at which the pixels start in the file, or None where the data set is deflated.
    is_encapsulated
        Whether the pixels are coded, frame by frame.
    is_big_endian
        Byte order of uncoded pixels.
    """

    transfer_syntax: str
    rows: int
    columns: int
    bits_allocated: int = 16
    bits_stored: int = 16
    high_bit: int = 15
    is_signed: bool = True
    photometric: str = "MONOCHROME2"
    samples: int = 1
    element: str = "int"
    frames: int = 1
    offset: int | None = None
    is_encapsulated: bool = False
    is_big_endian: bool = False

    @property
    def is_direct(self) -> bool:
        """Whether a frame is a run of whole samples in the file that needs no decoder."""
        whole_samples = self.bits_allocated in (8, 16, 32, 64)
        return self.offset is not None and not self.is_encapsulated and whole_samples

    @property
    def frame_bytes(self) -> int:
        """Bytes of one uncoded frame."""
        return self.rows * self.columns * self.samples * (self.bits_allocated // 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceHeader:
    """What one image says about itself, as far as stacking needs it.

    Parameters
    ----------
    file
        Where its pixels are.
    position_mm
        ImagePositionPatient: LPS centre of the first pixel.
    instance_number
        InstanceNumber, or None. For display; never for order.
    sop_instance_uid
        Identity of the instance.
    frame
        Which frame of the file, from 0.
    tile, tile_shape
        (first row, first column) and (rows, columns) of the slice in a mosaic picture,
        or None.
    layout
        How its pixels are stored; None only in values made without files.
    slope, intercept
        Rescale from stored to physical values.
    padding
        Lowest and highest stored value that mean "no pixel here", or None.
    table
        Modality LUT in place of the rescale: first stored value, then the entries.
    """

    file: DicomFile
    position_mm: tuple[float, float, float]
    instance_number: int | None = None
    sop_instance_uid: str = ""
    frame: int = 0
    tile: tuple[int, int] | None = None
    tile_shape: tuple[int, int] | None = None
    layout: PixelLayout | None = None
    slope: float = 1.0
    intercept: float = 0.0
    padding: tuple[float, float] | None = None
    table: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Slices of one series and one orientation, sorted along the normal.

    Everything about geometry is **measured** from ImagePositionPatient and
    ImageOrientationPatient; the tilt tag and SpacingBetweenSlices are not used.
    One DICOM series may fall apart into several of these; they share its `uid`.

    Parameters
    ----------
    slices
        Headers in order of rising position along row × column, the slice normal.
    rows, columns
        Matrix of each slice.
    orientation
        ImageOrientationPatient ``[6]``: LPS direction of increasing column index
        (along a row), then of increasing row index (down a column).
    pixel_spacing_mm
        (between rows, between columns), as DICOM's PixelSpacing.
    uid, frame_of_reference_uid, study_uid
        Identities. Never printed unless asked.
    modality, description, body_part, kernel, protocol
        As in the headers, empty where absent.
    image_type
        The words of ImageType.
    slice_thickness_mm
        As in the headers, or None. For reports only.
    uptake
        How its values become SUV, for PET; else None.
    identity
        Patient's tags, kept apart and shown only when asked.
    facts
        Other header facts that reports print: plain values.
    findings
        What is unusual about it.
    """

    slices: tuple[SliceHeader, ...]
    rows: int
    columns: int
    orientation: tuple[float, float, float, float, float, float]
    pixel_spacing_mm: tuple[float, float]
    uid: str
    modality: str
    number: int | None = None
    frame_of_reference_uid: str | None = None
    study_uid: str | None = None
    description: str = ""
    body_part: str = ""
    kernel: str = ""
    protocol: str = ""
    image_type: tuple[str, ...] = ()
    slice_thickness_mm: float | None = None
    uptake: Uptake | None = field(default=None, hash=False)
    identity: dict[str, str] = field(default_factory=dict, hash=False)
    facts: dict[str, Any] = field(default_factory=dict, hash=False)
    findings: tuple[Finding, ...] = field(default=(), hash=False)

    def __post_init__(self) -> None:
        if not self.slices:
            raise InvalidValueError("A series has at least one slice.")
        along = self.distances_mm
        if not (np.diff(along) > 0).all():
            raise InvalidValueError("The slices of a series rise along their normal.")

    @property
    def normal(self) -> NDArray[np.float64]:
        """Unit slice normal ``[3]`` in LPS: row direction × column direction."""
        cosines = np.asarray(self.orientation, float)
        normal = np.cross(cosines[:3], cosines[3:])
        return np.asarray(normal / np.linalg.norm(normal))

    @property
    def positions_mm(self) -> NDArray[np.float64]:
        """LPS centre of each slice's first pixel ``[n 3]``."""
        return np.array([s.position_mm for s in self.slices], float)

    @property
    def distances_mm(self) -> NDArray[np.float64]:
        """Position of each slice along the normal ``[n]``, in mm."""
        return np.asarray(self.positions_mm @ self.normal)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(slices, rows, columns)."""
        return len(self.slices), self.rows, self.columns
