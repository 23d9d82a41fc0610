"""`recon architecture`: floor plans become labelled building models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from toolkit.cli.arguments import (
    AsJson,
    Merge,
    OutputPaths,
    ReportPath,
    require_exists,
    require_outputs,
)
from toolkit.cli.console import (
    counted,
    print_findings,
    print_json,
    print_line,
    print_table,
    print_written,
    progress_bar,
    write_json,
)

if TYPE_CHECKING:
    from architecture.build import Built
    from architecture.drawing import Evidence, UnitVote
    from architecture.inspect import DrawingSummary
    from architecture.report import BuildingReport
    from shared.scene import Scene

app = typer.Typer(no_args_is_help=True, help="Floor plans become labelled building models.")

IFC: Final = ".ifc"
FUSED: Final = frozenset({".stl", ".ply"})
"""Files that hold one mesh: with --merge the building becomes one solid in them."""
TEXTS_SHOWN: Final = 40
"""Texts printed on the terminal; --json prints all."""

UnitName = Annotated[
    str | None, typer.Option(help="What one drawing unit is: mm, cm, m, in, ft. Default: a vote.")
]
LayerRoles = Annotated[
    list[str] | None,
    typer.Option("--layer", help="Your word on layers, PATTERN=ROLE, such as 'A-WALL*=wall'."),
]

Regions = Annotated[
    list[str] | None,
    typer.Option(
        "--region",
        help="Only what stands in X0,Y0,X1,Y1 (metres, the drawing's coordinates); several are "
        "storeys, lowest first. Write --region=-5,0,10,8 where the first is negative.",
    ),
]
Storeys = Annotated[
    str | None,
    typer.Option(
        "--storeys",
        help="Which plans of a sheet are storeys, lowest first, by the numbers that inspect "
        "lists (such as 2,1,1,3), or 'one': all is one storey.",
    ),
]
Salvage = Annotated[
    bool, typer.Option("--salvage", help="Read what is left of a file that was cut.")
]


@app.command()
def inspect(
    drawing: Annotated[Path, typer.Argument(help="A DXF file.")],
    unit: UnitName = None,
    layer: LayerRoles = None,
    salvage: Salvage = False,
    as_json: AsJson = False,
) -> None:
    """Show a drawing's layers, the vote on its unit, its size, its plans and its texts."""
    from architecture.inspect import inspect as summarize
    from architecture.reading.read import read_drawing
    from architecture.understanding.layers import parse_override

    require_exists(drawing)
    overrides = [parse_override(text) for text in layer or ()]
    with progress_bar() as progress:
        read = read_drawing(drawing, unit=unit, salvage=salvage, progress=progress)
    summary = summarize(read, overrides=overrides)
    if as_json:
        print_json(summary.as_dict())
    else:
        print_summary(summary)


def print_summary(summary: DrawingSummary) -> None:
    """Print what a drawing holds."""
    size = summary.extent_m
    extent = "nothing drawn" if size is None else f"{size[0]:.2f} × {size[1]:.2f} m"
    counts = ", ".join(f"{count} {kind}" for kind, count in summary.entities.items())
    print_line(f"{summary.name}: {extent}; {counts}")
    print_line(vote_line(summary.unit))
    print_table(
        "The vote on the unit", ("voice", "speaks for", "why"), map(_voice, summary.unit.evidence)
    )
    print_table(
        "Layers",
        ("layer", "role", "score", "holds", "why"),
        (
            (
                *(one.name, one.role.value, one.score),
                _holds(
                    ("stroke", one.strokes),
                    ("text", one.texts),
                    ("insert", one.inserts),
                    ("dimension", one.dimensions),
                ),
                one.reason,
            )
            for one in summary.layers
        ),
    )
    print_table(
        "Views",
        ("plan", "kind", "title", "center m", "size m", "holds"),
        (
            (
                *(view.number, view.kind.value, view.title),
                ", ".join(f"{x:.2f}" for x in view.center_m),
                " × ".join(f"{length:.2f}" for length in view.size_m),
                _holds(("room", view.rooms), ("door", view.doors), ("label", view.labels)),
            )
            for view in summary.views
        ),
    )
    print_table(
        f"Texts ({min(len(summary.texts), TEXTS_SHOWN)} of {len(summary.texts)})",
        ("text", "x m", "y m", "layer"),
        ((text.content, *text.position_m, text.layer) for text in summary.texts[:TEXTS_SHOWN]),
    )
    print_findings(summary.findings)


def _holds(*counts: tuple[str, int]) -> str:
    """Return what there is of several things in one cell: a narrow terminal has few columns."""
    return ", ".join(counted(number, noun) for noun, number in counts if number) or "nothing"


def _voice(voice: Evidence) -> tuple[str, str, str]:
    best = sorted(voice.weight_by_unit.items(), key=lambda pair: -pair[1])[:2]
    return voice.source, ", ".join(f"{unit} {weight:.2f}" for unit, weight in best), voice.message


@app.command()
def build(
    drawings: Annotated[
        list[Path], typer.Argument(help="DXF files, lowest storey first; one may hold several.")
    ],
    output: OutputPaths,
    unit: UnitName = None,
    storey_height: Annotated[
        float | None,
        typer.Option(help="Floor to floor in metres, 1 to 100.", show_default="as drawn, else 2.7"),
    ] = None,
    layer: LayerRoles = None,
    region: Regions = None,
    storeys: Storeys = None,
    spaces: Annotated[
        bool, typer.Option("--spaces", help="Put the bodies of rooms into GLB too.")
    ] = False,
    roof: Annotated[
        bool, typer.Option("--roof", help="Close the top storey by a flat roof.")
    ] = False,
    salvage: Salvage = False,
    report: ReportPath = None,
    merge: Merge = False,
) -> None:
    """Raise floor plans into a labelled building, one storey a plan.

    Several drawings are storeys, lowest first. Several plans in one drawing are told apart
    and put in order by their titles.
    """
    from shared.formats import CODECS, staged_outputs, write_scene

    for path in drawings:
        require_exists(path)
    require_outputs(output, report, frozenset({*CODECS, IFC}), inputs=drawings)
    from architecture.build import build as build_model
    from architecture.building.stacking import require_storey_height
    from architecture.understanding.layers import parse_override
    from architecture.understanding.parting import parse_region

    if storey_height is not None:
        require_storey_height(storey_height)
    overrides = [parse_override(text) for text in layer or ()]
    with progress_bar() as progress:
        built = build_model(
            drawings,
            unit=unit,
            salvage=salvage,
            storey_height_m=storey_height,
            roles={override.pattern: override.role for override in overrides},
            regions=[parse_region(text) for text in region or ()],
            storeys=storeys,
            flat_roof=roof,
            progress=progress,
        )
    with staged_outputs() as staging:
        for target in output:
            if target.suffix.lower() == IFC:
                from architecture.exchange.ifc import write_ifc

                write_ifc(built.building, target, staging=staging)
            else:
                scene = _scene_for(target, built, spaces=spaces, merge=merge)
                write_scene(scene, target, merge=merge, staging=staging)
        if report is not None:
            write_json(built.report.as_dict(), report, staging)
        finals = staging.finals
    print_report(built.report)
    print_written(finals)


def _scene_for(target: Path, built: Built, *, spaces: bool, merge: bool) -> Scene:
    """Return what a mesh file shows: one fused solid where its parts are to be merged."""
    from architecture.parts import to_scene, to_solid

    suffix = target.suffix.lower()
    if merge and suffix in FUSED:
        return to_solid(built.building)
    return to_scene(built.building, spaces=True) if spaces and suffix == ".glb" else built.scene


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
