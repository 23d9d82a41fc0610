"""`recon medical`: scans become measured anatomical models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from toolkit.cli.arguments import (
    AsJson,
    Merge,
    OutputPaths,
    ReportPath,
    parse_faces,
    require_exists,
    require_outputs,
)
from toolkit.cli.console import (
    print_findings,
    print_json,
    print_line,
    print_table,
    print_written,
    progress_bar,
)

if TYPE_CHECKING:
    from medical.dicom.inspect import SeriesSummary
    from medical.report import ReconstructionReport

app = typer.Typer(no_args_is_help=True, help="Scans become measured anatomical models.")

ScanPath = Annotated[
    Path, typer.Argument(help="A folder of DICOM files (any names, nested), or one image file.")
]


@app.command()
def inspect(
    path: ScanPath,
    as_json: AsJson = False,
    identity: Annotated[
        bool,
        typer.Option("--identity", help="Also show the patient's tags and the series' UIDs."),
    ] = False,
) -> None:
    """List every series under PATH: what it is, its geometry, and what is unusual about it."""
    from medical.dicom import describe, find_series

    require_exists(path)
    with progress_bar() as progress:
        study = find_series(path, progress=progress)
    summaries = describe(study, with_identity=identity)
    if as_json:
        series = [_plain_series(summary, identity=identity) for summary in summaries]
        findings = [finding.as_dict() for finding in study.findings]
        print_json({"files": study.files, "series": series, "findings": findings})
        return
    print_table(
        f"{len(study.series)} stacks in {study.files} files (* is what would be reconstructed)",
        ("", "no.", "what", "description", "images", "matrix", "spacing mm", "plane", "extent"),
        (_series_row(row, summary) for row, summary in enumerate(summaries, start=1)),
    )
    for row, summary in enumerate(summaries, start=1):
        for line in _series_remarks(summary):
            print_line(f"#{row}: {line}")
    print_findings(study.findings)


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
        summary.slices,
        f"{summary.rows} × {summary.columns}",
        " × ".join("?" if step is None else f"{step:.4g}" for step in spacing) or None,
        summary.orientation,
        "\n".join(summary.bounds or ()) or None,
    )


def _series_remarks(summary: SeriesSummary) -> list[str]:
    remarks = [summary.why] if summary.why else []
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
    structure: Annotated[
        list[str] | None, typer.Option(help="What to reconstruct: bone, skin, …; give several.")
    ] = None,
    level: Annotated[
        float | None,
        typer.Option(help="Value on the surface, in HU for CT.", show_default="by structure"),
    ] = None,
    keep: Annotated[
        str,
        typer.Option(
            help="Which pieces stay: body (drops couch, holder and specks), all, largest, or how many."
        ),
    ] = "body",
    minimum_volume: Annotated[
        float | None, typer.Option(help="Pieces below this many ml are dropped.")
    ] = None,
    smooth: Annotated[
        bool, typer.Option("--smooth", help="Smooth, within a stated bound.")
    ] = False,
    faces: Annotated[
        str | None, typer.Option(help="Simplify to a number of faces, or a share such as 25%.")
    ] = None,
    deviation: Annotated[
        float | None, typer.Option(help="Simplify as far as this many mm of deviation allow.")
    ] = None,
    report: ReportPath = None,
    merge: Merge = False,
) -> None:
    """Turn a scan into closed, measured surfaces of its anatomy."""
    from shared.formats import CODECS, staged_outputs, write_scene

    require_exists(path)
    require_outputs(output, report, frozenset(CODECS))
    count, share = parse_faces(faces)
    from medical import read_volume, reconstruct

    with progress_bar() as progress:
        structures = tuple(structure or ("bone",))
        volume = read_volume(path, series=series, progress=progress)
        made = reconstruct(
            volume,
            structures,
            level=level,
            keep=keep,
            minimum_volume_ml=minimum_volume,
            smooth=smooth,
            faces=count,
            share=share,
            deviation_mm=deviation,
            progress=progress,
        )
