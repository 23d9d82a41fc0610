"""Headers: what one file says about its images, without its pixels.

A file gives an `ImageHeader` for each image in it, or a `Skipped` with the reason.
Nothing here judges whether images belong together; see `medical.dicom.split`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

from medical.dicom.archives import ARCHIVE_MAGIC
from medical.dicom.elements import Elements
from medical.dicom.find import DicomFile
from medical.dicom.parsing import (
    DEFLATED,
    EXPLICIT_BIG,
    NATIVE_SYNTAXES,
    PIXEL_ELEMENTS,
    TRANSFER_SYNTAX,
    UNDEFINED_LENGTH,
    FileHead,
    ParsedFile,
    PixelElement,
    Unopened,
    ends_within_pixels,
    load_head,
    parse,
)
from medical.dicom.quirks import Quirk, quirks_of
from medical.dicom.series import PixelLayout
from medical.dicom.suv import PET_TAGS, PetHeader, pet_header
from medical.dicom.tags import TAGS

DICOMDIR_SOP_CLASS: Final = "1.2.840.10008.1.3.10"
"""Media Storage Directory Storage: a table of contents, no image."""

PACKED: Final = "an archive, not opened; name it itself"

GE_B_VALUE_OFFSET: Final = 100_000
"""GE writes b-values as they are, or with a multiple of this added (seen: 1e9)."""

MEDIA_SOP_CLASS: Final = 0x00020002
LUT_DESCRIPTOR: Final = 0x00283002
LUT_DATA: Final = 0x00283006

WANTED: Final = (*TAGS.values(), *PET_TAGS)

_IDENTITY: Final = MappingProxyType(
    {
        "patient_name": "patient_name",
        "patient_id": "patient_id",
        "patient_birth_date": "birth_date",
        "patient_sex": "sex",
        "accession_number": "accession",
        "institution": "institution",
        "study_date": "study_date",
        "study_description": "study_description",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A file that gives no image, and why; `is_damaged` if it was meant to give one.

    A damaged file's series, number and place are told as far as they can be read.
    """

    file: DicomFile
    reason: str
    is_damaged: bool = False
    series_uid: str = ""
    instance_number: int | None = None
    position_mm: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageHeader:
    """What the header of one image says, as it says it: nothing is checked or judged.

    Parameters
    ----------
    file, frame, tile, layout
        Where and how the pixels are stored, as in `SliceHeader`.
    position_mm, orientation, pixel_spacing_mm
        Geometry as written; empty where absent or malformed.
    phases
        What tells repeated images of one position apart: acquisition number, echo,
        time, b-value, … by name.
    has_geometry_of_its_own
        Whether a frame's or tile's place was told for it alone.
    quirks
        What it lacks of what the standard asks for.
    pet
        What PET says about its values; None for other modalities.
    identity, facts
        As in `Series`.
    """

    file: DicomFile
    layout: PixelLayout
    frame: int = 0
    tile: tuple[int, int] | None = None
    sop_class: str = ""
    sop_instance_uid: str = ""
    series_uid: str = ""
    study_uid: str = ""
    frame_of_reference_uid: str = ""
    modality: str = ""
    number: int | None = None
    instance_number: int | None = None
    description: str = ""
    body_part: str = ""
    protocol: str = ""
    kernel: str = ""
    image_type: tuple[str, ...] = ()
    position_mm: tuple[float, ...] = ()
    orientation: tuple[float, ...] = ()
    pixel_spacing_mm: tuple[float, ...] = ()
    has_imager_spacing: bool = False
    thickness_mm: float | None = None
    slope: float | None = None
    intercept: float | None = None
    padding: tuple[float, float] | None = None
    table: tuple[int, ...] | None = None
    is_burned_in: bool = False
    has_geometry_of_its_own: bool = False
    quirks: tuple[Quirk, ...] = ()
    pet: PetHeader | None = None
    phases: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    identity: dict[str, str] = field(default_factory=dict)


def read_headers(file: DicomFile) -> tuple[ImageHeader, ...] | Skipped:
    """Return the header of every image in `file`, or why there is none.

    Call inside `quiet_readers`. Never raises for what a file may hold.
    """
    return headers_in(load_head(file))


def headers_in(head: FileHead | Unopened) -> tuple[ImageHeader, ...] | Skipped:
    """Return the header of every image in a file whose beginning was loaded.

    Call inside `quiet_readers`. Never raises for what a file may hold.
    """
    if not isinstance(head, FileHead):
        return Skipped(file=head.file, reason=f"cannot be opened ({head.reason})")
    try:
        return _read(head)
    except OSError as error:
        return Skipped(file=head.file, reason=f"cannot be opened ({error.strerror})")
    except (Exception, MemoryError, RecursionError):
        # a damaged header: what pydicom raises here is anybody's guess
        return Skipped(file=head.file, reason="damaged header", is_damaged=True)


