"""Write labels: one segmentation to the kind of file that its name tells."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from medical.objects.names import table_of
from shared.concept import Label
from shared.errors import NothingToBuildError, UnknownFormatError, UsageError
from shared.finding import Finding, warning
from shared.segmentation import LabelMap, Segmentation

if TYPE_CHECKING:
    from pathlib import Path

    from medical.dicom.series import Series
    from shared.formats.outputs import Staging

DicomKind = Literal["seg", "rtstruct"]
SEGMENTS_SUFFIX: Final = ".seg.nrrd"
DICOM_SUFFIX: Final = ".dcm"
MAP_SUFFIXES: Final = (".nii", ".nii.gz", ".nrrd", ".mha")
SUFFIXES: Final = (*MAP_SUFFIXES, SEGMENTS_SUFFIX, DICOM_SUFFIX)
"""Names of files that labels are written to."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FlatMap:
    """One label map of labels that may have overlapped.

    Parameters
    ----------
    label_map
        Every voxel has at most one label.
    findings
        What was lost by overlaps.
    """

    label_map: LabelMap
    findings: tuple[Finding, ...]


def write_labels(
    segmentation: Segmentation,
    path: Path,
    *,
    source: Series | None = None,
    dicom: DicomKind = "seg",
    deidentify: bool = False,
    staging: Staging | None = None,
) -> tuple[Finding, ...]:
    """Write labels in the format that the name of the file tells.

    ``.seg.nrrd`` holds overlaps in layers; ``.nii``, ``.nii.gz``, ``.nrrd`` and ``.mha``
    hold one label a voxel (see `flattened`), with tables of their names beside them, one
    of them ITK-SNAP's; ``.dcm`` is a DICOM object that refers to its source.

    Parameters
    ----------
    segmentation
        What to write.
    path
        Where to.
    source
        The series that was segmented: needed for DICOM.
    dicom
        Which DICOM object.
    deidentify
        Blank patient and study in DICOM, with fresh UIDs throughout.
    staging
        Of a run that writes several files.

    Returns
    -------
    tuple of Finding
        What the file could not hold.

    Raises
    ------
    UnknownFormatError
        If the name tells none of these.
    UsageError
        If a DICOM object is to be written of what did not come from DICOM.
    NothingToBuildError
        If no voxel is labelled.
    """
    from shared.formats.outputs import staged_outputs

    name = path.name.lower()
    if not any(layer.values.any() for layer in segmentation.layers):
        raise NothingToBuildError("No voxel is labelled: there is nothing to write.")
    with nullcontext(staging) if staging else staged_outputs() as outputs:
        if name.endswith(SEGMENTS_SUFFIX):
            from medical.objects.slicer import write_slicer

            write_slicer(segmentation, path, staging=outputs)
            return ()
        if name.endswith(MAP_SUFFIXES):
            return _write_map(segmentation, path, outputs)
        if name.endswith(DICOM_SUFFIX):
            _write_dicom(segmentation, path, source, dicom, deidentify, outputs)
            return ()
    raise UnknownFormatError(
        f"{path.name} has no name of a file of labels.",
        remedy=f"Use one of {', '.join(SUFFIXES)}.",
    )


def _write_map(segmentation: Segmentation, path: Path, outputs: Staging) -> tuple[Finding, ...]:
    from medical.images import write_image
    from medical.images.formats import stem_of
    from medical.objects.tables import ITK_SNAP_SUFFIX, itk_snap_text

    flat = flattened(segmentation)
    write_image(flat.label_map, path, staging=outputs)
    description = outputs.path_for(path.with_name(stem_of(path) + ITK_SNAP_SUFFIX))
    description.write_text(itk_snap_text(flat.label_map.labels), encoding="utf-8")
    return flat.findings


def _write_dicom(
    segmentation: Segmentation,
    path: Path,
    source: Series | None,
    dicom: DicomKind,
    deidentify: bool,
    outputs: Staging,
) -> None:
    if source is None:
        raise UsageError(
            "A DICOM object refers to the DICOM series it was made from, and there is none.",
            remedy="Segment a DICOM series, or write .nii.gz, .nrrd or .seg.nrrd.",
        )
    if dicom == "rtstruct":
        from medical.objects.rtstruct_writing import write_rtstruct

        write_rtstruct(segmentation, path, source=source, deidentify=deidentify, staging=outputs)
        return
    from medical.objects.seg_writing import write_seg

    write_seg(segmentation, path, source=source, deidentify=deidentify, staging=outputs)


def flattened(segmentation: Segmentation) -> FlatMap:
    """Return one label map: where labels overlap, the one of the earlier layer stays.

    Labels keep their values where all are different; else they are numbered in order.
    """
    labels = [label for layer in segmentation.layers for label in layer.labels]
    values = [label.value for label in labels]
    is_unique = len(set(values)) == len(values)
    new = {
        label.name: label if is_unique else replace(label, value=n)
        for n, label in enumerate(labels, start=1)
    }
    largest = max(label.value for label in new.values())
    flat = np.zeros(segmentation.layers[0].shape, np.uint8 if largest <= 255 else np.uint16)
    findings = []
    for layer in segmentation.layers:
        for label in layer.labels:
            mask = layer.values == label.value
            hidden = int(np.count_nonzero(mask & (flat != 0)))
            if hidden:
                findings.append(_hidden(label, hidden, int(np.count_nonzero(mask))))
            flat[mask & (flat == 0)] = new[label.name].value
    flat.setflags(write=False)
    first = segmentation.layers[0]
    return FlatMap(
        label_map=replace(first, values=flat, labels=table_of(new.values())),
        findings=tuple(findings),
    )


def _hidden(label: Label, hidden: int, total: int) -> Finding:
    return warning(
        "labels-overlap",
        f"{hidden} of {total} voxels of {label.name} belong to a label named before it, which the "
        "file gives them to: it holds one label a voxel.",
        details={"label": label.name, "voxels": hidden},
    )
