"""Read volumes and label maps from image files that know their place in the world.

ITK turns every format's frame into LPS mm (NIfTI's RAS included). What it refuses, NIfTI
with a sheared matrix, is read through nibabel and turned by `medical.images.world`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from medical.images.formats import ImageFormat, format_of
from medical.images.labels import read_table, table_path
from medical.images.world import affine_of_array, ras_from_lps
from shared.affine import Affine
from shared.concept import Label, LabelTable
from shared.errors import DamagedFileError, InputNotFoundError, InvalidValueError
from shared.finding import note
from shared.frame import PATIENT_LPS_MM
from shared.provenance import Provenance, Source, digest_file
from shared.segmentation import LabelMap
from shared.volume import Quantity, Volume

SEGMENT_KEY: Final = re.compile(r"Segment(\d+)_(Name|LabelValue|Color)")
"""Fields of 3D Slicer's ``.seg.nrrd``."""


class _Loaded(NamedTuple):
    """What a file holds: values ``[slice row column]``, place, and text by key."""

    values: NDArray[Any]
    affine: Affine
    texts: dict[str, str]


def read_image(path: Path) -> Volume:
    """Return a scalar 3-D image file as a volume in LPS mm.

    Raises
    ------
    InputNotFoundError
        If there is no such file.
    DamagedFileError
        If it cannot be read, or is no 3-D image of single numbers.
    """
    loaded = _load(path)
    kind = format_of(path).value
    values = _plain(loaded.values)
    values.setflags(write=False)
    return Volume(
        values=values,
        affine=loaded.affine,
        frame=PATIENT_LPS_MM,
        quantity=Quantity.NONE,
        provenance=Provenance(sources=(Source(kind=kind, sha256=digest_file(path)),)),
        findings=(
            note("quantity-unknown", f"A {kind} file does not say what its values measure."),
        ),
    )


def read_label_map(path: Path) -> LabelMap:
    """Return an image file of whole numbers as a label map in LPS mm.

    Labels are taken from the table beside it (``NAME.labels.json``), else from the
    segments of a ``.seg.nrrd``; values that neither names are called ``label_1``, ….

    Raises
    ------
    InputNotFoundError
        If there is no such file.
    DamagedFileError
        If it cannot be read, holds fractions or negative numbers, or its table is damaged.
    """
    loaded = _load(path)
    values = loaded.values
    if values.dtype.kind == "f":
        whole = np.rint(values)
        if not np.array_equal(whole, values):
            raise DamagedFileError(
                "The file holds fractions, which are no labels.", remedy="Give a label map."
            )
        values = whole.astype(np.int32)
    present = np.unique(values)
    if present[0] < 0:
        raise DamagedFileError(
            f"The file holds {present[0]}, and labels start at 1.", remedy="Give a label map."
        )
    values.setflags(write=False)
    table = table_path(path)
    named = read_table(table) if table.is_file() else _segments(loaded.texts)
    unnamed = (value for value in present.tolist() if value and value not in named.values)
    numbered = (Label(value=value, name=f"label_{value}") for value in unnamed)
    return LabelMap(values=values, affine=loaded.affine, labels=LabelTable((*named, *numbered)))


def _load(path: Path) -> _Loaded:
    import SimpleITK

    if not path.is_file():
        raise InputNotFoundError(f"There is no file {path}.", remedy="Check the spelling.")
    kind = format_of(path)
    SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)
    try:
        image = SimpleITK.ReadImage(str(path))
    except RuntimeError as error:
        if kind is ImageFormat.NIFTI and "orthonormal" in str(error):
            return _load_sheared_nifti(path)
        raise _unreadable(kind) from error
    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
        raise DamagedFileError(
            f"The {kind.value} file holds {image.GetDimension()} dimensions with "
            f"{image.GetNumberOfComponentsPerPixel()} numbers a voxel.",
            remedy="Give a 3-D image with one number a voxel.",
        )
    texts = {key: image.GetMetaData(key) for key in image.GetMetaDataKeys()}
    return _Loaded(SimpleITK.GetArrayFromImage(image), _affine(image), texts)


def _load_sheared_nifti(path: Path) -> _Loaded:
    import nibabel

    try:
        image: Any = nibabel.load(path)
        values = np.asarray(image.dataobj)
        affine = affine_of_array(ras_from_lps(image.affine))
    except Exception as error:  # nibabel raises whatever its parsers raise
        raise _unreadable(ImageFormat.NIFTI) from error
    if values.ndim != 3:
        raise DamagedFileError(
            f"The nifti file holds {values.ndim} dimensions.", remedy="Give a 3-D image."
        )
    return _Loaded(values.T.astype(values.dtype.newbyteorder("="), order="C"), affine, {})


def _unreadable(kind: ImageFormat) -> DamagedFileError:
    return DamagedFileError(
        f"The {kind.value} file cannot be read as an image.",
        remedy="Check that it is complete and of the format its name says.",
    )


def _affine(image: Any) -> Affine:
    spacing = np.array(image.GetSpacing())
    direction = np.array(image.GetDirection()).reshape(3, 3)
    matrix = np.eye(4)
    matrix[:3, :3] = direction * spacing
    matrix[:3, 3] = image.GetOrigin()
    return affine_of_array(matrix)


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    """Return values as int16 where all integers of their type fit, else as float32."""
    if values.dtype in (np.int8, np.uint8, np.int16):
        return values.astype(np.int16, copy=False)
    return values.astype(np.float32, copy=False)


def _segments(texts: dict[str, str]) -> LabelTable:
    from shared.formats.parts import snake_case

    found: dict[int, dict[str, str]] = {}
    for key, text in texts.items():
        match = SEGMENT_KEY.fullmatch(key)
        if match:
            found.setdefault(int(match[1]), {})[match[2]] = text
    labels: list[Label] = []
    for fields in found.values():
        try:
            red, green, blue = (float(c) for c in fields.get("Color", "0.8 0.8 0.8").split())
            value, name = int(fields["LabelValue"]), snake_case(fields["Name"])
            labels.append(Label(value=value, name=name, color=(red, green, blue)))
        except (KeyError, ValueError, InvalidValueError):
            continue  # not told fully: numbered like any other value
    try:
        return LabelTable(tuple(labels))
    except InvalidValueError:
        return LabelTable()
