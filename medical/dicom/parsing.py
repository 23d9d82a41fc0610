"""Parsing: the beginning of a file becomes a data set, up to its pixels.

Reading and parsing are apart: threads wait for disks, while parsing needs the
interpreter and gains nothing from them.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from types import MappingProxyType
from typing import Any, BinaryIO, Final

from medical.dicom.archives import Member
from medical.dicom.elements import Elements
from medical.dicom.find import DicomFile
from medical.dicom.quick import quick_parse
from medical.dicom.quiet import load_leniently
from medical.dicom.series import PixelLayout

HEAD_BYTES: Final = 1 << 15
"""How much of a file is loaded at first; nearly all headers of single images are shorter."""

LONG_HEAD_BYTES: Final = 1 << 19
"""How much is loaded where that does not do; private headers of some makers are this long."""

IMPLICIT_LITTLE: Final = "1.2.840.10008.1.2"
EXPLICIT_LITTLE: Final = "1.2.840.10008.1.2.1"
DEFLATED: Final = "1.2.840.10008.1.2.1.99"
EXPLICIT_BIG: Final = "1.2.840.10008.1.2.2"
NATIVE_SYNTAXES: Final = frozenset({IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG, DEFLATED})
"""Transfer syntaxes whose pixels are not encapsulated (PS3.5 annex A)."""

TRANSFER_SYNTAX: Final = 0x00020010

META_GROUP_LENGTH: Final = b"DICM\x02\x00\x00\x00"
"""Byte 128 to 136 of a file whose meta header starts as it should (PS3.10 7.1)."""

LARGEST_INFLATED_BYTES: Final = 1 << 30
"""Deflated data sets beyond this are refused: more is a bomb, not an image."""

PIXEL_ELEMENTS: Final = MappingProxyType(
    {0x7FE00008: "float", 0x7FE00009: "double", 0x7FE00010: "int"}
)
FIRST_PIXEL_ELEMENT: Final = min(PIXEL_ELEMENTS)

ITEM_TAG: Final = b"\xfe\xff\x00\xe0"
"""(FFFE,E000), before each fragment of encapsulated pixels."""

UNDEFINED_LENGTH: Final = 0xFFFFFFFF
"""Length of an element that ends with a delimiter (PS3.5 7.1): encapsulated pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHead:
    """The beginning of a file, and its size."""

    file: DicomFile
    data: bytes
    size: int

    @property
    def has_preamble(self) -> bool:
        """Whether the file starts as DICOM files do (PS3.10 7.1)."""
        return self.data[128:132] == b"DICM"

    @property
    def is_like_dicom(self) -> bool:
        """Whether the file may be DICOM: with preamble, or straight with group 2 or 8."""
        head = self.data
        if self.has_preamble:
            return True
        if len(head) < 8 or head[0] not in (2, 8) or head[1] != 0:
            return False
        vr, length = head[4:6], int.from_bytes(head[4:8], "little")
        is_explicit = vr.isalpha() and vr.isupper()
        return is_explicit or length < 256


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelElement:
    """Where the pixels stand: tag, declared length, and first byte of the value."""

    tag: int
    length: int
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParsedFile:
    """A data set up to its pixels, its meta header, and where the pixels are, if any."""

    dataset: Any
    pixels: PixelElement | None

    @property
    def meta(self) -> Any:
        """The file meta information."""
        return self.dataset.file_meta

    @property
    def transfer_syntax(self) -> str:
        """Transfer syntax as told, or as the reader took it where nothing tells."""
        told = Elements(self.meta).text(TRANSFER_SYNTAX)
        if told:
            return told
        is_implicit, is_little = self.dataset.original_encoding
        if is_implicit:
            return IMPLICIT_LITTLE
        return EXPLICIT_LITTLE if is_little else EXPLICIT_BIG


@dataclass(frozen=True, slots=True, kw_only=True)
class Unopened:
    """A file that cannot be opened, and why."""

    file: DicomFile
    reason: str


