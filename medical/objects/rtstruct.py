"""Read RT structure sets: closed planar contours become labels (PS3.3 A.19, C.8.8.5, C.8.8.6).

Contours are points in the patient, plane by plane. On the grid of the scan they were
drawn on, a voxel belongs to a structure if its centre lies within an odd number of its
contours; the distance to the contour is kept as field, so surfaces run where it was drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from medical.errors import SliceGeometryError
from medical.objects.layers import layers_of_masks
from medical.objects.names import label_name, spread_color, with_unique_names
from medical.objects.outlines import FEWEST_POINTS, rings_of, signed_distance
from medical.objects.planes import PLACEMENT_TOLERANCE, PlaneStack, distinct_planes, grid_of
from medical.objects.seg import concept_of, empty_finding, frame_with_uid
from shared.affine import Affine
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
CLOSED: Final = frozenset({"CLOSED_PLANAR", "CLOSEDPLANAR_XOR"})
"""Types of contours that enclose something."""

OWN_PIXEL_MM: Final = 1.0
"""Pixel of the grid on which contours are drawn where no scan gives one."""
OWN_MARGIN: Final = 2
"""Pixels left around the contours on that grid."""
FLAT_MM: Final = 0.5
"""Farthest a point of a contour may stand beside the plane of the others."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Structure:
    """A structure of a set: its label, and its closed contours ``[n 3]`` in LPS mm."""

    label: Label
    contours: tuple[NDArray[np.float64], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Set:
    structures: tuple[Structure, ...]
    frame: Frame
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Grid:
    affine: Affine
    shape: tuple[int, int, int]


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
        contour in its plane, in mm, positive inside, cut at the distance of two slices.

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
        made = _drawn(held, _own_grid(held), held.frame)
    elif not source.frame.is_compatible(held.frame):
        raise FrameMismatchError(
            "The structure set belongs to another frame of reference than the volume.",
            remedy="Give the series that was contoured.",
        )
    elif _lies_in_slices(held, source):
        grid = _Grid(affine=source.affine, shape=source.shape)
        made = _drawn(held, grid, source.frame)
    else:
        made = _resampled(_drawn(held, _own_grid(held), source.frame), source)
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
        points = np.array(contour.get("ContourData") or (), dtype=np.float64)
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


def _own_grid(held: _Set) -> _Grid:
    """Return a grid in the planes of the contours, of pixels of `OWN_PIXEL_MM`."""
    contours = [contour for s in held.structures for contour in s.contours]
    normal = _normal(contours)
    along = [contour @ normal for contour in contours]
    if max(float(np.ptp(a)) for a in along) > 2.0 * FLAT_MM:
        raise SliceGeometryError(
            "The contours do not lie in parallel planes.",
            remedy="Give the series that was contoured, or export it again.",
        )
    across, down = _axes(normal)
    frame = np.column_stack([down, across])
    flat = np.concatenate(contours) @ frame
    low = np.floor(flat.min(axis=0) / OWN_PIXEL_MM) - OWN_MARGIN
    high = np.ceil(flat.max(axis=0) / OWN_PIXEL_MM) + OWN_MARGIN
    corner = frame @ (low * OWN_PIXEL_MM)
    positions = np.array([corner + a.mean() * normal for a in along])
    members, _ = distinct_planes(positions, normal)
    rows, columns = (int(n) + 1 for n in high - low)
    stack = PlaneStack(
        positions_mm=positions[members],
        row_step_mm=down * OWN_PIXEL_MM,
        column_step_mm=across * OWN_PIXEL_MM,
        rows=rows,
        columns=columns,
    )
    if len(members) == 1:
        raise SliceGeometryError(
            "All contours lie in one plane, which has no depth.",
            remedy="Give the series that was contoured.",
        )
    grid = grid_of(stack)
    count = grid.shape[0] + 2  # an empty plane at each end: the structures end there
    matrix = np.array(grid.affine.matrix)
    matrix[:3, 3] -= matrix[:3, 0]
    return _Grid(affine=Affine(matrix), shape=(count, rows, columns))


def _normal(contours: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the unit normal ``[3]`` of the largest contour, towards +z, else +y, else +x."""
    largest = max(contours, key=lambda c: float(np.linalg.norm(_area_vector(c))))
    area = _area_vector(largest)
    if not area.any():
        raise NothingToBuildError("The contours enclose no area.")
    normal = area / np.linalg.norm(area)
    normal[np.abs(normal) < 1e-6] = 0.0
    normal /= np.linalg.norm(normal)
    main = int(np.abs(normal).argmax())
    return np.asarray(normal * np.sign(normal[main]))


def _area_vector(contour: NDArray[np.float64]) -> NDArray[np.float64]:
    around = contour - contour.mean(axis=0)
    return np.asarray(0.5 * np.cross(around, np.roll(around, -1, axis=0)).sum(axis=0))


def _axes(normal: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return in-plane unit axes (across, down) with across × down = `normal`."""
    least = int(np.abs(normal).argmin())
    across = np.eye(3)[least] - normal[least] * normal
    across /= np.linalg.norm(across)
    return across, np.asarray(np.cross(normal, across))


def _drawn(held: _Set, grid: _Grid, frame: Frame) -> Segmentation:
    """Return the structures drawn on a grid whose slices are their planes."""
    masks, fields, findings = [], {}, []
    for structure in held.structures:
        field, cut, filled = _field_of(structure, grid)
        mask = field >= 0.0
        if cut:
            findings.append(_outside(structure.label, cut))
        if not mask.any():
            findings.append(empty_finding(structure.label))
            continue
        if filled:
            findings.append(_filled_finding(structure.label, filled))
        field.setflags(write=False)
        masks.append((structure.label, mask))
        fields[structure.label.name] = LevelField(values=field, level=0.0)
    if not masks:
        raise NothingToBuildError(
            "No voxel of the scan has its centre within a contour.",
            remedy="Check that structure set and scan belong together.",
        )
    layers = layers_of_masks(masks, grid.affine, frame)
    return Segmentation(layers=layers, fields=fields, findings=tuple(findings))


def _field_of(structure: Structure, grid: _Grid) -> tuple[NDArray[np.float32], int, int]:
    """Return the field of a structure, its contours off the grid, and its slices filled in."""
    slices, rows, columns = grid.shape
    step, down, across = grid.affine.spacing
    reach = max(step, down, across)
    index_from_world = grid.affine.inverse()
    outlines: dict[int, list[NDArray[np.float64]]] = {}
    cut = 0
    for contour in structure.contours:
        index = index_from_world.apply(contour)
        k = round(float(index[:, 0].mean()))
        if 0 <= k < slices:
            outlines.setdefault(k, []).append(index[:, 1:])
        else:
            cut += 1
    gap = _usual_gap(sorted(outlines))
    reach *= gap
    field = np.full(grid.shape, -reach, dtype=np.float32)
    for k, own in outlines.items():
        field[k] = signed_distance(rings_of(own), (rows, columns), (down, across), reach)
    return field, cut, _fill_between(field, sorted(outlines), gap)


def _usual_gap(drawn: list[int]) -> int:
    """Return from how many slices one was contoured: the most frequent step."""
    if len(drawn) < 2:
        return 1
    counts = np.bincount(np.diff(drawn))
    return int(counts.argmax())


def _fill_between(field: NDArray[np.float32], drawn: list[int], gap: int) -> int:
    """Interpolate the slices between contours drawn on every `gap`-th slice; return how many.

    The mean of two distances is the outline half-way (Raya and Udupa: Shape-based
    interpolation of multidimensional objects, IEEE TMI 9, 1990, doi:10.1109/42.52980).
    """
    filled = 0
    for low, high in pairwise(drawn):
        if not 1 < high - low <= gap:
            continue
        for k in range(low + 1, high):
            share = np.float32((k - low) / (high - low))
            field[k] = field[low] * (1 - share) + field[high] * share
            filled += 1
    return filled


def _filled_finding(label: Label, count: int) -> Finding:
    return note(
        "slices-interpolated",
        f"{label.name} was contoured on some slices only; {count} between them were interpolated.",
        details={"slices": count},
    )


def _outside(label: Label, count: int) -> Finding:
    return warning(
        "labels-outside-volume",
        f"{count} contours of {label.name} lie beyond the ends of the volume and were left out.",
        details={"contours": count},
    )


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
