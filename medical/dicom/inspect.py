"""Inspect: what every series of a study is, as plain values for tables and JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medical.dicom.calibration import quantity_of
from medical.dicom.choose import Choice, choose_series
from medical.dicom.geometry import TILT_WORTH_TELLING_DEG, StackGeometry, measure, pixel_axes
from medical.dicom.groups import WORDS, SeriesGroup
from medical.dicom.series import Series
from medical.dicom.split import Aside
from medical.dicom.study import Study
from medical.errors import SliceGeometryError
from shared.errors import ToolkitError
from shared.finding import warning

OBLIQUE_DEG: Final = 20.0
"""Normals farther than this from every body axis make a plane oblique, not just turned."""

STRAIGHT_DEG: Final = 1.0
"""Normals nearer than this to a body axis are not told to be turned."""

PLANE_NAMES: Final = ("sagittal", "coronal", "axial")
"""Name of the plane whose normal is x, y or z of LPS."""

SIDES: Final = (("R", "L"), ("A", "P"), ("I", "S"))
"""Letters of the negative and positive end of x, y and z of LPS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesSummary:
    """What one series, or one group of images that stands apart, is.

    Parameters
    ----------
    uid, number, modality, description, body_part, kernel, image_type
        As in the headers.
    slices, rows, columns
        How many images, and their matrix.
    points, axis
        How often the slices repeat, and what changes: ``time``, ``diffusion``, ``echo``.
    spacing_mm
        Between (slices, rows, columns); slices is None where it cannot be measured.
    thickness_mm
        SliceThickness as written.
    orientation
        ``axial``, ``coronal``, ``sagittal``, or ``oblique …``, and how far it is turned.
    tilt_deg
        Gantry tilt as measured from the positions.
    extent_mm
        Size along R–L, A–P and I–S of the voxel centres.
    bounds
        The same as text: ``R 10.0 … L 120.5``, for each of the three axes.
    is_volume
        Whether it can become a volume.
    is_chosen
        Whether it is what would be reconstructed.
    why
        Why chosen, why not, or why it stands apart.
    findings
        What is unusual, as plain data.
    identity
        Patient's tags; empty unless asked for.
    """

    uid: str
    number: int | None
    modality: str
    description: str
    body_part: str = ""
    kernel: str = ""
    image_type: tuple[str, ...] = ()
    slices: int = 0
    rows: int = 0
    columns: int = 0
    points: int = 1
    axis: str = ""
    spacing_mm: tuple[float | None, float, float] | None = None
    thickness_mm: float | None = None
    orientation: str = ""
    tilt_deg: float | None = None
    extent_mm: tuple[float, float, float] | None = None
    bounds: tuple[str, str, str] | None = None
    is_volume: bool = False
    is_chosen: bool = False
    why: str = ""
    findings: tuple[dict[str, Any], ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    identity: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)


def describe(
    study: Study, *, with_identity: bool = False, structure: str | None = None
) -> tuple[SeriesSummary, ...]:
    """Return a summary of every group of series of `study`, then of what stands apart.

    Parameters
    ----------
    study
        What `find_series` found.
    with_identity
        Whether to tell the patient's tags.
    structure
        What is to be modeled, as for `choose_series`.
    """
    try:
        choice: Choice | None = choose_series(study, structure=structure)
    except ToolkitError:
        choice = None
    stacks = [_of_group(group, choice, with_identity) for group in study.groups]
    apart = [_of_aside(a, with_identity) for a in study.asides]
    return (*stacks, *apart)


def _of_group(group: SeriesGroup, choice: Choice | None, with_identity: bool) -> SeriesSummary:
    """Return the summary of a group: of its chosen member, or of the first."""
    count = len(group.members)
    is_home = choice is not None and any(choice.series is s for s in group.members)
    shown = choice.series if choice is not None and is_home else group.members[0]
    summary = _of_series(shown, choice, with_identity)
    if count == 1:
        return summary
    unlike = sum(len(s.slices) != len(shown.slices) for s in group.members)
    if unlike or not group.is_uniform:
        found = warning(
            "points-differ",
            f"{unlike} of {count} {WORDS[group.axis]}s have another number of slices."
            if unlike
            else f"The slices of the {count} {WORDS[group.axis]}s do not stand at the same places.",
        )
        summary = replace(summary, findings=(*summary.findings, found.as_dict()))
    facts = {**summary.facts, "points": [dict(point) for point in group.points]}
    facts.pop("told_apart_by", None)
    return replace(summary, points=count, axis=group.axis.value, facts=facts)


