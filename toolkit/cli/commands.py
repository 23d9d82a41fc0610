"""The commands of `recon`, each in a module of its own."""

from __future__ import annotations

import typer

from toolkit.cli import architecture, check, doctor, medical, repair, view

app = typer.Typer(
    name="recon",
    help="Flat medical and architectural images become solid, labelled, measured 3D models.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit status: 0 done, 1 our own bug, 2 wrong usage, 3 bad input, 4 nothing found.",
)
app.add_typer(medical.app, name="medical")
app.add_typer(architecture.app, name="architecture")
app.command(name="view")(view.view)
app.command(name="check")(check.check)
app.command(name="repair")(repair.repair)
app.command(name="doctor")(doctor.doctor)


@app.callback(invoke_without_command=True)
def recon(version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
    """Flat medical and architectural images become solid, labelled, measured 3D models."""
    if version:
        from importlib.metadata import version as version_of

        typer.echo(f"recon-toolkit {version_of('recon-toolkit')}")
        raise typer.Exit
