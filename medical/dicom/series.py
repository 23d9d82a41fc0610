"""Series: the checked headers of one stack of slices, without pixels."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.errors import InvalidValueError
from shared.finding import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceHeader:
    """What one image file says about itself, as far as stacking needs it.

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
    """

    file: Path
    position_mm: tuple[float, float, float]
    instance_number: int | None = None
    sop_instance_uid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Series:
    """Slices of one series and one orientation, sorted along the normal.

    Everything about geometry is **measured** from ImagePositionPatient and
    ImageOrientationPatient; the tilt tag and SpacingBetweenSlices are not used.

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
    identity: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

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
    def distances_mm(self) -> NDArray[np.float64]:
        """Position of each slice along the normal ``[n]``, in mm."""
        positions = np.array([s.position_mm for s in self.slices], float)
        return np.asarray(positions @ self.normal)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(slices, rows, columns)."""
        return len(self.slices), self.rows, self.columns
