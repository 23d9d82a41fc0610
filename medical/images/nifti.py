"""NIfTI-1: the 348 bytes before the values (nifti1.h, R. W. Cox et al., 2004).

World positions are RAS mm. A grid at right angles is told twice, as a rotation (qform)
and as a matrix (sform), both of code 1, "scanner"; a sheared one only as a matrix,
since a rotation cannot say it: its qform code is 0.
"""

from __future__ import annotations

import struct
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from medical.images.stored import FLOAT32, FLOAT64, INT16, INT32, UINT8
from medical.images.world import ras_from_lps
from shared.affine import Affine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.shapes import Matrix4

HEADER_BYTES: Final = 348
VALUES_OFFSET: Final = 352
"""Four bytes after the header say that no extension follows."""

TYPE_CODES: Final = MappingProxyType({UINT8: 2, INT16: 4, INT32: 8, FLOAT32: 16, FLOAT64: 64})
"""NIFTI_TYPE_UINT8, INT16, INT32, FLOAT32, FLOAT64."""

SCANNER_ANAT: Final = 1
"""NIFTI_XFORM_SCANNER_ANAT: the coordinates of the scanner."""

UNITS_MM_S: Final = 2 | 8
"""NIFTI_UNITS_MM and NIFTI_UNITS_SEC."""

INTENT_LABEL: Final = 1002
"""NIFTI_INTENT_LABEL: each value is an index into a table of labels."""

LARGEST_AXIS: Final = 32767
"""NIfTI-1 counts voxels in int16."""

DESCRIPTION: Final = b"recon-toolkit"

_LAYOUT: Final = "<i10s18sihcB8h3f4h8f3fhBB4f2i80s24s2h6f12f16s4s"
"""struct nifti_1_header, without padding: 348 bytes."""


def header(
    shape: Sequence[int],
    lps_from_index: Matrix4,
    kind: np.dtype[Any],
    *,
    times: int = 1,
    step_s: float = 0.0,
    is_label_map: bool = False,
) -> bytes:
    """Return the bytes that stand before the values.

    Parameters
    ----------
    shape
        Voxels along i, j and k, the fastest index first.
    lps_from_index
        ``[4 4]`` (i, j, k) → LPS mm.
    kind
        Number type of the values.
    times, step_s
        Time points, and seconds from one to the next (0 where unknown).
    is_label_map
        Whether the values are labels.
    """
    matrix = ras_from_lps(lps_from_index)
    is_orthogonal = Affine(matrix).is_orthogonal()
    steps = np.linalg.norm(matrix[:3, :3], axis=0)
    handed = 1.0
    quaternion: tuple[float, ...] = (0.0, 0.0, 0.0)
    if is_orthogonal:
        handed, quaternion = _rotation(matrix[:3, :3] / steps)
    dimensions = (4 if times > 1 else 3, *shape, times, 1, 1, 1)
    fields = (
        *(HEADER_BYTES, b"", b"", 0, 0, b"r", 0),
        *dimensions,
        *(0.0, 0.0, 0.0),
        *(INTENT_LABEL if is_label_map else 0, TYPE_CODES[kind], 8 * kind.itemsize, 0),
        *(handed, *steps, step_s, 0.0, 0.0, 0.0),
        *(float(VALUES_OFFSET), 1.0, 0.0),
        *(0, 0, UNITS_MM_S),
        *(0.0, 0.0, 0.0, 0.0),
        *(0, 0),
        *(DESCRIPTION, b""),
        *(SCANNER_ANAT if is_orthogonal else 0, SCANNER_ANAT),
        *quaternion,
        *(matrix[:3, 3] if is_orthogonal else (0.0, 0.0, 0.0)),
        *matrix[:3].ravel(),
        *(b"", b"n+1\0"),
    )
    return struct.pack(_LAYOUT, *fields) + bytes(VALUES_OFFSET - HEADER_BYTES)


def _rotation(direction: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[float, tuple[float, ...]]:
    """Return (qfac, (b, c, d)) of directions at right angles, as nifti1.h defines them."""
    left, _, right = np.linalg.svd(direction)
    nearest = left @ right
    handed = 1.0 if np.linalg.det(nearest) > 0 else -1.0
    nearest[:, 2] *= handed
    trace = np.trace(nearest)
    # the eigenvector of the largest eigenvalue: sound for every rotation (Bar-Itzhack, 2000)
    skew = np.array(
        [
            nearest[2, 1] - nearest[1, 2],
            nearest[0, 2] - nearest[2, 0],
            nearest[1, 0] - nearest[0, 1],
        ]
    )
    symmetric = np.empty((4, 4))
    symmetric[0, 0] = trace
    symmetric[0, 1:] = symmetric[1:, 0] = skew
    symmetric[1:, 1:] = nearest + nearest.T - trace * np.eye(3)
    quaternion = np.linalg.eigh(symmetric)[1][:, -1]
    quaternion = quaternion if quaternion[0] >= 0 else -quaternion
    b, c, d = (float(x) for x in quaternion[1:])
    return handed, (b, c, d)