def load_head(file: DicomFile) -> FileHead | Unopened:
    """Return the beginning of a file, or why it cannot be opened."""
    try:
        if isinstance(file, Member):
            return FileHead(file=file, data=file.head(HEAD_BYTES), size=file.size)
        with file.open("rb", buffering=0) as stream:
            size = os.fstat(stream.fileno()).st_size
            return FileHead(file=file, data=stream.read(HEAD_BYTES), size=size)
    except OSError as error:
        return Unopened(file=file, reason=error.strerror or "unknown reason")


def parse(head: FileHead, tags: Iterable[int]) -> ParsedFile:
    """Return the elements with these tags that stand before the pixels.

    The file itself is opened only if its header is longer than what was loaded.
    """
    tags = tuple(tags)
    plain = _parse_plain(head, frozenset(tags))
    if plain is not None:
        return plain
    load_leniently()
    is_whole = head.size <= len(head.data)
    if DEFLATED.encode() not in head.data[:1024]:
        try:
            parsed = _parse(BytesIO(head.data), tags)
        except Exception:  # cut within a sequence, or damaged: the whole file tells which
            if is_whole:
                raise
        else:
            if parsed.pixels is not None or is_whole:
                return parsed
    with head.file.open("rb") as stream:
        _require_moderate_size(stream)
        return _parse(stream, tags)


def _parse_plain(head: FileHead, tags: frozenset[int]) -> ParsedFile | None:
    """Return what is told by a header that is plainly in order, else None."""
    quick = quick_parse(head.data, tags)
    if quick is None and head.has_preamble and head.size > len(head.data):
        with head.file.open("rb") as stream:  # some makers write much before the pixels
            quick = quick_parse(stream.read(LONG_HEAD_BYTES), tags)
    if quick is None or quick[1] is None:
        return None
    return ParsedFile(dataset=quick[0], pixels=PixelElement(**quick[1]._asdict()))


def _parse(stream: BinaryIO, tags: tuple[int, ...]) -> ParsedFile:
    from pydicom.filereader import read_partial
    from pydicom.tag import BaseTag

    found: list[PixelElement] = []

    def stops_at(tag: Any, vr: str | None, length: int) -> bool:
        number = int(tag)
        if number < FIRST_PIXEL_ELEMENT:
            return False
        if number in PIXEL_ELEMENTS:
            found.append(PixelElement(tag=number, length=length, offset=stream.tell()))
        return True

    wanted: Any = [BaseTag(tag) for tag in tags]
    dataset = read_partial(stream, stop_when=stops_at, force=True, specific_tags=wanted)
    return ParsedFile(dataset=dataset, pixels=found[0] if found else None)


def _require_moderate_size(stream: BinaryIO) -> None:
    """Raise ValueError for a deflated data set that inflates beyond all measure."""
    head = stream.read(1024)
    stream.seek(0)
    if DEFLATED.encode() not in head:
        return
    if head[128:136] != META_GROUP_LENGTH:
        raise ValueError("deflated data set without the length of its meta header")
    stream.seek(144 + int.from_bytes(head[140:144], "little"))
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    inflater.decompress(stream.read(), LARGEST_INFLATED_BYTES)
    stream.seek(0)
    if inflater.unconsumed_tail:
        raise ValueError("inflated data set too large")


def ends_within_pixels(head: FileHead, layout: PixelLayout) -> bool:
    """Return whether the file ends before its pixels do."""
    if layout.offset is None:
        return False
    if not layout.is_encapsulated:
        return layout.offset + layout.frame_bytes * layout.frames > head.size
    with head.file.open("rb") as stream:
        at = layout.offset
        while True:
            stream.seek(at)
            item = stream.read(8)
            if item[:4] != ITEM_TAG:
                return len(item) < 4
            at += 8 + int.from_bytes(item[4:8], "little")
            if at > head.size:
                return True
