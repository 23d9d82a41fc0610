"""Texts and dimensions of a DXF file, in drawing units."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any, Final

import numpy as np

from architecture.reading.primitives import (
    MAX_COORDINATE,
    FloatArray,
    Pen,
    RawDimension,
    RawText,
    in_range,
)

LATIN_ADVANCE: Final = 0.85
"""Mean width of a letter by its cap height (stroke fonts and Arial, mixed case)."""
WIDE_ADVANCE: Final = 1.35
"""Mean width of a Chinese, Japanese or Korean character by the cap height."""
LINE_PITCH: Final = 5.0 / 3.0
"""Distance between base lines of MTEXT by its cap height (DXF reference)."""
LINEAR_TYPES: Final = (0, 1)
"""DIMENSION types that measure a length between two points: linear, aligned."""
INVISIBLE_ATTRIBUTE: Final = 1
MULTIBYTE_ENCODINGS: Final = {"1": "cp932", "2": "cp950", "3": "cp949", "4": "johab", "5": "gbk"}
r"""Code pages of ``\M+nXXXX`` codes."""
_CODE_POINT: Final = re.compile(r"\\U\+([0-9A-Fa-f]{4})")
_MULTIBYTE: Final = re.compile(r"\\M\+([1-5])([0-9A-Fa-f]{4})")
FALLBACK_ENCODINGS: Final = ("utf-8", "gb18030", "cp932", "cp949", "cp1251", "cp1252")
"""Tried in turn for text that does not fit the encoding the file declares."""


def read_text(entity: Any, pen: Pen, *, tag: str = "") -> RawText | None:
    """Return a TEXT or ATTRIB in its object coordinates, or None if it has no height."""
    dxf = entity.dxf
    embedded = getattr(entity, "has_embedded_mtext_entity", False)
    if embedded:
        inner = read_mtext(entity.virtual_mtext_entity(), pen)
        if inner is not None:
            return RawText(
                inner.content,
                inner.center,
                inner.along,
                inner.up,
                pen,
                tag,
                str(dxf.get("handle") or ""),
                _is_visible(entity, tag),
            )
    content = _clean(entity.plain_text())
    height = float(dxf.get("height", 0.0))
    if not 0.0 < height <= MAX_COORDINATE:
        return None
    align, first, second = entity.get_placement()
    width = text_width(content) * height * float(dxf.get("width", 1.0))
    along = math.radians(float(dxf.get("rotation", 0.0)))
    dx, dy = _shift(align.name, width, height)
    x, y = first.x, first.y
    if align.name in ("ALIGNED", "FIT", "MIDDLE") and second is not None:
        along = (
            math.atan2(second.y - first.y, second.x - first.x) if align.name != "MIDDLE" else along
        )
        x, y = (first.x + second.x) / 2.0, (first.y + second.y) / 2.0
        dx = 0.0
    return _raw(
        content,
        (x, y, first.z),
        along,
        height,
        (dx, dy),
        pen,
        tag,
        entity,
    )


def _is_visible(entity: Any, tag: str) -> bool:
    return not (tag and int(entity.dxf.get("flags", 0)) & INVISIBLE_ATTRIBUTE)


def _raw(
    content: str,
    place: tuple[float, float, float],
    angle: float,
    height: float,
    shift: tuple[float, float],
    pen: Pen,
    tag: str,
    entity: Any,
) -> RawText | None:
    cos, sin = math.cos(angle), math.sin(angle)
    x = place[0] + shift[0] * cos - shift[1] * sin
    y = place[1] + shift[0] * sin + shift[1] * cos
    center = np.array([x, y, place[2]])
    if not in_range(center) or not math.isfinite(angle):
        raise ValueError("a coordinate is not a number, or out of range")
    return RawText(
        content=content,
        center=center,
        along=np.array([cos, sin, 0.0]),
        up=np.array([-sin, cos, 0.0]) * height,
        pen=pen,
        tag=tag,
        handle=str(entity.dxf.get("handle") or ""),
        visible=_is_visible(entity, tag),
    )


def _shift(align: str, width: float, height: float) -> tuple[float, float]:
    """Return the way from the point of alignment to the middle of the text's box."""
    dx = -width / 2.0 if align.endswith("RIGHT") else width / 2.0
    if align.endswith("CENTER") or align in ("MIDDLE", "ALIGNED", "FIT"):
        dx = 0.0
    if align.startswith("TOP"):
        return dx, -height / 2.0
    if align.startswith("MIDDLE"):
        return dx, 0.0
    return dx, height / 2.0


