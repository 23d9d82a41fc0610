"""Read DICOM segmentation objects: binary, fractional, and label maps (PS3.3 A.51, C.8.20).

A segment is told by its number; each frame shows a segment (or, in label maps, all) in one
plane. Frames come in any order; planes without anything of a segment are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from medical.errors import SliceGeometryError
from medical.objects.colors import color_from_dicom_lab
from medical.objects.frames import ObjectFrames
from medical.objects.layers import LayerStack
from medical.objects.names import label_name, spread_color, with_side, with_unique_names
from medical.objects.planes import PlaneStack, distinct_planes, grid_of, placement_on
from shared.concept import Concept, Label
from shared.errors import DamagedFileError, FrameMismatchError, NothingToBuildError
from shared.finding import Finding, warning
from shared.frame import PATIENT_LPS_MM, Frame
from shared.provenance import Provenance, Source, digest_file
from shared.segmentation import LevelField, Segmentation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom import Dataset

    from shared.affine import Affine
    from shared.volume import Volume

SEGMENTATION: Final = "1.2.840.10008.5.1.4.1.1.66.4"
LABEL_MAP_SEGMENTATION: Final = "1.2.840.10008.5.1.4.1.1.66.7"
"""SOP classes of segmentation objects."""

FRACTION_LEVEL: Final = 0.5
"""Where the surface of a fractional segment runs: as likely, or as much, in as out."""
BACKGROUND_CODES: Final = frozenset({("DCM", "125040")})
"""What a label map calls its background."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Object:
    """What a segmentation object holds: segments, planes, and which frame shows what."""

    kind: str
    labels: tuple[Label, ...]
    stack: PlaneStack
    frames: ObjectFrames
    plane_of_frame: NDArray[np.int64]
    segments_of_frame: tuple[int, ...]
    full_scale: float
    frame_uid: str | None
    background: int
    """Value of no segment in label maps."""


def is_seg(dataset: Dataset) -> bool:
    """Return whether a data set is a segmentation object."""
    return str(dataset.get("SOPClassUID", "")) in (SEGMENTATION, LABEL_MAP_SEGMENTATION)


def read_seg(path: Path, *, source: Volume | None = None) -> Segmentation:
    """Return a DICOM segmentation object as labels with names, codes and colors.

    Parameters
    ----------
    path
        The object.
    source
        The volume it belongs to: labels are put on its grid, voxel by voxel where the
        planes are its own (in whatever order and direction), else resampled by nearest
        with a finding. Without it they stand on the grid of the object's own planes.

    Returns
    -------
    Segmentation
        Segments that overlap stand in several layers; label values are segment numbers.
        Fractional segments keep their fraction as field.

    Raises
    ------
    DamagedFileError, UnreadablePixelsError, SliceGeometryError
        If it cannot be read or placed.
    FrameMismatchError
        If it belongs to another frame of reference than `source`.
    NothingToBuildError
        If it holds no segment.
    """
    from pydicom import dcmread

    from medical.dicom.quiet import quiet_readers

    with quiet_readers():
        try:
            dataset = dcmread(path, force=True)
            held = _held(dataset)
        except (AttributeError, KeyError, IndexError, ValueError, TypeError, OSError) as error:
            if isinstance(error, DamagedFileError | SliceGeometryError):
                raise
            raise DamagedFileError(
                f"The segmentation object lacks what is needed to place it ({error}).",
                remedy="Export it again.",
            ) from error
        provenance = Provenance(sources=(Source(kind="dicom-seg", sha256=digest_file(path)),))
        return _segmentation(held, source, provenance)


def _held(dataset: Dataset) -> _Object:
    if not is_seg(dataset):
        raise DamagedFileError("The file is no DICOM segmentation.", remedy="Check the path.")
    kind = str(dataset.get("SegmentationType", "BINARY"))
    count = int(dataset.get("NumberOfFrames", 1))
    frames = ObjectFrames(
        dataset=dataset, rows=int(dataset.Rows), columns=int(dataset.Columns), count=count
    )
    stack, plane_of_frame = _planes(dataset, frames)
    is_label_map = kind == "LABELMAP"
    return _Object(
        kind=kind,
        labels=_labels(dataset),
        stack=stack,
        frames=frames,
        plane_of_frame=plane_of_frame,
        segments_of_frame=() if is_label_map else _segments(dataset, count),
        full_scale=float(dataset.get("MaximumFractionalValue", 1) or 1),
        frame_uid=dataset.get("FrameOfReferenceUID"),
        background=_background(dataset),
    )


def _background(dataset: Dataset) -> int:
    """Return the value that stands for no segment in a label map."""
    for item in dataset.SegmentSequence:
        code = item.get("SegmentedPropertyTypeCodeSequence")
        if code and _key(code[0]) in BACKGROUND_CODES:
            return int(item.SegmentNumber)
    return 0


