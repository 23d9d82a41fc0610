"""Segment: the whole road from a scan to labels, and to what is measured of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from medical.clean import Keep, clean, parse_keep
from medical.hounsfield import doubts_about, with_quantity
from medical.objects.measures import LabelMeasures, measure_labels
from medical.removals import Removal, removals_table
from medical.report import grid_report, versions
from medical.structures import Structure, structures_named
from shared.errors import UsageError
from shared.finding import Finding
from shared.progress import Progress, ignore_progress
from shared.volume import Quantity

if TYPE_CHECKING:
    from medical.dicom.series import Series
    from medical.segmenters import Segmenter
    from medical.segmenters.body import Body
    from medical.segmenters.seeds import Seed
    from shared.segmentation import Segmentation
    from shared.volume import Volume

SCHEMA: Final = "recon-segmentation/1"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scan:
    """A scan, and the DICOM series it was read from.

    Parameters
    ----------
    volume
        Its values.
    series
        None where it did not come from DICOM.
    """

    volume: Volume
    series: Series | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segmented:
    """Labels on a scan, and what was measured of them.

    Parameters
    ----------
    scan
        What was segmented, its values in the quantity that they were taken for.
    segmentation
        The labels; its findings are those of the whole run.
    measures
        One for each label, in order.
    removals
        Every piece that was taken away, however small.
    """

    scan: Scan
    segmentation: Segmentation
    measures: tuple[LabelMeasures, ...]
    removals: tuple[Removal, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for a JSON report."""
        record = self.segmentation.provenance.as_dict()
        return {
            "schema": SCHEMA,
            "input": record["sources"],
            "series": grid_report(self.scan.volume).as_dict(),
            "labels": [one.as_dict() for one in self.measures],
            "removals": removals_table(self.removals),
            "findings": [finding.as_dict() for finding in self.segmentation.findings],
            "steps": record["steps"],
            "versions": versions(),
        }


def read_scan(
    path: Path,
    *,
    series: str | None = None,
    structure: str | None = None,
    time: int | None = None,
    progress: Progress | None = None,
) -> Scan:
    """Return a scan with the series that objects made from it refer to.

    Arguments and errors are those of `medical.read_volume`.
    """
    from medical.images import is_image_file, read_image

    report = progress or ignore_progress
    if is_image_file(path):
        return Scan(volume=read_image(path), series=None)
    from medical.dicom import choose_series, find_series, read_series
    from medical.read import choice_findings

    study = find_series(path, progress=report)
    choice = choose_series(study, wanted=series, structure=structure)
    chosen = choice.series if time is None else choice.group.numbered(time)
    volume = read_series(chosen, progress=report)
    findings = (*choice_findings(choice, chosen), *study.findings, *volume.findings)
    return Scan(volume=replace(volume, findings=findings), series=chosen)


def segment_structures(
    scan: Scan,
    structure: str | Sequence[str] = "bone",
    *,
    level: float | None = None,
    keep: Keep | str = "body",
    minimum_volume_ml: float | None = None,
    progress: Progress | None = None,
) -> Segmented:
    """Return structures of `medical.structures` as labels, cleaned and measured.

    Parameters
    ----------
    scan
        As `read_scan` returns it.
    structure, level, keep, minimum_volume_ml, progress
        As `medical.reconstruct` takes them.

    Raises
    ------
    UsageError
        If arguments make no sense together, or HU levels meet values that are no HU.
    NothingToBuildError
        If nothing is found, or nothing stays.
    """
    from medical.reconstruct import require_level
    from medical.segmenters.body import find_body
    from medical.segmenters.by_structure import segment

    report = progress or ignore_progress
    structures, keep = structures_named(structure), parse_keep(keep)
    require_level(level, structures)
    volume = with_quantity(scan.volume)
    doubts = doubts_about(volume, structures, level)
    report("find the body", 0.0)
    body = find_body(volume)
    found = segment(volume, structures, level=level, body=body, progress=report)
    is_ct = volume.quantity is Quantity.HU
    cleaned = clean(
        found,
        body=body if is_ct else None,
        keep=keep,
        minimum_volume_ml=_minima(structures, minimum_volume_ml, found),
    )
    told = (*cleaned.segmentation.findings, *doubts, *_body_findings(body, is_ct))
    kept = replace(cleaned.segmentation, findings=told)
    return replace(_measured(scan, volume, kept, report), removals=cleaned.removals)


def _body_findings(body: Body, is_ct: bool) -> tuple[Finding, ...]:
    return body.findings if is_ct else ()


def _minima(
    structures: Sequence[Structure], asked_ml: float | None, found: Segmentation
) -> dict[str, float]:
    """Return the smallest volume of a piece by label."""
    if asked_ml is not None:
        return {label.name: asked_ml for layer in found.layers for label in layer.labels}
    return {structure.name: structure.minimum_volume_ml for structure in structures}


def segment_seeds(
    scan: Scan,
    seeds: Sequence[Seed],
    *,
    low: float | None = None,
    high: float | None = None,
    watershed: bool = False,
    progress: Progress | None = None,
) -> Segmented:
    """Return what grows from seeds as labels: by alike values, or by watershed.

    Raises
    ------
    UsageError
        If a seed lies outside of the scan, or arguments make no sense together.
    """
    from medical.segmenters.seeds import growing_segmenter, watershed_segmenter

    if watershed and (low is not None or high is not None):
        raise UsageError(
            "A watershed follows edges and takes no range.", remedy="Leave out --low and --high."
        )
    grow: Segmenter = (
        watershed_segmenter(seeds) if watershed else growing_segmenter(seeds, low=low, high=high)
    )
    return _by(scan, grow, progress)


def segment_otsu(scan: Scan, *, classes: int = 2, progress: Progress | None = None) -> Segmented:
    """Return the classes of values that Otsu's levels part as labels, but the darkest."""
    from medical.segmenters.otsu import otsu_segmenter

    return _by(scan, otsu_segmenter(classes=classes), progress)


def _by(scan: Scan, segmenter: Segmenter, progress: Progress | None) -> Segmented:
    report = progress or ignore_progress
    volume = with_quantity(scan.volume)
    report("segment", 0.0)
    return _measured(scan, volume, segmenter(volume), report)


def labelled(
    scan: Scan, labels: Path, *, table: Path | None = None, progress: Progress | None = None
) -> Segmented:
    """Return somebody's labels on the grid of a scan, measured.

    Raises
    ------
    ToolkitError
        As `medical.objects.read_labels`.
    """
    from medical.objects import read_labels

    report = progress or ignore_progress
    volume = with_quantity(scan.volume)
    report("read labels", 0.0)
    found = read_labels(labels, source=volume, table=table)
    told = (*volume.findings, *found.findings)
    return _measured(scan, volume, replace(found, findings=told), report)


def _measured(
    scan: Scan, volume: Volume, segmentation: Segmentation, report: Progress
) -> Segmented:
    report("measure", 0.0)
    measures = measure_labels(segmentation, volume)
    report("measure", 1.0)
    return Segmented(
        scan=Scan(volume=volume, series=scan.series),
        segmentation=segmentation,
        measures=measures,
    )