def read_mtext(entity: Any, pen: Pen) -> RawText | None:
    """Return an MTEXT in world coordinates, or None if it has no height."""
    dxf = entity.dxf
    content = _clean(entity.plain_text())
    height = _inline_height(entity.text, float(dxf.get("char_height", 0.0)))
    if not 0.0 < height <= MAX_COORDINATE:
        return None
    lines = content.split("\n")
    longest = max(text_width(line) for line in lines) * height
    column = float(dxf.get("width", 0.0))
    count = len(lines)
    if 0.0 < column < longest:
        count = sum(max(1, math.ceil(text_width(line) * height / column)) for line in lines)
        longest = column
    tall = height * (1.0 + (count - 1) * LINE_PITCH * float(dxf.get("line_spacing_factor", 1.0)))
    attachment = int(dxf.get("attachment_point", 1))
    dx = (longest / 2.0, 0.0, -longest / 2.0)[(attachment - 1) % 3]
    dy = (-tall / 2.0, 0.0, tall / 2.0)[min(max((attachment - 1) // 3, 0), 2)]
    angle = math.radians(entity.get_rotation())
    insert = dxf.insert
    return _raw(content, (insert.x, insert.y, insert.z), angle, height, (dx, dy), pen, "", entity)


def _inline_height(text: str, height: float) -> float:
    r"""Return the height that a leading ``\H`` code gives, else the entity's."""
    match = re.match(r"^\{?(?:\\[^HSs;\\]*;|\\pi?[^;]*;|\{)*\\H([0-9.]+)(x?);", text)
    if match is None:
        return height
    try:
        value = float(match.group(1))
    except ValueError:
        return height
    return value * height if match.group(2) else value


def text_width(line: str) -> float:
    """Return the rough width of a line of text by its cap height."""
    wide = sum(1 for c in line if unicodedata.east_asian_width(c) in "WF")
    return wide * WIDE_ADVANCE + (len(line) - wide) * LATIN_ADVANCE


def read_dimension(entity: Any, pen: Pen) -> RawDimension | None:
    """Return a linear or aligned DIMENSION, or None for angles, radii, ordinates."""
    if entity.dimtype not in LINEAR_TYPES:
        return None
    dxf = entity.dxf
    start = np.array(tuple(dxf.defpoint2), dtype=np.float64)
    end = np.array(tuple(dxf.defpoint3), dtype=np.float64)
    if not (in_range(start) and in_range(end)):
        raise ValueError("a coordinate is not a number, or out of range")
    along = end - start
    if entity.dimtype == 0:
        angle = math.radians(float(dxf.get("angle", 0.0)))
        flat = np.array([math.cos(angle), math.sin(angle), 0.0])
        along = _to_world(entity, flat)
    if not float(np.hypot(along[0], along[1])) > 0.0:
        return None
    written = str(dxf.get("text", "") or "")
    typed = written.strip() if written.strip() and "<>" not in written else ""
    return RawDimension(
        start=start,
        end=end,
        along=along,
        pen=pen,
        printed=_plain(typed),
        shown=_shown(entity) or _plain(typed),
        handle=str(dxf.get("handle") or ""),
    )


def _to_world(entity: Any, vector: FloatArray) -> FloatArray:
    world = entity.ocs().to_wcs(tuple(vector))
    return np.array(tuple(world), dtype=np.float64)


def _shown(entity: Any) -> str:
    """Return the text that the dimension is drawn with, or nothing."""
    block = entity.get_geometry_block()
    if block is None:
        return ""
    for part in block:
        if part.dxftype() in ("MTEXT", "TEXT"):
            content = _clean(part.plain_text())
            if content:
                return content
    return ""


def _plain(text: str) -> str:
    r"""Return text without MTEXT codes (``\A1;``, ``{\H0.7x;…}``)."""
    if "\\" not in text and "{" not in text and "%%" not in text:
        return text
    from ezdxf.tools.text import plain_mtext

    return _clean(str(plain_mtext(text)))


def _clean(text: str) -> str:
    """Return text with its lines trimmed and its encoding mended."""
    if "\\" in text:
        text = _CODE_POINT.sub(lambda match: chr(int(match.group(1), 16)), text)
        text = _MULTIBYTE.sub(_decoded_multibyte, text)
    if any("\udc80" <= c <= "\udcff" for c in text):
        text = _redecoded(text)
    text = text.replace("\r", "\n").replace("\xa0", " ")
    return "\n".join(line.strip() for line in text.split("\n")).strip()


def _decoded_multibyte(match: re.Match[str]) -> str:
    data = bytes.fromhex(match.group(2))
    return data.decode(MULTIBYTE_ENCODINGS[match.group(1)], errors="replace")


def _redecoded(text: str) -> str:
    """Return text decoded anew that did not fit the encoding the file declares."""
    data = text.encode("utf-8", errors="surrogateescape")
    for encoding in FALLBACK_ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return text.encode("utf-8", errors="replace").decode("utf-8")
