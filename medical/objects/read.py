"""Read labels: any file that says which voxel is what, told by what it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from shared.errors import InputNotFoundError, NothingToBuildError, UnknownFormatError
from shared.provenance import Provenance, Source, digest_file
from shared.segmentation import LabelMap, Segmentation

if TYPE_CHECKING:
    from pathlib import Path

    from shared.concept import LabelTable
    from shared.volume import Volume

SEGMENTS_SUFFIX: Final = ".seg.nrrd"
"""Name of 3D Slicer's segmentations."""


def read_labels(
    path: Path, *, source: Volume | None = None, table: Path | None = None
) -> Segmentation:
    """Return the labels in a file, on the grid of `source` where one is given.

    Parameters
    ----------
    path
        DICOM SEG or RTSTRUCT of any name; ``.seg.nrrd``; or a label map as NIfTI, NRRD or
        MetaImage.
    source
        The scan that they belong to.
    table
        What the values of a label map stand for, instead of what stands beside it.

    Raises
    ------
    InputNotFoundError, UnknownFormatError, DamagedFileError
        If it cannot be read as labels.
    FrameMismatchError, NothingToBuildError
        If they belong to another scan, or no voxel is labelled.
    """
    from medical.images import is_image_file

    if not path.is_file():
        raise InputNotFoundError(f"There is no file {path}.", remedy="Check the spelling.")
    if not is_image_file(path):
        return _read_dicom(path, source)
    found = _read_image(path, table)
    if source is None:
        return found
    from medical.objects.regrid import on_grid_of

    return on_grid_of(found, source)


def _read_dicom(path: Path, source: Volume | None) -> Segmentation:
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    from medical.dicom.quiet import quiet_readers
    from medical.objects.rtstruct import is_rtstruct, read_rtstruct
    from medical.objects.seg import is_seg, read_seg

    with quiet_readers():
        try:
            head = dcmread(path, force=True, specific_tags=["SOPClassUID", "Modality"])
        except (InvalidDicomError, OSError, ValueError, AttributeError) as error:
            raise _no_labels("") from error
    if is_seg(head):
        return read_seg(path, source=source)
    if is_rtstruct(head):
        return read_rtstruct(path, source=source)
    raise _no_labels(str(head.get("Modality", "")))


def _no_labels(modality: str) -> UnknownFormatError:
    what = f"The file is DICOM ({modality})" if modality else "The file is no DICOM"
    return UnknownFormatError(
        f"{what}, and holds no labels.",
        remedy="Give a DICOM SEG or RTSTRUCT, .seg.nrrd, or a label map (.nii, .nrrd, .mha).",
    )


def _read_image(path: Path, table: Path | None) -> Segmentation:
    from medical.images import read_label_map
    from medical.objects.slicer import read_slicer
    from medical.objects.tables import read_label_table, table_beside

    if path.name.lower().endswith(SEGMENTS_SUFFIX) and table is None:
        return read_slicer(path)
    found = read_label_map(path)
    beside = table or table_beside(path)
    if beside is not None:
        found = named(found, read_label_table(beside))
    present = {int(value) for value in np.unique(found.values)} - {0}
    if not present:
        raise NothingToBuildError("No voxel of the label map is labelled.")
    labels = tuple(label for label in found.labels if label.value in present)
    found = replace(found, labels=type(found.labels)(labels))
    source = Source(kind="label-map", sha256=digest_file(path))
    return Segmentation(layers=(found,), provenance=Provenance(sources=(source,)))


def named(label_map: LabelMap, table: LabelTable) -> LabelMap:
    """Return a label map with the labels of `table`, its own where that names none."""
    from medical.objects.names import table_of, with_unique_names

    told = table.values
    own = [label for label in label_map.labels if label.value not in told]
    return replace(label_map, labels=table_of(with_unique_names([*table, *own])))
