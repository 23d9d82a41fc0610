"""The `recon` command: where errors become messages and exit statuses."""

from __future__ import annotations

import os
import sys

import typer

from shared.errors import ToolkitError
from toolkit.cli import architecture, check, doctor, medical, repair, view
from toolkit.cli.arguments import spread_outputs
from toolkit.cli.console import say_error

EXIT_OWN_BUG = 1
EXIT_INTERRUPTED = 130

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


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; every error ends here as one message and a status."""
    try:
        app(args=spread_outputs(sys.argv[1:] if arguments is None else arguments))
    except ToolkitError as error:
        say_error(error.problem, error.remedy)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        say_error("Stopped. Nothing was written.")
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_OWN_BUG)
    except Exception as error:
        if os.environ.get("RECON_DEBUG"):
            raise
        say_error(
            f"This is a bug of ours: {type(error).__name__}: {error}",
            "Run again with RECON_DEBUG=1 for the traceback, and report it.",
        )
        sys.exit(EXIT_OWN_BUG)


if __name__ == "__main__":
    main()
