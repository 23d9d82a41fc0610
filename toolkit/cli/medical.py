"""`recon medical`: scans become measured anatomical models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from toolkit.cli.arguments import (
    AsJson,
    Merge,
    OutputPaths,
    ReportPath,
    parse_faces,
    require_outputs,
    require_scan,
)
from toolkit.cli.console import (
    counted,
    note_on_kernels,
    print_findings,
    print_json,
    print_line,
    print_table,
    print_written,
    progress_bar,
    write_json,
)
from toolkit.cli.segmenting import segment
from toolkit.cli.sheets import SheetPath, require_sheet, write_image_sheet, write_study_sheet
from toolkit.cli.stacking import stack

if TYPE_CHECKING:
    from medical.dicom.inspect import SeriesSummary
    from medical.report import CapReport, PartReport, ReconstructionReport

app = typer.Typer(no_args_is_help=True, help="Scans become measured anatomical models.")
app.command()(stack)
app.command()(segment)

SHOWN_TIME_S: Final = 0.05
"""Steps that took less are not worth a word on the terminal."""

SIDES: Final = (("R", "L"), ("A", "P"), ("I", "S"))
"""Letters of the negative and positive end of x, y and z of LPS."""

ScanPath = Annotated[
    Path,
    typer.Argument(
        help="A folder of DICOM files (any names, nested), a zip or tar of them, or an image file."
    ),
]


@app.command()
def inspect(
    path: ScanPath,
    as_json: AsJson = False,
    identity: Annotated[
        bool,
        typer.Option("--identity", help="Also show the patient's tags and the series' UIDs."),
    ] = False,
    sheet: SheetPath = None,
) -> None:
    """List every series under PATH: what it is, its geometry, and what is unusual about it."""
    from medical.dicom import describe, find_series
    from medical.images import is_image_file

    require_scan(path)
    require_sheet(sheet, path)
    if is_image_file(path):
        _inspect_image(path, as_json=as_json)
        write_image_sheet(path, sheet)
        return
    with progress_bar() as progress:
        study = find_series(path, progress=progress)
    write_study_sheet(study, sheet)
    summaries = describe(study, with_identity=identity)
    if as_json:
        series = [_plain_series(summary, identity=identity) for summary in summaries]
        findings = [finding.as_dict() for finding in study.findings]
        print_json({"files": study.files, "series": series, "findings": findings})
        return
    print_table(
        f"{counted(len(study.groups), 'stack')} in {counted(study.files, 'file')} "
        "(* is what would be reconstructed)",
        ("", "no.", "what", "description", "images", "matrix", "spacing mm", "plane", "extent"),
        (_series_row(row, summary) for row, summary in enumerate(summaries, start=1)),
    )
    for row, summary in enumerate(summaries, start=1):
        for line in _series_remarks(summary):
            print_line(f"#{row}: {line}")
    print_findings(study.findings)


def _inspect_image(path: Path, *, as_json: bool) -> None:
    """Print the geometry of an image file that is not DICOM."""
    from medical import read_volume
    from medical.report import grid_report

    volume = read_volume(path)
    plain = grid_report(volume).as_dict()
    if as_json:
        print_json({"image": plain, "findings": [f.as_dict() for f in volume.findings]})
        return
    rows = [(key.replace("_", " "), _plain_words(value)) for key, value in plain.items()]
    print_table(f"Image of {' × '.join(map(str, volume.shape))} voxels", ("", ""), rows)
    print_findings(volume.findings)


def _plain_words(value: object) -> str:
    """Return plain data of a report as short lines."""
    if isinstance(value, dict):
        return "\n".join(
            " … ".join(f"{k} {x:g}" for k, x in ends.items()) for ends in value.values()
        )
    if isinstance(value, list) and value and isinstance(value[0], list):
        return "\n".join(_plain_words(row) for row in value)
    if isinstance(value, list):
        return ", ".join(f"{x:g}" if isinstance(x, float) else str(x) for x in value)
    return str(value)


def _plain_series(summary: SeriesSummary, *, identity: bool) -> dict[str, Any]:
    plain = summary.as_dict()
    if not identity:
        del plain["uid"], plain["identity"]
    return plain


def _series_row(row: int, summary: SeriesSummary) -> tuple[object, ...]:
    spacing = summary.spacing_mm or ()
    return (
        f"#{row}{' *' if summary.is_chosen else ''}",
        summary.number,
        " ".join(word for word in (summary.modality, summary.body_part, summary.kernel) if word),
        summary.description,
        str(summary.slices) if summary.points == 1 else f"{summary.slices} × {summary.points}",
        f"{summary.rows} × {summary.columns}",
        " × ".join("?" if step is None else f"{step:.4g}" for step in spacing) or None,
        summary.orientation,
        "\n".join(summary.bounds or ()) or None,
    )


def _series_remarks(summary: SeriesSummary) -> list[str]:
    remarks = [summary.why] if summary.why else []
    if summary.points > 1:
        remarks.append(f"{summary.points} times the same slices ({summary.axis}); see --time")
    remarks += [f"{finding['severity']}: {finding['message']}" for finding in summary.findings]
    if summary.identity:
        remarks += [f"{key}: {value}" for key, value in summary.identity.items()]
        remarks += [f"SeriesInstanceUID: {summary.uid}"]
    return remarks


@app.command()
def reconstruct(
    path: ScanPath,
    output: OutputPaths,
    series: Annotated[
        str | None, typer.Option(help="Series UID, number, or a piece of its description.")
    ] = None,
    time: Annotated[
        int | None,
        typer.Option(help="Time point, b-value or echo, from 1.", show_default="the first"),
    ] = None,
    structure: Annotated[
        list[str] | None,
        typer.Option(
            help="What to build: bone, skin, lungs, airways, fat, muscle, metal; give several.",
            show_default="bone",
        ),
    ] = None,
    level: Annotated[
        float | None,
        typer.Option(help="Value on the surface, in HU for CT.", show_default="by structure"),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(help="Build these labels instead: DICOM SEG, RTSTRUCT, .seg.nrrd, .nii.gz …"),
    ] = None,
    label_table: Annotated[
        Path | None, typer.Option(help="What the values of a label map stand for.")
    ] = None,
    keep: Annotated[
        str | None,
        typer.Option(
            help="Pieces that stay: body (couch, holder and specks go), all, largest, or how many.",
            show_default="body; all of labels",
        ),
    ] = None,
    minimum_volume: Annotated[
        float | None, typer.Option(help="Drop pieces below this many ml.")
    ] = None,
    smooth: Annotated[
        bool, typer.Option("--smooth", help="Smooth; no vertex moves more than half a voxel.")
    ] = False,
    faces: Annotated[
        str | None, typer.Option(help="Simplify to a number of faces, or to a share such as 25%.")
    ] = None,
    deviation: Annotated[
        float | None, typer.Option(help="Simplify as far as this deviation in mm allows.")
    ] = None,
    report: ReportPath = None,
    merge: Merge = False,
) -> None:
    """Turn a scan into closed, measured surfaces of its anatomy."""
    from shared.formats import CODECS, staged_outputs, write_scene

    require_scan(path)
    inputs = [file for file in (path, labels, label_table) if file is not None]
    require_outputs(output, report, frozenset(CODECS), inputs=inputs)
    count, share = parse_faces(faces)
    require_one_source(labels, structure, level)
    structures = tuple(structure or ("bone",))
    from medical import read_volume
    from medical import reconstruct as reconstruct_volume

    started = perf_counter()
    with progress_bar() as progress:
        volume = read_volume(
            path, series=series, structure=structures[0], time=time, progress=progress
        )
        read = perf_counter()
        if labels is not None:
            from medical.parts import Finish
            from medical.reconstruct_labels import reconstruct_labels

            made = reconstruct_labels(
                volume,
                labels,
                table=label_table,
                keep=keep or "all",
                minimum_volume_ml=minimum_volume or 0.0,
                finish=Finish(smooth=smooth, faces=count, share=share, deviation_mm=deviation),
                progress=progress,
            )
        else:
            made = reconstruct_volume(
                volume,
                structures,
                level=level,
                keep=keep or "body",
                minimum_volume_ml=minimum_volume,
                smooth=smooth,
                faces=count,
                share=share,
                deviation_mm=deviation,
                progress=progress,
            )
    with staged_outputs() as staging:
        before = perf_counter()
        for target in output:
            write_scene(made.scene, target, merge=merge, staging=staging)
        ends = {"read": read - started, "write": perf_counter() - before}
        told = with_times(made.report, **ends)
        if report is not None:
            write_json(told.as_dict(), report, staging)
        finals = staging.finals
    print_report(told)
    note_on_kernels()
    print_written(finals)


def require_one_source(
    labels: Path | None, structure: Sequence[str] | None, level: float | None
) -> None:
    """Raise `UsageError` if labels come from a file and from the scan at once."""
    from shared.errors import UsageError

    if labels is not None and (structure or level is not None):
        raise UsageError(
            "--labels brings its own structures.", remedy="Leave out --structure and --level."
        )


def with_times(report: ReconstructionReport, *, read: float, write: float) -> ReconstructionReport:
    """Return `report` with the seconds that reading and writing took beside the others."""
    steps = {step: seconds for step, seconds in report.times_s.items() if step != "total"}
    steps = {"read": read, **steps, "write": write}
    return replace(report, times_s={**steps, "total": sum(steps.values())})


def print_report(report: ReconstructionReport) -> None:
    """Print what was made, as a table with a column a part, and what is doubtful."""
    parts = report.parts
    rows: list[tuple[object, ...]] = [
        ("level", *(part.level for part in parts)),
        ("enclosed volume ml", *(part.volume_ml for part in parts)),
        ("area cm²", *(part.area_mm2 / 100 for part in parts)),
        ("faces", *(part.faces for part in parts)),
        ("pieces (cavities)", *(f"{part.pieces} ({part.cavities})" for part in parts)),
        ("largest pieces ml", *(_list_words(part.piece_volumes_ml[:4]) for part in parts)),
        ("closed", *(part.closed for part in parts)),
        ("manifold", *(part.manifold for part in parts)),
        ("outward", *(part.outward for part in parts)),
        ("bounding box mm", *(_box_words(part.bounds_mm) for part in parts)),
        ("ends at the scan's border", *(_caps_words(part.caps) for part in parts)),
        ("mean, 95 %, max deviation mm", *(_deviation_words(part) for part in parts)),
    ]
    print_table("Reconstruction", ("", *(part.name for part in parts)), rows)
    print_findings(report.findings)
    steps = {step: seconds for step, seconds in report.times_s.items() if seconds >= SHOWN_TIME_S}
    print_line("seconds: " + ", ".join(f"{step} {seconds:.1f}" for step, seconds in steps.items()))


def _deviation_words(part: PartReport) -> str:
    return _list_words((part.deviation.mean_mm, part.deviation.p95_mm, part.deviation.max_mm))


def _list_words(numbers: Iterable[float]) -> str:
    return ", ".join(f"{number:.4g}" for number in numbers)


def _box_words(bounds_mm: tuple[Sequence[float], Sequence[float]]) -> str:
    return "\n".join(
        " … ".join(f"{sides[value > 0]} {abs(value):.1f}" for value in (low, high))
        for sides, low, high in zip(SIDES, *bounds_mm, strict=True)
    )


def _caps_words(caps: Iterable[CapReport]) -> str:
    return "\n".join(f"{cap.side}: {cap.area_mm2 / 100:.4g} cm²" for cap in caps) or "nowhere"
