"""Read RT structure sets: closed planar contours become labels (PS3.3 A.19, C.8.8.5, C.8.8.6).

Contours are points in the patient, plane by plane. On the grid of the scan they were
drawn on, a voxel belongs to a structure if its centre lies within an odd number of its
contours; the distance to the contour is kept as field, so surfaces run where it was drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from medical.objects.drawing import Grid, Structure, drawn_on, own_grid
from medical.objects.layers import layers_of_masks
from medical.objects.names import label_name, spread_color, with_unique_names
from medical.objects.outlines import FEWEST_POINTS
from medical.objects.planes import PLACEMENT_TOLERANCE
from medical.objects.seg import concept_of, empty_finding, frame_with_uid
from shared.concept import Concept, Label
from shared.errors import DamagedFileError, FrameMismatchError, NothingToBuildError
from shared.finding import Finding, note, warning
from shared.provenance import Provenance, Source, digest_file
from shared.segmentation import LevelField, Segmentation
from shared.volume import Volume

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom import Dataset

    from shared.frame import Frame

RT_STRUCTURE_SET: Final = "1.2.840.10008.5.1.4.1.1.481.3"
"""SOP class of structure sets."""
CONTOUR_DATA: Final = 0x30060050
"""Tag of the points of a contour."""
CLOSED: Final = frozenset({"CLOSED_PLANAR", "CLOSEDPLANAR_XOR"})
"""Types of contours that enclose something."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Set:
    structures: tuple[Structure, ...]
    frame: Frame
    findings: tuple[Finding, ...]


def read_rtstruct(path: Path, *, source: Volume | None = None) -> Segmentation:
    """Return an RT structure set as labels with fields, names and colors.

    Parameters
    ----------
    path
        The structure set.
    source
        The scan that was contoured: labels are put on its grid. Where its slices are not
        the planes of the contours they are drawn on a grid of their own and resampled,
        with a finding. Without it they stay on their own grid, of pixels of 1 mm.

    Returns
    -------
    Segmentation
        One label a structure with closed contours, values in the order of the set;
        overlapping structures stand in several layers. Each field is the distance to the
        contour in its plane, in micrometres, positive inside, cut at the distance of two
        slices.

    Raises
    ------
    DamagedFileError
        If it is no structure set, or contours are not flat.
    SliceGeometryError
        If contours do not stand in parallel planes.
    FrameMismatchError
        If it belongs to another frame of reference than `source`.
    NothingToBuildError
        If it holds no closed contour, or none within the scan.
    """
    from pydicom import dcmread

    from medical.dicom.quiet import quiet_readers

    with quiet_readers():
        try:
            dataset = dcmread(path, force=True)
            held = _held(dataset)
        except (AttributeError, KeyError, IndexError, TypeError, OSError) as error:
            raise DamagedFileError(
                f"The structure set lacks what is needed to read it ({error}).",
                remedy="Export it again.",
            ) from error
    provenance = Provenance(sources=(Source(kind="dicom-rtstruct", sha256=digest_file(path)),))
    if source is None:
        made = drawn_on(held.structures, own_grid(held.structures), held.frame)
    elif not source.frame.is_compatible(held.frame):
        raise FrameMismatchError(
            "The structure set belongs to another frame of reference than the volume.",
            remedy="Give the series that was contoured.",
        )
    elif _lies_in_slices(held, source):
        grid = Grid(affine=source.affine, shape=source.shape)
        made = drawn_on(held.structures, grid, source.frame)
    else:
        made = _resampled(
            drawn_on(held.structures, own_grid(held.structures), source.frame), source
        )
    return replace(
        made,
        provenance=provenance.with_step("read-rtstruct", structures=len(held.structures)),
        findings=(*held.findings, *made.findings),
    )


def is_rtstruct(dataset: Dataset) -> bool:
    """Return whether a data set is an RT structure set."""
    return str(dataset.get("SOPClassUID", "")) == RT_STRUCTURE_SET


