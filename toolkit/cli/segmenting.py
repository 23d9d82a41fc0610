"""`recon medical segment`: labels of a scan's anatomy, in the files that other programs read."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from toolkit.cli.arguments import ReportPath, require_distinct, require_scan
from toolkit.cli.console import (
    note_on_kernels,
    print_findings,
    print_table,
    print_written,
    progress_bar,
    write_json,
)

if TYPE_CHECKING:
    from medical.objects.measures import LabelMeasures
    from medical.segmenters.seeds import Seed
    from medical.segmenting import Scan, Segmented
    from shared.finding import Finding
    from shared.progress import Progress


class SeedSpace(StrEnum):
    """Axes in which seeds are told."""

    LPS = "LPS"
    RAS = "RAS"


class DicomKind(StrEnum):
    """Which DICOM object a ``.dcm`` is."""

    SEG = "seg"
    RTSTRUCT = "rtstruct"


def segment(
    path: Annotated[
        Path, typer.Argument(help="A folder of DICOM files (any names, nested), or one image file.")
    ],
    output: Annotated[
        list[Path],
        typer.Option(
            "-o",
            "--output",
            help="File to write: .nii.gz, .nii, .nrrd, .mha, .seg.nrrd or .dcm; give several.",
        ),
    ],
    structure: Annotated[
        list[str] | None,
        typer.Option(
            help="What to find: bone, skin, lungs, airways, fat, muscle, metal; give several.",
            show_default="bone",
        ),
    ] = None,
    seed: Annotated[
        list[str] | None,
        typer.Option(help="Grow from a point in mm instead: x,y,z=name; give several."),
    ] = None,
    seed_space: Annotated[
        SeedSpace, typer.Option(help="Axes of seeds; 3D Slicer shows RAS.")
    ] = SeedSpace.LPS,
    low: Annotated[float | None, typer.Option(help="Lowest value that seeds grow into.")] = None,
    high: Annotated[float | None, typer.Option(help="Highest value that seeds grow into.")] = None,
    watershed: Annotated[
        bool,
        typer.Option("--watershed", help="Part the scan among its seeds along edges."),
    ] = False,
    otsu: Annotated[
        int | None, typer.Option(help="Part the values into so many classes instead.")
    ] = None,
    labels: Annotated[
        Path | None, typer.Option(help="Measure and rewrite these labels instead.")
    ] = None,
    label_table: Annotated[
        Path | None, typer.Option(help="What the values of a label map stand for.")
    ] = None,
    series: Annotated[
        str | None, typer.Option(help="Series UID, number, or a piece of its description.")
    ] = None,
    time: Annotated[
        int | None, typer.Option(help="Time point, b-value or echo, from 1.", show_default="first")
    ] = None,
    level: Annotated[
        float | None, typer.Option(help="Value on the surface.", show_default="by structure")
    ] = None,
    keep: Annotated[
        str, typer.Option(help="Pieces that stay: body, all, largest, or how many.")
    ] = "body",
    minimum_volume: Annotated[
        float | None, typer.Option(help="Drop pieces below this many ml.")
    ] = None,
    dicom: Annotated[DicomKind, typer.Option(help="What a .dcm is.")] = DicomKind.SEG,
    deidentify: Annotated[
        bool, typer.Option("--deidentify", help="Blank patient and study in DICOM, fresh UIDs.")
    ] = False,
    measures: Annotated[
        Path | None, typer.Option(help="Write the measures of each label as CSV.")
    ] = None,
    report: ReportPath = None,
) -> None:
    """Label the anatomy of a scan, measure it, and write it for other programs."""
    from shared.formats.outputs import staged_outputs

    _require_one_way(structure, seed, otsu, labels)
    require_scan(path)
    _require_places(output, measures, report, [path, *([] if labels is None else [labels])])
    _require_dicom(path, output)
    from medical.objects import write_labels
    from medical.objects.measures import csv_text
    from medical.segmenting import labelled, read_scan, segment_otsu, segment_seeds

    structures = tuple(structure or ("bone",))
    seeds = _seeds(seed, seed_space)
    with progress_bar() as progress:
        scan = read_scan(path, series=series, structure=structures[0], time=time, progress=progress)
        if labels is not None:
            made = labelled(scan, labels, table=label_table, progress=progress)
        elif seeds:
            made = segment_seeds(
                scan, seeds, low=low, high=high, watershed=watershed, progress=progress
            )
        elif otsu is not None:
            made = segment_otsu(scan, classes=otsu, progress=progress)
        else:
            made = _of_structures(scan, structures, level, keep, minimum_volume, progress)
    lost: list[Finding] = []
    with staged_outputs() as staging:
        for target in output:
            lost += write_labels(
                made.segmentation,
                target,
                source=made.scan.series,
                dicom=dicom.value,
                deidentify=deidentify,
                staging=staging,
            )
        if measures is not None:
            staging.path_for(measures).write_text(csv_text(made.measures), encoding="utf-8")
        if report is not None:
            plain = made.as_dict()
            plain["findings"] += [finding.as_dict() for finding in lost]
            write_json(plain, report, staging)
        finals = staging.finals
    print_measures(made.measures, unit=made.scan.volume.quantity.value)
    print_findings((*made.segmentation.findings, *lost))
    note_on_kernels()
    print_written(finals)


def _of_structures(
    scan: Scan,
    structures: Sequence[str],
    level: float | None,
    keep: str,
    minimum_ml: float | None,
    progress: Progress,
) -> Segmented:
    from medical.segmenting import segment_structures

    return segment_structures(
        scan,
        structures,
        level=level,
        keep=keep,
        minimum_volume_ml=minimum_ml,
        progress=progress,
    )


def _require_one_way(
    structure: list[str] | None, seed: list[str] | None, otsu: int | None, labels: Path | None
) -> None:
    """Raise `UsageError` if labels are asked for in several ways at once."""
    from shared.errors import UsageError

    ways = {"--structure": structure, "--seed": seed, "--otsu": otsu, "--labels": labels}
    given = [name for name, value in ways.items() if value]
    if len(given) > 1:
        raise UsageError(
            f"{' and '.join(given)} exclude each other.", remedy="Give one of them in a run."
        )


def _require_places(
    output: Sequence[Path], measures: Path | None, report: Path | None, inputs: Sequence[Path]
) -> None:
    """Raise before any work if an output cannot be written or its format is unknown."""
    from medical.images.formats import stem_of
    from medical.objects.write import MAP_SUFFIXES, SEGMENTS_SUFFIX, SUFFIXES
    from shared.errors import UnknownFormatError
    from shared.formats.outputs import require_writable

    for target in output:
        if not target.name.lower().endswith(SUFFIXES):
            raise UnknownFormatError(
                f"{target.name} has no name of a file of labels.",
                remedy=f"Use one of {', '.join(SUFFIXES)}.",
            )
    names = [(target, target.name.lower()) for target in output]
    maps = [t for t, n in names if n.endswith(MAP_SUFFIXES) and not n.endswith(SEGMENTS_SUFFIX)]
    tables = [target.with_name(stem_of(target) + ".labels.json") for target in maps]
    everything = [*output, *tables, *(p for p in (measures, report) if p is not None)]
    require_distinct(everything, inputs)
    for target in everything:
        require_writable(target)


def _require_dicom(path: Path, output: Sequence[Path]) -> None:
    """Raise `UsageError` if DICOM objects are asked for of a scan that is none."""
    from medical.images import is_image_file
    from medical.objects.write import DICOM_SUFFIX
    from shared.errors import UsageError

    if is_image_file(path) and any(t.name.lower().endswith(DICOM_SUFFIX) for t in output):
        raise UsageError(
            "A DICOM object refers to the DICOM series it was made from, and the scan is none.",
            remedy="Segment a DICOM series, or write .nii.gz, .nrrd or .seg.nrrd.",
        )


def _seeds(words: list[str] | None, space: SeedSpace) -> list[Seed]:
    if not words:
        return []
    from medical.segmenters.seeds import parse_seed

    return [parse_seed(word, space=space.value) for word in words]


def print_measures(measures: Sequence[LabelMeasures], *, unit: str) -> None:
    """Print what was measured, as a table with a row a label."""
    of = "" if unit == "none" else f" {unit}"
    columns = (
        "label", "code", "ml", "area cm²", "extent mm (x, y, z)", "center",
        f"mean ± sd{of}", f"5, 50, 95 %{of}",
    )  # fmt: skip
    print_table("Labels", columns, (_row(one) for one in measures))


def _row(one: LabelMeasures) -> tuple[object, ...]:
    from medical.sides import place_words

    sides = (high - low for low, high in zip(one.low_mm, one.high_mm, strict=True))
    spread = at = None
    if one.mean is not None and one.percentiles is not None:
        spread = f"{one.mean:.4g} ± {one.deviation:.3g}"
        at = ", ".join(f"{one.percentiles[n]:.4g}" for n in (5, 50, 95))
    return (
        one.name,
        None if one.concept is None else f"{one.concept.scheme} {one.concept.code}",
        f"{one.volume_ml:.4g}",
        f"{one.area_mm2 / 100:.4g}",
        " × ".join(f"{side:.1f}" for side in sides),
        place_words(one.centroid_mm),
        spread,
        at,
    )
