"""Nuclear medicine: reconstructed slices in one file, placed by its detector.

A tomographic reconstruction (PS3.3 C.8.4.6, Image Type RECON TOMO) tells position and
orientation of its first slice in the Detector Information Sequence, the number of each
frame's slice in the Slice Vector, and their distance in SpacingBetweenSlices, which has a
sign here. There is no second position to measure from.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from medical.dicom.elements import Elements
from medical.dicom.headers import ImageHeader
from medical.dicom.tags import TAGS

NM_CLASS: Final = "1.2.840.10008.5.1.4.1.1.20"
RECONSTRUCTED: Final = frozenset({"RECON TOMO", "RECON GATED TOMO"})
DETECTORS: Final = 0x00540022
SLICE_VECTOR: Final = 0x00540080
TIME_SLOT_VECTOR: Final = 0x00540070


def is_reconstruction(header: ImageHeader) -> bool:
    """Return whether the file holds the slices of a tomographic reconstruction."""
    return header.sop_class == NM_CLASS and bool(RECONSTRUCTED & set(header.image_type))


def headers_of_slices(header: ImageHeader, elements: Elements) -> tuple[ImageHeader, ...]:
    """Return one header a frame, or nothing if the file does not tell where they stand."""
    detector = elements.first(DETECTORS)
    numbers = elements.numbers(SLICE_VECTOR)
    spacing = elements.number(TAGS["spacing_between_slices"])
    slots = elements.numbers(TIME_SLOT_VECTOR)
    if detector is None or not spacing or len(numbers) != header.layout.frames:
        return ()
    position = detector.numbers(TAGS["position"])
    cosines = detector.numbers(TAGS["orientation"])
    if len(position) != 3 or len(cosines) != 6:
        return ()
    row, column = np.array(cosines).reshape(2, 3)
    step = np.cross(row, column) * spacing
    found = []
    for frame, number in enumerate(numbers):
        place = np.array(position) + (number - 1) * step
        slot = {"temporal_position": int(slots[frame])} if frame < len(slots) else {}
        found.append(
            replace(
                header,
                frame=frame,
                instance_number=frame + 1,
                position_mm=tuple(float(x) for x in place),
                orientation=cosines,
                has_geometry_of_its_own=True,
                phases={**header.phases, **slot},
            )
        )
    return tuple(found)