def _held(dataset: Dataset) -> _Set:
    if not is_rtstruct(dataset):
        raise DamagedFileError("The file is no RT structure set.", remedy="Check the path.")
    contours = {
        int(item.ReferencedROINumber): item for item in dataset.get("ROIContourSequence") or ()
    }
    concepts = _concepts(dataset)
    labels, outlines, findings = [], [], []
    uids = set()
    for value, roi in enumerate(dataset.get("StructureSetROISequence") or (), start=1):
        number = int(roi.ROINumber)
        item = contours.get(number)
        name = label_name(str(roi.get("ROIName", "")), number=value)
        closed, other = _contours(item)
        color = _color(item, value)
        label = Label(value=value, name=name, concept=concepts.get(number), color=color)
        labels.append(label)
        outlines.append(closed)
        if other:
            findings.append(_open_finding(label, other))
        uids.add(str(roi.get("ReferencedFrameOfReferenceUID", "") or ""))
    unique = with_unique_names(labels)
    made = [Structure(label=a, contours=b) for a, b in zip(unique, outlines, strict=True) if b]
    findings += [empty_finding(a) for a, b in zip(unique, outlines, strict=True) if not b]
    if not made:
        raise NothingToBuildError("The structure set holds no closed contour.")
    uid = uids.pop() if len(uids) == 1 else None
    return _Set(structures=tuple(made), frame=frame_with_uid(uid), findings=tuple(findings))


def _concepts(dataset: Dataset) -> dict[int, Concept]:
    """Return the coded meaning of each structure that has one, by its number."""
    found = {}
    for item in dataset.get("RTROIObservationsSequence") or ():
        codes = item.get("RTROIIdentificationCodeSequence")
        concept = concept_of(codes[0]) if codes else None
        if concept is not None:
            found[int(item.ReferencedROINumber)] = concept
    return found


def _contours(item: Dataset | None) -> tuple[tuple[NDArray[np.float64], ...], int]:
    """Return the closed contours of a structure, and how many others it has."""
    closed, other = [], 0
    for contour in (item.get("ContourSequence") if item is not None else None) or ():
        points = _numbers(contour)
        if points.size % 3:
            raise DamagedFileError(
                f"A contour has {points.size} numbers, which are no points.",
                remedy="Export the structure set again.",
            )
        kind = str(contour.get("ContourGeometricType", "CLOSED_PLANAR"))
        if kind in CLOSED and points.size >= 3 * FEWEST_POINTS:
            closed.append(points.reshape(-1, 3))
        else:
            other += 1
    return tuple(closed), other


def _numbers(contour: Dataset) -> NDArray[np.float64]:
    """Return the numbers of a contour's points, straight from their text where it is at hand."""
    item = contour.get_item(CONTOUR_DATA)
    value = None if item is None else item.value
    if not isinstance(value, bytes):
        return np.array(value or (), dtype=np.float64)
    text = value.decode("ascii", "replace").strip(" \0")
    try:
        return np.array(text.split("\\") if text else (), dtype=np.float64)
    except ValueError as error:
        raise DamagedFileError(
            "The points of a contour are no numbers.", remedy="Export the structure set again."
        ) from error


def _color(item: Dataset | None, value: int) -> tuple[float, float, float]:
    told = item.get("ROIDisplayColor") if item is not None else None
    if told is None or len(told) != 3:
        return spread_color(value)
    red, green, blue = (min(max(int(c), 0), 255) / 255 for c in told)
    return red, green, blue


def _open_finding(label: Label, count: int) -> Finding:
    contours = "1 contour" if count == 1 else f"{count} contours"
    return note(
        "open-contours",
        f"{contours} of {label.name} enclose nothing (points and open lines) and were left out.",
    )


def _lies_in_slices(held: _Set, source: Volume) -> bool:
    """Return whether every contour lies in a slice of the scan."""
    index_from_world = source.affine.inverse()
    for structure in held.structures:
        for contour in structure.contours:
            k = index_from_world.apply(contour)[:, 0]
            if np.abs(k - round(float(k.mean()))).max() > PLACEMENT_TOLERANCE:
                return False
    return True


def _resampled(made: Segmentation, source: Volume) -> Segmentation:
    """Return labels drawn on their own grid on that of `source`: linear, as fields allow."""
    from shared.filters import Interpolation, resample

    masks, fields = [], {}
    for label in (label for layer in made.layers for label in layer.labels):
        field = made.fields[label.name]
        own = Volume(values=field.values, affine=made.affine, frame=source.frame)
        outside = float(field.values.min())
        moved = resample(
            own,
            source.affine,
            source.shape,
            outside=outside,
            interpolation=Interpolation.LINEAR,
        ).values
        mask = moved >= field.level
        if mask.any():
            masks.append((label, mask))
            fields[label.name] = LevelField(values=moved, level=field.level)
    if not masks:
        raise NothingToBuildError(
            "No contour lies in the volume.",
            remedy="Check that structure set and scan belong together.",
        )
    told = warning(
        "labels-resampled",
        "The contours do not lie in the slices of the scan; labels were interpolated on its grid.",
    )
    layers = layers_of_masks(masks, source.affine, source.frame)
    return replace(made, layers=layers, fields=fields, findings=(*made.findings, told))