def _key(code: Dataset) -> tuple[str, str]:
    return str(code.get("CodingSchemeDesignator", "")), _code_value(code)


def _code_value(code: Dataset) -> str:
    for keyword in ("CodeValue", "LongCodeValue", "URNCodeValue"):
        if code.get(keyword):
            return str(code.get(keyword))
    return ""


def concept_of(code: Dataset) -> Concept | None:
    """Return a coded meaning, or None where the code is incomplete."""
    scheme, value = _key(code)
    meaning = str(code.get("CodeMeaning", "") or value)
    return Concept(scheme=scheme, code=value, meaning=meaning) if scheme and value else None


def _labels(dataset: Dataset) -> tuple[Label, ...]:
    background = _background(dataset)
    labels = []
    for item in dataset.SegmentSequence:
        number = int(item.SegmentNumber)
        if number == background or number < 1:
            continue
        codes = item.get("SegmentedPropertyTypeCodeSequence")
        concept = concept_of(codes[0]) if codes else None
        words = str(item.get("SegmentLabel", "") or (concept.meaning if concept else ""))
        name = with_side(label_name(words, number=number), _side(codes[0]) if codes else None)
        lab = item.get("RecommendedDisplayCIELabValue")
        color = color_from_dicom_lab(lab) if lab and len(lab) == 3 else spread_color(number)
        labels.append(Label(value=number, name=name, concept=concept, color=color))
    if not labels:
        raise NothingToBuildError("The segmentation object describes no segment.")
    return with_unique_names(labels)


def _side(code: Dataset) -> str | None:
    """Return the side that the modifier of a segment's type tells."""
    for modifier in code.get("SegmentedPropertyTypeModifierCodeSequence") or ():
        meaning = str(modifier.get("CodeMeaning", "")).strip().lower()
        if meaning in ("left", "right"):
            return meaning
    return None


def _segments(dataset: Dataset, count: int) -> tuple[int, ...]:
    """Return the segment number that each frame shows."""
    shared = _first(dataset.get("SharedFunctionalGroupsSequence")) or {}
    per_frame = dataset.PerFrameFunctionalGroupsSequence
    key = "SegmentIdentificationSequence"
    items = [per_frame[index].get(key) or shared[key] for index in range(count)]
    return tuple(int(item[0].ReferencedSegmentNumber) for item in items)


def _first(sequence: Any) -> Any:
    return sequence[0] if sequence else None


def _planes(dataset: Dataset, frames: ObjectFrames) -> tuple[PlaneStack, NDArray[np.int64]]:
    """Return the planes of an object, and the plane of each frame."""
    shared = _first(dataset.get("SharedFunctionalGroupsSequence"))
    per_frame = dataset.get("PerFrameFunctionalGroupsSequence") or []
    if len(per_frame) != frames.count:
        raise DamagedFileError(
            f"The object says it has {frames.count} frames and describes {len(per_frame)}.",
            remedy="Export it again.",
        )

    def group(frame: Dataset, sequence: str) -> Dataset:
        found = _first(frame.get(sequence)) or _first(shared and shared.get(sequence))
        if found is None:
            raise SliceGeometryError(
                f"The frames of the object do not say where they stand ({sequence} is absent).",
                remedy="Export it again with its geometry.",
            )
        return found

    positions = np.array(
        [group(f, "PlanePositionSequence").ImagePositionPatient for f in per_frame], float
    )
    cosines = np.array(
        [group(f, "PlaneOrientationSequence").ImageOrientationPatient for f in per_frame], float
    )
    measures = group(per_frame[0], "PixelMeasuresSequence")
    _require_parallel(cosines)
    across, down = (v / np.linalg.norm(v) for v in cosines[0].reshape(2, 3))
    members, plane_of_frame = distinct_planes(positions, np.cross(across, down))
    between_rows, between_columns = (float(x) for x in measures.PixelSpacing)
    return PlaneStack(
        positions_mm=positions[members],
        row_step_mm=down * between_rows,
        column_step_mm=across * between_columns,
        rows=frames.rows,
        columns=frames.columns,
        step_mm=_positive(measures.get("SpacingBetweenSlices")),
        thickness_mm=_positive(measures.get("SliceThickness")),
    ), plane_of_frame


PARALLEL_TOLERANCE: Final = 1e-3
"""Largest difference of direction cosines between frames called parallel."""


def _require_parallel(cosines: NDArray[np.float64]) -> None:
    if np.abs(cosines - cosines[0]).max() > PARALLEL_TOLERANCE:
        raise SliceGeometryError(
            "The frames of the object have several orientations.",
            remedy="Export one object for each orientation.",
        )


def _positive(number: Any) -> float | None:
    value = float(number) if number not in (None, "") else 0.0
    return value if value > 0.0 else None


