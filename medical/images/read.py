"""Read a volume from an image file that knows its place in the world.

ITK turns every format's frame into LPS mm (NIfTI's RAS included) and its index order is
(column, row, slice); here the arrays and the affine are turned to (slice, row, column).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shared.affine import Affine
from shared.errors import DamagedFileError, InputNotFoundError
from shared.finding import note
from shared.frame import PATIENT_LPS_MM
from shared.provenance import Provenance, Source, digest_file
from shared.volume import Quantity, Volume

SUFFIXES: Final = (".nii", ".nii.gz", ".nrrd", ".mha")


def is_image_file(path: Path) -> bool:
    """Return whether `path` has the name of a NIfTI, NRRD or MetaImage file."""
    return path.name.lower().endswith(SUFFIXES)


def read_image(path: Path) -> Volume:
    """Return a scalar 3-D image file as a volume in LPS mm.

    Raises
    ------
    InputNotFoundError
        If there is no such file.
    DamagedFileError
        If it cannot be read, or is no 3-D image of single numbers.
    """
    import SimpleITK

    if not path.is_file():
        raise InputNotFoundError(f"There is no file {path}.", remedy="Check the spelling.")
    SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)
    try:
        image = SimpleITK.ReadImage(str(path))
    except RuntimeError as error:
        if "orthonormal" in str(error):
            raise DamagedFileError(
                f"The axes of the {_kind(path)} file do not stand at right angles (a sheared "
                "volume), which cannot be read here.",
                remedy="Give the DICOM folder it was made from, or resample it to a regular grid.",
            ) from error
        raise DamagedFileError(
            f"The {_kind(path)} file cannot be read as an image.",
            remedy="Check that it is complete and of the format its name says.",
        ) from error
    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
        raise DamagedFileError(
            f"The {_kind(path)} file holds {image.GetDimension()} dimensions with "
            f"{image.GetNumberOfComponentsPerPixel()} numbers a voxel.",
            remedy="Give a 3-D image with one number a voxel.",
        )
    values = SimpleITK.GetArrayFromImage(image)
    values = _plain(values)
    values.setflags(write=False)
    return Volume(
        values=values,
        affine=_affine(image),
        frame=PATIENT_LPS_MM,
        quantity=Quantity.NONE,
        provenance=Provenance(sources=(Source(kind=_kind(path), sha256=digest_file(path)),)),
        findings=(
            note("quantity-unknown", f"A {_kind(path)} file does not say what its values measure."),
        ),
    )


def _affine(image: Any) -> Affine:
    spacing = np.array(image.GetSpacing())
    direction = np.array(image.GetDirection()).reshape(3, 3)
    return Affine.from_parts(
        spacing=spacing[::-1],
        origin=image.GetOrigin(),
        direction=direction[:, ::-1],
    )


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    """Return values as int16 where all integers of their type fit, else as float32."""
    if values.dtype in (np.int8, np.uint8, np.int16):
        return values.astype(np.int16, copy=False)
    return values.astype(np.float32, copy=False)


def _kind(path: Path) -> str:
    name = path.name.lower()
    if name.endswith((".nii", ".nii.gz")):
        return "nifti"
    return "nrrd" if name.endswith(".nrrd") else "metaimage"
