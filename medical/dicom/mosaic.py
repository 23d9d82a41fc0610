"""Siemens mosaics: the slices of one moment laid out as tiles of one picture.

The header's position belongs to the corner of the picture, not of any slice. The true
positions follow from the picture's centre, which all tiles share, and the slice normal
and spacing that the maker's private header tells.
"""

from __future__ import annotations

import math
import struct
from dataclasses import replace
from typing import Final

import numpy as np

from medical.dicom.elements import Elements
from medical.dicom.headers import ImageHeader
from medical.dicom.tags import TAGS

LARGEST_TAG_COUNT: Final = 4096
"""More tags than this in a private header means it is damaged."""


def is_mosaic(header: ImageHeader) -> bool:
    """Return whether the image says that it is a mosaic."""
    return "MOSAIC" in header.image_type


def headers_of_tiles(header: ImageHeader, elements: Elements) -> tuple[ImageHeader, ...]:
    """Return one header a tile, or nothing if the private header does not suffice.

    Notes
    -----
    The picture holds n × n tiles, n the square root of the number of images, rounded
    up, filled row by row. With image position P, row and column directions R and C and
    spacing s, the corner of the first slice is P + R·s·(W−w)/2 + C·s·(H−h)/2.
    """
    csa = read_csa(elements.raw(TAGS["siemens_image_header"]))
    count = elements.integer(TAGS["mosaic_images"]) or _integer(csa, "NumberOfImagesInMosaic")
    normal = _numbers(csa, "SliceNormalVector")
    spacing = _numbers(csa, "SpacingBetweenSlices") or _spacing_tag(elements)
    complete = len(header.position_mm) == 3 and len(header.orientation) == 6
    if not (count and count > 0 and complete and len(header.pixel_spacing_mm) == 2 and spacing):
        return ()
    tiles = math.ceil(math.sqrt(count))
    rows, rest_rows = divmod(header.layout.rows, tiles)
    columns, rest_columns = divmod(header.layout.columns, tiles)
    if rest_rows or rest_columns or not spacing[0] > 0 or len(normal) != 3:
        return ()
    along_row, along_column = np.array(header.orientation).reshape(2, 3)
    own_normal = np.cross(along_row, along_column)
    toward = math.copysign(1.0, float(own_normal @ normal))
    between_rows, between_columns = header.pixel_spacing_mm
    corner = (
        np.array(header.position_mm)
        + along_row * between_columns * (header.layout.columns - columns) / 2
        + along_column * between_rows * (header.layout.rows - rows) / 2
    )
    step = own_normal * toward * spacing[0]
    return tuple(
        replace(
            header,
            has_geometry_of_its_own=True,
            tile=(k // tiles * rows, k % tiles * columns),
            position_mm=tuple(float(x) for x in corner + k * step),
            facts=header.facts | {"tile_rows": rows, "tile_columns": columns},
        )
        for k in range(count)
    )


def read_csa(data: bytes) -> dict[str, tuple[str, ...]]:
    """Return the tags of a Siemens CSA2 header: names and their texts.

    Layout: ``SV10`` 4 bytes, number of tags, 77; for each tag a name of 64 bytes, vm, VR,
    syngo type, number of items, 77 or 205; for each item 16 bytes with its length first,
    then the text padded to 4 bytes. Damage gives what was read so far.
    """
    found: dict[str, tuple[str, ...]] = {}
    if data[:4] != b"SV10" or len(data) < 16:
        return found
    (count,) = struct.unpack_from("<I", data, 8)
    at = 16
    for _ in range(min(count, LARGEST_TAG_COUNT)):
        if at + 84 > len(data):
            break
        name = data[at : at + 64].split(b"\0")[0].decode("latin-1")
        (items,) = struct.unpack_from("<I", data, at + 76)
        at += 84
        texts: list[str] = []
        for _ in range(min(items, LARGEST_TAG_COUNT)):
            if at + 16 > len(data):
                return found
            (length,) = struct.unpack_from("<I", data, at)
            at += 16
            text = data[at : at + length].split(b"\0")[0].decode("latin-1").strip()
            if text:
                texts.append(text)
            at += (length + 3) // 4 * 4
        found[name] = tuple(texts)
    return found


def _numbers(csa: dict[str, tuple[str, ...]], name: str) -> tuple[float, ...]:
    try:
        values = tuple(float(text) for text in csa.get(name, ()))
    except ValueError:
        return ()
    return values if all(math.isfinite(x) for x in values) else ()


def _integer(csa: dict[str, tuple[str, ...]], name: str) -> int | None:
    values = _numbers(csa, name)
    return round(values[0]) if values else None


def _spacing_tag(elements: Elements) -> tuple[float, ...]:
    """SpacingBetweenSlices: in a mosaic there is no second position to measure from."""
    return elements.numbers(TAGS["spacing_between_slices"])