def frame_with_uid(uid: str | None) -> Frame:
    """Return the patient's frame; a digest of the frame of reference tells its origin."""
    import hashlib
    from dataclasses import replace

    from medical.dicom.stack import FRAME_UID_LENGTH

    if not uid:
        return PATIENT_LPS_MM
    digest = hashlib.sha256(str(uid).encode()).hexdigest()[:FRAME_UID_LENGTH]
    return replace(PATIENT_LPS_MM, uid=digest)


def _segmentation(held: _Object, source: Volume | None, provenance: Provenance) -> Segmentation:
    frame = frame_with_uid(held.frame_uid)
    if source is None:
        return _on_own_grid(held, frame, provenance)
    if not source.frame.is_compatible(frame):
        raise FrameMismatchError(
            "The segmentation belongs to another frame of reference than the volume.",
            remedy="Give the series that it was made from.",
        )
    placement = placement_on(held.stack, source.affine, source.shape)
    if placement is None:
        from medical.objects.regrid import on_grid_of

        return on_grid_of(_on_own_grid(held, source.frame, provenance), source)
    losses = 0

    def put(plane: int, pixels: NDArray[Any]) -> list[tuple[tuple[Any, ...], NDArray[Any]]]:
        nonlocal losses
        k, box, turned, lost = placement.put(plane, pixels)
        losses += lost
        place: list[Any] = list(box)
        place.insert(placement.axes[0], k)
        return [(tuple(place), turned)]

    made = _filled(held, source.affine, source.shape, source.frame, put, provenance)
    if not losses:
        return made
    from dataclasses import replace

    return replace(made, findings=(*made.findings, outside_finding(losses)))


def outside_finding(voxels: int) -> Finding:
    """Return the warning that labels reach beyond the volume."""
    return warning(
        "labels-outside-volume",
        f"{voxels} labelled voxels lie outside of the volume and were cut off.",
        details={"voxels": voxels},
    )


def _on_own_grid(held: _Object, frame: Frame, provenance: Provenance) -> Segmentation:
    from dataclasses import replace

    grid = grid_of(held.stack)

    def put(plane: int, pixels: NDArray[Any]) -> list[tuple[tuple[Any, ...], NDArray[Any]]]:
        everything = slice(None)
        return [((k, everything, everything), pixels) for k in grid.slices_of_plane[plane]]

    made = _filled(held, grid.affine, grid.shape, frame, put, provenance)
    if grid.is_even:
        return made
    uneven = warning(
        "uneven-planes",
        "The planes of the object are unevenly spaced; each was shown on the slices of a regular "
        "grid nearest to it.",
    )
    return replace(made, findings=(*made.findings, uneven))


def _filled(
    held: _Object,
    affine: Affine,
    shape: tuple[int, int, int],
    frame: Frame,
    put: Callable[[int, NDArray[Any]], list[tuple[tuple[Any, ...], NDArray[Any]]]],
    provenance: Provenance,
) -> Segmentation:
    """Return the segments on a grid on which `put` places the pixels of a plane."""
    layers = LayerStack(shape=shape, largest_value=max(label.value for label in held.labels))
    fields: dict[str, LevelField] = {}
    present = []
    for label, shown in zip(held.labels, _frames_by_label(held), strict=True):
        pieces = []
        values = np.zeros(shape, np.float32) if held.kind == "FRACTIONAL" else None
        for index in shown:
            pixels = held.frames.frame(index)
            plane = int(held.plane_of_frame[index])
            if values is not None:
                fraction = pixels.astype(np.float32) / np.float32(held.full_scale)
                for box, part in put(plane, fraction):
                    values[box] = part
                    pieces.append((box, part >= FRACTION_LEVEL))
            else:
                mask = pixels == label.value if held.kind == "LABELMAP" else pixels != 0
                if mask.any():
                    pieces += put(plane, mask)
        if not any(mask.any() for _, mask in pieces):
            continue
        layers.add(label, pieces)
        present.append(label)
        if values is not None:
            values.setflags(write=False)
            fields[label.name] = LevelField(values=values, level=FRACTION_LEVEL)
    if not present:
        raise NothingToBuildError("No segment of the object has a voxel in the volume.")
    return Segmentation(
        layers=layers.label_maps(affine, frame),
        fields=fields,
        provenance=provenance.with_step("read-seg", type=held.kind, segments=len(present)),
        findings=tuple(empty_finding(label) for label in held.labels if label not in present),
    )


def empty_finding(label: Label) -> Finding:
    """Return the warning that a label is described and nowhere shown."""
    return warning("empty-label", f"{label.name} is described, but no voxel shows it.")


def _frames_by_label(held: _Object) -> list[list[int]]:
    """Return which frames may show each label."""
    if held.kind == "LABELMAP":
        return [list(range(held.frames.count)) for _ in held.labels]
    by_number: dict[int, list[int]] = {}
    for index, number in enumerate(held.segments_of_frame):
        by_number.setdefault(number, []).append(index)
    return [by_number.get(label.value, []) for label in held.labels]
