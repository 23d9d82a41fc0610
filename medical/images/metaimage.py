"""MetaImage: ``key = value`` lines, then the values (ITK's MetaIO).

TransformMatrix holds directions, one row an index axis, which readers take for a
rotation: shear is refused.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from medical.images.stored import FLOAT32, FLOAT64, INT16, INT32, UINT8

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shared.shapes import Matrix4

TYPE_WORDS: Final = MappingProxyType(
    {
        UINT8: "MET_UCHAR",
        INT16: "MET_SHORT",
        INT32: "MET_INT",
        FLOAT32: "MET_FLOAT",
        FLOAT64: "MET_DOUBLE",
    }
)


def header(shape: Sequence[int], lps_from_index: Matrix4, kind: np.dtype[Any]) -> bytes:
    """Return the bytes that stand before the values; parameters as for NIfTI."""
    steps = np.linalg.norm(lps_from_index[:3, :3], axis=0)
    directions = lps_from_index[:3, :3] / steps
    lines = (
        "ObjectType = Image",
        "NDims = 3",
        "BinaryData = True",
        "BinaryDataByteOrderMSB = False",
        "CompressedData = False",
        f"TransformMatrix = {_numbers(directions.T.ravel())}",
        f"Offset = {_numbers(lps_from_index[:3, 3])}",
        "CenterOfRotation = 0 0 0",
        f"ElementSpacing = {_numbers(steps)}",
        f"DimSize = {' '.join(str(n) for n in shape)}",
        f"ElementType = {TYPE_WORDS[kind]}",
        "ElementDataFile = LOCAL",
    )
    return ("\n".join(lines) + "\n").encode("ascii")


def _numbers(numbers: Iterable[float]) -> str:
    return " ".join(repr(float(x)) for x in numbers)