def _read(head: FileHead) -> tuple[ImageHeader, ...] | Skipped:
    file = head.file
    if not head.data:
        return Skipped(file=file, reason="empty file")
    if not head.is_like_dicom:
        is_packed = head.data.startswith(ARCHIVE_MAGIC)
        return Skipped(file=file, reason=PACKED if is_packed else "not DICOM")
    parsed = parse(head, WANTED)
    elements, meta = Elements(parsed.dataset), Elements(parsed.meta)
    media_class = meta.text(MEDIA_SOP_CLASS)
    sop_class = elements.text(TAGS["sop_class"]) or media_class
    if DICOMDIR_SOP_CLASS in (media_class, sop_class):
        return Skipped(file=file, reason="DICOMDIR (a table of contents)")
    has_matrix = bool(elements.integer(TAGS["rows"]) and elements.integer(TAGS["columns"]))
    if parsed.pixels is None or not has_matrix:
        return _without_pixels(head, elements, sop_class, has_matrix)
    layout = _layout(elements, parsed, parsed.pixels)
    if ends_within_pixels(head, layout):
        return _damaged(file, elements, "cut off within its pixels")
    images = _images(file, elements, sop_class, layout)
    quirks = quirks_of(
        elements,
        sop_class=sop_class,
        modality=images[0].modality,
        has_meta=bool(meta.text(TRANSFER_SYNTAX)),
        has_table=images[0].table is not None or images[0].slope is not None,
    )
    return tuple(replace(image, quirks=quirks) for image in images) if quirks else images


def _damaged(file: DicomFile, elements: Elements, reason: str) -> Skipped:
    position = elements.numbers(TAGS["position"])
    return Skipped(
        file=file,
        reason=reason,
        is_damaged=True,
        series_uid=elements.text(TAGS["series"]),
        instance_number=elements.integer(TAGS["instance_number"]),
        position_mm=(position[0], position[1], position[2]) if len(position) == 3 else None,
    )


def _images(
    file: DicomFile, elements: Elements, sop_class: str, layout: PixelLayout
) -> tuple[ImageHeader, ...]:
    from medical.dicom import frames, mosaic, nuclear

    header = plain_header(file, elements, sop_class, layout)
    if TAGS["frame_groups"] in elements and layout.frames >= 1:
        return frames.headers_of_frames(header, elements) or (header,)
    if mosaic.is_mosaic(header):
        return mosaic.headers_of_tiles(header, elements) or (header,)
    if nuclear.is_reconstruction(header):
        return nuclear.headers_of_slices(header, elements) or (header,)
    return (header,)


def _without_pixels(
    head: FileHead, elements: Elements, sop_class: str, has_matrix: bool
) -> Skipped:
    known = bool(sop_class or elements.text(TAGS["modality"]) or elements.text(TAGS["series"]))
    if not known and not head.has_preamble:
        return Skipped(file=head.file, reason="not DICOM")
    if has_matrix or not known or _is_image_class(sop_class):
        return _damaged(head.file, elements, "cut off before its pixels")
    return Skipped(file=head.file, reason="DICOM without an image")


def _is_image_class(sop_class: str) -> bool:
    from pydicom.uid import UID

    return "Image Storage" in UID(sop_class).name if sop_class else False


def _layout(elements: Elements, parsed: ParsedFile, pixels: PixelElement) -> PixelLayout:
    syntax = parsed.transfer_syntax
    allocated = elements.integer(TAGS["bits_allocated"]) or 16
    stored = elements.integer(TAGS["bits_stored"]) or allocated
    high = elements.integer(TAGS["high_bit"])
    is_native = syntax in NATIVE_SYNTAXES and pixels.length != UNDEFINED_LENGTH
    return PixelLayout(
        transfer_syntax=syntax,
        rows=elements.integer(TAGS["rows"]) or 0,
        columns=elements.integer(TAGS["columns"]) or 0,
        bits_allocated=allocated,
        bits_stored=min(stored, allocated),
        high_bit=min(stored, allocated) - 1 if high is None else high,
        is_signed=elements.integer(TAGS["pixel_representation"]) == 1,
        photometric=elements.text(TAGS["photometric"]).upper() or "MONOCHROME2",
        samples=elements.integer(TAGS["samples"]) or 1,
        element=PIXEL_ELEMENTS[pixels.tag],
        frames=max(elements.integer(TAGS["frames"]) or 1, 1),
        offset=None if syntax == DEFLATED else pixels.offset,
        is_encapsulated=not is_native,
        is_big_endian=syntax == EXPLICIT_BIG,
    )