def _of_series(series: Series, choice: Choice | None, with_identity: bool) -> SeriesSummary:
    geometry, obstacle = _measured(series)
    between_rows, between_columns = series.pixel_spacing_mm
    spacing = None if geometry is None else round(geometry.spacing_mm, 4)
    low, high = _bounds(series)
    findings = [*series.findings, *(geometry.findings if geometry else ()), *quantity_of(series)[1]]
    is_chosen = choice is not None and series is choice.series
    return SeriesSummary(
        uid=series.uid,
        number=series.number,
        modality=series.modality,
        description=series.description,
        body_part=series.body_part,
        kernel=series.kernel,
        image_type=series.image_type,
        slices=len(series.slices),
        rows=series.rows,
        columns=series.columns,
        spacing_mm=(spacing, between_rows, between_columns),
        thickness_mm=series.slice_thickness_mm,
        orientation=orientation_words(series, geometry),
        tilt_deg=None if geometry is None else round(geometry.tilt_deg, 3),
        extent_mm=tuple(round(float(x), 2) for x in high - low),  # type: ignore[arg-type]
        bounds=bounds_words(low, high),
        is_volume=geometry is not None,
        is_chosen=is_chosen,
        why=_why(series, choice, obstacle),
        findings=tuple(f.as_dict() for f in findings),
        facts=dict(series.facts),
        identity=dict(series.identity) if with_identity else {},
    )


def _of_aside(aside: Aside, with_identity: bool) -> SeriesSummary:
    return SeriesSummary(
        uid=aside.uid,
        number=aside.number,
        modality=aside.modality,
        description=aside.description,
        image_type=aside.image_type,
        slices=aside.images,
        rows=aside.rows,
        columns=aside.columns,
        orientation=aside.kind.value,
        why=aside.reason,
        identity=dict(aside.identity) if with_identity else {},
    )


def _measured(series: Series) -> tuple[StackGeometry | None, str]:
    try:
        return measure(series), ""
    except SliceGeometryError as error:
        return None, error.problem


def _why(series: Series, choice: Choice | None, obstacle: str) -> str:
    if obstacle:
        return f"cannot become a volume: {obstacle}"
    if choice is None:
        return ""
    if series is choice.series:
        return f"chosen: {choice.reason}"
    return "as good as the chosen one" if any(series is t for t in choice.ties) else "not chosen"


def orientation_words(series: Series, geometry: StackGeometry | None = None) -> str:
    """Return the plane of a series in a radiologist's words, with what turns it."""
    along = np.abs(series.normal)
    nearest = int(along.argmax())
    turned = float(np.degrees(np.arccos(min(1.0, along[nearest]))))
    name = PLANE_NAMES[nearest]
    is_tilted = geometry is not None and geometry.tilt_deg >= TILT_WORTH_TELLING_DEG
    if is_tilted and geometry is not None:
        return f"{name}, gantry tilted {geometry.tilt_deg:.1f}°"
    if turned < STRAIGHT_DEG:
        return name
    kind = "oblique " if turned > OBLIQUE_DEG else ""
    return f"{kind}{name}, turned {turned:.0f}°"


def _bounds(series: Series) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return lowest and highest LPS position ``[3]`` of all voxel centres."""
    axes = pixel_axes(series)
    extent = np.array([series.rows - 1, series.columns - 1])
    ends = series.positions_mm[[0, -1]]
    corners = [
        end + axes @ (extent * np.array(corner))
        for end in ends
        for corner in ((0, 0), (0, 1), (1, 0), (1, 1))
    ]
    return np.min(corners, axis=0), np.max(corners, axis=0)


def bounds_words(low: NDArray[np.float64], high: NDArray[np.float64]) -> tuple[str, str, str]:
    """Return bounds as ``R 10.0 … L 120.5 mm`` for R–L, A–P and I–S."""

    def one(axis: int, value: float) -> str:
        return f"{SIDES[axis][value > 0]} {abs(value):.1f}"

    x, y, z = (f"{one(k, float(low[k]))} … {one(k, float(high[k]))} mm" for k in range(3))
    return x, y, z
