"""`recon architecture`: floor plans become labelled building models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from toolkit.cli.arguments import (
    AsJson,
    Merge,
    OutputPaths,
    ReportPath,
    parse_pairs,
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
    from architecture.drawing import UnitVote
    from architecture.report import BuildingReport

app = typer.Typer(no_args_is_help=True, help="Floor plans become labelled building models.")

IFC: Final = ".ifc"

UnitName = Annotated[
    str | None, typer.Option(help="What one drawing unit is: mm, cm, m, in, ft. Default: a vote.")
]
LayerRoles = Annotated[
    list[str] | None,
    typer.Option("--layer", help="Your word on layers, PATTERN=ROLE, such as 'A-WALL*=wall'."),
]


@app.command()
def inspect(
    drawing: Annotated[Path, typer.Argument(help="A DXF file.")],
    unit: UnitName = None,
    layer: LayerRoles = None,
    as_json: AsJson = False,
) -> None:
    """Show a drawing's layers, the vote on its unit, its size and its texts."""
    from architecture.inspect import inspect as summarize
    from architecture.reading.read import read_drawing

    require_exists(drawing)
    roles = parse_pairs(layer or (), "--layer")
    with progress_bar() as progress:
        summary = summarize(read_drawing(drawing, unit=unit, progress=progress), roles=roles)
    if as_json:
        print_json(summary.as_dict())
        return


@app.command()
def build(
    drawings: Annotated[
        list[Path], typer.Argument(help="DXF files, one storey each, lowest first.")
    ],
    output: OutputPaths,
    unit: UnitName = None,
    storey_height: Annotated[
        float | None,
        typer.Option(help="Floor to floor in metres.", show_default="as drawn, else 2.7"),
    ] = None,
    layer: LayerRoles = None,
    spaces: Annotated[
        bool, typer.Option("--spaces", help="Put the bodies of rooms into GLB too.")
    ] = False,
    roof: Annotated[
        bool, typer.Option("--roof", help="Close the top storey by a flat roof.")
    ] = False,
    report: ReportPath = None,
    merge: Merge = False,
) -> None:
    """Raise floor plans into a labelled building; several drawings are storeys, lowest first."""
    from shared.formats import CODECS, staged_outputs, write_scene

    for path in drawings:
        require_exists(path)
    require_outputs(output, report, frozenset({*CODECS, IFC}))
    roles = parse_pairs(layer or (), "--layer")
    from architecture.build import build as build_model
    from architecture.parts import to_scene

    with progress_bar() as progress:
        built = build_model(
            drawings,
            unit=unit,
            storey_height_m=storey_height,
            roles=roles,
            flat_roof=roof,
            progress=progress,
        )
    with staged_outputs() as staging:
        for target in output:
            if target.suffix.lower() == IFC:
                from architecture.exchange.ifc import write_ifc

                write_ifc(built.building, target, staging=staging)
            else:
                in_glb = spaces and target.suffix.lower() == ".glb"
                scene = to_scene(built.building, spaces=True) if in_glb else built.scene
                write_scene(scene, target, merge=merge, staging=staging)
        if report is not None:
            text = json.dumps(built.report.as_dict(), indent=2, ensure_ascii=False)
            staging.path_for(report).write_text(text + "\n", encoding="utf-8")
        finals = staging.finals
    print_report(built.report)
    print_written(finals)


def print_report(report: BuildingReport) -> None:
    """Print what was found, storey by storey, and what stays open."""
    print_table(
        report.name,
        (
            "storey",
            "level m",
            "height m",
            "walls",
            "doors",
            "windows",
            "passages",
            "rooms",
            "area m²",
        ),
        (
            (
                storey.name,
                storey.elevation_m,
                storey.height_m,
                storey.walls,
                storey.doors,
                storey.windows,
                storey.passages,
                len(storey.rooms),
                storey.room_area_m2,
            )
            for storey in report.storeys
        ),
    )
    print_table(
        "Rooms",
        ("storey", "room", "number", "area m²", "printed m²"),
        (
            (storey.name, room.name, room.number, room.area_m2, room.printed_area_m2)
            for storey in report.storeys
            for room in storey.rooms
        ),
    )
    for storey in report.storeys:
        print_line(f"{storey.name}: {vote_line(storey.unit)}")
    for storey in report.storeys:
        if storey.unresolved:
            print_line(f"{storey.name}: not resolved:")
            print_findings(storey.unresolved)
    print_findings(report.findings)


def vote_line(vote: UnitVote) -> str:
    """Return the outcome of the vote on the unit as one line."""
    declared = f"the file declares {vote.declared}" if vote.declared else "the file declares none"
    return f"one drawing unit is {vote.unit} (confidence {100 * vote.confidence:.0f} %; {declared})"
