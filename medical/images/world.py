"""World: array order to file order, and LPS to RAS, in the one place where they change.

Arrays are ``[slice row column]`` with an affine whose columns stand in the same order,
in LPS mm. Image files count the other way round, the fastest index first, and NIfTI
stands in RAS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shared.affine import Affine
from shared.errors import FrameMismatchError
from shared.frame import PATIENT_LPS_MM, Axes, Frame, Unit, target_from_source

if TYPE_CHECKING:
    from shared.shapes import Matrix4

_RAS_MM = Frame(axes=Axes.RAS, unit=Unit.MM)


def lps_from_file_index(affine: Affine, frame: Frame = PATIENT_LPS_MM) -> Matrix4:
    """Return the matrix ``[4 4]`` that takes a file's index (i, j, k) to LPS mm.

    Parameters
    ----------
    affine
        Array index (slice, row, column) → `frame`.
    frame
        A patient's frame.

    Raises
    ------
    FrameMismatchError
        If the frame is not a patient's: these files hold nothing else.
    """
    if frame.axes not in (Axes.LPS, Axes.RAS):
        raise FrameMismatchError(f"Image files hold patients, not the frame {frame.axes}.")
    same_origin = Frame(axes=Axes.LPS, unit=Unit.MM, uid=frame.uid)
    matrix = target_from_source(same_origin, frame) @ affine.matrix
    return np.asarray(matrix[:, [2, 1, 0, 3]])


def ras_from_lps(lps_from_index: Matrix4) -> Matrix4:
    """Return a matrix to LPS mm as one to RAS mm (and one to RAS as one to LPS)."""
    return np.asarray(target_from_source(_RAS_MM, PATIENT_LPS_MM) @ lps_from_index)


def affine_of_array(lps_from_index: Matrix4) -> Affine:
    """Return the affine in array order of a matrix that takes (i, j, k) to LPS mm."""
    return Affine(np.asarray(lps_from_index)[:, [2, 1, 0, 3]])
