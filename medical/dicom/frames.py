"""Enhanced multi-frame objects: one file, one geometry and rescale for each frame.

The functional groups of PS3.3 C.7.6.16 give position, orientation, spacing and rescale
for each frame, or once for all. Frames then take the same road as single images.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from medical.dicom.elements import Elements
from medical.dicom.headers import ImageHeader
from medical.dicom.tags import TAGS

PLANE_POSITION: Final = 0x00209113
PLANE_ORIENTATION: Final = 0x00209116
VOLUME_PLANE_POSITION: Final = 0x0020930E
VOLUME_PLANE_ORIENTATION: Final = 0x0020930F
IMAGE_POSITION_VOLUME: Final = 0x00209301
IMAGE_ORIENTATION_VOLUME: Final = 0x00209302
PIXEL_MEASURES: Final = 0x00289110
PIXEL_VALUE_TRANSFORMATION: Final = 0x00289145
FRAME_CONTENT: Final = 0x00209111
MR_DIFFUSION: Final = 0x00189117
MR_ECHO: Final = 0x00189114
TEMPORAL_POSITION: Final = 0x00209310
DIFFUSION_DIRECTION: Final = 0x00189076
FRAME_TYPE_GROUPS: Final = (0x00189226, 0x00189329, 0x00189751)
"""MR, CT and PET frame type sequences."""

DIMENSION_INDEX_VALUES: Final = 0x00209157
FRAME_ACQUISITION_NUMBER: Final = 0x00209156
TEMPORAL_POSITION_INDEX: Final = 0x00209128
STACK_ID: Final = 0x00209056
EFFECTIVE_ECHO_TIME: Final = 0x00189082
KERNEL_GROUP: Final = 0x00189314


def headers_of_frames(header: ImageHeader, elements: Elements) -> tuple[ImageHeader, ...]:
    """Return one header a frame, or nothing if the groups do not match the frames."""
    shared = elements.first(TAGS["shared_groups"])
    groups = elements.items(TAGS["frame_groups"])
    if len(groups) != header.layout.frames:
        return ()
    return tuple(_header(header, k, own, shared) for k, own in enumerate(groups))


def _header(header: ImageHeader, index: int, own: Elements, shared: Elements | None) -> ImageHeader:
    def group(tag: int) -> Elements | None:
        return own.first(tag) or (shared.first(tag) if shared else None)

    position_mm, orientation, own_frame = _plane(group)
    measures, rescale = group(PIXEL_MEASURES), group(PIXEL_VALUE_TRANSFORMATION)
    rescale_type = rescale.text(TAGS["rescale_type"]) if rescale else ""
    kernel_group = group(KERNEL_GROUP)
    return replace(
        header,
        frame=index,
        instance_number=index + 1,
        position_mm=position_mm,
        orientation=orientation,
        pixel_spacing_mm=measures.numbers(TAGS["spacing"]) if measures else (),
        thickness_mm=measures.number(TAGS["thickness"]) if measures else None,
        slope=rescale.number(TAGS["slope"]) if rescale else header.slope,
        intercept=rescale.number(TAGS["intercept"]) if rescale else header.intercept,
        kernel=(kernel_group.text(TAGS["kernel"]) if kernel_group else "") or header.kernel,
        phases=_phases(header, own, shared),
        has_geometry_of_its_own=True,
        facts=header.facts | ({"rescale_type": rescale_type} if rescale_type else {}) | own_frame,
    )


def _plane(
    group: Callable[[int], Elements | None],
) -> tuple[tuple[float, ...], tuple[float, ...], dict[str, bool]]:
    """Return position and orientation of a frame, and a fact if no patient is their frame.

    Ultrasound volumes stand in a frame of their own, that of the probe (C.7.6.16.2.21).
    """
    position, orientation = group(PLANE_POSITION), group(PLANE_ORIENTATION)
    if position or orientation:
        place = position.numbers(TAGS["position"]) if position else ()
        return place, orientation.numbers(TAGS["orientation"]) if orientation else (), {}
    position, orientation = group(VOLUME_PLANE_POSITION), group(VOLUME_PLANE_ORIENTATION)
    if not (position and orientation):
        return (), (), {}
    place = position.numbers(IMAGE_POSITION_VOLUME)
    return place, orientation.numbers(IMAGE_ORIENTATION_VOLUME), {"frame_of_probe": True}


def _phases(header: ImageHeader, own: Elements, shared: Elements | None) -> dict[str, object]:
    """Return what tells frames of one position apart."""
    found: dict[str, object] = {}
    content = own.first(FRAME_CONTENT)
    if content:
        found["temporal_position"] = content.integer(TEMPORAL_POSITION_INDEX)
        found["acquisition"] = content.integer(FRAME_ACQUISITION_NUMBER)
        found["stack"] = content.text(STACK_ID)
        for k, value in enumerate(content.numbers(DIMENSION_INDEX_VALUES)):
            found[f"dimension_{k}"] = int(value)
    for tag in FRAME_TYPE_GROUPS:
        kind = own.first(tag) or (shared.first(tag) if shared else None)
        if kind:
            found["image_type"] = kind.text(TAGS["frame_type"])
            found["complex_component"] = kind.text(TAGS["complex_component"])
    diffusion = own.first(MR_DIFFUSION)
    if diffusion:
        found["b_value"] = diffusion.number(TAGS["b_value"])
        direction = diffusion.first(DIFFUSION_DIRECTION)
        found["gradient"] = direction.numbers(TAGS["gradient"]) if direction else None
    echo = own.first(MR_ECHO)
    if echo:
        found["echo_time"] = echo.number(EFFECTIVE_ECHO_TIME)
    kept = {name: value for name, value in found.items() if value not in (None, "", ())}
    return {**header.phases, **kept}