def plain_header(
    file: DicomFile, elements: Elements, sop_class: str, layout: PixelLayout
) -> ImageHeader:
    """Return the header of a classic image: one image a file, geometry at the top."""
    e, t = elements, TAGS
    return ImageHeader(
        file=file,
        layout=layout,
        sop_class=sop_class,
        sop_instance_uid=e.text(t["sop_instance"]),
        series_uid=e.text(t["series"]),
        study_uid=e.text(t["study"]),
        frame_of_reference_uid=e.text(t["frame_of_reference"])
        or e.text(t["volume_frame_of_reference"]),
        modality=e.text(t["modality"]).upper(),
        number=e.integer(t["number"]),
        instance_number=e.integer(t["instance_number"]),
        description=e.text(t["description"]),
        body_part=e.text(t["body_part"]),
        protocol=e.text(t["protocol"]),
        kernel=e.text(t["kernel"]),
        image_type=tuple(word.upper() for word in e.words(t["image_type"])),
        position_mm=e.numbers(t["position"]),
        orientation=e.numbers(t["orientation"]),
        pixel_spacing_mm=e.numbers(t["spacing"]),
        has_imager_spacing=bool(e.numbers(t["imager_spacing"])),
        thickness_mm=e.number(t["thickness"]),
        slope=e.number(t["slope"]),
        intercept=e.number(t["intercept"]),
        padding=padding_range(e, layout),
        table=_table(e),
        is_burned_in=e.text(t["burned_in"]).upper() == "YES",
        pet=pet_header(e) if e.text(t["modality"]).upper() == "PT" else None,
        phases=_phases(e),
        facts=_facts(e, layout),
        identity={name: e.text(t[tag]) for name, tag in _IDENTITY.items()},
    )


def _table(elements: Elements) -> tuple[int, ...] | None:
    """Return the modality LUT: first stored value, then the entries (C.11.1.1.1)."""
    item = elements.first(TAGS["modality_lut"])
    if item is None or elements.number(TAGS["slope"]) is not None:
        return None
    descriptor, data = item.numbers(LUT_DESCRIPTOR), item.numbers(LUT_DATA)
    if len(descriptor) != 3 or not data:
        return None
    first = int(descriptor[1])
    is_signed = elements.integer(TAGS["pixel_representation"]) == 1
    if is_signed and first >= 1 << 15:
        first -= 1 << 16
    return first, *(int(x) for x in data)


def padding_range(elements: Elements, layout: PixelLayout) -> tuple[float, float] | None:
    """Return lowest and highest padding value, with the sign of the pixels (C.7.5.1.1.2)."""
    first, limit = elements.number(TAGS["padding"]), elements.number(TAGS["padding_limit"])
    if first is None:
        return None
    span = 1 << min(layout.bits_allocated, 32)

    def signed(value: float) -> float:
        if layout.element != "int" or layout.bits_allocated > 32:
            return value
        value %= span
        return value - span if layout.is_signed and value >= span / 2 else value

    ends = sorted((signed(first), signed(first if limit is None else limit)))
    return ends[0], ends[1]


def _phases(elements: Elements) -> dict[str, Any]:
    e, t = elements, TAGS
    found = {
        "image_type": e.text(t["image_type"]),
        "echo": e.integer(t["echo_number"]),
        "echo_time": e.number(t["echo_time"]),
        "temporal_position": e.integer(t["temporal_position"]),
        "b_value": e.number(t["b_value"]),
        "siemens_b_value": e.number(t["siemens_b_value"]),
        "philips_b_value": e.number(t["philips_b_value"]),
        "ge_b_value": _ge_b_value(e),
        "gradient": e.numbers(t["gradient"]) or e.numbers(t["siemens_gradient"]) or None,
        "complex_component": e.text(t["complex_component"]),
        "acquisition": e.integer(t["acquisition"]),
        "trigger_time": e.number(t["trigger_time"]),
        "frame_reference_time": e.number(t["frame_reference_time"]),
        "acquisition_time": e.text(t["acquisition_time"]),
        "kernel": e.text(t["kernel"]),
        "description": e.text(t["description"]),
    }
    return {name: value for name, value in found.items() if value not in (None, "")}


def _ge_b_value(elements: Elements) -> float | None:
    """Return the b-value that GE writes with a large round number added to it."""
    value = elements.number(TAGS["ge_b_value"])
    return None if value is None else value % GE_B_VALUE_OFFSET


def _facts(elements: Elements, layout: PixelLayout) -> dict[str, Any]:
    e, t = elements, TAGS
    found = {
        "manufacturer": e.text(t["manufacturer"]),
        "model": e.text(t["model"]),
        "kvp": e.number(t["kvp"]),
        "patient_position": e.text(t["patient_position"]),
        "rescale_type": e.text(t["rescale_type"]),
        "tilt_tag_deg": e.number(t["tilt"]),
        "transfer_syntax": layout.transfer_syntax,
        "bits_stored": layout.bits_stored,
    }
    return {name: value for name, value in found.items() if value not in (None, "")}
