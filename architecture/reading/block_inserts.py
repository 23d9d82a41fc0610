"""INSERT: a block placed, with its attributes and its array."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from architecture.reading.annotations import read_text
from architecture.reading.object_coordinates import ocs_matrix, pen_of
from architecture.reading.primitives import (
    BlockArray,
    Pen,
    RawInsert,
    RawText,
    in_range,
    moved_text,
)


def read_insert(entity: Any, pen: Pen) -> RawInsert:
    """Return a placed block in the coordinates of what it is placed in."""
    matrix = np.array(list(entity.matrix44()), dtype=np.float64).reshape(4, 4).T
    if not in_range(matrix):
        raise ValueError("a coordinate is not a number, or out of range")
    texts: list[RawText] = []
    attributes: dict[str, str] = {}
    for attribute in entity.attribs:
        tag = str(attribute.dxf.get("tag", ""))
        text = read_text(attribute, pen_of(attribute), tag=tag)
        if text is None:
            continue
        attributes[tag] = text.content
        turn = ocs_matrix(attribute)
        texts.append(text if turn is None else moved_text(text, turn))
    name = str(entity.dxf.name)
    return RawInsert(
        name=name,
        block=name,
        matrix=matrix,
        pen=pen,
        texts=tuple(text for text in texts if text.content),
        attributes=attributes,
        handle=str(entity.dxf.get("handle") or ""),
        array=_array(entity),
        clipped=_is_clipped(entity),
    )


def _is_clipped(entity: Any) -> bool:
    if not entity.has_extension_dict:
        return False
    from ezdxf.xclip import XClip

    clip = XClip(entity)
    return bool(clip.has_clipping_path and clip.is_clipping_enabled)


def _array(entity: Any) -> BlockArray | None:
    """Return rows and columns of a block array in world coordinates, or None."""
    dxf = entity.dxf
    column_spacing, row_spacing = float(dxf.column_spacing), float(dxf.row_spacing)
    columns = max(int(dxf.column_count), 1) if column_spacing else 1
    rows = max(int(dxf.row_count), 1) if row_spacing else 1
    if columns * rows <= 1:
        return None
    angle = math.radians(dxf.rotation)
    along = np.array([math.cos(angle), math.sin(angle), 0.0]) * column_spacing
    across = np.array([-math.sin(angle), math.cos(angle), 0.0]) * row_spacing
    matrix = ocs_matrix(entity)
    if matrix is not None:
        along, across = matrix[:3, :3] @ along, matrix[:3, :3] @ across
    return BlockArray(columns, rows, along, across)
